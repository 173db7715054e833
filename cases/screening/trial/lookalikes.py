"""Loads that look like a mine and are none. They overlap with mines as in life: some masts are flat."""

import numpy as np

from .clock import about, chosen, some


def cold_store(clock, chance, count):
    """Compressors that cycle, more when it is warm; defrosting at fixed hours; doors that open at work."""
    size = about(chance, count, 40, 0.8, 5, 400)
    machines = chance.integers(1, 7, (count, 1))
    duty = np.clip(
        some(chance, count, 0.4, 0.75) + some(chance, count, 0.004, 0.014) * (clock.celsius - 18)
        + some(chance, count, 0.0, 0.12) * clock.at_work * clock.between(7, 18), 0.1, 1,
    )  # fmt: skip
    period = some(chance, count, 1.2, 6)
    kw = np.zeros((count, clock.size), np.float32)
    for number in range(6):
        turn = np.arange(clock.size) / (period * some(chance, count, 0.9, 1.1)) + some(chance, count, 0, 1)
        # What of this quarter of an hour the compressor runs: short cycles blur.
        blur = np.clip(0.5 + (duty - turn % 1) * period, 0, 1)
        kw += np.where(number < machines, np.where(period < 2, duty, blur), 0)
    kw = kw / machines * size * 0.85 + size * some(chance, count, 0.05, 0.15)
    begin = some(chance, count, 0, 6)
    for turn in range(4):
        kw += size * some(chance, count, 0, 0.2) * clock.between(begin + turn * 6, begin + turn * 6 + 0.5)
    return kw * (1 + some(chance, count, 0.005, 0.03) * clock.white(chance, count))


def telecom_mast(clock, chance, count):
    """Rectifiers: flat. Traffic makes a wave of 2 to 25 %, air conditioning follows the weather where there is any."""
    size = about(chance, count, 3, 0.5, 0.8, 14)
    traffic = np.clip(0.5 + 0.5 * np.sin((clock.hour - some(chance, count, 13, 16)) / 24 * 2 * np.pi), 0, 1)
    kw = size * (
        1 + about(chance, count, 0.07, 0.7, 0.015, 0.3) * (traffic - 0.5) * (1 + 0.15 * clock.of_days(chance, count))
    )
    air = chosen(chance, count, 0.65) * size * some(chance, count, 0.08, 0.4)
    kw += (
        air * np.clip((clock.celsius - some(chance, count, 16, 26)) / 14, 0, 1) * (1 + 0.2 * clock.white(chance, count))
    )
    kw *= 1 + some(chance, count, 0.003, 0.015) * clock.white(chance, count) + 0.005 * clock.wander(chance, count, 24)
    return kw


def data_centre(clock, chance, count):
    """Servers of others: nearly flat, a small wave of use, cooling that follows the weather, racks that are added."""
    size = about(chance, count, 60, 1.2, 4, 3000)
    wave = np.sin((clock.hour - some(chance, count, 8, 12)) / 24 * 2 * np.pi)
    kw = size * (1 + about(chance, count, 0.02, 0.7, 0.004, 0.1) * wave * (0.6 + 0.4 * clock.at_work))
    cooling = some(chance, count, 0.05, 0.35)
    kw *= 1 + cooling * (0.4 + np.clip((clock.celsius - some(chance, count, 4, 18)) / 25, 0, 1))
    kw *= 1 + chosen(chance, count, 0.3) * some(chance, count, 0.01, 0.15) * (
        clock.day >= chance.integers(1, clock.days + 1, (count, 1))
    )
    return kw * (1 + some(chance, count, 0.002, 0.01) * (clock.white(chance, count) + clock.wander(chance, count, 6)))


def pumping_station(clock, chance, count):
    """Pumps on and off: by the water that people use, by the cheap hours, or for weeks without a stop."""
    size = about(chance, count, 25, 0.8, 3, 200)
    way = chance.integers(0, 5, (count, 1))
    need = clock.shifted(clock.profile("h0"), chance, count, 8) * some(chance, count, 0.25, 0.5)
    turn = (
        np.arange(clock.size) / some(chance, count, 3, 16)
        + some(chance, count, 0, 1)
        + 0.3 * clock.wander(chance, count, 5)
    )
    by_level = (turn % 1 < need).astype(np.float32)
    begin = some(chance, count, 21, 25)
    by_tariff = clock.between(begin, begin + some(chance, count, 6, 10)) * (1 - clock.on_days(chance, count, 0.06))
    stops = clock.on_days(chance, count, some(chance, count, 0, 0.12)) * clock.between(
        some(chance, count, 6, 14), some(chance, count, 15, 20)
    )
    drains = 1 - stops
    driven = np.clip(
        0.35 + 0.35 * need + 0.05 * clock.wander(chance, count, 2), 0.1, 1
    )  # a converter turns it as needed
    kw = np.select([way <= 1, way == 2, way == 3], [by_level, by_tariff, drains], driven).astype(np.float32)
    head = (
        1
        + some(chance, count, 0.004, 0.02) * clock.white(chance, count)
        + some(chance, count, 0.01, 0.04) * clock.wander(chance, count, 24)
    )
    return size * kw * head + some(chance, count, 0.05, 0.5)


def three_shifts(clock, chance, count):
    """Works that never stop, or stop on Sunday: dips when shifts change and at meals, machines that come and go."""
    size = about(chance, count, 90, 0.8, 15, 900)
    kw = (
        1
        + some(chance, count, 0.03, 0.12) * clock.wander(chance, count, 2)
        + some(chance, count, 0.03, 0.08) * clock.wander(chance, count, 20)
    )
    kw += some(chance, count, 0.01, 0.06) * clock.white(chance, count)
    dip = some(chance, count, 0.02, 0.3)
    for hour in (6, 14, 22, 11.5, 18.5):
        begin = hour + some(chance, count, -0.5, 0.5)
        kw -= dip * clock.between(begin, begin + 0.5)
    sunday = np.array([day.weekday() == 6 for day in clock.dates])[clock.day]
    kw -= chosen(chance, count, 0.4) * some(chance, count, 0.2, 0.8) * sunday
    return size * np.clip(kw, 0.03, None)


def street_lights(clock, chance, count):
    """On from dusk to dawn; some are dimmed after midnight, some keep a kiosk or a camera by day."""
    size = about(chance, count, 6, 0.7, 0.8, 60)
    early = some(chance, count, -0.6, 0.6)
    on = abs(clock.hour - 12.5) > clock.daylight[clock.day] / 2 + early
    dim = 1 - chosen(chance, count, 0.4) * some(chance, count, 0.2, 0.6) * clock.between(
        some(chance, count, 22, 25), 5.5
    )
    return size * on * dim * (1 + 0.006 * clock.white(chance, count)) + size * chosen(chance, count, 0.3) * some(
        chance, count, 0.01, 0.2
    )


def charging_park(clock, chance, count):
    """Cars by day, or a depot of buses that charge all night."""
    size = about(chance, count, 120, 0.7, 20, 900)
    arrivals = np.clip(clock.shifted(clock.profile("g4"), chance, count, 12), 0.05, None)
    busy = (chance.random((count, clock.size), dtype=np.float32) < 0.25 * arrivals) * chance.random(
        (count, clock.size), dtype=np.float32
    )
    cars = busy + np.roll(busy, 1, 1) * 0.8 + np.roll(busy, 2, 1) * 0.4
    begin = some(chance, count, 20.5, 24)
    buses = clock.between(begin, begin + some(chance, count, 4, 8)) * (0.9 + 0.08 * clock.wander(chance, count, 3))
    return size * np.where(chosen(chance, count, 0.3), 0.1 * cars + buses, cars) * 0.6 + some(chance, count, 0.1, 2)


def glasshouse(clock, chance, count):
    """Lamps for 12 to 20 hours a day at fixed hours, or as the sun leaves it; pumps; heating."""
    size = about(chance, count, 45, 0.8, 4, 500)
    long = some(chance, count, 12, 20)
    begin = some(chance, count, 20, 28)
    lamps = clock.between(begin, begin + long) * (1 - clock.on_days(chance, count, 0.02) * 0.5)
    bright = np.clip(0.7 + 0.35 * clock.of_days(chance, count), 0, 1.2) * clock.height_of_sun
    by_sun = lamps * np.clip(1.3 - some(chance, count, 0.8, 1.8) * bright, 0, 1)
    kw = np.where(chosen(chance, count, 0.5), by_sun, lamps) + some(chance, count, 0.01, 0.1) * (
        1 + 0.2 * clock.wander(chance, count, 2)
    )
    kw += chosen(chance, count, 0.4) * some(chance, count, 0.1, 0.4) * np.clip((10 - clock.celsius) / 20, 0, 1)
    kw += chosen(chance, count, 0.5) * some(chance, count, 0.02, 0.12) * np.clip((clock.celsius - 20) / 10, 0, 1)
    return size * kw * (1 + 0.008 * clock.white(chance, count))
