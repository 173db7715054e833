"""The forms of a case: its own fields, and a form for each kind of row below it."""

from django import forms
from django.core.exceptions import ValidationError
from django.forms import formset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.fields import AmountField, NamedField, WhenField
from cases.models import Rig
from cases.models.case import CaseKind, CaseStatus, LeadSource, LocationPrecision, SiteType
from cases.models.field import MOST_RIGS, FigureBasis, Qualifier, Quantity
from cases.models.number import LONGEST_NUMBER
from cases.models.rig import RigKind
from regions import places
from regions.grammar import amounts
from regions.grammar.fields import MOST_FILLED, MOST_FORMS, DegreesField
from regions.models import Agency, Confidence, Policy, Region

UNIT_OF = {
    Quantity.ENERGY_KWH: "kWh",
    Quantity.LOAD_KW: "kW",
    Quantity.LOSS: "money",
    Quantity.EQUIPMENT_VALUE: "money",
}

THEFT = [("", gettext_lazy("Not stated")), ("true", gettext_lazy("Yes")), ("false", gettext_lazy("No"))]


def _choice(choices, label, blank=None, **options):
    listed = choices.choices if hasattr(choices, "choices") else choices
    return forms.ChoiceField(
        label=label, choices=[*([("", blank)] if blank else []), *listed], required=False, **options
    )


def _chips(choices, label, *common):
    """A choice shown as buttons: the `common` ones first, the others behind “more”."""
    first = [choices(code) for code in common]
    ordered = [*first, *(choice for choice in choices if choice not in first)]
    listed = [(choice.value, choice.label) for choice in ordered]
    field = forms.ChoiceField(label=label, choices=listed, required=False, widget=forms.RadioSelect)
    field.common = len(common)
    return field


def _text(label, most, rows=None, **options):
    widget = forms.Textarea(attrs={"rows": rows}) if rows else None
    return forms.CharField(label=label, max_length=most, required=False, widget=widget, **options)


class CaseEntryForm(forms.Form):
    """Where, when, how it came to light, and what became of it."""

    place = _text(gettext_lazy("Place, in English"), 250)
    place_zh = _text(gettext_lazy("Place, in Chinese"), 250)
    region = NamedField("region", Region, "code", label=gettext_lazy("Region"), required=False)
    latitude = DegreesField("latitude", label=gettext_lazy("Latitude"), required=False)
    longitude = DegreesField("longitude", label=gettext_lazy("Longitude"), required=False)
    location_precision = _choice(LocationPrecision, gettext_lazy("Location precision"), blank="–")
    when = WhenField(label=gettext_lazy("Date: a day, a month or a year"))
    running_since = WhenField(label=gettext_lazy("Rigs running since"), required=False)
    # First what most cases of the record say.
    lead_source = _chips(
        LeadSource, gettext_lazy("Lead"), "public_tip", "utility_inspection", "grid_monitoring", "police_intelligence"
    )
    site_type = _chips(SiteType, gettext_lazy("Site"), "warehouse", "factory", "residential", "shophouse")
    kind = _chips(CaseKind, gettext_lazy("Type"), "raid", "sweep", "sanction")
    status = _choice(CaseStatus, gettext_lazy("Status"))
    title_en = _text(gettext_lazy("English title"), 200)
    title_zh = _text(gettext_lazy("Chinese title"), 200)
    theft = _choice(THEFT, gettext_lazy("Electricity theft"))
    arrests = AmountField("people", MOST_RIGS, label=gettext_lazy("People detained"), required=False)
    premises = AmountField("plain", MOST_RIGS, label=gettext_lazy("Premises"), required=False)
    outcome = _text(gettext_lazy("Outcome, in English"), 5000, rows=3)
    outcome_zh = _text(gettext_lazy("Outcome, in Chinese"), 5000, rows=3)
    note = _text(gettext_lazy("Note, in English"), 5000, rows=2)
    note_zh = _text(gettext_lazy("Note, in Chinese"), 5000, rows=2)
    confidence = _choice(Confidence, gettext_lazy("Confidence"))
    sensitive = forms.BooleanField(
        label=gettext_lazy("Sensitive: the public sees the region, not the place and the coordinates"), required=False
    )

    def clean(self):
        typed = super().clean()
        is_half = (typed.get("latitude") is None) != (typed.get("longitude") is None)
        if is_half and not {"latitude", "longitude"} & self.errors.keys():
            self.add_error("latitude", _("A point needs both a latitude and a longitude."))
        if not typed.get("title_en") and not typed.get("title_zh"):
            self.add_error("title_en", _("Enter a title in at least one of the two languages."))
        if typed.get("region") is None and "region" not in self.errors:
            # The point tells where it is, if there is one.
            if typed.get("latitude") is not None and typed.get("longitude") is not None:
                typed["region"] = places.region_at(typed["latitude"], typed["longitude"])
            if typed.get("region") is None:
                self.add_error("region", _("Enter a place: a region, or a point on the map."))
        return typed


class RowForm(forms.Form):
    """A row of a case. `id` is the primary key of a stored row, and empty for a new one."""

    id = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, user=None, **kwargs):
        # `is_empty` decides which rows are empty: a raid may consist of its lines only.
        super().__init__(*args, **kwargs | {"empty_permitted": False, "use_required_attribute": False})
        for field in self.fields.values():
            if isinstance(field, NamedField) and user is not None:
                field.user = user

    @property
    def is_empty(self):
        """Whether nothing was typed into a new row."""
        return not any(self._as_typed(name) for name in self.fields if name not in ("DELETE", *self.idle))

    def _as_typed(self, name):
        """The value before the field makes it readable, which may ask the database."""
        bound = self[name]
        return bound.field.bound_data(bound.data, bound.initial) if self.is_bound else bound.initial

    idle = ()  # fields that have a value before anybody types

    def full_clean(self):
        super().full_clean()
        if self.is_bound and (self.is_empty or self.is_deleted):
            self._errors = forms.utils.ErrorDict()

    @property
    def is_deleted(self):
        return bool(self["DELETE"].value()) if "DELETE" in self.fields else False

    @property
    def number(self):
        """The primary key of a stored row; None for a new row."""
        try:
            return self.fields["id"].clean(self["id"].value())
        except ValidationError:
            return None


class LineForm(RowForm):
    idle = ("kind",)
    rig = NamedField("rig", Rig, "slug", label=gettext_lazy("Model (leave empty if not known)"), required=False)
    kind = _choice(RigKind, gettext_lazy("Type"), initial=RigKind.UNKNOWN)
    count = AmountField("rigs", MOST_RIGS, label=gettext_lazy("Count"), required=False)
    qualifier = _choice(Qualifier, gettext_lazy("How exact"), blank=gettext_lazy("as entered"))


class RaidForm(RowForm):
    when = WhenField(label=gettext_lazy("Date (empty: same as the case)"), required=False)
    place = _text(gettext_lazy("Place"), 250)
    note = _text(gettext_lazy("Note"), 2000)

    @property
    def is_empty(self):
        """A raid is not empty if somebody typed only its lines."""
        return super().is_empty and all(line.is_empty for line in self.lines.forms)


class FigureForm(RowForm):
    idle = ("quantity", "basis")
    quantity = _choice(Quantity, gettext_lazy("Type"))
    amount = forms.CharField(label=gettext_lazy("Amount, as published"), max_length=80)
    currency = _text(gettext_lazy("Currency"), 3)
    basis = _choice(FigureBasis, gettext_lazy("Basis"), blank=gettext_lazy("not stated"))

    def clean(self):
        typed = super().clean()
        quantity, text = typed.get("quantity"), typed.get("amount")
        if not quantity or not text:
            return typed
        try:
            read = amounts.amount(text, unit=UNIT_OF[quantity], most=10**15)
        except ValidationError as problem:
            self.add_error("amount", problem)
            return typed
        typed["read"] = read
        money = UNIT_OF[quantity] == "money"
        currency = (typed.get("currency") or "").strip().upper()
        if money:
            stated = read.unit if len(read.unit) == 3 and read.unit.isupper() else ""
            if stated and currency and stated != currency:
                self.add_error("currency", _("The amount is in %(said)s.") % {"said": stated})
            currency = currency or stated
            if not currency:
                self.add_error("currency", _("Enter the currency of this amount: CNY, MYR, USD …"))
            elif not (currency.isascii() and currency.isalpha() and len(currency) == 3):
                self.add_error("currency", _("Three letters, for example CNY."))
        elif currency:
            self.add_error("currency", _("Kilowatts and kilowatt-hours have no currency."))
        typed["currency"] = currency if money else ""
        return typed


class AgencyForm(RowForm):
    agency = NamedField("agency", Agency, "slug", label=gettext_lazy("Agency"))
    add = forms.BooleanField(required=False, label=gettext_lazy("Add as a new agency"))
    idle = ("add",)

    def clean(self):
        typed = super().clean()
        if typed.get("add") and "agency" in self.errors:
            del self._errors["agency"]
            typed["agency"] = None
            typed["name"] = str(self["agency"].value()).strip()[:200]
        return typed


class NumberForm(AgencyForm):
    number = forms.CharField(label=gettext_lazy("Office number, as the agency writes it"), max_length=LONGEST_NUMBER)


class CitationForm(RowForm):
    text = forms.CharField(label=gettext_lazy("Rule, as cited"), max_length=200)
    policy = NamedField("policy", Policy, "ref", label=gettext_lazy("Policy in the library"), required=False)


class SourceForm(RowForm):
    publisher = forms.CharField(label=gettext_lazy("Publisher"), max_length=200)
    title = _text(gettext_lazy("Title"), 300)
    url = forms.URLField(label=gettext_lazy("Address"), required=False, assume_scheme="https", max_length=1000)
    published = WhenField(label=gettext_lazy("Published on"), required=False)


def formset_of(form, extra=1):
    return formset_factory(form, extra=extra, can_delete=True, max_num=MOST_FILLED, absolute_max=MOST_FORMS)


SECTIONS = {
    "figures": FigureForm, "agencies": AgencyForm, "numbers": NumberForm, "citations": CitationForm,
    "sources": SourceForm,
}  # fmt: skip
