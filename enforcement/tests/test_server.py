"""The server as it is started, with clients that are slow, rude or gone."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest
import waitress.adjustments
from django.conf import settings

from enforcement import postgres
from enforcement.server import CONNECTIONS, MOST_OF_A_REPORT, Request, first_closed_to
from enforcement.tests.running import running_server

SLOW_CLIENTS = 200


@pytest.fixture(scope="module")
def server():
    """A server on a database of its own, migrated and empty. Yields (address, data folder)."""
    with running_server() as running:
        yield running.address, running.folder


@pytest.mark.skipif(not settings.EMBEDDED_POSTGRES, reason="DATABASE_URL names another server")
def test_slow_clients_do_not_keep_others_from_their_answers(server):
    address, _folder = server
    host, port = address.removeprefix("http://").split(":")
    with ExitStack() as stack:
        slow = [stack.enter_context(socket.create_connection((host, int(port)))) for _ in range(SLOW_CLIENTS)]
        for turn in range(5):
            for client in slow:
                # A header that never ends, a byte at a time.
                client.sendall(b"GET /cases/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: " if turn == 0 else b"a")
            with urllib.request.urlopen(f"{address}/cases/", timeout=10) as answer:  # noqa: S310
                assert answer.status == 200


@pytest.mark.skipif(not settings.EMBEDDED_POSTGRES, reason="DATABASE_URL names another server")
def test_rude_requests_are_refused_and_the_server_goes_on(server):
    address, _folder = server
    host, port = address.removeprefix("http://").split(":")
    for words in (b"\x00\x01\x02\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /" + b"x" * 300_000 + b" HTTP/1.1\r\n\r\n"):
        with socket.create_connection((host, int(port)), timeout=10) as client:
            client.sendall(words)
            assert not client.recv(64).startswith(b"HTTP/1.1 5")
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(f"{address}/cases/?q=%00", timeout=10)  # noqa: S310
    assert refusal.value.code == 400
    with urllib.request.urlopen(f"{address}/readyz", timeout=10) as answer:  # noqa: S310
        assert answer.read().startswith(b"ready\n")


@pytest.mark.skipif(not settings.EMBEDDED_POSTGRES, reason="DATABASE_URL names another server")
def test_a_database_that_is_killed_comes_back_under_the_running_server(server):
    address, folder = server
    os.kill(int((Path(folder) / "postgres" / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
    answers = []
    for _ in range(100):
        try:
            with urllib.request.urlopen(f"{address}/cases/", timeout=30) as answer:  # noqa: S310
                answers.append(answer.status)
                break
        except urllib.error.HTTPError as refusal:
            answers.append((refusal.code, refusal.headers["Retry-After"]))
            time.sleep(0.2)
    assert answers[-1] == 200, answers
    assert set(answers[:-1]) <= {(503, "5")}


@pytest.mark.skipif(not settings.EMBEDDED_POSTGRES, reason="DATABASE_URL names another server")
def test_a_thousand_connections_that_say_nothing_keep_out_nobody(server):
    address, _folder = server
    host, port = address.removeprefix("http://").split(":")
    with ExitStack() as stack:
        for _number in range(CONNECTIONS):
            stack.enter_context(socket.create_connection((host, int(port)), timeout=10))
        with urllib.request.urlopen(f"{address}/healthz", timeout=10) as answer:  # noqa: S310
            assert answer.status == 200


@pytest.mark.skipif(not settings.EMBEDDED_POSTGRES or os.geteuid() != 0, reason="only root gives up root")
def test_started_by_root_it_gives_up_root_and_does_all_it_did():
    python = a_python_for_others()
    if python is None:
        pytest.skip("only root can read the Python of this machine")
    with running_server(arguments=(), load=True, python=python, PYTHONPATH=sysconfig.get_path("purelib")) as running:
        assert running.process.poll() is None, running.log.read_text()
        status = Path(f"/proc/{running.process.pid}/status").read_text()
        assert status.split("Uid:")[1].split()[:4].count("0") == 0
        cookie = running.session()
        for path in ("/", "/cases/", "/cases/export.xlsx", "/api/v1/cases/", "/admin/", "/cases/new/", "/readyz"):
            assert running.ask(path, Cookie=cookie)[0] == 200
        document = b"%PDF-1.4\n" + bytes(4_000_000) + b"\n%%EOF\n"  # large enough for a temporary file
        address = "/cases/my-miri-20210201/documents/"
        assert running.send(address, {}, ("order.pdf", document), cookie)[0] == 302
        original = re.search(f'"({address}.+/original)"', running.ask(address, Cookie=cookie)[2].decode())[1]
        assert running.ask(original, Cookie=cookie)[2] == document
        running.kill_the_database()
        ends = time.monotonic() + 20
        while (status := running.ask("/cases/")[0]) != 200 and time.monotonic() < ends:
            assert status == 503
            time.sleep(0.2)
        assert status == 200


@pytest.mark.skipif(not settings.EMBEDDED_POSTGRES or os.geteuid() != 0, reason="only root gives up root")
def test_started_by_root_it_says_which_folder_forbids_giving_it_up():
    # A folder for temporary files is closed to everybody else.
    with tempfile.TemporaryDirectory() as closed, running_server(arguments=(), PYTHONPATH=closed) as running:
        assert running.process.wait(30)
        assert re.search("may not read /[^ ]+\\. Open that to others", running.log.read_text())
        assert "--stay-root" in running.log.read_text()


def a_python_for_others():
    """The Python of the tests, or one of the system that runs the same packages, which root's stand-in may read."""
    same = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    for python in (sys.executable, shutil.which(same, path="/usr/local/bin:/usr/bin")):
        if python and first_closed_to(postgres.account_for_root(), [Path(python).resolve()]) is None:
            return python
    return None


@pytest.mark.skipif(not settings.EMBEDDED_POSTGRES, reason="DATABASE_URL names another server")
def test_a_file_is_opened_by_its_address_as_gdal_does():
    """GDAL's /vsicurl/ asks for the length first, then for parts of 16 kB and more, and knows nothing of ETags."""
    with running_server(load=True) as running:
        for ending in ("geojson", "csv", "xlsx"):
            path = f"/cases/export.{ending}?region=CN-NM"
            status, headers, body = running.ask(path, method="HEAD")
            size = int(headers["Content-Length"])
            assert (status, body, headers["Accept-Ranges"]) == (200, b"", "bytes")
            file = b""
            while len(file) < size:
                asked = f"bytes={len(file)}-{len(file) + 16_383}"
                status, headers, part = running.ask(path, Range=asked, Accept_Encoding="deflate, gzip")
                assert status == 206
                assert headers["Content-Range"] == f"bytes {len(file)}-{len(file) + len(part) - 1}/{size}"
                file += part
            assert file[-1:] == {"geojson": b"\n", "csv": b"\n"}.get(ending, file[-1:])
            if ending == "geojson":
                assert len(json.loads(file)["features"]) == 5
        # What is streamed says no length, and a length of 0 would say that it is empty.
        assert running.ask("/cases/export.csv-metadata.json", method="HEAD")[1]["Content-Length"] is None
        assert running.ask("/cases/export.geojson")[1]["Content-Length"] is None
        if not shutil.which("ogrinfo"):
            pytest.skip("GDAL is not installed: apt-get install gdal-bin")
        for query, count in (("", 343), ("?region=CN-NM", 5)):
            asked = ["ogrinfo", "-so", "-al", f"/vsicurl/{running.address}/cases/export.geojson{query}"]
            said = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True)
            assert f"Feature Count: {count}\n" in said.stdout, said


def arrived(path, size, headers=""):
    """A POST to `path` with a body of `size` bytes, as the server reads it."""
    request = Request(waitress.adjustments.Adjustments())
    request.received(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n{headers}\r\n".encode())
    if not request.completed:
        request.received(bytes(size))
    return request


@pytest.mark.parametrize(
    ("path", "is_written"), [("/cases/import/", True), ("/tips/new/", False), ("/%74ips/new/?lang=en", False)]
)
def test_a_report_is_held_in_memory_and_not_written_to_a_file(path, is_written):
    request = arrived(path, 3_000_000)
    assert (request.completed, request.error) == (True, None)
    assert request.body_rcv.buf.overflowed is is_written


def test_a_report_that_is_too_long_or_does_not_say_its_length_is_refused_before_it_is_read():
    assert arrived("/tips/new/", MOST_OF_A_REPORT + 1).error.code == 413
    assert arrived("/cases/import/", MOST_OF_A_REPORT + 1).error is None
    chunked = Request(waitress.adjustments.Adjustments())
    chunked.received(b"POST /tips/new/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
    assert chunked.error.code == 413


def test_when_many_reports_arrive_at_once_the_next_must_wait(monkeypatch):
    monkeypatch.setattr("enforcement.server.MOST_OF_REPORTS", 1_000_000)
    first = arrived("/tips/new/", 1_000_001)
    assert first.error is None
    assert arrived("/tips/new/", 10).error.code == 503
    assert arrived("/cases/import/", 10).error is None
    del first
    assert arrived("/tips/new/", 10).error is None
