"""Why a meter has its points, in sentences with the figures that the rules saw."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .rules import MARKS, RULES

FEEDER = "feeder"
MISSING_AT_EVERY_HOUR = gettext_lazy(
    "Feeder %(feeder)s: %(constant)s kW are missing at every hour, %(share)s of what is supplied; "
    "the rest wanders by %(loose)s."
)
COUNTS = {"days", "broken_days", "partly_broken_days", "unchanged_days", "peers"}
PERCENT = {"below", "day_to_day", "warmth", "share", "loose", "restless", "bill_spread"}


class Judged(Protocol):
    """What a run found of a meter, stored or not."""

    parts: dict[str, float]
    figures: dict[str, float]
    tariff_class: str
    feeder: str


@dataclass(frozen=True)
class RuleReason:
    name: str
    text: str
    points: float

    def __str__(self):
        return f"{self.text} ({self.points:+.0f})"


def reasons_of(found: Judged) -> list[RuleReason]:
    """The most suspicious first, what speaks against it last."""
    order = sorted(found.parts, key=lambda name: -found.parts[name])
    return [RuleReason(name, str(_says(name)) % _Figures(found), found.parts[name]) for name in order]


def _says(name):
    return MISSING_AT_EVERY_HOUR if name == FEEDER else (RULES.get(name) or MARKS[name]).says


class _Figures(dict):
    """% asks for the figures that its sentence names, and no other."""

    def __init__(self, found):
        super().__init__()
        self.found = found

    def __missing__(self, key):
        if key == "class":
            return self.found.tariff_class or _("not on file")
        if key == "feeder":
            return self.found.feeder
        value = self.found.figures.get(key)
        if value is None:
            return "–"
        if key == "step_day":
            return (date(1970, 1, 1) + timedelta(days=int(value))).isoformat()
        if key in PERCENT:
            return f"{value:.1%}"
        if key in COUNTS:
            return f"{value:,.0f}"
        return f"{value:,.2f}" if abs(value) < 10 else f"{value:,.0f}"
