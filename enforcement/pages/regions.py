"""The tree of regions, and the page of one region."""

from dataclasses import dataclass
from datetime import date

from django.db.models import F, Prefetch
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from cases import access
from cases.briefs import briefing
from cases.leads import counting
from cases.method import claims
from cases.models import Case, Lead, MeasuredAvoided, versions
from cases.models.case import CaseQuerySet
from cases.models.screening import Subject
from cases.pictures import maps
from cases.pictures.elsewhere import embeds
from cases.pictures.series import Measured, series
from cases.pictures.world import WIDE, world
from cases.selection import rollups
from cases.selection.measures import Metric, measures
from cases.selection.sums import region_rows, totals
from regions.filters.standing import RegionFilter
from regions.grammar.language import between_sentences
from regions.keeping import answer_for_readers_alike
from regions.models import Indicator, Policy, Position, Reading, Region, SavingsClaim
from regions.models.indicator import IndicatorKind
from regions.models.region import path_of

from . import claim_plots
from .times import Times

MOST_FOUND = 100  # regions that a search by name lists
NEWEST = 4  # cases
MOST_LEADS = 5  # kinds of leads


@require_safe
def region_list(request):
    """The tree: the countries that the record speaks of, then the rest of the world. `q` finds a region by name."""
    question = RegionFilter(request.GET, Region.objects.select_related("parent__parent__parent"))
    asked = bool(question.problems or question.form.cleaned_data.get("q"))
    listed = _found(question) if asked else _tree(Case.objects.visible_to(request.user))
    context = {"question": question, "asked": asked, "most_found": MOST_FOUND, **listed}
    return TemplateResponse(request, "enforcement/region_list.html", context)


def _found(question):
    """What `question` finds, and one more than the page lists: then it says that there are more."""
    return {"found": list(question.qs[: MOST_FOUND + 1]), "branches": [], "rest": Region.objects.tops()}


def _tree(cases):
    branches = rollups.tree(cases, localdate())
    rest = Region.objects.tops().exclude(pk__in=[branch.region.pk for branch in branches])
    picture = world({branch.region.code: branch.sums.cases for branch in branches}, quantity=_("cases"), width=WIDE)
    return {"found": [], "branches": branches, "rest": rest, "map": picture}


@require_safe
@vary_on_headers("HX-Request")
def region_detail(request, code):
    """The state of a region: what was found there and below it, what is claimed, what holds. Neighbours in place."""
    region = get_object_or_404(Region.objects.select_related("parent"), code=code)
    page = RegionPage(region, localdate(), Case.objects.visible_to(request.user))
    context = {"region": region, "page": page, "pieces": embeds.PIECES}
    if request.htmx:
        part = TemplateResponse(request, "enforcement/region_detail.html#neighbours", context)
        return answer_for_readers_alike(request, request.user, part.render)
    page.late_leads = Lead.objects.visible_to(request.user).in_region(region).waiting_too_long().count()
    page.sees_meters = request.user.has_perm("cases.work_on_leads") and access.works_in(request.user, region.pk)
    return TemplateResponse(request, "enforcement/region_detail.html", context)


@dataclass
class StandingRegion:
    """What the page shows of the standing record alone: the law of the region, what is stated and measured there."""

    region: Region
    today: date

    @cached_property
    def ancestors(self):
        return list(self.region.ancestors())

    @cached_property
    def stated(self):
        """What authorities state of the region and of everything below it."""
        stated = SavingsClaim.objects.filter(region__in=Region.objects.within(self.region))
        return list(stated.select_related("region", "source"))

    @cached_property
    def indicators(self):
        """The series measured for the region, each with its readings, the newest first."""
        newest_first = Reading.objects.select_related("source").order_by("-year", F("month").desc(nulls_last=True))
        return list(Indicator.objects.filter(region=self.region).prefetch_related(Prefetch("readings", newest_first)))

    @cached_property
    def position(self):
        """The legal position today, its own or the nearest from above."""
        return self._positions.on(self.today).first()

    @cached_property
    def positions(self):
        return list(self._positions)

    @property
    def _positions(self):
        return Position.objects.held_in(self.region).select_related("region", "policy")

    @property
    def _policies(self):
        """The policies that bind here, its own before those from above."""
        nearest_first = ["-" + path_of("region"), "-issued_on", "ref"]
        policies = Policy.objects.as_of(self.today).select_related("region").binding_in(self.region)
        return policies.order_by(*nearest_first)

    @cached_property
    def in_force(self):
        return list(self._policies.in_force_on(self.today))

    @cached_property
    def not_in_force(self):
        return list(self._policies.exclude(pk__in=[policy.pk for policy in self.in_force]))

    @cached_property
    def deadlines(self):
        """The policies with a binding deadline, the latest first."""
        return list(self._policies.with_binding_deadline().order_by("-deadline_on", "ref"))


@dataclass
class RegionPage:
    """What the page of a region shows of it and of `visible`, the cases that the reader may see.

    `late_leads` is how many leads of the region wait too long, for who works on them; `sees_meters` says whether the
    reader may see what single meters of it measured.
    """

    region: Region
    today: date
    visible: CaseQuerySet
    late_leads: int = 0
    sees_meters: bool = False

    @cached_property
    def of_standing(self):
        """What all is made of that the page shows of the standing record alone."""
        return versions.of_the_standing_record(), self.region.pk, self.today

    @cached_property
    def standing(self):
        record, *region = self.of_standing
        return versions.of_standing((*region, "page"), lambda: StandingRegion(self.region, self.today), record)

    @cached_property
    def children(self):
        return self.region.children.all()

    @cached_property
    def neighbours(self):
        return rollups.neighbours(self.region, self.today, self.visible)

    @cached_property
    def cases(self):
        return self.visible.in_region(self.region)

    @cached_property
    def totals(self):
        return totals(self.cases)

    @cached_property
    def measured(self):
        """What meters, feeders and areas took before and after raids."""
        rows = MeasuredAvoided.objects.filter(case__in=self.cases.order_by().values("pk"))
        seen = rows if self.sees_meters else rows.exclude(subject=Subject.METER)
        return list(seen.prefetch_related("case__region"))  # most regions have none, and to join them took milliseconds

    @cached_property
    def measures(self):
        """The cases with their rigs and load, by time and by the regions right below, in one query."""
        return measures(self.cases, [Metric.RIGS, Metric.POWER], self.region, by=["region"])

    @cached_property
    def years(self):
        """[{year, cases, rigs, kw, unfinished}], the newest year first. A date known only to the year has its year."""
        return [
            {
                "year": year, "cases": amounts.cases, "rigs": amounts.amount(Metric.RIGS),
                "kw": amounts.amount(Metric.POWER), "unfinished": year == self.today.year,
            }
            for year, amounts in sorted(self.measures.years.items(), reverse=True)
        ]  # fmt: skip

    @property
    def most_in_a_year(self):
        return max((year["cases"] for year in self.years), default=0)

    @cached_property
    def by_region(self):
        below = self.measures.by["region"].items()
        return region_rows(
            {
                code: (
                    amounts.cases, amounts.amount(Metric.RIGS), amounts.resting_on(Metric.RIGS),
                    amounts.amount(Metric.POWER),
                )
                for code, amounts in below if code
            }
        )  # fmt: skip

    @property
    def newest(self):
        return self.times.newest[:NEWEST]

    @cached_property
    def checks(self):
        """What authorities state of the region and of everything below it, each with our arithmetic."""
        return claims.checks(self.cases, self.standing.stated)

    @cached_property
    def claimed(self):
        """The claimed savings of electricity, the largest first."""
        savings = [check for check in self.checks if check.claim.energy_kwh_per_year]
        return sorted(savings, key=lambda check: -check.claim.energy_kwh_per_year)

    @property
    def kinds_of_indicators(self):
        """What the indicators measure, each kind once."""
        return dict.fromkeys(indicator.get_kind_display() for indicator in self.indicators)

    @property
    def drawn_indicators(self):
        """The indicators, each with its picture: a share of hashrate with more than one reading has one."""
        for indicator in self.indicators:
            is_drawn = indicator.kind == IndicatorKind.HASHRATE_SHARE and len(indicator.readings.all()) > 1
            yield indicator, _drawn(indicator) if is_drawn else None

    ancestors = property(lambda self: self.standing.ancestors)
    indicators = property(lambda self: self.standing.indicators)
    positions = property(lambda self: self.standing.positions)
    position = property(lambda self: self.standing.position)
    in_force = property(lambda self: self.standing.in_force)
    not_in_force = property(lambda self: self.standing.not_in_force)
    deadlines = property(lambda self: self.standing.deadlines)

    @property
    def deadlines_ahead(self):
        return [policy for policy in self.deadlines if policy.deadline_on >= self.today]

    @property
    def deadlines_passed(self):
        return [policy for policy in self.deadlines if policy.deadline_on < self.today]

    @property
    def next_deadline(self):
        """The policy whose deadline is the nearest ahead; the last to pass where none is ahead."""
        return next(iter([*reversed(self.deadlines_ahead), *self.deadlines_passed]), None)

    @property
    def own_policies(self):
        return [policy for policy in [*self.in_force, *self.not_in_force] if policy.region_id == self.region.pk]

    @property
    def own_in_force(self):
        return [policy for policy in self.in_force if policy.region_id == self.region.pk]

    @property
    def higher_in_force(self):
        return [policy for policy in self.in_force if policy.region_id != self.region.pk]

    @cached_property
    def only_place_of_rigs(self):
        """The region right below this one in which all the rigs on record were; None where they were in several."""
        holding = [row for row in self.by_region if row.rigs_cases]
        return holding[0].region if len(holding) == 1 and holding[0].rigs_cases == self.totals.rigs_cases else None

    @cached_property
    def largest_loss(self):
        return briefing.largest_loss(self.checks, self.region)

    @cached_property
    def sentences(self):
        return briefing.sentences(self)

    @cached_property
    def figures(self):
        return briefing.figures_of(self)

    between_sentences = property(lambda self: between_sentences())

    @property
    def kind(self):
        """What kind of region it is, in the words of its country."""
        return self.region.get_level_display()

    @cached_property
    def sums(self):
        return briefing.sums(self)

    @cached_property
    def strips(self):
        return self.times.strips()

    @cached_property
    def picture(self):
        """The map of the region, None where there is no shape to draw."""
        values = {row.region.code: row.cases for row in self.by_region}
        record, *_region = self.of_standing
        return maps.of_region(self.region, self.cases, values, _("cases"), record)

    @cached_property
    def times(self):
        return Times(self)

    @cached_property
    def plots(self):
        """The largest claimed saving as a plot; without a saving, the largest claimed loss."""
        if self.claimed:
            return [claim_plots.of_saving(self.claimed[0])]
        return [claim_plots.of_loss(self.largest_loss)] if self.largest_loss else []

    @cached_property
    def public_leads(self):
        """What became of the leads that came here, as everybody may know it."""
        return counting.public_sums_in(self.region)

    @cached_property
    def all_leads(self):
        return rollups.by_lead(self.cases, MOST_LEADS, self.visible)

    @property
    def leads(self):
        return self.all_leads[:MOST_LEADS]

    @property
    def cases_of_other_leads(self):
        return sum(lead.cases for lead in self.all_leads[MOST_LEADS:])


def _drawn(indicator):
    def written(amount):
        return f"{amount:g} {indicator.unit}"

    return series(
        [
            Measured(*reading.period, float(reading.value), f"{reading.when_in_words}: {written(float(reading.value))}")
            for reading in indicator.readings.all()
        ],
        written,
    )
