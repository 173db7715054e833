"""What became of leads, counted: how many came, were inspected, led to a case, and how long each took."""

from dataclasses import dataclass, field
from statistics import median

from django.db.models import Exists, Min, OuterRef
from django.db.models.functions import TruncMonth

from cases.models import Inspection, LeadStep
from cases.models.lead import OPEN_STATES, LeadKind, LeadState

FEWEST = 5  # leads of a group that the public is told of: fewer could tell who reported


@dataclass
class LeadSums:
    """The leads of one kind, month or region."""

    of: object
    came: int = 0
    inspected: int = 0
    led_to_case: int = 0
    open: int = 0
    days_to_inspection: list[int] = field(default_factory=list)
    days_to_end: list[int] = field(default_factory=list)

    @property
    def median_to_inspection(self):
        return median(self.days_to_inspection) if self.days_to_inspection else None

    @property
    def median_to_end(self):
        return median(self.days_to_end) if self.days_to_end else None

    @property
    def percent_led_to_case(self):
        """Of those that are no longer open."""
        ended = self.came - self.open
        return round(100 * self.led_to_case / ended) if ended else None


def sums_by(leads, group: str) -> list[LeadSums]:
    """The LeadSums of `leads` by "kind", "region" or "month". A merged lead counts with the one it was merged into."""
    ends = LeadStep.objects.filter(lead=OuterRef("pk")).exclude(state="").exclude(state__in=OPEN_STATES)
    rows = (
        leads.exclude(state=LeadState.MERGED)
        .order_by()
        .annotate(
            month=TruncMonth("arrived_on"),
            visited_on=Min("inspections__visited_on"),
            ended_at=ends.order_by("-pk").values("at")[:1],
            was_inspected=Exists(Inspection.objects.filter(lead=OuterRef("pk")))
            | Exists(LeadStep.objects.filter(lead=OuterRef("pk"), state=LeadState.INSPECTED)),
        )
        .values_list(
            "region__code" if group == "region" else group,
            "state",
            "arrived_on",
            "visited_on",
            "ended_at",
            "was_inspected",
        )
    )
    found = {}
    for of, state, came, visited, ended, inspected in rows:
        sums = found.setdefault(of, LeadSums(of))
        sums.came += 1
        sums.inspected += inspected
        sums.led_to_case += state == LeadState.LED_TO_CASE
        sums.open += state in OPEN_STATES
        if visited:
            sums.days_to_inspection.append(max(0, (visited - came).days))
        if ended and state not in OPEN_STATES:
            sums.days_to_end.append(max(0, (ended.date() - came).days))
    return sorted(found.values(), key=lambda sums: str(sums.of), reverse=group == "month")


def public_sums(leads) -> list[LeadSums]:
    """The LeadSums by kind that everybody may read: a group of fewer than FEWEST is not among them."""
    found = [sums for sums in sums_by(leads, "kind") if sums.came >= FEWEST]
    for sums in found:
        sums.of = LeadKind(sums.of).label
    return found
