"""Backup and restore of a whole installation, with the commands that people use."""

import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.db import connection as new_database

from enforcement import postgres
from enforcement.upkeep import tables

pytestmark = pytest.mark.skipif(not settings.EMBEDDED_POSTGRES, reason="DATABASE_URL names another server")
RELEASES = sorted(Path(__file__).with_name("releases").glob("*.backup"))


CASTS = re.compile(r"::(text|character varying)(\[\])?|[()]")  # one that was restored has others
STRUCTURE = """
    SELECT attrelid::regclass::text, attname, concat_ws(
        ' ', format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, pg_get_expr(adbin, adrelid)
    )
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    LEFT JOIN pg_attrdef ON (adrelid, adnum) = (attrelid, attnum)
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'S', 'v') AND attnum > 0 AND NOT attisdropped
    UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
    UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) || tgenabled::text FROM pg_trigger
    WHERE NOT tgisinternal
    UNION ALL SELECT 'function', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""


class Place:
    """An installation of its own."""

    def __init__(self, folder):
        self.data = Path(folder)

    def manage(self, *arguments, code=0):
        """What the command says, errors last; it must end with `code`."""
        done = self.begin(*arguments)
        output, errors = done.communicate(timeout=400)
        assert done.returncode == code, errors[-2000:]
        return output + errors

    def begin(self, *arguments):
        environment = os.environ | {"ENFORCEMENT_DATA_DIR": str(self.data)}
        command = [sys.executable, settings.BASE_DIR / "manage.py", *map(str, arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, env=environment, text=True, **pipes)

    @contextmanager
    def database(self):
        """A connection to the server, which runs until the end of the block, whoever else leaves it."""
        cluster, address = postgres.Cluster(self.data), postgres.address(self.data)
        cluster.start()
        with (self.data / "postgres.users").open("a") as share:
            fcntl.flock(share, fcntl.LOCK_SH)
            try:
                told = {"host": address["HOST"], "user": address["USER"], "dbname": address["NAME"]}
                with closing(psycopg2.connect(**told)) as connection:
                    connection.autocommit = True
                    yield connection
            finally:
                cluster.stop()

    def documents(self):
        home = self.data / "documents"
        return {path.relative_to(home).as_posix(): path.read_bytes() for path in home.rglob("*") if path.is_file()}


@pytest.fixture
def place():
    """A function that makes an empty place."""
    made = []

    def make():
        folder = tempfile.mkdtemp(prefix="drill-")
        os.chmod(folder, 0o755)  # noqa: S103 - root's stand-in must be able to come in
        made.append(folder)
        return Place(folder)

    yield make
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)  # the drill destroys one itself


def all_rows(connection):
    """{table: its rows as text, sorted}, without the sessions."""
    cursor, found = connection.cursor(), {}
    for name in tables.table_names(cursor):
        if name not in tables.NOT_KEPT:
            cursor.execute(f'SELECT t::text FROM "{name}" AS t')  # noqa: S608 - names of our own
            found[name] = sorted(row for (row,) in cursor.fetchall())
    return found


def structure(connection):
    """What the tables are, whatever the order of their columns: types, constraints, indexes, triggers, functions."""
    with connection.cursor() as cursor:
        cursor.execute(STRUCTURE)
        return {(table, name, CASTS.sub("", definition)) for table, name, definition in cursor.fetchall()}


def writing(connection, acknowledged, stop):
    """Enter sources, each with a number, until `stop`; `acknowledged` has the numbers that were committed."""
    cursor = connection.cursor()
    while not stop.is_set():
        number = len(acknowledged)
        cursor.execute(
            "INSERT INTO regions_source (publisher, title, url) VALUES ('The writer', %s, '')", [str(number)]
        )
        acknowledged.append(number)


def test_what_was_destroyed_comes_back_row_for_row_and_byte_for_byte(place, tmp_path, db):
    """An old release is brought up to date and backed up while somebody writes; the first restore is killed.

    The migrations that it lacks lead to what a new database gets in one step.
    """
    lost, file = place(), tmp_path / "drill.backup"
    lost.manage("restore", RELEASES[0])
    acknowledged, stop = [], threading.Event()
    with lost.database() as connection:
        writer = threading.Thread(target=writing, args=[connection, acknowledged, stop])
        writer.start()
        try:
            while len(acknowledged) < 5:
                assert writer.is_alive()
                time.sleep(0.01)
            before = len(acknowledged)
            told = lost.manage("backup", file)
        finally:
            stop.set()
            writer.join()
        kept, documents = all_rows(connection), lost.documents()
    assert "the keys of the reports are not in it" in told
    shutil.rmtree(lost.data)

    new = place()
    restoring = new.begin("restore", file)
    mark = postgres.restore_mark(new.data)
    while not mark.exists():
        assert restoring.poll() is None
        time.sleep(0.005)
    restoring.send_signal(signal.SIGKILL)
    restoring.communicate()
    assert "what is here is not whole" in new.manage("check", "--database", "default", code=1)
    assert "each table and file compared" in new.manage("restore", file)
    assert not mark.exists()

    with new.database() as connection:
        found = all_rows(connection)
        assert structure(connection) == structure(new_database)
    written = {"regions_source", "regions_sourceevent"}
    assert {name for name in kept if kept[name] != found[name]} <= written
    assert all(set(found[name]) <= set(kept[name]) for name in written)
    titles = sorted(int(row.split(",")[2]) for row in found["regions_source"] if "The writer" in row)
    assert titles == list(range(len(titles)))
    assert before <= len(titles) <= len(acknowledged)
    assert new.documents() == documents
    assert documents
    assert all(name.endswith(sha256(content).hexdigest()) for name, content in documents.items())
