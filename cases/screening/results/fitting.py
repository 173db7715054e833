"""Points fitted to what inspections found: logistic regression, judged on inspections that were held out.

The odds that a meter hides a mine are taken to grow with its points. The fit starts from the points in force and leaves
them only as far as the inspections insist. Rules stay at or above zero, marks at or below. Only meters that became
leads were inspected, so nothing is learnt of all the others.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import numpy as np
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from cases.models import ScreenedMeter
from cases.screening.weights import limits_of, weights_of

LEAST = 20  # hits, and misses as well: fewer fit anything
FOLDS = 5
STEPS = 2_000
POINTS_OF_AN_ODD = 10.0  # that many points more make the odds e times as large
PULL = 1.0  # how strongly each rule is held: to twice its points, or to none, costs half a unit of likelihood


@dataclass(frozen=True)
class Inspections:
    """A row for each inspected meter: `strengths` of the rules (columns as `names`), whether it was a mine, a fold."""

    names: list[str]
    strengths: np.ndarray
    hits: np.ndarray
    folds: np.ndarray

    @property
    def count(self):
        return len(self.hits)


def inspections_of(outcomes: Iterable[tuple[ScreenedMeter, bool]], names: Iterable[str]) -> Inspections:
    """The outcomes of `Inspected` with the strength of each rule, without those of runs whose points are not known.

    Raises ValidationError where there are too few of one kind.
    """
    names, sets, rows = list(names), {}, []
    for meter, is_hit in outcomes:
        number = meter.run.weights
        if number not in sets:
            sets[number] = weights_of(number)
        if sets[number]:
            points = sets[number].points
            strengths = [meter.parts.get(name, 0.0) / points[name] if points.get(name) else 0.0 for name in names]
            rows.append((strengths, is_hit, int(sha256(meter.meter.encode()).hexdigest(), 16) % FOLDS))
    hits = sum(is_hit for _strengths, is_hit, _fold in rows)
    if min(hits, len(rows) - hits) < LEAST:
        raise ValidationError(
            _("%(least)s hits and %(least)s misses are needed at least; there are %(hits)s and %(misses)s.")
            % {"least": LEAST, "hits": hits, "misses": len(rows) - hits}
        )
    strengths, outcomes, folds = zip(*rows, strict=True)
    return Inspections(names, np.array(strengths, float), np.array(outcomes, bool), np.array(folds))


@dataclass
class WeightsFit:
    """Points fitted to `found`, from `old`; before and after are of inspections that the fit did not see."""

    found: Inspections
    old: dict[str, float]

    @cached_property
    def points(self) -> dict[str, float]:
        """Fitted to all inspections, to a tenth of a point."""
        fitted = fitted_points(self.found, self._old, np.full(self.found.count, True))
        return self.old | {name: round(float(value), 1) for name, value in zip(self.found.names, fitted, strict=True)}

    @cached_property
    def _old(self):
        return np.array([self.old[name] for name in self.found.names])

    @cached_property
    def before(self) -> "HeldOut":
        return HeldOut(self.found.strengths @ self._old, self.found.hits)

    @cached_property
    def after(self) -> "HeldOut":
        """Each inspection under points that were fitted without its fifth of the meters."""
        scores = np.zeros(self.found.count)
        for fold in range(FOLDS):
            out = self.found.folds == fold
            scores[out] = self.found.strengths[out] @ fitted_points(self.found, self._old, ~out)
        return HeldOut(scores, self.found.hits)


@dataclass
class HeldOut:
    """How well scores tell hits from misses."""

    scores: np.ndarray
    hits: np.ndarray

    @property
    def pairs_percent(self) -> int:
        """Of all pairs of a hit and a miss: in how many in a hundred the hit ranks first (the area under the curve)."""
        apart = self.scores[self.hits][:, None] - self.scores[~self.hits][None, :]
        return round(100 * float((apart > 0).mean() + 0.5 * (apart == 0).mean()))

    @property
    def hits_first(self) -> int:
        """Hits among as many of the first as there are hits in all."""
        order = np.argsort(-self.scores, kind="stable")
        return int(self.hits[order][: self.hits.sum()].sum())


def fitted_points(found: Inspections, old: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """The points under which what inspections found is likeliest, where each is also held at its `old` place.

    Accelerated steps along the gradient, cut at the limits. There is one best place, and steps this short lead there.
    """
    scale = np.maximum(np.abs(old), POINTS_OF_AN_ODD)
    limits = np.array([limits_of(name) for name in found.names]) / scale[:, None]
    columns, hits = found.strengths[seen] * scale / POINTS_OF_AN_ODD, found.hits[seen]
    length = 1 / (0.25 * (np.square(columns).sum() + len(hits)) + PULL)
    start = old / scale
    weights, level, before = start, 0.0, (start, 0.0)
    for step in range(STEPS):
        ahead = step / (step + 3)
        at, level_at = weights + ahead * (weights - before[0]), level + ahead * (level - before[1])
        wrong = 1 / (1 + np.exp(-np.clip(columns @ at + level_at, -50, 50))) - hits
        before = weights, level
        weights = np.clip(at - length * (columns.T @ wrong + PULL * (at - start)), *limits.T)
        level = level_at - length * wrong.sum()
    return weights * scale
