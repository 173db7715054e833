"""What the columns of a sheet that is not ours probably are, by their headings and by their cells."""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from regions.grammar.days import Calendar
from regions.grammar.language import simplified

from .headings import Heading, heading_by, heading_of, our_names
from .mapping import DATES, DAY_FIRST, KEEP_IN_NOTE, LEAVE_OUT, MONTH_FIRST, NUMBERS, Mapping, Rule

HEADINGS = Path(__file__).parent / "headings.csv"  # in Simplified Chinese, English and Malay
_MARKS = re.compile(r"[*＊※☆★●:：]|\(?(?:必填|选填|required|optional|wajib)\)?", re.IGNORECASE)
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_ROC_YEAR = re.compile(r"民[國国]|(?:1[01]\d)[年./-]\d{1,2}(?:[月./-]\d{1,2}日?)?$")
_BUDDHIST_YEAR = re.compile(r"(?<!\d)25[5-7]\d(?!\d)")
_IRANIAN_YEAR = re.compile(r"(?<!\d)1[34]\d\d[-/.]\d")
_COMMA_DECIMAL = re.compile(r"\d{1,3}(?:\.\d{3})+,\d{1,2}(?!\d)|(?<![\d,])\d+,\d{1,2}(?!\d)")
_CHINESE = re.compile("[\u3400-\u9fff]")
_SMALL_NUMBER = re.compile(r"\d{1,4}")
_REFERENCE = re.compile(r"[-\w]+", re.ASCII)


def guessed_name(text: str) -> str | None:
    """The column of ours, LEAVE_OUT or KEEP_IN_NOTE that a heading probably names."""
    return _names().get(_folded(text))


@cache
def guessed_heading(text: str) -> Heading:
    """The Heading of a cell by all the names that people give to columns like ours."""
    exact = heading_of(text)
    return exact if exact.column else heading_by(guessed_name, _MARKS.sub(" ", unicodedata.normalize("NFKC", text)))


@cache
def _names():
    with HEADINGS.open(encoding="utf-8", newline="") as file:
        return {_folded(row["heading"]): row["column"] for row in csv.DictReader(file)}


def _folded(text):
    plain = simplified(unicodedata.normalize("NFKC", text)).casefold().replace("-", "_")
    return "_".join(plain.replace("_", " ").split())


def guess(keys: Sequence[str], headings: Sequence[str], columns: Sequence[Sequence[str]]) -> Mapping:
    """What each column probably is: its key, its heading, some of its cells. No column of ours is named twice."""
    mapping, taken = Mapping(), set()
    for key, heading, cells in zip(keys, headings, columns, strict=True):
        found = guessed_heading(heading)
        to, unit = found.column or _nearly(heading), found.unit
        if to == "ref" and not _are_references(cells):
            to = LEAVE_OUT if all(map(_SMALL_NUMBER.fullmatch, cells)) else "office_number"
        if not to or to in taken:
            to, unit = (KEEP_IN_NOTE if cells else LEAVE_OUT), ""
        taken |= {to} - {LEAVE_OUT, KEEP_IN_NOTE}
        mapping.rules[key] = _rule(to, unit, cells)
    return mapping


def _nearly(heading):
    folded = "_".join(heading.casefold().split())
    near = get_close_matches(folded, our_names(), 1, cutoff=0.8) if len(folded) > 3 else []
    return our_names()[near[0]] if near and near[0] != "ref" else None


def _are_references(cells):
    return all(map(_REFERENCE.fullmatch, cells)) and not all(map(_SMALL_NUMBER.fullmatch, cells))


def _rule(to, unit, cells):
    rule = Rule(to, unit)
    plain = [unicodedata.normalize("NFKC", text).strip() for text in cells]
    if to in DATES:
        rule.order, rule.calendar = _order(plain), _calendar(plain)
    elif to in NUMBERS and any(map(_COMMA_DECIMAL.search, plain)):
        rule.decimal = ","
    return rule


def _order(cells):
    """Which comes first in 03/04/2021, if other cells of the column show it and none shows the opposite."""
    dates = [match for text in cells if (match := _YEAR_LAST.match(text))]
    day, month = (any(int(date[place]) > 12 for date in dates) for place in (1, 2))
    return "" if day == month else DAY_FIRST if day else MONTH_FIRST


def _calendar(cells):
    found = Counter(
        calendar
        for text in cells
        for calendar, pattern in (
            (Calendar.ROC, _ROC_YEAR), (Calendar.BUDDHIST, _BUDDHIST_YEAR), (Calendar.IRANIAN, _IRANIAN_YEAR),
        )
        if pattern.search(text) and (calendar != Calendar.ROC or pattern.match(text))
    )  # fmt: skip
    [(calendar, count)] = found.most_common(1) or [("", 0)]
    return str(calendar) if count > len(cells) / 2 else ""


def title_of(mapping: Mapping, samples: dict[str, Sequence[str]]) -> tuple[str, str]:
    """(column, text) of a title for all rows, made of what tells the rows apart; ("", "") where a title is mapped."""
    by_target = {}
    for key, rule in mapping.rules.items():
        by_target.setdefault(rule.to, key)
    if "title_en" in by_target or "title_zh" in by_target:
        return "", ""
    numbers = [
        key for key, rule in mapping.rules.items()
        if rule.to == KEEP_IN_NOTE and guessed_heading(key).column == KEEP_IN_NOTE
    ]  # fmt: skip
    keys = [*numbers[:1], *(by_target[name] for name in ("locality", "admin2_name") if name in by_target)]
    text = ", ".join(f"{{{key}}}" for key in keys)
    is_chinese = any(_CHINESE.search(text) for key in keys for text in samples.get(key, ()))
    return ("title_zh" if is_chinese else "title_en"), text
