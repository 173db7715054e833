"""The words of a case in the database, and a question to them. How text becomes words: `words.py`.

Core PostgreSQL only: we make the lexemes and keep them, with their positions and weights, in a `tsvector`.
"""

from collections import defaultdict
from functools import lru_cache
from itertools import pairwise

from django.db.models import Prefetch

from cases.bulk import update_columns
from cases.models import Case, Citation, Document, OfficeNumber
from regions.models import Agency, Region
from regions.models.region import path_of

from .words import asked, words

# How much a word says about a case by where it stands, PostgreSQL's letters: title, place and agency, outcome, rest.
TITLE, PLACE, OUTCOME, REST = "ABCD"
BETWEEN_FIELDS = 5  # positions, so that no phrase begins in one field and ends in the next
LAST_POSITION = 16_383  # PostgreSQL keeps no larger one
MOST_POSITIONS = 255  # of one lexeme


def lexemes(text):
    """The lexemes of `text`, a set."""
    return {lexeme for word in words(text) for lexeme in word.lexemes}


def vector(fields):
    """The text of a `tsvector` of `fields`, [(words of a field, its weight)]."""
    positions, first = defaultdict(list), 1
    for found, weight in fields:
        for word in found:
            at = first + word.at
            place = f"{at if at < LAST_POSITION else LAST_POSITION}{weight}"
            for lexeme in word.lexemes:
                positions[lexeme].append(place)
        first += found[-1].at + BETWEEN_FIELDS if found else 0
    return " ".join([f"{_quoted(lexeme)}:{','.join(places[:MOST_POSITIONS])}" for lexeme, places in positions.items()])


def query(text):
    """A `tsquery` that wants every word of `text`, words without a blank between them as a phrase. None for no words.

    Words match from their beginning; numbers and Chinese match as they are.
    """
    return " & ".join(dict.fromkeys(map(_phrase, asked(text)))) or None


def with_words(cases, text, user):
    """Those of `cases` that have the words of `text`, also in the title of a document that `user` may read."""
    wanted = query(text)
    if not wanted:
        return cases.none()
    documents = Document.objects.readable_by(user).named(text.split()) if user.has_perm("cases.view_case") else None
    # A condition on documents keeps the database from the index of words: only where there is any is it made.
    if documents is not None and not documents.exists():
        documents = None
    return cases.having_words(wanted, documents)


def _phrase(phrase):
    wanted = _wanted(phrase[0])
    for before, word in pairwise(phrase):
        wanted += f" <{word.at - before.at}> {_wanted(word)}"
    return f"({wanted})" if len(phrase) > 1 else wanted


def _wanted(word):
    first, *others = map(_quoted, word.lexemes)
    if word.exact:
        return _either([first, *others])
    # Xi'an is found from its beginning; without its apostrophe only as a whole, or Xianyang would be found.
    return _either([f"{first}:*", *others])


def _either(forms):
    return f"({' | '.join(forms)})" if len(forms) > 1 else forms[0]


@lru_cache(maxsize=50_000)
def _quoted(lexeme):
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def index(cases):
    """Write the words of `cases` (a queryset) anew. Returns how many."""
    rows = vectors(cases)
    update_columns(Case, WORDS, rows, expressions=AS_WORDS)
    return len(rows)


WORDS, AS_WORDS = {"words": "text"}, {"words": "new.words::tsvector"}  # how they are written


def vectors(cases):
    """[(primary key, the text of its words)] of `cases` (a queryset)."""
    names = {code: both for code, *both in Region.objects.values_list("code", "name_en", "name_zh")}
    cases = (
        cases.select_related("region")
        .only(path_of("region"), "ref", "sensitive", *TEXTS)
        .prefetch_related(
            Prefetch("agencies", Agency.objects.only("name_en", "name_zh")),
            Prefetch("citations", Citation.objects.only("case", "text")),
            Prefetch("office_numbers", OfficeNumber.objects.only("case", "number")),
        )
    )
    return [(case.pk, vector(_fields(case, names))) for case in cases.iterator(chunk_size=2000)]


# The texts of a case itself, and how much a word in them says about it.
TEXTS = {
    "title_en": TITLE,
    "title_zh": TITLE,
    "place": PLACE,
    "place_zh": PLACE,
    "outcome": OUTCOME,
    "outcome_zh": OUTCOME,
    "note": REST,
    "note_zh": REST,
}


def _fields(case, names):
    """[(words, weight)] of everything that a case is found by; `names` are those of the regions by code."""
    yield words(case.ref), REST
    yield from ((words(number.number), REST) for number in case.office_numbers.all() if not case.sensitive)
    for name, weight in TEXTS.items():
        # A sensitive case shows nobody outside its region where it is, so its place must not find it, nor its number.
        if not (case.sensitive and name in ("place", "place_zh")):
            yield words(getattr(case, name)), weight
    for code in case.region.codes_up():
        yield from ((_words_of_a_name(name), PLACE) for name in names[code])
    for agency in sorted(case.agencies.all(), key=lambda agency: agency.pk):
        yield from ((_words_of_a_name(agency.name_en), PLACE), (_words_of_a_name(agency.name_zh), PLACE))
    yield from ((_words_of_a_name(citation.text), REST) for citation in case.citations.all())


_words_of_a_name = lru_cache(maxsize=5_000)(words)  # the same ones come with case after case
