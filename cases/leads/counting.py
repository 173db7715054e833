"""What became of leads, counted: how many were inspected, led to a raid or a case, and how long each step took."""

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from django.db.models import Exists, F, Min, OuterRef
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from cases.models import Inspection, Lead, LeadStep, Raid
from cases.models.lead import OPEN_STATES, LeadKind, LeadState
from regions.grammar.quantities import figure
from regions.keeping import made_of_tables
from regions.models import Region

FEWEST = 5  # leads of a group that the public is told of: fewer could tell who reported
MADE_OF = [model._meta.db_table for model in (Lead, LeadStep, Inspection, Raid, Region)]  # what sums of leads are


@dataclass
class LeadSums:
    """The leads of one kind, month or region."""

    of: object
    came: int = 0
    inspected: int = 0
    led_to_case: int = 0
    led_to_raid: int = 0
    open: int = 0
    days_to_inspection: list[int] = field(default_factory=list)
    days_to_end: list[int] = field(default_factory=list)
    days_in: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))  # an open state, until it was left

    @property
    def median_to_inspection(self):
        return _median(self.days_to_inspection)

    @property
    def median_to_end(self):
        return _median(self.days_to_end)

    @property
    def in_words(self):
        """What became of them, where `of` is the name of their kind."""
        told = _("%(kind)s: %(came)s received, %(inspected)s inspected, %(cases)s led to a case, %(raids)s to a raid")
        return told % {
            "kind": self.of, "came": figure(self.came), "inspected": figure(self.inspected),
            "cases": self.led_to_case, "raids": self.led_to_raid,
        }  # fmt: skip

    @property
    def medians_in(self):
        """The median days in each of OPEN_STATES, of leads that left it; None where none did."""
        return [_median(self.days_in[state]) for state in OPEN_STATES]

    @property
    def percent_led_to_case(self):
        """Of those that are no longer open."""
        ended = self.came - self.open
        return round(100 * self.led_to_case / ended) if ended else None


def _median(days):
    return median(days) if days else None


def sums_by(leads, group: str) -> list[LeadSums]:
    """The LeadSums of `leads` by "kind", "region" or "month". A merged lead counts with the one it was merged into."""
    leads = leads.exclude(state=LeadState.MERGED).order_by()
    rows = leads.annotate(
        month=TruncMonth("arrived_on"),
        region_code=F("region__code"),
        visited_on=Min("inspections__visited_on"),
        was_inspected=Exists(Inspection.objects.filter(lead=OuterRef("pk")))
        | Exists(LeadStep.objects.filter(lead=OuterRef("pk"), state=LeadState.INSPECTED)),
        was_raided=Exists(Raid.objects.filter(case=OuterRef("led_to"))),
    ).values("pk", "kind", "month", "region_code", "state", "arrived_on", "visited_on", "was_inspected", "was_raided")
    entered = defaultdict(list)
    steps = LeadStep.objects.filter(lead__in=leads).exclude(state="").order_by("pk")
    for lead, state, at in steps.values_list("lead", "state", "at"):
        entered[lead].append((state, at.date()))
    found = {}
    for row in rows:
        of = row["region_code" if group == "region" else group]
        _add(found.setdefault(of, LeadSums(of)), row, [(LeadState.NEW, row["arrived_on"]), *entered[row["pk"]]])
    return sorted(found.values(), key=lambda sums: str(sums.of), reverse=group == "month")


def _add(sums, row, course):
    """Add a lead to its LeadSums. `course` is [(state, the day it was entered)], from its arrival on."""
    came, is_open = row["arrived_on"], row["state"] in OPEN_STATES
    sums.came += 1
    sums.inspected += row["was_inspected"]
    sums.led_to_case += row["state"] == LeadState.LED_TO_CASE
    sums.led_to_raid += row["was_raided"]
    sums.open += is_open
    if row["visited_on"]:
        sums.days_to_inspection.append(max(0, (row["visited_on"] - came).days))
    for (state, since), (_next, until) in pairwise(course):
        if state in OPEN_STATES:
            sums.days_in[state].append(max(0, (until - since).days))
    if not is_open and len(course) > 1:
        sums.days_to_end.append(max(0, (course[-1][1] - came).days))


def public_sums(leads) -> list[LeadSums]:
    """The LeadSums by kind that everybody may read: a group of fewer than FEWEST is not among them."""
    return [sums for sums in named_sums(leads) if sums.came >= FEWEST]


def public_sums_in(region) -> list[LeadSums]:
    """The public_sums of all leads in `region`, made once until anything is written that they are made of."""
    return made_of_tables(("leads", region.pk), MADE_OF, lambda: public_sums(Lead.objects.in_region(region)))


def named_sums(leads) -> list[LeadSums]:
    """The LeadSums by kind for who works on them: `of` is the name of the kind."""
    found = sums_by(leads, "kind")
    for sums in found:
        sums.of = LeadKind(sums.of).label
    return found
