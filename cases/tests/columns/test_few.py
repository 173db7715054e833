"""Statements about a few rows that are told with them."""

import duckdb
import pytest

from cases.columns import few
from cases.columns.few import PlannedOnce, few_rows
from cases.models import Case
from cases.tests.builders import make_case
from regions.models import Region

KINDS = {"id": "BIGINT", "code": "ENUM('a', 'b')", "name": "VARCHAR", "rigs": "DECIMAL(20,2)"}
STATEMENT = "SELECT id, code, name, rigs FROM \"things\" WHERE code <> 'b' ORDER BY id"


@pytest.fixture
def planned(monkeypatch):
    """A PlannedOnce, and what its connection was told to do."""
    told = []

    class Told:
        def __init__(self, config):
            self.connection = connect(config=config)
            self.close = self.connection.close

        def execute(self, statement):
            told.append(statement.split()[0])
            return self.connection.execute(statement)

    connect = duckdb.connect
    monkeypatch.setattr(duckdb, "connect", Told)
    planned = PlannedOnce()
    yield planned, told
    planned.close()


def row(number, code="a", name="", rigs=None):
    return {"id": number, "code": code, "name": name, "rigs": rigs, "beside": "what is not named"}


def at_last(planned, some, statement):
    """What is found with a plan."""
    found = planned.ask(some, statement)
    return planned.ask(some, statement) if found is None else found


def test_a_statement_is_planned_once_and_asked_of_other_rows(planned):
    planned, told = planned
    assert planned.ask([few_rows("things", KINDS, [row(7)])], STATEMENT) is None
    for name in ("O'Neil", '"quoted"', "$1 and %s", "中文", None):
        found = planned.ask([few_rows("things", KINDS, [row(7, name=name, rigs="1.50")])], STATEMENT)
        assert [(key, code, text, str(rigs)) for key, code, text, rigs in found] == [(7, "a", name, "1.50")]
    assert told == ["PREPARE", *["EXECUTE"] * 5]
    told.clear()
    two = few_rows("things", KINDS, [row(8, "b"), row(9)])
    others = [two, few_rows("others", {"id": "BIGINT"}, [{"id": 9}])]
    assert at_last(planned, [two], STATEMENT) == [(9, "a", "", None)]
    assert at_last(planned, others, "SELECT id FROM others") == [(9,)]
    assert told == ["PREPARE", "EXECUTE"] * 2  # of so many rows, of so many tables


def test_it_may_begin_with_tables_of_its_own(planned):
    some = [few_rows("things", KINDS, [row(7), row(8)])]
    statement = "WITH more AS (SELECT id + 1 AS id FROM things) SELECT max(id) FROM more"
    assert at_last(planned[0], some, statement) == [(9,)]


def test_plans_are_not_kept_without_end(planned, monkeypatch):
    monkeypatch.setattr(few, "MOST_PLANNED", 2)
    planned, told = planned
    for column in ("id", "code", "id", "name", "id"):
        statement = f"SELECT {column} FROM things"  # noqa: S608 - our own names
        assert at_last(planned, [few_rows("things", KINDS, [row(7)])], statement) == [(row(7)[column],)]
    assert told.count("PREPARE") == 3  # "id" was asked for again before the third
    assert told.count("DEALLOCATE") == 1


def test_what_cannot_be_planned_is_an_error_and_the_next_is_answered(planned):
    some = [few_rows("things", KINDS, [row(7)])]
    with pytest.raises(duckdb.BinderException):
        at_last(planned[0], some, "SELECT nothing FROM things")
    assert at_last(planned[0], some, "SELECT id FROM things") == [(7,)]


def test_what_was_asked_for_long_ago_is_forgotten(planned, monkeypatch):
    monkeypatch.setattr(few, "MOST_ASKED_FOR", 2)
    planned, told = planned
    for column in ("id", "code", "name", "id"):
        assert planned.ask([few_rows("things", KINDS, [row(7)])], f"SELECT {column} FROM things") is None  # noqa: S608
    assert told == []


@pytest.mark.django_db(transaction=True)
def test_regions_are_told_as_they_are_at_the_moment(record, keeper):
    case, statement = make_case(region=Region.objects.get(code="CN-NM")), "SELECT code, path FROM regions_region"

    def told(moment):
        rows = moment.mirror.regions_above([case.region_id], statement, moment)
        return rows and sorted(rows.rows)

    with keeper._moment(()) as before:
        of_both = [("CN", "/CN/"), ("CN-NM", "/CN/CN-NM/")]
        assert told(before) == of_both
        Region.objects.filter(code="CN").update(code="ZZ")
        Case.objects.update(rigs=5)
        with keeper._moment(()) as after:
            assert told(after) == [("CN-NM", "/CN/CN-NM/"), ("ZZ", "/CN/")]
        assert told(before) is None  # of a moment that is gone
        assert before.mirror.regions_above([0], statement, before) is None
