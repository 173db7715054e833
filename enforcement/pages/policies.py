"""Rules in time: the library of policies on any day, who is liable for what, one policy, and the map of positions."""

from dataclasses import dataclass
from datetime import date
from itertools import product

from django.db.models import Prefetch
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases.models import Case, Citation
from cases.models.case import CaseQuerySet, citing
from cases.selection.rollups import Span, around, in_spans
from regions.filters.standing import PolicyFilter
from regions.grammar.dates import days_on
from regions.keeping import number_of, some_of
from regions.models import Policy, Position, Provision, Region
from regions.models.policy import SanctionKind, Target
from regions.models.region import codes_up, path_of
from regions.paging import ListPaginator, page_number

POLICIES_A_PAGE = 50
GRAVEST = [SanctionKind.IMPRISONMENT, SanctionKind.FINE, SanctionKind.EQUIPMENT_CONFISCATION]
MOST_CITED = 25  # cases on the page of a policy; the rest are in the list of cases
MOST_COULD = 10


@require_safe
def policy_list(request):
    """The library of rules as it stood on a day: today, or the one that is asked for."""
    asked = _asked(request)
    question, day = asked["question"], asked["day"]
    page = _page(question, question.qs.as_of(day).select_related("region").prefetch_related("provisions"))
    context = asked | {
        "today": localdate(),
        "page": page,
        "penalties": _penalties(page.object_list, day),
        "found_after": _found_after(page.object_list, Case.objects.visible_to(request.user)),
        "notable": _notable_days(),
        "sort": question.order.value,
        "sorted_by": question.order.label,
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
        Span(policy.pk, policy.region.pk, days_on(policy.deadline_on, 1))
        for policy in policies
        if policy.deadline_on and policy.time_left.days < 0 and policy.standing != "draft"
    ]
    return {key: sums for key, (sums, _loss) in in_spans(cases, spans).items()}


def _notable_days():
    """Deadlines and first days of positions: the days on which the law changed, the newest first."""
    days = {*Policy.objects.with_binding_deadline().values_list("deadline_on", flat=True)}
    return sorted((days_on(day, 1) for day in days), reverse=True)[:6]


@require_safe
def liability(request):
    """Who is liable for what: provisions by whom they address and what follows, as they held on a day."""
    asked = _asked(request)
    provisions = _provisions_of(asked["question"].qs, asked["day"])
    context = asked | {"rows": _by_target(provisions), "count": len(provisions)}
    return TemplateResponse(request, "enforcement/liability.html", context)


def _provisions_of(policies, day):
    """The provisions of `policies` that held on `day`, from the country down."""
    return (
        Provision.objects.on(day)
        # In two steps, as of `Boundary.objects.right_below`.
        .filter(policy__in=list(policies.values_list("pk", flat=True)))
        .select_related("policy__region")
        .order_by(path_of("policy__region"), "policy__ref", "pk")
    )


def _by_target(provisions):
    """[(target, [(kind, its provisions)])]: what people ask for first, prison, fines and confiscation, comes first."""
    cells = {}
    for provision in provisions:
        for target, kind in product(provision.targets, provision.sanction_kinds):
            cells.setdefault(target, {}).setdefault(kind, []).append(provision)
    kinds = [*GRAVEST, *(kind for kind in SanctionKind if kind not in GRAVEST)]
    return [
        (target, [(kind, cells[target][kind]) for kind in kinds if kind in cells[target]])
        for target in Target
        if target in cells
    ]


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
    page = PolicyPage(policy, today, Case.objects.visible_to(request.user))
    return TemplateResponse(request, "enforcement/policy_detail.html", {"policy": policy, "page": page})


@dataclass
class PolicyPage:
    """What the page of a policy shows of it and of `cases`, which the reader may see."""

    policy: Policy
    today: date
    cases: CaseQuerySet

    @property
    def names_fines(self):
        return any(row.fine_min is not None or row.fine_max is not None for row in self.policy.provisions.all())

    @property
    def names_prison(self):
        return any(row.imprisonment_max_years is not None for row in self.policy.provisions.all())

    @cached_property
    def ancestors(self):
        return list(self.policy.region.ancestors())

    @cached_property
    def family(self):
        return _family(self.policy)

    @cached_property
    def _citing(self):
        return self.cases.filter(citing([self.policy]))

    @cached_property
    def citing_count(self):
        return number_of(self._citing)

    @cached_property
    def citations(self):
        """The newest citations of the policy."""
        found = Citation.objects.filter(policy=self.policy, case__in=self._citing.values("pk"))
        newest_first = found.order_by("-case__occurred_on", "case__ref")
        return newest_first.select_related("case__region", "provision")[:MOST_CITED]

    @property
    def lists_all_citations(self):
        return len(self.citations) != MOST_CITED

    @cached_property
    def _here(self):
        return self.cases.in_region(self.policy.region)

    @cached_property
    def _could_cite(self):
        """The cases of its region and period that do not cite it."""
        since = self._here.filter(occurred_until__gte=self.policy.began).exclude(citing([self.policy]))
        return since.filter(occurred_on__lt=self.policy.ended) if self.policy.ended else since

    @cached_property
    def could_cite_count(self):
        return number_of(self._could_cite)

    @cached_property
    def could_cite(self):
        could, shown = (cases.select_related("region").defer("words") for cases in (self._could_cite, self.cases))
        return some_of(could, slice(MOST_COULD), shown, of=self.could_cite_count)

    @cached_property
    def _around(self):
        return around(self._here, self.policy.began, self.today)

    @property
    def months(self):
        """The months around the first day of the policy."""
        return self._around[0]

    @property
    def known_only_to_the_year(self):
        """How many cases no month has."""
        return self._around[1]

    @cached_property
    def bars(self):
        return _bars(self.months)

    @cached_property
    def found_after(self):
        """The Sums of the cases after the deadline, if it has passed."""
        return _found_after([self.policy], self.cases).get(self.policy.pk)


def _family(policy):
    """[(relation in words, policy)] of its relatives and itself, in the order of their days; [] without relatives."""
    found = [("", policy), *_earlier_versions(policy)]
    seen = {relative.pk for _relation, relative in found}
    for later in Policy.objects.filter(supersedes__in=seen).exclude(pk__in=seen):
        found.append((_("adopted from this draft") if policy.status == "draft" else _("supersedes this policy"), later))
    if policy.implements:
        found.append((_("implemented by this policy"), policy.implements))
    found += [(_("implements this policy"), relative) for relative in policy.implemented_by.all()]
    return sorted(found, key=lambda pair: (pair[1].issued_on, pair[1].ref)) if len(found) > 1 else []


def _earlier_versions(policy):
    """What `policy` supersedes, what that supersedes, and so on; a circle ends where it began."""
    seen, earlier = {policy.pk}, policy.supersedes
    while earlier is not None and earlier.pk not in seen:
        seen.add(earlier.pk)
        yield _("draft of this policy") if earlier.status == "draft" else _("superseded by this policy"), earlier
        earlier = earlier.supersedes


@dataclass
class Bar:
    """A bar of the chart, in the units of its view box."""

    month: object
    x: int
    height: float

    @property
    def top(self):
        return 72 - self.height


def _bars(months):
    most = max((month.sums.cases for month in months), default=0)
    return [
        Bar(month, 8 * at, round(60 * month.sums.cases / most, 1) if most else 0) for at, month in enumerate(months)
    ]


def _asked(request):
    """What the filter form of policies shows, and the day that is asked for: today if the question is not valid."""
    question = PolicyFilter(request.GET, Policy.objects.select_related("region"))
    return {
        "question": question,
        "day": localdate() if question.problems else question.day,
        "places": _places_with_policies(),
        "is_filtered": any(request.GET.get(name) for name in question.filters if name != "sort"),
    }


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
