"""The first page: for the public the record in one sentence, for who works in a region that region's morning."""

from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import AnonymousUser, User
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from cases.method import claims
from cases.models import Case
from cases.models.case import MOST_RIGS_FIRST
from cases.pictures.charts import CHARTS
from cases.pictures.elsewhere import card, embeds
from cases.pictures.world import world
from cases.selection.measures import Metric
from cases.selection.selection import Selection
from cases.selection.sums import totals
from cases.views import pictures
from regions.grammar.quantities import energy, with_unit
from regions.keeping import answer_for_readers_alike, key_of_readers_alike, made_of_tables
from regions.models import Position, Region, SavingsClaim
from regions.models.policy import Stance
from regions.models.region import regions_by_code
from regions.models.savings import ClaimKind, LossBasis

from . import attention, claim_plots
from .morning import Morning, regions_of

LISTED = 5  # cases, the newest and the largest
NAMED_FROM = 0.1  # of all rigs: a case with that many is named beside the sum
CLAIMS = 3
CLAIMED = [model._meta.db_table for model in (SavingsClaim, Region)]  # what claims are made of


@require_safe
@vary_on_headers("HX-Request", "HX-Target")
def home(request):
    """Who works in a region sees what is new, waits and is overdue there; everybody else the record as a whole."""
    own, before = regions_of(request.user), attention.last_visit(request)
    if own and request.GET.get("view") != "all":
        morning = Morning(request.user, own, request.GET.get("region", ""), before, localdate())
        response = TemplateResponse(request, "enforcement/morning.html", {"morning": morning})
    else:
        page = Home(request.user, _metric_of(request.GET), before)
        context = {"page": page, "selection": SimpleLazyObject(lambda: page.record), "pieces": embeds.PIECES}
        if request.htmx and request.htmx.target == "figures":
            figures = TemplateResponse(request, "enforcement/dashboard.html#figures", context)
            return answer_for_readers_alike(request, request.user, figures.render)
        context["alike"] = key_of_readers_alike(request, request.user, asks_for_saved=False, of_sums=True)
        response = TemplateResponse(request, "enforcement/dashboard.html", context)
    if request.user.is_authenticated:  # nobody else is told what is new, so that nobody else needs a cookie
        attention.note_visit(request, response)
    return response


@require_safe
@cache_control(public=True, max_age=pictures.AGE)
def region_picture(request, code):
    """The picture of a shared link to a region: its public cases."""
    region = get_object_or_404(Region.objects.select_related("parent"), code=code)
    seen = Case.objects.visible_to(AnonymousUser()).in_region(region)
    above = region.parent.name if region.parent else ""
    return pictures.as_answer(card.card_of_sums(region.name, above, totals(seen)))


def _metric_of(query):
    """Only what the charts show: the first page asks nothing else of the record."""
    chosen = QueryDict(mutable=True)
    if query.get("metric") in Metric.values:
        chosen["metric"] = query["metric"]
    return chosen


@dataclass
class Home:
    """What the first page shows `user`, who was here before on the day `before`."""

    user: User
    question: QueryDict
    before: date | None

    @cached_property
    def record(self):
        """The Selection of all cases that they may see."""
        return Selection(self.question, self.user)

    @cached_property
    def chores(self):
        return attention.chores(self.user, self.record, self.before)

    @cached_property
    def totals(self):
        return self.record.totals()

    @cached_property
    def countries(self):
        """How many countries and areas have cases."""
        return len([code for code in self.record.measures.by["region"] if code])

    @property
    def since(self):
        return min(self.record.measures.years)

    @property
    def part_of_wider(self):
        return self.totals.cases - self.totals.counted

    @cached_property
    def newest(self):
        return self.record.rows().in_brief()[: LISTED - 1]

    @cached_property
    def largest(self):
        return list(
            self.record.cases.for_list()
            .in_brief()
            .counted()
            .filter(rigs__gt=0)
            .order_by(MOST_RIGS_FIRST, "ref")[:LISTED]
        )

    @property
    def dominating(self):
        """The case that makes up so many of the rigs that the sum must not stand without it."""
        first = self.largest[0] if self.largest else None
        return first if first and first.rigs >= NAMED_FROM * self.totals.rigs else None

    @cached_property
    def charts(self):
        return [CHARTS[name](self.record) for name in ("trend", "lead_source")]

    @cached_property
    def map(self):
        """The world by the metric of the charts."""
        chart, measures = self.charts[0], self.record.measures
        amounts = {code: found.amount(chart.metric) for code, found in measures.by["region"].items() if code}
        size, unit = _scale(chart.metric, measures.currency)
        return world({code: _tidy(amount / size) for code, amount in amounts.items() if amount}, quantity=unit)

    @property
    def map_title(self):
        return {
            Metric.CASES: _("Where cases are on record"),
            Metric.RIGS: _("Where rigs were seized"),
            Metric.POWER: _("Where the rigs would draw power"),
            Metric.LOSSES: _("Where losses are reported"),
        }[self.record.metric]

    @cached_property
    def claims(self):
        """The largest claimed saving, then losses of other regions, those first that most recorded cases speak to."""
        checks = claims.checks(self.record.cases, made_of_tables("largest claims", CLAIMED, _largest_claims))
        checks.sort(key=lambda check: (check.claim.kind != ClaimKind.SAVING, not check.loss, -check.sums.cases))
        return [_plot(check) for check in checks[:CLAIMS]]

    def questions(self):
        """What people come to ask, each with the address that answers it."""
        banned = Position.objects.filter(stance=Stance.BANNED)
        if made_of_tables("is banned", [Position._meta.db_table], banned.exists):
            yield _("Where is mining banned, and since when?"), reverse("regions:positions")
        countries = {code: found.cases for code, found in self.record.measures.by["region"].items() if code}
        if countries:
            most = max(countries, key=lambda code: (countries[code], code))
            region = regions_by_code([most])[most]
            yield _("What was seized in %(country)s?") % {"country": region.name}, region.get_absolute_url()
        if self.claims and self.claims[0].claim.kind == ClaimKind.SAVING:
            claim = self.claims[0].claim
            told = {"region": claim.region.name, "energy": with_unit(energy(claim.energy_kwh_per_year))}
            yield _("What does the claim of %(energy)s saved in %(region)s rest on?") % told, reverse("method:savings")


def _largest_claims():
    """The largest claimed saving, and the largest loss of each other region."""
    stated = SavingsClaim.objects.select_related("region")
    savings = stated.filter(kind=ClaimKind.SAVING, energy_kwh_per_year__gt=0)
    losses = stated.filter(loss_amount__isnull=False, loss_basis=LossBasis.TOTAL)
    of_regions = {}
    for claim in (*savings.order_by("-energy_kwh_per_year", "ref")[:1], *losses.order_by("-loss_amount", "ref")):
        of_regions.setdefault(claim.region_id, claim)
    return list(of_regions.values())


def _plot(check):
    saving = check.claim.kind == ClaimKind.SAVING
    return claim_plots.of_saving(check) if saving else claim_plots.of_loss(check)


def _scale(metric, currency):
    """(in what a number of the map is counted, its unit)."""
    if metric == Metric.POWER:
        return 1000, "MW"
    if metric == Metric.LOSSES:
        return 10**6, _("million %(currency)s") % {"currency": currency}
    return 1, str(metric.label)


def _tidy(amount):
    return round(amount) if amount >= 10 else round(amount, 1) or 0.1
