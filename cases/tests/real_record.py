"""The real record in the database of a test, without reading it from fixtures/ each time.

`record.load()` reads, checks and calculates for seconds. What it writes the first time is kept in the memory of this
process, and in files for the other workers of the session, and copied into the same tables from then on: the same rows
with the same keys, and their history. A test of the loading itself, or of what a second load changes, calls
`record.load()`.
"""

import fcntl
from io import BytesIO

from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, transaction

from cases.loading import record
from cases.tests.owner import as_owner

ROWS = settings.DATA_DIR / "record" / "rows"
_kept = {}


def load():
    """The record, as `record.load()` leaves it in a database that has none."""
    with as_owner(), transaction.atomic(), connection.cursor() as cursor:
        assert not _filled(cursor), "the record comes before other rows"
        settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
        with (settings.DATA_DIR / "rows.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not _kept:
                _kept.update(_kept_by_another())
            first = not (_kept and _may_copy(cursor))
            if first:
                record.load()
                connection.check_constraints()  # once, not at the end of every test and example
                _kept.update(kept(cursor))
                _keep_for_others()
        if not first:
            bring_back(cursor, _kept)
            record.analyse()


def _kept_by_another():
    """{table: its rows} that another worker of this session keeps; of another session are none."""
    return {file.name: file.read_bytes() for file in ROWS.iterdir()} if ROWS.exists() else {}


def _keep_for_others():
    if settings.EMBEDDED_POSTGRES:
        ROWS.mkdir(parents=True)
        for table, rows in _kept.items():
            (ROWS / table).write_bytes(rows)


def _models():
    for app in ("regions", "cases", "pghistory"):
        for model in apps.get_app_config(app).get_models(include_auto_created=True):
            if model._meta.managed and not model._meta.proxy:
                yield model


def _filled(cursor):
    """The tables that have rows."""
    tables = sorted({model._meta.db_table for model in _models()})
    cursor.execute(" UNION ALL ".join(f"(SELECT '{table}' FROM {table} LIMIT 1)" for table in tables))  # noqa: S608
    return [table for (table,) in cursor.fetchall()]


def _may_copy(cursor):
    """Whether the triggers may be told to be quiet: only a superuser may."""
    cursor.execute("SELECT current_setting('is_superuser')")
    return cursor.fetchone() == ("on",)


def kept(cursor):
    """{table: its rows, as PostgreSQL copies them} of all that have rows."""
    found = {}
    for table in _filled(cursor):
        rows = BytesIO()
        cursor.copy_expert(f"COPY {table} TO STDOUT (FORMAT binary)", rows)
        found[table] = rows.getvalue()
    return found


def bring_back(cursor, found):
    # The history and the sums are rows too: no trigger has to write them again.
    cursor.execute("SET LOCAL session_replication_role = replica")
    for table, rows in found.items():
        cursor.copy_expert(f"COPY {table} FROM STDIN (FORMAT binary)", BytesIO(rows))
    cursor.execute("SET LOCAL session_replication_role = origin")
    for reset in connection.ops.sequence_reset_sql(no_style(), list(_models())):
        cursor.execute(reset)
