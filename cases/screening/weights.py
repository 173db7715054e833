"""The points of rules and marks as numbered sets: what is in force, what another set would change, the next one.

The code ships a set with each `VERSION` of the rules. A registrar may put another in force; a set is never changed, and
runs keep the number and the points that they were made with. Thresholds inside the rules are code.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from cases.actions.signing import Verb, changing
from cases.locks import Purpose, lock_until_commit
from cases.models import ScreenedMeter, ScreeningRun, WeightSet
from cases.models.screening import RunState

from .reasons import FEEDER
from .rules import FEEDER_POINTS, MARKS, RULES, VERSION

SHIPPED = {name: float(rule.points) for name, rule in {**RULES, **MARKS}.items()} | {FEEDER: float(FEEDER_POINTS)}
FIRST = (50, 150)
MOST_POINTS = 300.0
MOST_NAMED = 20


def limits_of(name: str) -> tuple[float, float]:
    """Least and most points: a rule never takes any away, and a mark never gives any."""
    return (-MOST_POINTS, 0.0) if name in MARKS else (0.0, MOST_POINTS)


def current_weights() -> WeightSet:
    """The set that runs are given points with now; the shipped one is unsaved."""
    return WeightSet.objects.filter(rules=VERSION).first() or shipped()


def weights_of(number: int | None) -> WeightSet | None:
    """The set of this number, or None of one that is not known any more."""
    now = shipped()
    return now if number == now.number else WeightSet.objects.filter(number=number).first()


def shipped() -> WeightSet:
    """The set that the code ships, unsaved. Its number follows those that were in force under older rules."""
    older = WeightSet.objects.filter(rules__lt=VERSION).first()
    return WeightSet(number=max(VERSION, older.number + 1 if older else 0), rules=VERSION, points=SHIPPED)


@transaction.atomic
def adopt(points: dict[str, float], *, instead_of: int, reason: str, by) -> WeightSet:
    """Put `points` in force. Raises PermissionDenied, and ValidationError if set `instead_of` is no longer in force."""
    if not by.has_perm("cases.add_weightset"):
        raise PermissionDenied
    lock_until_commit(Purpose.NEW_WEIGHTS)
    now = current_weights()
    if now.number != instead_of:
        raise ValidationError(
            _("A colleague put version %(number)s in force meanwhile: look at the preview again.")
            % {"number": now.number}
        )
    if points == now.points:
        raise ValidationError(_("These are the points that are in force."))
    last = WeightSet.objects.first()
    number = max(now.number, last.number if last else 0) + 1
    with changing(Verb.WEIGHTS_ADOPTED, by, reason):
        return WeightSet.objects.create(number=number, rules=VERSION, points=points, reason=reason, made_by=by)


def runs_to_try(user):
    """The finished runs of the regions of work whose points can be calculated anew, the newest first."""
    known = [shipped().number, *WeightSet.objects.filter(rules=VERSION).values_list("number", flat=True)]
    return ScreeningRun.objects.visible_to(user).filter(state=RunState.DONE, weights__in=known).select_related("region")


@dataclass(frozen=True)
class RankMove:
    """A meter, and its rank under the points in force and under others."""

    meter: str
    before: int
    after: int


@dataclass
class Shift:
    """What happens among the first n: who comes in and who goes out, and of inspected meters the (hits, misses)."""

    first: int
    came: list[RankMove]
    went: list[RankMove]
    before: tuple[int, int]
    after: tuple[int, int]

    @property
    def named(self):
        return [(True, place) for place in self.came[:MOST_NAMED]] + [
            (False, place) for place in self.went[:MOST_NAMED]
        ]


@dataclass
class WeightsPreview:
    """The ranking of `run` under the points in force and under others, from what each rule gave: it needs no reading.

    A part below a point was not kept with the run and stays as it was. Of a rule that had no points then nothing is
    known: `unseen` names these.
    """

    run: ScreeningRun
    in_force: dict[str, float]
    points: dict[str, float]
    outcomes: dict[str, bool] = field(default_factory=dict)  # of inspected meters: whether there was a mine

    def __post_init__(self):
        self.old = weights_of(self.run.weights).points
        self.unseen = [name for name, points in self.points.items() if points and not self.old.get(name)]
        rows = list(self.run.meters.order_by("rank").values_list("meter", "points", "parts"))
        before, after = self._ranks(rows, self.in_force), self._ranks(rows, self.points)
        self.places = [RankMove(meter, before[meter], rank) for meter, rank in after.items()]

    def _ranks(self, rows, weights):
        """{meter: its rank under `weights`}, the first one first; equals stay as the run ranked them."""
        ratios = {name: weights.get(name, 0.0) / points for name, points in self.old.items() if points}
        points = {meter: points_under(ratios, points, parts) for meter, points, parts in rows}
        return {meter: rank for rank, meter in enumerate(sorted(points, key=lambda meter: -points[meter]), 1)}

    @cached_property
    def shifts(self) -> list[Shift]:
        return [self._shift(first) for first in FIRST]

    def _shift(self, first):
        then, now = ([place for place in self.places if rank(place) <= first] for rank in (_before, _after))
        came = [place for place in now if place.before > first]
        went = sorted((place for place in then if place.after > first), key=_before)
        return Shift(first, came, went, self._tally(then), self._tally(now))

    def _tally(self, places):
        found = [self.outcomes[place.meter] for place in places if place.meter in self.outcomes]
        return sum(found), len(found) - sum(found)


def _before(place):
    return place.before


def _after(place):
    return place.after


def points_under(ratios: dict[str, float], points: float, parts: dict[str, float]) -> float:
    """The sum of a meter when each of its parts becomes `ratios` times as large."""
    return points + sum(part * (ratios.get(name, 1.0) - 1.0) for name, part in parts.items())


def outcomes_in(run: ScreeningRun) -> dict[str, bool]:
    """{meter: whether inspections found a mine there}, of all runs that share the meters of `run`; the last counts."""
    runs = ScreeningRun.objects.sharing_meters_with(run)
    judged = ScreenedMeter.objects.judged().filter(run__in=runs.values("pk"), is_hit__isnull=False)
    return dict(judged.order_by("pk").values_list("meter", "is_hit"))


def changes_of_sets(sets: Iterable[WeightSet]) -> list[tuple[WeightSet, list[tuple[str, float, float]]]]:
    """[(set, [(rule, points before, points after)])] of sets, the newest first; the last followed the shipped one."""
    found = []
    for later, earlier in pairwise([*sets, shipped()]):
        before = {name: earlier.points.get(name, 0.0) for name in later.points}
        moved = [(name, before[name], points) for name, points in later.points.items() if points != before[name]]
        found.append((later, moved))
    return found
