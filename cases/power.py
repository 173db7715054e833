"""From rigs to kilowatts, kilowatt-hours, coal and carbon. Pure arithmetic: no database, no rounding.

    kW    = Σ count × W / 1000 × PUE × uptime
    kWh   = kW × 8,766 h                     a year of 365.25 days
    tce   = kWh × gce/kWh / 10⁶              gce: grams of standard coal, 29.3076 MJ a kilogram
    tCO₂  = kWh × kgCO₂/kWh / 1000

Every quantity is a `Range` of three values. What the range covers and why is said beside each default.
"""

from dataclasses import dataclass
from typing import NamedTuple

HOURS_A_YEAR = 8_766

# Grams of standard coal for a kilowatt-hour. The generation basis is what a Chinese thermal plant burnt to
# supply one in 2020 (NDRC notice of 3 November 2021, via Reuters); it is what authorities use for avoided
# coal: 2,000,000 tce for 6.58 TWh is 303.95. The calorific basis is the energy content alone
# (GB/T 2589: 3.6 MJ over 29.3076 MJ a kilogram).
GENERATION_GCE_PER_KWH = 305.5
CALORIFIC_GCE_PER_KWH = 122.9


class Range(NamedTuple):
    """A quantity as low, best and high estimate, in one unit."""

    low: float
    best: float
    high: float

    def __mul__(self, other):
        low, best, high = other if isinstance(other, tuple) else (other, other, other)
        return Range(self.low * low, self.best * best, self.high * high)

    def __add__(self, other):
        return Range(self.low + other[0], self.best + other[1], self.high + other[2])

    def __truediv__(self, number):
        return Range(self.low / number, self.best / number, self.high / number)


NOTHING = Range(0, 0, 0)
EXACTLY = Range(1, 1, 1)
# Cooling and conversion on top of the rigs: 1.01 immersion or open air, 1.10 and 1.20 the middle and upper
# assumption of the Cambridge Bitcoin Electricity Consumption Index.
PUE = Range(1.01, 1.10, 1.20)
# A rig that runs, runs all the time: an idle one earns nothing.
UPTIME = EXACTLY
# Makers state the wall power of a model to within about this.
NAMEPLATE = Range(0.95, 1.0, 1.05)


@dataclass(frozen=True)
class Line:
    """`count` rigs of `watts` each; `watts` is a Range where the model is not known."""

    count: int
    watts: Range
    is_generic: bool = False

    @classmethod
    def of_model(cls, count, power_w):
        return cls(count, Range(power_w, power_w, power_w))


def rated_kw(lines, nameplate=NAMEPLATE):
    """The rated load of `lines`, kW: what the rigs draw at the wall, without cooling."""
    return sum((line.watts * line.count / 1000 * nameplate for line in lines), NOTHING)


def running_kw(lines, *, pue=PUE, uptime=UPTIME, nameplate=NAMEPLATE):
    """The load of `lines` when they run, kW, cooling included."""
    return rated_kw(lines, nameplate) * pue * uptime


def kwh_a_year(kw):
    """The energy that a load of `kw` uses in a year, kWh."""
    return kw * HOURS_A_YEAR


def tce(kwh, gce_per_kwh=GENERATION_GCE_PER_KWH):
    """Standard coal for `kwh`, tonnes."""
    return kwh * gce_per_kwh / 1_000_000


def t_co2(kwh, kg_per_kwh):
    """Carbon dioxide of `kwh`, tonnes; `kg_per_kwh` equals tCO₂/MWh."""
    return kwh * kg_per_kwh / 1000


def generic_line(count, kind, year, classes):
    """`count` rigs of an unknown model, seized in `year`.

    `classes` are the catalogue's generic rows as (kind, released_year, watts), any order. The newest
    class on the market by then stands in; the lightest and the heaviest of those bound the range.
    Raises ValueError where the catalogue has no generic row.
    """
    wanted = "gpu" if kind == "gpu" else "asic"
    of_kind = sorted((released, watts) for its_kind, released, watts in classes if its_kind == wanted)
    if not of_kind:
        raise ValueError(f"The catalogue has no generic {wanted} row.")
    on_market = [watts for released, watts in of_kind if released <= year] or [of_kind[0][1]]
    return Line(count, Range(min(on_market), on_market[-1], max(on_market)), is_generic=True)
