"""Twenty questions over HTTP, one client: how long each answer takes when somebody has just written.

What is kept of an answer is worth nothing then, so this is the time that a question costs. Each is also asked again
while nobody writes, of another commit on the same rows, and what it sums is asked of DuckDB alone, without HTTP, page
or PostgreSQL. The lists and their sums are asked by the public, the last question by an officer of a region.
"""

import secrets
import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass, field

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client, override_settings

from cases.columns.keeper import Keeper
from regions import keeping
from regions.models import Region, Scope

from .load import Asking, Load, a_server, copy_of_the_database, wait_for_columns, with_headers_of_part

ROUNDS = 20
LOOP = 500_000  # additions, some 8 ms: they take longer while neighbours of the machine are busy, as answers do
FIRST_ANSWERS = 8  # of an address, which are not counted: a process that has just started reads its templates
OF_AN_OFFICER = "an officer's region"
# {name: query string}
QUESTIONS = {
    "no filter": "",
    "raids": "kind=raid",
    "a country": "region=CN",
    "a province": "region=CN-NM",
    "a year": "occurred_after=2024&occurred_before=2024",
    "many rigs": "rigs_min=1000",
    "two kinds": "kind=raid&kind=sweep",
    "two filters": "kind=raid&region=CN",
    "three filters": "kind=raid&region=CN&occurred_after=2021",
    "four filters": "kind=raid&region=CN&occurred_after=2021&rigs_min=100",
    "not a kind": "kind__not=raid",
    "not a country": "region__not=CN",
    "rigs not said": "empty=rigs",
    "a box": "bbox=100,30,120,45",
    "a box and a kind": "bbox=100,30,120,45&kind=raid",
    "a lead": "lead_source=grid_monitoring",
    "in doubt": "confidence=low",
    "words": "q=warehouse",
    "Chinese words": "q=%E5%86%85%E8%92%99%E5%8F%A4",
    OF_AN_OFFICER: "region=CN",
}
ANSWERS = {
    "list": "/cases/?{question}",
    "charts": "/cases/?{question}#charts",
    "facets": "/cases/facets.json?{question}",
    "map, zoom 2": "/cases/map.geojson?{question}&zoom=2",
    "map, zoom 5": "/cases/map.geojson?{question}&zoom=5",
    "map, zoom 9": "/cases/map.geojson?{question}&zoom=9",
    "trend": "/cases/trend.json?{question}",
    "totals": "/cases/totals.json?{question}",
    "regions": "/cases/regions.json?{question}",
}
BOXES = {"map, zoom 2": "-180,-85,180,85", "map, zoom 5": "70,0,140,55", "map, zoom 9": "100,30,104,34"}
PAGES = {"dashboard": "/", "region": "/regions/CN/", "quality": "/cases/quality/"}
BAR, BAR_OF_WORDS, BAR_OF_PAGES = 100, 250, 200  # ms at a million cases, of the 95th percentile


@dataclass
class AnswerTimes:
    """An answer: the times in ms of each question after a write, asked again, of another commit and of DuckDB alone.

    `loops` are those of a loop before each write, which depend on the machine alone.
    """

    name: str
    bar: int
    of: dict[str, list[float]] = field(default_factory=dict)
    again: dict[str, list[float]] = field(default_factory=dict)
    before: dict[str, list[float]] = field(default_factory=dict)
    alone: dict[str, float] = field(default_factory=dict)
    loops: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def p95(self, question):
        return _p95(self.of[question])

    @property
    def middle(self):
        return statistics.median(time for times in self.of.values() for time in times)

    @property
    def worst(self):
        """The question with the longest 95th percentile."""
        return max(self.of, key=self.p95)

    @property
    def p95_again(self):
        return max(map(_p95, self.again.values()))

    @property
    def unevenness(self):
        """The 95th percentile of the loop in its middle: what of our own percentile is the machine's."""
        return _p95(self.loops) / statistics.median(self.loops)

    @property
    def ratio_to_before(self):
        """Of the middle times to those of the other commit; None without one."""
        theirs = [time for times in self.before.values() for time in times]
        return self.middle / statistics.median(theirs) if theirs else None

    @property
    def ratio(self):
        """Of the middle times to those of DuckDB, over the questions that it is asked; None for none."""
        asked = [question for question, alone in self.alone.items() if alone]
        ours = sum(statistics.median(self.of[question]) for question in asked)
        return ours / sum(self.alone[question] for question in asked) if asked else None


def _p95(times):
    return statistics.quantiles(times, n=20, method="inclusive")[-1]


def measure_questions(folder, other=None):
    """Yields an AnswerTimes for each answer: without words, with words; then for each page.

    `folder` is the checkout that is measured, `other` one of another commit that understands the same tables.
    """
    with copy_of_the_database() as address, ExitStack() as stack:
        server = stack.enter_context(a_server(folder, address))
        officer, name = _officer(server.port)
        people = {question: Asking(server.port) for question in QUESTIONS} | {OF_AN_OFFICER: officer}
        wait_for_columns(server.port)
        ports, theirs = [server.port], {}
        if other:
            ports.append(stack.enter_context(a_server(other, address)).port)
            theirs = {question: Asking(ports[-1], person.cookies) for question, person in people.items()}
            wait_for_columns(ports[-1])
        duckdb = _DuckDBAlone(name)

        def ask(asked, question, address):
            asked.of[question] = _times(people[question], address, asked, writes=True)
            if theirs:
                asked.before[question] = _times(theirs[question], address, asked, writes=True)
            asked.again[question] = _times(people[question], address, asked, writes=False)
            asked.alone[question] = duckdb.time(address, question)

        for name, address in ANSWERS.items():
            with_words = {question for question, asks in QUESTIONS.items() if "q=" in asks}
            for questions, bar in ((QUESTIONS.keys() - with_words, BAR), (with_words, BAR_OF_WORDS)):
                words = ", words" if questions is with_words else ""
                asked = AnswerTimes(name + words, bar)
                _warm(ports, address.format(question=""))
                for question in questions:
                    asks = QUESTIONS[question]
                    if name in BOXES and "bbox" not in asks:
                        asks += f"&bbox={BOXES[name]}"
                    ask(asked, question, address.format(question=asks))
                yield asked
        for name, address in PAGES.items():
            asked = AnswerTimes(name, BAR_OF_PAGES)
            _warm(ports, address)
            for who in ("no filter", OF_AN_OFFICER):
                ask(asked, who, address)
            yield asked


def _warm(ports, address):
    for port in ports:
        for _answer in range(FIRST_ANSWERS):
            Asking(port).ask(address)  # on a new connection, which another process may take


def _times(person, address, asked, *, writes):
    load = Load(address)
    person.connection.close()  # the server closes what was kept while others asked
    for _round in range(ROUNDS):
        if writes:
            asked.loops.append(_time_of_a_loop())
            _write()
        person.timed(load, address)
    asked.errors += load.errors
    return load.times


def _time_of_a_loop():
    """In ms."""
    started = time.perf_counter()
    sum(range(LOOP))
    return (time.perf_counter() - started) * 1000


def _write():
    """Publish or withdraw a case: every sum is of what readers may see, and none that was kept can be given again."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cases_case SET published = NOT published WHERE id = (SELECT min(id) FROM cases_case)")


class _DuckDBAlone:
    """A mirror in this process, and how long its DuckDB takes for what an answer asks of it."""

    def __init__(self, officer):
        self.keeper = Keeper(least=0)
        self.keeper.fill()
        self.ask, self.statements = self.keeper.mirror.ask, []
        self.keeper.mirror.ask = self._noted
        self.keeper.mirror.carrier.last = lambda _statement, _change: None  # all cases are asked each time
        keeping.ask_first(self.keeper.rows, self.keeper.begin)
        self.public, self.officer = (Client(SERVER_NAME="localhost", headers={"accept-language": "en"}) for _ in "12")
        self.officer.force_login(get_user_model().objects.get(username=officer))

    def _noted(self, statement, *moment):
        found = self.ask(statement, *moment)
        self.statements.append(statement)  # one that DuckDB does not understand is PostgreSQL's
        return found

    def time(self, address, question):
        """The middle of the times in ms, 0 for what DuckDB is not asked."""
        client = self.officer if question == OF_AN_OFFICER else self.public
        self.statements = []
        _write()
        with override_settings(ALLOWED_HOSTS=["localhost"]):
            path, headers = with_headers_of_part(address)
            client.get(path, headers=headers, secure=True)
        return statistics.median(self._timed() for _round in range(ROUNDS)) if self.statements else 0

    def _timed(self):
        started = time.perf_counter()
        for statement in self.statements:
            self.ask(statement)
        return (time.perf_counter() - started) * 1000


def _officer(port):
    """(somebody who reads cases for Inner Mongolia, signed in, and their name)."""
    name, password = f"bench-{secrets.token_hex(4)}", secrets.token_urlsafe()
    officer = get_user_model().objects.create_user(name, password=password)
    officer.user_permissions.add(Permission.objects.get(codename="view_case", content_type__app_label="cases"))
    Scope.objects.create(user=officer, region=Region.objects.get(code="CN-NM"))
    person = Asking(port)
    person.sign_in(name, password)
    return person, name
