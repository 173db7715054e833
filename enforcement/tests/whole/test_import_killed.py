"""An import that is killed in the middle: all or nothing is there, and it can be done again."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings

from enforcement import postgres
from enforcement.tests import clusters
from enforcement.tests.running import EXLAND, sheet_of_exland

ROWS_UNDER_FIRE = 3_000


@pytest.mark.skipif(not settings.EMBEDDED_POSTGRES, reason="DATABASE_URL names another server")
def test_whatever_is_killed_in_the_middle_all_or_nothing_is_there():
    """One cluster of its own: first the importing process is killed, then PostgreSQL under it; then it goes through."""
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        os.chmod(folder, 0o755)  # noqa: S103 - root's stand-in must be able to come in
        environment = os.environ | {"ENFORCEMENT_DATA_DIR": folder}
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        clusters.copy(settings.DATA_DIR, folder)
        subprocess.run([*manage, "shell", "-v", "0", "-c", EXLAND], env=environment, check=True)
        file = Path(folder) / "cases.csv"
        file.write_text(sheet_of_exland(ROWS_UNDER_FIRE))
        command = [*manage, "import_cases", str(file), "--reason", "Under fire"]

        hold = "import sys; print('up', flush=True); sys.stdin.read()"
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        keeper = subprocess.Popen([*manage, "shell", "-v", "0", "-c", hold], env=environment, **pipes)
        assert keeper.stdout.readline() == b"up\n"
        try:
            killed = _started_and_in_the_middle(command, environment, folder)
            killed.send_signal(signal.SIGKILL)
            killed.wait(30)
            assert _stored(folder) == (0, {"importing"})
            assert _sessions(folder) == []

            orphan = _started_and_in_the_middle(command, environment, folder)
            os.kill(int((Path(folder) / "postgres" / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
            assert orphan.wait(60) != 0
            subprocess.run(
                [*manage, "check", "--database", "default"], env=environment, check=True, capture_output=True
            )
            assert _stored(folder)[0] == 0

            subprocess.run(command, env=environment, check=True, capture_output=True)
            assert _stored(folder) == (ROWS_UNDER_FIRE, {"importing", "done"})
        finally:
            keeper.stdin.close()
            keeper.wait(30)


def _started_and_in_the_middle(command, environment, folder):
    """The process, when it has begun to write: its dry run and the second look are a third of its way."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    for _ in range(1_200):
        for name in _sessions(folder):
            done, _slash, total = name.rpartition(" ")[2].partition("/")
            if int(done) > int(total) * 0.4:
                return process
        assert process.poll() is None, f"it ended before it could be killed: {process.stderr.read()}"
        time.sleep(0.02)
    raise AssertionError("it did not begin")


def _asked(folder, question):
    server = postgres.address(folder)
    with (
        closing(psycopg2.connect(host=server["HOST"], port=5432, user="postgres", dbname=server["NAME"])) as link,
        link.cursor() as cursor,
    ):
        cursor.execute(question)
        return cursor.fetchall()


def _sessions(folder):
    return [name for (name,) in _asked(
        folder, "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'import %'"
    )]  # fmt: skip


def _stored(folder):
    [(cases,)] = _asked(folder, "SELECT count(*) FROM cases_case")
    return cases, {state for (state,) in _asked(folder, "SELECT state FROM cases_import")}
