"""The seals over the history, the heads that are kept outside, and what is found when somebody tampers."""

# ruff: noqa: S608 - the names of our own tables

from datetime import timedelta
from io import StringIO
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from cases.actions.signing import Verb, changing
from cases.history import heads, seals, sense, tables, trust
from cases.models import Case, HistorySeal, Raid
from cases.tests.builders import make_case, make_raid
from cases.tests.history.builders import made, raw, whole_case
from cases.tests.owner import as_owner

pytestmark = pytest.mark.django_db
AT_ONCE = -timedelta(minutes=1)


def by_the_owner(statement, *parameters):
    """What somebody does who owns the database: no trigger stops them."""
    with as_owner():
        raw("SET LOCAL session_replication_role = replica")
        raw(statement, *parameters)
        raw("SET LOCAL session_replication_role = origin")


@pytest.fixture
def head(tmp_path):
    return tmp_path / "heads"


def test_an_untouched_history_agrees_in_every_time_zone(region, monkeypatch, head):
    monkeypatch.setattr(seals, "EVENTS_A_SEAL", 3)
    whole_case(region)
    with changing(Verb.EDITED, "somebody", "A reason"):
        Case.objects.update(place="Hall")
    sealed = seals.seal_up(AT_ONCE)
    assert sealed["cases_caseevent"] == 2
    assert sealed["regions_agencyevent"] == 4
    heads.keep_head(head)
    assert seals.seal_up(AT_ONCE) == dict.fromkeys(sealed, 0)
    raw("SET LOCAL TimeZone = 'Asia/Shanghai'")
    assert [*trust.speaks_against(heads.kept_heads(head))] == []
    assert seals.unsealed() == []


def test_many_seals_of_a_table_are_one_write(region, monkeypatch):
    """After each write nothing that was kept for readers is given again."""
    monkeypatch.setattr(seals, "EVENTS_A_SEAL", 1)
    case = make_case(region=region)
    for _each in range(3):
        make_raid(case)
    with CaptureQueriesContext(connection) as asked:
        sealed = seals.seal_up(AT_ONCE)
    assert sealed["cases_raidevent"] == 3
    writes = [each["sql"] for each in asked if each["sql"].startswith('INSERT INTO "cases_historyseal"')]
    assert len(writes) == sum(count > 0 for count in sealed.values())
    assert seals.check() == []


def test_what_is_young_is_left_for_later_and_said_to_have_no_seal(region):
    make_case(region=region)
    assert set(seals.seal_up().values()) == {0}
    left = {each.table: each.count for each in seals.unsealed()}
    assert left == {"cases_caseevent": 1, "regions_regionevent": 1}


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE cases_raidevent SET place = 'x' WHERE pgh_id = %s", "changed"),
        ("DELETE FROM cases_raidevent WHERE pgh_id = %s", "missing"),
    ],
)
def test_a_row_that_was_changed_or_removed_is_named(region, statement, what, head):
    case = make_case(region=region)
    for _each in range(3):
        make_raid(case)
    seals.seal_up(AT_ONCE)
    second = tables.tables()[Raid].objects.order_by("pgh_id")[1].pgh_id
    by_the_owner(statement, second)
    assert seals.check() == [("cases_raidevent", second, what)]
    with pytest.raises(CommandError, match="does not agree"):
        call_command("seal_history", check=True, head=head, stderr=StringIO(), stdout=StringIO())


def test_a_seal_and_who_it_was_are_guarded_too(region):
    made(lambda: make_case(region=region), "somebody")
    seals.seal_up(AT_ONCE)
    by_the_owner('UPDATE pghistory_context SET metadata = metadata || \'{"name": "another"}\'')
    ((table, _pgh_id, what),) = seals.check()
    assert (table, what) == ("cases_caseevent", "changed")
    with as_owner():
        HistorySeal.objects.filter(table="cases_caseevent").update(digests={})
    assert ("cases_caseevent", None, "seal") in seals.check()


def test_a_migration_that_adds_a_column_changes_nothing_that_was_sealed(region):
    make_raid(make_case(region=region))
    seals.seal_up(AT_ONCE)
    by_the_owner("ALTER TABLE cases_raidevent ADD COLUMN later text NOT NULL DEFAULT 'x'")
    assert seals.check() == []
    by_the_owner("UPDATE cases_raidevent SET place = 'y'")
    assert [what for _table, _row, what in seals.check()] == ["changed"]
    by_the_owner("ALTER TABLE cases_raidevent DROP COLUMN place")
    assert seals.check() == [("cases_raidevent", None, "column")]


def test_a_seal_of_before_columns_were_named_is_checked_as_it_was_made(region):
    make_raid(make_case(region=region))
    digests = seals._digests("cases_raidevent", seals._columns("cases_raidevent"), seals.BEFORE_ALL, 2**62)
    chained = seals._chained("cases_raidevent", "", digests, None)
    HistorySeal.objects.create(table="cases_raidevent", up_to=max(map(int, digests)), digests=digests, sha256=chained)
    assert seals.check() == []
    by_the_owner("ALTER TABLE cases_raidevent ADD COLUMN later text NOT NULL DEFAULT 'x'")
    assert seals.check() == []
    by_the_owner("UPDATE cases_raidevent SET place = 'y'")
    assert [what for _table, _row, what in seals.check()] == ["changed"]


def test_the_command_says_what_it_did_and_keeps_the_head_outside(region, head):
    make_case(region=region)
    said = StringIO()
    for _twice in range(2):
        call_command("seal_history", minutes=-1, head=head, stdout=said)
    assert "cases_caseevent: 1" in said.getvalue()
    assert heads.kept_heads(head) == seals.heads_in(seals.head())
    call_command("seal_history", check=True, head=head, stdout=said)
    assert "agrees with its seals, and with 1 heads that were kept outside." in said.getvalue()
    assert said.getvalue().count(seals.head()) == 3


def test_a_file_that_holds_no_heads_is_named(head):
    head.write_text("something else\n")
    with pytest.raises(CommandError, match="This line is no head of the history: something else"):
        call_command("seal_history", check=True, head=head)


# Tampering, of every kind


def changed(table, chance):
    by_the_owner(f"UPDATE {table} SET pgh_created_at = pgh_created_at - interval '1 day' WHERE pgh_id = %s", chance)


def deleted(table, chance):
    by_the_owner(f"DELETE FROM {table} WHERE pgh_id = %s", chance)


def swapped(table, chance):
    """Two events exchange their numbers."""
    for number, other in ((chance, -chance), (chance + 1, chance), (-chance, chance + 1)):
        by_the_owner(f"UPDATE {table} SET pgh_id = %s WHERE pgh_id = %s", other, number)


def context_changed(table, chance):
    by_the_owner(
        'UPDATE pghistory_context SET metadata = metadata || \'{"name": "another"}\' WHERE id ='
        f" (SELECT pgh_context_id FROM {table} WHERE pgh_id = %s)",
        chance,
    )


def seal_changed(table, chance):
    column = [
        "sha256 = md5(sha256)",
        "digests = '{}'",
        "up_to = up_to + 1000",
        "columns = columns - 0",
        "columns = NULL",
    ]
    by_the_owner(f'UPDATE cases_historyseal SET {column[chance % 5]} WHERE "table" = %s', table)


def seal_removed(table, chance):
    by_the_owner('DELETE FROM cases_historyseal WHERE "table" = %s', table)


def tail_cut(table, chance):
    """The last events go, and the seals over them; those before are sealed anew."""
    by_the_owner(f"DELETE FROM {table} WHERE pgh_id >= %s", chance)
    by_the_owner('DELETE FROM cases_historyseal WHERE "table" = %s', table)
    seals.seal_up(AT_ONCE)


def copied(table, chance, label):
    """An event of a row once more, after the last seal, as if somebody had done it just now."""
    columns = [name for name in seals._columns(table) if name not in ("pgh_id", "pgh_label", "pgh_created_at")]
    names = ", ".join(columns)
    by_the_owner(
        f"INSERT INTO {table} (pgh_label, pgh_created_at, {names}) SELECT %s, now(), {names} FROM {table}"
        " WHERE pgh_id = %s",
        label,
        chance,
    )


def forged(table, chance):
    copied(table, chance, ["insert", "delete", "update"][chance % 3])


KINDS = [changed, deleted, swapped, context_changed, seal_changed, seal_removed, tail_cut, forged]


def test_every_tampering_is_found(region, head, request, monkeypatch):
    """A thousand with --full, else two of each kind; each on the same history, which is whole again after it."""
    monkeypatch.setattr(seals, "EVENTS_A_SEAL", 5)
    chance = Random(18)  # noqa: S311
    for number in range(3):
        made(lambda number=number: whole_case(region, ref=f"a-{number}"), "somebody")
    with changing(Verb.EDITED, "somebody", "A reason"):
        Case.objects.update(place="Hall")
    seals.seal_up(AT_ONCE)
    heads.keep_head(head)
    kept = heads.kept_heads(head)
    assert [*trust.speaks_against(kept)] == []
    names = [name for name in tables.tables_of_events() if name.startswith("cases_") and numbers_in(name)]
    missed, count = [], 125 if request.config.getoption("--full") else 2
    for kind in KINDS:
        for _each in range(count):
            name = chance.choice(names)
            number = chance.choice(numbers_in(name)[:-1])
            with transaction.atomic():
                kind(name, number)
                if not [*trust.speaks_against(kept)]:
                    missed.append((kind.__name__, name, number))
                transaction.set_rollback(True)
    assert missed == []


def test_who_forges_with_care_is_at_least_said_to_have_no_seal(region):
    """After the last seal, somebody adds an update that might have been."""
    made(lambda: make_raid(make_case(region=region), place="A"), "somebody")
    Raid.objects.update(place="B")
    seals.seal_up(AT_ONCE)
    table, number = "cases_raidevent", numbers_in("cases_raidevent")[-1]
    copied(table, number, "update")
    forgery = numbers_in(table)[-1]
    by_the_owner(f"UPDATE {table} SET place = 'C' WHERE pgh_id = %s", forgery)
    assert [*trust.speaks_against()] == []
    assert [(each.table, each.count) for each in seals.unsealed()] == [(table, 1)]
    by_the_owner(f"UPDATE {table} SET place = 'B' WHERE pgh_id = %s", forgery)
    assert sense.unexplained() == [(table, forgery)], "an update that changed nothing"


def numbers_in(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pgh_id FROM {table} ORDER BY pgh_id")
        return [number for (number,) in cursor.fetchall()]
