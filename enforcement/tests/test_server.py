"""The server as it is started, with clients that are slow, rude or gone."""

import os
import signal
import socket
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.conf import settings

from enforcement.server import CONNECTIONS
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
        assert answer.read() == b"ready\n"


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
def test_started_by_root_it_gives_up_root_or_says_which_folder_forbids_that():
    with running_server(arguments=()) as running:
        if running.process.poll() is None:
            status = Path(f"/proc/{running.process.pid}/status").read_text()
            assert status.split("Uid:")[1].split()[:4].count("0") == 0
            assert running.ask("/readyz")[0] == 200
        else:
            assert "may not read /" in running.log.read_text()
            assert "--stay-root" in running.log.read_text()


@pytest.mark.skipif(not settings.EMBEDDED_POSTGRES, reason="DATABASE_URL names another server")
def test_a_head_of_a_file_that_is_streamed_tells_no_length(server):
    """GDAL's /vsicurl/ asks HEAD first, and takes a length of 0 for an empty file."""
    address, _folder = server
    for ending in ("csv", "xlsx", "geojson", "csv-metadata.json"):
        asked = urllib.request.Request(f"{address}/cases/export.{ending}", method="HEAD")  # noqa: S310
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
            assert answer.status == 200
            assert answer.headers["Content-Length"] is None
