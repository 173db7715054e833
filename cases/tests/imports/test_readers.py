"""Files of every encoding and kind: read as a table, or refused with what they are."""

import io
import time
import zipfile

import openpyxl
import pytest

from cases.files import readers
from cases.files import table as sheet_table
from cases.models import Case

from .tables import HEAD, ROW, bring_in, check, table_of


def with_text(text="榆林"):
    return f"{HEAD}\r\na-1,{text},2021-05-18,XX,A paper,raid,high\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_the_same_rows_come_out_of_every_encoding(encoding):
    assert readers.read_table(with_text().encode(encoding), "x.csv").rows[0].cells["title_en"] == "榆林"


@pytest.mark.parametrize("separator", [",", ";", "\t", "，"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_separators_and_line_ends_are_found(separator, end):
    found = readers.read_table(f"{HEAD}\n{ROW}\n".replace(",", separator).replace("\n", end).encode(), "x.csv")
    assert found.rows[0].cells["source_publisher"] == "A paper"
    assert found.rows[0].line == 2


def test_columns_are_known_by_either_name():
    found = table_of("a-1,榆林,2021", head="编号,英文标题,Occurred on")
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
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "damaged, too large, or not a workbook"),
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
    (b"one column\nx", "have none of our column names. The first line has 1"),
    (f"{HEAD}\n{ROW[:4]}{'x' * 140_000}".encode(), "longer than 131072"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "why"), UNREADABLE, ids=[why for _content, why in UNREADABLE])
def test_what_is_no_table_is_refused_with_what_it_is(content, why):
    started = time.monotonic()
    with pytest.raises(readers.Unreadable, match=why.replace("(", r"\(").replace(")", r"\)")):
        readers.read_table(content, "cases.xlsx")
    assert time.monotonic() - started < 2


def test_too_many_rows_are_refused_at_the_first_that_is_too_many(monkeypatch):
    monkeypatch.setattr(sheet_table, "MOST_ROWS", 2)
    for content in ("\n".join([HEAD, *[ROW] * 3]).encode(), workbook(HEAD.split(","), *[ROW.split(",")] * 3)):
        with pytest.raises(readers.Unreadable, match="more than 2 rows"):
            readers.read_table(content, "x")


def test_a_million_rows_in_a_small_workbook_cost_nothing():
    rows = b'<row><c t="inlineStr"><is><t>a</t></is></c></row>' * 900_000
    content = zipped(xl__workbook_xml="x", **{"xl/worksheets/sheet1.xml": b"<sheetData>" + rows + b"</sheetData>"})
    started = time.monotonic()
    with pytest.raises(readers.Unreadable, match="not opened"):
        readers.read_table(content, "x.xlsx")
    assert time.monotonic() - started < 2


def test_short_and_long_rows_and_formulas_are_errors_of_their_rows(region):
    found = check(table_of(ROW, "a-2,short", f"{ROW.replace('a-1', 'a-3')},too,many", f"{ROW.replace('a-1', 'a-4')},,"))
    assert [(problem.line, problem.problem) for problem in found.errors] == [
        (3, "The row has 2 cells, but the header has 7."), (4, "The row has 9 cells, but the header has 7."),
    ]  # fmt: skip
    cells = ROW.split(",")
    cells[1] = "=cmd|' /C calc'!A0"
    found = check(readers.read_table(workbook(HEAD.split(","), cells), "x.xlsx"))
    assert [(problem.line, problem.column, problem.problem) for problem in found.errors] == [
        (2, "title_en", "B2 is a formula. Paste its value.")
    ]


def test_what_a_spreadsheet_makes_of_numbers_and_days_is_read(region):
    import datetime

    head = [*HEAD.split(","), "rigs_seized", "electricity_theft", "latitude", "longitude", "location_precision"]
    cells = ["a-1", "T", datetime.datetime(2021, 5, 18), "XX", "P", "raid", "high", 130.0, True, 46.051, -7.5, "site"]  # noqa: DTZ001
    bring_in(readers.read_table(workbook(head, cells), "x.xlsx"))
    case = Case.objects.get(ref="a-1")
    assert (case.occurred_on.isoformat(), case.rigs, case.theft) == ("2021-05-18", 130, True)
    assert (case.latitude, case.longitude) == (46.051, -7.5)
