"""PostgreSQL and the server, killed again and again under four writers: what was acknowledged is there, once and whole.

As in production: with the server's own PostgreSQL, behind a proxy that speaks HTTPS, and with somebody who starts the
server again when it has ended. All of it in a folder of its own, beside whatever else runs. On Linux: other systems do
not tell which processes a process has.
"""

import contextlib
import http.client
import os
import random
import re
import secrets
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
from django.conf import settings

from enforcement import postgres
from enforcement.serving.processes import how_many_cores

from .load import HOST, Asking, free_port
from .writers import OFTEN, ROWS, DrillWriter, Notes

WRITERS = 4
LONGEST_ABSENCE = 120  # seconds after which the server does not come back
DATABASE = "PostgreSQL"
OF_THE_SERVER = ["the parent", "a process", "all processes"]  # one after the other
PEOPLE = """
from django.contrib.auth import get_user_model
for number in range({count}):
    get_user_model().objects.create_superuser(f"writer-{{number}}", password="{password}")
"""


class NotReady(Exception):
    """The drill could not begin; said in one line."""


@dataclass
class Outcome:
    """What a drill found."""

    seconds: float = 0
    writes: list = field(default_factory=list)
    answers: Counter = field(default_factory=Counter)  # by status, or by how the connection broke
    wrong: list = field(default_factory=list)  # what should not have been answered
    absent: dict = field(default_factory=dict)  # {what was killed: [seconds until well]}
    lost: list = field(default_factory=list)
    doubled: list = field(default_factory=list)
    partial: list = field(default_factory=list)
    not_whole: str = ""  # what check_record named
    log: str = ""  # the end of what the server said, where something is wrong

    @property
    def acknowledged(self):
        return Counter(write.kind for write in self.writes if write.acknowledged)

    @property
    def is_good(self):
        return not (self.wrong or self.lost or self.doubled or self.partial or self.not_whole)

    def until_well(self):
        """Yields (what was killed, how often, median, longest): seconds until well. The server first as a whole."""
        of_the_server = [seconds for what in OF_THE_SERVER for seconds in self.absent.get(what, [])]
        each = {DATABASE: self.absent.get(DATABASE, []), "the server": of_the_server}
        for what, times in (each | {f"  {what}": self.absent.get(what, []) for what in OF_THE_SERVER}).items():
            if times:
                yield what, len(times), statistics.median(times), max(times)


def drill(folder, *, kills, writes, minutes=None, say=lambda text: None, in_a_hurry=False):
    """Kill PostgreSQL and the server `kills` times each while at least `writes` are acknowledged. Returns an Outcome.

    `folder` is empty, or has a migrated database without accounts. After `minutes` it ends, however many there were.
    `in_a_hurry` it spares what takes long at first: static files that are packed as in production. Raises NotReady.
    """
    site, outcome, notes = Site(folder, packed=not in_a_hurry), Outcome(), Notes()
    site.prepare()
    turns = [what for turn in range(kills) for what in (DATABASE, OF_THE_SERVER[turn % len(OF_THE_SERVER)])]
    outcome.writes, outcome.answers, outcome.wrong = notes.writes, notes.answers, notes.wrong
    with site.serving():
        begun = time.monotonic()
        ends = begun + 60 * minutes if minutes else float("inf")
        writers = site.writers(notes)
        _kill_in_turn(site, notes, turns, writes, ends, outcome.absent, say)
        notes.stop.set()
        for writer in writers:
            writer.join(3 * LONGEST_ABSENCE)
        outcome.seconds = time.monotonic() - begun
        site.wait_until_well()
        compare(outcome, site.stored_writes())
        outcome.not_whole = site.check()
        outcome.log = "" if outcome.is_good else site.log.read_text()[-2000:]
    return outcome


def _kill_in_turn(site, notes, turns, writes, ends, absent, say):
    chance = random.Random(1)  # noqa: S311
    between = writes / max(len(turns), 1)  # writes from a kill to the next

    def goes_on():
        return not notes.wrong and time.monotonic() < ends

    for number, what in enumerate(turns):
        while goes_on() and len(notes.acknowledged) < number * between:
            time.sleep(0.05)
        time.sleep(chance.random())
        if not goes_on():
            return
        since = time.monotonic()
        site.kill(what)
        while not (notes.is_acknowledged_since(since) and site.is_well()):
            if time.monotonic() > since + LONGEST_ABSENCE:
                notes.wrong.append(f"{what} killed: not well after {LONGEST_ABSENCE} seconds")
                return
            if notes.wrong:
                return
            time.sleep(0.05)
        absent.setdefault(what, []).append(time.monotonic() - since)
        say(f"{number + 1}. {what} killed: well after {absent[what][-1]:.1f} s; {len(notes.acknowledged):,} writes")
    while goes_on() and not (len(notes.acknowledged) >= writes and _has_every_kind(notes)):
        time.sleep(0.05)


def _has_every_kind(notes):
    return {write.kind for write in notes.writes if write.acknowledged} >= {*OFTEN}


def compare(outcome, stored):
    """Look for every write that was sent: acknowledged ones are there, no write twice, none in part."""
    for write in outcome.writes:
        count, whole = stored[write.kind].get(write.known_by, (0, True))
        if write.acknowledged and not count:
            outcome.lost.append(write)
        if count > 1:
            outcome.doubled.append(write)
        if not whole:
            outcome.partial.append(write)


def children_of(pid):
    """The living processes of a process; those that were killed and not yet buried are none. Empty where it is gone."""
    found = []
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            with contextlib.suppress(OSError):
                if Path(f"/proc/{child}/stat").read_text().rpartition(") ")[2][0] not in "ZX":
                    found.append(int(child))
    return found


class Site:
    """An installation in a folder of its own, and its server."""

    def __init__(self, folder, *, packed=True):
        self.folder, self.port, self.process, self.count = Path(folder), free_port(), None, how_many_cores()
        self.packed = packed
        self.log, self.password = self.folder / "server.log", secrets.token_urlsafe()
        own = {name: value for name, value in os.environ.items() if not name.startswith(("ENFORCEMENT_", "DATABASE_"))}
        self.environment = own | {
            "ENFORCEMENT_DATA_DIR": str(folder), "ENFORCEMENT_DEBUG": "0" if packed else "1", "ENFORCEMENT_HTTPS": "1",
            "ENFORCEMENT_HOSTS": HOST, "ENFORCEMENT_SECRET_KEY": settings.SECRET_KEY,
            "DJANGO_SETTINGS_MODULE": "enforcement.settings",
        }  # fmt: skip

    def prepare(self):
        """Database, record, keys for reports, four accounts, static files."""
        people = PEOPLE.format(count=WRITERS, password=self.password)
        packing = [["collectstatic", "--no-input"]] if self.packed else []
        for command in (["demo", "--no-server"], ["shell", "-c", people], *packing):
            done = self._manage(*command)
            if done.returncode:
                raise NotReady(f"manage.py {command[0]}: {done.stderr.strip()[-500:]}")

    def _manage(self, *arguments):
        return subprocess.run(  # noqa: S603 - our own arguments
            [sys.executable, settings.BASE_DIR / "manage.py", *arguments], env=self.environment, capture_output=True,
            text=True, cwd=settings.BASE_DIR,
        )  # fmt: skip

    def check(self):
        """What check_record names as not whole."""
        done = self._manage("check_record")
        return "" if done.returncode == 0 else (done.stdout + done.stderr)[-2000:]

    @contextlib.contextmanager
    def serving(self):
        """The server runs; as a supervisor does, whenever it has ended it is started again."""
        ends = threading.Event()
        self._start()

        def look():
            while not ends.wait(0.05):
                if self.process.poll() is not None:
                    self._start()

        keeper = threading.Thread(target=look)
        keeper.start()
        try:
            self.wait_until_well()
            yield
        finally:
            ends.set()
            keeper.join()
            self.process.terminate()
            self.process.wait(LONGEST_ABSENCE)

    def _start(self):
        arguments = ["--port", str(self.port), "--processes", str(self.count), "--stay-root"]
        with self.log.open("a") as said:
            self.process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-m", "enforcement.server", *arguments],
                env=self.environment, cwd=settings.BASE_DIR, stdin=subprocess.DEVNULL, stderr=said,
            )  # fmt: skip

    def wait_until_well(self):
        ends = time.monotonic() + LONGEST_ABSENCE
        while not self.is_well():
            if time.monotonic() > ends:
                raise NotReady(f"The server does not answer. {self.log.read_text()[-500:]}")
            time.sleep(0.1)

    def processes(self):
        """Those that answer now; none where the one that looks after them is gone."""
        return set(children_of(self.process.pid))

    def is_well(self):
        """Whether the database answers, and all processes are there that should be."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            asking = Asking(self.port)
            try:
                return asking.ask("/readyz")[0] == 200 and len(self.processes()) >= self.count
            finally:
                asking.connection.close()
        return False

    def kill(self, what):
        """SIGKILL to PostgreSQL, to one process that answers, to the one that looks after them, or to all of these."""
        parent, children = self.process.pid, sorted(self.processes())
        if what == DATABASE:
            pids = [int((postgres.cluster_dir(self.folder) / "postmaster.pid").read_text().split()[0])]
        else:
            pids = {"a process": children[-1:], "the parent": [parent], "all processes": [parent, *children]}[what]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def writers(self, notes):
        """Four writers, begun; each with cases of its own, so that none is in the way of another."""
        refs = [ref for (ref,) in self._rows("SELECT ref FROM cases_case WHERE published ORDER BY ref LIMIT 200")]
        writers = [
            DrillWriter(
                notes, number, self.port, refs[number::WRITERS], self.processes,
                name=f"writer-{number}", password=self.password,
            )
            for number in range(WRITERS)
        ]  # fmt: skip
        for writer in writers:
            writer.start()
        return writers

    def _rows(self, question):
        address = postgres.address(self.folder)
        with (
            closing(psycopg2.connect(host=address["HOST"], user=address["USER"], dbname=address["NAME"])) as link,
            link.cursor() as cursor,
        ):
            cursor.execute(question)
            return cursor.fetchall()

    def stored_writes(self):
        """{kind: {what a write is known by: (how often it is there, whether it is whole)}}."""
        found = {
            kind: {name: (count, whole) for name, count, whole in self._rows(question)}
            for kind, question in STORED.items()
        }
        rows = Counter(re.sub(r" \d$", "", title) for (title,) in self._rows(ROWS_OF_IMPORTS))
        # As many imports as these rows need; whole where no row is missing.
        return found | {"import": {name: (-(-count // ROWS), count % ROWS == 0) for name, count in rows.items()}}


ROWS_OF_IMPORTS = r"SELECT title_en FROM cases_case WHERE title_en ~ '^drill .* \d$'"
STORED = {
    "case": """
        SELECT title_en, count(*), bool_and(
            (SELECT count(*) FROM cases_raid r JOIN cases_seizure s ON s.raid_id = r.id WHERE r.case_id = c.id) = 1
            AND (SELECT count(*) FROM cases_figure WHERE case_id = c.id) = 1
            AND (SELECT count(*) FROM cases_case_sources WHERE case_id = c.id) = 1 AND rigs = 1000
            AND EXISTS (SELECT FROM cases_caseevent WHERE pgh_obj_id = c.id))
        FROM cases_case c WHERE title_en LIKE 'drill %' GROUP BY title_en""",
    # Its reason is in the history once, and its note in the case, or in what a later change left of it.
    "edit": """
        SELECT t.name, count(*), bool_and(
            EXISTS (SELECT FROM cases_case WHERE note = t.name)
            OR EXISTS (SELECT FROM cases_caseevent WHERE note = t.name))
        FROM (SELECT metadata->>'reason' AS name FROM pghistory_context) t
        WHERE t.name LIKE 'drill %' GROUP BY t.name""",
    "lead": """
        SELECT summary, count(*), bool_and((SELECT count(*) FROM cases_leadstep WHERE lead_id = l.id) = 1)
        FROM cases_lead l WHERE summary LIKE 'drill %' GROUP BY summary""",
    "tip": "SELECT receipt, count(*), bool_and(lead_id IS NOT NULL) FROM cases_tip GROUP BY receipt",
    # That its bytes are there and are its own, check_record says.
    "document": """
        SELECT sha256, count(*), bool_and(EXISTS (SELECT FROM cases_documentevent WHERE pgh_obj_id = d.id))
        FROM cases_document d GROUP BY sha256""",
}
