"""Two servers, one PostgreSQL and its standby, each killed in turn under fifty who read and two who save.

Each of the two saves new cases in a region of its own, one after the other. So who reads knows before the question how
many must be in the sum of that region, and which case must have a page, whichever server and database answers.
"""

import contextlib
import http.client
import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from enforcement import postgres, rights

from .kills import LONGEST_ABSENCE, NotReady, Site
from .load import MORNING, Asking
from .standby import Standby
from .writers import DrillWriter, Notes

READERS = 50
REGIONS = ["CN-150800", "CN-150200"]  # of the two who save
SERVER, STANDBY, PRIMARY = "a server", "the standby", "the primary"
LOOK = 1  # second that a reader looks at an answer
LAG = 100  # milliseconds of the standby, as of one elsewhere: on one machine hardly anybody would come too early
CALM = 5  # seconds of reading between two kills
GONE = 2  # seconds until a standby that was killed is started again


@dataclass
class Seen:
    """What the readers saw."""

    seconds: float = 0
    saved: int = 0
    answers: Counter = field(default_factory=Counter)  # by the database that answered
    errors: Counter = field(default_factory=Counter)  # by what was killed last, and how it was answered
    cut: Counter = field(default_factory=Counter)  # connections that broke with their server
    older: Counter = field(default_factory=Counter)  # without the last write that was acknowledged before the question
    back: dict = field(default_factory=dict)  # {what was killed: [seconds until it answered again]}
    wrong: list = field(default_factory=list)  # of those who save

    @property
    def is_good(self):
        return not (self.wrong or self.errors or self.older["while the primary was there"])


class Drill:
    def __init__(self, folder):
        self.folder, self.seen, self.notes = Path(folder), Seen(), Notes()
        self.primary = postgres.Cluster(folder)
        self.standby = Standby(self.folder / "standby", self.primary, LAG)
        self.sites = [Site(folder), Site(folder)]
        self.savers, self.killed, self.absent = [], "nothing", set()

    def run(self, kills, say):
        """Kill each of the three `kills` times. Raises NotReady."""
        first, second = self.sites
        first.prepare()
        second.password = first.password
        try:
            self.primary.start()
            self.standby.start()
            told = postgres.address(self.standby.data_dir, rights.APPLICATION)
            url = f"postgres://{told['USER']}@{quote(told['HOST'], safe='')}:{told['PORT']}/{told['NAME']}"
            for site in self.sites:
                site.count, site.environment["ENFORCEMENT_REPLICA_URL"] = 1, url
            with first.serving(), second.serving():
                self._until(self._replica_answers, "the replica never answered")
                self._read_and_save(kills, say)
        finally:
            self.standby.stop()
            self.primary.stop()
        return self.seen

    def _read_and_save(self, kills, say):
        self.savers = [
            DrillWriter(
                self.notes, number, site.port, [], site.processes, name=f"writer-{number}", password=site.password,
                often={"case": 1}, new={"region": region, "then": "publish"},
            )
            for number, (site, region) in enumerate(zip(self.sites, REGIONS, strict=True))
        ]  # fmt: skip
        cookies = self.savers[0].person.cookies
        people = Asking(self.sites[0].port, cookies)
        before = {region: sum_of_cases(people, region) for region in REGIONS}
        readers = [DrillReader(self, number, before, cookies) for number in range(READERS)]
        begun = time.monotonic()
        for thread in (*self.savers, *readers):
            thread.start()
        for number in range(kills):
            for what, kill in (
                (SERVER, self._kill_server),
                (STANDBY, self._kill_standby),
                (PRIMARY, self._kill_primary),
            ):
                time.sleep(CALM)
                self.killed, since = what, time.monotonic()
                kill(self.sites[number % 2], since)
                seconds = time.monotonic() - since
                self.seen.back.setdefault(what, []).append(seconds)
                say(f"{number + 1}. {what} killed: back after {seconds:.1f} s; answers {dict(self.seen.answers)}")
        time.sleep(CALM)
        self.notes.stop.set()
        for thread in (*self.savers, *readers):
            thread.join(LONGEST_ABSENCE)
        self.seen.seconds, self.seen.wrong = time.monotonic() - begun, self.notes.wrong
        self.seen.saved = sum(len(saver.saved) for saver in self.savers)

    def _kill_server(self, site, since):
        with self._absence(site):
            site.kill("all processes")
            self._until(site.is_well, "a server did not come back")

    def _kill_standby(self, _site, since):
        self.standby.kill()
        time.sleep(GONE)
        self.standby.start()
        self._until(self._replica_answers, "the standby did not come back")

    def _kill_primary(self, site, since):
        with self._absence(PRIMARY):
            site.kill("PostgreSQL")
            self._until(lambda: self.notes.is_acknowledged_since(since), "the primary did not come back")
        self._until(self._replica_answers, "the standby does not follow the primary again")

    @contextlib.contextmanager
    def _absence(self, what):
        self.absent.add(what)
        try:
            yield
        finally:
            self.absent.discard(what)

    def _replica_answers(self):
        return all(b"\nreplica: answers\n" in Asking(site.port).ask("/readyz", plain=True)[2] for site in self.sites)

    def _until(self, is_so, problem):
        ends = time.monotonic() + LONGEST_ABSENCE
        while time.monotonic() < ends and not self.notes.wrong:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if is_so():
                    return
            time.sleep(0.05)
        raise NotReady(f"{problem}. {self.notes.wrong[:3]} {self.sites[0].log.read_text()[-1000:]}")


def sum_of_cases(person, region):
    return json.loads(person.ask(f"/cases/totals.json?region={region}", plain=True)[2])["cases"]


class DrillReader(threading.Thread):
    """Reads from one of the servers; every second one is signed in, and is told which database answers."""

    def __init__(self, drill, number, before, cookies):
        super().__init__(daemon=True)
        self.drill, self.seen, self.before = drill, drill.seen, before
        self.chance = random.Random(number)  # noqa: S311 - the same in every run
        self.site = drill.sites[number % 2]
        self.is_signed_in = number % 4 < 2
        self.person = Asking(self.site.port, cookies if self.is_signed_in else ())

    def run(self):
        while not self.drill.notes.stop.wait(LOOK):
            number = self.chance.randrange(len(REGIONS))
            saved, absent = [*self.drill.savers[number].saved], {*self.drill.absent}
            kind = self.chance.choice(["sum", "case", "page"])
            if kind == "sum":
                path, least = f"/cases/totals.json?region={REGIONS[number]}", self.before[REGIONS[number]] + len(saved)
            elif kind == "case" and saved:
                path = saved[-1].more
            else:
                path = self.chance.choice(MORNING[:-1])[0]
            answer = self._ask(path)
            if answer is None:
                continue
            status, headers, body = answer
            is_older = (kind == "sum" and status == 200 and json.loads(body)["cases"] < least) or (
                kind == "case" and status == 404
            )
            if is_older:
                away = PRIMARY in absent | self.drill.absent
                self.seen.older["while the primary was away" if away else "while the primary was there"] += 1
            elif status != 200:
                self.seen.errors[f"{self.drill.killed}: {status}"] += 1
            timing = headers["Server-Timing"] or ""
            found = [name for name in ("replica", "primary") if f"of the {name}" in timing]
            self.seen.answers["".join(found) or "not said"] += 1

    def _ask(self, path):
        """The answer; None where the connection broke, which counts as an error unless its server was killed."""
        for _turn in range(2):
            is_new, was_away = self.person.connection.sock is None, self.site in self.drill.absent
            try:
                return self.person.ask(path, plain=True)
            except (OSError, http.client.HTTPException) as problem:
                time.sleep(0.1)
                if was_away or self.site in self.drill.absent:
                    self.seen.cut[type(problem).__name__] += 1
                    return None
                if is_new:  # one that was kept may have been closed meanwhile
                    self.seen.errors[f"{self.drill.killed}: {type(problem).__name__}"] += 1
                    return None
        return None
