"""Bars: where they stand. Across, in per cent of the width, so that one drawing fits every screen; down, in pixels.

What stands here are numbers and texts that somebody else wrote: no query, no language, no colour.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from math import ceil, log10

HEIGHT = 180  # of the field of bars
ABOVE = 36  # for the words above it
MOST_TICKS = 5
GAP = 0.14  # of the room of a bar is left free
NEAR_THE_EDGE = 18  # per cent: a text there begins or ends where it points to, so that it is not cut off
MOST_NAMED = 14  # below the bars
RANKS = ("", "minor", "rare", "minor")  # of these names, from the last: what gives way first
_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True)
class Slot:
    """A quarter or a year with its amount; `amount` is None where no case states it."""

    first_day: date
    last_day: date
    amount: float | None
    name: str
    unfinished: bool = False
    words: str = ""
    address: str = ""  # of its cases


@dataclass(frozen=True)
class Text:
    """A text at (x, y); `anchor` as SVG has it."""

    x: float
    y: float
    text: str
    anchor: str = "middle"
    rank: str = ""  # "minor" is left out where there is little room, "rare" too where there is hardly any


@dataclass(frozen=True)
class Column:
    slot: Slot
    left: float
    width: float
    top: float
    height: float
    room_left: float  # of the whole slot, which can be clicked
    room_width: float


@dataclass(frozen=True)
class Columns:
    """Upright bars over time, with one axis from 0."""

    columns: list[Column]
    ticks: list[Text]
    years: list[Text]
    peak: Text | None
    rule: Text | None
    unfinished_from: float | None
    unfinished: Text | None
    height: int = HEIGHT
    above: int = ABOVE

    @property
    def bottom(self):
        return self.above + self.height

    @property
    def total_height(self):
        return self.bottom + 24

    @property
    def unfinished_width(self):
        return 100 - self.unfinished_from

    @property
    def room_of_ticks(self):
        """1, 2 or 3: how much room the texts of the axis take."""
        longest = max(len(tick.text) + sum(ord(letter) > 0x2E80 for letter in tick.text) for tick in self.ticks)
        return 1 if longest <= 4 else 2 if longest <= 7 else 3


def round_step(most: float, ticks: int = MOST_TICKS) -> float:
    """The least of 1, 2, 5, 10, 20 … with which `ticks` marks, 0 among them, reach `most`."""
    if most <= 0:
        return 1
    size = 10.0 ** (int(log10(most)) - 2)
    while True:
        for step in _STEPS:
            if most <= step * size * (ticks - 1):
                return step * size
        size *= 10


def axis(most: float, whole: bool = True) -> list[float]:
    """The marks of an axis from 0 that ends at or above `most`."""
    step = round_step(most, MOST_TICKS)
    if whole:
        step = max(1, step)
    return [step * count for count in range(max(1, ceil(most / step)) + 1)]


def columns(
    slots: list[Slot],
    written: Callable[[float], str],
    *,
    rule: tuple[date, str] | None = None,
    still_filling_up: str = "",
    named: Callable[[Slot], str] = lambda slot: str(slot.first_day.year),
) -> Columns:
    """The bars of `slots`, which follow each other without a gap; `written` makes the text of an amount.

    `rule` is a day with its words. The largest bar is named with its amount. `named` is what stands below a slot, once
    for those that share it.
    """
    marks = axis(max((slot.amount or 0 for slot in slots), default=0))
    room = 100 / len(slots)
    drawn = [
        _column(slot, place * room, room, HEIGHT * float(slot.amount) / marks[-1])
        for place, slot in enumerate(slots)
        if slot.amount
    ]
    unfinished_from = next((round(place * room, 2) for place, slot in enumerate(slots) if slot.unfinished), None)
    return Columns(
        drawn,
        [Text(0, round(ABOVE + HEIGHT * (1 - mark / marks[-1]), 2), written(mark), "end") for mark in marks],
        _names(slots, room, named),
        _peak(drawn, written),
        _rule(slots, rule),
        unfinished_from,
        Text(100, 12, still_filling_up, "end") if unfinished_from is not None else None,
    )


def _column(slot, left, room, height):
    height = max(height, 1)  # a small amount is not none
    room_left, top = left + room * GAP / 2, ABOVE + HEIGHT - height
    return Column(slot, *(round(number, 2) for number in (room_left, room * (1 - GAP), top, height, left, room)))


def _peak(drawn, written):
    if not drawn:
        return None
    highest = max(drawn, key=lambda column: column.slot.amount)
    return _text(highest.left + highest.width / 2, highest.top - 5, written(highest.slot.amount), near=4)


def _rule(slots, rule):
    if rule is None or not slots[0].first_day <= rule[0] <= slots[-1].last_day:
        return None
    days = (slots[-1].last_day - slots[0].first_day).days + 1
    x = 100 * (rule[0] - slots[0].first_day).days / days
    return Text(round(x, 2), 12, rule[1], "end" if x > 50 else "start")


def _text(x, y, text, near=NEAR_THE_EDGE):
    return Text(round(x, 2), round(y, 2), text, "start" if x < near else "end" if x > 100 - near else "middle")


def _names(slots, room, named):
    """Each name below the middle of its slots, with what is left out where there is little room."""
    places = {}
    for place, slot in enumerate(slots):
        places.setdefault(named(slot), []).append(place)
    step = ceil(len(places) / MOST_NAMED)
    found = []
    for back, (name, own) in enumerate(reversed(places.items())):
        middle = room * (own[0] + own[-1] + 1) / 2
        # A name of which only a part is shown, at the edge, would be pushed out of the picture.
        if back % step == 0 and 1.6 < middle < 99.2:
            found.append(
                Text(
                    round(middle, 2),
                    ABOVE + HEIGHT + 16,
                    name,
                    rank=RANKS[back // step % len(RANKS)],
                )
            )
    return found[::-1]


@dataclass(frozen=True)
class LyingBar:
    """A bar that lies: `share` is its length in per cent of the longest, None where there is nothing to compare."""

    code: str
    name: str
    amount: float
    written: str
    address: str = ""  # of its cases
    unstated: bool = False
    chosen: bool = False
    share: float | None = None


def rows(unordered: list[LyingBar]) -> list[LyingBar]:
    """The bars with their lengths, the largest first and "not stated" last.

    Where all have the same, as where there is only one, bars would say nothing: there are numbers only.
    """
    amounts = {row.amount for row in unordered}
    ordered = sorted(unordered, key=lambda row: (row.unstated, -row.amount, row.name))
    if len(amounts) < 2:
        return ordered
    most = max(amounts)
    return [replace(row, share=round(100 * row.amount / most, 2)) for row in ordered]
