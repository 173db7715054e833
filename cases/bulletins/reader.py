"""Read a bulletin: text in, facts of each case out, each with the words that it was read from.

    read_bulletin(text, published=date, gazetteer=Gazetteer.of_record())

Rules and the names of the record do it; nothing is learned, and nothing is asked of another machine.
"""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import islice

from . import days, figures, leads, points
from .facts import CaseFacts, Certainty
from .gazetteer import Gazetteer
from .languages import language_of
from .text import MOST, BulletinText, Parts

MOST_CASES = 50  # in one text
MOST_OF_A_CASE = 30_000  # characters: what follows is no announcement
MOST_OF_ONE_OF_SEVERAL = 5_000
FIGURES = (
    figures.rigs_in, figures.money_in, figures.energy_in, figures.load_in, figures.people_in, figures.premises_in,
)  # fmt: skip
WORDS = (leads.lead, leads.site_type, leads.theft, leads.models, leads.outcome, points.point)


@dataclass
class BulletinRead:
    """What was read of a text. `cases` is empty where `problem` says why."""

    text: BulletinText
    language: object | None
    cases: list[CaseFacts] = field(default_factory=list)


class CaseReading:
    """The part of a text that is about one case, while it is read."""

    def __init__(self, text, language, gazetteer, published, start, end, parts, preamble=""):
        self.text, self.language, self.gazetteer, self.published = text, language, gazetteer, published
        self.plain, self.start, self.end = text.plain, start, end
        self.sentences, self.clauses = parts
        self.preamble = preamble  # what an introduction says of all cases of the text
        self.country = ""

    @cached_property
    def dateline(self):
        """Where and when it was written, at the beginning of the text; no day and no place of the case."""
        pattern = self.language.DATELINE
        match = pattern.match(self.plain, self.start, self.end) if pattern else None
        return match[0] if match else ""

    @property
    def body(self):
        """Where the text itself begins, behind its dateline."""
        return self.start + len(self.dateline)

    def sentence_at(self, at):
        begins, ends = self.sentences.around(at)
        return self.plain[max(begins, self.start) : min(ends, self.end)]

    def context(self, start, end):
        """(what stands before, the clause, what stands after) of the characters `start` to `end` in their clause."""
        begins, ends = self.clauses.around(start)
        begins, ends = max(begins, self.start), max(min(ends, self.end), end)
        return self.plain[begins:start], self.plain[begins:ends], self.plain[end:ends]


def read_bulletin(original: str, *, published: date | None = None, gazetteer: Gazetteer) -> BulletinRead:
    text = BulletinText(original[:MOST])
    language = language_of(text.plain[:MOST_OF_A_CASE])
    bulletin = BulletinRead(text, language)
    if language is None:
        return bulletin
    parts = Parts(text.plain, language.SENTENCE), Parts(text.plain, language.CLAUSE)
    whole = [(0, len(text.plain))]
    segments = _segments(text.plain, language) or whole
    bulletin.cases = _cases(text, language, gazetteer, published, segments, parts)
    if segments != whole and sum(_is_of_its_own(case) for case in bulletin.cases) < 2:
        bulletin.cases = _cases(text, language, gazetteer, published, whole, parts)  # a list, but not of cases
    return bulletin


def _cases(text, language, gazetteer, published, segments, parts):
    preamble = text.plain[: segments[0][0]][:MOST_OF_A_CASE]
    most = MOST_OF_ONE_OF_SEVERAL if len(segments) > 1 else MOST_OF_A_CASE
    readings = (
        CaseReading(text, language, gazetteer, published, start, min(end, start + most), parts, preamble)
        for start, end in segments
    )
    return [case for reading in readings if (case := _case(reading))]


def _is_of_its_own(case):
    """Whether a part of a text says of itself where or when it was."""
    return bool(case.first("occurred_on") or case.first("admin1_code"))


def _segments(plain, language):
    """(start, end) from head to head, where a text has several."""
    heads = [match.start() for match in islice(language.HEADING.finditer(plain), MOST_CASES + 1)]
    if len(heads) < 2:
        return []
    return list(zip(heads, [*heads[1:], len(plain)], strict=True))[:MOST_CASES]


def _case(reading):
    """The facts about one case; None of a text that says nothing about mining, or of it only in general."""
    language = reading.language
    is_sure = language.MINING.search(reading.plain, reading.start, reading.end)
    is_sure = is_sure or language.MINING.search(reading.preamble)
    maybe = language.MAYBE_MINING
    if not is_sure and not (maybe and maybe.match(reading.plain[reading.start : reading.end])):
        return None
    case = CaseFacts(reading.start, reading.end)
    case.add(days.day_of_case(reading))
    places = language.places_in(reading)
    country = next((fact.value for fact in places if fact.key == "country"), "")
    reading.country = country
    case.add(places)
    for finder in (*FIGURES, language.agencies_in, language.provisions_in, *WORDS):
        case.add(finder(reading))
    says_something = {"rigs_seized", "loss_amount", "electricity_kwh", "equipment_value", "occurred_on", "arrests"}
    if not says_something & {fact.key for fact in case.facts}:
        return None
    if not is_sure:
        case.facts = [fact.no_more_than(Certainty.INFERRED) for fact in case.facts]
    return case
