"""The text in the bytes of a CSV file.

UTF-8 proves itself; other encodings do not, since most bytes are letters in all of them. So a text in GB18030 is taken
only if it looks like Chinese in no other way; otherwise the officer chooses beside a preview.
"""

import codecs
import re
import unicodedata

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regions.grammar.language import simplified

from ..text import printable
from .questions import Answers, FileQuestion, Unanswered, Unreadable, ask

LABELS = {
    "gb18030": gettext_lazy("Simplified Chinese (GB18030)"),
    "big5hkscs": gettext_lazy("Traditional Chinese (Big5)"),
    "cp1252": gettext_lazy("Western European (Windows-1252)"),
    "cp1250": gettext_lazy("Central European (Windows-1250)"),
    "cp1251": gettext_lazy("Cyrillic (Windows-1251)"),
    "cp949": gettext_lazy("Korean (CP949)"),
    "cp932": gettext_lazy("Japanese (Shift JIS)"),
}
ENOUGH = 100_000  # characters that show which language a text is in
LIKELY, UNLIKELY = 0.9, 0.8
LINES_OF_PREVIEW, LONGEST_OF_PREVIEW = 6, 160
_TYPOGRAPHIC = set("–—‘’“”…€£°§«»·•™®©\u00a0")
_WORD = re.compile(r"[^\W\d_]+")
_UNUSUAL_RUN = re.compile(r"[^\x00-\x7f]+")


def decoded(content: bytes, answers: Answers) -> tuple[str, str, list[FileQuestion]]:
    """(text, encoding, questions) of `content`. Raises Unreadable, or Unanswered where the officer must choose."""
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
                           (codecs.BOM_UTF16_BE, "utf-16")):  # fmt: skip
        if content.startswith(mark):
            return _strictly(content, encoding), encoding, []
    head = content[:4_000]
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(head) > 1 and head[start::2].count(0) > len(head) / 4:
            return _strictly(content, encoding), encoding, []
    try:
        return content.decode("utf-8"), "utf-8", []
    except UnicodeDecodeError as problem:
        return _chosen(content, answers, problem.start)


def _strictly(content, encoding):
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as problem:
        why = _("The text of the file cannot be read as %(encoding)s (byte %(offset)s). Save it as UTF-8.")
        raise Unreadable(why % {"encoding": encoding.upper(), "offset": problem.start}) from problem


def _chosen(content, answers, first_wrong):
    texts = {}
    for encoding in LABELS:
        try:
            texts[encoding] = content.decode(encoding)
        except UnicodeDecodeError:
            continue
    if not texts:
        why = _(
            "The text of the file cannot be read as UTF-8 (byte %(offset)s), nor in another encoding. Save it as UTF-8."
        )
        raise Unreadable(why % {"offset": first_wrong})
    scores = {encoding: LIKENESS[encoding](text[:ENOUGH]) for encoding, text in texts.items()}
    others = max((score for encoding, score in scores.items() if encoding != "gb18030"), default=0)
    if scores.get("gb18030", 0) >= LIKELY and others < UNLIKELY and "encoding" not in answers:
        return texts["gb18030"], "gb18030", []
    order = sorted(scores, key=lambda encoding: -scores[encoding])
    why = _(
        "The file is not in UTF-8 (byte %(offset)s). In which encoding is the text correct? If in none, save the file "
        "as UTF-8."
    ) % {"offset": first_wrong}  # fmt: skip
    question = ask(
        answers, "encoding", why, [(encoding, LABELS[encoding]) for encoding in order],
        previews={encoding: _preview(texts[encoding]) for encoding in order},
    )  # fmt: skip
    if question.is_open:
        raise Unanswered([question])
    return texts[question.chosen[0]], question.chosen[0], [question]


def _preview(text):
    """The first line, and the first lines that differ from one encoding to the other."""
    lines = [line for line in text[:ENOUGH].splitlines() if line.strip()]
    telling = [line for line in lines if not line.isascii()] or lines
    return [printable(line, LONGEST_OF_PREVIEW) for line in telling[:LINES_OF_PREVIEW]]


# How much of the text that is not ASCII looks like its language, from 0 to 1.


def _share(values):
    values = list(values)
    return sum(values) / len(values) if values else 0


def _unusual(text):
    return [character for character in text if not character.isascii()]


def _rows_of(encoding, common, rare=0.3):
    """A measure: the characters that stand in the `common` rows of a standard count whole, the others `rare`."""

    def worth(character):
        try:
            lead = character.encode(encoding)[0]
        except UnicodeEncodeError:
            return 0
        return 1 if lead in common else rare

    return lambda text: _share(map(worth, _unusual(text)))


def _like_korean(text):
    unusual = [character for character in _unusual(text) if character.isalpha()]
    return _share("가" <= character <= "힣" for character in unusual)


def _like_japanese(text):
    unusual = _unusual(text)
    kana = _share("ぁ" <= character <= "ヿ" for character in unusual)
    halfwidth = _share("｡" <= character <= "ﾟ" for character in unusual)
    return 0 if kana < 0.15 or halfwidth > 0.2 else _rows_of("cp932", range(0x81, 0x98))(text)


def _like_latin(text):
    """Letters with accents stand alone or in twos, beside plain letters."""

    def worth(run):
        before, after = text[run.start() - 1 : run.start()], text[run.end() : run.end() + 1]
        if all(character in _TYPOGRAPHIC for character in run[0]):
            return 0.8
        letters = all(unicodedata.category(character) in ("Lu", "Ll") for character in run[0])
        beside = (before.isascii() and before.isalpha()) or (after.isascii() and after.isalpha())
        inner_capital = before.isalpha() and before.islower() and run[0][0].isupper()
        return 1 if letters and len(run[0]) <= 2 and beside and not inner_capital else 0

    return _share(map(worth, _UNUSUAL_RUN.finditer(text)))


def _like_cyrillic(text):
    """Words of Cyrillic letters alone, in small letters or with a capital first."""

    def worth(word):
        if not all("Ѐ" <= character <= "ӿ" for character in word):
            return 0
        return 1 if word.islower() or (len(word) > 1 and word.istitle()) else 0.3

    unusual = [word for word in _WORD.findall(text) if not word.isascii()]
    cyrillic = _share("Ѐ" <= character <= "ӿ" for character in _unusual(text))
    return min(cyrillic, _share(map(worth, unusual)))


# The 3,755 characters of everyday use, of which traditional ones have a simplified form.
_SIMPLIFIED = _rows_of("gb2312", {0xA1, 0xA3, *range(0xB0, 0xD8)})

LIKENESS = {
    "gb18030": _SIMPLIFIED,
    "big5hkscs": lambda text: _SIMPLIFIED(simplified(text)),
    "cp1252": _like_latin,
    "cp1250": _like_latin,
    "cp1251": _like_cyrillic,
    "cp949": _like_korean,
    "cp932": _like_japanese,
}
