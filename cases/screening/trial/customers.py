"""Loads of people and trades, as meters see them: nobody's own, drawn from the profiles of the BDEW and chance."""

import numpy as np

from .clock import about, chosen, some


def household(clock, chance, count):
    shape = clock.shifted(clock.profile("h0"), chance, count) ** some(chance, count, 0.5, 1.6)
    size = about(chance, count, 0.3, 0.55, 0.05, 2.5)
    home = 1 - clock.on_days(chance, count, some(chance, count, 0, 0.08)) * np.float32(0.85)
    busy = shape * home
    # Appliances: many short ones, some long ones.
    kw = size * 0.35 * busy * (1 + 0.2 * clock.white(chance, count))
    begins = chance.random((count, clock.size), dtype=np.float32) < 0.10 * busy
    amount = chance.standard_exponential((count, clock.size), dtype=np.float32) * begins * size * 3
    kw += amount + np.roll(amount, 1, 1) * 0.6 + np.roll(amount, 2, 1) * 0.25
    fridge = some(chance, count, 0.02, 0.12)
    turn = np.arange(clock.size) / some(chance, count, 2.2, 6.5) + some(chance, count, 0, 1)
    kw += fridge * (0.5 + (turn % 1 < 0.4)) + some(chance, count, 0.005, 0.06)
    # Always on: aquarium, server, pump, a tent with lamps; a few of them large.
    kw += (
        chosen(chance, count, 0.06)
        * about(chance, count, 0.3, 0.8, 0.05, 2.5)
        * (1 + 0.01 * clock.white(chance, count))
    )
    warm, cold = some(chance, count, 24, 29), some(chance, count, -2, 14)
    there = (
        np.clip(0.35 + 0.5 * shape / shape.max(1, keepdims=True) + 0.25 * clock.wander(chance, count, 3), 0, 1) * home
    )
    duty = 1 + 0.25 * clock.white(chance, count)
    kw += (
        (chosen(chance, count, 0.6) * about(chance, count, 0.9, 0.4))
        * np.clip((clock.celsius - warm) / 6, 0, 1)
        * there
        * duty
    )
    kw += (
        (chosen(chance, count, 0.14) * about(chance, count, 2.2, 0.5))
        * np.clip((cold - clock.celsius) / 18, 0, 1)
        * duty
    )
    # A car that charges at night.
    begin = some(chance, count, 19, 26)
    charging = clock.between(begin, begin + some(chance, count, 1, 6)) & clock.on_days(
        chance, count, some(chance, count, 0.2, 0.8)
    )
    kw += chosen(chance, count, 0.04) * some(chance, count, 2.2, 7.4) * charging
    return np.clip(kw, 0, None)


def household_with_roof(clock, chance, count):
    """With solar panels: what goes out counts below zero."""
    cloud = np.clip(0.75 + 0.3 * clock.of_days(chance, count) + 0.15 * clock.white(chance, count), 0.05, 1)
    return household(clock, chance, count) - some(chance, count, 2, 9) * clock.height_of_sun * cloud


def _trade(clock, chance, count, profile, size, *, spread=0.8, base=(0.03, 0.25), noise=(0.04, 0.16), cooling=0.5):
    """A trade after one standard profile, with a base load, its own hours, days that differ, and cooled rooms."""
    size = about(chance, count, size, spread, 0.2, 400)
    shape = clock.shifted(clock.profile(profile), chance, count, 8) ** some(chance, count, 0.7, 1.8)
    share = some(chance, count, *base)
    closed = clock.on_days(chance, count, some(chance, count, 0, 0.05)) * some(chance, count, 0.4, 0.9)
    busy = shape * (1 - closed) * (1 + 0.12 * clock.of_days(chance, count))
    kw = size * (share + (1 - share) * busy)
    level = some(chance, count, *noise)
    kw *= 1 + level * (0.7 * clock.white(chance, count) + 0.7 * clock.wander(chance, count, 2))
    warm = some(chance, count, 20, 27)
    kw += (
        chosen(chance, count, cooling)
        * size
        * some(chance, count, 0.1, 0.6)
        * np.clip((clock.celsius - warm) / 8, 0, 1)
        * np.clip(busy, 0.1, 1.2)
    )
    fridges = chosen(chance, count, 0.35) * size * some(chance, count, 0.05, 0.5)
    turn = np.arange(clock.size) / some(chance, count, 2.0, 5.5) + some(chance, count, 0, 1)
    kw += fridges * (0.6 + 0.5 * (turn % 1 < 0.55)) * (1 + 0.012 * (clock.celsius - 20))
    return np.clip(kw, 0, None)


def shop(clock, chance, count):
    return _trade(clock, chance, count, "g4", 4)


def office(clock, chance, count):
    """Some have a room of servers."""
    kw = _trade(clock, chance, count, "g1", 8, base=(0.08, 0.35))
    servers = chosen(chance, count, 0.12) * about(chance, count, 1.5, 0.7, 0.3, 15)
    return kw + servers * (1 + 0.01 * clock.white(chance, count) + 0.01 * clock.wander(chance, count, 12))


def restaurant(clock, chance, count):
    return _trade(clock, chance, count, "g2", 6, spread=0.6)


def bakery(clock, chance, count):
    return _trade(clock, chance, count, "g5", 7, spread=0.5, cooling=0.2)


def workshop(clock, chance, count):
    return _trade(clock, chance, count, "g1", 12, base=(0.02, 0.12), noise=(0.12, 0.4), cooling=0.2)


def warehouse(clock, chance, count):
    return _trade(clock, chance, count, "g0", 7, base=(0.1, 0.5))


def open_at_night(clock, chance, count):
    """A hotel, a hospital, a shop that never closes: in use at all hours."""
    return _trade(clock, chance, count, "g3", 12, base=(0.3, 0.75), noise=(0.02, 0.1), cooling=0.8)


def farm(clock, chance, count):
    """Milk, stables; some ponds have aerators that run day and night for weeks."""
    kw = _trade(clock, chance, count, chance.choice(["l0", "l1", "l2"]), 4, spread=0.6)
    ponds = chosen(chance, count, 0.08) * about(chance, count, 5, 0.6, 0.7, 30)
    runs = 1 - clock.on_days(chance, count, some(chance, count, 0, 0.3)) * clock.between(9, 16)
    return kw + ponds * runs * (1 + 0.015 * clock.white(chance, count))


def cafe(clock, chance, count):
    """An internet café: machines that people use, most in the evening."""
    seats = some(chance, count, 20, 120)
    people = clock.shifted(clock.profile("g2"), chance, count, 8)
    used = np.clip(
        0.35 * people * (1 + 0.2 * clock.of_days(chance, count)) + 0.05 * clock.wander(chance, count, 1), 0.02, 1
    )
    air = np.clip((clock.celsius - 22) / 8, 0, 1) * (0.3 + used) * 0.12
    return seats * (0.22 * used + air + 0.015), seats, used


def internet_cafe(clock, chance, count):
    return cafe(clock, chance, count)[0] * (1 + 0.03 * clock.white(chance, count))
