"""The mirror is of now: it follows the log of what was written, or is filled anew."""

import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from unittest import mock

import pytest
from django.db import connection, transaction
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localdate

from cases.columns import mirror, words
from cases.columns.keeper import Keeper
from cases.leads import counting, handling
from cases.models import Case, FactorSet, Inspection, versions
from cases.selection import search
from cases.selection.selection import Selection
from cases.tests.builders import make_case, make_lead, make_raid
from cases.tests.owner import as_owner
from regions import keeping
from regions.models import Region, SavingsClaim, Source
from regions.tests.builders import make_boundary, make_person, make_position, make_savings_claim

from .asking import asking_first, by_another, having_words, number_of_cases
from .writing import truncate

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_a_case_that_was_written_is_found_wherever_it_lies(record, keeper):
    """It is looked for where it was last: another may lie there by now, or none."""

    def write(case, rigs):
        Case.objects.filter(pk=case.pk).update(rigs=rigs)
        rows = list(Case.objects.order_by("pk").values_list("pk", "rigs"))
        assert keeper.rows("SELECT id, rigs FROM cases_case ORDER BY id", ()) == rows

    first, second, third = Case.objects.order_by("pk")[:3]
    write(first, 1)
    keeper.mirror._places._places += 1
    write(first, 2)
    write(second, 3)
    new = make_case(region=first.region)
    write(new, 4)
    new.delete()
    first.delete()
    keeper.mirror._compress()
    write(third, 5)


def test_words_that_were_asked_follow_what_is_written(record, keeper):
    before, case = having_words(keeper, "warehouse"), make_case(region=Region.objects.get(code="FJ"))
    for title, more in (("A warehouse", 1), ("A shop", 0), ("The warehouse", 1)):
        Case.objects.filter(pk=case.pk).update(title_en=title)
        search.index(Case.objects.filter(pk=case.pk))
        assert having_words(keeper, "warehouse") == before + more
    Case.objects.filter(pk=case.pk).delete()
    assert having_words(keeper, "warehouse") == before


def test_a_write_of_no_other_words_leaves_the_words_that_were_asked_as_they_are(record, keeper):
    before, case = having_words(keeper, "warehouse"), Case.objects.filter(title_en__contains="arehouse").first()
    with (
        mock.patch.object(words.CasesWithWords, "_remove") as remove,
        mock.patch.object(words.CasesWithWords, "_add") as add,
    ):
        Case.objects.filter(pk=case.pk).update(arrests=7, premises=3)
        assert having_words(keeper, "warehouse") == before
    assert keeper.rows("SELECT arrests FROM cases_case WHERE id = %s", [case.pk]) == [(7,)]
    assert not remove.called
    assert not add.called


def test_words_that_were_forgotten_are_those_of_nobody_else(record, keeper):
    search.index(Case.objects.filter(pk=make_case(title_en="Farm", published=True).pk))
    statement = 'SELECT count(*) FROM "cases_case" WHERE "cases_case"."words" @@ (%s::tsquery)'

    def said(word):
        return keeper.rows(statement, (f"'{word}'",))

    with asking_first(keeper.rows, keeper.begin, keeper.last_write), mock.patch.object(words, "MOST_QUESTIONS", 1):
        with keeping.at_one_moment():
            warehouses = having_words(keeper, "warehouse")
            assert by_another(having_words, keeper, "factory") == 0  # and the words before are forgotten
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


def test_whatever_cases_rest_on_is_logged(record):
    logged = "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname = ANY(%s)"
    with connection.cursor() as cursor:
        cursor.execute(logged, [mirror.TRIGGERS])
        tables = {table for (table,) in cursor.fetchall()}
        assert tables == {*mirror.LOGGED}
        for table in tables:
            cursor.execute(f"DELETE FROM {table} WHERE false")  # noqa: S608 - our own names; its trigger does what it can


def test_what_became_of_leads_is_counted_anew_when_it_is_written(record, keeper, django_assert_num_queries):
    fiji = Region.objects.get(code="FJ")
    leads = [make_lead(kind="hit", region=fiji) for _number in range(counting.FEWEST)]
    case = make_case(region=fiji)
    officer = make_person("work_on_leads", "change_case", everywhere=True)

    def counted():
        [told] = counting.public_sums_in(fiji)
        return told.came, told.inspected, told.led_to_case, told.led_to_raid

    writes = [
        (lambda: make_lead(kind="hit", region=fiji), (6, 0, 0, 0)),
        (lambda: Inspection.objects.create(lead=leads[0], visited_on=localdate(), found="mining"), (6, 1, 0, 0)),
        (lambda: handling.tie_to_case(leads[0], case, by=officer), (6, 1, 1, 0)),
        (lambda: make_raid(case), (6, 1, 1, 1)),
    ]
    with asking_first(keeper.rows, keeper.begin, keeper.last_write):
        assert counted() == (5, 0, 0, 0)
        for write, found in writes:
            write()
            assert counted() == found
            Case.objects.update(rigs=5)  # what it is not of
            with django_assert_num_queries(0):
                assert counted() == found


def test_what_pages_say_of_the_standing_record_is_of_now(record, keeper, client):
    fiji, china = Region.objects.get(code="FJ"), Region.objects.get(code="CN")
    claim = make_savings_claim(region=fiji, energy_kwh_per_year=5_000_000)
    writes = [
        (SavingsClaim, claim.pk, {"energy_kwh_per_year": 7_000_000}, "7 GWh"),
        (Region, fiji.pk, {"name_en": "Viti"}, "Viti"),
        (Region, china.pk, {"name_en": "Zhongguo"}, "What was seized in Zhongguo?"),
    ]
    make_case(region=china, published=True), make_case(region=china, published=True)
    with asking_first(keeper.rows, keeper.begin, keeper.last_write):
        for model, key, change, said in writes:
            assert said not in client.get("/").content.decode()
            model.objects.filter(pk=key).update(**change)
            assert said in client.get("/").content.decode(), said
        asked = "Where is mining banned, and since when?"
        assert asked not in client.get("/").content.decode()
        make_position(region=fiji, stance="banned")
        assert asked in client.get("/").content.decode()


def test_what_is_not_logged_cannot_be_kept(record, keeper):
    with asking_first(keeper.rows, keeper.begin, keeper.last_write), pytest.raises(KeyError):
        keeping.made_of_tables("tips", ["cases_tip"], list)


def test_the_standing_record_is_the_same_until_it_is_written(record, keeper):
    def versions_asked():
        with CaptureQueriesContext(connection) as queries:
            found = versions.of_the_standing_record()
        return found, sum("hashtidextended" in query["sql"] for query in queries)

    source = Source.objects.create(url="https://example.org/a", publisher="A paper")
    writes = [
        lambda: Source.objects.filter(pk=source.pk).update(publisher="Another paper"),
        lambda: Region.objects.filter(code="FJ").update(name_zh="斐济"),  # no column of the mirror
        lambda: FactorSet.objects.create(number=7),
        lambda: source.delete(),
        lambda: make_boundary(Region.objects.get(code="FJ")),  # which has no id of its own
        lambda: truncate("regions_reading"),
    ]
    with asking_first(keeper.rows, keeper.begin, keeper.last_write):
        before, _asked = versions_asked()
        for write in writes:
            record[0].record(), Case.objects.update(rigs=5)  # what is not of it
            assert versions_asked() == (before, 0)
            write()
            found, asked = versions_asked()
            assert asked == 1
            assert (found == before) == (keeper.mirror is None)  # emptied of nothing
            before = found
    keeper._filling.join()
    with asking_first(keeper.rows, keeper.begin, lambda _tables: None):
        assert versions_asked() == (before, 1)


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


def test_two_forget_at_the_same_time_and_keep_their_mirrors(record, keeper):
    other = connection.copy()
    with mock.patch.object(mirror, "MOST_LOGGED", 0), closing(other), ThreadPoolExecutor(1) as thread:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("DELETE FROM cases_writtenrow")
        Case.objects.update(rigs=2)
        counted = thread.submit(by_another, number_of_cases, keeper)
        wait([counted], 0.5)
        other.commit()
        assert counted.result() == 12


def test_a_code_is_followed_that_no_case_had_when_it_was_filled(record):
    Case.objects.update(location_precision="site", latitude=1, longitude=1)
    keeper = Keeper(0)
    keeper.fill()
    Case.objects.update(location_precision="", latitude=None, longitude=None)
    assert keeper.rows("SELECT count(*) FROM cases_case WHERE location_precision = ''", ()) == [(12,)]
    keeper.mirror.close()


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
