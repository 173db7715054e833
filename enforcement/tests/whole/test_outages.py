"""A database that dies under people who are logged in and programs that ask: said to all of them, and started again."""

import socket
import threading
import time
from collections import Counter

import pytest
from django.conf import settings

from enforcement.tests.running import running_server

pytestmark = pytest.mark.skipif(not settings.EMBEDDED_POSTGRES, reason="DATABASE_URL names another server")

LONGEST_ABSENCE = 5  # seconds
ADDRESSES = ["/cases/", "/api/v1/cases/", "/cases/totals.json", "/readyz", "/account/", "/admin/"]


@pytest.fixture(scope="module")
def server():
    with running_server(load=True) as running:
        running.cookie = running.session()
        yield running


def until_well(server, path, **headers):
    """What was answered until it was 200, and how many seconds that took."""
    begun, answers = time.monotonic(), []
    while time.monotonic() - begun < 3 * LONGEST_ABSENCE:
        status, answered, _body = server.ask(path, **headers)
        answers.append((status, answered["Retry-After"]))
        if status == 200:
            break
        time.sleep(0.1)
    return answers, time.monotonic() - begun


@pytest.mark.parametrize("path", ["/cases/", "/account/", "/admin/"])
def test_with_only_somebody_logged_in_about_it_comes_back_by_itself(server, path):
    assert server.ask(path, Cookie=server.cookie)[0] == 200
    server.kill_the_database()
    answers, seconds = until_well(server, path, Cookie=server.cookie)
    assert answers[-1][0] == 200, answers
    assert set(answers[:-1]) == {(503, "5")}
    assert seconds <= LONGEST_ABSENCE


@pytest.mark.parametrize("path", ["/api/v1/cases/", "/cases/totals.json", "/readyz"])
def test_with_only_a_program_about_it_comes_back_by_itself(server, path):
    assert server.ask(path)[0] == 200
    server.kill_the_database()
    answers, seconds = until_well(server, path)
    assert answers[-1][0] == 200, answers
    assert set(answers[:-1]) == {(503, "5")}
    assert seconds <= LONGEST_ABSENCE


def test_the_absence_is_said_in_the_readers_language_and_to_programs_in_json(server):
    server.ask("/account/", Cookie=server.cookie)
    server.kill_the_database()
    said = {}
    for name, path, language in (
        ("page", "/account/", "zh-CN"), ("api", "/api/v1/cases/", "en"), ("json", "/cases/totals.json", "en"),
    ):  # fmt: skip
        said[name] = server.ask(path, Cookie=server.cookie, Accept_Language=language)
    assert {status for status, _headers, _body in said.values()} == {503}
    assert 'lang="zh-hans"' in said["page"][2].decode()
    assert "content-security-policy" in {name.lower() for name in said["page"][1]}
    for name in ("api", "json"):
        assert said[name][1]["Content-Type"] == "application/json"
        assert said[name][2].startswith(b'{"detail"')
    until_well(server, "/readyz")


def test_under_load_no_refusal_is_a_500(server):
    until_well(server, "/readyz")
    seen, stop = Counter(), threading.Event()

    def work(number):
        while not stop.is_set():
            path = ADDRESSES[number % len(ADDRESSES)]
            number += 1
            headers = {"Cookie": server.cookie} if path in ("/account/", "/admin/") or number % 2 else {}
            status, answered, _body = server.ask(path, **headers)
            seen[status, answered["Retry-After"]] += 1

    threads = [threading.Thread(target=work, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    time.sleep(1)
    server.kill_the_database()
    time.sleep(6)
    stop.set()
    for thread in threads:
        thread.join()
    assert set(seen) == {(200, None), (503, "5")}, seen
    assert until_well(server, "/account/", Cookie=server.cookie)[0] == [(200, None)]


@pytest.fixture(scope="module")
def long_file(server):
    """So many cases that their file is still on its way when the database dies."""
    server.manage("make_cases", "--count", "30000", "--seed", "1")
    return "/cases/export.csv"


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_file_that_breaks_off_is_never_taken_for_a_whole_one(server, long_file, version):
    until_well(server, "/readyz")
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        client.sendall(f"GET {long_file} HTTP/{version}\r\nHost: localhost\r\n\r\n".encode())
        assert b"200 OK" in client.recv(4096)
        server.kill_the_database()
        time.sleep(0.5)
        received, reset = b"", False
        try:
            while part := client.recv(65536):
                received += part
        except ConnectionResetError:
            reset = True
    assert reset or (version == "1.1" and not received.endswith(b"0\r\n\r\n"))
    until_well(server, "/readyz")
