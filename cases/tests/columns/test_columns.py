"""Sums from the mirror in DuckDB: what PostgreSQL says, whoever writes, or no answer at all."""

import re
from dataclasses import fields, is_dataclass
from datetime import date
from unittest import mock

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import F
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.columns import mirror
from cases.columns.keeper import Keeper
from cases.doubts.data_quality import DataQuality
from cases.models import Case
from cases.selection import rollups
from cases.selection.measures import Metric, measures
from cases.selection.selection import Selection
from cases.tests.builders import make_case, make_figure
from regions import keeping
from regions.keeping import number_of
from regions.models import Region, Scope

from .asking import asking_first
from .writing import WRITES

pytestmark = pytest.mark.django_db(transaction=True)

QUESTIONS = [
    "", "kind=raid", "kind__not=raid", "region=CN", "region=CN-NM&kind=raid", "region__not=CN-NM", "rigs_min=50",
    "occurred_after=2021-03&occurred_before=2022", "empty=rigs", "present=energy", "empty=agency", "agency=police",
    "empty=loss", "present=policy",
    "policy=rule", "rig=s19", "theft=true", "theft__not=true", "doubt=many_arrests", "doubt__not=twin",
    "doubt=point_nowhere", "doubt=many_arrests&doubt=point_nowhere",
    "bbox=100,20,120,50", "bbox=170,-20,-170,20", "empty=place", "q=warehouse", "q=farm&kind=raid", "q=nothing",
    "changed_after=2020",
]  # fmt: skip

OF_POSTGRESQL = ["xmin"]  # versions of rows


def sums(query, person):
    """All that is summed of the cases that a question finds."""
    selection = Selection(QueryDict(query), person)
    assert selection.is_valid, selection.problems
    quality = DataQuality(selection.cases)
    summed = [selection.totals(), selection.facets(), selection.measures_of(Metric), selection.region_facet()]
    summed += [quality.lacking, [(case.ref, rules) for case, rules in quality.most_doubted]]
    in_regions = measures(selection.cases, [Metric.RIGS], selection.region, by=["region"])
    assert in_regions.by["region"].keys() == summed[2].by["region"].keys()
    assert in_regions.years.keys() == summed[2].years.keys()
    summed += [in_regions, quality.doubted, selection.trend(), selection.undated(), rollups.by_code(selection.cases)]
    spans = [rollups.Span(1, Region.objects.get(code="CN").pk), rollups.Span(2, 0, date(2021, 1, 1), currency="CNY")]
    summed += [
        rollups.in_spans(selection.cases, spans),
        rollups.around(selection.cases, date(2021, 6, 1), date(2026, 1, 1)),
    ]
    return alike([selection.count, *summed, selection.extent(), selection.clusters(3)])


def alike(value):
    """A value as text, in which what was summed in another order is the same."""
    if isinstance(value, float):
        return f"{value:.11g}"
    if isinstance(value, dict):
        return sorted((str(key), alike(part)) for key, part in value.items())
    if isinstance(value, (list, tuple)):
        return [alike(part) for part in value]
    if is_dataclass(value):
        return alike({part.name: getattr(value, part.name) for part in fields(value) if part.compare})
    return str(value)


def test_both_say_the_same_of_every_question_to_everybody(record, keeper):
    _writer, people = record
    for query in QUESTIONS:
        for person in people:
            with asking_first(None):
                said = sums(query, person)
            unanswered = []

            def ask(statement, *values, unanswered=unanswered):
                found = keeper.rows(statement, *values)
                if found is None and not any(theirs in statement for theirs in OF_POSTGRESQL):
                    unanswered.append(statement)
                return found

            with asking_first(ask):
                assert sums(query, person) == said, (query, person)
            assert unanswered == [], query


@pytest.mark.parametrize("sort", ["-occurred_on", "occurred_on", "-rigs", "rigs", "kw", "kind", "title", "region"])
@pytest.mark.parametrize("few", [0, 1_000])
def test_a_page_has_the_cases_of_its_place_in_the_list(record, keeper, monkeypatch, few, sort):
    _writer, people = record
    refs = [case.ref for case in Selection(QueryDict(f"sort={sort}"), people[2]).rows()]
    assert len(refs) > 5
    asked = []

    def ask(*question):
        found = keeper.rows(*question)
        asked.append(found is not None)
        return found

    monkeypatch.setattr(keeping, "FEW", few)
    with mock.patch("cases.selection.selection.PAGE_SIZES", (2, 3, 5)), asking_first(ask):
        for number in (1, 2):
            page = Selection(QueryDict(f"sort={sort}&page={number}"), people[2]).page()
            assert [case.ref for case in page] == refs[3 * number - 3 : 3 * number]
    assert all(asked) or sort in ("title", "region")  # of which the columns know nothing


@pytest.mark.parametrize("rows_of", [Selection.page, lambda selection: selection.first(5, "-changed_at", "ref")])
def test_the_rows_of_a_page_are_asked_for_by_their_keys_alone(record, rows_of):
    """Beside the condition of a region PostgreSQL reads all cases of a province for those on the page."""
    with CaptureQueriesContext(connection) as queries:
        assert list(rows_of(Selection(QueryDict("region=CN"), AnonymousUser())))
    [rows] = [query["sql"] for query in queries if "title_en" in query["sql"]]
    assert "LIKE" not in rows
    assert '"published"' in rows


def test_a_page_shows_nothing_that_was_withdrawn_since_its_keys_were_found(record):
    everybody = Case.objects.visible_to(AnonymousUser())
    found = keeping.some_of(Case.objects.all(), slice(99), everybody)
    assert {case.pk for case in found} == {*everybody.values_list("pk", flat=True)}
    assert everybody.count() < Case.objects.count()


@pytest.mark.parametrize("most", [0, 1, 3, 200])
def test_some_rows_are_those_of_their_order_however_many_are_equal(record, keeper, monkeypatch, most):
    monkeypatch.setattr(keeping, "MOST_EQUAL", most)
    for rigs in (7, 7, 7, None, None, 9):
        make_case(occurred_on=date(2022, 5, 1), rigs=rigs)
    for by in ("-occurred_on", F("occurred_on").asc(), F("rigs").desc(nulls_last=True)):
        rows = Case.objects.order_by(by, "ref")
        whole = list(rows)
        assert len(whole) > 12
        with asking_first(keeper.rows):
            for start in range(len(whole) + 2):
                for stop in (start + 1, start + 4, len(whole) + 3):
                    some = keeping.some_of(rows.all(), slice(start, stop), Case.objects.all())
                    assert list(some) == whole[start:stop]


def test_after_the_last_page_there_is_none(record):
    asked = Selection(QueryDict("page=9"), record[1][2])
    assert list(asked.page()) == []
    assert list(asked.problems) == ["page"]


@pytest.mark.parametrize(("few", "is_looked_for_in_their_order"), [(1_000, False), (0, True)])
def test_a_few_cases_are_found_before_they_are_sorted(record, monkeypatch, few, is_looked_for_in_their_order):
    monkeypatch.setattr(keeping, "FEW", few)
    with CaptureQueriesContext(connection) as queries:
        assert list(Selection(QueryDict("region=CN&sort=-occurred_on"), AnonymousUser()).page())
    [keys] = [query["sql"] for query in queries if "ORDER BY" in query["sql"] and " LIKE " in query["sql"]]
    assert ("LIMIT" in keys) == is_looked_for_in_their_order


@pytest.mark.parametrize(
    ("sort", "are_sorted"), [("-occurred_on", False), ("occurred_on", True), ("-rigs", True), ("-kind", True)]
)
def test_the_newest_of_very_many_cases_are_read_by_their_index(record, monkeypatch, sort, are_sorted):
    monkeypatch.setattr(keeping, "MOST_SORTED", 0)
    with CaptureQueriesContext(connection) as queries:
        assert list(Selection(QueryDict(f"region=CN&sort={sort}"), AnonymousUser()).page())
    keys = [
        query["sql"] for query in queries if re.match(r'SELECT "cases_case"."id" AS "pk", .* ORDER BY', query["sql"])
    ]
    assert bool(keys) == are_sorted


STEPS = st.tuples(st.sampled_from(WRITES), st.sampled_from(QUESTIONS), st.sampled_from(range(3)))


@given(st.lists(STEPS, min_size=1, max_size=6))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_say_the_same_whoever_wrote_in_between(record, keeper, steps):
    writer, people = record
    for at, (write, _query, _who) in enumerate(steps):
        getattr(writer, write)()
        for _write, query, who in steps[: at + 1]:  # also what was asked before: it may have been kept
            with asking_first(None):
                said = sums(query, people[who])
            with asking_first(keeper.rows, keeper.begin, keeper.last_write), keeping.at_one_moment():
                assert sums(query, people[who]) == said, (write, query, who)
        assert keeper.mirror, "thrown away"


def test_what_rows_beside_a_case_say_is_asked_of_its_own_columns(record, keeper):
    asked, ask = [], keeper.mirror.ask
    with (
        mock.patch.object(keeper.mirror, "ask", lambda statement, *at: asked.append(statement) or ask(statement, *at)),
        asking_first(keeper.rows),
    ):
        quality = DataQuality(Selection(QueryDict("empty=loss"), AnonymousUser()).cases)
        assert quality.lacking["loss"] == number_of(quality.cases)
        assert quality.doubted
        assert number_of(Selection(QueryDict("doubt__not=twin"), AnonymousUser()).cases)
        assert number_of(Case.objects.visible_to(AnonymousUser()).in_doubt(quality.doubted))
    assert len(asked) == 5
    assert not [statement for statement in asked if re.search("cases_(?!case\\b)", statement)]


def test_the_regions_that_somebody_works_in_are_read_once_for_an_answer(record, keeper):
    _writer, people = record
    of_a_scope = next(person for person in people if Scope.objects.filter(user=person.pk))

    def as_of_now():
        person = get_user_model().objects.get(pk=of_a_scope.pk)  # as each answer reads who asks
        assert person.has_perm("cases.view_case")
        return person

    officer = as_of_now()
    with asking_first(keeper.rows):
        with CaptureQueriesContext(connection) as queries:
            for question in ("", "kind=raid", "region__not=CN-NM"):
                assert Selection(QueryDict(question), officer).totals()
        assert len([query for query in queries if "regions_scope" in query["sql"]]) == 1
        assert Selection(QueryDict(), officer).count > Selection(QueryDict(), AnonymousUser()).count
        Scope.objects.filter(user=officer.pk).delete()
        assert Selection(QueryDict(), as_of_now()).count == Selection(QueryDict(), AnonymousUser()).count


@pytest.mark.parametrize("most", [0, 1_000])
def test_what_is_kept_of_the_cases_is_that_of_the_mirror_filled_anew(record, keeper, monkeypatch, most):
    writer, _people = record
    monkeypatch.setattr(mirror, "MOST_COMPARED", most)
    monkeypatch.setattr(mirror, "ROWS_AT_ONCE", 5)
    make_figure(writer.some_case(), quantity="loss", amount=1, currency="CNY")
    for write in ("state_a_loss", "move_all_that_is_stated", "change_who_seized", "cite_no_rule", "take_a_doubt_away"):
        getattr(writer, write)()
    Region.objects.filter(code="CN-SC").update(path="/FJ/CN-SC/")
    Region.objects.filter(code__in=writer.some_case().region.codes_up()).update(latitude=None, longitude=None)
    again = Keeper(0)
    again.fill()
    for table, kept in keeper.mirror.kept.items():
        statement = f"SELECT id, {', '.join(kept)} FROM {table} ORDER BY id"  # noqa: S608 - our own names
        assert keeper.rows(statement, ()) == again.rows(statement, ())
    assert (False,) in keeper.rows("SELECT has_middle FROM cases_case", ())
    assert ("FJ",) in keeper.rows("SELECT code_2 FROM regions_region WHERE code = 'CN-SC'", ())
    again.mirror.close()


def test_no_region_is_looked_at_for_each_case(record, keeper):
    asked, ask = [], keeper.mirror.ask
    with (
        asking_first(keeper.rows, keeper.begin, keeper.last_write),
        mock.patch.object(keeper.mirror, "ask", lambda statement, *at: asked.append(statement) or ask(statement, *at)),
    ):
        selection = Selection(QueryDict(), AnonymousUser())
        assert selection.by_region()
        assert selection.by_region(Region.objects.get(code="CN"))
        assert selection.clusters(3)
        assert selection.totals().placed
    assert "cases_case.has_middle" in " ".join(asked)
    assert "cases_case.told_apart" in " ".join(asked)
    assert "regions_region.code_3" in " ".join(asked)
    assert not [statement for statement in asked if "split_part" in statement]


def test_a_sum_is_made_anew_when_what_it_is_made_of_has_changed(record, keeper):
    writer, _people = record
    case, asked, ask = writer.some_case(), [], keeper.mirror.ask
    of_the_case = Case.objects.filter(pk=case.pk)
    of_the_case.update(rigs=5, arrests=1)

    def said(statement):
        return keeper.rows(statement, [])

    rigs, arrests, scopes = (
        f"SELECT count(*), sum(rigs) FROM cases_case WHERE id = {case.pk}",  # noqa: S608
        f"SELECT arrests FROM cases_case WHERE id = {case.pk}",  # noqa: S608
        "SELECT * FROM regions_scope",
    )
    with mock.patch.object(keeper.mirror, "ask", lambda statement, *at: asked.append(statement) or ask(statement, *at)):
        assert said(rigs) == [(1, 5)]
        of_the_case.update(title_en="A shop", arrests=2)
        assert said(rigs) == [(1, 5)]
        assert said(arrests) == [(2,)]
        of_the_case.update(rigs=6)
        assert said(rigs) == [(1, 6)]
        assert said(arrests) == [(2,)]
        before = said(scopes)
        Scope.objects.update(region=Region.objects.get(code="FJ"))
        assert said(scopes) != before
        of_the_case.delete()
        assert said(rigs) == [(0, None)]
    assert asked == [rigs, arrests, rigs, scopes, scopes, rigs]
