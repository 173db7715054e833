from django.db.models import F, Prefetch
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from cases.method import claims
from cases.models import Case
from cases.selection import rollups
from cases.selection.sums import by_region, totals
from regions.filters.standing import RegionFilter
from regions.models import Indicator, Policy, Position, Reading, Region, SavingsClaim
from regions.models.indicator import IndicatorKind
from regions.models.region import path_of

MOST_FOUND = 100  # regions that a search by name lists


def trend(cases):
    years = rollups.by_year(cases, localdate())
    return {"years": years, "most_a_year": max((year["cases"] for year in years), default=0)}


@require_safe
def region_list(request):
    """The tree: the countries that the record speaks of, then the rest of the world. `q` finds a region by name."""
    question = RegionFilter(request.GET, Region.objects.select_related("parent__parent__parent"))
    asked = bool(question.problems or question.form.cleaned_data.get("q"))
    branches = [] if asked else rollups.tree(Case.objects.visible_to(request.user), localdate())
    context = {
        "question": question,
        "asked": asked,
        "found": list(question.qs[: MOST_FOUND + 1]) if asked else [],
        "most_found": MOST_FOUND,
        "branches": branches,
        "rest": Region.objects.tops().exclude(pk__in=[branch.region.pk for branch in branches]),
    }
    return TemplateResponse(request, "enforcement/region_list.html", context)


@require_safe
@vary_on_headers("HX-Request")
def region_detail(request, code):
    """The state of a region: what was found there and below it, what is claimed, what holds. Neighbours in place."""
    region = get_object_or_404(Region.objects.select_related("parent"), code=code)
    visible = Case.objects.visible_to(request.user)
    if request.htmx:
        context = {"region": region, "neighbours": rollups.neighbours(region, localdate(), visible)}
        return TemplateResponse(request, "enforcement/region_detail.html#neighbours", context)
    cases = visible.in_region(region)
    indicators = list(_indicators(region))
    context = {
        "region": region,
        "ancestors": list(region.ancestors()),
        "totals": totals(cases),
        **trend(cases),
        "by_region": by_region(cases, region),
        "newest": cases.for_list()[:10],
        "children": region.children.all(),
        "checks": (checks := claims.checks(cases, _claims_in(region))),
        "claimed": [one for one in checks if one.claim.energy_kwh_per_year],
        "indicators": indicators,
        "shares": [
            one for one in indicators if one.kind == IndicatorKind.HASHRATE_SHARE and len(one.readings.all()) > 1
        ],
        **_law(region),
    }
    return TemplateResponse(request, "enforcement/region_detail.html", context)


def _law(region):
    """What holds in `region` today, its own rules and those from above it, and what held before."""
    today = localdate()
    policies = (
        Policy.objects.as_of(today)
        .select_related("region")
        .binding_in(region)
        .order_by("-" + path_of("region"), "-issued_on", "ref")
    )
    in_force = list(policies.in_force_on(today))
    deadlines = list(policies.with_binding_deadline().order_by("-deadline_on", "ref"))
    ahead = [policy for policy in deadlines if policy.time_left.days >= 0]
    return {
        "position": Position.objects.on(today).held_in(region).select_related("region", "policy").first(),
        "positions": Position.objects.held_in(region).select_related("region", "policy"),
        "in_force": in_force,
        "not_in_force": policies.exclude(pk__in=[policy.pk for policy in in_force]),
        "deadlines": deadlines,
        "next_deadline": ahead[-1] if ahead else deadlines[0] if deadlines else None,
    }


def _claims_in(region):
    """What authorities claim of `region` and of everything below it."""
    return SavingsClaim.objects.filter(region__in=Region.objects.within(region)).select_related("region", "source")


def _indicators(region):
    """The series measured for `region`, each with its readings, the newest first."""
    newest_first = Reading.objects.select_related("source").order_by("-year", F("month").desc(nulls_last=True))
    return Indicator.objects.filter(region=region).prefetch_related(Prefetch("readings", newest_first))
