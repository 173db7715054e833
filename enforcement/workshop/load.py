"""How many requests the production server answers: a morning of an office, and pages one by one, over HTTP.

Each checkout gets a copy of the database, which is dropped at the end, and runs as in production: behind a proxy that
speaks HTTPS and says whose address asks. The clients are threads of this process; what they take of the processors
the server does not get, so that figures of two checkouts compare, measured in turn.
"""

import csv
import http.client
import io
import json
import os
import random
import re
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection

from cases.models import Case, Tip

CLIENTS, SECONDS = (1, 10, 50), 30
HOST, LOGIN = "localhost", "/login/"
# Below the range from which the system gives ports to clients: a client could be given our own.
PORTS = range(18_400, 19_400)
JUNK = 200  # reports a second
LOOK = 0.2  # seconds that a reader looks at a page before the next
PAUSE = 2  # seconds between two saves of an officer
LONGEST = 60  # seconds, of an answer
LONGEST_FILL = 300  # seconds
LONGEST_CHECK = 300  # seconds, of an import that readers leave little time
PAGES = {
    "/cases/": 50,
    "/": 80,
    "/regions/CN-NM/": 40,
    "case": 80,
    "/api/v1/cases/": 60,
    "/cases/facets.json": 150,
}  # each with the requests a second that ten clients should get
# A morning: (address, how often). What several people ask for is asked in several ways.
MORNING = [
    ("/", 4),
    ("/cases/", 4),
    ("/cases/#charts", 4),
    ("/cases/?kind=raid", 2),
    ("/cases/?kind=raid#charts", 2),
    ("/cases/?region=CN&rigs_min=1000", 2),
    ("/cases/?region=CN&rigs_min=1000#charts", 2),
    ("/cases/?q=hydropower", 1),
    ("/cases/?page=2", 1),
    ("/cases/facets.json", 2),
    ("/cases/facets.json?region=CN", 2),
    *((f"/cases/map.geojson?bbox={west},0,{west + 60},55&zoom=4", 1) for west in (60, 70, 80, 90)),
    ("/cases/regions.json?region=CN", 1),
    ("/regions/CN-NM/", 2),
    ("/regions/MY/", 1),
    ("/api/v1/cases/", 1),
    ("case", 8),
]


@dataclass
class Load:
    """What some clients got in some seconds; times in ms."""

    name: str
    times: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0
    cores: float = 0  # of the server, without its database
    mb: float = 0  # of the process that holds most

    @property
    def rate(self):
        return len(self.times) / self.seconds

    def percentile(self, of_100):
        return statistics.quantiles(self.times, n=100, method="inclusive")[of_100 - 1] if len(self.times) > 1 else 0


def with_headers_of_part(address):
    """(the address without `#part`, the headers with which a page asks for that part of itself)."""
    path, _hash, part = address.partition("#")
    return path, {"HX-Request": "true", "HX-Target": part} if part else {}


class Asking:
    """A client with a connection that it keeps, and the cookies that it was given; without any it is the public."""

    def __init__(self, port, cookies=()):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST)
        self.headers = {
            "Host": HOST, "X-Forwarded-Proto": "https", "Accept-Encoding": "br, gzip", "Accept-Language": "en",
        }  # fmt: skip
        self.cookies = dict(cookies)

    def sign_in(self, name, password):
        """As people do: what the cookies are called is for the server to say."""
        self.ask(LOGIN)
        self.connection.close()  # that of a process which gave way to a warmer one meanwhile would be broken
        status, _headers, _page = self.ask(LOGIN, urlencode({"username": name, "password": password}))
        if status != 302:
            raise RuntimeError(f"Nobody could sign in: {LOGIN} answered {status}.")

    def ask(self, path, body=None, content_type="application/x-www-form-urlencoded", plain=False):
        """(status, headers, body) of an answer. Of `path#part` as a page asks for that part of itself."""
        # An address of its own, as behind a proxy: a hundred people are not one who asks too often.
        headers = self.headers | {"X-Forwarded-For": f"10.0.{random.randrange(256)}.{random.randrange(1, 255)}"}  # noqa: S311
        path, headers_of_part = with_headers_of_part(path)
        headers |= headers_of_part
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if plain:
            headers["Accept-Encoding"] = "identity"
        if body is not None:
            token = next((value for name, value in self.cookies.items() if name.endswith("csrftoken")), "")
            headers |= {"X-CSRFToken": token, "Content-Type": content_type, "Referer": f"https://{HOST}/"}
        try:
            self.connection.request("GET" if body is None else "POST", path, body=body, headers=headers)
            answer = self.connection.getresponse()
            for cookie in answer.headers.get_all("Set-Cookie", []):
                self.cookies |= {name: given.value for name, given in SimpleCookie(cookie).items()}
            return answer.status, answer.headers, answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise

    def timed(self, load, path, *arguments, expected=200, **options):
        """Ask and note in `load` how long it took. The body, or None where the answer is not the `expected` one."""
        started = time.perf_counter()
        try:
            status, headers, body = self.ask(path, *arguments, **options)
        except (OSError, http.client.HTTPException) as problem:
            load.errors.append(f"{path}: {problem!r}")
            return None
        load.times.append((time.perf_counter() - started) * 1000)
        if status != expected:
            load.errors.append(f"{path}: {status}")
            return None
        return headers["Location"] if status == 302 else body


def measure_over_http(folder, clients=CLIENTS, seconds=SECONDS):
    """Yields a Load for each of a morning's numbers of clients, then for each page alone, of the checkout `folder`."""
    with copy_of_the_database() as address, a_server(folder, address) as server:
        wait_for_columns(server.port)
        for count in clients:
            yield server.morning(count, seconds)
        for path in PAGES:
            for who, count in (("public", 1), ("public", 10), ("signed in", 10)):
                yield server.alone(path, who, count, seconds)


def measure_junk(folder, seconds=SECONDS, rounds=2):
    """Yields (Load, Load, what became of the junk) of each round: a dashboard's readers, quiet and beside junk reports.

    The readers are two of the public and two signed in; each asks, looks for a moment, and asks again.
    """
    with copy_of_the_database() as address, a_server(folder, address) as server:
        server.looking("warm", 5)
        for _turn in range(rounds):
            quiet = server.looking("quiet", seconds)
            junk = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "enforcement.workshop.junk", str(server.port), str(JUNK), str(seconds)],
                cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True,
            )  # fmt: skip
            flooded = server.looking("beside junk", seconds)
            told = json.loads(junk.communicate()[0])
            yield quiet, flooded, told | {"stored": Tip.objects.count()}


class Server:
    """A running server, the people who ask it and the cases that are there."""

    def __init__(self, port, process):
        self.port, self.process = port, process
        self.cookies = []
        for number in range(3):
            name, password = f"bench-{secrets.token_hex(4)}-{number}", secrets.token_urlsafe()
            get_user_model().objects.create_superuser(name, password=password)
            person = Asking(port)
            person.sign_in(name, password)
            self.cookies.append(person.cookies)
        cases = Case.objects.filter(published=True).order_by("-occurred_on", "ref")
        self.refs = list(cases.values_list("ref", flat=True)[:200])

    def morning(self, count, seconds):
        """Reading by `count` clients, every second one signed in; beside them two officers who save, and an import.

        One of the two changes a figure with each note: then every sum is made anew.
        """
        paths, weights = zip(*MORNING, strict=True)
        load, ends = Load(f"morning, {count}"), time.monotonic() + seconds

        def read(number):
            chance = random.Random(number)  # noqa: S311 - the same for every checkout
            person = Asking(self.port, self.cookies[0] if number % 2 else ())
            while time.monotonic() < ends:
                person.timed(load, self._path(chance.choices(paths, weights)[0], chance))

        def save(number):
            person = Asking(self.port, self.cookies[1 + number])
            while time.monotonic() < ends:
                _save(person, load, self.refs[number], {"arrests": random.randrange(20)} if number else {})  # noqa: S311
                time.sleep(PAUSE)

        works = [(read, number) for number in range(count)] + [(save, number) for number in range(2)]
        imports = threading.Thread(target=_import, args=[Asking(self.port, self.cookies[0]), load])
        imports.start()
        self._measured(load, works)
        imports.join()
        return load

    def alone(self, path, who, count, seconds):
        load, ends = Load(f"{path}, {who}, {count}"), time.monotonic() + seconds

        def read(number):
            chance = random.Random(number)  # noqa: S311
            person = Asking(self.port, self.cookies[0] if who == "signed in" else ())
            while time.monotonic() < ends:
                person.timed(load, self._path(path, chance))

        return self._measured(load, [(read, number) for number in range(count)])

    def looking(self, name, seconds):
        """Two readers of the public and two signed in, at the first page, the list and cases: {who: Load}."""
        loads, ends = {who: Load(f"{who}, {name}") for who in ("public", "signed in")}, time.monotonic() + seconds

        def read(number):
            chance, who = random.Random(number), ("public", "signed in")[number % 2]  # noqa: S311
            person = Asking(self.port, self.cookies[0] if number % 2 else ())
            while time.monotonic() < ends:
                person.timed(loads[who], self._path(chance.choice(["/", "/", "/cases/", "case"]), chance))
                time.sleep(LOOK)

        whole = self._measured(Load(name), [(read, number) for number in range(4)])
        for load in loads.values():
            load.seconds, load.cores, load.mb = whole.seconds, whole.cores, whole.mb
        return loads

    def _path(self, path, chance):
        return f"/cases/{chance.choice(self.refs)}/" if path == "case" else path

    def _measured(self, load, works):
        threads = [threading.Thread(target=work, args=[number]) for work, number in works]
        started, used = time.monotonic(), _processor_seconds(self.process.pid)
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        load.seconds = time.monotonic() - started
        load.cores = (_processor_seconds(self.process.pid) - used) / load.seconds
        load.mb = max(map(_megabytes, _group(self.process.pid)), default=0)
        return load


class FilledForm(HTMLParser):
    """What a browser would send of the form of a case."""

    def __init__(self):
        super().__init__()
        self.fields, self.area, self.choice = [], None, None

    def handle_starttag(self, tag, attributes):
        told = dict(attributes)
        ticked = told.get("type") not in ("checkbox", "radio") or "checked" in told
        sent = told.get("name") not in (None, "csrfmiddlewaretoken") and told.get("type") not in ("submit", "file")
        if tag == "input" and sent and ticked:
            self.fields.append((told["name"], told.get("value") or ""))
        if tag == "textarea":
            self.area = told["name"]
            self.fields.append((self.area, ""))
        if tag == "select":
            self.choice = told.get("name")  # the choices of a script have none
        if tag == "option" and "selected" in told and self.choice:
            self.fields.append((self.choice, told.get("value") or ""))

    def handle_endtag(self, tag):
        self.area = None if tag == "textarea" else self.area
        self.choice = None if tag == "select" else self.choice

    def handle_data(self, text):
        if self.area:
            name, value = self.fields[-1]
            self.fields[-1] = (name, (value + text).removeprefix("\n"))


def _save(person, load, ref, figures):
    """Open the form of a case, change its note and `figures`, which sums are made of, save."""
    path = f"/cases/{ref}/edit/"
    page = person.timed(load, path, plain=True)
    if page is None:
        return
    form = FilledForm()
    form.feed(page.decode())
    changed = {"note": f"Measured {secrets.token_hex(4)}.", "why": "measured", **figures}
    fields = [(name, changed.pop(name, value)) for name, value in form.fields]
    person.timed(load, path, urlencode(fields + list(changed.items())), expected=302)


def upload(name, file_name, content):
    """(body, content type) of a form with a file."""
    between = secrets.token_hex(16)
    head = f'--{between}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n'
    body = (
        head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + content + f"\r\n--{between}--\r\n".encode()
    )
    return body, f"multipart/form-data; boundary={between}"


def _import(person, load):
    """Load the sheet of a region, change it in each row, import it."""
    sheet = person.timed(load, "/cases/import/sheet.csv?region=CN-NM", plain=True)
    if sheet is None:
        return
    rows = list(csv.DictReader(io.StringIO(sheet.decode("utf-8-sig"))))
    changed = io.StringIO()
    writer = csv.DictWriter(changed, rows[0].keys())
    writer.writeheader()
    writer.writerows(row | {"note": f"Measured {secrets.token_hex(4)}."} for row in rows)
    body, kind = upload("file", "bench.csv", changed.getvalue().encode())
    its_page = person.timed(load, "/cases/import/", body, expected=302, content_type=kind)
    ends = time.monotonic() + LONGEST_CHECK
    while its_page and time.monotonic() < ends:
        if f'action="{its_page}run/"' in (person.timed(load, its_page, plain=True) or b"").decode():
            person.timed(load, f"{its_page}run/", urlencode({"reason": "measured"}), expected=302)
            return
        time.sleep(0.5)
    load.errors.append("the import was never ready")


@contextmanager
def copy_of_the_database():
    """The address of a copy of the database, which this process uses too meanwhile."""
    name = connection.settings_dict["NAME"]
    copy = f"{name}_bench_{secrets.token_hex(4)}"
    with _outside(name) as cursor:
        # From the template nobody may read meanwhile; a server that does is one too many here.
        cursor.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')
    connection.settings_dict["NAME"] = copy
    told = connection.settings_dict
    who = quote(told["USER"] or "", safe="") + (f":{quote(told['PASSWORD'], safe='')}" if told["PASSWORD"] else "")
    try:
        yield f"postgres://{who}@{quote(told['HOST'] or '', safe='')}:{told['PORT'] or 5432}/{copy}"
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
        with _outside(name) as cursor:
            cursor.execute(f'DROP DATABASE "{copy}" WITH (FORCE)')


@contextmanager
def _outside(name):
    """A cursor of another database of the same server: a database that is in use is neither copied nor dropped."""
    connection.close()
    connection.settings_dict["NAME"] = "postgres"
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name


@contextmanager
def a_server(folder, database):
    with tempfile.TemporaryDirectory(prefix="bench-") as data:
        port = free_port()
        environment = os.environ | {
            "DATABASE_URL": database, "ENFORCEMENT_OWNER_DATABASE_URL": "", "ENFORCEMENT_DATA_DIR": data,
            "ENFORCEMENT_DEBUG": "0", "ENFORCEMENT_HTTPS": "1", "ENFORCEMENT_HOSTS": HOST,
            "ENFORCEMENT_SECRET_KEY": settings.SECRET_KEY, "PYTHONPATH": str(folder),
            "ENFORCEMENT_TIP_KEY": str(settings.TIP_KEY), "ENFORCEMENT_TIP_SECRET": str(settings.TIP_SECRET),
            "ENFORCEMENT_SECOND_FACTOR": "", "DJANGO_SETTINGS_MODULE": "enforcement.settings",
        }  # fmt: skip
        for command in (["migrate", "--verbosity", "0"], ["collectstatic", "--no-input", "--verbosity", "0"]):
            subprocess.run(  # noqa: S603 - our own arguments
                [sys.executable, "manage.py", *command], cwd=folder, env=environment, check=True
            )
        log = Path(data) / "server.log"
        with log.open("w") as said:
            process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "enforcement.server", "--port", str(port), "--stay-root"],
                cwd=folder, env=environment, start_new_session=True, stderr=said,
            )  # fmt: skip
        try:
            if not _answers(port):
                raise RuntimeError(f"The server does not answer. {log.read_text()[-1000:]}")
            yield Server(port, process)
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def _answers(port):
    for _turn in range(300):
        with suppress(OSError, http.client.HTTPException):
            if Asking(port).ask("/readyz")[0] == 200:
                return True
        time.sleep(0.1)
    return False


def wait_for_columns(port):
    """Until every process sums from columns, or needs none."""
    for turn in range(LONGEST_FILL):
        people = [Asking(port) for _process in range(8)]
        for person in people:
            person.ask(f"/cases/totals.json?rigs_min={turn}")  # a process fills its columns when it is first asked
            person.connection.close()  # a process that gives way to a warmer one breaks it
        said = [person.ask("/readyz")[2] for person in people]
        if not any(b"being filled" in text or b"not asked for yet" in text for text in said):
            return
        time.sleep(1)
    raise RuntimeError("The columns were not filled.")


_given = []  # what holds the ports that were given


def free_port():
    """A port on which nobody listens, given to nobody else while this process lives.

    A server needs seconds until it listens: till then the UDP port of the same number, which is held, says that the
    port is taken.
    """
    for port in random.sample(PORTS, len(PORTS)):
        held = socket.socket(type=socket.SOCK_DGRAM)
        with socket.socket() as probe, suppress(OSError):
            held.bind(("127.0.0.1", port))
            if probe.connect_ex(("127.0.0.1", port)):
                _given.append(held)
                return port
        held.close()
    raise RuntimeError("no port is free")


@contextmanager
def checkout(commit):
    """A folder with the product as it was at `commit`."""
    with tempfile.TemporaryDirectory(prefix="bench-") as parent:
        folder = Path(parent) / "checkout"
        git = ["git", "-C", str(settings.BASE_DIR), "worktree"]
        subprocess.run([*git, "add", "--detach", "--quiet", str(folder), commit], check=True)  # noqa: S603
        try:
            yield folder
        finally:
            subprocess.run([*git, "remove", "--force", str(folder)], check=True)  # noqa: S603


# What the system knows of a group of processes; on Linux only, elsewhere nothing.


def _group(leader):
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if _fields(status)[2] == str(leader):
                yield status.parent


def _fields(status):
    """The fields of a stat file after the name of the program: state, parent, group, …"""
    return status.read_text().rpartition(") ")[2].split()


def _processor_seconds(leader):
    used = 0
    for folder in _group(leader):
        with suppress(OSError):
            # Also of children that have ended.
            used += sum(map(int, _fields(folder / "stat")[11:15]))
    return used / os.sysconf("SC_CLK_TCK")


def _megabytes(folder):
    """What a process holds, with its part of what it shares."""
    with suppress(OSError):
        found = re.search(r"^Pss:\s+(\d+)", (folder / "smaps_rollup").read_text(), re.MULTILINE)
        return int(found[1]) / 1000
    return 0
