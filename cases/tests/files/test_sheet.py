"""The sheet: what the record says as rows, and that those rows, brought back, change nothing."""

import csv
import io

import openpyxl
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.files import readers, sheet, sheet_files
from cases.imports import check, run, write
from cases.loading import record
from cases.models import Case
from cases.tests import real_record
from cases.tests.builders import make_case, make_citation, make_figure, make_raid, make_sanction, make_seizure
from regions.tests.builders import make_agency, make_person, make_region, make_source

pytestmark = pytest.mark.django_db


def rows(user=None):
    user = user or run.Everywhere()
    return {row["ref"]: row for row in sheet.sheet_rows(Case.objects.visible_to(user), user)}


def brought_back(content, name="cases.csv", user=None):
    return check.check_table(readers.read_table(content, name), user or run.Everywhere())


def outcome(report):
    return len(report.created), len(report.changed), len(report.errors)


def test_the_whole_record_exported_and_imported_changes_nothing(client):
    real_record.load()
    client.force_login(make_person("add_import", everywhere=True))
    assert Case.objects.count() == 343
    for name, file in [("import-sheet-csv", "cases.csv"), ("import-sheet-xlsx", "cases.xlsx")]:
        response = client.get(reverse(f"cases:{name}"))
        report = brought_back(b"".join(response.streaming_content), file)
        assert (report.rows, report.unchanged, *outcome(report)) == (343, 343, 0, 0, 0)


def test_the_fixture_itself_says_what_the_record_says():
    real_record.load()
    report = brought_back((record.FIXTURES / "cases.csv").read_bytes())
    assert (report.unchanged, *outcome(report)) == (343, 0, 0, 0)


def test_an_import_of_the_fixture_into_an_empty_record_makes_the_same_cases():
    real_record.load()
    before = rows()
    Case.objects.update(part_of=None)
    Case.objects.all().delete()
    content = (record.FIXTURES / "cases.csv").read_bytes()
    report = brought_back(content)
    assert outcome(report) == (343, 0, 0)
    write.write_report(report, run.Everywhere(), reason="The record itself.")
    after = rows()
    assert {ref: row for ref, row in after.items() if row != before[ref]} == {}
    assert not Case.objects.filter(published=True).exists()


def test_what_a_sheet_cannot_say_is_told_as_far_as_it_goes():
    case = make_case(ref="several")
    first, second = make_raid(case, raided_on="2021-05-18"), make_raid(case, raided_on="2021-06-01")
    make_seizure(first, count=136, models_as_published="Antminer S9")
    make_seizure(second, count=56, qualifier="about", models_as_published="Innosilicon T2")
    make_figure(case, amount=10), make_figure(case, amount=20)
    case.sources.add(make_source(publisher="First"), make_source(publisher="Second"))
    make_citation(case, text="B rule"), make_citation(case, text="A rule")
    make_sanction(case, kind="fine", amount=5, currency="CNY")
    case.agencies.add(make_agency(name_en="Police"), make_agency(name_en="Grid company"))
    row = rows()["several"]
    columns = ("rigs_seized", "rigs_qualifier", "rig_models", "electricity_kwh", "source_publisher", "legal_basis",
            "fine_amount", "agencies")  # fmt: skip
    assert [row[name] for name in columns] == [
        "192", "about", "Antminer S9 (136); Innosilicon T2 (56)", "10", "First", "A rule; B rule", "5",
        "Grid company; Police",
    ]  # fmt: skip


@pytest.mark.parametrize("place", ["Yard, north gate", "Yard, Ordos", "Ordos", "Yard", ""])
def test_a_place_is_parted_and_joined_again(place):
    make_case(ref="a", place=place, region=make_region(name_en="Ordos"))
    row = rows()["a"]
    assert sheet.place_of(row["locality"], row["admin2_name"]) == place


def test_a_sheet_shows_nobody_what_they_may_not_see(client):
    home, abroad = make_region(), make_region()
    make_case(ref="hidden", region=abroad)
    wide = make_case(ref="wide-and-hidden", region=abroad)
    point = {"latitude": 40.5, "longitude": 107.5, "location_precision": "site"}
    make_case(ref="sensitive", region=abroad, published=True, sensitive=True, part_of=wide, **point)
    make_case(ref="own", region=home, sensitive=True, **point)
    client.force_login(make_person("add_import", "view_case", regions=[home]))
    answer = b"".join(client.get(reverse("cases:import-sheet-csv")).streaming_content).decode("utf-8-sig")
    found = {row["ref"]: row for row in csv.DictReader(io.StringIO(answer))}
    assert sorted(found) == ["own", "sensitive"]
    cells = [found["sensitive"][name] for name in ("latitude", "longitude", "location_precision", "part_of")]
    assert cells == ["", "", "", ""]
    assert found["own"]["latitude"] == "40.5"
    assert "hidden" not in answer
    # … and brought back by the same person, it wipes nothing out.
    person = make_person("add_import", "view_case", "change_case", regions=[home])
    assert outcome(brought_back(answer.encode(), user=person)) == (0, 0, 0)


def test_texts_that_look_like_formulas_come_back_as_they_were():
    for number, text in enumerate(["=1+1", "'=1+1", "-5", "@cmd", "  spaced  ", "two\r\nlines", "'tis", "＝1"]):
        make_case(ref=f"case-{number}", note=text, title_en=f"t{text}")
    user = run.Everywhere()
    found = list(sheet.sheet_rows(Case.objects.visible_to(user), user))
    as_csv = b"".join(sheet_files.csv_of_sheet(found))
    assert b"'=1+1" in as_csv
    assert outcome(brought_back(as_csv)) == (0, 0, 0)
    workbook = io.BytesIO()
    workbook.writelines(sheet_files.xlsx_of_sheet(found))
    assert outcome(brought_back(workbook.getvalue(), "cases.xlsx")) == (0, 0, 0)


def test_negative_numbers_are_numbers_in_a_csv():
    make_case(ref="south", latitude=-16.9, longitude=-70.6, location_precision="site", note="=1")
    user = run.Everywhere()
    answer = b"".join(sheet_files.csv_of_sheet(sheet.sheet_rows(Case.objects.visible_to(user), user)))
    [row] = csv.DictReader(io.StringIO(answer.decode("utf-8-sig")))
    assert (row["latitude"], row["longitude"], row["note"]) == ("-16.9", "-70.6", "'=1")
    assert outcome(brought_back(answer)) == (0, 0, 0)
    # … and a sheet from before, which has an apostrophe there, still changes nothing.
    assert outcome(brought_back(answer.replace(b"-16.9", b"'-16.9"))) == (0, 0, 0)


def test_the_sheet_is_the_selection_and_a_question_not_understood_is_refused(client):
    make_case(ref="a-raid", published=True)
    make_case(ref="a-sweep", kind="sweep", published=True)
    answer = client.get(reverse("cases:import-sheet-csv"), {"kind": "sweep"})
    assert b"a-raid" not in b"".join(answer.streaming_content)
    assert client.get(reverse("cases:import-sheet-csv"), {"kind": "burglary"}).status_code == 400


def test_the_template_has_the_columns_and_explains_them(client):
    head = client.get(reverse("cases:import-template-csv")).content.decode("utf-8-sig").strip().split(",")
    assert head == record.COLUMNS["cases"].split()
    book = openpyxl.load_workbook(
        io.BytesIO(b"".join(client.get(reverse("cases:import-template-xlsx")).streaming_content))
    )
    assert [cell.value for cell in book["cases"][1]] == head
    explained = {row[0]: row for row in book["columns"].iter_rows(min_row=2, values_only=True)}
    assert list(explained) == head
    assert explained["rigs_seized"][1] == "查获矿机数"
    assert "raid" in explained["kind"][3]


def test_the_number_of_queries_does_not_grow_with_the_rows():
    counts = []
    for _ in range(2):
        for _ in range(3):
            case = make_case()
            make_seizure(make_raid(case), count=1)
            make_citation(case)
        with CaptureQueriesContext(connection) as queries:
            rows()
        counts.append(len(queries))
    assert counts[0] == counts[1]
