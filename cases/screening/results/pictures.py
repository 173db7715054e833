"""Pictures of loads: day by hour as one carpet, the usual day beside its peers, the mean of each day; monthly bills.

Drawn from the means of each hour, and the bills, that a run kept. Coordinates are plain numbers; the stylesheet has the
colours.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import numpy as np

EPOCH = date(1970, 1, 1)
STEPS = 6  # colours of a carpet, from nothing to the top
HEIGHT = 100  # of a line


@dataclass(frozen=True)
class HourlyLoad:
    """What a meter took, kW: a row for each day from `first_day` on, a column for each hour; NaN where nothing is."""

    first_day: date
    hours: np.ndarray

    @property
    def last_day(self):
        return self.first_day + timedelta(days=len(self.hours) - 1)

    @cached_property
    def usual_day(self):
        """The mean of each hour."""
        return _means(self.hours, 0)

    @cached_property
    def days(self):
        """The mean of each day."""
        return _means(self.hours, 1)


def _means(values, axis):
    known = ~np.isnan(values)
    count = known.sum(axis)
    return np.where(count, np.where(known, values, 0).sum(axis) / np.maximum(count, 1), np.nan)


def loads_of(path: Path, meters: Iterable[str]) -> dict[str, HourlyLoad]:
    """{meter: HourlyLoad} of those that have readings in the file `path`; none where the file is gone."""
    meters = list(meters)
    if not meters or not path.exists():
        return {}
    import pyarrow.parquet as pq  # only who draws loads it

    table = pq.read_table(path, filters=[("meter", "in", meters)])
    numbers = np.array(table["meter"].to_pylist(), object)
    day, hour, kw = (table[name].to_numpy() for name in ("day", "hour", "kw"))
    found = {}
    for meter in dict.fromkeys(numbers):
        mine = numbers == meter
        first, last = int(day[mine].min()), int(day[mine].max())
        hours = np.full((last - first + 1, 24), np.nan)
        hours[day[mine] - first, hour[mine]] = kw[mine]
        found[meter] = HourlyLoad(EPOCH + timedelta(days=first), hours)
    return found


@dataclass(frozen=True)
class MonthlyBills:
    """What was billed, kWh: one for each month from `first` on; NaN where there is no bill."""

    first: date
    kwh: np.ndarray

    @property
    def rows(self):
        """[(first day of the month, kWh or None)]"""
        return [
            (_months_after(self.first, place), None if np.isnan(kwh) else float(kwh))
            for place, kwh in enumerate(self.kwh)
        ]

    @property
    def last(self):
        return _months_after(self.first, len(self.kwh) - 1)

    @property
    def top(self):
        return float(np.nanmax([*self.kwh, 1]))

    @property
    def bars(self):
        """The `d` of a path, in a box as many months wide and HEIGHT high."""
        known = ((place, _down(kwh, self.top)) for place, kwh in enumerate(self.kwh) if not np.isnan(kwh))
        return "".join(f"M{place + 0.1:g} {HEIGHT}V{top}h0.8V{HEIGHT}z" for place, top in known)


def _months_after(first, count):
    years, month = divmod(first.month - 1 + count, 12)
    return date(first.year + years, month + 1, 1)


def bills_of(path: Path, meters: Iterable[str]) -> dict[str, MonthlyBills]:
    """{meter: MonthlyBills} of those that have bills in the file `path`; none where the file is gone."""
    meters = list(meters)
    if not meters or not path.exists():
        return {}
    import pyarrow.parquet as pq  # only who draws bills it

    bills = {}
    for row in pq.read_table(path, filters=[("meter", "in", meters)]).to_pylist():
        bills.setdefault(row["meter"], {})[row["month"].year * 12 + row["month"].month - 1] = row["kwh"]
    found = {}
    for meter, by_month in bills.items():
        first, last = min(by_month), max(by_month)
        kwh = np.array([by_month.get(month, np.nan) for month in range(first, last + 1)], float)
        found[meter] = MonthlyBills(date(first // 12, first % 12 + 1, 1), kwh)
    return found


@dataclass(frozen=True)
class Curve:
    """Values as the `d` of a path, in a box `width` wide and HEIGHT high; broken where a value is missing."""

    width: int
    d: str
    area: str  # below it


def line(values: np.ndarray, top: float) -> Curve:
    """`values` from 0 to `top`."""
    pieces, piece = [], []
    for x, value in enumerate([*values, np.nan]):
        if not np.isnan(value):
            piece.append((x, _down(value, top)))
        elif piece:
            pieces.append(piece)
            piece = []
    drawn = ["L".join(f"{x} {y}" for x, y in piece) for piece in pieces]
    areas = [
        f"M{piece[0][0]} {HEIGHT}L{points}L{piece[-1][0]} {HEIGHT}z"
        for piece, points in zip(pieces, drawn, strict=True)
    ]
    return Curve(max(len(values) - 1, 1), "".join(f"M{points}" for points in drawn), "".join(areas))


def _down(value, top):
    return f"{HEIGHT * (1 - min(max(value, 0), top) / top):.4g}" if top > 0 else f"{HEIGHT}"


@dataclass(frozen=True)
class SmallPicture:
    """The usual day and the days of a meter, both from nothing to their common top; of bills alone, the months."""

    day: Curve | None
    days: Curve


def small_picture(load: HourlyLoad | None, bills: MonthlyBills | None) -> SmallPicture | None:
    if load is None:
        return SmallPicture(None, line(bills.kwh, bills.top)) if bills else None
    top = float(np.nanmax([*load.usual_day, *load.days, 0.001]))
    return SmallPicture(line(load.usual_day, top), line(load.days, top))


@dataclass(frozen=True)
class Band:
    """The usual day of a meter, and where the middle of its peers would be at its mean load."""

    top: float
    own: Curve
    peers: str  # points of a polygon
    rows: list[tuple]  # (hour, own, low, high), for the table


def usual_day(load: HourlyLoad, peers: list[list] | None) -> Band:
    mean = float(np.nanmean(load.usual_day))
    low, _middle, high = np.array(peers or [[None] * 24] * 3, float) * mean  # None is NaN then
    top = float(np.nanmax([*load.usual_day, *high, 0.001]))
    known = np.flatnonzero(~np.isnan(low) & ~np.isnan(high))
    points = [
        f"{hour},{_down(edge[hour], top)}" for edge, hours in ((high, known), (low, known[::-1])) for hour in hours
    ]
    rows = [
        (f"{hour:02}:00", *(None if np.isnan(row[hour]) else float(row[hour]) for row in (load.usual_day, low, high)))
        for hour in range(24)
    ]
    return Band(top, line(load.usual_day, top), " ".join(points), rows)


@dataclass(frozen=True)
class Days:
    """The mean of each day, and where a step is."""

    top: float
    line: Curve
    step: int | None


def days_picture(load: HourlyLoad, step_day: float | None) -> Days:
    top = float(np.nanmax([*load.days, 0.001]))
    step = None if step_day is None else int(step_day) - (load.first_day - EPOCH).days
    return Days(top, line(load.days, top), step if step is not None and 0 < step < len(load.days) else None)


@dataclass(frozen=True)
class Carpet:
    """Days from left to right, hours from top to bottom; each step of the load is one path."""

    days: int
    paths: list[str]
    steps: list[tuple[float, float]]  # from, to: kW
    ticks: list[date]


def carpet(load: HourlyLoad) -> Carpet:
    known = load.hours[~np.isnan(load.hours)]
    top = max(float(np.quantile(known, 0.995)) if len(known) else 0.0, 0.001)
    step = np.clip(np.nan_to_num(load.hours) / top * STEPS, 0, STEPS - 1).astype(int)
    step[np.isnan(load.hours)] = -1
    paths = []
    for number in range(STEPS):
        parts = []
        for day, column in enumerate(step == number):
            edges = np.flatnonzero(np.diff(np.concatenate([[0], column.astype(int), [0]])))
            parts += [f"M{day} {start}h1v{end - start}h-1z" for start, end in edges.reshape(-1, 2)]
        paths.append("".join(parts))
    count = len(load.hours)
    places = sorted({0, count // 4, count // 2, count * 3 // 4, count - 1})
    return Carpet(
        count, paths, [(top * number / STEPS, top * (number + 1) / STEPS) for number in range(STEPS)],
        [load.first_day + timedelta(days=place) for place in places],
    )  # fmt: skip
