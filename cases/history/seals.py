"""Seals over the history: they show which past row was changed or removed.

A seal stands for up to a thousand events of one table: the digest of each, and a digest over these and the seal before.
Digests are taken of UTC and of sorted JSON, so that another time zone reads the same. Whoever owns the database can
still make every seal anew: keep the last line that sealing prints somewhere else, and compare.
"""

import json
from datetime import timedelta
from hashlib import sha256

from django.db import connection, transaction
from django.utils import timezone

from cases.models import HistorySeal

from .tables import tables

EVENTS_A_SEAL = 1_000
# A request may still add why to what it wrote; it is over by then.
SETTLED_AFTER = timedelta(minutes=10)


def seal_up(settled_after=SETTLED_AFTER):
    """Seal every event that has none yet and is settled. Returns {table: how many}."""
    return {table: _seal(table, timezone.now() - settled_after) for table in _names()}


@transaction.atomic
def _seal(table, until):
    with connection.cursor() as cursor:
        # Whoever is writing finishes first: no event can then turn up among those that are sealed.
        cursor.execute(f"LOCK TABLE {table} IN SHARE MODE")
        last = HistorySeal.objects.filter(table=table).order_by("-up_to").first()
        after, previous, count = (last.up_to, last.sha256, 0) if last else (0, "", 0)
        cursor.execute(f"SELECT min(pgh_id) FROM {table} WHERE pgh_id > %s AND pgh_created_at > %s", [after, until])  # noqa: S608
        below = cursor.fetchone()[0]
        while digests := _digests(table, after, below, EVENTS_A_SEAL):
            after = max(map(int, digests))
            previous = _chained(table, previous, digests)
            HistorySeal.objects.create(table=table, up_to=after, digests=digests, sha256=previous)
            count += len(digests)
    return count


def check():
    """What does not agree with its seal, as [(table, pgh_id or None, what)]: "changed", "missing", "added", "seal"."""
    found = []
    for table in _names():
        previous, after = "", 0
        for seal in HistorySeal.objects.filter(table=table).order_by("up_to"):
            previous = _chained(table, previous, seal.digests)
            if previous != seal.sha256:
                found.append((table, None, "seal"))
                previous = seal.sha256
            now = _digests(table, after, seal.up_to + 1)
            for pgh_id in sorted(seal.digests.keys() | now.keys(), key=int):
                was, is_now = seal.digests.get(pgh_id), now.get(pgh_id)
                if was != is_now:
                    what = "added" if was is None else "missing" if is_now is None else "changed"
                    found.append((table, int(pgh_id), what))
            after = seal.up_to
    return found


def head():
    """One digest for all seals there are: the line to keep elsewhere."""
    lasts = HistorySeal.objects.order_by("table", "-up_to").distinct("table").values_list("table", "sha256")
    return sha256(json.dumps([*lasts]).encode()).hexdigest()


def _names():
    return sorted(events._meta.db_table for events in tables().values())


def _digests(table, after, below, limit=None):
    """{pgh_id as text: digest} of the events after `after` and below `below`, with who made them and why."""
    statement = (
        "SELECT event.pgh_id, to_jsonb(event)::text, extract(epoch FROM event.pgh_created_at)::text,"  # noqa: S608
        " context.metadata::text"
        f" FROM {table} AS event LEFT JOIN pghistory_context AS context ON context.id = event.pgh_context_id"
        " WHERE event.pgh_id > %s AND (%s::bigint IS NULL OR event.pgh_id < %s) ORDER BY event.pgh_id LIMIT %s"
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', 'UTC', true)")
        cursor.execute(statement, [after, below, below, limit])
        return {str(row[0]): sha256("\x1f".join(map(str, row)).encode()).hexdigest() for row in cursor.fetchall()}


def _chained(table, previous, digests):
    rows = sorted(digests.items(), key=lambda pair: int(pair[0]))
    return sha256(json.dumps([table, previous, rows]).encode()).hexdigest()
