"""All sums of an answer are of one moment, whoever writes meanwhile."""

from unittest import mock

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import QueryDict

from cases.columns import mirror
from cases.models import Case
from cases.selection import search
from cases.selection.selection import Selection
from cases.tests.builders import (
    make_case,
)
from regions import keeping
from regions.keeping import number_of

from .asking import asking_first, by_another, number_of_cases
from .writing import truncate

pytestmark = pytest.mark.django_db(transaction=True)


def test_all_sums_of_an_answer_are_of_one_moment(record, keeper):
    writer, _people = record

    def words():
        return Selection(QueryDict("q=warehouse"), AnonymousUser()).count

    with asking_first(keeper.rows, keeper.begin, keeper.last_write):
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


def test_an_answer_that_has_asked_nothing_yet_is_of_its_moment(record, keeper):
    writer, _people = record
    with asking_first(keeper.rows, keeper.begin, keeper.last_write), keeping.at_one_moment():
        keeper.begin()
        writer.record()
        assert by_another(number_of_cases, keeper) == 13
        assert number_of(Case.objects.all()) == 12
    assert not keeper.mirror.moments


def test_an_answer_goes_on_with_its_moment_when_the_mirror_is_made_anew(record, keeper):
    writer, _people = record
    with asking_first(keeper.rows, keeper.begin, keeper.last_write), keeping.at_one_moment():
        keeper.begin()
        writer.record()
        by_another(truncate, "regions_reading")
        assert by_another(number_of_cases, keeper) is None
        keeper._filling.join()
        assert number_of(Case.objects.all()) == 12


def test_what_is_kept_of_an_answer_is_of_the_state_of_its_sums(record, keeper):
    writer, _people = record
    writer.record()  # the mirror is of before
    with asking_first(keeper.rows, keeper.begin, keeper.last_write), keeping.at_one_moment():
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
        asking_first(keeper.rows, keeper.begin, keeper.last_write),
        mock.patch.object(keeper.mirror, "follow", wraps=keeper.mirror.follow) as followed,
        mock.patch.object(keeper.mirror, "state", state),
        mock.patch.object(keeping, "STATE", f"'{state}'"),
        mock.patch.object(mirror, "_LOOK", mirror._LOOK.replace(mirror.STATE, f"'{state}'")),
    ):
        assert answer() == answer() == (12,)
        assert followed.call_count == 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")  # as one of them does
        assert answer("warehouse") == answer("warehouse")
        assert followed.call_count == 1


def test_what_goes_wrong_in_duckdb_ends_its_moment_and_not_the_answer(record, keeper):
    with asking_first(keeper.rows, keeper.begin, keeper.last_write), keeping.at_one_moment():
        assert keeper.rows("SELECT count(*) FROM cases_case", ()) == [(12,)]
        assert keeper.rows("SELECT nothing FROM cases_case", ()) is None
        assert keeper.rows("SELECT count(*) FROM cases_case WHERE id > 0", ()) == [(12,)]


def test_it_is_compressed_when_nobody_asks(record, keeper):
    with asking_first(keeper.rows, keeper.begin, keeper.last_write), mock.patch.object(mirror, "MOST_LOGGED", 0):
        with keeping.at_one_moment():
            assert number_of(Case.objects.all()) == 12
            Case.objects.update(rigs=3)
            assert by_another(number_of_cases, keeper) == 12
            assert keeper.mirror._is_loose
        Case.objects.update(rigs=4)
        assert keeper.rows("SELECT count(*) FROM cases_case WHERE rigs = 4", ()) == [(12,)]
        assert not keeper.mirror._is_loose


def test_what_does_not_fit_into_the_memory_goes_where_only_this_user_may_look(record, keeper):
    mirror = keeper.mirror
    with mirror.cursor() as cursor:
        cursor.execute("SET memory_limit = '20MB'")
        cursor.execute("CREATE TABLE many AS SELECT range AS number, md5(range::text) AS text FROM range(400000)")
        spilled = [*mirror._spill.iterdir()]
        cursor.execute("DROP TABLE many")
    assert spilled
    assert mirror._spill.stat().st_mode & 0o777 == 0o700
    keeper.mirror.close()
    assert not mirror._spill.exists()
    keeper.mirror = None
