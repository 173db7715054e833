"""Advisory locks of PostgreSQL: who does the same work comes one after the other.

Every lock is a number of 64 bits, made of a purpose and a name; two purposes never wait for each other.

A replica of the database shows the rows of the primary and nothing else of it: a lock there excludes nobody.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from django.db import DEFAULT_DB_ALIAS, connection


class Purpose(IntEnum):
    """What a lock is for. The number is the seed by which PostgreSQL hashes the name."""

    UNDO_CHANGE = 0
    WORK_ON_IMPORT = 1
    WRITE_IMPORT = 2
    NEW_REFERENCE = 3
    TIP_KEYS = 4
    NEW_LAYOUT = 5
    SEAL_HISTORY = 6
    WORK_ON_SCREENING = 7
    NEW_HITS = 8
    RELEASE = 9
    NEW_WEIGHTS = 10


class OnlyThePrimary(BaseException):
    """Ends a request that a replica cannot answer. Nobody on the way may take it for a fault of theirs."""


def only_the_primary_knows() -> None:
    """Let the primary answer the whole request. To be called before what no row says, and what may be done once."""
    if connection.alias != DEFAULT_DB_ALIAS:
        raise OnlyThePrimary


def lock_until_commit(purpose: Purpose, name: str = "") -> None:
    """Wait until nobody else holds this lock; the transaction holds it to its end."""
    only_the_primary_knows()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [name, purpose])


@contextmanager
def try_session_lock(purpose: Purpose, name: str = "") -> Iterator[bool]:
    """Hold this lock while the block runs, without a transaction. The block gets False if somebody else holds it.

    A session that is lost releases its locks by itself.
    """
    only_the_primary_knows()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, %s))", [name, purpose])
        [is_ours] = cursor.fetchone()
    try:
        yield is_ours
    finally:
        if is_ours and session_is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, %s))", [name, purpose])


def session_is_usable() -> bool:
    """Whether a statement can be sent now: the session is open, and no broken transaction waits for its end."""
    return connection.connection is not None and not connection.connection.closed and not connection.needs_rollback
