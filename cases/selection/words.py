"""Text as a reader reads it: the words in it, each in one form, so that what looks alike finds each other.

    "查获68台S19矿机"  →  查获@0 68@2 台@3 s19@4 矿机@5 …   each lexeme with its position

- A word ends where the script changes: 68台, S19矿机 and TNB查获 are two or three words, not one.
- Scripts without spaces (Chinese, Japanese, Thai …) are cut into overlapping pairs of characters; Chinese is folded
  to simplified characters. 内蒙古 is 内蒙 古 and 蒙古, in this order, so that a phrase is found exactly.
- Capitals, accents, full-width forms, apostrophes, and the Arabic and Persian forms of a letter are one.
- 11,000 and 11000 and 1.1万 and 11 thousand are one number; the digits of any script are digits.
"""

import re
import unicodedata
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from regions.grammar.language import simplified
from regions.grammar.units import SCALES

LONGEST_LEXEME = 60
APOSTROPHES = "'’‘ʼʹ′`´＇"
# Letters that Unicode does not decompose although readers take them for one another.
ALIKE = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
    | {"ي": "ی", "ى": "ی", "ئ": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "ؤ": "و", "ـ": ""}
)
UNSPACED = {"CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR"}
# Of the scales, those that may stand right behind digits, and those that stand behind a blank.
BEHIND_DIGITS = ("万", "亿", "百万", "千万", "万亿", "十万", "百亿")
BEHIND_A_BLANK = ("thousand", "million", "billion")

_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_SCALE = re.compile(rf"({'|'.join(sorted(BEHIND_DIGITS, key=len, reverse=True))})")
_SCALE_WORD = re.compile(rf" ({'|'.join(BEHIND_A_BLANK)})(?![^\W\d_])")
_DAY_IN_A_REFERENCE = re.compile(r"(?:19|20)\d{4}(?:\d\d)?")


class Word(NamedTuple):
    """A word of a text.

    `lexemes` are the forms it is found by; `exact` says that only the whole of them is meant, not their beginning.
    `at` is its position among the words; `start` and `end` are where it stands in the text.
    """

    lexemes: tuple[str, ...]
    at: int
    start: int
    end: int
    exact: bool = False


def words(text: str) -> list[Word]:
    """The words of `text`, in its order."""
    folded, places = _folded(text)
    found, at, position = [], 0, 0
    while position < len(folded):
        script = _script(folded[position])
        if not script:
            position += 1
            continue
        number = _NUMBER.match(folded, position) if script == "DIGIT" else None
        if number and not _goes_on(folded, number.end()):
            lexemes, scale = _number(folded, number)
            found.append(Word(lexemes, at, places[position], places[number.end() - 1] + 1, True))
            # What follows 1.1万 follows 11000 too: the scale takes no position of its own.
            at, position = at + 1 - scale, number.end()
            continue
        end = _end_of_run(folded, position)
        if script in UNSPACED:
            run = _simplified_run(folded[position:end]) if script == "CJK" else folded[position:end]
            for offset in range(len(run)):
                # The last character stands alone too, so that one character finds every word that holds it.
                pair = run[offset : offset + 2]
                place = position + offset
                last = min(place + len(pair), end) - 1
                found.append(Word((pair,), at + offset, places[place], places[last] + 1, len(pair) == 2))
            at += len(run)
        else:
            found.append(Word(_spellings(folded[position:end]), at, places[position], places[end - 1] + 1))
            at += 1
        position = end
    return found


def plain(text: str) -> str:
    """`text` in its one form, to compare names by: words between single blanks, without brackets and accents."""
    folded, _places = _folded(text)
    folded = simplified(folded.replace("'", ""))
    return " ".join("".join(character if character.isalnum() else " " for character in folded).split())


def asked(text: str) -> list[list[Word]]:
    """What somebody asks for: phrases, each a list of words that must follow each other at their distances.

    Blanks separate phrases. A number with a scale is its value: 1.1万台 asks for 11000台.
    """
    phrases = []
    for chunk in _with_values(text).split():
        found = words(chunk)
        if found:
            phrases.append([_last_form(word) for word in found if not _is_tail(word, found)])
    return phrases


def marked(text: str, question: str) -> list[tuple[str, bool]]:
    """`text` in pieces, each with whether `question` asks for it."""
    wanted = [word for phrase in asked(question) for word in phrase]
    spans = [(word.start, word.end) for word in words(text) if any(_answers(word, sought) for sought in wanted)]
    pieces, position = [], 0
    for start, end in _joined(sorted(spans)):
        if start > position:
            pieces.append((text[position:start], False))
        pieces.append((text[start:end], True))
        position = end
    return pieces + ([(text[position:], False)] if position < len(text) else [])


def _answers(word, wanted):
    if wanted.exact:
        return bool(set(word.lexemes) & set(wanted.lexemes))
    return any(lexeme.startswith(beginning) for lexeme in word.lexemes for beginning in wanted.lexemes)


def _joined(spans):
    found = []
    for start, end in spans:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _is_tail(word, found):
    """Whether a word is the last character of a run that its pairs ask for already."""
    return len(word.lexemes[0]) == 1 and any(
        other.exact and other.at == word.at - 1 and len(other.lexemes[0]) == 2 and other.end == word.end
        for other in found
    )


def _last_form(word):
    """Of a number only its value is asked for, not the year that a reference begins with."""
    return word._replace(lexemes=word.lexemes[-1:]) if word.exact else word


def _with_values(text):
    """`text` folded, with 1.1万 and 1.1 million written as 11000 and 1100000."""
    folded, _places = _folded(text)
    pieces, position = [], 0
    for number in _NUMBER.finditer(folded):
        scale = _SCALE.match(folded, number.end()) or _SCALE_WORD.match(folded, number.end())
        if scale and number.start() >= position:
            pieces += [folded[position : number.start()], _number(folded, number)[0][-1]]
            position = scale.end()
    return "".join(pieces) + folded[position:]


def _number(folded, match):
    """(the forms of a number: as it is written, then its value; how many positions its scale has)."""
    digits = match[0].replace(",", "")
    forms, positions = [_plain(Decimal(digits))], 0
    scale, scale_word = _SCALE.match(folded, match.end()), _SCALE_WORD.match(folded, match.end())
    if scale:
        forms.append(_plain(Decimal(digits) * SCALES[scale[1]]))
        positions = len(scale[1])
    elif scale_word:
        forms.append(_plain(Decimal(digits) * SCALES[scale_word[1]]))
        positions = 1
    if digits[0] == "0" and len(digits) > 1:
        forms.insert(0, digits)
    if _DAY_IN_A_REFERENCE.fullmatch(digits):  # cn-bayannur-202109 is found by 2021 too
        forms.insert(0, digits[:4])
    return tuple(dict.fromkeys(form[:LONGEST_LEXEME] for form in forms)), positions


def _plain(value):
    value = value.to_integral_value() if value == value.to_integral_value() else value.normalize()
    return f"{value:f}"


def _spellings(word):
    """A word with apostrophes is found with them and without: Xi'an and Xian."""
    plain = word.replace("'", "")
    return (word[:LONGEST_LEXEME], plain[:LONGEST_LEXEME]) if plain != word else (word[:LONGEST_LEXEME],)


def _goes_on(folded, end):
    """Whether a letter follows digits at once, as in 3090ti."""
    return end < len(folded) and _script(folded[end]) not in ("", "DIGIT", *UNSPACED)


def _end_of_run(folded, start):
    """Where the word that begins at `start` ends: digits go with the letters beside them, scripts never together."""
    script, end = _script(folded[start]), start + 1
    unspaced = script in UNSPACED
    while end < len(folded):
        following = _script(folded[end])
        if not following:
            # An apostrophe inside a word belongs to it.
            if folded[end] == "'" and not unspaced and end + 1 < len(folded) and _script(folded[end + 1]) == script:
                end += 1
                continue
            break
        if following == "DIGIT" and not unspaced:
            pass
        elif script == "DIGIT" and following not in UNSPACED:
            script = following
        elif following != script:
            break
        end += 1
    return end


def _simplified_run(run):
    converted = simplified(run)
    return converted if len(converted) == len(run) else "".join(simplified(character)[:1] for character in run)


def _folded(text):
    """(`text` with one form of each character, the place in `text` that each of its characters comes from)."""
    if text.isascii():
        return text.lower().replace("`", "'"), range(len(text))
    folded, places = [], []
    for place, character in enumerate(text):
        form = _form(character)
        folded.append(form)
        places += [place] * len(form)
    return "".join(folded), places


@cache
def _form(character):
    """One form of a character: lower case, no accent, the digits 0 to 9, one apostrophe."""
    if character in APOSTROPHES:
        return "'"
    if character in "\u00a0\u202f\u2009":
        return " "
    if unicodedata.category(character) == "Cf":
        return ""
    if unicodedata.decimal(character, None) is not None:
        return str(unicodedata.decimal(character))
    if "가" <= character <= "힣":  # a Korean syllable is not its letters
        return character
    form = unicodedata.normalize("NFKD", character.casefold().translate(ALIKE))
    form = "".join(part for part in form if not unicodedata.combining(part))
    return form.casefold().translate(ALIKE).replace("，", ",")


@cache
def _script(character):
    """The script of a letter, "DIGIT" of a digit, "" of what is neither."""
    if character.isascii():
        return "DIGIT" if character.isdigit() else "LATIN" if character.isalpha() else ""
    if not (character.isalnum() or unicodedata.category(character) in ("Mn", "Mc")):
        return ""
    script = unicodedata.name(character, "").split(" ")[0].split("-")[0]
    return "CJK" if script in ("CJK", "IDEOGRAPHIC") else script
