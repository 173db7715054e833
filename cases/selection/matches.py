"""Where a case answers the words that somebody searched for, and which words they may have meant."""

from difflib import get_close_matches
from typing import NamedTuple

from django.utils.translation import gettext as _

from cases.models import Case
from regions.grammar.language import in_reading_language
from regions.models import Policy, Region

from .search import lexemes
from .words import asked, marked

AROUND = 40  # characters of a text that are shown before and after the first match
CLOSE = 0.75  # of 1: how alike a word must be to be offered
NEWEST = 2_000  # cases whose titles offer words


class Match(NamedTuple):
    """A text of a case with the words that were found: its label, and pieces of it as (text, whether it was found)."""

    label: str
    pieces: list[tuple[str, bool]]


def match_in(case: Case, question: str) -> Match | None:
    """The first text beside its title in which `case` answers `question`. None where the title shows it all."""
    if _finds_all(f"{case.title} {case.other_title}", question):
        return None
    for label, text in _texts(case):
        pieces = marked(text, question)
        if any(hit for _text, hit in pieces):
            return Match(label, pieces if len(text) <= 2 * AROUND else _excerpt(pieces))
    return None


def did_you_mean(question: str, cases) -> str:
    """`question` with the words that no name and no title of `cases` holds replaced by the nearest; "" for none."""
    known = _vocabulary(cases)
    found, changed = [], False
    for word in question.split():
        letters = [part for phrase in asked(word) for part in phrase if part.lexemes[0].isalpha() and not part.exact]
        near = []
        if letters and not any(name.startswith(letters[0].lexemes[-1]) for name in known):
            near = get_close_matches(letters[0].lexemes[-1], known, n=1, cutoff=CLOSE)
        changed = changed or bool(near)
        found.append(near[0] if near else word)
    return " ".join(found) if changed else ""


def _finds_all(text, question):
    there = lexemes(text)
    return all(
        any(lexeme.startswith(wanted) for wanted in word.lexemes for lexeme in there)
        for phrase in asked(question)
        for word in phrase
    )


def _texts(case):
    for number in case.shown_office_numbers:
        yield _("Office number"), number.number
    yield _("Place"), in_reading_language(case.shown_place, case.shown_place_zh)
    yield _("Region"), " · ".join(filter(None, (case.region.name, case.region.other_name)))
    yield _("Outcome"), in_reading_language(case.outcome, case.outcome_zh)
    for agency in case.agencies.all():
        yield _("Agency"), " · ".join(filter(None, (agency.name_en, agency.name_zh)))
    yield _("Note"), in_reading_language(case.note, case.note_zh)
    yield _("Outcome"), in_reading_language(case.outcome_zh, case.outcome)
    yield _("Note"), in_reading_language(case.note_zh, case.note)


def _excerpt(pieces):
    """`pieces` cut to what stands around the first match."""
    first = next(place for place, (_text, hit) in enumerate(pieces) if hit)
    before, _hit = pieces[first - 1] if first else ("", False)
    after = pieces[first + 1 : first + 4]
    shown = [("…" + before[-AROUND:] if len(before) > AROUND or first > 1 else before, False), pieces[first]]
    shown += [(text[:AROUND] + "…" if len(text) > AROUND else text, hit) for text, hit in after]
    return [piece for piece in shown if piece[0]]


def _vocabulary(cases):
    """Latin words of names of regions and policies, and of the titles of the newest of `cases`."""
    names = [
        *Region.objects.exclude(level="admin3").values_list("name_en", flat=True),
        *Policy.objects.values_list("title_en", flat=True),
        *cases.order_by("-occurred_on").values_list("title_en", flat=True)[:NEWEST],
    ]
    return sorted({word for name in names for word in lexemes(name) if word.isalpha() and len(word) > 3})
