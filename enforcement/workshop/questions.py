"""Twenty questions over HTTP, one client: how long each answer takes when somebody has just written.

What is kept of an answer is worth nothing then, so this is the time that a question costs. The lists and their sums are
asked by the public, the last question by an officer of a region.
"""

import secrets
import statistics
import time
from dataclasses import dataclass, field

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection

from regions.models import Region, Scope

from .load import Asking, Load, a_server, copy_of_the_database

ROUNDS = 10
LONGEST_FILL = 300  # seconds
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
    """An answer: the times in ms of each question, and the bar."""

    name: str
    bar: int
    of: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def p95(self, question):
        return statistics.quantiles(self.of[question], n=20, method="inclusive")[-1]

    @property
    def middle(self):
        return statistics.median(time for times in self.of.values() for time in times)

    @property
    def worst(self):
        """The question with the longest 95th percentile."""
        return max(self.of, key=self.p95)


def measure_questions(folder):
    """Yields an AnswerTimes for each answer: without words, with words; then for each page."""
    with copy_of_the_database() as address, a_server(folder, address) as server:
        people = {name: Asking(server.port) for name in QUESTIONS} | {OF_AN_OFFICER: _officer(server.port)}
        _wait_for_columns(server.port)
        for name, address in ANSWERS.items():
            with_words = {question for question, asks in QUESTIONS.items() if "q=" in asks}
            for questions, bar in ((QUESTIONS.keys() - with_words, BAR), (with_words, BAR_OF_WORDS)):
                words = ", words" if questions is with_words else ""
                asked = AnswerTimes(name + words, bar)
                for question in questions:
                    asks = QUESTIONS[question]
                    if name in BOXES and "bbox" not in asks:
                        asks += f"&bbox={BOXES[name]}"
                    asked.of[question] = _times(people[question], address.format(question=asks), asked)
                yield asked
        for name, address in PAGES.items():
            asked = AnswerTimes(name, BAR_OF_PAGES)
            asked.of = {who: _times(people[who], address, asked) for who in ("no filter", OF_AN_OFFICER)}
            yield asked


def _times(person, address, asked):
    load = Load(address)
    person.connection.close()  # the server closes what was kept while others asked
    for _round in range(ROUNDS):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")  # a transaction of its own, as of somebody who writes
        person.timed(load, address)
    asked.errors += load.errors
    return load.times


def _officer(port):
    """Somebody who reads cases for Inner Mongolia, signed in."""
    name, password = f"bench-{secrets.token_hex(4)}", secrets.token_urlsafe()
    officer = get_user_model().objects.create_user(name, password=password)
    officer.user_permissions.add(Permission.objects.get(codename="view_case", content_type__app_label="cases"))
    Scope.objects.create(user=officer, region=Region.objects.get(code="CN-NM"))
    person = Asking(port)
    person.sign_in(name, password)
    return person


def _wait_for_columns(port):
    """Until every process sums from columns, or needs none."""
    for turn in range(LONGEST_FILL):
        people = [Asking(port) for _process in range(8)]
        for person in people:
            person.ask(f"/cases/totals.json?rigs_min={turn}")  # a process fills its columns when it is first asked
        said = [person.ask("/readyz")[2] for person in people]
        if not any(b"being filled" in text for text in said):
            return
        time.sleep(1)
    raise RuntimeError("The columns were not filled.")
