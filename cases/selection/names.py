"""The names on record, held in memory in one form each, so that any spelling of a name finds it.

The database has no dictionary that takes 內蒙古 for 内蒙古, Zurich for Zürich and 发改运行 2021 1283 for
what the record writes with brackets. The record has some thousands of names: comparing all takes two milliseconds.
"""

import threading
from bisect import bisect_right
from enum import IntEnum
from itertools import accumulate
from time import monotonic
from typing import NamedTuple

from django.db import connection

from cases.models import Rig
from regions.models import Agency, Policy, Region

from .words import plain

# Two people who save at the same moment can hide one change from the other's version: none is hidden for longer.
LONGEST_HELD = 300  # seconds
SHORTEST_JOINED = 4  # characters that are looked for without regard to blanks


class Fit(IntEnum):
    """How well a name answers what was typed; the best first."""

    WHOLE = 0
    BEGINS = 1
    HOLDS = 2
    AROUND = 3  # only together with the names of what it belongs to


class Found(NamedTuple):
    """A row whose name was found. `rank` orders rows that fit alike: regions by their level."""

    pk: int
    fit: Fit
    rank: int
    length: int


class _Name(NamedTuple):
    pk: int
    texts: tuple[str, ...]  # its names, references and numbers
    words: str  # the same, each word after a blank
    joined: tuple[str, ...]  # the same without blanks
    around: str  # the words of what it belongs to
    rank: int
    length: int  # of the shortest of its texts


def find(question: str) -> dict[type, list[Found]]:
    """The rows that `question` names, the best first: {Region, Policy, Agency, Rig: rows}. It asks for nobody's rights.

    Every word must be there: Latin words from their beginning, Chinese anywhere. Of regions, one word may also be the
    name of a region above; a policy is found by its region too.
    """
    wanted = plain(question)
    if not wanted:
        return {model: [] for model in READERS}
    terms, joined = [_term(word) for word in wanted.split()], wanted.replace(" ", "")
    found = {}
    for model, names in _held_names().items():
        by_region = model is Policy
        rows = names.rows if by_region else names.candidates(terms, joined)
        fits = [(name, _fit(name, wanted, terms, joined, by_region)) for name in rows]
        answers = [Found(name.pk, fit, name.rank, name.length) for name, fit in fits if fit is not None]
        found[model] = sorted(answers, key=lambda row: (row.fit, row.rank, row.length, row.pk))
    return found


def _term(word):
    """`word` as it is looked for: after a blank, unless it is of a script that has none."""
    return word if _is_unspaced(word[0]) else f" {word}"


def _is_unspaced(character):
    return "\u2e80" <= character <= "\u9fff" or "\u0e00" <= character <= "\u0eff" or "\uac00" <= character <= "\ud7af"


def _fit(name, wanted, terms, joined, by_region):
    own = [term in name.words for term in terms]
    if not all(own):
        if len(joined) >= SHORTEST_JOINED and any(text.startswith(joined) for text in name.joined):
            return Fit.WHOLE if joined in name.joined else Fit.BEGINS
        if (any(own) or by_region) and all(term in name.words or term in name.around for term in terms):
            return Fit.AROUND
        return None
    if joined in name.joined:
        return Fit.WHOLE
    return Fit.BEGINS if any(text.startswith(wanted) for text in name.texts) else Fit.HOLDS


_held: dict[type, tuple] = {}  # the names of each table, its version, and until when they are held
_lock = threading.Lock()


def _held_names():
    versions = dict(zip(READERS, _versions(), strict=True))
    with _lock:
        for model, version in versions.items():
            _names, held, until = _held.get(model, (None, None, 0.0))
            if held != version or monotonic() > until:
                _held[model] = _Names(list(READERS[model]())), version, monotonic() + LONGEST_HELD
        return {model: names for model, (names, _version, _until) in _held.items()}


def _versions():
    """The last event in the history of each table: another as soon as a name is entered, changed or deleted."""
    tables = (model._meta.apps.get_model(model._meta.app_label, f"{model.__name__}Event") for model in READERS)
    last = ", ".join(f"(SELECT max(pgh_id) FROM {table._meta.db_table})" for table in tables)  # noqa: S608 - our tables
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {last}")
        return cursor.fetchone()


class _Names:
    """The names of one table, and all of them as one text: Python searches that much faster than row by row."""

    def __init__(self, rows):
        self.rows = rows
        self._text, self._starts = _in_one(row.words for row in rows)
        self._joined, self._joined_starts = _in_one("\n" + "\n".join(row.joined) for row in rows)

    def candidates(self, terms, joined):
        """The rows that hold any of `terms`, or that begin with `joined`."""
        places = set().union(*(_places(self._text, term, self._starts) for term in terms))
        if len(joined) >= SHORTEST_JOINED:
            places |= _places(self._joined, f"\n{joined}", self._joined_starts)
        return [self.rows[place] for place in places]


def _in_one(texts):
    texts = list(texts)
    return "".join(texts), [0, *accumulate(map(len, texts))]


def _places(text, wanted, starts):
    """Which of the texts that begin at `starts` in `text` hold `wanted`."""
    places, at = set(), text.find(wanted)
    while at >= 0:
        place = bisect_right(starts, at) - 1
        places.add(place)
        at = text.find(wanted, starts[place + 1])
    return places


def _name(pk, texts, around=(), rank=0):
    texts = tuple(filter(None, dict.fromkeys(map(plain, texts))))
    joined = tuple(text.replace(" ", "") for text in texts)
    return _Name(pk, texts, _words(texts), joined, _words(around), rank, min(map(len, texts)))


def _words(texts):
    return "".join(f" {text} |" for text in texts)


def _regions():
    rows = list(Region.objects.exclude(level="bloc"))
    names = {region.code: (plain(region.name_en), plain(region.name_zh)) for region in rows}
    for region in rows:
        above = [name for code in region.codes_up()[1:] for name in names.get(code, ())]
        yield _name(region.pk, (region.name_en, region.name_zh, region.code), above, region.level_rank)


def _policies():
    fields = ("pk", "title_en", "title_zh", "ref", "document_number", "region__name_en", "region__name_zh")
    for pk, *texts, number, english, chinese in Policy.objects.values_list(*fields):
        yield _name(pk, (*texts, number, number.removesuffix("号")), (plain(english), plain(chinese)))


def _agencies():
    for pk, aliases, *texts in Agency.objects.values_list("pk", "aliases", "name_en", "name_zh", "slug"):
        yield _name(pk, (*texts, *aliases))


def _rigs():
    for pk, slug, maker, model in Rig.objects.filter(is_generic=False).values_list(
        "pk", "slug", "manufacturer", "model"
    ):
        yield _name(pk, (f"{maker} {model}", model, slug))


READERS = {Region: _regions, Policy: _policies, Agency: _agencies, Rig: _rigs}
