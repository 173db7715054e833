"""Words of a case, and the words somebody asks for, in the same form.

Core PostgreSQL only: lexemes are made here and kept in a `tsvector`. Latin words are folded to lower
case without accents; Chinese is folded to simplified characters and cut into overlapping pairs, since
it has no spaces: 内蒙古 is 内蒙 and 蒙古.
"""

import re
import unicodedata

from cases.bulk import update_columns
from cases.models import Case
from regions.grammar.language import simplified
from regions.models import Region

LONGEST_LEXEME = 60
_RUNS = re.compile(r"([㐀-䶿一-鿿豈-﫿]+)|([^\W_]+)")


def lexemes(text):
    """The lexemes of `text`, a set."""
    found = set()
    for chinese, word in _runs(text):
        if chinese:
            found.update(_pairs(chinese))
        else:
            found.add(word[:LONGEST_LEXEME])
    return found


def query(text):
    """A `tsquery` that wants every word of `text`; words match from their beginning. None for no words."""
    wanted = []
    for chinese, word in _runs(text):
        if not chinese:
            wanted.append(f"'{word[:LONGEST_LEXEME]}':*")
        elif len(chinese) == 1:
            wanted.append(f"'{chinese}':*")
        else:
            wanted.extend(f"'{pair}'" for pair in _pairs(chinese))
    return " & ".join(dict.fromkeys(wanted)) or None


def index(cases):
    """Write the words of `cases` (a queryset) anew. Returns how many."""
    names = {}
    for region in Region.objects.only("code", "name_en", "name_zh"):
        names[region.code] = f"{region.name_en} {region.name_zh}"
    cases = cases.select_related("region").prefetch_related("agencies", "citations")
    rows = []
    for case in cases.iterator(chunk_size=2000):
        rows.append((case.pk, " ".join(sorted(lexemes(" ".join(_texts(case, names)))))))
    as_vector = {"words": "array_to_tsvector(string_to_array(new.words, ' '))"}
    update_columns(Case, {"words": "text"}, rows, expressions=as_vector)
    return len(rows)


def _texts(case, region_names):
    yield from (case.ref, case.title_en, case.title_zh, case.outcome, case.note)
    if not case.sensitive:  # words are the same for everybody
        yield case.place
    yield from (region_names[code] for code in case.region.codes_up())
    for agency in case.agencies.all():
        yield from (agency.name_en, agency.name_zh)
    yield from (citation.text for citation in case.citations.all())


def _runs(text):
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(character for character in text if not unicodedata.combining(character))
    for match in _RUNS.finditer(unicodedata.normalize("NFC", text)):
        chinese, word = match.groups()
        yield (simplified(chinese) if chinese else None), word


def _pairs(chinese):
    return [chinese[at : at + 2] for at in range(max(1, len(chinese) - 1))]
