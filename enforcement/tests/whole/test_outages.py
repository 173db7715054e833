"""A database that dies under people who are logged in and programs that ask: said to all of them, and started again."""

import contextlib
import os
import signal
import socket
import tempfile
import threading
import time
from collections import Counter
from urllib.parse import quote

import psycopg2
import pytest
from django.conf import settings

from enforcement import postgres, rights
from enforcement.tests import clusters
from enforcement.tests.running import running_server

pytestmark = pytest.mark.skipif(not settings.EMBEDDED_POSTGRES, reason="DATABASE_URL names another server")

LONGEST_ABSENCE = 5  # seconds
LONG_FILE = "/cases/export.csv"
ADDRESSES = ["/cases/", "/api/v1/cases/", "/cases/totals.json", "/readyz", "/account/", "/admin/"]


@pytest.fixture(scope="module")
def server():
    with running_server(load=True) as running:
        running.cookie = running.session()
        yield running


@pytest.fixture(scope="module")
def far_away():
    """A server whose database is named by DATABASE_URL: nobody but the test starts it again."""
    with tempfile.TemporaryDirectory(prefix="database-") as folder, contextlib.ExitStack() as stack:
        os.chmod(folder, 0o755)  # noqa: S103 - root's stand-in must be able to come in
        clusters.copy(settings.DATA_DIR, folder, load=True)
        cluster = postgres.Cluster(folder)
        cluster.start()
        stack.callback(cluster._call, "pg_ctl", "-D", cluster.home, "-m", "immediate", "stop", check=False)
        place = f"{quote(str(cluster.sockets), safe='')}/enforcement"
        url, owner = f"postgres://{rights.APPLICATION}@{place}", f"postgres://{postgres.OWNER}@{place}"
        with running_server(DATABASE_URL=url, ENFORCEMENT_OWNER_DATABASE_URL=owner) as running:
            running.cookie, running.cluster = running.session(), cluster
            yield running


def kill(cluster):
    os.kill(int((cluster.home / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)


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
    assert 'lang="zh-Hans"' in said["page"][2].decode()
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


def test_a_question_that_takes_too_long_is_said_to_and_keeps_nobody_else(server):
    until_well(server, "/readyz")
    address = postgres.address(server.folder)
    with contextlib.closing(psycopg2.connect(host=address["HOST"], user="postgres", dbname="enforcement")) as slow:
        slow.autocommit = True
        cursor = slow.cursor()
        cursor.execute("ALTER TABLE regions_policy RENAME TO kept")
        cursor.execute("CREATE VIEW regions_policy AS SELECT kept.* FROM kept, pg_sleep(60)")
        cursor.execute(f"GRANT SELECT ON regions_policy TO {rights.APPLICATION}")
        try:
            answers = {}

            def ask(path, **headers):
                begun = time.monotonic()
                answers[path] = (*server.ask(path, **headers), time.monotonic() - begun)

            paths = {"/policies/": {"Cookie": server.cookie, "Accept-Language": "zh-CN"}, "/api/v1/policies/": {}}
            threads = [threading.Thread(target=ask, args=[path], kwargs=headers) for path, headers in paths.items()]
            for thread in threads:
                thread.start()
            time.sleep(1)
            assert server.ask("/readyz")[0] == 200
            for thread in threads:
                thread.join()
        finally:
            cursor.execute("DROP VIEW regions_policy")
            cursor.execute("ALTER TABLE kept RENAME TO regions_policy")
    for status, headers, body, seconds in answers.values():
        assert (status, headers["Retry-After"]) == (503, None), body
        assert settings.LONGEST_STATEMENT - 1 < seconds < settings.LONGEST_STATEMENT + 10
    assert "此查询耗时过长" in answers["/policies/"][2].decode()
    assert answers["/api/v1/policies/"][2].startswith(b'{"detail"')
    assert server.ask("/policies/", Cookie=server.cookie)[0] == 200


@pytest.fixture(scope="module")
def long_file(server):
    make_a_long_file(server, postgres.address(server.folder)["HOST"])


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.usefixtures("long_file")
def test_a_file_that_breaks_off_is_never_taken_for_a_whole_one(server, version):
    until_well(server, "/readyz")
    breaks_off(server, version, server.kill_the_database)
    until_well(server, "/readyz")


def test_a_database_elsewhere_that_dies_is_waited_for_and_all_is_well_by_itself(far_away):
    asked = [("/cases/", {}), ("/account/", {"Cookie": far_away.cookie}), ("/api/v1/cases/", {}), ("/readyz", {})]
    assert [far_away.ask(path, **headers)[0] for path, headers in asked] == [200] * 4
    kill(far_away.cluster)
    for _time in range(3):
        answers = [far_away.ask(path, **headers) for path, headers in asked]
        assert [(status, headers["Retry-After"]) for status, headers, _body in answers] == [(503, "5")] * 4
    far_away.cluster.start()
    for path, headers in asked:
        answers, seconds = until_well(far_away, path, **headers)
        assert answers == [(200, None)]
        assert seconds <= LONGEST_ABSENCE


def test_a_file_from_a_database_elsewhere_breaks_off_too(far_away):
    make_a_long_file(far_away, str(far_away.cluster.sockets))
    breaks_off(far_away, "1.1", lambda: kill(far_away.cluster))
    assert far_away.ask("/cases/")[0] == 503
    far_away.cluster.start()
    assert until_well(far_away, "/cases/")[0] == [(200, None)]


def make_a_long_file(server, host):
    """So many cases, with so much to say, that their file is still on its way when the database dies."""
    server.manage("make_cases", "--count", "5000", "--seed", "1")
    with contextlib.closing(psycopg2.connect(host=host, user="postgres", dbname="enforcement")) as database:
        cursor = database.cursor()
        cursor.execute("SET session_replication_role = replica")  # no history of it
        cursor.execute("UPDATE cases_case SET outcome = repeat('All was seized. ', 150)")
        database.commit()


def breaks_off(server, version, kill_the_database):
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        client.sendall(f"GET {LONG_FILE} HTTP/{version}\r\nHost: localhost\r\n\r\n".encode())
        assert b"200 OK" in client.recv(4096)
        kill_the_database()
        time.sleep(0.5)
        received, reset = b"", False
        try:
            while part := client.recv(65536):
                received += part
        except ConnectionResetError:
            reset = True
    assert reset or (version == "1.1" and not received.endswith(b"0\r\n\r\n"))
