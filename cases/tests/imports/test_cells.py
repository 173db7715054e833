"""What people write into cells: read and echoed, or an error with what would be right."""

import json

import pytest

from cases.models import Case
from regions.tests.builders import make_agency

from .tables import HEAD, ROW, bring_in, change, check, new_row, table_of

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


@pytest.mark.parametrize(
    ("cells", "read"), RIGHT, ids=[json.dumps(cells, ensure_ascii=False) for cells, _read in RIGHT]
)
def test_what_people_write_is_read_and_echoed(region, cells, read):
    found = check(new_row(**cells))
    assert found.errors == []
    assert {name: found.created[0].cells[name] for name in read} == read
    assert found.created[0].echoes or cells["occurred_on" if "occurred_on" in cells else next(iter(cells))] in (
        *read.values(), "xx", "是", "2021-09"
    )  # fmt: skip


WRONG = [
    ({"rigs_seized": "-5"}, "rigs_seized", "negative", ""),
    ({"rigs_seized": "12.5"}, "rigs_seized", "must be a whole number", ""),
    ({"rigs_seized": "10000000000000"}, "rigs_seized", "over the limit of 1,000,000", ""),
    ({"rigs_seized": "1_000"}, "rigs_seized", "", "whole number"),
    ({"rigs_seized": "几百"}, "rigs_seized", "not a number", ""),
    ({"rigs_seized": "约3000", "rigs_qualifier": "exact"}, "rigs_qualifier", "The count says", "about"),
    ({"occurred_on": "2021-02-31"}, "occurred_on", "2021-02 has 28 days", ""),
    ({"occurred_on": "2999-01-01"}, "occurred_on", "in the future", ""),
    ({"occurred_on": "01/02/2021"}, "occurred_on", "can mean", ""),
    ({"occurred_on": "2021-09-17", "date_precision": "month"}, "occurred_on", "first day", "2021-09-01"),
    ({"occurred_on": "2021-09", "date_precision": "day"}, "date_precision", "exact only to", "month"),
    ({"occurred_on": ""}, "occurred_on", "Required", ""),
    ({"latitude": "95", "longitude": "30", "location_precision": "site"}, "latitude", "swapped",
     "latitude 30, longitude 95"),
    ({"latitude": "40"}, "longitude", "a latitude and a longitude", ""),
    ({"latitude": "40", "longitude": "107"}, "location_precision", "need a location precision", "locality"),
    ({"latitude": "north"}, "latitude", "Not a valid number", ""),
    ({"loss_amount": "5000"}, "loss_currency", "needs a currency", "CNY"),
    ({"loss_currency": "CNY"}, "loss_currency", "no amount", "empty"),
    ({"loss_amount": "RM5000", "loss_currency": "CNY"}, "loss_currency", "in MYR", "MYR"),
    ({"loss_amount": "5", "loss_currency": "QQQ"}, "loss_currency", "Unknown currency", ""),
    ({"kind": "riad"}, "kind", "not valid in this column", "perhaps raid"),
    ({"kind": ""}, "kind", "Required", "raid"),
    ({"region_code": "Exlandd"}, "region_code", "No region", "XX (Exland)"),
    ({"region_code": ""}, "region_code", "Required", ""),
    ({"agencies": "Exland Polise"}, "agencies", "No agency", "Exland Police"),
    ({"arrests": "约20"}, "arrests", "not exact", "note"),
    ({"source_publisher": ""}, "source_publisher", "needs a source", ""),
    ({"source_url": "javascript:alert(1)"}, "source_url", "Not a valid web address", "https"),
    ({"source_date": "2021-05"}, "source_date", "full date", ""),
    ({"part_of": "nowhere"}, "part_of", "in the record or in this file", ""),
    ({"part_of": "a-1"}, "part_of", "part of itself", ""),
    ({"title_en": ""}, "title_en", "needs a title", ""),
    ({"title_en": "a\0b"}, "title_en", "control character (U+0000)", ""),
    ({"note": "a\x1bb"}, "note", "control character (U+001B)", ""),
    ({"title_en": "x" * 201}, "title_en", "201 characters", ""),
    ({"ref": ""}, "ref", "Required", ""),
    ({"ref": "榆林"}, "ref", "letters", ""),
    ({"ref": "import"}, "ref", "cannot be used", ""),
    ({"electricity_theft": "perhaps"}, "electricity_theft", "Must be true or false", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "column", "problem", "right"),
    WRONG,
    ids=[f"{wrong[1]} {next(iter(wrong[0].values()))[:20]!r}" for wrong in WRONG],
)
def test_what_cannot_be_is_an_error_with_what_would_be_right(region, cells, column, problem, right):
    make_agency(name_en="Exland Police")
    found = check(new_row(**cells)).errors
    assert [(problem.line, problem.column) for problem in found] == [(2, column)]
    assert problem in str(found[0].problem)
    assert right in str(found[0].right)


def test_every_error_of_every_row_is_listed(region):
    found = check(table_of("a-1,,x,XX,,riad,high", ROW.replace("a-1", "a-2"), "a-2,A,2021,YY,P,raid,high"))
    assert [(problem.line, problem.column) for problem in found.errors] == [
        (2, "title_en"), (2, "occurred_on"), (2, "source_publisher"), (2, "kind"), (4, "ref"),
    ] or sorted((problem.line, problem.column) for problem in found.errors) == [
        (2, "kind"), (2, "occurred_on"), (2, "source_publisher"), (2, "title_en"), (4, "ref"),
    ]  # fmt: skip


def test_a_column_that_new_cases_need_is_missed_once(region):
    found = check(table_of("a-1,A", "a-2,B", head="ref,title_en"))
    of_the_file = [problem.column for problem in found.errors if problem.line == 1]
    assert of_the_file == ["occurred_on", "region_code", "source_publisher", "kind", "confidence"]


def test_cases_may_be_part_of_each_other_within_a_file_but_not_in_a_circle(region):
    head = f"{HEAD},part_of"
    bring_in(table_of(f"{ROW},a-2", f"{ROW.replace('a-1', 'a-2')},", head=head))
    assert Case.objects.get(ref="a-1").part_of.ref == "a-2"
    found = check(change("a-2", part_of="a-1"))
    assert [problem.column for problem in found.errors] == ["part_of"]
