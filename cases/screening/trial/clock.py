"""The time that trial readings cover: quarter hours, days, weather, and shapes that many loads share."""

import warnings
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

ZONE = "Asia/Shanghai"
SLOTS = 96  # quarter hours of a day
PEOPLE_REST = {(1, 1), (5, 1), (5, 2), (5, 3), (10, 1), (10, 2), (10, 3), (10, 4), (10, 5), (10, 6), (10, 7)}


class Clock:
    """The quarter hours of `days` days from `first_day`, and the weather of one station."""

    def __init__(self, first_day: date, days: int, chance: np.random.Generator):
        self.days, self.size = days, days * SLOTS
        self.dates = [first_day + timedelta(days=number) for number in range(days)]
        slots = np.arange(self.size)
        self.hour = (slots % SLOTS / 4).astype(np.float32)
        self.day = slots // SLOTS
        midnight = datetime(first_day.year, first_day.month, first_day.day, tzinfo=ZoneInfo(ZONE))
        self.seconds = int(midnight.astimezone(UTC).timestamp()) + slots * 900
        rests = [day.weekday() >= 5 or (day.month, day.day) in PEOPLE_REST for day in self.dates]
        self.at_work = ~np.array(rests)[self.day]
        self.celsius = self._weather(chance)
        # Half the length of the night, from the day of the year, at 41 degrees north.
        of_year = np.array([day.timetuple().tm_yday for day in self.dates])
        declination = np.radians(-23.44) * np.cos(2 * np.pi * (of_year + 10) / 365)
        self.daylight = (24 / np.pi * np.arccos(-np.tan(np.radians(41)) * np.tan(declination))).astype(np.float32)
        self.height_of_sun = np.clip(np.cos((self.hour - 12.5) / self.daylight[self.day] * np.pi), 0, None) * (
            abs(self.hour - 12.5) < self.daylight[self.day] / 2
        )

    def _weather(self, chance):
        """Degrees: season, weather that stays for days, the hours of the day, wind and cloud."""
        mean = np.empty(self.days)
        drift = chance.normal(0, 3)
        swing = np.empty(self.days)
        for number, day in enumerate(self.dates):
            drift = 0.75 * drift + chance.normal(0, 2.4)
            mean[number] = 8 - 17 * np.cos(2 * np.pi * (day.timetuple().tm_yday - 20) / 365) + drift
            swing[number] = chance.uniform(3, 8)
        middle = np.arange(self.days) * SLOTS + SLOTS / 2
        celsius = np.interp(np.arange(self.size), middle, mean)
        celsius += swing[self.day] * np.cos(2 * np.pi * (self.hour - 15) / 24)
        return (celsius + np.convolve(chance.normal(0, 0.8, self.size + 7), np.ones(8) / 8, "valid")).astype(np.float32)

    @cache  # noqa: B019 - a clock lives as long as the run
    def profile(self, name: str) -> np.ndarray:
        """A standard load profile of the BDEW, such as h0 or g4: its mean over these days is 1."""
        wanted = [
            _profile_of(day.year, name)[(day.timetuple().tm_yday - 1) * SLOTS : day.timetuple().tm_yday * SLOTS]
            for day in self.dates
        ]
        found = np.concatenate(wanted)
        return (found / found.mean()).astype(np.float32)

    # Randomness that has the length of the clock; each gives (count, size).

    def white(self, chance, count):
        """Noise from reading to reading, of variance 1."""
        return chance.standard_normal((count, self.size), dtype=np.float32)

    def wander(self, chance, count, hours):
        """Noise that needs `hours` to change, of variance about 1."""
        step = int(hours * 4)
        knots = chance.standard_normal((count, self.size // step + 2), dtype=np.float32) * np.float32(1.22)
        place = np.arange(self.size) / step
        left = place.astype(int)
        share = (place - left).astype(np.float32)
        return knots[:, left] * (1 - share) + knots[:, left + 1] * share

    def of_days(self, chance, count):
        """Noise from day to day, of variance 1."""
        return chance.standard_normal((count, self.days), dtype=np.float32)[:, self.day]

    def on_days(self, chance, count, share):
        """Whether something happens on a day: of `share` (count × 1) of the days."""
        return (chance.random((count, self.days)) < share)[:, self.day]

    def shifted(self, profile, chance, count, most=6):
        """The profile, up to `most` quarter hours earlier or later for each."""
        shift = chance.integers(-most, most + 1, (count, 1))
        return profile[(np.arange(self.size) + shift) % self.size]

    def between(self, begin, end):
        """Whether the hour lies between `begin` and `end` (count × 1), also over midnight."""
        hour, begin, end = self.hour[None, :], np.asarray(begin) % 24, np.asarray(end) % 24
        return np.where(begin <= end, (hour >= begin) & (hour < end), (hour >= begin) | (hour < end))


@cache
def _profiles_of(year):
    from demandlib import bdew

    with warnings.catch_warnings():
        # demandlib makes every later warning of the process an error; this takes it back.
        return bdew.ElecSlp(year, holidays={date(year, month, day): "rest" for month, day in PEOPLE_REST})


@cache
def _profile_of(year, name):
    return _profiles_of(year).get_scaled_power_profiles({name: 1})[name].to_numpy()


def some(chance, count, low, high):
    """A number for each, evenly between."""
    return chance.uniform(low, high, (count, 1)).astype(np.float32)


def about(chance, count, middle, spread, low=0.0, high=np.inf):
    """A size for each: many near `middle`, few much larger."""
    return np.clip(middle * np.exp(chance.normal(0, spread, (count, 1))), low, high).astype(np.float32)


def chosen(chance, count, share):
    """Whether each has something that `share` of them have; as 0 and 1."""
    return (chance.random((count, 1)) < share).astype(np.float32)
