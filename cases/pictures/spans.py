"""Statements that disagree: each a line, as high as its amount and as long as its period. Nothing is averaged.

Across in per cent of the width, down in pixels, as `bars`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from .bars import Text, axis
from .labels import HEIGHT as LINE
from .labels import Room, width_of

HEIGHT, ABOVE = 220, 20
WIDTH = 560  # px for which the words find their places; on a phone the page shows the list alone
SPEAKERS = 4  # colours
MOST_YEARS_NAMED = 12


@dataclass(frozen=True)
class Statement:
    first_day: date
    last_day: date
    amount: float
    words: str
    speaker: str


@dataclass(frozen=True)
class DrawnSpan:
    left: float
    right: float
    y: float
    speaker: int  # number of its colour
    label: Text | None


@dataclass(frozen=True)
class Spans:
    spans: list[DrawnSpan]
    ticks: list[Text]
    years: list[Text]
    speakers: list[tuple[int, str]]

    @property
    def bottom(self):
        return ABOVE + HEIGHT

    @property
    def total_height(self):
        return self.bottom + 24


def spans(statements: list[Statement], written: Callable[[float], str]) -> Spans:
    """The lines of `statements`, with one axis from 0; `written` makes the text of an amount.

    A label that would cover another one is left out: the list beside the picture has every statement.
    """
    marks = axis(max(statement.amount for statement in statements), whole=False)
    first = min(statement.first_day for statement in statements).year
    last = max(statement.last_day for statement in statements).year
    speakers = {}
    for statement in statements:
        speakers.setdefault(statement.speaker, min(len(speakers), SPEAKERS - 1))
    lines = [
        (
            across(statement.first_day, first, last),
            across(statement.last_day, first, last),
            round(_down(statement.amount, marks[-1]), 2),
            statement,
        )
        for statement in statements
    ]
    room = Room((0, 0, WIDTH, ABOVE + HEIGHT))
    for left, right, y, _statement in lines:
        room.take((left + right) / 200 * WIDTH, y, (right - left) / 100 * WIDTH + 10, 6)
    drawn = [
        DrawnSpan(left, right, y, speakers[statement.speaker], _label(room, left, right, y, statement.words))
        for left, right, y, statement in lines
    ]
    return Spans(
        drawn,
        [Text(0, round(_down(mark, marks[-1]), 2), written(mark), "end") for mark in marks],
        years(first, last, ABOVE + HEIGHT + 16),
        list({number: name for name, number in reversed(speakers.items())}.items())[::-1],
    )


def across(day, first, last):
    """How far `day` is in the years `first` to `last`, per cent."""
    days = (date(last, 12, 31) - date(first, 1, 1)).days
    return round(100 * (day - date(first, 1, 1)).days / days, 2)


def _down(amount, most):
    return ABOVE + HEIGHT * (1 - float(amount) / most)


def _label(room, left, right, y, words):
    """The words of a line where they are free: right of its end, above or below its beginning or its end."""
    width = width_of(words)
    begin, end = left / 100 * WIDTH, right / 100 * WIDTH
    above, below = y - 10, y + 12
    over_and_under = ((x, row, side) for x, side in ((begin, "start"), (end, "end")) for row in (above, below))
    for x, middle, anchor in ((end + 8, y, "start"), *over_and_under):
        centre = x + width / 2 if anchor == "start" else x - width / 2
        box = np.array([(centre - width / 2, middle - LINE / 2, centre + width / 2, middle + LINE / 2)])
        if room.is_free(box)[0]:
            room.take(centre, middle, width, LINE)
            return Text(round(100 * x / WIDTH, 2), round(middle + 4, 2), words, anchor)
    return None


def years(first, last, y):
    """The years `first` to `last`, each below its middle, at `y`; of many, only some."""
    step = -(-(last - first + 1) // MOST_YEARS_NAMED)
    return [
        Text(round((across(date(year, 1, 1), first, last) + across(date(year, 12, 31), first, last)) / 2, 2),
             y, str(year))
        for year in range(last, first - 1, -step)
    ][::-1]  # fmt: skip
