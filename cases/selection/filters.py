"""The questions that can be put to the record. Each is one query parameter, and a promise.

A filter only translates into the queryset's vocabulary. What is not understood answers nothing.
"""

import copy

import django_filters as filters
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.access import agencies_visible_to
from cases.columns.beside import HAS
from cases.models import Case, Rig
from cases.models.case import CaseKind, CaseStatus, LeadSource, SiteType, citing, of_agency, with_rig
from cases.models.intake import DoubtRule, OpenDoubt
from cases.models.rig import RigKind
from regions.filters.base import LONGEST_TEXT, DayFilter, StrictFilterSet
from regions.grammar import amounts
from regions.grammar.degrees import written
from regions.grammar.fields import ReadField
from regions.models import Agency, Confidence, Policy, Region

from . import search

# How a selection is shown, not what is selected.
SHOWING = {"show", "sort", "page", "per_page", "columns", "metric", "zoom", "bom", "release"}

# The facts that a case may lack: what `empty` and `present` may name.
FACTS = {
    "rigs": (gettext_lazy("rigs"), Q(rigs=None)),
    "kw": (gettext_lazy("power draw"), Q(kw_best=None)),
    "coordinates": (gettext_lazy("coordinates"), Q(shown_latitude=None)),
    "place": (gettext_lazy("place"), Q(has_place=False) | Q(tells_where=False)),
    "site_type": (gettext_lazy("site"), Q(site_type=SiteType.UNKNOWN)),
    "lead_source": (gettext_lazy("lead"), Q(lead_source=LeadSource.UNKNOWN)),
    "rig_kind": (gettext_lazy("rig type"), Q(rig_kind=RigKind.UNKNOWN)),
    "theft": (gettext_lazy("electricity theft"), Q(theft=None)),
    "arrests": (gettext_lazy("people detained"), Q(arrests=None)),
    "premises": (gettext_lazy("premises"), Q(premises=None)),
    "outcome": (gettext_lazy("outcome"), Q(has_outcome=False)),
    "energy": (gettext_lazy("electricity used"), ~HAS["energy"]),
    "loss": (gettext_lazy("loss"), ~HAS["loss"]),
    "value": (gettext_lazy("value of the equipment"), ~HAS["value"]),
    "agency": (gettext_lazy("agency"), ~HAS["agency"]),
    "policy": (gettext_lazy("rule cited"), ~HAS["policy"]),
    "grid_factor": (gettext_lazy("grid emission factor"), Q(kg_co2_per_kwh=None)),
    "source": (gettext_lazy("source"), ~HAS["source"]),
}
FACT_CHOICES = [(name, label) for name, (label, _lacks) in FACTS.items()]


class NumberField(ReadField):
    read = staticmethod(amounts.number)


class BoxField(ReadField):
    """`west,south,east,north` in degrees; west above east crosses the antimeridian."""

    def read(self, text):
        box = [written(part, letters="") for part in text.split(",", 4)]
        if len(box) != 4 or None in box:
            raise ValidationError(_("A map area needs four numbers: west,south,east,north."))
        west, south, east, north = box
        if not (-90 <= south <= 90 and -90 <= north <= 90 and -540 <= west <= 540 and -540 <= east <= 540):
            raise ValidationError(_("This map area is outside the Earth."))
        if south > north:
            raise ValidationError(_("The south edge of this map area is north of its north edge."))
        if east - west >= 360:
            return -180.0, south, 180.0, north
        return _on_earth(west), south, _on_earth(east), north


def _on_earth(longitude):
    return longitude if -180 <= longitude <= 180 else (longitude + 180) % 360 - 180


class CodesField(forms.MultipleChoiceField):
    default_error_messages = {"invalid_choice": gettext_lazy("“%(value)s” is not a valid choice.")}


class RowsField(forms.ModelMultipleChoiceField):
    default_error_messages = {"invalid_choice": gettext_lazy("“%(value)s” is not in the record.")}

    def clean(self, value):
        """The rows and not a query for them: what is asked then of the cases asks no other table."""
        return list(super().clean(value)) if value else []


class CodesFilter(filters.MultipleChoiceFilter):
    """One or more of a column's declared codes."""

    field_class = CodesField

    def __init__(self, *args, **kwargs):
        # A column of the case itself cannot list a case twice, and DISTINCT would sort all of them.
        super().__init__(*args, distinct=False, **kwargs)


class RowsFilter(filters.ModelMultipleChoiceFilter):
    """One or more rows of another table, by their public code."""

    field_class = RowsField


class NumberFilter(filters.Filter):
    field_class = NumberField


class BoxFilter(filters.Filter):
    field_class = BoxField


def _theft(answers):
    values = {"true": Q(theft=True), "false": Q(theft=False), "unknown": Q(theft=None)}
    wanted = Q(pk__in=[])
    for answer in answers:
        wanted |= values[answer]
    return wanted


# {a filter: the condition of the cases that it keeps, and its twin leaves out, by the values asked for}
CONDITIONS = {
    "agency": of_agency,
    "policy": citing,
    "rig": with_rig,
    "theft": _theft,
    "doubt": OpenDoubt.objects.told_of,
}


class CaseFilter(StrictFilterSet):
    """The questions to the record; `user` decides whose documents are searched too."""

    showing = SHOWING

    q = filters.CharFilter(method="has_words", label=gettext_lazy("Keywords"), max_length=LONGEST_TEXT, strip=True)
    region = RowsFilter(
        queryset=Region.objects.all(), to_field_name="code", method="in_region", label=gettext_lazy("Region")
    )
    kind = CodesFilter(choices=CaseKind, label=gettext_lazy("Type"))
    status = CodesFilter(choices=CaseStatus, label=gettext_lazy("Status"))
    site_type = CodesFilter(choices=SiteType, label=gettext_lazy("Site"))
    lead_source = CodesFilter(choices=LeadSource, label=gettext_lazy("Lead"))
    rig_kind = CodesFilter(choices=RigKind, label=gettext_lazy("Rig type"))
    confidence = CodesFilter(choices=Confidence, label=gettext_lazy("Confidence"))
    agency = RowsFilter(
        queryset=Agency.objects.none(), to_field_name="slug", method="keep", label=gettext_lazy("Agency")
    )
    policy = RowsFilter(queryset=Policy.objects.all(), to_field_name="ref", method="keep", label=gettext_lazy("Policy"))
    rig = RowsFilter(queryset=Rig.objects.all(), to_field_name="slug", method="keep", label=gettext_lazy("Rig model"))
    theft = CodesFilter(
        choices=[
            ("true", gettext_lazy("Yes")),
            ("false", gettext_lazy("No")),
            ("unknown", gettext_lazy("Not stated")),
        ],
        method="keep",
        label=gettext_lazy("Electricity theft"),
    )
    occurred_after = DayFilter(method="not_before", label=gettext_lazy("From"))
    occurred_before = DayFilter(method="not_after", last=True, label=gettext_lazy("To"))
    rigs_min = NumberFilter(field_name="rigs", lookup_expr="gte", label=gettext_lazy("Minimum rigs"))
    rigs_max = NumberFilter(field_name="rigs", lookup_expr="lte", label=gettext_lazy("Maximum rigs"))
    kw_min = NumberFilter(field_name="kw_best", lookup_expr="gte", label=gettext_lazy("Minimum power draw, kW"))
    kw_max = NumberFilter(field_name="kw_best", lookup_expr="lte", label=gettext_lazy("Maximum power draw, kW"))
    empty = CodesFilter(
        choices=FACT_CHOICES,
        method="lacking",
        label=gettext_lazy("Facts not stated"),
    )
    present = CodesFilter(
        choices=FACT_CHOICES,
        method="having",
        label=gettext_lazy("Facts stated"),
    )
    doubt = CodesFilter(choices=DoubtRule, method="keep", label=gettext_lazy("Needs checking"))
    changed_after = DayFilter(
        field_name="changed_at", lookup_expr="date__gte", label=gettext_lazy("New or changed since")
    )
    bbox = BoxFilter(method="in_box", label=gettext_lazy("Map area"))

    def __init__(self, data=None, *args, user=None, **kwargs):
        self.user = user or AnonymousUser()
        super().__init__(data, *args, **kwargs)

    class Meta:
        model = Case
        fields = []

    def new_form(self):
        """With the agencies that the user may know, where one is asked for: the others are not in the record."""
        form = super().new_form()
        for name in ("agency", "agency__not"):
            if name in self.data or not self.is_bound:
                form.fields[name].queryset = agencies_visible_to(self.user)
        return form

    EXCLUDABLE = (
        "region", "kind", "status", "site_type", "lead_source", "rig_kind", "confidence", "agency", "policy", "rig",
        "theft", "doubt",
    )  # fmt: skip

    @classmethod
    def get_filters(cls):
        """Every coded filter has a twin that excludes: `kind__not=sweep`."""
        found = super().get_filters()
        for name in cls.EXCLUDABLE:
            if name in found:
                found[f"{name}__not"] = twin = copy.deepcopy(found[name])
                if twin.method:
                    # All regions to leave out are some thousand, all their cases may be most.
                    twin.method = "leave_out" if twin.method == "keep" else "outside"
                else:
                    twin.exclude = True
        return found

    def has_words(self, cases, name, text):
        return search.with_words(cases, text, self.user)

    def in_region(self, cases, name, regions):
        return cases.in_region(*regions) if regions else cases

    def outside(self, cases, name, regions):
        return cases.outside(*regions) if regions else cases

    def keep(self, cases, name, values):
        return cases.filter(CONDITIONS[name](values)) if values else cases

    def leave_out(self, cases, name, values):
        return cases.exclude(CONDITIONS[name](values)) if values else cases

    def not_before(self, cases, name, day):
        return cases.filter(occurred_until__gte=day)

    def not_after(self, cases, name, day):
        return cases.filter(occurred_on__lte=day)

    def lacking(self, cases, name, facts):
        for fact in facts:
            cases = cases.filter(FACTS[fact][1])
        return cases

    def having(self, cases, name, facts):
        for fact in facts:
            cases = cases.exclude(FACTS[fact][1])
        return cases

    def in_box(self, cases, name, box):
        return cases.in_box(*box)
