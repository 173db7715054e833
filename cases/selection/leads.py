"""The queue of leads as a question: what can be asked of it, what it counts, and how it says so."""

import django_filters as filters
from django.db.models import Count, F, Q, TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy

from cases.models import Lead
from cases.models.lead import LeadKind, LeadState, came_before
from cases.models.saved import Of
from regions.filters.base import StrictFilterSet
from regions.grammar.quantities import figure
from regions.models import Region
from regions.models.region import code_right_below, regions_by_code

from .filters import CodesFilter, RowsFilter
from .selection import AnySelection
from .sentence import either
from .sums import counts


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


ALL = "all"
STATES = [(ALL, pgettext_lazy("lead", "All states")), *LeadState.choices]


class LeadFilter(StrictFilterSet):
    """The questions to the queue. Without `state` it is about the open leads."""

    showing = {"show", "sort", "page", "per_page"}

    kind = CodesFilter(choices=LeadKind, label=gettext_lazy("Kind"))
    region = RowsFilter(
        queryset=Region.objects.all(), to_field_name="code", method="in_region", label=gettext_lazy("Region")
    )
    state = CodesFilter(choices=STATES, method="in_state", label=gettext_lazy("State"))
    assigned = CodesFilter(choices=Whose, method="of_people", label=gettext_lazy("Assigned to"))
    waiting = CodesFilter(choices=Waiting, method="older_than", label=gettext_lazy("Received"))
    score = filters.NumberFilter(field_name="score", lookup_expr="gte", label=gettext_lazy("Score from"))

    def __init__(self, data=None, *args, user=None, **kwargs):
        self.user = user
        super().__init__(data, *args, **kwargs)

    class Meta:
        model = Lead
        fields = []

    def filter_queryset(self, queryset):
        found = super().filter_queryset(queryset)
        return found if not self.is_valid() or self.form.cleaned_data["state"] else found.open()

    def in_region(self, leads, name, regions):
        return leads.in_region(*regions) if regions else leads

    def in_state(self, leads, name, states):
        return leads.filter(state__in=states) if states and ALL not in states else leads

    def of_people(self, leads, name, chosen):
        of_any = Q(pk__in=[])
        for whose in chosen:
            of_any |= _assigned(self.user)[whose]
        return leads.filter(of_any) if chosen else leads

    def older_than(self, leads, name, chosen):
        return leads.older_than(min(map(int, chosen))) if chosen else leads


def _assigned(user):
    return {
        Whose.MINE: Q(assigned_to=user.pk),
        Whose.NOBODY: Q(assigned_to=None),
        Whose.OTHERS: Q(assigned_to__isnull=False) & ~Q(assigned_to=user.pk),
    }


class LeadSelection(AnySelection):
    """The leads that a query string names, as far as `user` may see them; without `state`, those that are open."""

    of = Of.LEADS
    filter_set = LeadFilter
    facet_names = ("state", "kind", "assigned", "waiting")
    views = ("list", "map")
    sorts = {
        "received": "arrived_on", "score": "score", "region": "region__name_en", "kind": "kind", "state": "state",
    }  # fmt: skip
    default_sort = "received"

    def _visible(self):
        return Lead.objects.visible_to(self.user)

    def in_words(self, name, values):
        return lead_filter_in_words(name, values, self.filter.form.fields)

    def rows(self):
        """Every lead that was found, the longest waiting first unless another order is asked for."""
        column = F(self.sorts[self.sort.removeprefix("-")])
        order = column.desc(nulls_last=True) if self.sort.startswith("-") else column.asc(nulls_last=True)
        return self.found.for_list().order_by(order, "arrived_on", "ref")

    def facet(self, name):
        return self.facets()[name]

    def facets(self):
        """{facet: [{code, name, count}]}: each counted with every filter but its own; of states also the closed."""
        found = {name: self._counted(self.without(name).found, name) for name in self.facet_names[1:]}
        query = self.without("state").query.copy()
        query["state"] = ALL
        of_any_state = LeadSelection(query, self.user).found
        states = counts(of_any_state, ["state"])["state"]
        found["state"] = states | {ALL: sum(states.values())}
        return {name: self._facet(name, found[name]) for name in self.facet_names}

    def _counted(self, leads, name):
        if name == "kind":
            return counts(leads, ["kind"])["kind"]
        parts = _assigned(self.user) if name == "assigned" else {days: came_before(int(days)) for days in Waiting}
        found = leads.aggregate(**{code.value: Count("pk", filter=part) for code, part in parts.items()})
        return {code: count for code, count in found.items() if count}

    def region_facet(self):
        """[{code, name, count}] of the regions below that asked for (or the countries), without the region filter."""
        leads = self.without("region").found
        parent = self.region
        rows = (
            (leads.in_region(parent) if parent else leads).annotate(code=code_right_below(parent)).values_list("code")
        )
        found = dict(rows.annotate(Count("pk")).exclude(code=""))
        regions = regions_by_code(found)
        below = [{"code": code, "name": regions[code].name, "count": count} for code, count in found.items()]
        return sorted(below, key=lambda row: (-row["count"], row["name"]))


def describe_leads(selection) -> str:
    """The sentence that heads the queue and its files. It names every filter that is on."""
    if not selection.is_counted:
        return _("Some filters are not valid")
    chosen, count = selection.chosen, selection.count
    numbers = {"number": count, "leads": figure(count)}
    if "state" in chosen:
        counted = ngettext("%(leads)s lead", "%(leads)s leads", count) % numbers
    else:
        counted = ngettext("%(leads)s open lead", "%(leads)s open leads", count) % numbers
    return compose_leads(counted, chosen, selection.filter.form.fields)


def noun(chosen) -> str:
    """What is asked for, uncounted."""
    return _("Leads") if "state" in chosen else _("Open leads")


def compose_leads(leads, chosen, fields) -> str:
    """A question in words: `leads` is what is found ("12 open leads"), `chosen` what was asked, read."""
    told = [lead_filter_in_words(name, values, fields) for name, values in chosen.items()]
    return "".join([leads, *(pgettext("of a list in a sentence", ", %s") % part for part in told)])


def lead_filter_in_words(name, values, fields) -> str:
    """One filter that is on, as the sentence says it."""
    if name == "score":
        return _("score from %(score)s") % {"score": figure(values)}
    if name == "region":
        return either(str(region) for region in values)
    labels = dict(fields[name].choices)
    told = either(str(labels[code]) for code in values)
    return (
        told if name in ("kind", "state") else _("%(name)s: %(values)s") % {"name": fields[name].label, "values": told}
    )
