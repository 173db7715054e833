"""The queue of leads: the questions that can be put to it, and what it counts."""

import django_filters as filters
from django.db.models import Count, TextChoices
from django.utils.translation import gettext_lazy, pgettext_lazy

from cases.models import Lead
from cases.models.lead import LeadKind, LeadState
from regions.filters.base import CodeFilter, RegionCodeFilter, StrictFilterSet
from regions.models import Region


class Waiting(TextChoices):
    """How long ago a lead came."""

    WEEK = "7", pgettext_lazy("lead", "over 7 days")
    FORTNIGHT = "14", pgettext_lazy("lead", "over 14 days")
    MONTH = "30", pgettext_lazy("lead", "over 30 days")


class Whose(TextChoices):
    """To whom a lead is assigned."""

    MINE = "me", pgettext_lazy("lead", "me")
    NOBODY = "nobody", pgettext_lazy("lead", "nobody")
    OTHERS = "others", pgettext_lazy("lead", "others")


STATES = [("", pgettext_lazy("lead", "All open")), ("all", pgettext_lazy("lead", "All")), *LeadState.choices]


class LeadFilter(StrictFilterSet):
    """The questions to the queue. Without `state` it is about the open leads."""

    showing = {"page"}

    kind = CodeFilter(choices=LeadKind, label=gettext_lazy("Kind"))
    region = RegionCodeFilter(
        queryset=Region.objects.all(), to_field_name="code", method="of_region", label=gettext_lazy("Region")
    )
    state = CodeFilter(choices=LeadState, method="in_state", label=gettext_lazy("State"))
    state.extra["choices"] = STATES
    assigned = CodeFilter(choices=Whose, method="of_person", label=gettext_lazy("Assigned to"))
    waiting = CodeFilter(choices=Waiting, method="older_than", label=gettext_lazy("Received"))
    score = filters.NumberFilter(field_name="score", lookup_expr="gte", label=gettext_lazy("Score from"))

    class Meta:
        model = Lead
        fields = []

    def filter_queryset(self, queryset):
        found = super().filter_queryset(queryset)
        return found if not self.is_valid() or self.form.cleaned_data["state"] else found.open()

    def of_region(self, leads, name, region):
        return leads.in_region(region)

    def in_state(self, leads, name, state):
        return leads if state == "all" else leads.filter(state=state)

    def of_person(self, leads, name, whose):
        if whose == Whose.NOBODY:
            return leads.filter(assigned_to=None)
        mine = leads.filter(assigned_to=self.request.user)
        return mine if whose == Whose.MINE else leads.exclude(assigned_to=None).exclude(pk__in=mine)

    def older_than(self, leads, name, days):
        return leads.older_than(int(days))


def counts_by_state(leads) -> list[tuple]:
    """[(state, its name, how many)] of the states that have any."""
    counted = dict(leads.order_by().values_list("state").annotate(Count("pk")))
    return [(state.value, state.label, counted[state]) for state in LeadState if state in counted]
