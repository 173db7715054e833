"""The head of a table that somebody filled in: which of our columns each of its cells names."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from django.core.exceptions import ValidationError

from regions.grammar import amounts

from ..columns import COLUMNS

LINES_TO_SEARCH = 20  # for the head
LONGEST_HEADING = 60
# Short names that say one thing in a table of cases.
OTHER_NAMES = {"rigs": "rigs_seized", "number of rigs": "rigs_seized", "date": "occurred_on"}
# What a number in a column is measured in.
MEASURED_IN = {
    "rigs_seized": "rigs", "electricity_kwh": "kWh", "power_kw": "kW", "arrests": "people", "premises": "plain",
    "equipment_value": "money", "loss_amount": "money", "fine_amount": "money",
}  # fmt: skip
_BRACKETS = re.compile(r"[(\[【〔]([^()\[\]【】〔〕]*)[)\]】〕]")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_BARE_NUMBER = re.compile(r"[约近±>≥~≈<≤\s]*\d[\d,.\s]*[余多+]?")
_THOUSANDS = re.compile(r"[约近±>≥~≈<≤\s]*\d[\d,.]*\s?(?:k|m|ribu|juta|million|thousand)", re.IGNORECASE)


@dataclass(frozen=True)
class Heading:
    """A cell of the head: our `column`, or None; `unit` is what its numbers are measured in, if it is not our unit."""

    text: str
    column: str | None = None
    unit: str = ""

    def measured(self, text: str) -> str:
        """`text` with the unit of the heading, if it is a number without one: 3.5 under 万元 is 3.5万元."""
        plain = unicodedata.normalize("NFKC", text.strip())
        is_bare = _BARE_NUMBER.fullmatch(plain) or (
            self.unit.isalpha() and self.unit.isascii() and _THOUSANDS.fullmatch(plain)
        )
        if not self.unit or not is_bare:
            return text
        return f"{text.strip()}{' ' if self.unit[0].isascii() else ''}{self.unit}"


@cache
def heading_of(text: str) -> Heading:
    """The Heading of a cell: one of our names, both of them, or one with a unit in brackets."""
    return heading_by(known_name, text)


def heading_by(name_of: Callable[[str], str | None], text: str) -> Heading:
    """The Heading of a cell, where `name_of` knows the names of columns."""
    if name := name_of(text):
        return Heading(text, name)
    if len(text) > LONGEST_HEADING:
        return Heading(text)
    plain = unicodedata.normalize("NFKC", text)
    inside = [part.strip() for part in _BRACKETS.findall(plain) if part.strip()]
    outside = _BRACKETS.sub(" ", plain)
    parts = [outside, *re.split(r"[/|\n,;]", outside), *_CHINESE.findall(outside), _CHINESE.sub(" ", outside), *inside]
    named = {name for part in parts if (name := name_of(part.strip(" /|:·-_")))}
    if len(named) != 1:
        return Heading(text)
    [name] = named
    unit = next((part for part in inside if not name_of(part)), "")
    return Heading(text, *_measured_in(name, unit))


def _measured_in(column, unit):
    """(column, the unit to write after each number); no column where the unit is one of something else."""
    field = MEASURED_IN.get(column)
    if not field or not unit:
        return column, ""
    text = f"1 {unit}" if unit[0].isascii() else f"1{unit}"
    try:
        amounts.amount(text)
    except ValidationError:
        return column, ""  # no unit, but a remark
    try:
        read = amounts.amount(text, unit=field)
    except ValidationError:
        return None, ""
    return column, unit if read.value != 1 or field == "money" else ""


def known_name(text: str) -> str | None:
    """Our name of a column that somebody names in either language."""
    return our_names().get(_key(text))


@cache
def our_names() -> dict[str, str]:
    """{a name of a column, folded: the column}."""
    names = {_key(name): column.name for column in COLUMNS.values() for name in (column.name, column.title_zh)}
    return {_key(name): column for name, column in OTHER_NAMES.items()} | names


def _key(text):
    return "_".join(unicodedata.normalize("NFKC", text).strip().casefold().replace("-", " ").replace("_", " ").split())
