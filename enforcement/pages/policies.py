"""Rules in time: the library of policies on any day, who is liable for what, one policy, and the map of positions."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases.models import Case, Citation
from cases.selection.rollups import Span, around, in_spans
from regions.filters.standing import PolicyFilter
from regions.models import Policy, Position, Provision, Region
from regions.models.policy import SanctionKind, Target
from regions.models.region import codes_up, path_of
from regions.paging import ListPaginator, page_number

POLICIES_A_PAGE = 50
MOST_CITED = 25  # cases on the page of a policy; the rest are in the list of cases
MOST_COULD = 10


@require_safe
def policy_list(request):
    """The library of rules as it stood on a day: today, or the one that is asked for."""
    question = PolicyFilter(request.GET, Policy.objects.select_related("region"))
    day = localdate() if question.problems else question.day
    page = _page(question, question.qs.as_of(day).select_related("region").prefetch_related("provisions"))
    context = {
        "question": question,
        "day": day,
        "today": localdate(),
        "page": page,
        "penalties": _penalties(page.object_list, day),
        "found_after": _found_after(page.object_list, Case.objects.visible_to(request.user)),
        "places": _places_with_policies(),
        "notable": _notable_days(),
        "is_filtered": any(request.GET.get(name) for name in question.filters),
    }
    return TemplateResponse(request, "enforcement/policy_list.html", context)


def _penalties(policies, day):
    """{policy: its provisions that threatened money or prison on `day`}."""
    held = Provision.objects.on(day).filter(policy__in=[policy.pk for policy in policies])
    found = {}
    for provision in held.exclude(fine_max=None, fine_min=None, imprisonment_max_years=None).order_by("pk"):
        found.setdefault(provision.policy_id, []).append(provision)
    return found


def _found_after(policies, cases):
    """{policy: Sums of the cases in its region after its deadline}; of those whose deadline has passed."""
    spans = [
        Span(policy.pk, policy.region.pk, policy.deadline_on + timedelta(days=1))
        for policy in policies
        if policy.deadline_on and policy.time_left.days < 0 and policy.standing != "draft"
    ]
    return {key: sums for key, (sums, _loss) in in_spans(cases, spans).items()}


def _notable_days():
    """Deadlines and first days of positions: the days on which the law changed, the newest first."""
    days = {*Policy.objects.with_binding_deadline().values_list("deadline_on", flat=True)}
    return sorted((day + timedelta(days=1) for day in days), reverse=True)[:6]


@require_safe
def liability(request):
    """Who is liable for what: provisions by whom they address and what follows, as they held on a day."""
    question = PolicyFilter(request.GET, Policy.objects.select_related("region"))
    day = localdate() if question.problems else question.day
    provisions = (
        Provision.objects.on(day)
        # In two steps, as of `Boundary.objects.right_below`.
        .filter(policy__in=list(question.qs.values_list("pk", flat=True)))
        .select_related("policy__region")
        .order_by(path_of("policy__region"), "policy__ref", "pk")
    )
    rows = {target: {} for target in Target.values}
    for provision in provisions:
        for target in provision.targets:
            for kind in provision.sanction_kinds:
                rows[target].setdefault(kind, []).append(provision)
    kinds = [kind for kind in SanctionKind if any(kind in cells for cells in rows.values())]
    context = {
        "question": question,
        "day": day,
        "places": _places_with_policies(),
        "kinds": kinds,
        "rows": [
            (Target(target), [(kind, cells.get(kind, [])) for kind in kinds]) for target, cells in rows.items() if cells
        ],
        "count": len(provisions),
        "is_filtered": any(request.GET.get(name) for name in question.filters),
    }
    return TemplateResponse(request, "enforcement/liability.html", context)


@require_safe
def policy_detail(request, ref):
    """Everything known of one policy: the cases that cite it, those that could, and what happened around its day."""
    today = localdate()
    policy = get_object_or_404(
        Policy.objects.as_of(today).select_related("region", "source", "supersedes", "implements").prefetch_related(
            "issuers", "provisions", Prefetch("positions", Position.objects.select_related("region"))
        ),
        ref=ref,
    )  # fmt: skip
    visible = Case.objects.visible_to(request.user)
    citing = visible.under_policy([policy])
    citations = Citation.objects.filter(policy=policy, case__in=citing.values("pk"))
    here = visible.in_region(policy.region)
    could = here.filter(occurred_until__gte=policy.began).exclude(pk__in=citing.values("pk"))
    if policy.ended:
        could = could.filter(occurred_on__lt=policy.ended)
    months, of_the_year = around(here, policy.began, today)
    context = {
        "policy": policy,
        "ancestors": list(policy.region.ancestors()),
        "family": _family(policy),
        "citing": citing.count(),
        "most_cited": MOST_CITED,
        "citations": citations.select_related("case__region", "provision").order_by("-case__occurred_on", "case__ref")[
            :MOST_CITED
        ],
        "could_count": could.count(),
        "could": could.select_related("region").defer("words")[:MOST_COULD],
        "months": months,
        "columns": _columns(months),
        "of_the_year": of_the_year,
        "before": [month for month in months if month.distance < 0],
        "after": [month for month in months if month.distance >= 0 and not month.unfinished],
        "found_after": _found_after([policy], visible).get(policy.pk),
    }
    return TemplateResponse(request, "enforcement/policy_detail.html", context)


def _family(policy):
    """[(relation in words, policy)] of those that it hangs together with, and itself, in the order of their days."""
    found = [("", policy)]
    above = policy.supersedes
    while above is not None and above.pk not in {one.pk for _said, one in found}:
        found.append((_("its draft") if above.status == "draft" else _("superseded by it"), above))
        above = above.supersedes
    seen = {one.pk for _said, one in found}
    for later in Policy.objects.filter(supersedes__in=seen).exclude(pk__in=seen):
        found.append((_("adopted from it") if policy.status == "draft" else _("supersedes it"), later))
    if policy.implements:
        found.append((_("carried out by it"), policy.implements))
    found += [(_("carries it out"), one) for one in policy.implemented_by.all()]
    return sorted(found, key=lambda pair: (pair[1].issued_on, pair[1].ref)) if len(found) > 1 else []


@dataclass
class Bar:
    """A bar of the chart, in the units of its view box."""

    month: object
    x: int
    height: float

    @property
    def top(self):
        return 72 - self.height


def _columns(months):
    most = max((month.sums.cases for month in months), default=0)
    return [
        Bar(month, 8 * at, round(60 * month.sums.cases / most, 1) if most else 0) for at, month in enumerate(months)
    ]


def _places_with_policies():
    """The regions that have policies and those above them, as (code, name from the country down)."""
    paths = Policy.objects.values_list(path_of("region"), flat=True)
    codes = {code for path in paths for code in codes_up(path)}
    regions = {region.code: region for region in Region.objects.filter(code__in=codes).in_tree_order()}
    return [
        (code, " › ".join(regions[above].name for above in region.codes_down())) for code, region in regions.items()
    ]


def _page(question, policies):
    """The page asked for. A page that is not there is empty, and `question` says so."""
    text = question.data.get("page", "1")
    number, pages = page_number(text), ListPaginator(policies, POLICIES_A_PAGE)
    if number is not None and number <= pages.num_pages:
        return pages.page(number)
    question.problems["page"] = [_("There is no page “%(page)s”.") % {"page": text[:40]}]
    return pages.empty_page()
