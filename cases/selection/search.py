"""The words of a case in the database, and a question to them. How text becomes words: `words.py`.

Core PostgreSQL only: we make the lexemes and keep them, with their positions and weights, in a `tsvector`.
"""

from collections import defaultdict

from django.db import connection

from regions.models import Region

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
            for lexeme in word.lexemes:
                if len(positions[lexeme]) < MOST_POSITIONS:
                    positions[lexeme].append(f"{max(1, min(first + word.at, LAST_POSITION))}{weight}")
        first += (found[-1].at if found else 0) + BETWEEN_FIELDS
    return " ".join(f"{_quoted(lexeme)}:{','.join(places)}" for lexeme, places in positions.items())


def query(text):
    """A `tsquery` that wants every word of `text`, words without a blank between them as a phrase. None for no words.

    Words match from their beginning; numbers and Chinese match as they are.
    """
    return " & ".join(dict.fromkeys(map(_phrase, asked(text)))) or None


def _phrase(phrase):
    wanted = _wanted(phrase[0])
    for before, word in zip(phrase, phrase[1:], strict=False):
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


def _quoted(lexeme):
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def index(cases):
    """Write the words of `cases` (a queryset) anew. Returns how many."""
    names = {region.pk: f"{region.name_en} {region.name_zh}" for region in Region.objects.only("name_en", "name_zh")}
    above = Region.objects.pks_above()
    cases = cases.select_related(None).only(
        "ref", "region", "title_en", "title_zh", "place", "outcome", "note"
    ).prefetch_related("agencies", "citations")  # fmt: skip
    pks, vectors = [], []
    for case in cases.iterator(chunk_size=2000):
        pks.append(case.pk)
        regions = [names[pk] for pk in above[case.region_id]]
        vectors.append(vector([(words(text), weight) for text, weight in _texts(case, regions)]))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cases_case SET words = new.words::tsvector"
            " FROM unnest(%s::bigint[], %s::text[]) AS new (id, words) WHERE cases_case.id = new.id",
            [pks, vectors],
        )
    return len(pks)


def _texts(case, regions):
    """(text, weight) of everything that a case is found by; `regions` are the names of its own and those above."""
    yield from ((case.ref, REST), (case.title_en, TITLE), (case.title_zh, TITLE))
    yield from ((case.place, PLACE), (case.outcome, OUTCOME), (case.note, REST))
    yield from ((name, PLACE) for name in regions)
    for agency in case.agencies.all():
        yield from ((agency.name_en, PLACE), (agency.name_zh, PLACE))
    yield from ((citation.text, REST) for citation in case.citations.all())
