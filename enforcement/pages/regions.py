from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import F, Prefetch
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.template.response import TemplateResponse
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from cases import power
from cases.method import claims
from cases.models import Case
from cases.selection import rollups
from cases.selection.selection import Selection
from cases.selection.sums import by_region, totals
from regions.filters.standing import RegionFilter
from regions.models import Indicator, Policy, Position, Reading, Region, SavingsClaim
from regions.models.indicator import IndicatorKind
from regions.models.savings import ClaimKind

from . import attention as dashboard

MOST_RIGS_FIRST = F("rigs").desc(nulls_last=True)
MOST_FOUND = 100  # regions that a search by name lists


@login_not_required
@require_safe
def healthz(request):
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request):
    """The database answers and has every migration. 503 otherwise."""
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception:
        return HttpResponse("the database does not answer\n", content_type="text/plain", status=503)
    if waiting:
        return HttpResponse("the database waits for migrations\n", content_type="text/plain", status=503)
    return HttpResponse("ready\n", content_type="text/plain")


def bad_request(request, exception=None):
    return render(request, "400.html", status=400)


@require_safe
@vary_on_headers("HX-Request")
def home(request):
    """What the user should look at first: what needs attention, then the record's totals; its trend comes in place."""
    record = Selection(QueryDict(), request.user)
    if request.htmx:
        return TemplateResponse(request, "enforcement/dashboard.html#breakdown", _breakdown(record))
    before, deadlines = dashboard.last_visit(request), dashboard.deadlines(localdate())
    context = {
        "attention": dashboard.attention(record, deadlines, before),
        "is_first_visit": before is None,
        "totals": record.totals(),
        "newest": record.rows()[:5],
        "biggest": record.cases.for_list().counted().filter(rigs__gt=0).order_by(MOST_RIGS_FIRST, "ref")[:5],
        "claimed": claims.claimed_savings(record.cases)[:1],
        "ahead": deadlines["ahead"],
        "passed": deadlines["passed"][:4],
    }
    response = TemplateResponse(request, "enforcement/dashboard.html", context)
    dashboard.note_visit(request, response)
    return response


def _breakdown(record):
    return {
        **_trend(record.cases),
        "countries": record.by_region(),
        "leads": record.facet("lead_source"),
    }


def _trend(cases):
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
        **_trend(cases),
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


@require_safe
def savings(request):
    """What authorities say was saved, closed, used and lost, each beside its source; savings beside arithmetic."""
    checks = claims.checks(
        Case.objects.visible_to(request.user), SavingsClaim.objects.select_related("region", "source")
    )
    checks.sort(key=lambda one: -(one.claim.energy_kwh_per_year or 0))
    groups = [(kind, [one for one in checks if one.claim.kind == kind]) for kind in ClaimKind]
    context = {
        "claimed": [one for one in checks if one.claim.energy_kwh_per_year],
        "disagreements": claims.disagreements([one.claim for one in checks]),
        "groups": [(kind, rows) for kind, rows in groups if rows],
        "count": len(checks),
        "hours": power.HOURS_A_YEAR,
    }
    return TemplateResponse(request, "enforcement/savings.html", context)


def _law(region):
    """What holds in `region` today, its own rules and those from above it, and what held before."""
    today = localdate()
    policies = (
        Policy.objects.as_of(today)
        .select_related("region")
        .binding_in(region)
        .order_by("-region__path", "-issued_on", "ref")
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
