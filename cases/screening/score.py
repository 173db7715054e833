"""Points and reasons: from features to a ranking that explains itself, most suspicious first."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from django.utils.translation import gettext as _

from cases import power

from .on_file import OnFile
from .rules import MARKS, RULES, Meters, ramp

LEAST_POINTS = 1.0  # of a rule that is worth a reason
FEEDER_POINTS = 62
USUAL_LOSS = 0.014  # of the supply: iron and meters, where the line meets an empty feeder


@dataclass
class Suspect:
    """A meter, or the supply meter of a feeder: its points, the reasons, and the load that rigs would explain."""

    meter: str
    points: float
    kw: float
    is_feeder: bool = False
    reasons: list[str] = field(default_factory=list)
    parts: dict[str, float] = field(default_factory=dict)


def meters_of(features, on_file: OnFile) -> tuple[list[str], Meters]:
    """The numbers of the customers' meters, and their columns."""
    names = features["meter"].to_pylist()
    keep = np.array([name not in on_file.supplies for name in names], bool)
    columns = {
        name: features[name].to_numpy(zero_copy_only=False).astype(float)[keep]
        for name in features.column_names
        if name != "meter"
    }
    numbers = [name for name, kept in zip(names, keep, strict=True) if kept]
    columns["contracted_kw"] = np.array([on_file.number(name, "contracted_kw") for name in numbers], float)
    for name in ("warmth", "warmth_fit", "heat", "heat_fit"):
        columns.setdefault(name, np.full(len(numbers), np.nan))
    return numbers, Meters(columns, np.array([on_file.of(name, "class") for name in numbers], str))


def findings_of(numbers: list[str], meters: Meters) -> list[Suspect]:
    """One for each meter, in no order."""
    if not numbers:
        return []
    with np.errstate(all="ignore"):
        parts = {
            name: np.nan_to_num(rule.strength(meters) * float(rule.points)) for name, rule in {**RULES, **MARKS}.items()
        }
        figures = _figures(meters)
    points = sum(parts.values())
    found = []
    for place, number in enumerate(numbers):
        its = {name: float(values[place]) for name, values in parts.items() if abs(values[place]) >= LEAST_POINTS}
        finding = Suspect(number, float(points[place]), float(meters.rig_kw[place]), parts=its)
        finding.reasons = [
            _say(name, place, figures, meters, its[name]) for name in sorted(its, key=lambda key: -its[key])
        ]
        found.append(finding)
    return found


def _figures(meters):
    widths_below = meters.above_peers("base_share")[1]
    return {
        "below": widths_below,
        "peers": np.array([len(meters.peers_of(name)) for name in meters.classes]),
        "peer_kw": meters.median_of_peers("mean"),
        "rig_kw": meters.rig_kw,
    }


PERCENT = {"below", "day_to_day", "warmth"}


def _say(name, place, figures, meters, points):
    rule = RULES.get(name) or MARKS[name]

    class Values(dict):  # % asks for the figures that its sentence names, and no other
        def __missing__(self, key):
            if key == "class":
                return str(meters.classes[place]) or _("not on file")
            value = float(figures[key][place] if key in figures else meters.columns[key][place])
            if key == "step_day":
                return (date(1970, 1, 1) + timedelta(days=int(value))).isoformat()
            if key in PERCENT:
                return f"{value:.1%}"
            return f"{value:,.2f}" if abs(value) < 10 else f"{value:,.0f}"

    return f"{rule.says % Values()} ({points:+.0f})"


def feeder_findings_of(losses, supplies: dict[str, str]) -> list[Suspect]:
    """One for each supply meter; `losses` are the rows of `feeders.losses_of`."""
    meters = {feeder: meter for meter, feeder in supplies.items()}
    found = []
    for row in losses.to_pylist():
        share = row["constant"] / row["supplied"]
        loose = row["loose"]
        size = float(ramp(np.float64(share), 0.02, 0.045))
        steady = float(ramp(np.float64(-loose), -0.09, -0.03))
        finding = Suspect(
            meters[row["feeder"]],
            FEEDER_POINTS * size * steady,
            max(row["constant"] - USUAL_LOSS * row["supplied"], 0.0),
            is_feeder=True,
        )
        if finding.points >= LEAST_POINTS:
            finding.reasons = [
                _(
                    "Feeder %(feeder)s: %(kw)s kW are missing at every hour, %(share)s of what is supplied; "
                    "the rest wanders by %(loose)s."
                )
                % {
                    "feeder": row["feeder"],
                    "kw": f"{row['constant']:,.1f}",
                    "share": f"{share:.1%}",
                    "loose": f"{loose:.1%}",
                }
                + f" ({finding.points:+.0f})",
                _("A customer who is on file for another feeder, or for none, would look the same."),
            ]
        found.append(finding)
    return found


def ranked(findings: list[Suspect]) -> list[Suspect]:
    return sorted(findings, key=lambda finding: (-finding.points, finding.meter))


def rigs_behind(kw: float, watts: list[float], given: power.Assumptions = power.DEFAULTS) -> tuple[int, int]:
    """How many rigs take `kw`, at least and at most: heavy ones with much cooling, or light ones with none."""
    if not watts or kw <= 0:
        return 0, 0
    least = kw * 1000 / (max(watts) * given.nameplate.high * given.pue.high)
    most = kw * 1000 / (min(watts) * given.nameplate.low * given.pue.low)
    return int(least), int(np.ceil(most))
