"""From rigs to kilowatts, kilowatt-hours, coal and carbon. Pure arithmetic: no database, no rounding.

    kW    = Σ count × W / 1000 × PUE × uptime
    kWh   = kW × 8,766 h                     a year of 365.25 days
    tce   = kWh × gce/kWh / 10⁶              gce: grams of standard coal, 29.3076 MJ a kilogram
    tCO₂  = kWh × kgCO₂/kWh / 1000

Every quantity is a `Range` of three values. What the range covers and why is said beside each of the `Assumptions`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

HOURS_A_YEAR = 8_766


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


Quantity = TypeVar("Quantity", float, Range)
NOTHING = Range(0, 0, 0)
EXACTLY = Range(1, 1, 1)


@dataclass(frozen=True)
class Assumptions:
    """What the arithmetic takes for granted. `version` is the factor set's number; 0 are the defaults here.

    `pue`: cooling and conversion on top of the rigs; 1.01 immersion or open air, 1.10 and 1.20 the middle and upper
    assumption of the Cambridge Bitcoin Electricity Consumption Index. `uptime`: a rig that runs, runs all the time: an
    idle one earns nothing. `nameplate`: makers state the wall power of a model to within about 5 %.

    `gce_generation`: grams of standard coal that a Chinese thermal plant burnt to supply a kilowatt-hour in 2020 (NDRC
    notice of 3 November 2021, via Reuters); authorities use it for avoided coal: 2,000,000 tce for 6.58 TWh is 303.95.
    `gce_calorific`: the energy content alone (GB/T 2589: 3.6 MJ over 29.3076 MJ a kilogram).
    """

    pue: Range = Range(1.01, 1.10, 1.20)  # noqa: RUF009 - a tuple: nobody can change it
    uptime: Range = EXACTLY
    nameplate: Range = Range(0.95, 1.0, 1.05)  # noqa: RUF009
    gce_generation: float = 305.5
    gce_calorific: float = 122.9
    version: int = 0


DEFAULTS = Assumptions()


@dataclass(frozen=True)
class Line:
    """`count` rigs of `watts` each; `watts` is a Range where the model is not known."""

    count: int
    watts: Range
    is_generic: bool = False

    @classmethod
    def of_model(cls, count: int, power_w: float) -> "Line":
        return cls(count, Range(power_w, power_w, power_w))


def rated_kw(lines: Iterable[Line], given: Assumptions = DEFAULTS) -> Range:
    """The rated load of `lines`, kW: what the rigs draw at the wall, without cooling."""
    return sum((line.watts * line.count / 1000 * given.nameplate for line in lines), NOTHING)


def running_kw(lines: Iterable[Line], given: Assumptions = DEFAULTS) -> Range:
    """The load of `lines` when they run, kW, cooling included."""
    return rated_kw(lines, given) * given.pue * given.uptime


def kwh_a_year(kw: Quantity) -> Quantity:
    """The energy that a load of `kw` uses in a year, kWh."""
    return kw * HOURS_A_YEAR


def tce(kwh: Quantity, gce_per_kwh: float) -> Quantity:
    """Standard coal for `kwh`, tonnes."""
    return kwh * gce_per_kwh / 1_000_000


def t_co2(kwh: Quantity, kg_per_kwh: float) -> Quantity:
    """Carbon dioxide of `kwh`, tonnes; `kg_per_kwh` equals tCO₂/MWh."""
    return kwh * kg_per_kwh / 1000


def gce_per_kwh(tce: float, kwh: float) -> float:
    """What a claim of `tce` tonnes of standard coal for `kwh` makes of a kilowatt-hour, grams."""
    return tce * 1_000_000 / kwh


def stands_on_generation(gce: float, given: Assumptions = DEFAULTS) -> bool:
    """Whether a claimed `gce`/kWh is nearer to what a plant burns than to the energy content alone."""
    return abs(gce - given.gce_generation) < abs(gce - given.gce_calorific)


@dataclass(frozen=True)
class Estimate:
    """A load that runs for `hours`, and what follows from it; `kg_co2_per_kwh` None: no factor, no carbon."""

    kw: Range
    kg_co2_per_kwh: float | None = None
    hours: float = HOURS_A_YEAR
    given: Assumptions = DEFAULTS

    @property
    def kwh(self) -> Range:
        return self.kw * self.hours

    @property
    def is_a_year(self) -> bool:
        return self.hours == HOURS_A_YEAR

    @property
    def tce(self) -> Range:
        """On the generation basis, tonnes."""
        return tce(self.kwh, self.given.gce_generation)

    @property
    def tce_calorific(self) -> Range:
        return tce(self.kwh, self.given.gce_calorific)

    @property
    def t_co2(self) -> Range | None:
        return None if self.kg_co2_per_kwh is None else t_co2(self.kwh, self.kg_co2_per_kwh)


def generic_line(count: int, kind: str, year: int, classes: Iterable[tuple[str, int, float]]) -> Line:
    """`count` rigs of an unknown model, seized in `year`.

    `classes` are the catalogue's generic rows as (kind, released_year, watts), any order. The newest
    class on the market by then stands in; the lightest and the heaviest of those bound the range.
    Raises ValueError where the catalogue has no generic row.
    """
    wanted = "gpu" if kind == "gpu" else "asic"
    of_kind = sorted((released, watts) for class_kind, released, watts in classes if class_kind == wanted)
    if not of_kind:
        raise ValueError(f"The catalogue has no generic {wanted} row.")
    on_market = [watts for released, watts in of_kind if released <= year] or [of_kind[0][1]]
    return Line(count, Range(min(on_market), on_market[-1], max(on_market)), is_generic=True)
