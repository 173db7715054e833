"""Mines of many habits, flat by day and night, restarts, heat, tariffs, rigs that are added."""

import numpy as np

from . import customers
from .clock import some


def running_rigs(clock, chance, count, kw):
    """`kw` (count × 1) of rigs that run: what fails, what restarts, what the mains and the fans do."""
    watts = some(chance, count, 1.2, 3.6)
    number = np.maximum(kw / watts, 1)
    down = some(chance, count, 0.002, 0.02)
    running = 1 - np.clip(down + np.sqrt(down / number) * clock.wander(chance, count, 8), 0, 0.5)
    load = running * (1 + some(chance, count, 0.002, 0.009) * clock.white(chance, count))
    load *= 1 + some(chance, count, 0.001, 0.006) * clock.wander(chance, count, 6)
    load *= 1 + some(chance, count, 0, 0.0015) * (clock.celsius - 20)  # the fans
    # Restarts: the pool, the switch, a new program. Minutes; sometimes hours.
    restart = chance.random((count, clock.size), dtype=np.float32) < some(chance, count, 0.0002, 0.004)
    load *= 1 - restart * chance.random((count, clock.size), dtype=np.float32)
    long = chance.random((count, clock.size), dtype=np.float32) < some(chance, count, 0, 0.0005)
    for shift in range(12):
        load *= 1 - np.roll(long, shift, 1) * np.float32(0.9)
    return kw * load


def _cover(clock, chance, count, most=0.25, kw=10):
    """What else hangs on the meter: lamps, a guard's room, a workshop that still works a little."""
    kind = customers.warehouse(clock, chance, count)
    return kind / np.maximum(kind.mean(1, keepdims=True), 0.01) * kw * some(chance, count, 0, most) ** 1.5


def _size(chance, count, low, high):
    """As many mines of each order of size between."""
    return np.exp(chance.uniform(np.log(low), np.log(high), (count, 1))).astype(np.float32)


def steady(clock, chance, count):
    kw = _size(chance, count, 12, 500)
    return running_rigs(clock, chance, count, kw) + _cover(clock, chance, count, 0.3, kw)


def off_at_peak(clock, chance, count):
    """Switched off when electricity is dear: in the evening, twice a day, or but for the night; not on every day."""
    kw = _size(chance, count, 5, 300)
    way = chance.integers(0, 5, (count, 1))
    late, early = some(chance, count, -0.6, 0.6), some(chance, count, -0.6, 0.6)
    evening = clock.between(17 + late, 21.5 + early)
    morning = clock.between(9.5 + early, 12 + late)
    day = clock.between(7.5 + late, 22 + early)
    off = np.select([way <= 1, way <= 3], [evening, evening | morning], day)
    off = (
        off
        & ~clock.on_days(chance, count, some(chance, count, 0, 0.2))
        & (clock.at_work | (chance.random((count, 1)) < 0.7))
    )
    left = some(chance, count, 0, 0.12)
    return running_rigs(clock, chance, count, kw) * np.where(off, left, 1) + _cover(clock, chance, count, 0.3, kw)


def throttled(clock, chance, count):
    """Rigs slow down in the heat of the afternoon, or some are switched off."""
    kw = _size(chance, count, 8, 400)
    begin = some(chance, count, 22, 30)
    less = np.clip((clock.celsius + clock.wander(chance, count, 10) - begin) / some(chance, count, 4, 10), 0, 1) * some(
        chance, count, 0.06, 0.4
    )
    return running_rigs(clock, chance, count, kw) * (1 - less) + _cover(clock, chance, count, 0.3, kw)


def behind_a_household(clock, chance, count):
    """One to eight rigs and a family on one meter."""
    kw = chance.integers(1, 9, (count, 1)) * some(chance, count, 1.2, 3.5)
    return running_rigs(clock, chance, count, kw.astype(np.float32)) + customers.household(clock, chance, count)


def growing(clock, chance, count):
    """Rigs are added in steps."""
    kw = _size(chance, count, 12, 300)
    share = some(chance, count, 0.15, 0.6)
    for _step in range(4):
        share = share + some(chance, count, 0.03, 0.25) * (clock.day >= chance.integers(1, clock.days + 1, (count, 1)))
    return running_rigs(clock, chance, count, kw) * share + _cover(clock, chance, count, 0.3, kw)


def started_and_stopped(clock, chance, count):
    """A trade where a mine moves in, and sometimes out again, within these days."""
    kw = _size(chance, count, 8, 300)
    begin = chance.integers(clock.days // 10, max(clock.days * 6 // 10, clock.days // 10 + 1), (count, 1))
    end = np.where(chance.random((count, 1)) < 0.4, begin + chance.integers(5, clock.days + 5, (count, 1)), clock.days)
    on = (clock.day >= begin) & (clock.day < end)
    return (
        running_rigs(clock, chance, count, kw) * on
        + _cover(clock, chance, count, 0.5, kw)
        + customers.shop(clock, chance, count) * 0.5
    )


def cards_in_a_cafe(clock, chance, count):
    """Graphics cards of an internet café mine where nobody plays."""
    kw, seats, used = customers.cafe(clock, chance, count)
    mining = seats * np.clip(1 - used * some(chance, count, 0.6, 1.1), 0, 1) * some(chance, count, 0.12, 0.25)
    return (
        kw + running_rigs(clock, chance, count, np.ones((count, 1), np.float32) * some(chance, count, 0.9, 1)) * mining
    )
