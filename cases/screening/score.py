"""Points: from features to a ranking, most suspicious first, with the figures that each rule saw."""

from dataclasses import dataclass, field

import numpy as np

from .bills import NO_BILLS, Bills
from .on_file import OnFile
from .reasons import FEEDER, reasons_of
from .rules import MARKS, RULES, Meters, ramp
from .weights import SHIPPED

LEAST_POINTS = 1.0  # of a rule that is worth a reason
USUAL_LOSS = 0.014  # of the supply: iron and meters, where the line meets an empty feeder


@dataclass
class Suspect:
    """A meter, or the supply meter of a feeder: its points by rule, the figures behind them, the load of rigs."""

    meter: str
    points: float
    kw: float
    tariff_class: str = ""
    feeder: str = ""
    is_feeder: bool = False
    parts: dict[str, float] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)

    @property
    def reasons(self) -> list[str]:
        return [str(reason) for reason in reasons_of(self)]


def meters_of(features, on_file: OnFile, bills: Bills = NO_BILLS) -> tuple[list[str], Meters]:
    """The numbers of the customers' meters, and their columns: NaN where a meter has only readings, or only bills."""
    billed = {name: row for row, name in enumerate(bills.meters)}
    names = features["meter"].to_pylist()
    place = {name: row for row, name in enumerate(names)}
    numbers = [name for name in dict.fromkeys([*names, *billed]) if name not in on_file.supplies]

    def of_each(values, rows):
        at = np.array([rows.get(name, -1) for name in numbers], int)
        return np.where(at < 0, np.nan, values[at] if len(values) else np.nan)

    columns = {
        name: of_each(features[name].to_numpy(zero_copy_only=False).astype(float), place)
        for name in features.column_names
        if name != "meter"
    }
    columns |= {name: of_each(values, billed) for name, values in bills.columns().items()}
    columns["mean"] = np.where(np.isnan(columns["mean"]), columns["bill_mean"], columns["mean"])
    columns["contracted_kw"] = np.array([on_file.number(name, "contracted_kw") for name in numbers], float)
    for name in ("warmth", "warmth_fit", "heat", "heat_fit"):
        columns.setdefault(name, np.full(len(numbers), np.nan))
    return numbers, Meters(columns, np.array([on_file.of(name, "class") for name in numbers], str))


def findings_of(numbers: list[str], meters: Meters, on_file: OnFile, weights=SHIPPED) -> list[Suspect]:
    """One for each meter, in no order. `weights` has the points of each rule and mark at full strength."""
    if not numbers:
        return []
    with np.errstate(all="ignore"):
        parts = {
            name: np.nan_to_num(rule.strength(meters) * weights[name]) for name, rule in {**RULES, **MARKS}.items()
        }
        figures = _figures(meters)
    points = sum(parts.values())
    found = []
    for place, number in enumerate(numbers):
        its = {name: round(float(at[place]), 2) for name, at in parts.items() if abs(at[place]) >= LEAST_POINTS}
        seen = {name: float(f"{at[place]:.5g}") for name, at in figures.items() if np.isfinite(at[place])}
        found.append(
            Suspect(
                number, float(points[place]), float(meters.rig_kw[place]), str(meters.classes[place]),
                on_file.of(number, "feeder"), parts=its, figures=seen,
            )
        )  # fmt: skip
    return found


def _figures(meters):
    return meters.columns | {
        "below": meters.above_peers("base_share")[1],
        "peers": np.array([len(meters.peers_of(name)) for name in meters.classes]),
        "peer_kw": meters.median_of_peers("mean"),
        "rig_kw": meters.rig_kw,
    }


def feeder_findings_of(losses, supplies: dict[str, str], weights=SHIPPED) -> list[Suspect]:
    """One for each supply meter; `losses` are the rows of `feeders.losses_of`."""
    meters = {feeder: meter for meter, feeder in supplies.items()}
    found = []
    for row in losses.to_pylist():
        figures = {name: float(f"{value:.5g}") for name, value in row.items() if name != "feeder" and value is not None}
        figures["share"] = row["constant"] / row["supplied"]
        size = float(ramp(np.float64(figures["share"]), 0.03, 0.05))
        # Signal to noise: what wanders by a quarter of the constant part is a customer who is missing on the list.
        steady = float(ramp(np.float64(-row["loose"] / max(figures["share"], 0.01)), -0.28, -0.13))
        points = weights[FEEDER] * size * steady
        found.append(
            Suspect(
                meters[row["feeder"]], points, max(row["constant"] - USUAL_LOSS * row["supplied"], 0.0),
                feeder=row["feeder"], is_feeder=True, parts={FEEDER: points} if points >= LEAST_POINTS else {},
                figures=figures,
            )
        )  # fmt: skip
    return found


def ranked(findings: list[Suspect]) -> list[Suspect]:
    return sorted(findings, key=lambda finding: (-finding.points, finding.meter))
