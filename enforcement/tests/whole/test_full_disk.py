"""A disk that is really full: said to be full, nothing half written, and all well when there is room again.

Each disk is a small one in memory, which only root can mount.
"""

import os
import subprocess
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg2
import pytest
from django.conf import settings

from enforcement import postgres
from enforcement.tests.running import running_server


@contextmanager
def small_disk(place, megabytes):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", place], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield Path(place)
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def fill(disk):
    """Write a file until nothing fits any more. Returns it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1024 * 1024, 4096):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass
    assert os.statvfs(disk).f_bavail == 0
    return filler


@pytest.fixture(scope="module")
def server():
    if not settings.EMBEDDED_POSTGRES:
        pytest.skip("DATABASE_URL names another server")
    if os.geteuid():
        pytest.skip("only root can mount a small disk")
    with tempfile.TemporaryDirectory(prefix="disk-") as place, small_disk(place, 500) as disk:
        disk.chmod(0o755)
        with running_server(load=True, within=disk) as running:
            running.disk, running.cookie = disk, running.session()
            yield running


def asked_of(server, statement):
    address = postgres.address(server.folder)
    with closing(psycopg2.connect(host=address["HOST"], user="postgres", dbname=address["NAME"])) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else None


def pdf(size):
    return b"%PDF-1.4\n" + os.urandom(size) + b"\n%%EOF\n"


def test_a_document_that_does_not_fit_is_refused_and_leaves_nothing(server):
    home = server.folder / "documents"
    home.mkdir(exist_ok=True)
    with small_disk(home, 1) as disk:
        address = "/cases/my-miri-20210201/documents/"
        status, page = server.send(address, {}, ("order.pdf", pdf(3_000_000)), server.cookie)
        assert (status, "The disk of the server is full" in page) == (507, True)
        assert [path for path in disk.rglob("*") if path.is_file()] == []
        assert asked_of(server, "SELECT count(*) FROM cases_document") == [(0,)]
        assert server.ask(address, Cookie=server.cookie)[0] == 200
        assert server.send(address, {}, ("order.pdf", pdf(1_000)), server.cookie)[0] == 302
        assert asked_of(server, "SELECT count(*) FROM cases_document") == [(1,)]
        assert len([path for path in disk.rglob("*") if path.is_file()]) == 1


def test_a_database_without_room_says_so_keeps_what_it_has_and_goes_on(server):
    asked_of(server, "CHECKPOINT")
    drafts = "SELECT count(*) FROM cases_draft"
    filler = fill(server.disk)
    try:
        before = asked_of(server, drafts)
        typed = {"key": str(uuid4()), "note": os.urandom(900_000).hex()}
        status, page = server.send("/cases/new/", typed, cookie=server.cookie)
        assert (status, "The disk is full" in page) == (507, True)
        assert asked_of(server, drafts) == before
        for path in ("/cases/", "/api/v1/cases/", "/cases/new/", "/readyz"):
            assert server.ask(path, Cookie=server.cookie)[0] == 200
    finally:
        filler.unlink()
    assert (
        server.send("/cases/new/", typed, cookie=server.cookie)[0] == 400
    )  # it has no title: the form again, and the draft is kept
    assert asked_of(server, drafts) == [(before[0][0] + 1,)]
