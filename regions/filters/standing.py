"""The filter sets of the standing record: policies, positions and regions."""

import django_filters as filters
from django.db.models import F, Q, TextChoices
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy

from regions.grammar.language import simplified
from regions.models import Policy, Position, Region
from regions.models.policy import PolicyKind, PolicyStatus
from regions.models.region import path_of

from .base import LONGEST_TEXT, CodeFilter, DayFilter, RegionCodeFilter, StrictFilterSet


class Deadline(TextChoices):
    """Whether a deadline is ahead on the day that is asked for, or has passed."""

    AHEAD = "ahead", gettext_lazy("Upcoming")
    PASSED = "passed", gettext_lazy("Passed")


class PolicySort(TextChoices):
    """What a list of policies can be sorted by: the newest first, names from A."""

    ISSUED = "-issued", gettext_lazy("newest first")
    ISSUED_UP = "issued", gettext_lazy("oldest first")
    EFFECTIVE = "-effective", gettext_lazy("latest start first")
    EFFECTIVE_UP = "effective", gettext_lazy("earliest start first")
    DEADLINE = "-deadline", gettext_lazy("latest deadline first")
    DEADLINE_UP = "deadline", gettext_lazy("earliest deadline first")
    TITLE = "title", gettext_lazy("by title")
    TITLE_DOWN = "-title", gettext_lazy("by title, from the end")
    REGION = "region", gettext_lazy("by region")
    REGION_DOWN = "-region", gettext_lazy("by region, from the end")


SORTED_BY = {
    "issued": "issued_on",
    "effective": "effective_on",
    "deadline": "deadline_on",
    "title": "title_en",
    "region": path_of("region"),
}


class _OnADay(StrictFilterSet):
    """A filter set with the question `on`: the answer is that of a day."""

    @property
    def day(self):
        """The day that is asked for; today where none is."""
        return self.form.cleaned_data.get("on") or localdate()


class PolicyFilter(_OnADay):
    showing = {"page"}

    q = filters.CharFilter(method="has_words", label=gettext_lazy("Keywords"), max_length=LONGEST_TEXT, strip=True)
    region = RegionCodeFilter(
        queryset=Region.objects.all(), to_field_name="code", method="in_region", label=gettext_lazy("Region")
    )
    kind = CodeFilter(choices=PolicyKind, label=gettext_lazy("Type"))
    status = CodeFilter(choices=PolicyStatus, label=gettext_lazy("Status"))
    on = DayFilter(method="as_of", label=gettext_lazy("As of"))
    deadline = CodeFilter(choices=Deadline, method="with_deadline", label=gettext_lazy("Deadline"))
    sort = CodeFilter(choices=PolicySort, method="in_order", label=gettext_lazy("Sort"))

    class Meta:
        model = Policy
        fields = []

    def has_words(self, policies, name, text):
        for word in simplified(text).split():
            policies = policies.filter(
                Q(title_en__icontains=word)
                | Q(title_zh__icontains=word)
                | Q(summary_en__icontains=word)
                | Q(summary_zh__icontains=word)
                | Q(document_number__icontains=word)
            )
        return policies

    def with_deadline(self, policies, name, state):
        binding = policies.with_binding_deadline()
        return binding.filter(**{"deadline_on__gte" if state == Deadline.AHEAD else "deadline_on__lt": self.day})

    def in_order(self, policies, name, order):
        by = F(SORTED_BY[order.removeprefix("-")])
        ordered = by.desc(nulls_last=True) if order.startswith("-") else by.asc(nulls_last=True)
        return policies.order_by(ordered, "-issued_on", "ref")

    @property
    def order(self):
        """The order that is asked for; the newest first where none is."""
        return PolicySort((self.is_valid() and self.form.cleaned_data.get("sort")) or PolicySort.ISSUED)

    def as_of(self, policies, name, day):
        return policies.filter(issued_on__lte=day)

    def in_region(self, policies, name, region):
        return policies.filter(region__in=Region.objects.within(region))


class Layer(TextChoices):
    """What the map of positions is coloured by."""

    POSITION = "position", gettext_lazy("Legal position")
    POWER = "power", gettext_lazy("Power draw of seized rigs")
    SAVED = "saved", gettext_lazy("Claimed savings")


class PositionFilter(_OnADay):
    """What the page of positions shows: the day, the region and the colours. It selects no positions."""

    on = DayFilter(label=gettext_lazy("As of"))
    region = RegionCodeFilter(queryset=Region.objects.all(), to_field_name="code", label=gettext_lazy("Region"))
    show = CodeFilter(choices=Layer, label=gettext_lazy("Map colours"))

    class Meta:
        model = Position
        fields = []

    def filter_queryset(self, positions):
        return positions if self.is_valid() else positions.none()


class RegionFilter(StrictFilterSet):
    q = filters.CharFilter(method="named", label=gettext_lazy("Name or code"), max_length=LONGEST_TEXT, strip=True)

    class Meta:
        model = Region
        fields = []

    def named(self, regions, name, words):
        return regions.named(words)
