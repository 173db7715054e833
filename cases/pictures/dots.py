"""A claim beside our arithmetic, as dots on one axis: claimed full, our check a ring, a comparison hollow and pale."""

import math
from dataclasses import dataclass, field

from regions.grammar.quantities import figure


@dataclass
class Dot:
    """A value with its name. `kind`: claim, check, compared. `low` and `high` make a band where they are known."""

    kind: str
    name: str
    value: float
    text: str
    note: str = ""
    low: float | None = None
    high: float | None = None
    at: float = 0.0  # per cent of the axis
    band: tuple = ()  # (from, width), per cent


@dataclass
class Plot:
    dots: list
    ticks: list = field(default_factory=list)  # (per cent, text)
    unit: str = ""


# The dots and the numbers of the axis keep away from the edges, per cent.
EDGE = 3.0


def plot(dots, unit="", size=1.0):
    """A Plot of `dots` on an axis from 0, whose numbers are in `unit`, which is `size` of the values."""
    dots = [dot for dot in dots if dot.value is not None]
    if not dots:
        return None
    most = max(max(dot.value, dot.high or 0) for dot in dots)
    ticks = round_ticks(most)
    for dot in dots:
        dot.at = _at(dot.value, ticks[-1])
        if dot.low is not None and dot.high is not None:
            dot.band = (_at(dot.low, ticks[-1]), _at(dot.high, ticks[-1]) - _at(dot.low, ticks[-1]))
    return Plot(dots, [(_at(tick, ticks[-1]), figure(tick / size)) for tick in ticks], unit)


def _at(value, most):
    return EDGE + (100 - 2 * EDGE) * value / most if most else EDGE


def round_ticks(most):
    """0 and three to five more round numbers, evenly, up to `most` or a little above."""
    if most <= 0:
        return [0, 1]
    rough = most / 4
    power = 10 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)
    return [number * step for number in range(math.ceil(most / step - 1e-9) + 1)]
