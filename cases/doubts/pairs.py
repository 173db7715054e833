"""Which of many sightings are alike: near in place, near in time, and alike in count or title.

All are compared at once, as columns of numbers: to look at each pair by itself took hours for a large record.
"""

from datetime import date
from functools import cache
from operator import and_

import numpy as np

from cases.models.case import AROUND, CELL
from regions.grammar.dates import Precision
from regions.places import km_between

NEAR_KM = 25
NEAR_DAYS = 45
ALIKE_COUNT = 0.20
ALIKE_TITLE = 0.5
SAME_TITLE = 0.8
MOST = 5  # twins of one sighting
MOST_COMPARED = 200  # the nearest in time, in one cell of the map, of those whose day is known equally well
AT_A_TIME = 500  # sightings; each may have thousands around it
LONGEST = {Precision.DAY: 0, Precision.MONTH: 30, Precision.YEAR: 365}
LAST_DAY = date.max.toordinal()
_NOTHING = np.empty(0, np.int64), np.empty(0, np.int64)


class SightingColumns:
    """Sightings as columns; NaN is what is not known.

    `words` is a function from the index of a sighting to the lexemes of its titles, each once. Of equal `refs` both are
    the same case; None is equal to none.
    """

    def __init__(self, days, precisions, latitudes, longitudes, rigs, codes, refs, words):
        self.day = np.array([day.toordinal() for day in days], np.int64)
        self.longest = np.array([LONGEST[precision] for precision in precisions], np.int64)
        self.until = np.minimum(self.day + self.longest, LAST_DAY)
        self.latitude, self.longitude = np.array(latitudes, float), np.array(longitudes, float)
        self.rigs = np.array(rigs, float)
        self.codes, self.refs, self.words = codes, refs, words

    def __len__(self):
        return len(self.day)

    def placed(self):
        """The indices of those with a point."""
        return np.flatnonzero(~np.isnan(self.latitude))

    def in_districts(self):
        """The indices of those whose district is known: three codes name it. Of a province alone nothing is near."""
        return np.array([index for index, codes in enumerate(self.codes) if len(codes) >= 3], np.int64)

    def cells(self):
        """The cells of the map, more than NEAR_KM wide, in which something may be near to one of them."""
        return np.unique(_cells_around(self, self.placed())[1]).tolist()

    def districts(self):
        """The districts of all, and of those without a point: two sets of the three codes that name each."""
        indices = self.in_districts()
        pointless = indices[np.isnan(self.latitude[indices])]
        return tuple({self.codes[index][:3] for index in some.tolist()} for some in (indices, pointless))


def likely_pairs(asked: SightingColumns, known: SightingColumns):
    """[(index in `asked`, index in `known`, km or NaN, days, whether the counts are alike, title, score)].

    The likeliest first of each asked, MOST at most. `title` is the share of words that the titles have in common.
    """
    near, numbers, found = _Near(known), {}, []
    titles = [_as_bits(columns.words, numbers) for columns in (asked, known)]
    for start in range(0, len(asked), AT_A_TIME):
        wanted = np.arange(start, min(start + AT_A_TIME, len(asked)))
        columns = _likeliest(asked, known, titles, *near.to(asked, wanted))
        found += zip(*(column.tolist() for column in columns), strict=True)
    return found


class _Near:
    """`known` by where they are, then by day: so that each is compared with its neighbours and not with all."""

    def __init__(self, known):
        placed, districts = known.placed(), known.in_districts()
        without_point = districts[np.isnan(known.latitude[districts])]
        self.districts = {}
        self.in_cells = _ByDay(known, placed, _cell(*_row_and_column(known, placed)))
        self.in_districts = _ByDay(known, districts, self._district(known, districts))
        self.without_point = _ByDay(known, without_point, self._district(known, without_point))

    def to(self, asked, wanted):
        """(indices in `asked`, indices in `known`) of what may be near to those `wanted`, in place and in time."""
        placed = np.intersect1d(wanted, asked.placed(), assume_unique=True)
        districts = np.intersect1d(wanted, asked.in_districts(), assume_unique=True)
        pointless = np.isnan(asked.latitude[districts])
        pairs = [
            _NOTHING,
            *self.in_cells.near(asked, *_cells_around(asked, placed)),
            *self.without_point.near(asked, districts[~pointless], self._district(asked, districts[~pointless])),
            *self.in_districts.near(asked, districts[pointless], self._district(asked, districts[pointless])),
        ]
        return [np.concatenate(column) for column in zip(*pairs, strict=True)]

    def _district(self, columns, indices):
        """A number for the country, province and district of each."""
        codes = (columns.codes[index][:3] for index in indices.tolist())
        return np.array([self.districts.setdefault(code, len(self.districts)) for code in codes], np.int64)


class _ByDay:
    """Some of `known`, in the order of their `places` and days; those of each precision apart."""

    DAYS = LAST_DAY + 1  # numbers that a place takes

    def __init__(self, known, indices, places):
        self.parts = []
        for longest in np.unique(known.longest[indices]):
            some = known.longest[indices] == longest
            keys = places[some] * self.DAYS + known.day[indices[some]]
            order = np.argsort(keys, kind="stable")
            self.parts.append((longest, keys[order], indices[some][order]))

    def near(self, asked, indices, places):
        """Pairs of columns of indices: each of `indices` with those of its place that are near in time."""
        begin = places * self.DAYS
        for longest, keys, rows in self.parts:
            first = np.maximum(asked.day[indices] - NEAR_DAYS - longest, 0)
            last = np.minimum(asked.until[indices] + NEAR_DAYS, LAST_DAY)
            start, end = np.searchsorted(keys, begin + first), np.searchsorted(keys, begin + last, "right")
            middle = np.searchsorted(keys, begin + asked.day[indices])
            half = MOST_COMPARED // 2
            start = np.where(
                end - start > MOST_COMPARED, np.maximum(start, np.minimum(middle, end - half) - half), start
            )
            number = np.minimum(end - start, MOST_COMPARED)
            steps = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
            yield np.repeat(indices, number), rows[np.repeat(start, number) + steps]


def _row_and_column(columns, indices):
    """Of the cell of the map that each lies in."""
    row = np.floor(columns.latitude[indices] / CELL).astype(np.int64)
    return row, np.floor(columns.longitude[indices] / CELL).astype(np.int64)


def _cell(row, column):
    return row * AROUND + column % AROUND


def _cells_around(columns, indices):
    """(indices, cells): each with the cells in which something may be near to it."""
    row, column = _row_and_column(columns, indices)
    # Degrees of longitude shrink towards the poles.
    edge = np.radians(np.minimum(np.abs(columns.latitude[indices]) + CELL, 89))
    wide = np.ceil(1 / np.maximum(np.cos(edge), 0.02)).astype(np.int64)
    found = [(indices[:0], row[:0])]
    for reach in np.unique(wide):
        some = wide == reach
        for down in (-1, 0, 1):
            for aside in range(-reach, reach + 1):
                found.append((indices[some], _cell(row[some] + down, column[some] + aside)))
    return [np.concatenate(part) for part in zip(*found, strict=True)]


def _likeliest(asked, known, titles, left, right):
    """The columns of `likely_pairs` of those pairs that are alike. The cheap questions first: most pairs fail them."""
    left, right, km = _near_in_place(asked, known, left, right)
    rigs, others = asked.rigs[left], known.rigs[right]
    unsaid = np.isnan(rigs) | np.isnan(others)
    alike = np.abs(rigs - others) <= ALIKE_COUNT * np.fmax(rigs, others)  # with NaN: not alike
    title = _in_common(*([*map(bits, indices.tolist())] for bits, indices in zip(titles, (left, right), strict=True)))
    # Another number of rigs is borne only under nearly the same words.
    taken = np.flatnonzero(alike | (title >= np.where(unsaid, ALIKE_TITLE, SAME_TITLE)))
    refs = (asked.refs[one] for one in left[taken].tolist()), (known.refs[other] for other in right[taken].tolist())
    taken = taken[[ref is None or ref != other for ref, other in zip(*refs, strict=True)]]
    left, right, km, alike, title = (column[taken] for column in (left, right, km, alike, title))
    apart = np.maximum(asked.day[left] - known.until[right], known.day[right] - asked.until[left])
    days = np.maximum(apart, 0)  # where the two periods overlap
    score = title + alike + 1 / (1 + days / 7) + np.where(np.isnan(km), 0.5, 1 / (1 + km / 5))
    order = np.lexsort((right, -score, left))
    rank = np.arange(len(order)) - np.searchsorted(left[order], left[order])
    best = order[rank < MOST]
    return [column[best] for column in (left, right, km, days, alike, title, score)]


def _near_in_place(asked, known, left, right):
    """Those of the pairs that are near in place, with the kilometres between them: NaN where one has no point."""
    # Degrees first: the sphere costs more. NaN, where one has no point, is not further off.
    near = ~(np.abs(asked.latitude[left] - known.latitude[right]) > NEAR_KM / 110)
    left, right = left[near], right[near]
    km = km_between(asked.latitude[left], asked.longitude[left], known.latitude[right], known.longitude[right])
    near = km <= NEAR_KM
    for at in np.flatnonzero(np.isnan(km)):
        codes, others = asked.codes[left[at]], known.codes[right[at]]
        shared = min(len(codes), len(others))
        near[at] = codes[:shared] == others[:shared]
    return left[near], right[near], km[near]


def _as_bits(words, numbers):
    """A function from an index to its `words` as one number, a bit for each: thousands are compared with thousands.

    `numbers` grows by each new word. What many have comes early, and two are compared up to the shorter.
    """

    @cache
    def bits(index):
        return sum(1 << numbers.setdefault(word, len(numbers)) for word in words(index))

    return bits


def _in_common(words, others):
    """Of each pair of `_as_bits`, the share of the words of the shorter title that are in the other, too."""
    numbers = [np.fromiter(map(int.bit_count, some), int) for some in (words, others, map(and_, words, others))]
    return numbers[2] / np.maximum(np.minimum(*numbers[:2]), 1)
