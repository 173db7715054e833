"""The processes of the server: they come back, give way to new ones, and finish what they were asked."""

import os
import re
import signal
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings

from enforcement.tests.running import running_server, wait_until

pytestmark = pytest.mark.skipif(not settings.EMBEDDED_POSTGRES, reason="DATABASE_URL names another server")


@pytest.fixture(scope="module")
def server():
    with running_server(arguments=("--stay-root", "--processes", "2"), ENFORCEMENT_METRICS_TOKEN="a-token") as running:
        yield running


def counted(server):
    """How often /readyz was answered with 200, as whoever answers tells it."""
    status, _headers, told = server.ask("/metrics", Authorization="Bearer a-token")
    assert status == 200
    found = re.search(
        r'^enforcement_answers_total{method="GET",status="200",view="readyz"} (\S+)$', told.decode(), re.M
    )
    return float(found[1]) if found else 0


def test_metrics_are_those_of_all_processes_also_of_those_that_went(server):
    before = counted(server)
    for _time in range(20):
        assert server.ask("/readyz")[0] == 200
    assert {counted(server) for _time in range(8)} == {before + 20}
    for pid in server.children():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: len(server.children()) == 2)
    assert server.ask("/readyz")[0] == 200
    assert counted(server) == before + 21


def test_metrics_are_closed_to_others(server):
    for headers in ({}, {"Authorization": "Bearer another"}, {"Authorization": "Bearer "}):
        assert server.ask("/metrics", **headers)[0] == 404


def test_processes_that_are_killed_come_back(server):
    before = server.children()
    assert len(before) == 2
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert server.ask("/cases/")[0] == 200
    wait_until(lambda: len(server.children()) == 2)
    assert not set(before) & set(server.children())


def test_a_restart_breaks_no_answer(server):
    before, statuses, stop = server.children(), [], threading.Event()

    def ask():
        while not stop.is_set():
            statuses.append(server.ask("/cases/")[0])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: len(server.children()) == 2 and not set(before) & set(server.children()), 80)
    stop.set()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200}
    assert server.process.poll() is None


def test_children_go_with_a_parent_that_is_killed_and_the_next_server_answers_before_it_is_ready():
    with running_server(arguments=("--stay-root", "--processes", "2")) as running:
        children = running.children()
        running.process.kill()
        running.process.wait()
        wait_until(lambda: not any(is_alive(pid) for pid in children))
        assert running.times_ready() == 1
        running.start()
        wait_until(lambda: answers(running), 60)
        assert running.times_ready() == 1
        wait_until(lambda: running.times_ready() == 2, 60)
        assert len(running.children()) == 2
        assert running.ask("/readyz")[0] == 200


def test_who_is_asked_to_end_while_it_loads_anew_ends():
    with running_server(arguments=("--stay-root", "--processes", "2")) as running:
        running.process.send_signal(signal.SIGHUP)
        time.sleep(0.5)  # it tries whether the program loads
        running.process.terminate()
        assert running.process.wait(20) == 0


def answers(server):
    try:
        return server.ask("/healthz")[0] == 200
    except OSError:
        return False


def is_alive(pid):
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False
