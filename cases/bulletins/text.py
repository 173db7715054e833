"""A text with one form of each digit and sign, each character at the place where it stands in the original."""

import re
import unicodedata
from bisect import bisect_right

from regions.grammar.language import simplified

MOST = 1_000_000  # bytes in UTF-8, so at most as many characters
_QUOTES = str.maketrans("“”„«»「」『』‘’‚–—―‐‑\u00a0\u3000\t", '"' * 9 + "'" * 3 + "-" * 5 + "   ")


class BulletinText:
    """`plain` is as long as `original`: what is found in it stands at the same place there."""

    def __init__(self, original: str):
        self.original = original
        same_length = "".join(map(_one_form, original)).translate(_QUOTES)
        self.plain = _in_simplified(same_length)

    def words(self, fact) -> str:
        return self.original[fact.start : fact.end]


def _one_form(character):
    if character.isascii():
        return character
    form = unicodedata.normalize("NFKC", character)
    return form if len(form) == 1 else character


def _in_simplified(plain):
    if not re.search("[\u3400-\u9fff]", plain):
        return plain
    converted = simplified(plain)
    if len(converted) == len(plain):
        return converted
    return "".join(form if len(form := simplified(character)) == 1 else character for character in plain)


class Parts:
    """The sentences, or clauses, of a text: the one that holds a place, in no time for a text of any length."""

    def __init__(self, plain: str, end: re.Pattern):
        self.ends = [0, *(match.end() for match in end.finditer(plain)), len(plain)]

    def around(self, at: int) -> tuple[int, int]:
        index = bisect_right(self.ends, at)
        index = min(max(index, 1), len(self.ends) - 1)
        return self.ends[index - 1], self.ends[index]
