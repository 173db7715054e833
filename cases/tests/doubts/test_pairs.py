"""Many sightings compared at once: what each pair, looked at by itself, says."""

import random
from datetime import date, timedelta
from math import asin, cos, isnan, nan, radians, sin, sqrt

import pytest

from cases.doubts import pairs
from cases.doubts.pairs import LONGEST, SightingColumns, likely_pairs

DISTRICTS = [("CN",), ("CN", "CN-NM"), ("CN", "CN-NM", "CN-15"), ("CN", "CN-NM", "CN-15", "CN-1501"),
             ("CN", "CN-NM", "CN-15", "CN-1502"), ("FJ", "FJ-N", "FJ-N1"), ()]  # fmt: skip
WORDS = ["warehouse", "rigs", "meter", "bayannur", "night", "raid"]
PLACES = [(40.7, 107.4), (-17.0, 179.95), (-17.0, -179.95), (84.9, 10.0), (0.0, 0.0)]


def some_sightings(chance, number):
    rows = []
    for _ in range(number):
        precision = chance.choice(list(LONGEST))
        day = date(2021, 1, 1) + timedelta(days=chance.randrange(500))
        day = (
            day.replace(day=1) if precision == "month" else day.replace(month=1, day=1) if precision == "year" else day
        )
        latitude, longitude = chance.choice(PLACES)
        point = (latitude + chance.uniform(-0.3, 0.3), (longitude + chance.uniform(-0.3, 0.3) + 180) % 360 - 180)
        rows.append((
            day, precision, *(point if chance.random() < 0.7 else (None, None)),
            chance.choice([None, 0, 100, 110, 2_000]), chance.choice(DISTRICTS), chance.choice([None, *range(number)]),
            set(chance.sample(WORDS, chance.randrange(5))),
        ))  # fmt: skip
    return rows


def compared_one_by_one(asked, known):
    return {
        (index, other): found
        for index, row in enumerate(asked)
        for other, beside in enumerate(known)
        if (found := compared(row, beside))
    }


def compared(row, other):
    """(km, days, score) if they are alike, by the plain words of the rule."""
    day, precision, latitude, longitude, rigs, codes, ref, words = row
    its_day, its_precision, its_latitude, its_longitude, its_rigs, its_codes, its_ref, its_words = other
    if ref is not None and ref == its_ref:
        return None
    first, second = sorted([(day, precision), (its_day, its_precision)])
    days = max(0, (second[0] - first[0]).days - LONGEST[first[1]])
    if None not in (latitude, its_latitude):
        km = kilometres(latitude, longitude, its_latitude, its_longitude)
        near = km <= 25
    else:
        shared, km = min(len(codes), len(its_codes)), nan
        near = shared >= 3 and codes[:shared] == its_codes[:shared]
    counts = None if None in (rigs, its_rigs) else abs(rigs - its_rigs) <= 0.2 * max(rigs, its_rigs)
    title = len(words & its_words) / min(len(words), len(its_words)) if words and its_words else 0
    if days > 45 or not near or not (counts or title >= (0.8 if counts is False else 0.5)):
        return None
    return km, days, title + bool(counts) + 1 / (1 + days / 7) + (0.5 if isnan(km) else 1 / (1 + km / 5))


def kilometres(latitude, longitude, other_latitude, other_longitude):
    latitude, longitude, other_latitude, other_longitude = map(
        radians, (latitude, longitude, other_latitude, other_longitude)
    )
    half = (
        sin((other_latitude - latitude) / 2) ** 2
        + cos(latitude) * cos(other_latitude) * sin((other_longitude - longitude) / 2) ** 2
    )
    return 2 * 6371 * asin(sqrt(half))


def columns_of(rows):
    *columns, words = zip(*rows, strict=True)
    return SightingColumns(*columns, words.__getitem__)


@pytest.mark.parametrize("seed", range(5))
def test_all_at_once_finds_what_one_by_one_finds(monkeypatch, seed):
    chance = random.Random(seed)  # noqa: S311 - no secret
    asked, known = some_sightings(chance, 150), some_sightings(chance, 200)
    monkeypatch.setattr(pairs, "MOST", 1_000)
    monkeypatch.setattr(pairs, "AT_A_TIME", 70)
    expected = compared_one_by_one(asked, known)
    found = {(index, other): (km, days, score) for index, other, km, days, _alike, _title, score in
             likely_pairs(columns_of(asked), columns_of(known))}  # fmt: skip
    assert len(expected) > 100
    assert found.keys() == expected.keys()
    for pair, values in found.items():
        assert values == pytest.approx(expected[pair], nan_ok=True)


def test_the_likeliest_are_kept_and_the_nearest_in_time_are_compared(monkeypatch):
    rows = [
        (date(2021, 6, 1) + timedelta(days=step), "day", 40.0, 107.0, 100, ("CN",), None, set())
        for step in range(-30, 31)
    ]
    asked = [(date(2021, 6, 1), "day", 40.0, 107.0, 100, ("CN",), None, set())]
    found = [known for _asked, known, *_how in likely_pairs(columns_of(asked), columns_of(rows))]
    assert (found[0], set(found)) == (30, {28, 29, 30, 31, 32})
    monkeypatch.setattr(pairs, "MOST_COMPARED", 2)
    found = [known for _asked, known, *_how in likely_pairs(columns_of(asked), columns_of(rows))]
    assert found == [30, 29]


def test_of_nothing_nothing_is_alike():
    nothing, something = SightingColumns(*[()] * 7, None), columns_of(some_sightings(random.Random(1), 3))  # noqa: S311
    assert likely_pairs(nothing, something) == likely_pairs(something, nothing) == []
