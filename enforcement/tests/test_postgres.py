"""The embedded server comes back after anything, and says plainly when it cannot."""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings

from enforcement import postgres, rights
from enforcement.tests import clusters

pytestmark = pytest.mark.skipif(not settings.EMBEDDED_POSTGRES, reason="DATABASE_URL names another server")

# Starts the server under a folder, says so, and holds it until it is told to stop.
HOLD = """
import sys
sys.path.insert(0, {root!r})
from enforcement import postgres
try:
    postgres.start({data!r})
except postgres.Unavailable as problem:
    sys.exit(str(problem))
print("ready", flush=True)
sys.stdin.readline()
"""


def hold(data, **options):
    script = HOLD.format(root=str(settings.BASE_DIR), data=str(data))
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, cwd="/", **options,
    )  # fmt: skip
    return process, process.stdout.readline().strip()


def leave(process):
    process.stdin.write("\n")
    process.stdin.close()
    process.wait(30)


def server_pid(data):
    path = postgres.cluster_dir(data) / "postmaster.pid"
    return int(path.read_text().splitlines()[0]) if path.exists() else None


def until(condition):
    for _ in range(200):
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def data():
    # Not pytest's own: it closes its folders, and root's stand-in must be able to come in.
    with tempfile.TemporaryDirectory(prefix="cluster-") as folder:
        os.chmod(folder, 0o755)  # noqa: S103 - that is the point
        yield Path(folder)


def test_the_last_to_leave_stops_the_server(data):
    first, said = hold(data)
    assert said == "ready"
    second, said = hold(data)
    assert said == "ready"
    leave(first)
    assert server_pid(data) is not None
    leave(second)
    assert until(lambda: server_pid(data) is None)


def test_a_killed_program_leaves_a_server_that_the_next_one_takes_over(data):
    killed, _said = hold(data)
    killed.send_signal(signal.SIGKILL)
    killed.wait(10)
    pid = server_pid(data)
    following, said = hold(data)
    assert said == "ready"
    assert server_pid(data) == pid
    leave(following)
    assert until(lambda: server_pid(data) is None)


def test_a_killed_server_starts_again(data):
    first, _said = hold(data)
    os.kill(server_pid(data), signal.SIGKILL)
    second, said = hold(data)
    assert said == "ready"
    leave(first)
    leave(second)


def test_a_folder_of_before_the_application_had_a_role_gets_one_at_the_start(data):
    clusters.copy(settings.DATA_DIR, data)
    place = {"host": str(postgres.socket_dir(data)), "dbname": postgres.address(data)["NAME"]}

    def ask(user, statement):
        with (
            contextlib.closing(psycopg2.connect(user=user, **place)) as connection,
            connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
            return cursor.fetchone() if cursor.description else None

    for _again in range(2):
        held, said = hold(data)
        assert said == "ready", held.stderr.read()
        assert ask(rights.APPLICATION, "SELECT count(*) FROM cases_case") == (0,)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            ask(rights.APPLICATION, "DELETE FROM cases_caseevent")
        ask(postgres.OWNER, f"DROP OWNED BY {rights.APPLICATION}; DROP ROLE {rights.APPLICATION}")
        leave(held)


def test_a_half_made_cluster_is_made_anew(data):
    (data / "postgres").mkdir()
    (data / "postgres" / "leftover").write_text("initdb was killed here")
    process, said = hold(data)
    assert said == "ready"
    leave(process)


def test_a_path_too_long_for_a_socket_is_no_hindrance(data):
    deep = data / ("x" * 60) / ("y" * 60)
    deep.mkdir(parents=True)
    process, said = hold(deep)
    assert said == "ready", process.stderr.read()
    leave(process)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs a stand-in")
def test_a_closed_folder_is_named_and_stays_closed(data):
    closed = data / "closed"
    closed.mkdir(mode=0o700)
    process, said = hold(closed / "inside")
    assert said == ""
    complaint = process.stderr.read()
    assert f"may not enter {closed}" in complaint
    assert f"chmod o+x {closed}" in complaint
    assert closed.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_runs_it_as_himself_and_is_told_when_it_is_another_users(data):
    nobody = 65534
    os.chown(data, nobody, nobody)
    reachable = all(parent.stat().st_mode & 0o001 for parent in Path(sys.executable).resolve().parents)
    if not reachable:
        pytest.skip("this Python lies in a folder that is closed to others")
    process, said = hold(data, user=nobody, group=nobody, extra_groups=[])
    assert said == "ready", process.stderr.read()
    assert postgres.cluster_dir(data).stat().st_uid == nobody
    leave(process)
    os.chown(data / "postgres", 1, 1)
    process, said = hold(data, user=nobody, group=nobody, extra_groups=[])
    assert said == ""
    assert "belongs to another user" in process.stderr.read()


def test_a_process_that_was_forked_meanwhile_keeps_no_lock(tmp_path):
    """After a kill the server forks new processes while a thread of it starts the database again."""
    with postgres._lock(tmp_path / "lock") as file:
        child = subprocess.Popen(["sleep", "60"], pass_fds=[file.fileno()])
    try:
        with open(tmp_path / "lock", "a") as other:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        child.kill()
        child.wait()


def test_a_process_that_forks_leaves_starting_the_database_again_to_its_copies(monkeypatch, tmp_path):
    monkeypatch.setattr(postgres, "_left_to_copies", False)
    postgres.leave_it_to_copies()
    with postgres._starting_again:
        pid = os.fork()
        if pid == 0:
            os._exit(0 if postgres._starting_again.acquire(blocking=False) and not postgres._left_to_copies else 1)
        assert os.waitpid(pid, 0)[1] == 0
    postgres.start_again(tmp_path)
    assert "start PostgreSQL again" not in {thread.name for thread in threading.enumerate()}
