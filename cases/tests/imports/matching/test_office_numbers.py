"""The numbers that offices give their cases: read, found again, refused where another case has them."""

import pytest

from cases.files.tables.mapping import Rule
from cases.imports import run
from cases.imports.write import write_report
from cases.models import OfficeNumber
from cases.tests.builders import make_case, make_office_number
from regions.tests.builders import make_agency, make_person, make_region

from ..tables import bring_in, change, check, new_row
from ..test_mapping import read_as

CHINESE = "临公刑立字〔2021〕1234号"
RULES = {"Title": "title_en", "Date": "occurred_on", "Case No.": "office_number"}


@pytest.fixture
def tnb(region):
    return make_agency(name_en="TNB", region=region)


@pytest.fixture
def police(region):
    return make_agency(name_en="Linhe Police", name_zh="临河区公安分局", region=region)


def given(**of):
    return sorted(OfficeNumber.objects.filter(**of).values_list("case__ref", "number", "agency__name_en"))


def problems(report):
    return [(problem.column, problem.value, problem.problem) for problem in report.errors]


def monthly(*lines, **for_all):
    """The list of an office without references of its own: titles, days and numbers."""
    rules = {key: Rule(to) for key, to in RULES.items()}
    return read_as("\n".join(["Title;Date;Case No.", *lines]), rules, **{"office_number_agency": "TNB"} | for_all)


def write(report):
    assert report.errors == []
    write_report(report, run.Everywhere())


def test_a_case_can_have_a_number_of_each_of_several_agencies(region, tnb, police):
    row = new_row(office_number=f"{CHINESE}； TNB/SP/21/001", office_number_agency="临河区公安分局; TNB")
    bring_in(row)
    assert given() == [("a-1", "TNB/SP/21/001", "TNB"), ("a-1", CHINESE, "Linhe Police")]


@pytest.mark.parametrize("cells", [{"office_number_agency": "TNB"}, {"agencies": "TNB"}])
def test_an_agency_alone_gave_all_numbers(region, tnb, cells):
    bring_in(new_row(office_number="1/21; 2/21", **cells))
    assert given() == [("a-1", "1/21", "TNB"), ("a-1", "2/21", "TNB")]


def test_an_unknown_agency_is_an_error_or_is_made(region):
    row = {"office_number": "1/21", "office_number_agency": "TNB"}
    assert problems(check(new_row(**row))) == [
        ("office_number_agency", "TNB", "No agency of this region is called “TNB”.")
    ]
    bring_in(new_row(**row), makes_agencies=True)
    assert given() == [("a-1", "1/21", "TNB")]


@pytest.mark.parametrize(
    ("cells", "column", "why"),
    [
        ({"office_number": "1/21"}, "office_number_agency", "It is not clear which agency gave this number."),
        ({"office_number": "1/21", "agencies": "TNB; Linhe Police"}, "office_number_agency", "It is not clear"),
        ({"office_number": "1; 2; 3", "office_number_agency": "TNB; TNB"}, "office_number_agency", "It is not clear"),
        ({"office_number_agency": "TNB"}, "office_number_agency", "There is no office number"),
        ({"office_number": "x" * 81, "office_number_agency": "TNB"}, "office_number", "has more than 80 characters"),
    ],
)
def test_what_is_wrong_with_a_number_is_said(region, tnb, police, cells, column, why):
    [problem] = check(new_row(**cells)).errors
    assert problem.column == column
    assert why in problem.problem


def test_numbers_are_added_and_taken_away_by_a_sheet(region, tnb):
    case = make_case(ref="old", region=region)
    make_office_number(case, agency=tnb, number="1/21")
    stays = make_office_number(case, agency=tnb, number="2/21")
    bring_in(change("old", office_number="2/21; 3/21", office_number_agency="TNB"))
    assert given() == [("old", "2/21", "TNB"), ("old", "3/21", "TNB")]
    assert OfficeNumber.objects.filter(pk=stays.pk).exists()
    bring_in(change("old", office_number="", office_number_agency=""))
    assert given() == []


def test_a_number_of_another_case_is_refused_in_the_same_words_whether_the_case_is_seen_or_not(region, tnb):
    secret = make_case(region=make_region(code="YY"))
    make_office_number(secret, agency=tnb, number="1/21")
    officer = make_person("add_import", "view_case", "add_case", regions=[region])
    seen = [check(new_row(office_number="1/21", office_number_agency="TNB"), by).errors for by in (None, officer)]
    assert seen[0] == seen[1]
    assert seen[0][0].problem == "This number cannot be used: this agency gave it to another case."
    assert secret.ref not in str(seen)
    other = make_agency(name_en="SESB", region=region)
    assert check(new_row(office_number="1/21", office_number_agency=other.name_en)).errors == []


def test_two_rows_cannot_have_the_same_number(region, tnb):
    report = monthly("A farm;2021-09-25;1/21", "A shop;2021-09-26;1/21")
    assert problems(report) == [("office_number", "1/21", "Line 2 has the same number.")]


def test_by_its_number_a_row_of_next_month_finds_its_case(region, tnb):
    first = monthly("A farm;2021-09-25;1/21", "A shop;2021-09-26;2/21")
    write(first)
    report = monthly("The farm of Mr. B;2021-09-27;1/21", "A shop;2021-09-26;2/21", "A school;2021-10-01;3/21")
    assert report.errors == []
    assert [row.cells["title_en"] for row in report.created] == ["A school"]
    [changed] = report.changed
    assert changed.case.title_en == "A farm"
    assert [cell[0] for cell in changed.cells] == ["occurred_on", "title_en"]
    assert "2 of its 3 rows are cases of the record, by office number" in report.notes[-1]


def test_the_same_title_with_another_number_of_the_agency_is_another_case(region, tnb, police):
    write(monthly("A raid;2021-09-25;1/21"))
    report = monthly("A raid;2021-09-25;2/21")
    assert (len(report.created), report.changed) == (1, [])
    report = monthly("A raid;2021-09-25;9", office_number_agency="Linhe Police")
    assert [(row.case.title_en, row.groups) for row in report.changed] == [("A raid", {"office_number"})]


def test_the_number_decides_before_the_title(region, tnb):
    write(monthly("A raid;2021-09-25;1/21"))
    report = monthly("A raid;2021-09-25;", "Another;2021-09-30;1/21")
    assert [[number.number for number in row.case.office_numbers.all()] for row in report.changed] == [["1/21"]]
    assert [row.cells["title_en"] for row in report.created] == ["A raid"]


def test_a_hidden_case_is_not_found_by_its_number(region, tnb):
    secret = make_case(region=make_region(code="YY"), ref="secret")
    make_office_number(secret, agency=tnb, number="1/21")
    officer = make_person("add_import", "view_case", "add_case", "change_case", regions=[region])
    rules = {key: Rule(to) for key, to in RULES.items()}
    report = read_as("Title;Date;Case No.\nA;2021-09-25;1/21", rules, user=officer, office_number_agency="TNB")
    assert "secret" not in str([report.echoes, report.changed, report.errors])


def test_the_sheet_and_its_return_change_nothing(region, tnb, police):
    case = make_case(ref="old", region=region)
    for agency, number in ((police, CHINESE), (tnb, "B 1"), (tnb, "A 1")):
        make_office_number(case, agency=agency, number=number)
    report = check(change("old", office_number=f"A 1; B 1; {CHINESE}", office_number_agency="TNB; TNB; Linhe Police"))
    assert (report.unchanged, report.changed, report.errors) == (1, [], [])
