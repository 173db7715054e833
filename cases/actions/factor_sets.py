"""Another factor, and all that follows from it: seen before it is saved, and kept under a number after.

Figures are reckoned with the current `FactorSet`. Whoever changes a factor makes the next set; the cases whose figures
use what changed are reckoned again, and no others.
"""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction

from cases.method.factors import GridFactors
from cases.models import Case, FactorSet
from cases.selection.sums import Totals, totals
from regions.models import Factor
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
    """What a revision changes: the number of the set it makes, how many cases, and the totals on both sides."""

    number: int
    cases: int
    before: Totals
    after: Totals


def preview(change, *, by):
    """What `revise` would do, done and taken back."""
    with transaction.atomic():
        effect = _revise(change, by, "")
        transaction.set_rollback(True)
    return effect


@transaction.atomic
def revise(change, *, by, reason):
    """Let `change()` write factors, or return assumptions as {field of FactorSet: value}, and make the next set.

    Returns an Effect. Raises PermissionDenied, and ValidationError of what is out of its usual range.
    """
    with signing.changing("revise", by, reason):
        return _revise(change, by, reason)


def _revise(change, by, reason):
    if not by.has_perm("cases.add_factorset"):
        raise PermissionDenied
    # One after the other: the number of the next set follows from the last one.
    last = FactorSet.objects.select_for_update().order_by("-number").first() or FactorSet(number=0)
    seen = Case.objects.visible_to(by)
    before, grids = totals(seen), _grids()
    wanted = {name: getattr(last, name) for name in ASSUMED} | (change() or {})
    new = FactorSet(number=last.number + 1, reason=reason, made_by=by, factors=snapshot(), **wanted)
    new.full_clean(exclude=["factors"])
    new.save()
    if any(wanted[name] != getattr(last, name) for name in OF_LOADS):
        touched = Case.objects.filter(kw_best__isnull=False)
    else:
        now = _grids()
        moved = {place for place in grids if grids[place] != now[place]}
        keys = Case.objects.order_by().values_list("pk", path_of("region"), "occurred_on__year")
        touched = Case.objects.filter(pk__in=[pk for pk, *place in keys if tuple(place) in moved])
    count = touched.count()
    if count:
        summing.sum_up(touched)
    return Effect(new.number, count, before, totals(seen))


def keep_up(reason):
    """Make the next set if the table of factors is no longer that of the last one. Returns whether it did."""
    last, now = FactorSet.objects.order_by("-number").first(), snapshot()
    if last and last.factors == now:
        return False
    assumed = {name: getattr(last, name) for name in ASSUMED} if last else {}
    FactorSet.objects.create(number=last.number + 1 if last else 1, factors=now, reason=reason, **assumed)
    return True


def snapshot():
    """The table of factors as it stands, to be kept with a set."""
    rows = Factor.objects.select_related("region").order_by("kind", "region__code", "scope", "series", "year", "pk")
    return [
        {
            "pk": row.pk,
            "kind": row.kind,
            "region": row.region.code if row.region else None,
            "scope": row.scope,
            "series": row.series,
            "year": row.year,
            "value": str(row.value),
            "unit": row.unit,
            "source": row.source_text,
        }
        for row in rows
    ]


def _grids():
    """{(path, year) of a case: what the grid's factor there is and of which year, or None}."""
    factors = GridFactors()
    places = Case.objects.order_by().values_list(path_of("region"), "occurred_on__year").distinct()
    found = {(path, year): factors.of(codes_up(path), year) for path, year in places}
    return {place: (factor.value, factor.year) if factor else None for place, factor in found.items()}
