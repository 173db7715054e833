"""Numbers in three to five classes of colour, few to many, "none on record" being the first."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from regions.grammar.quantities import figure

MOST = 4  # beside "none on record"
SHADES = {0: [], 1: ["q3"], 2: ["q2", "q4"], 3: ["q1", "q3", "q5"], 4: ["q1", "q2", "q4", "q5"]}


@dataclass(frozen=True)
class Class:
    """The numbers from `low` up to `high`, which is no longer among them; None where it is open."""

    low: float
    high: float | None
    css: str
    label: str

    def holds(self, value):
        return value >= self.low and (self.high is None or value < self.high)


def classes(values):
    """The classes of the numbers above 0 among `values`: each number of its own while they are few, else round bounds.

    The bounds are of 1, 2, 5, 10, 20 …, so that a legend is read at once, and no class is empty.
    """
    known = sorted({value for value in values if value})
    if not known:
        return []
    if len(known) <= MOST and all(value == int(value) for value in known):
        bounds = known
    else:
        bounds = _thinned([bound for bound in _round_bounds(known[0], known[-1]) if bound <= known[-1]], known)
    ends = [*bounds[1:], None]
    whole = all(value == int(value) for value in known)
    alone = len(known) == len(bounds)
    return [
        Class(low, high, css, figure(known[number]) if alone and whole else _between(low, high, whole))
        for number, (low, high, css) in enumerate(zip(bounds, ends, SHADES[len(bounds)], strict=True))
    ]


def class_of(value, found):
    """The CSS class of `value` among classes `found`; "none" for no or unknown value."""
    return next((one_class.css for one_class in found if value and one_class.holds(value)), "none")


def none_on_record():
    return pgettext("legend of a map", "none on record")


def _round_bounds(lowest, highest):
    """1, 2, 5 times powers of ten, from the last that is not above `lowest`."""
    exponent = 0
    while 10**exponent > lowest:
        exponent -= 1
    while 10 ** (exponent + 1) <= lowest:
        exponent += 1
    steps = []
    while 10**exponent <= highest:
        steps += [factor * 10**exponent for factor in (1, 2, 5)]
        exponent += 1
    first = max(number for number, step in enumerate(steps) if step <= lowest)
    return steps[first:]


def _thinned(bounds, known):
    """At most four of `bounds`, evenly over their order, none without a number of `known`."""
    filled = [low for low, high in zip(bounds, [*bounds[1:], None], strict=True)
              if any(value >= low and (high is None or value < high) for value in known)]  # fmt: skip
    if len(filled) <= MOST:
        return filled
    return [filled[round(number * (len(filled) - 1) / (MOST - 1))] for number in range(MOST)]


def _between(low, high, whole):
    if high is None:
        return _("%(number)s or more") % {"number": figure(low)}
    if whole and high - 1 <= low:
        return figure(low)
    return f"{figure(low)}–{figure(high - 1 if whole else high)}"
