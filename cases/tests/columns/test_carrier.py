"""Sums that are carried on over a few written cases: to the last digit what all cases say, or all are asked."""

import random
from decimal import Decimal
from unittest import mock

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict

from cases.columns import carrier as module
from cases.columns.carrier import Carrier, LastAnswer, Unsure, carried
from cases.columns.few import with_rows
from cases.models import Case
from cases.selection.selection import Selection
from cases.tests.builders import make_case
from regions import keeping
from regions.models import Region

from .asking import asking_first, by_another
from .test_columns import QUESTIONS, sums
from .writing import WRITES


@pytest.fixture
def asked(keeper):
    """The statements that the mirror is asked."""
    found, ask, ask_few = [], keeper.mirror.ask, keeper.mirror.planned.ask

    def asked_few(some, statement):
        rows = ask_few(some, statement)
        if rows is not None:
            found.append(with_rows(some, statement))
        return rows

    with (
        mock.patch.object(keeper.mirror, "ask", lambda statement, *at: found.append(statement) or ask(statement, *at)),
        mock.patch.object(keeper.mirror.planned, "ask", asked_few),
    ):
        yield found


def about_few(statement):
    return "cases_case (" in statement and not asks_which(statement)


def asks_which(statement):
    """Whether it asks which of the written cases a question is about."""
    return "has_become" in statement


@pytest.mark.parametrize(
    ("adds_up", "rows", "was", "became", "found"),
    [
        ("=#", [("a", 2), ("b", 1)], [("a", 1)], [("b", 1)], [("a", 1), ("b", 2)]),
        ("=#", [("a", 2), ("b", 1)], [("b", 1)], [("c", 1)], [("a", 2), ("c", 1)]),
        ("#", [(7,)], [(1,)], [(1,)], [(7,)]),
        ("=#", [], [], [], []),
        ("=#", [], [], [("a", 1)], [("a", 1)]),
        ("=#", [(None, 3)], [(None, 1)], [], [(None, 2)]),
        ("=#+", [("a", 2, None)], [], [("a", 1, 10)], [("a", 3, 10)]),
        ("=#+", [("a", 2, 30)], [("a", 1, 10)], [], [("a", 1, 20)]),
        ("=#+", [("a", 2, 30)], [("a", 1, None)], [], [("a", 1, 30)]),
        ("=#+", [("a", 2, Decimal("0.3"))], [("a", 1, Decimal("0.1"))], [], [("a", 1, Decimal("0.2"))]),
        ("#+", [(2, 10)], [(1, 10)], [(1, 0)], [(2, 0)]),  # nothing is left but what came
        ("<>", [(1, 9)], [(2, 8)], [(0, 9)], [(0, 9)]),
        ("<>", [(None, None)], [], [(3, 3)], [(3, 3)]),
        ("+=#", [(10, "a", 2)], [(10, "a", 1)], [(4, "a", 1)], [(4, "a", 2)]),
    ],
)
def test_the_written_rows_put_an_answer_right(adds_up, rows, was, became, found):
    assert sorted(carried(rows, adds_up, was, became), key=repr) == sorted(found, key=repr)


@pytest.mark.parametrize(
    ("adds_up", "rows", "was", "became"),
    [
        ("#+", [(2, 10)], [(1, 10)], []),  # 0, or nothing that is stated: NULL
        ("<", [(1,)], [(1,)], []),
        (">", [(9,)], [(9,)], [(8,)]),
        ("=#", [("a", 1)], [("a", 1)], []),  # a row of all may stay, or none
        ("=#", [("a", 1)], [("b", 1)], []),  # it was never in there
        ("=#+", [("a", 2, None)], [("a", 1, 5)], []),
        ("=#+", [("a", 2, 1e12)], [("a", 1, 1e12 - 0.5)], []),  # of its digits too few are left
    ],
)
def test_where_they_do_not_tell_what_is_left_all_are_asked(adds_up, rows, was, became):
    with pytest.raises(Unsure):
        carried(rows, adds_up, was, became)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(6))
def test_what_is_carried_on_is_what_all_cases_say(record, keeper, asked, seed):
    writer, people = record
    writer.chance = random.Random(seed)  # noqa: S311 - no secret
    questions = [(query, writer.chance.choice(people)) for query in writer.chance.sample(QUESTIONS, 6)]
    for _step in range(8):
        getattr(writer, writer.chance.choice(WRITES))()
        for query, person in questions:
            with asking_first(None):
                said = sums(query, person)
            with asking_first(keeper.rows, keeper.begin, keeper.last_write), keeping.at_one_moment():
                assert sums(query, person) == said, query
    assert len([*filter(about_few, asked)]) > 20
    assert keeper.mirror.planned._plans


@pytest.mark.django_db(transaction=True)
def test_of_a_written_case_that_is_passed_over_the_sums_are_wrong(record, keeper):
    """So what the test above compares is made by the written cases."""

    def said():
        with asking_first(keeper.rows):
            return Selection(QueryDict(), record[1][2]).totals().rigs

    before = said()
    with mock.patch.object(Carrier, "note"):
        make_case(rigs=5, region=Region.objects.get(code="FJ"))
        assert said() == before
    make_case(rigs=7, region=Region.objects.get(code="FJ"))
    assert said() == before + 7  # and the 5 are lost


@pytest.mark.django_db(transaction=True)
def test_only_what_was_written_is_asked_again_and_not_where_that_is_much(record, keeper, asked, monkeypatch):
    fiji = Region.objects.get(code="FJ")
    case = make_case(rigs=5, region=fiji)

    def asked_for(write):
        write()
        asked.clear()
        with asking_first(keeper.rows):
            rigs = Selection(QueryDict(), record[1][2]).totals().rigs
        assert rigs == sum(rigs or 0 for (rigs,) in Case.objects.filter(counts_in_totals=True).values_list("rigs"))
        return [about_few(statement) for statement in asked if not asks_which(statement)]

    of_the_case = Case.objects.filter(pk=case.pk)
    assert asked_for(lambda: None) == [False]
    assert asked_for(lambda: of_the_case.update(rigs=6)) == [True, True]
    assert asked_for(lambda: make_case(rigs=8, region=fiji)) == [True]  # as it was it adds nothing
    assert asked_for(lambda: of_the_case.update(title_en="Shop")) == []
    assert asked_for(lambda: of_the_case.update(rigs=7) and of_the_case.update(rigs=6)) == []  # together nothing
    assert asked_for(lambda: Region.objects.update(latitude=None, longitude=None)) == [False]
    monkeypatch.setattr(module, "MOST_WRITTEN", 3)
    assert asked_for(lambda: of_the_case.update(rigs=9)) == [True, True]
    assert asked_for(lambda: Case.objects.update(rigs=9)) == [False]
    monkeypatch.setattr(module, "LONG", 60)
    assert asked_for(lambda: of_the_case.update(rigs=6)) == [False]
    monkeypatch.setattr(module, "LONG", 0)
    monkeypatch.setattr(module, "MOST_STEPS", 1)
    assert asked_for(lambda: of_the_case.update(rigs=5)) == [True, True]
    assert asked_for(lambda: of_the_case.update(rigs=6)) == [False]
    monkeypatch.setattr(module, "MOST_STEPS", 9)
    monkeypatch.setattr(module, "MOST_OF_ALL", 0)
    assert asked_for(lambda: of_the_case.update(rigs=5)) == [True, True]  # of which it is not known how long they take
    assert asked_for(lambda: of_the_case.update(rigs=6)) == [False]


@pytest.mark.django_db(transaction=True)
def test_a_question_that_no_written_case_is_of_is_not_asked_again(record, keeper, asked):
    fiji = Region.objects.get(code="FJ")
    case = make_case(rigs=5, region=fiji, published=False)

    def asked_for(query):
        asked.clear()
        with asking_first(keeper.rows, keeper.begin, keeper.last_write), keeping.at_one_moment():
            selection = Selection(QueryDict(query), AnonymousUser())
            told = selection.totals().rigs, len(selection.by_region()), selection.extent()
        return told, [*filter(about_few, asked)], [*filter(asks_which, asked)]

    before, in_china = asked_for("")[0], asked_for("region=CN")[0]
    Case.objects.filter(pk=case.pk).update(rigs=6)
    for query, told in (("", before), ("region=CN", in_china)):
        found, few, which = asked_for(query)
        assert (found, few, len(which)) == (told, [], 2)  # the extent is of other cases: those that have a place
    Case.objects.filter(pk=case.pk).update(published=True)
    found, few, _which = asked_for("")
    assert (found[0], len(few)) == (before[0] + 6, 3)
    found, few, _which = asked_for("region=CN")
    assert (found, few) == (in_china, [])


def test_what_was_answered_of_a_later_moment_is_nothing_to_begin_with():
    carrier = Carrier("cases_case")
    newest = LastAnswer(6, seconds=1)
    assert carrier.answered("SELECT", newest) is None
    assert carrier.last("SELECT", 5) is None
    assert carrier.answered("SELECT", LastAnswer(5, seconds=1)) is None
    assert carrier.last("SELECT", 7) == newest
    assert carrier.answered("SELECT", LastAnswer(7, seconds=1)) == newest


@pytest.mark.parametrize(
    ("statement", "about"),
    [
        ("SELECT count(*) FROM cases_case", "FROM cases_case"),
        (
            'SELECT 1 FROM "cases_case" WHERE (a AND b IN (1)) GROUP BY 1',
            'FROM "cases_case" WHERE (a AND b IN (1))',
        ),
        ("WITH x AS (SELECT a FROM cases_case WHERE b = ')') SELECT 1 FROM x", "FROM cases_case WHERE b = ')'"),
        ("SELECT 1 FROM cases_case WHERE a = 'GROUP BY' LIMIT 1", "FROM cases_case WHERE a = 'GROUP BY'"),
        ("SELECT 1 FROM cases_case WHERE EXISTS (SELECT 1 LIMIT 1)", "FROM cases_case WHERE EXISTS (SELECT 1 LIMIT 1)"),
        ("SELECT 1 FROM cases_case_agencies", ""),
        ("SELECT 1 FROM cases_case WHERE region IN (SELECT region FROM cases_case)", ""),
    ],
)
def test_which_cases_a_statement_is_about_is_a_part_of_its_text(statement, about):
    assert Carrier("cases_case").about(statement) == about


@pytest.mark.django_db(transaction=True)
def test_a_question_that_asks_other_cases_too_is_not_carried_on(record, keeper, asked):
    others = Case.objects.filter(region__in=Case.objects.filter(rigs__gt=50).values("region"))
    for rigs in (60, 7, 61):
        Case.objects.filter(pk=Case.objects.earliest("pk").pk).update(rigs=rigs)
        with asking_first(keeper.rows):
            found = keeping.number_of(others)
        assert found == others.count()
    assert not [*filter(about_few, asked)]


@pytest.mark.django_db(transaction=True)
def test_who_has_an_older_moment_is_told_what_was_then(record, keeper):
    def rigs():
        return Selection(QueryDict(), record[1][2]).totals().rigs

    with asking_first(keeper.rows, keeper.begin, keeper.last_write):
        before = rigs()
        with keeping.at_one_moment():
            keeper.begin()
            make_case(rigs=3, region=Region.objects.get(code="FJ"))
            assert by_another(rigs) == before + 3
            assert rigs() == before
        assert rigs() == before + 3
