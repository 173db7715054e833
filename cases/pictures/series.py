"""The readings of an indicator: a dot each, joined in order of time.

Across in per cent of the width, down in pixels, as `bars`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from .bars import Text, axis
from .spans import across, years

HEIGHT, ABOVE = 120, 12


@dataclass(frozen=True)
class Measured:
    """What was measured in a month or a year."""

    first_day: date
    last_day: date
    amount: float
    words: str


@dataclass(frozen=True)
class ReadingDot:
    x: float
    y: float
    words: str


@dataclass(frozen=True)
class Series:
    dots: list[ReadingDot]
    ticks: list[Text]
    years: list[Text]

    total_height = ABOVE + HEIGHT + 24

    @property
    def joints(self):
        return list(pairwise(self.dots))


def series(readings: list[Measured], written: Callable[[float], str]) -> Series:
    """The dots of `readings`, each in the middle of its time, with one axis from 0; `written` makes an amount text."""
    marks = axis(max(reading.amount for reading in readings), whole=False)
    first = min(reading.first_day for reading in readings).year
    last = max(reading.last_day for reading in readings).year
    dots = [
        ReadingDot(
            round((across(reading.first_day, first, last) + across(reading.last_day, first, last)) / 2, 2),
            _down(reading.amount, marks[-1]),
            reading.words,
        )
        for reading in readings
    ]
    return Series(
        sorted(dots, key=lambda dot: dot.x),
        [Text(0, _down(mark, marks[-1]), written(mark), "end") for mark in marks],
        years(first, last, ABOVE + HEIGHT + 16),
    )


def _down(amount, most):
    return round(ABOVE + HEIGHT * (1 - float(amount) / float(most)), 2)
