"""Change a factor or an assumption: preview what changes, then save it as the next numbered set.

Figures are calculated with the current `FactorSet`. A changed factor makes the next set; only the cases whose figures
use what changed are calculated again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import transaction

from cases.method.factors import GridFactors
from cases.models import Case, FactorSet
from cases.models.case import CaseQuerySet
from cases.selection.sums import Totals, t_co2_by_country, totals
from regions.models import Factor, Region
from regions.models.region import codes_up, path_of

from . import signing, summing

ASSUMED = [
    field.name
    for field in FactorSet._meta.concrete_fields
    if field.name.startswith(("pue_", "uptime_", "nameplate_", "gce_"))
]
OF_LOADS = [name for name in ASSUMED if not name.startswith("gce_")]


@dataclass
class Effect:
    """What a revision changes: the number of the set it makes, how many cases, and the totals on both sides.

    `countries` are those whose carbon changes: [(region, tCO₂ a year before, after)], None where there is no factor.
    """

    number: int
    cases: int
    before: Totals
    after: Totals
    countries: list[tuple[Region, float | None, float | None]]


@dataclass
class BeforeChange:
    """The cases as they stand before factors change: their totals, and the factor of each region and year."""

    cases: CaseQuerySet
    totals: Totals
    countries: dict[str, float]
    grids: dict

    @classmethod
    def seen_by(cls, user):
        cases = Case.objects.visible_to(user)
        return cls(cases, totals(cases), t_co2_by_country(cases), _grids())

    def effect(self, number, touched):
        """What became different of the same cases when `touched` of them were calculated again."""
        now = t_co2_by_country(self.cases)
        codes = [code for code in {*self.countries, *now} if self.countries.get(code) != now.get(code)]
        regions = Region.objects.in_bulk(codes, field_name="code")
        moved = [(regions[code], self.countries.get(code), now.get(code)) for code in sorted(codes)]
        return Effect(number, touched, self.totals, totals(self.cases), moved)

    def recalculate(self):
        """Calculate the cases again whose factor is another one now. Returns how many these are."""
        now = _grids()
        moved = {place for place in self.grids if self.grids[place] != now[place]}
        keys = Case.objects.order_by().values_list("pk", path_of("region"), "occurred_on__year")
        return _sum_up(Case.objects.filter(pk__in=[pk for pk, *place in keys if tuple(place) in moved]))


def _sum_up(touched):
    count = touched.count()
    if count:
        summing.sum_up(touched)
    return count


def preview(change: Callable, *, by) -> Effect:
    """What `revise` would do, done and taken back."""
    with transaction.atomic():
        effect = _revise(change, by, "")
        transaction.set_rollback(True)
    return effect


@transaction.atomic
def revise(change: Callable, *, by, reason: str) -> Effect:
    """Let `change()` write factors, or return assumptions as {field of FactorSet: value}, and make the next set.

    Returns an Effect. Raises PermissionDenied, and ValidationError of what is out of its usual range.
    """
    with signing.changing(signing.Verb.FACTORS_REVISED, by, reason):
        return _revise(change, by, reason)


def _revise(change, by, reason):
    if not by.has_perm("cases.add_factorset"):
        raise PermissionDenied
    # One after the other: the number of the next set follows from the last one.
    last = FactorSet.objects.select_for_update().order_by("-number").first() or FactorSet(number=0)
    standing = BeforeChange.seen_by(by)
    wanted = {name: getattr(last, name) for name in ASSUMED} | (change() or {})
    new = FactorSet(number=last.number + 1, reason=reason, made_by=by, factors=snapshot(), **wanted)
    new.full_clean(exclude=["factors"])
    new.save()
    if any(wanted[name] != getattr(last, name) for name in OF_LOADS):
        count = _sum_up(Case.objects.filter(kw_best__isnull=False))
    else:
        count = standing.recalculate()
    return standing.effect(new.number, count)


def keep_up(reason: str, standing: BeforeChange | None = None) -> Effect | None:
    """Make the next set if the table of factors is no longer that of the last one, which is kept.

    `standing` is what was before the table changed: the cases that it touches are calculated again. Returns what that
    changes, of the published cases where nobody's were named; or None if the table is the same.
    """
    last, now = FactorSet.objects.order_by("-number").first(), snapshot()
    if last and last.factors == now:
        return None
    standing = standing or BeforeChange.seen_by(AnonymousUser())
    assumed = {name: getattr(last, name) for name in ASSUMED} if last else {}
    new = FactorSet.objects.create(number=last.number + 1 if last else 1, factors=now, reason=reason, **assumed)
    return standing.effect(new.number, standing.recalculate())


def snapshot() -> list[dict]:
    """The table of factors as it stands, to be kept with a set."""
    rows = Factor.objects.select_related("region", "grid").order_by(
        "kind", "region__code", "scope", "series", "year", "pk"
    )
    return [
        {
            "pk": row.pk,
            "kind": row.kind,
            "region": row.region.code if row.region else None,
            "scope": row.scope,
            "grid": row.grid.slug if row.grid else None,
            "series": row.series,
            "year": row.year,
            "value": str(row.value),
            "unit": row.unit,
            "gas": row.gas,
            "measure": row.measure,
            "source": row.source_text,
        }
        for row in rows
    ]


def _grids():
    """{(path, year) of a case: what the grid's factor there is, of which gas and year, or None}."""
    factors = GridFactors()
    places = Case.objects.order_by().values_list(path_of("region"), "occurred_on__year").distinct()
    found = {(path, year): factors.of(codes_up(path), year) for path, year in places}
    return {place: (factor.value, factor.gas, factor.year) if factor else None for place, factor in found.items()}
