"""A backup becomes an installation: into an empty place, whole or not at all.

While it goes on a mark lies in the folder of the data. If it is broken off, the mark stays, nothing else starts there,
and the next restore clears away what this one left.
"""

import contextlib
import errno
import fcntl
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from cases.history import heads, seals
from enforcement import postgres, roles
from regions.disk import on_the_disk

from . import archive, programs, tables
from .archive import BackupRefused
from .backup import FORMAT, Steps, documents_dir

KNOWS_EVERY_SETTING = 17  # the PostgreSQL from which on a server knows what newer ones write at the head of a dump


@dataclass
class Restored:
    """What a restore brought: how many rows and documents, the head of the history, and which migrations it applied."""

    rows: int
    documents: int
    head: str
    migrated: int


def verify(path, steps=None):
    """The manifest of the backup at `path`, read whole. Raises BackupRefused if it is not what was written."""
    steps = steps or Steps()
    size = Path(path).stat().st_size if Path(path).is_file() else 0
    steps.begin("Reading", size)
    manifest = archive.read_backup(path, progress=steps.went_on)
    if manifest["format"] != FORMAT:
        raise BackupRefused(f"{path} was made by a newer version of this program.")
    return manifest


def restore_backup(path, steps=None) -> Restored:
    """Restore the backup at `path`. Raises BackupRefused, and then the place is as empty as it was."""
    steps = steps or Steps()
    manifest = verify(path, steps)
    _refuse_newer(path, manifest)
    with _marked():
        _refuse_without_room(manifest)
        steps.begin("Restoring", Path(path).stat().st_size)
        archive.read_backup(path, _Taking(manifest["pg_dump"]).take, steps.went_on)
        steps.begin("Comparing")
        _compare(manifest)
        migrated = _migrate(manifest)
        if seals.heads_not_met(seals.heads_in(manifest["head"])):
            raise BackupRefused("The history that was restored has another head than the backup.")
        heads.keep_head(settings.HISTORY_HEADS)
    documents = sum(name.startswith(archive.DOCUMENTS) for name in manifest["members"])
    return Restored(sum(count for count, _digest in manifest["rows"].values()), documents, manifest["head"], migrated)


# Apps of earlier versions, whose tables a migration of ours took over.
GONE = {"authtoken"}


def _refuse_newer(path, manifest):
    """Every migration of the backup must be one of ours: what a newer version made of the tables we do not know."""
    ours = _ours()
    unknown = [".".join(pair) for pair in _pairs(manifest["migrations"]) if pair not in ours and pair[0] not in GONE]
    if unknown:
        raise BackupRefused(f"{path} was made by a newer version of this program: it has the migration {unknown[0]}.")


@contextlib.contextmanager
def _marked():
    """Hold the place for this restore alone. Raises BackupRefused where something is in it that no restore left."""
    mark = postgres.restore_mark(settings.DATA_DIR)
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    broken_off = mark.exists()
    if not broken_off:
        _refuse_what_is_there()
    with mark.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            raise BackupRefused("Another restore goes on here.") from busy
        if broken_off:
            _empty_the_place()
        file.write(f"{connection.settings_dict['HOST']} {connection.settings_dict['NAME']}\n")
        file.flush()
        os.fsync(file.fileno())
        on_the_disk(mark.parent)
        try:
            yield
        except BaseException:
            _empty_the_place()
            mark.unlink()
            raise
        mark.unlink()
        on_the_disk(mark.parent)


def _refuse_what_is_there():
    with connection.cursor() as cursor:
        if tables.table_names(cursor):
            raise BackupRefused("The database is not empty. A backup is restored into an empty one only.")
    if any(path.is_file() for path in documents_dir().rglob("*")):
        raise BackupRefused(f"{documents_dir()} is not empty. A backup is restored into an empty place only.")


def _empty_the_place():
    """Clear away what a restore that did not come to its end has left."""
    with contextlib.suppress(DatabaseError):
        connection.rollback()
    connection.close()
    empty_the_database()
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(documents_dir())


def empty_the_database():
    """Drop all our tables."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
    connection.close()


def _refuse_without_room(manifest):
    documents = sum(
        member["size"] for name, member in manifest["members"].items() if name.startswith(archive.DOCUMENTS)
    )
    needed = documents + (manifest["database_bytes"] if settings.EMBEDDED_POSTGRES else 0)
    free = shutil.disk_usage(settings.DATA_DIR).free
    if free < needed:
        raise BackupRefused(f"{settings.DATA_DIR} has room for {free:,} bytes, and the backup needs {needed:,}.")


class _Taking:
    """Takes each member of a backup, made by a pg_dump of that version, to where it belongs."""

    def __init__(self, version):
        self.version = version

    def take(self, name, content):
        if name == archive.DATABASE:
            self._database(content)
        elif name.startswith(archive.DOCUMENTS):
            self._document(name.removeprefix(archive.DOCUMENTS), content)

    def _database(self, content):
        """All of it, or nothing if it breaks off: pg_restore works in one transaction."""
        server = programs.server_version()
        path, _version = programs.found("pg_restore", max(server, self.version))
        if server < KNOWS_EVERY_SETTING <= self.version:
            raise BackupRefused(
                f"The backup was made with PostgreSQL {self.version}, and this server is of version {server}: "
                f"it needs {KNOWS_EVERY_SETTING} or newer."
            )
        command = [path, "--single-transaction", "--no-owner", "--no-privileges"]
        command.append(f"--dbname={connection.settings_dict['NAME']}")
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL}
        with tempfile.TemporaryFile() as errors:
            restoring = subprocess.Popen(command, env=programs.environment(), stderr=errors, **pipes)  # noqa: S603
            with contextlib.suppress(BrokenPipeError), restoring:
                while block := content.read(archive.AT_A_TIME):
                    restoring.stdin.write(block)
            if restoring.returncode:
                errors.seek(0)
                raise BackupRefused(f"The database could not be restored: {programs.last_words(errors.read())}")

    def _document(self, name, content):
        place = documents_dir() / name
        if not place.resolve().is_relative_to(documents_dir().resolve()):
            raise BackupRefused(f"The backup has a document outside the folder of documents: {name}")
        try:
            for folder in reversed(place.relative_to(documents_dir().parent).parents[:-1]):
                (documents_dir().parent / folder).mkdir(mode=0o700, exist_ok=True)
            with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "wb") as file:
                while block := content.read(archive.AT_A_TIME):
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
        except OSError as problem:
            why = "there is no room" if problem.errno in (errno.ENOSPC, errno.EDQUOT) else problem.strerror
            raise BackupRefused(f"The document {name} could not be restored: {why}.") from problem


def _compare(manifest):
    """Every table must have the rows that the backup saw."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        found = tables.row_digests(cursor)
    both = found.keys() | manifest["rows"].keys()
    other = sorted(name for name in both if found.get(name) != manifest["rows"].get(name))
    if other:
        raise BackupRefused(f"The rows that were restored are not those of the backup: {', '.join(other)}.")


def _migrate(manifest):
    """Bring an older backup up to this version. Returns how many migrations that took."""
    call_command("migrate", verbosity=0, interactive=False)
    roles.sync()
    with connection.cursor() as cursor:
        now = tables.migrations(cursor)
    applied, ours = set(_pairs(now)) - set(_pairs(manifest["migrations"])), _ours()
    return sum(not ours[pair].replaces for pair in applied)  # one that replaces others is entered with the last of them


def _pairs(migrations):
    """(app, name) of migrations by app, in their order."""
    return [(app, name) for app, names in migrations.items() for name in names]


def _ours():
    return MigrationLoader(None, ignore_no_migrations=True).disk_migrations
