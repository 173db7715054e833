"""The whole installation as one file, while people go on working: one snapshot of the database, and what it names.

The files of documents are written before the rows that name them are committed, and never changed: whatever a snapshot
names is there. The keys are left out: who has the backup reads no report of the public with it, and signs nothing.
"""

import contextlib
import errno
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from cases.history import heads, seals

from . import archive, programs, tables
from .archive import BackupRefused

FORMAT = 1


@dataclass
class Made:
    """What a backup holds: its size, rows, documents, the head of the history; and which documents are not whole."""

    size: int
    rows: int
    documents: int
    head: str
    faults: list[str]


class Steps:
    """Told how far the work is: the name of each step and, where it is known, how many bytes it has; then bytes."""

    def begin(self, name, total=None):
        pass

    def went_on(self, count):
        pass


def make_backup(path, steps=None) -> Made:
    """Write a backup to `path`. Raises BackupRefused, and then there is no file."""
    path, steps = Path(path), steps or Steps()
    if not _waits_for_migrations():
        seals.seal_up()
        head = heads.keep_head(settings.HISTORY_HEADS)
    else:
        head = ""
    with _room_is_told(path), archive.new_file(path) as file, _snapshot() as (cursor, snapshot):
        wanted = tables.files(cursor)
        writer = archive.Writer(file)
        with tempfile.TemporaryFile(dir=path.parent) as dump:
            steps.begin("Database")
            version = _dump(snapshot, dump, steps)
            documents = sum(_size(entry.name) or 0 for entry in wanted)
            _refuse_without_room(path, dump.tell() + documents)
            size = dump.tell()
            dump.seek(0)
            writer.add(archive.DATABASE, dump, size)
        steps.begin("Documents", documents)
        faults = [fault for entry in wanted if (fault := _add(writer, entry, steps))]
        steps.begin("Rows")
        counts = tables.row_digests(cursor)
        writer.finish(
            {
                "format": FORMAT,
                "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "pg_dump": version,
                "database_bytes": _database_bytes(cursor),
                "migrations": tables.migrations(cursor),
                "head": head,
                "rows": counts,
                "left_out": [*tables.NOT_KEPT, "the secret key of the site", "the keys of the reports"],
            }
        )
    return Made(
        path.stat().st_size, sum(count for count, _digest in counts.values()), len(writer.members) - 2, head, faults
    )


@contextlib.contextmanager
def _snapshot():
    """(a cursor, the name of its snapshot): what it reads, now and later, is the database of this moment."""
    reading = connection.copy()
    try:
        reading.ensure_connection()
        reading.connection.set_session(isolation_level="REPEATABLE READ", readonly=True, autocommit=False)
        with reading.connection.cursor() as cursor:
            cursor.execute("SELECT pg_export_snapshot()")
            yield cursor, cursor.fetchone()[0]
    finally:
        reading.close()


def _dump(snapshot, file, steps):
    """Let pg_dump write that snapshot into `file`. Returns its version."""
    path, version = programs.found("pg_dump", programs.server_version())
    command = [path, "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}"]
    command += [f"--exclude-table-data={name}" for name in tables.NOT_KEPT]
    with tempfile.TemporaryFile() as errors:
        with subprocess.Popen(  # noqa: S603 - our own arguments
            command, env=programs.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
        ) as dumping:
            try:
                while content := dumping.stdout.read(archive.AT_A_TIME):
                    file.write(content)
                    steps.went_on(len(content))
            except BaseException:
                dumping.kill()
                raise
        if dumping.returncode:
            errors.seek(0)
            raise BackupRefused(f"The database could not be copied: {programs.last_words(errors.read())}")
    return version


def _add(writer, entry, steps):
    """Add a document as it is. Returns what is wrong with it, or None."""
    try:
        with (documents_dir() / entry.name).open("rb") as source:
            size = _size(entry.name)
            digest = writer.add(archive.DOCUMENTS + entry.name, source, size, steps.went_on)
    except FileNotFoundError:
        return f"{entry.name} is missing" if entry.must_be_there else None
    return f"{entry.name} is not as it came" if entry.sha256 not in (None, digest) else None


def _waits_for_migrations():
    """Whether the database is one of an older version: the best moment for a backup, and none to write anything."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def documents_dir():
    return Path(settings.STORAGES["default"]["OPTIONS"]["location"])


def _size(name):
    with contextlib.suppress(FileNotFoundError):
        return (documents_dir() / name).stat().st_size
    return None


def _database_bytes(cursor):
    cursor.execute("SELECT pg_database_size(current_database())")
    return cursor.fetchone()[0]


def _refuse_without_room(path, needed):
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        raise BackupRefused(f"{path.parent} has room for {free:,} bytes, and the backup needs {needed:,}.")


@contextlib.contextmanager
def _room_is_told(path):
    try:
        yield
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise BackupRefused(f"{path.parent} has no room for the backup. Nothing was left there.") from problem
        raise BackupRefused(
            f"The backup cannot be written: {problem.strerror}: {problem.filename or path}"
        ) from problem
