"""Pictures that stand alone: an SVG with its own style, and the PNG of it."""

import re
from functools import cache, lru_cache
from threading import Lock

import resvg_py
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from cases.files.text import UNWRITABLE
from regions.grammar.language import reads_chinese

SHEET = settings.BASE_DIR / "static" / "css" / "enforcement.css"
FONTS = "Noto Sans, Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, DejaVu Sans, Arial, sans-serif"
SCALE = 2  # pixels of a PNG for one of its SVG
KEPT = 64  # finished pictures
WIDE = 0x2E80  # letters from here on are as wide as they are high
QUOTES = "“”‘’…—"  # and these, in a Chinese font
# Where a line may break: after a word, and around each Chinese letter with the punctuation that belongs to it.
PIECES = re.compile(
    r"[“‘（《「]*[\u2e80-\uffef][，。、；：？！”’）》」…]*\s*|[^\s\u2e80-\uffef“‘]+[”’]*\s*|[“‘][^\s\u2e80-\uffef]*\s*|\s+"
)
# A picture takes a processor for a tenth of a second: one at a time, so that pages are served meanwhile.
_one_at_a_time = Lock()


def svg(template, context, *, in_language=None):
    """The picture of `template` as SVG, with the style that it has in the page."""
    with translation.override(in_language or translation.get_language()):
        return UNWRITABLE.sub("", render_to_string(template, {"style": style(), "fonts": FONTS, **context})).lstrip()


def png(template, context, *, scale=SCALE):
    """The picture as PNG. Without a Chinese font on this machine it is drawn in English, and says so."""
    language = "en" if reads_chinese() and not draws_chinese() else None
    drawing = svg(template, {**context, "without_chinese": language is not None}, in_language=language)
    return _painted(drawing, scale)


@lru_cache(maxsize=KEPT)
def _painted(drawing, scale):
    with _one_at_a_time:
        return _paint(drawing, scale)


def _paint(drawing, scale=1):
    return resvg_py.svg_to_bytes(svg_string=drawing, zoom=scale, sans_serif_family="DejaVu Sans")


@cache
def draws_chinese():
    """Whether a font of this machine has Chinese letters: two of them look different then."""
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" font-family="{}"><text y="30">{}</text></svg>'
    )
    first, second = (_paint(drawing.format(FONTS, letter)) for letter in "案矿")
    return first != second


# The sections of the stylesheet that stand for pictures: where each begins and ends.
CHARTS = ("/* Charts: ", "/* Charts in a page")
MAPS = ("/* Pictures that the server draws.", "@container")


@cache
def style(section=CHARTS):
    """The rules of the stylesheet of the pages for charts or for maps, in the colours of its light theme."""
    begins, ends = section
    sheet = SHEET.read_text(encoding="utf-8")
    tokens = dict(re.findall(r"(--[a-z0-9-]+):\s*([^;]+);", sheet.partition("@media")[0]))
    rules = sheet.partition(begins)[2].partition("*/")[2].partition(ends)[0]
    while "var(" in rules:  # a colour may be another one
        rules = re.sub(r"var\((--[a-z0-9-]+)\)", lambda found: tokens[found[1]], rules)
    return rules


def lines(text, width, size):
    """`text` in lines of at most about `width` pixels, in letters of `size` pixels. SVG does not break lines."""
    found, line, length = [], "", 0
    for piece in PIECES.findall(text):
        long = breadth(piece, size)
        if line and length + long > width:
            found.append(line.rstrip())
            line, length = "", 0
        line, length = line + piece, length + long
    return [*found, line.rstrip()] if line.strip() else found


def breadth(text, size):
    """About how wide a text is, in letters of `size` pixels."""
    return size * sum(1 if ord(letter) >= WIDE or letter in QUOTES else 0.56 for letter in text)
