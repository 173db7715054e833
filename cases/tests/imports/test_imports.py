"""An import: what is read, what is refused and why, what changes and what stays, all or nothing, and the way back."""

import io
import json
import time
import zipfile
from io import StringIO
from unittest.mock import patch

import openpyxl
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.urls import reverse

from cases.actions import summing
from cases.files import readers, sheet
from cases.files import readers as spreadsheets
from cases.history import changes as history
from cases.history import undo
from cases.imports import check as imports
from cases.imports import progress, run, write
from cases.models import Case, Import, Reason, Seizure
from cases.tests.builders import make_case, make_citation, make_figure, make_import, make_raid, make_seizure
from regions.models import Agency, Source
from regions.tests.builders import make_agency, make_person, make_policy, make_region, make_source

HEAD = "ref,title_en,occurred_on,region_code,source_publisher,kind,confidence"
ROW = "a-1,A title,2021-05-18,XX,A paper,raid,high"


@pytest.fixture
def region(db):
    return make_region(code="XX", currency="CNY", name_en="Exland")


@pytest.fixture(autouse=True)
def storage(tmp_path):
    backends = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}}
    }
    with override_settings(STORAGES=backends):
        yield


def table(*rows, head=HEAD):
    return readers.read("\n".join([head, *rows]).encode(), "cases.csv")


def new_row(**cells):
    """A table of one new case that is right, but for these cells."""
    values = dict(zip(HEAD.split(","), ROW.split(","), strict=True)) | cells
    return readers.Table(list(values), [readers.Row(2, values)])


def change(ref, **cells):
    """A table of one row with these cells alone."""
    return readers.Table(["ref", *cells], [readers.Row(2, {"ref": ref} | cells)])


def check(some, user=None, **options):
    return imports.check(some, user or run.Everywhere(), **options)


def bring_in(some, user=None, **options):
    """Check, and write what was checked."""
    report = check(some, user, **options)
    assert report.errors == []
    return write.write(report, user or run.Everywhere(), reason="It stands in the source.")


# Files


def with_text(text="榆林"):
    return f"{HEAD}\r\na-1,{text},2021-05-18,XX,A paper,raid,high\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_the_same_rows_come_out_of_every_encoding(encoding):
    assert readers.read(with_text().encode(encoding), "x.csv").rows[0].cells["title_en"] == "榆林"


@pytest.mark.parametrize("separator", [",", ";", "\t", "，"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_separators_and_line_ends_are_found(separator, end):
    found = readers.read(f"{HEAD}\n{ROW}\n".replace(",", separator).replace("\n", end).encode(), "x.csv")
    assert found.rows[0].cells["source_publisher"] == "A paper"
    assert found.rows[0].line == 2


def test_columns_are_known_by_either_name():
    found = table("a-1,榆林,2021", head="编号,英文标题,Occurred on")
    assert found.columns == ["ref", "title_en", "occurred_on"]


def workbook(*rows, sheet_name="Sheet"):
    book = openpyxl.Workbook()
    book.active.title = sheet_name
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def zipped(**parts):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return file.getvalue()


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
UNREADABLE = [
    (b"", "empty"),
    (b"\xef\xbb\xbf", "empty"),
    (b"MZ\x90\x00\x03\x00\x00\x00\x04" + b"\x00\x01\x02" * 300, "Windows Executable"),
    (b"%PDF-1.7\n1 0 obj", "Portable Document"),
    (b"\x89PNG\r\n\x1a\n" + b"\0\1" * 50, "Portable Network Graphics"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Office program"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
    (with_text("é" * 9 + "!").encode("latin-1"), "byte"),
    (workbook(HEAD.split(","), ROW.split(","))[:2_000], "damaged"),
    (zipped(word__document_xml="x"), "docx"),
    (zipped(xl__workbook_xml="x", **{f"part{n}": "x" for n in range(1_001)}), "1002 parts"),
    (zipped(xl__workbook_xml="x", big="0" * 60_000_000), "60 MB"),
    (zipped(xl__workbook_xml="x", big="0" * 30_000_000), "times as large"),
    (zipped(xl__workbook_xml="x", xl__vbaProject="x", **{"xl/vbaProject.bin": "x"}), "macros"),
    (zipped(xl__workbook_xml=BOMB), "cannot be read"),
    (f'{HEAD}\na-1,"A title,2021\na-2,B,2021'.encode(), "line 2"),
    (f'{HEAD}\n{ROW}\na-2,"B" b,2021'.encode(), "line 3"),
    (f"{HEAD},ref\n{ROW},x".encode(), "twice: ref"),
    (f"{HEAD},rigs_siezed\n{ROW},x".encode(), "did you mean “rigs_seized”"),
    (b"title_en,kind\nx,raid", "“ref” (编号) is missing"),
    (b"one column\nx", "names no column of ours; it has 1"),
    (f"{HEAD}\n{ROW[:4]}{'x' * 140_000}".encode(), "longer than 131072"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "why"), UNREADABLE, ids=[why for _content, why in UNREADABLE])
def test_what_is_no_table_is_refused_with_what_it_is(content, why):
    started = time.monotonic()
    with pytest.raises(readers.Unreadable, match=why.replace("(", r"\(").replace(")", r"\)")):
        readers.read(content, "cases.xlsx")
    assert time.monotonic() - started < 2


def test_too_many_rows_are_refused_at_the_first_that_is_too_many(monkeypatch):
    monkeypatch.setattr(spreadsheets, "MOST_ROWS", 2)
    for content in ("\n".join([HEAD, *[ROW] * 3]).encode(), workbook(HEAD.split(","), *[ROW.split(",")] * 3)):
        with pytest.raises(readers.Unreadable, match="more than 2 rows"):
            readers.read(content, "x")


def test_a_million_rows_in_a_small_workbook_cost_nothing():
    rows = b'<row><c t="inlineStr"><is><t>a</t></is></c></row>' * 900_000
    content = zipped(xl__workbook_xml="x", **{"xl/worksheets/sheet1.xml": b"<sheetData>" + rows + b"</sheetData>"})
    started = time.monotonic()
    with pytest.raises(readers.Unreadable, match="not opened"):
        readers.read(content, "x.xlsx")
    assert time.monotonic() - started < 2


def test_short_and_long_rows_and_formulas_are_errors_of_their_rows(region):
    found = check(table(ROW, "a-2,short", f"{ROW.replace('a-1', 'a-3')},too,many", f"{ROW.replace('a-1', 'a-4')},,"))
    assert [(one.line, one.problem) for one in found.errors] == [
        (3, "The row has 2 cells, the header 7."), (4, "The row has 9 cells, the header 7."),
    ]  # fmt: skip
    cells = ROW.split(",")
    cells[1] = "=cmd|' /C calc'!A0"
    found = check(readers.read(workbook(HEAD.split(","), cells), "x.xlsx"))
    assert [(one.line, one.column, one.problem) for one in found.errors] == [
        (2, "title_en", "B2 is a formula: paste its value.")
    ]


def test_what_a_spreadsheet_makes_of_numbers_and_days_is_read(region):
    import datetime

    head = [*HEAD.split(","), "rigs_seized", "electricity_theft", "latitude", "longitude", "location_precision"]
    cells = ["a-1", "T", datetime.datetime(2021, 5, 18), "XX", "P", "raid", "high", 130.0, True, 46.051, -7.5, "site"]  # noqa: DTZ001
    bring_in(readers.read(workbook(head, cells), "x.xlsx"))
    case = Case.objects.get(ref="a-1")
    assert (case.occurred_on.isoformat(), case.rigs, case.theft) == ("2021-05-18", 130, True)
    assert (case.latitude, case.longitude) == (46.051, -7.5)


# Cells

RIGHT = [
    ({"rigs_seized": "1.01万"}, {"rigs_seized": "10100", "rigs_qualifier": "exact"}),
    ({"rigs_seized": "2.6万余台"}, {"rigs_seized": "26000", "rigs_qualifier": "at_least"}),
    ({"rigs_seized": "约3000台"}, {"rigs_seized": "3000", "rigs_qualifier": "about"}),
    ({"rigs_seized": "１２００"}, {"rigs_seized": "1200"}),
    ({"rigs_seized": "1,200"}, {"rigs_seized": "1200"}),
    ({"electricity_kwh": "65.8亿千瓦时"}, {"electricity_kwh": "6580000000"}),
    ({"power_kw": "25 MW"}, {"power_kw": "25000"}),
    ({"loss_amount": "RM1.43 million"}, {"loss_amount": "1430000", "loss_currency": "MYR"}),
    ({"loss_amount": "143万", "loss_currency": "人民币"}, {"loss_amount": "1430000", "loss_currency": "CNY"}),
    ({"occurred_on": "2021年9月"}, {"occurred_on": "2021-09-01", "date_precision": "month"}),
    ({"occurred_on": "2021-09", "date_precision": "month"}, {"occurred_on": "2021-09-01"}),
    ({"occurred_on": "25/9/2021"}, {"occurred_on": "2021-09-25", "date_precision": "day"}),
    ({"kind": "Closure order"}, {"kind": "closure_order"}),
    ({"electricity_theft": "是"}, {"electricity_theft": "true"}),
    ({"region_code": "xx"}, {"region_code": "XX"}),
    ({"latitude": "33.9°S", "longitude": "151.2E", "location_precision": "site"},
     {"latitude": "-33.9", "longitude": "151.2"}),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "read"), RIGHT, ids=[json.dumps(one, ensure_ascii=False) for one, _read in RIGHT])
def test_what_people_write_is_read_and_echoed(region, cells, read):
    found = check(new_row(**cells))
    assert found.errors == []
    assert {name: found.created[0].cells[name] for name in read} == read
    assert found.created[0].echoes or cells["occurred_on" if "occurred_on" in cells else next(iter(cells))] in (
        *read.values(), "xx", "是", "2021-09"
    )  # fmt: skip


WRONG = [
    ({"rigs_seized": "-5"}, "rigs_seized", "negative", ""),
    ({"rigs_seized": "12.5"}, "rigs_seized", "counted whole", ""),
    ({"rigs_seized": "10000000000000"}, "rigs_seized", "over the limit of 1,000,000", ""),
    ({"rigs_seized": "1_000"}, "rigs_seized", "", "whole number"),
    ({"rigs_seized": "几百"}, "rigs_seized", "not a number", ""),
    ({"rigs_seized": "约3000", "rigs_qualifier": "exact"}, "rigs_qualifier", "The count says", "about"),
    ({"occurred_on": "2021-02-31"}, "occurred_on", "2021-02 has 28 days", ""),
    ({"occurred_on": "2999-01-01"}, "occurred_on", "in the future", ""),
    ({"occurred_on": "01/02/2021"}, "occurred_on", "may be", ""),
    ({"occurred_on": "2021-09-17", "date_precision": "month"}, "occurred_on", "first day", "2021-09-01"),
    ({"occurred_on": "2021-09", "date_precision": "day"}, "date_precision", "says only", "month"),
    ({"occurred_on": ""}, "occurred_on", "needed", ""),
    ({"latitude": "95", "longitude": "30", "location_precision": "site"}, "latitude", "exchanged",
     "latitude 30, longitude 95"),
    ({"latitude": "40"}, "longitude", "a latitude and a longitude", ""),
    ({"latitude": "40", "longitude": "107"}, "location_precision", "stands for", "locality"),
    ({"latitude": "north"}, "latitude", "no number of degrees", ""),
    ({"loss_amount": "5000"}, "loss_currency", "needs its currency", "CNY"),
    ({"loss_currency": "CNY"}, "loss_currency", "no amount", "empty"),
    ({"loss_amount": "RM5000", "loss_currency": "CNY"}, "loss_currency", "in MYR", "MYR"),
    ({"loss_amount": "5", "loss_currency": "QQQ"}, "loss_currency", "no currency", ""),
    ({"kind": "riad"}, "kind", "no code", "perhaps raid"),
    ({"kind": ""}, "kind", "needed", "raid"),
    ({"region_code": "Exlandd"}, "region_code", "no region", "XX (Exland)"),
    ({"region_code": ""}, "region_code", "needed", ""),
    ({"agencies": "Exland Polise"}, "agencies", "No body", "Exland Police"),
    ({"arrests": "约20"}, "arrests", "not exact", "note"),
    ({"source_publisher": ""}, "source_publisher", "has a source", ""),
    ({"source_url": "javascript:alert(1)"}, "source_url", "no address", "https"),
    ({"source_date": "2021-05"}, "source_date", "has a day", ""),
    ({"part_of": "nowhere"}, "part_of", "neither in the record", ""),
    ({"part_of": "a-1"}, "part_of", "part of itself", ""),
    ({"title_en": ""}, "title_en", "needs a title", ""),
    ({"title_en": "a\0b"}, "title_en", "control character (U+0000)", ""),
    ({"note": "a\x1bb"}, "note", "control character (U+001B)", ""),
    ({"title_en": "x" * 201}, "title_en", "201 characters", ""),
    ({"ref": ""}, "ref", "needed", ""),
    ({"ref": "榆林"}, "ref", "letters", ""),
    ({"ref": "import"}, "ref", "address of another page", ""),
    ({"electricity_theft": "perhaps"}, "electricity_theft", "neither true nor false", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "column", "problem", "right"),
    WRONG,
    ids=[f"{one[1]} {next(iter(one[0].values()))[:20]!r}" for one in WRONG],
)
def test_what_cannot_be_is_an_error_with_what_would_be_right(region, cells, column, problem, right):
    make_agency(name_en="Exland Police")
    found = check(new_row(**cells)).errors
    assert [(one.line, one.column) for one in found] == [(2, column)]
    assert problem in str(found[0].problem)
    assert right in str(found[0].right)


def test_every_error_of_every_row_is_listed(region):
    found = check(table("a-1,,x,XX,,riad,high", ROW.replace("a-1", "a-2"), "a-2,A,2021,YY,P,raid,high"))
    assert [(one.line, one.column) for one in found.errors] == [
        (2, "title_en"), (2, "occurred_on"), (2, "source_publisher"), (2, "kind"), (4, "ref"),
    ] or sorted((one.line, one.column) for one in found.errors) == [
        (2, "kind"), (2, "occurred_on"), (2, "source_publisher"), (2, "title_en"), (4, "ref"),
    ]  # fmt: skip


def test_a_column_that_new_cases_need_is_missed_once(region):
    found = check(table("a-1,A", "a-2,B", head="ref,title_en"))
    of_the_file = [one.column for one in found.errors if one.line == 1]
    assert of_the_file == ["occurred_on", "region_code", "source_publisher", "kind", "confidence"]


def test_cases_may_be_part_of_each_other_within_a_file_but_not_in_a_circle(region):
    head = f"{HEAD},part_of"
    bring_in(table(f"{ROW},a-2", f"{ROW.replace('a-1', 'a-2')},", head=head))
    assert Case.objects.get(ref="a-1").part_of.ref == "a-2"
    found = check(change("a-2", part_of="a-1"))
    assert [one.column for one in found.errors] == ["part_of"]


# What changes, and what stays


@pytest.fixture
def stored(region):
    """A case with more than its sheet can say."""
    case = make_case(ref="old", region=region, title_en="Old", note="A note", arrests=4, occurred_on="2021-05-18")
    raid = make_raid(case, raided_on="2021-05-18", visits=3, note="Three visits")
    make_seizure(raid, count=130, models_as_published="Antminer S9")
    make_figure(case, quantity="loss", amount=100, currency="CNY", basis="total", note="As the court has it")
    case.sources.add(make_source(publisher="A paper"))
    case.agencies.add(make_agency(name_en="Police", name_zh="公安局"))
    summing.sum_up(Case.objects.filter(pk=case.pk))
    return case


def cells_changed(report):
    return [cell for one in report.changed for cell in one.cells]


def test_only_cells_that_differ_are_changed(stored):
    report = check(change("old", title_en="New", note="A note", arrests="4.0", agencies="公安局", loss_amount="¥100"))
    assert report.errors == []
    assert cells_changed(report) == [("title_en", "Old", "New")]
    before = Case.objects.filter(pk=stored.pk).values().get()
    write.write(report, run.Everywhere())
    after = Case.objects.filter(pk=stored.pk).values().get()
    assert {name for name in after if after[name] != before[name]} == {"title_en", "words", "changed_at"}


def test_an_absent_column_is_not_said_and_an_empty_cell_is_a_removal(stored):
    report = check(change("old", arrests="", loss_amount="", loss_currency="", loss_basis=""))
    assert cells_changed(report) == [
        ("arrests", "4", ""), ("loss_amount", "100", ""), ("loss_currency", "CNY", ""), ("loss_basis", "total", ""),
    ]  # fmt: skip
    write.write(report, run.Everywhere())
    stored.refresh_from_db()
    assert (stored.arrests, stored.note, stored.loss_amount, stored.figures.count()) == (None, "A note", None, 0)


def test_a_change_reaches_the_rows_below_and_keeps_what_the_sheet_cannot_say(stored):
    make_policy(title_en="Notice 1283", ref="notice-1283")
    bring_in(change(
        "old", occurred_on="2021-06", date_precision="", rigs_seized="1.5万", rigs_qualifier="", rig_kind="asic",
        loss_amount="20万", agencies="Police", legal_basis="Notice 1283; An old rule", fine_amount="500",
        fine_currency="CNY", source_publisher="Another paper", locality="A yard",
    ))  # fmt: skip
    case = Case.objects.for_page().get(ref="old")
    raid, figure = case.raids.get(), case.figures.get()
    line = raid.seizures.get()
    assert (raid.raided_on.isoformat(), raid.date_precision, raid.visits, raid.note) == (
        "2021-06-01", "month", 3, "Three visits",
    )  # fmt: skip
    assert (line.count, line.count_as_published, line.qualifier, line.kind) == (15_000, "1.5万", "exact", "asic")
    assert (figure.amount, figure.as_published, figure.note) == (200_000, "20万", "As the court has it")
    assert {(one.text, one.policy.ref if one.policy else "") for one in case.citations.all()} == {
        ("Notice 1283", "notice-1283"), ("An old rule", ""),
    }  # fmt: skip
    assert [one.publisher for one in case.sources.all()] == ["Another paper"]
    assert Source.objects.filter(publisher="A paper").exists()
    assert (case.rigs, case.loss_amount, case.place) == (15_000, 200_000, "A yard")
    assert [(one.kind, one.amount) for one in case.sanctions.all()] == [("fine", 500)]


@pytest.mark.parametrize(
    ("more", "cells", "why"),
    [
        (lambda case: make_seizure(case.raids.get(), count=2), {"rigs_seized": "7"}, "2 lines of seizures"),
        (
            lambda case: make_figure(case, quantity="loss", amount=7, currency="USD"),
            {"loss_amount": "7"},
            "2 such figures",
        ),
        (lambda case: case.sources.add(make_source()), {"source_publisher": "X"}, "2 sources"),
    ],
)
def test_what_would_have_to_guess_which_of_several_is_refused(stored, more, cells, why):
    more(stored)
    assert check(change("old", title_en="New")).errors == []
    [problem] = check(change("old", **cells)).errors
    assert why in problem.problem
    assert "page of the case" in problem.right


def test_a_new_case_has_its_rows_and_is_not_published(region):
    make_citation(make_case(region=region), text="Rule 7", policy=make_policy(ref="seven"))
    make_agency(name_en="Police")
    bring_in(new_row(
        rigs_seized="约192", rig_models="S9 (136); T2 (56)", agencies="Police", legal_basis="Rule 7", fine_amount="10",
        fine_currency="CNY", loss_amount="RM1.43 million", locality="A yard", source_title="Found",
    ))  # fmt: skip
    case = Case.objects.for_page().get(ref="a-1")
    assert (case.published, case.rigs, case.rigs_qualifier, case.place) == (False, 192, "about", "A yard")
    assert [(one.models_as_published, one.count) for one in case.raids.get().seizures.all()] == [
        ("S9", 136),
        ("T2", 56),
    ]
    assert [(one.text, one.policy.ref) for one in case.citations.all()] == [("Rule 7", "seven")]
    assert [str(one) for one in case.sources.all()] == ["A paper: Found"]
    assert [one.as_published for one in case.figures.all()] == ["RM1.43 million"]


def test_unknown_bodies_are_made_only_if_that_is_asked_for(region):
    assert [one.column for one in check(new_row(agencies="A new bureau")).errors] == ["agencies"]
    bring_in(new_row(agencies="A new bureau; 某局"), makes_agencies=True)
    assert set(Agency.objects.values_list("name_en", "name_zh", "kind")) == {
        ("A new bureau", "", "other"), ("某局", "某局", "other"),
    }  # fmt: skip


def test_a_row_of_another_region_is_an_error_and_says_nothing_of_hidden_cases(region):
    home = make_region(code="HO")
    make_case(ref="hidden", region=region, title_en="Secret")
    make_case(ref="public", region=region, published=True)
    officer = make_person("add_import", "view_case", "add_case", "change_case", regions=[home])
    for some, problem in [
        (new_row(), "You do not work for Exland"),
        (new_row(ref="hidden", region_code="HO"), "taken by a case outside your regions"),
        (change("public", title_en="Mine now"), "you do not work for Exland"),
        (change("public", region_code="HO"), "you do not work for Exland"),
    ]:
        [found] = check(some, officer).errors
        assert problem in found.problem
        assert "Secret" not in str(found)
    assert check(new_row(region_code="HO"), officer).errors == []
    reader = make_person("add_import", "view_case", "change_case", regions=[home])
    assert "not enter new ones" in check(new_row(region_code="HO"), reader).errors[0].problem


def test_a_former_reference_leads_to_where_the_case_is_now(region):
    make_case(ref="now", former_refs=["a-1"])
    [found] = check(new_row()).errors
    assert (found.column, found.right) == ("ref", "now")


def test_what_looks_wrong_needs_a_reason_that_is_kept(region):
    one = receive(new_row_bytes(site_type="residential", rigs_seized="5000"))
    run.examine(one, run.Everywhere())
    assert (one.report["errors"], one.report["first_doubts"][0][2]) == (0, "count_for_site")
    with pytest.raises(run.Refused, match="Say why"):
        run.carry_out(one, run.Everywhere())
    assert not Case.objects.exists()
    run.carry_out(one, run.Everywhere(), reason="A whole street of houses.")
    kept = Reason.objects.get()
    assert (kept.case.ref, kept.rule, kept.reason) == ("a-1", "count_for_site", "A whole street of houses.")


def test_a_row_that_looks_like_a_case_that_is_there_is_a_doubt(region):
    make_case(ref="there", region=region, title_en="Hundred rigs in a barn near Ordos", occurred_on="2021-05-20",
              latitude=40.1, longitude=107.1, location_precision="site")  # fmt: skip
    point = {"latitude": "40.1", "longitude": "107.1", "location_precision": "site"}
    report = check(new_row(title_en="Hundred rigs in a barn near Ordos", **point))
    assert [(one.rule, "there" in one.text) for one in report.doubts if one.rule == "twin"] == [("twin", True)]
    assert report.twins[0][1] == "there"


# All or nothing, and the way back


def new_row_bytes(**cells):
    [row] = new_row(**cells).rows
    return sheet.csv_of([list(row.cells), list(row.cells.values())])


def receive(content, by=None):
    return run.receive(content, "cases.csv", by=by or run.Everywhere())


def test_an_import_is_taken_back_as_one(stored):
    content = sheet.csv_of([
        ["ref", "title_en", "occurred_on", "region_code", "source_publisher", "kind", "confidence", "rigs_seized"],
        ["old", "New", "2021-05-18", "XX", "A paper", "raid", "high", "7"],
        ["a-1", "A", "2021-05-19", "XX", "A new paper", "raid", "high", "9"],
    ])  # fmt: skip
    one = receive(content)
    run.examine(one, run.Everywhere())
    before = list(sheet.rows_of(Case.objects.visible_to(run.Everywhere()), run.Everywhere()))
    assert run.carry_out(one, run.Everywhere(), reason="So it is.") == 2
    assert Case.objects.get(ref="old").rigs == 7
    told = history.changes_of(stored.pk)[0]
    assert (told.verb, told.author, told.key) == ("import", "import_cases", str(one.change))
    undo.undo(one.change, by=make_person("change_case", "publish_case", everywhere=True), reason="A mistake.")
    assert list(sheet.rows_of(Case.objects.visible_to(run.Everywhere()), run.Everywhere())) == before
    assert not Case.objects.filter(ref="a-1").exists()
    assert not Source.objects.filter(publisher="A new paper").exists()
    one.refresh_from_db()
    assert one.state == "undone"


def test_what_a_colleague_changed_meanwhile_is_not_overwritten(stored):
    content = sheet.csv_of([["ref", "title_en", "note"], ["old", "New", "A note"]])
    one = receive(content)
    run.examine(one, run.Everywhere())
    Case.objects.filter(ref="old").update(note="A colleague's note")
    with pytest.raises(run.Refused, match="line 2") as refusal:
        run.carry_out(one, run.Everywhere())
    assert refusal.value.lines == [2]
    stored.refresh_from_db()
    assert (stored.title_en, stored.note) == ("Old", "A colleague's note")
    # Without the comparison the colleague's note would be gone.
    with patch.object(imports, "_refuse_unless_as_seen"):
        run.carry_out(one, run.Everywhere())
    stored.refresh_from_db()
    assert stored.note == "A note"


def test_what_the_database_refuses_leaves_nothing_behind(region):
    one = receive(new_row_bytes())
    run.examine(one, run.Everywhere())

    def too_much(cases):
        Seizure.objects.create(raid_id=10**9)

    with patch.object(imports.actions, "sum_up", too_much), pytest.raises(run.Refused, match="does not take"):
        run.carry_out(one, run.Everywhere())
    assert not Case.objects.exists()
    assert not Source.objects.exists()


def test_the_same_import_is_not_written_twice(region):
    one = receive(new_row_bytes())
    run.examine(one, run.Everywhere())
    run.carry_out(one, run.Everywhere())
    with pytest.raises(run.Refused, match="already"):
        run.carry_out(one, run.Everywhere())


# The page


@pytest.fixture
def officer(region):
    permissions = ("add_import", "view_case", "add_case", "change_case", "add_agency")
    return make_person(*permissions, regions=[region], username="officer")


def upload(client, content, name="cases.csv", **more):
    return client.post(reverse("cases:import"), {"file": SimpleUploadedFile(name, content)} | more)


def when_settled(client, address):
    """The page of an import when nobody is at work on it any more."""
    for _ in range(200):
        page = client.get(address)
        if not page.context["progress"] and page.context["import"].state not in ("checking", "importing"):
            return page
        time.sleep(0.05)
    raise AssertionError("it does not come to an end")


@pytest.mark.django_db(transaction=True)
def test_from_the_file_to_the_record_and_back(client, officer, region):
    make_case(ref="old", region=region, title_en="Old")
    client.force_login(officer)
    content = sheet.csv_of([[*HEAD.split(",")], ROW.split(","), ["old", "New", "2021-05-18", "XX", "", "raid", "high"]])
    address = upload(client, content).url
    page = when_settled(client, address)
    assert not Case.objects.filter(ref="a-1").exists()
    for text in ("Import 1 new, 1 changed", "<code>title_en</code>", "Old", "New", "A title"):
        assert text in page.content.decode(), text
    changes = b"".join(client.get(f"{address}changes.csv").streaming_content).decode("utf-8-sig")
    assert "old,title_en,Old,New" in changes

    client.post(f"{address}run/")
    page = when_settled(client, address)
    assert page.context["import"].state == "done"
    assert Case.objects.get(ref="a-1").published is False
    assert f'href="{Case.objects.get(ref="a-1").get_absolute_url()}"' in page.content.decode()
    told = client.get(reverse("cases:case-history", args=["old"])).content.decode()
    assert "Imported" in told
    assert "officer" in told

    again = when_settled(client, upload(client, content).url).content.decode()
    assert "already imported" in again
    assert "0 changes" in again

    assert client.post(f"{address}undo/", {"reason": ""}).status_code == 400
    client.post(f"{address}undo/", {"reason": "The wrong file."})
    assert when_settled(client, address).context["import"].state == "undone"
    assert not Case.objects.filter(ref="a-1").exists()
    assert Case.objects.get(ref="old").title_en == "Old"


@pytest.mark.django_db(transaction=True)
def test_errors_stop_it_and_are_offered_as_a_file(client, officer):
    client.force_login(officer)
    address = upload(client, new_row_bytes(rigs_seized="=many")).url
    page = when_settled(client, address).content.decode()
    assert "rigs_seized" in page
    assert '<button class="primary" disabled>' in page
    errors = b"".join(client.get(f"{address}errors.csv").streaming_content).decode("utf-8-sig").splitlines()
    assert errors[1].startswith("2,a-1,rigs_seized,'=many,")
    client.post(f"{address}run/")
    assert when_settled(client, address).context["import"].state == "checked"
    assert not Case.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_no_table_is_refused_on_its_page(client, officer):
    client.force_login(officer)
    page = when_settled(client, upload(client, b"%PDF-1.7 x", "cases.xlsx").url)
    assert page.context["import"].state == "failed"
    assert "Portable Document" in page.content.decode()


@pytest.mark.django_db
def test_a_large_file_is_refused_before_it_is_read(client, officer):
    client.force_login(officer)
    with patch.object(spreadsheets, "MOST_BYTES", 1_000):
        assert upload(client, b"x" * 1_500).status_code == 413
        assert upload(client, b"x" * 200_000).status_code == 413
    assert not Import.objects.exists()
    assert client.post(reverse("cases:import")).status_code == 400


@pytest.mark.django_db
def test_an_import_is_seen_by_its_officer_and_by_registrars_alone(client, officer, region):
    mine = make_import(by=officer, state="checked", report={"rows": 1})
    address = reverse("cases:import-detail", args=[mine.pk])
    everybody = [
        (None, 302), (make_person(), 403), (make_person("add_import", "view_import", regions=[region]), 404),
        (officer, 200), (make_person("add_import", "view_import", everywhere=True), 200),
    ]  # fmt: skip
    for person, status in everybody:
        client.logout()
        if person:
            client.force_login(person)
        for part in ("", "errors.csv", "undo/"):
            found = client.get(f"{address}{part}").status_code
            expected = {"errors.csv": 404, "undo/": 302}.get(part, 200) if status == 200 else status
            assert found == expected, (person, part)
        for part in ("run/", "again/") if status != 200 else ():
            assert client.post(f"{address}{part}").status_code == status, (person, part)


@pytest.mark.django_db
def test_work_that_nobody_is_at_is_shown_as_interrupted(client, officer):
    client.force_login(officer)
    one = make_import(by=officer, state="importing", report={"seen": ""})
    address = reverse("cases:import-detail", args=[one.pk])
    assert "interrupted" in client.get(address).content.decode()
    with progress.working_on(one.pk) as told:
        told(42, 100)
        time.sleep(0.25)
        told(43, 100)
        page = client.get(address).content.decode()
        assert "43 %" in page
        assert 'hx-trigger="every 1s"' in page
        assert 'http-equiv="refresh"' in page
        assert "interrupted" not in page
    assert "interrupted" in client.get(address).content.decode()


# The command


@pytest.mark.django_db
def test_the_command_imports_as_the_page_does(region, tmp_path):
    path = tmp_path / "cases.csv"
    path.write_bytes(new_row_bytes(rigs_seized="1.01万"))
    out = StringIO()
    call_command("import_cases", str(path), "--dry-run", stdout=out)
    assert "new: 1\n" in out.getvalue()
    assert not Case.objects.exists()
    call_command("import_cases", str(path), stdout=out)
    assert Case.objects.get().rigs == 10_100
    assert Import.objects.get().state == "done"
    out = StringIO()
    call_command("import_cases", str(path), stdout=out)
    assert "already says" in out.getvalue()


@pytest.mark.django_db
def test_the_command_lists_errors_and_fails(region, tmp_path):
    path, errors = tmp_path / "cases.csv", tmp_path / "errors.csv"
    path.write_bytes(new_row_bytes(rigs_seized="many"))
    err = StringIO()
    with pytest.raises(CommandError, match="Nothing was imported"):
        call_command("import_cases", str(path), "--errors", str(errors), stdout=StringIO(), stderr=err)
    assert "line 2, rigs_seized: 'many'" in err.getvalue()
    assert "rigs_seized" in errors.read_text(encoding="utf-8-sig")
    stranger = make_person("add_import", "add_case", "view_case", username="stranger")
    path.write_bytes(new_row_bytes())
    with pytest.raises(CommandError):
        call_command("import_cases", str(path), "--user", stranger.username, stdout=StringIO(), stderr=err)
    assert "You do not work for Exland" in err.getvalue()
    assert not Case.objects.exists()
