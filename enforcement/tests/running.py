"""A server of a test's own: its own process, database and folder."""

import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from django.conf import settings

from enforcement.tests import clusters
from enforcement.workshop.kills import children_of
from enforcement.workshop.load import free_port

# A country, and a sheet of cases there that an import takes.
EXLAND = "from regions.models import Region; Region.objects.create(code='XX', level='country', name_en='Exland')"
HEAD = "ref,title_en,occurred_on,region_code,source_publisher,kind,confidence"
LOGGED_IN = """
import sys
from django.contrib.auth import SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY, get_user_model
from enforcement.outages.sessions import SessionStore
person = get_user_model().objects.create_superuser("somebody", password="a-long-word")
session = SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(person.pk), person.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
session.save()
print("session", session.session_key)
"""


def sheet_of_exland(rows):
    """A CSV of so many cases, of which each has another title."""
    told = (f"a-{number},{number:x},2021-05-18,XX,A paper,raid,high" for number in range(rows))
    return "\n".join([HEAD, *told])


def wait_until(true, seconds=20):
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.05)


@dataclass
class Running:
    address: str
    folder: Path
    process: subprocess.Popen
    environment: dict
    log: Path
    command: tuple = ()

    def start(self):
        """Start it, or start it again when it has ended."""
        with self.log.open("a") as said:
            self.process = subprocess.Popen(self.command, env=self.environment, cwd=settings.BASE_DIR, stderr=said)

    def times_ready(self):
        """How often it has said that it is ready."""
        return self.log.read_text().count("Ready: ")

    @property
    def port(self):
        return int(self.address.rpartition(":")[2])

    def ask(self, path, *, timeout=30, method="GET", body=None, **headers):
        """(status, headers, body) of one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body=body, headers={k.replace("_", "-"): v for k, v in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def manage(self, *arguments):
        manage = [sys.executable, settings.BASE_DIR / "manage.py", *arguments]
        return subprocess.run(manage, env=self.environment, check=True, capture_output=True, text=True).stdout

    def send(self, path, fields, file=None, cookie=""):
        """(status, page) of a form, with a PDF (name, bytes) if it has a field `files`, as a browser sends it."""
        token = "a" * 32
        parts = [(f'name="{name}"', value.encode()) for name, value in {**fields, "csrfmiddlewaretoken": token}.items()]
        if file:
            parts.append((f'name="files"; filename="{file[0]}"\r\nContent-Type: application/pdf', file[1]))
        between = uuid4().hex  # a short one is found by chance in the bytes of a file
        head = f"--{between}\r\nContent-Disposition: form-data; "
        body = b"".join((head + told).encode() + b"\r\n\r\n" + value + b"\r\n" for told, value in parts)
        body += f"--{between}--\r\n".encode()
        status, _headers, answer = self.ask(
            path, method="POST", body=body, timeout=60, Cookie=f"{cookie}; csrftoken={token}",
            Content_Type=f"multipart/form-data; boundary={between}",
        )  # fmt: skip
        return status, answer.decode()

    def session(self):
        """The Cookie header of somebody who is logged in and may do everything."""
        key = self.manage("shell", "--verbosity", "0", "-c", LOGGED_IN).split("session ")[1].strip()
        return f"sessionid={key}"

    def database_pid(self):
        return int((self.folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])

    def kill_the_database(self):
        os.kill(self.database_pid(), signal.SIGKILL)

    def children(self):
        """The processes that answer."""
        return children_of(self.process.pid)

    def resident_mb(self, what="VmRSS"):
        """What the largest process that answers holds of memory now, or (`VmHWM`) held at most."""
        statuses = [Path(f"/proc/{pid}/status").read_text() for pid in self.children()]
        lines = (line for status in statuses for line in status.splitlines() if line.startswith(what))
        return max(int(line.split()[1]) for line in lines) // 1024


@contextmanager
def running_server(*, load=False, arguments=("--stay-root",), within=None, python=sys.executable, **variables):
    """A server with a data folder of its own, made in the folder `within` or in that for temporary files.

    If `load`, its database has the record.
    """
    with tempfile.TemporaryDirectory(prefix="server-", dir=within) as folder:
        os.chmod(folder, 0o755)  # noqa: S103 - root's stand-in must be able to come in
        environment = os.environ | {"ENFORCEMENT_DATA_DIR": folder} | variables
        port = free_port()
        log = Path(folder) / "server.log"
        running = Running(f"http://127.0.0.1:{port}", Path(folder), None, environment, log)
        clusters.copy(settings.DATA_DIR, folder, load=load)
        running.command = (python, "-m", "enforcement.server", "--port", str(port), *arguments)
        running.start()
        try:
            for _ in range(1_800):  # on a busy machine a start takes minutes
                if running.process.poll() is not None or running.times_ready():
                    break
                time.sleep(0.1)
            yield running
        finally:
            running.process.terminate()
            running.process.wait(30)
