"""Whom the tests of the mirror ask, and how."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from unittest import mock

from django.db import connection

from regions import keeping


@contextmanager
def asking_first(other, begin=None, last_write=None):
    """Who is asked before PostgreSQL, and nothing kept from before."""
    with (
        mock.patch.object(keeping, "_asked_first", other),
        mock.patch.object(keeping, "_begin", begin),
        mock.patch.object(keeping, "_last_write", last_write),
        mock.patch.object(keeping, "_answers", keeping.KeptParts(40_000, size_of=len)),
    ):
        yield


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


def having_words(keeper, word):
    """How many cases have the word, as the columns say; None where PostgreSQL is to be asked."""
    statement = (
        'SELECT count(*) FROM "cases_case" WHERE "cases_case"."words" @@ (%s::tsquery) AND rigs IS DISTINCT FROM %s'
    )
    found = keeper.rows(statement, (f"'{word}'", 7))
    return found and found[0][0]
