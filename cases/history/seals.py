"""Seals over the history: they show which past row was changed, removed or added.

A seal stands for up to a thousand events of one table: the digest of each, over the columns that it names, and a digest
over these and the seal before. A column that a later migration adds is not among them, so that it changes no digest.
Digests are taken of UTC and of sorted JSON, so that another time zone reads the same.

Whoever owns the database can still make every seal anew, or cut off the last ones. So the head of the history, one line
that stands for all seals there are, is kept outside the database, and compared.
"""

import json
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from cases.bulk import batches
from cases.locks import Purpose, try_session_lock
from cases.models import HistorySeal

from .tables import tables_of_events

EVENTS_A_SEAL = 1_000
SEALS_AT_ONCE = 100  # after each write every answer that was kept is made anew
# A request may still add why to what it wrote; it is over by then.
SETTLED_AFTER = timedelta(minutes=5)
BEFORE_ALL = -(2**63)
FEWEST_COLUMNS = 6  # those that every table of events has
HEAD = re.compile(r"(\d+) ([0-9a-f]{64})\s*$")


@dataclass(frozen=True, order=True)
class Unsealed:
    """Events of a table that no seal stands for yet: how many, and since when the oldest of them is there."""

    table: str
    count: int
    since: datetime


def seal_up(settled_after=SETTLED_AFTER):
    """Seal every event that has no seal yet and is settled. Returns {table: how many}; {} while somebody else seals."""
    with try_session_lock(Purpose.SEAL_HISTORY) as ours:
        if not ours:
            return {}
        return {table: _seal(table, timezone.now() - settled_after) for table in tables_of_events()}


def _seal(table, until):
    count = 0
    for seals in batches(_missing_seals(table, until), SEALS_AT_ONCE):
        HistorySeal.objects.bulk_create(seals)
        count += sum(len(seal.digests) for seal in seals)
    return count


def _missing_seals(table, until):
    """Yields the seals that a table lacks. Of millions of events that were loaded it waits as long as it works.

    Who reads meanwhile gets half of the time.
    """
    last = HistorySeal.objects.filter(table=table).order_by("-up_to").first()
    after, previous = (last.up_to, last.sha256) if last else (BEFORE_ALL, "")
    below, columns = _settled_below(table, after, until), _columns(table)
    began = time.monotonic()
    while digests := _digests(table, columns, after, below, EVENTS_A_SEAL):
        after = max(map(int, digests))
        previous = _chained(table, previous, digests, columns)
        yield HistorySeal(table=table, up_to=after, digests=digests, sha256=previous, columns=columns)
        if len(digests) == EVENTS_A_SEAL:
            time.sleep(time.monotonic() - began)
        began = time.monotonic()


def _settled_below(table, after, until):
    """The first number, after `after`, below which no event can turn up any more and all are older than `until`.

    Whoever is writing finishes first; while somebody writes for long, the table waits for the next sealing.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT FROM {table} WHERE pgh_id > %s)", [after])  # noqa: S608
        if not cursor.fetchone()[0]:
            return after
    with suppress(OperationalError), transaction.atomic(), connection.cursor() as cursor:
        # Longer than the second after which PostgreSQL's own upkeep of a table gives way to who waits for it.
        cursor.execute("SET LOCAL lock_timeout = '3s'")
        cursor.execute("SELECT wait_for_writers(%s)", [table])
        cursor.execute(
            "SELECT coalesce(min(pgh_id) FILTER (WHERE pgh_created_at > %s), max(pgh_id) + 1)"  # noqa: S608
            f" FROM {table} WHERE pgh_id > %s",
            [until, after],
        )
        return cursor.fetchone()[0]
    return after


def check():
    """What does not agree with its seal, as [(table, pgh_id or None, what)].

    "changed", "missing" and "added" are events, "seal" is a seal itself, and "column" one whose column is gone.
    """
    found = []
    for table in tables_of_events():
        previous, after, now = "", BEFORE_ALL, _columns(table)
        for seal in HistorySeal.objects.filter(table=table).order_by("up_to"):
            previous = _chained(table, previous, seal.digests, seal.columns)
            if previous != seal.sha256 or seal.up_to != max(map(int, seal.digests), default=None):
                found.append((table, None, "seal"))
                previous = seal.sha256
            columns = seal.columns or _columns_of_old(seal, now, after)
            if set(columns) <= set(now):
                found += _differing(table, seal, _digests(table, columns, after, seal.up_to + 1))
            else:
                found.append((table, None, "column"))
            after = seal.up_to
    return found


def _differing(table, seal, now):
    for pgh_id in sorted(seal.digests.keys() | now.keys(), key=int):
        was, is_now = seal.digests.get(pgh_id), now.get(pgh_id)
        if was != is_now:
            yield table, int(pgh_id), "added" if was is None else "missing" if is_now is None else "changed"


def unsealed():
    """An Unsealed for each table with events that no seal stands for: of these nothing can be shown yet."""
    found = []
    for table in tables_of_events():
        last = HistorySeal.objects.filter(table=table).order_by("-up_to").values_list("up_to", flat=True).first()
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*), min(pgh_created_at) FROM {table} WHERE pgh_id > %s",  # noqa: S608
                [BEFORE_ALL if last is None else last],
            )
            count, since = cursor.fetchone()
        if count:
            found.append(Unsealed(table, count, since))
    return found


def head():
    """The line to keep elsewhere: the number of the last seal, and one digest for all seals up to it."""
    last = HistorySeal.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return f"{last} {_heads_at({last})[last]}"


def heads_in(text):
    """[(number, digest)] of the lines of a file of heads. Raises ValueError where a line is none."""
    lines = [line for line in text.splitlines() if line.strip()]
    found = [HEAD.search(line) for line in lines]
    if None in found:
        raise ValueError(f"This line is no head of the history: {lines[found.index(None)][:80]}")
    return [(int(line[1]), line[2]) for line in found]


def heads_not_met(heads):
    """Those of `heads`, [(number, digest)], that do not agree with the seals: these were made anew, or cut."""
    now = _heads_at({number for number, _digest in heads})
    return [(number, digest) for number, digest in heads if now[number] != digest]


def _heads_at(numbers):
    """{number: the digest of the last seal of each table, of the seals up to that number}."""
    found, lasts, waiting = {}, {}, sorted(numbers, reverse=True)
    for pk, table, up_to, digest in HistorySeal.objects.order_by("pk").values_list("pk", "table", "up_to", "sha256"):
        while waiting and waiting[-1] < pk:
            found[waiting.pop()] = _digest_of(lasts)
        lasts[table] = max((up_to, digest), lasts.get(table, (BEFORE_ALL, "")))
    return found | dict.fromkeys(waiting, _digest_of(lasts))


def _digest_of(lasts):
    return sha256(
        json.dumps([[table, digest] for table, (_up_to, digest) in sorted(lasts.items())]).encode()
    ).hexdigest()


def _columns(table):
    """The columns of a table of events, in the order in which they were added."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
            " ORDER BY attnum",
            [table],
        )
        return [name for (name,) in cursor.fetchall()]


def _columns_of_old(seal, now, after):
    """The columns of a seal that names none: those there were, found by trying, as columns are only ever added."""
    few = 20
    for count in range(len(now), FEWEST_COLUMNS, -1):
        found = _digests(seal.table, now[:count], after, seal.up_to + 1, few)
        if any(seal.digests.get(pgh_id) == digest for pgh_id, digest in found.items()):
            return now[:count]
    return now


def _digests(table, columns, after, below, limit=None):
    """{pgh_id as text: digest} of the events after `after` and below `below`, with who made them and why."""
    statement = (
        "SELECT event.pgh_id, (to_jsonb(event) - %s::text[])::text,"  # noqa: S608
        " extract(epoch FROM event.pgh_created_at)::text, context.metadata::text"
        f" FROM {table} AS event LEFT JOIN pghistory_context AS context ON context.id = event.pgh_context_id"
        " WHERE event.pgh_id > %s AND event.pgh_id < %s ORDER BY event.pgh_id LIMIT %s"
    )
    later = [name for name in _columns(table) if name not in columns]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', 'UTC', true)")
        cursor.execute(statement, [later, after, below, limit])
        return {str(row[0]): sha256("\x1f".join(map(str, row)).encode()).hexdigest() for row in cursor.fetchall()}


def _chained(table, previous, digests, columns):
    """The digest of a seal. The first seals named no columns."""
    rows = sorted(digests.items(), key=lambda pair: int(pair[0]))
    named = [table, previous, rows] if columns is None else [table, previous, rows, columns]
    return sha256(json.dumps(named).encode()).hexdigest()
