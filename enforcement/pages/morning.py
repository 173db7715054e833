"""The morning of a region, for who works there: what is new since the last visit, what waits, what is overdue."""

from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import User
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode

from cases.access import cases_visible_to
from cases.models import Draft, Lead
from cases.models.intake import DoubtRule
from cases.pictures import maps
from cases.selection.filters import FACTS
from cases.selection.measures import Metric
from cases.selection.selection import Selection
from regions.grammar.durations import distance
from regions.keeping import number_of, some_of
from regions.models import Policy, Region
from regions.models.region import regions_of_scopes

LISTED = 5


def regions_of(user):
    """The regions that `user` is assigned to, in the order of the tree. None of who works everywhere."""
    if not user.is_authenticated or not user.has_perm("cases.view_case"):
        return []
    return regions_of_scopes(user)


@dataclass
class Morning:
    """What `user` looks at first in the one of `regions` that is `asked` for; `before` is the day of the last visit."""

    user: User
    regions: list[Region]
    asked: str
    before: date | None
    today: date

    @cached_property
    def region(self):
        return next((region for region in self.regions if region.code == self.asked), self.regions[0])

    @cached_property
    def selection(self):
        return Selection(QueryDict(urlencode({"region": self.region.code})), self.user)

    @property
    def cases(self):
        return self.selection.cases

    @cached_property
    def totals(self):
        return self.selection.totals()

    def address(self, **question):
        """The list of the region's cases that answer `question`."""
        return f"{reverse('cases:case-list')}?{urlencode({'region': self.region.code, **question}, doseq=True)}"

    # New

    @cached_property
    def new(self):
        """The cases that came or changed since the last visit; None on a first visit."""
        return self.cases.filter(changed_at__date__gte=self.before) if self.before else None

    @cached_property
    def new_count(self):
        return number_of(self.new) if self.before else 0

    @cached_property
    def newest(self):
        """What is new, else the latest cases."""
        listed = (
            self.new.order_by("-changed_at", "ref") if self.new_count else self.cases.order_by("-occurred_on", "ref")
        )
        return list(some_of(listed, slice(LISTED), cases_visible_to(self.user).for_list()))

    @property
    def new_address(self):
        return self.address(changed_after=self.before.isoformat())

    # Waiting

    @cached_property
    def drafts(self):
        """What the person typed and has not saved yet, in whatever region."""
        return Draft.objects.filter(by=self.user, made=None).count() if self.user.has_perm("cases.add_case") else 0

    @cached_property
    def internal(self):
        """The cases that the public does not see, the newest first."""
        newest = self.cases.filter(published=False).order_by("-changed_at", "ref")
        return list(some_of(newest, slice(LISTED + 1), cases_visible_to(self.user)))

    @cached_property
    def doubted(self):
        """How many cases have a doubt that nobody has answered."""
        return number_of(self.cases.in_doubt(DoubtRule.values))

    @property
    def doubted_address(self):
        return self.address(doubt=DoubtRule.values)

    @cached_property
    def lacking(self):
        """How many cases name no source, which cannot be checked."""
        return number_of(self.cases.filter(FACTS["source"][1]))

    @property
    def lacking_address(self):
        return self.address(empty="source")

    @cached_property
    def late_leads(self):
        """How many leads of the region wait longer than 14 days."""
        return Lead.objects.visible_to(self.user).in_region(self.region).waiting_too_long().count()

    @property
    def may_edit(self):
        return self.user.has_perm("cases.change_case")

    @property
    def waiting(self):
        return (
            self.drafts + self.late_leads + len(self.internal) + (self.doubted + self.lacking if self.may_edit else 0)
        )

    # Overdue

    @cached_property
    def deadlines(self):
        """The binding deadlines of the region and those above it, [(policy, how far off)], the nearest first."""
        policies = Policy.objects.as_of(self.today).with_binding_deadline().select_related("region")
        own = policies.filter(region__in=Region.objects.within(self.region) | Region.objects.above(self.region))
        nearest = sorted(own, key=lambda policy: abs((policy.deadline_on - self.today).days))
        return [(policy, distance(policy.deadline_on, self.today)) for policy in nearest]

    @property
    def overdue(self):
        return [(policy, words) for policy, words in self.deadlines if policy.deadline_on < self.today]

    @property
    def ahead(self):
        return [(policy, words) for policy, words in self.deadlines if policy.deadline_on >= self.today]

    # Where

    @cached_property
    def map(self):
        found = self.selection.measures.by["region"]
        values = {code: measure.amount(Metric.CASES) for code, measure in found.items() if code}
        return maps.of_region(self.region, self.cases, values, Metric.CASES.label)
