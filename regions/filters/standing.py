"""The filter sets of the standing record: policies, positions and regions."""

import django_filters as filters
from django.db.models import Q, TextChoices
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy

from regions.grammar.language import simplified
from regions.models import Policy, Position, Region
from regions.models.policy import PolicyKind, PolicyStatus

from .base import LONGEST_TEXT, CodeFilter, DayFilter, RegionCodeFilter, StrictFilterSet


class Deadline(TextChoices):
    """Whether a deadline is ahead on the day that is asked for, or has passed."""

    AHEAD = "ahead", gettext_lazy("Ahead")
    PASSED = "passed", gettext_lazy("Passed")


class _OnADay(StrictFilterSet):
    """A filter set with the question `on`: the answer is that of a day."""

    @property
    def day(self):
        """The day that is asked for; today where none is."""
        return self.form.cleaned_data.get("on") or localdate()


class PolicyFilter(_OnADay):
    showing = {"page"}

    q = filters.CharFilter(method="has_words", label=gettext_lazy("Words"), max_length=LONGEST_TEXT, strip=True)
    region = RegionCodeFilter(
        queryset=Region.objects.all(), to_field_name="code", method="in_region", label=gettext_lazy("Region")
    )
    kind = CodeFilter(choices=PolicyKind, label=gettext_lazy("Kind"))
    status = CodeFilter(choices=PolicyStatus, label=gettext_lazy("Status"))
    on = DayFilter(method="as_of", label=gettext_lazy("On the day"))
    deadline = CodeFilter(choices=Deadline, method="with_deadline", label=gettext_lazy("Deadline"))

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

    def as_of(self, policies, name, day):
        return policies.filter(issued_on__lte=day)

    def in_region(self, policies, name, region):
        return policies.filter(region__in=Region.objects.within(region))


class Layer(TextChoices):
    """What the map of positions is coloured by."""

    POSITION = "position", gettext_lazy("Legal position")
    POWER = "power", gettext_lazy("Power seized")
    SAVED = "saved", gettext_lazy("Energy saved, as claimed")


class PositionFilter(_OnADay):
    """What the page of positions shows: the day, the region and the colours. It selects no positions."""

    on = DayFilter(label=gettext_lazy("On the day"))
    region = RegionCodeFilter(queryset=Region.objects.all(), to_field_name="code", label=gettext_lazy("Region"))
    show = CodeFilter(choices=Layer, label=gettext_lazy("Coloured by"))

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
