"""Sums from the mirror in DuckDB: what PostgreSQL says, whoever writes, or no answer at all."""

import random
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import date
from unittest import mock

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.columns import mirror
from cases.columns.keeper import Keeper
from cases.doubts.data_quality import DataQuality
from cases.models import Case, Figure
from cases.models.case import LeadSource, SiteType
from cases.models.rig import RigKind
from cases.selection import rollups, search
from cases.selection.measures import Metric
from cases.selection.selection import Selection
from cases.tests.builders import (
    make_case,
    make_citation,
    make_figure,
    make_open_doubt,
    make_raid,
    make_rig,
    make_seizure,
)
from cases.tests.owner import as_owner
from regions import keeping
from regions.keeping import number_of
from regions.models import Region, Scope
from regions.tests.builders import make_agency, make_person, make_policy, make_region

pytestmark = pytest.mark.django_db(transaction=True)

WORLD = (-180, -85, 180, 85)
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


@pytest.fixture
def record(transactional_db):
    """Two countries, one with two provinces; people who see different cases."""
    china = make_region(code="CN", latitude=35.0, longitude=105.0)
    regions = [
        make_region(code="CN-NM", parent=china, latitude=41.0, longitude=112.0),
        make_region(code="CN-SC", parent=china), make_region(code="FJ", latitude=-17.0, longitude=178.0), china,
    ]  # fmt: skip
    agency, policy, rig = make_agency(slug="police"), make_policy(ref="rule"), make_rig(slug="s19")
    people = [
        AnonymousUser(), make_person("view_case", regions=[regions[0]]), make_person("view_case", everywhere=True),
    ]  # fmt: skip
    chance = random.Random(7)  # noqa: S311 - no secret
    writer = Writer(chance, regions, agency, policy, rig)
    for _number in range(12):
        writer.record()
    return writer, people


class Writer:
    """Writes to the record as people do, with what `chance` decides."""

    def __init__(self, chance, regions, agency, policy, rig):
        self.chance, self.regions, self.agency, self.policy, self.rig = chance, regions, agency, policy, rig

    def some_case(self):
        return self.chance.choice(Case.objects.order_by("pk"))

    def record(self):
        chance, rigs = self.chance, self.chance.choice([None, 10, 100, 1_069])
        point = (
            {"latitude": 40 + chance.random(), "longitude": 110 + chance.random(), "location_precision": "locality"}
            if chance.random() < 0.5
            else {}
        )
        made = make_case(
            region=chance.choice(self.regions), published=chance.random() < 0.6, sensitive=chance.random() < 0.3,
            kind=chance.choice(["raid", "sweep"]), rigs=rigs, kw_low=rigs, kw_best=rigs and rigs * 3.3, kw_high=rigs,
            site_type=chance.choice(SiteType.values), lead_source=chance.choice(LeadSource.values),
            rig_kind=chance.choice(RigKind.values), theft=chance.choice([None, True, False]),
            occurred_on=f"202{chance.randrange(5)}-0{chance.randrange(1, 9)}-1{chance.randrange(9)}",
            title_en=chance.choice(["Warehouse", "Farm"]), **point,
        )  # fmt: skip
        search.index(Case.objects.filter(pk=made.pk))
        if chance.random() < 0.5:
            made.agencies.add(self.agency)
            make_citation(made, policy=self.policy)
            make_open_doubt(made, rule=chance.choice(["many_arrests", "point_nowhere"]))
            make_figure(made, quantity="energy_kwh", amount=1_000)
            make_seizure(make_raid(made), rig=self.rig)

    def edit(self):
        case = self.some_case()
        case.rigs, case.published = self.chance.randrange(2_000), not case.published
        case.save()

    def retitle(self):
        case = self.some_case()
        Case.objects.filter(pk=case.pk).update(title_en="Farm" if case.title_en == "Warehouse" else "Warehouse")
        search.index(Case.objects.filter(pk=case.pk))

    def edit_many(self):
        Case.objects.filter(region=self.chance.choice(self.regions)).update(kind="sweep", theft=True)

    def withdraw(self):
        if Case.objects.count() > 3:
            self.some_case().delete()

    def move(self):
        case = self.some_case()
        case.region = self.chance.choice(self.regions)
        case.save()

    def rename_a_region(self):
        Region.objects.filter(pk=self.regions[0].pk).update(longitude=self.chance.uniform(100, 120))

    def take_a_doubt_away(self):
        self.some_case().open_doubts.all().delete()

    def state_a_loss(self):
        make_figure(self.some_case(), quantity="loss", amount=1_000, currency="CNY")

    def move_all_that_is_stated(self):
        Figure.objects.update(case=self.some_case())

    def change_who_seized(self):
        case = self.some_case()
        case.agencies.set([] if case.agencies.exists() else [self.agency])

    def cite_no_rule(self):
        self.some_case().citations.all().delete()

    def change_nothing_after_all(self):
        with transaction.atomic():
            Case.objects.update(rigs=1)
            transaction.set_rollback(True)


WRITES = [name for name in vars(Writer) if not name.startswith("_") and name not in ("some_case",)]


@contextmanager
def asking_first(other, begin=None):
    """Who is asked before PostgreSQL, and nothing kept from before."""
    with (
        mock.patch.object(keeping, "_asked_first", other),
        mock.patch.object(keeping, "_begin", begin),
        mock.patch.object(keeping, "_answers", keeping.KeptParts(40_000, size_of=len)),
    ):
        yield


@pytest.fixture
def keeper(monkeypatch):
    monkeypatch.setattr(mirror, "LEAST_FOUND", 0)
    keeper = Keeper(0)
    keeper.fill()
    assert keeper.state == "ready"
    yield keeper
    if keeper.mirror:
        keeper.mirror.close()


def sums(query, person):
    """All that is summed of the cases that a question finds."""
    selection = Selection(QueryDict(query), person)
    assert selection.is_valid, selection.problems
    quality = DataQuality(selection.cases)
    summed = [selection.totals(), selection.facets(), selection.measures_of(Metric), selection.region_facet()]
    summed += [quality.lacking, [(case.ref, rules) for case, rules in quality.most_doubted]]
    summed += [quality.doubted, selection.trend(), selection.undated(), rollups.by_code(selection.cases)]
    spans = [rollups.Span(1, Region.objects.get(code="CN").pk), rollups.Span(2, 0, date(2021, 1, 1), currency="CNY")]
    summed += [
        rollups.in_spans(selection.cases, spans),
        rollups.around(selection.cases, date(2021, 6, 1), date(2026, 1, 1)),
    ]
    return alike([selection.count, *summed, selection.extent(), selection.clusters(WORLD, 3)])


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
def test_a_page_has_the_cases_of_its_place_in_the_list(record, keeper, sort):
    _writer, people = record
    refs = [case.ref for case in Selection(QueryDict(f"sort={sort}"), people[2]).rows()]
    assert len(refs) > 5
    asked = []

    def ask(*question):
        found = keeper.rows(*question)
        asked.append(found is not None)
        return found

    few = {"PAGE_SIZES": (2, 3, 5), "FEW": 0, "PAGES_OF_NEWEST": 0}  # as of many cases
    with mock.patch.multiple("cases.selection.selection", **few), asking_first(ask):
        for number in (1, 2):
            page = Selection(QueryDict(f"sort={sort}&page={number}"), people[2]).page()
            assert [case.ref for case in page] == refs[3 * number - 3 : 3 * number]
    assert all(asked) or sort in ("title", "region")  # of which the columns know nothing


def test_after_the_last_page_there_is_none(record):
    with mock.patch.multiple("cases.selection.selection", FEW=0, PAGES_OF_NEWEST=0):
        asked = Selection(QueryDict("page=9"), record[1][2])
        assert list(asked.page()) == []
    assert list(asked.problems) == ["page"]


def test_a_few_cases_are_found_before_they_are_sorted(record):
    with CaptureQueriesContext(connection) as queries:
        page = Selection(QueryDict("q=warehouse"), AnonymousUser()).page()
        found = list(page)
    assert found
    in_order = [query["sql"] for query in queries if "LIMIT" in query["sql"]]
    assert in_order
    assert all("unnest" in statement for statement in in_order)


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
            with asking_first(keeper.rows, keeper.begin), keeping.at_one_moment():
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


@pytest.mark.parametrize("most", [0, 1_000])
def test_what_is_kept_of_the_cases_is_that_of_the_mirror_filled_anew(record, keeper, monkeypatch, most):
    writer, _people = record
    monkeypatch.setattr(mirror, "MOST_COMPARED", most)
    make_figure(writer.some_case(), quantity="loss", amount=1, currency="CNY")
    for write in ("state_a_loss", "move_all_that_is_stated", "change_who_seized", "cite_no_rule", "take_a_doubt_away"):
        getattr(writer, write)()
    statement = f"SELECT id, {', '.join(keeper.mirror.kept)} FROM cases_case ORDER BY id"  # noqa: S608
    followed = keeper.rows(statement, ())
    again = Keeper(0)
    again.fill()
    assert followed == again.rows(statement, ())
    again.mirror.close()


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


def test_all_sums_of_an_answer_are_of_one_moment(record, keeper):
    writer, _people = record

    def words():
        return Selection(QueryDict("q=warehouse"), AnonymousUser()).count

    with asking_first(keeper.rows, keeper.begin):
        with keeping.at_one_moment():
            before = number_of(Case.objects.all())
            writer.record()
            as_it_was = (number_of(Case.objects.filter(pk__gt=0)), number_of(Case.objects.all()))
            assert by_another(number_of_cases, keeper) == before + 1
            assert as_it_was == (before, before)
            # Kept as of then, also what is asked for the first time after others were told of more.
            assert number_of(Case.objects.filter(pk__gt=-1)) == before
        for lowest in (0, -1):
            assert number_of(Case.objects.filter(pk__gt=lowest)) == before + 1
        with keeping.at_one_moment():
            found = words()
            search.index(Case.objects.filter(pk=make_case(title_en="A warehouse", published=True).pk))
            assert words() == found
        assert words() == found + 1


def test_what_is_kept_of_an_answer_is_of_the_state_of_its_sums(record, keeper):
    writer, _people = record
    writer.record()  # the mirror is of before
    with asking_first(keeper.rows, keeper.begin), keeping.at_one_moment():
        before = keeping.state_of_the_database()
        writer.record()  # after it was looked whether the answer is kept, and before anything was summed
        assert number_of(Case.objects.all()) == 14
        of_the_sums = keeping.state_of_the_database()
    assert before != of_the_sums


def test_while_nobody_writes_the_mirror_is_of_now_without_a_look(record, keeper):
    def answer(*questions):
        with keeping.at_one_moment():
            keeping.state_of_the_database()
            return number_of(Case.objects.all()), *(
                Selection(QueryDict(f"q={words}"), AnonymousUser()).count for words in questions
            )

    # Others write to this server too, in databases of their own; so the state is taken as it was.
    state = keeping.state_of_the_database()
    with (
        asking_first(keeper.rows, keeper.begin),
        mock.patch.object(keeper.mirror, "follow", wraps=keeper.mirror.follow) as followed,
        mock.patch.object(keeper.mirror, "state", state),
        mock.patch.object(keeping, "STATE", f"'{state}'"),
    ):
        assert answer() == answer() == (12,)
        assert followed.call_count == 0
        assert answer("warehouse") == answer("warehouse")
        assert followed.call_count == 1


def test_what_goes_wrong_in_duckdb_ends_its_moment_and_not_the_answer(record, keeper):
    with asking_first(keeper.rows, keeper.begin), keeping.at_one_moment():
        assert keeper.rows("SELECT count(*) FROM cases_case", ()) == [(12,)]
        assert keeper.rows("SELECT nothing FROM cases_case", ()) is None
        assert keeper.rows("SELECT count(*) FROM cases_case WHERE id > 0", ()) == [(12,)]


def test_it_is_compressed_when_nobody_asks(record, keeper):
    with asking_first(keeper.rows, keeper.begin), mock.patch.object(mirror, "MOST_LOGGED", 0):
        with keeping.at_one_moment():
            assert number_of(Case.objects.all()) == 12
            Case.objects.update(rigs=3)
            assert by_another(number_of_cases, keeper) == 12
            assert keeper.mirror._is_loose
        Case.objects.update(rigs=4)
        assert keeper.rows("SELECT count(*) FROM cases_case WHERE rigs = 4", ()) == [(12,)]
        assert not keeper.mirror._is_loose


def by_another(work, *values):
    """What `work` says to who asks at the same time."""

    def worked():
        try:
            return work(*values)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as others:
        return others.submit(worked).result()


def number_of_cases(keeper):
    found = keeper.rows("SELECT count(*) FROM cases_case", ())
    return found[0][0] if found else None


def test_the_mirror_knows_only_what_the_log_says(record, keeper):
    writer, _people = record
    before = number_of_cases(keeper)
    writer.record()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM cases_writtenrow")
    assert number_of_cases(keeper) == before
    writer.record()
    assert number_of_cases(keeper) == before + 1


def test_what_is_not_committed_yet_is_seen_when_it_is(record, keeper):
    before = number_of_cases(keeper)
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("DELETE FROM cases_opendoubt")
            cursor.execute("UPDATE cases_case SET rigs = 7")
        assert number_of_cases(keeper) == before  # the snapshot now has that transaction as one that goes on
        make_case(region=Region.objects.get(code="FJ"))
        assert number_of_cases(keeper) == before + 1
        other.commit()
    finally:
        other.close()
    assert keeper.rows("SELECT count(*) FROM cases_case WHERE rigs = 7", ()) == [(before,)]
    assert keeper.rows("SELECT count(*) FROM cases_opendoubt", ()) == [(0,)]


def having_words(keeper, word):
    """How many cases have the word, as the columns say; None where PostgreSQL is to be asked."""
    statement = (
        'SELECT count(*) FROM "cases_case" WHERE "cases_case"."words" @@ (%s::tsquery) AND rigs IS DISTINCT FROM %s'
    )
    found = keeper.rows(statement, (f"'{word}'", 7))
    return found and found[0][0]


def test_words_that_few_cases_have_are_asked_of_postgresql(record, keeper):
    assert having_words(keeper, "warehouse")
    with mock.patch.object(mirror, "LEAST_FOUND", 100):
        assert having_words(keeper, "factory") is None
    assert keeper.mirror


def test_words_that_were_asked_follow_what_is_written(record, keeper):
    before, case = having_words(keeper, "warehouse"), make_case(region=Region.objects.get(code="FJ"))
    for title, more in (("A warehouse", 1), ("A shop", 0), ("The warehouse", 1)):
        Case.objects.filter(pk=case.pk).update(title_en=title)
        search.index(Case.objects.filter(pk=case.pk))
        assert having_words(keeper, "warehouse") == before + more
    Case.objects.filter(pk=case.pk).delete()
    assert having_words(keeper, "warehouse") == before


def test_words_that_were_forgotten_are_those_of_nobody_else(record, keeper):
    search.index(Case.objects.filter(pk=make_case(title_en="Farm", published=True).pk))
    statement = 'SELECT count(*) FROM "cases_case" WHERE "cases_case"."words" @@ (%s::tsquery)'

    def said(word):
        return keeper.rows(statement, (f"'{word}'",))

    with asking_first(keeper.rows, keeper.begin), mock.patch.object(mirror, "MOST_QUESTIONS", 1):
        with keeping.at_one_moment():
            warehouses = having_words(keeper, "warehouse")
            with mock.patch.object(mirror, "LEAST_FOUND", 100):
                assert by_another(having_words, keeper, "factory") is None  # and the words before are forgotten
            assert said("warehouse") == [(warehouses,)]
        assert said("farm") == [(having_words(keeper, "farm"),)] != [(warehouses,)]


def test_inside_a_transaction_postgresql_answers(record, keeper):
    with asking_first(keeper.rows), transaction.atomic():
        Case.objects.update(rigs=3)
        assert Selection(QueryDict("rigs_min=4"), record[1][2]).count == 0


def empty_a_table(_keeper):
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE cases_opendoubt")


def end_its_connection(keeper):
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [keeper.mirror.asked.info.backend_pid])


def write_more_than_pays(_keeper):
    Case.objects.update(rigs=5)


def stop_the_log():
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE cases_case DISABLE TRIGGER written_update")


@pytest.mark.parametrize("befalls", [empty_a_table, end_its_connection, write_more_than_pays])
def test_what_cannot_be_followed_is_filled_anew(record, keeper, befalls):
    befalls(keeper)
    with mock.patch.object(mirror, "MOST_AT_ONCE", 1):
        assert number_of_cases(keeper) is None  # PostgreSQL answers
    keeper._filling.join()
    assert number_of_cases(keeper) == Case.objects.count()
    for rigs in (None, 5):
        (found,) = keeper.rows("SELECT count(*) FROM cases_case WHERE rigs IS NOT DISTINCT FROM %s", [rigs])
        assert found[0] == Case.objects.filter(rigs=rigs).count()


def test_without_its_log_there_is_no_mirror(record, keeper):
    stop_the_log()
    try:
        assert number_of_cases(keeper) is None
        keeper._filling.join()
        assert keeper.state == "not available"
        assert number_of_cases(keeper) is None
    finally:
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE cases_case ENABLE TRIGGER written_update")


def test_who_has_not_seen_what_the_log_forgot_begins_anew(record, keeper):
    first, late = Case.objects.earliest("pk"), Keeper(0)
    late.fill()
    # A transaction in another database of this server, such as of a test beside this one, holds back what is forgotten.
    # Here nobody else writes: what has begun before a snapshot has ended, whoever is still at work there.
    ended = {
        name: getattr(mirror, name).replace("pg_snapshot_xmin", "pg_snapshot_xmax") for name in ("_LOOK", "_FORGET")
    }
    with mock.patch.multiple(mirror, MOST_LOGGED=4, **ended):
        for number in range(12):
            Case.objects.filter(pk=first.pk).update(rigs=number)
            assert keeper.rows("SELECT count(*) FROM cases_case WHERE rigs = %s", [number])[0][0] >= 1
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM cases_writtenrow")
            assert cursor.fetchone()[0] < 12
        assert number_of_cases(late) is None
        late._filling.join()
        assert late.rows("SELECT count(*) FROM cases_case WHERE rigs = 11", [])[0][0] >= 1
    late.mirror.close()


def test_filling_takes_as_long_as_it_takes(record):
    keeper, limits = Keeper(0), "-c statement_timeout=100ms -c idle_in_transaction_session_timeout=100ms"
    slow = mirror._COLUMNS.replace("JOIN pg_class", "JOIN pg_sleep(0.3) ON true JOIN pg_class")
    with (
        mock.patch.dict(connection.settings_dict["OPTIONS"], {"options": limits}),
        mock.patch.object(mirror, "_COLUMNS", slow),
        mock.patch.object(mirror.Mirror, "_compress", side_effect=lambda: time.sleep(0.05)),
    ):
        keeper.fill()
    assert keeper.state == "ready"
    with keeper.mirror.asked, keeper.mirror.asked.cursor() as cursor:  # a reader waits for what follows
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("100ms",)
    keeper.mirror.close()


def test_it_is_filled_before_anybody_asks(record):
    keeper = Keeper(0)
    keeper.fill_unasked(0)
    ends = time.monotonic() + 10
    while keeper.state != "ready" and time.monotonic() < ends:
        time.sleep(0.05)
    assert keeper.rows("SELECT count(*) FROM cases_case", ()) == [(12,)]
    keeper.mirror.close()


def test_a_small_record_needs_no_mirror(record):
    keeper = Keeper(1_000_000)
    keeper.fill()
    assert (keeper.state, keeper.mirror) == ("not needed", None)
