"""One case as it is typed: its form, what was read of it, and how two who edit at once are brought together.

POST → Entry → case form, raids with their lines, figures, agencies, citations, sources → to_save() → actions.save_case
"""

from collections import defaultdict
from itertools import chain

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.forms import formset_factory
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import power
from cases.actions.publishing import line_of
from cases.doubts import rules as plausibility
from cases.doubts.twins import Sighting, likely_twins
from cases.fields import AmountField, NamedField, WhenField
from cases.models import Case, FactorSet, Rig, Seizure
from cases.models.case import CaseKind, CaseStatus, LeadSource, LocationPrecision, SiteType
from cases.models.field import MOST_RIGS, FigureBasis, Qualifier, Quantity
from cases.models.rig import RigKind
from regions import places
from regions.grammar import amounts as numerals
from regions.grammar.dates import Precision, day_as_known
from regions.grammar.quantities import load
from regions.models import Agency, Confidence, Policy, Region

UNIT_OF = {
    Quantity.ENERGY_KWH: "kWh",
    Quantity.LOAD_KW: "kW",
    Quantity.LOSS: "money",
    Quantity.EQUIPMENT_VALUE: "money",
}
THEFT = [("", gettext_lazy("Not said")), ("true", gettext_lazy("Yes")), ("false", gettext_lazy("No"))]


def _choice(choices, label, blank=None, **more):
    listed = choices.choices if hasattr(choices, "choices") else choices
    return forms.ChoiceField(label=label, choices=[*([("", blank)] if blank else []), *listed], required=False, **more)


def _text(label, most, rows=None, **more):
    widget = forms.Textarea(attrs={"rows": rows}) if rows else None
    return forms.CharField(label=label, max_length=most, required=False, widget=widget, **more)


class CaseForm(forms.Form):
    """Where, when, how it came to light, and what became of it."""

    place = _text(gettext_lazy("Place, as the source names it"), 250)
    region = NamedField("region", Region, "code", label=gettext_lazy("Region"), required=False)
    latitude = forms.FloatField(label=gettext_lazy("Latitude"), required=False)
    longitude = forms.FloatField(label=gettext_lazy("Longitude"), required=False)
    location_precision = _choice(LocationPrecision, gettext_lazy("The point stands for the"), blank="–")
    when = WhenField(label=gettext_lazy("Date: a day, a month or a year"))
    running_since = WhenField(label=gettext_lazy("The rigs ran since"), required=False)
    lead_source = _choice(LeadSource, gettext_lazy("How it came to light"))
    site_type = _choice(SiteType, gettext_lazy("Site"))
    kind = _choice(CaseKind, gettext_lazy("Kind"))
    status = _choice(CaseStatus, gettext_lazy("Status"))
    title_en = _text(gettext_lazy("English title"), 200)
    title_zh = _text(gettext_lazy("Chinese title"), 200)
    theft = _choice(THEFT, gettext_lazy("Electricity theft"))
    arrests = AmountField("people", MOST_RIGS, label=gettext_lazy("People held"), required=False)
    premises = AmountField("plain", MOST_RIGS, label=gettext_lazy("Premises"), required=False)
    outcome = _text(gettext_lazy("Outcome"), 5000, rows=3)
    note = _text(gettext_lazy("Note"), 5000, rows=2)
    confidence = _choice(Confidence, gettext_lazy("Confidence"))
    sensitive = forms.BooleanField(label=gettext_lazy("Sensitive: the public sees no point"), required=False)

    def clean_latitude(self):
        return self._degrees("latitude", 90)

    def clean_longitude(self):
        return self._degrees("longitude", 180)

    def _degrees(self, name, most):
        value = self.cleaned_data[name]
        if value is not None and not abs(value) <= most:
            raise ValidationError(_("It runs from −%(most)s to %(most)s.") % {"most": most})
        return value

    def clean(self):
        typed = super().clean()
        if (typed.get("latitude") is None) != (typed.get("longitude") is None) and not self.errors:
            self.add_error("latitude", _("A point has both a latitude and a longitude."))
        if not typed.get("title_en") and not typed.get("title_zh"):
            self.add_error("title_en", _("Give it a title, in one of the two languages."))
        if typed.get("region") is None and "region" not in self.errors:
            # The point tells where it is, if there is one.
            if typed.get("latitude") is not None and typed.get("longitude") is not None:
                typed["region"] = places.region_at(typed["latitude"], typed["longitude"])
            if typed.get("region") is None:
                self.add_error("region", _("Say where: a region, or a point on the map."))
        return typed


class RowForm(forms.Form):
    """A row that may be there already: `id` is its number then."""

    id = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        # Which rows are empty is said below: a raid may be told by its lines alone.
        super().__init__(*args, **kwargs | {"empty_permitted": False, "use_required_attribute": False})

    @property
    def is_empty(self):
        """Whether nothing was typed into a new row."""
        said = [self[name].value() for name in self.fields if name not in ("id", "DELETE", *self.idle)]
        return not self["id"].value() and not any(said)

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
        """That of the row which is there already; None of a new one."""
        try:
            return self.fields["id"].clean(self["id"].value())
        except ValidationError:
            return None


class LineForm(RowForm):
    idle = ("kind",)
    rig = NamedField("rig", Rig, "slug", label=gettext_lazy("Model; empty: not known"), required=False)
    kind = _choice(RigKind, gettext_lazy("Kind"), initial=RigKind.UNKNOWN)
    count = AmountField("rigs", MOST_RIGS, label=gettext_lazy("Count"), required=False)
    qualifier = _choice(Qualifier, gettext_lazy("The source says"), blank=gettext_lazy("as written"))


class RaidForm(RowForm):
    when = WhenField(label=gettext_lazy("Date; empty: that of the case"), required=False)
    place = _text(gettext_lazy("Place"), 250)
    note = _text(gettext_lazy("Note"), 2000)

    @property
    def is_empty(self):
        """A raid of which only the lines are typed is one all the same."""
        return super().is_empty and all(line.is_empty for line in self.lines.forms)


class FigureForm(RowForm):
    idle = ("quantity", "basis")
    quantity = _choice(Quantity, gettext_lazy("What"))
    amount = forms.CharField(label=gettext_lazy("Amount, as published"), max_length=80)
    currency = _text(gettext_lazy("Currency"), 3)
    basis = _choice(FigureBasis, gettext_lazy("Basis"), blank=gettext_lazy("not said"))

    def clean(self):
        typed = super().clean()
        quantity, text = typed.get("quantity"), typed.get("amount")
        if not quantity or not text:
            return typed
        try:
            read = numerals.amount(text, unit=UNIT_OF[quantity], most=10**15)
        except ValidationError as problem:
            self.add_error("amount", problem)
            return typed
        typed["read"] = read
        money = UNIT_OF[quantity] == "money"
        currency = (typed.get("currency") or "").strip().upper()
        if money:
            said = read.unit if len(read.unit) == 3 and read.unit.isupper() else ""
            if said and currency and said != currency:
                self.add_error("currency", _("The amount says %(said)s.") % {"said": said})
            currency = currency or said
            if not currency:
                self.add_error("currency", _("Which currency? An amount of money needs one: CNY, MYR, USD …"))
            elif not (currency.isascii() and currency.isalpha() and len(currency) == 3):
                self.add_error("currency", _("Three letters, as CNY."))
        elif currency:
            self.add_error("currency", _("Kilowatts and kilowatt-hours have none."))
        typed["currency"] = currency if money else ""
        return typed


class AgencyForm(RowForm):
    agency = NamedField("agency", Agency, "slug", label=gettext_lazy("Agency"))
    add = forms.BooleanField(required=False, label=gettext_lazy("Add it as a new agency"))
    idle = ("add",)

    def clean(self):
        typed = super().clean()
        if typed.get("add") and "agency" in self.errors:
            del self._errors["agency"]
            typed["agency"] = None
            typed["name"] = str(self["agency"].value()).strip()[:200]
        return typed


class CitationForm(RowForm):
    text = forms.CharField(label=gettext_lazy("Rule, as cited"), max_length=200)
    policy = NamedField("policy", Policy, "ref", label=gettext_lazy("Policy in our library"), required=False)


class SourceForm(RowForm):
    publisher = forms.CharField(label=gettext_lazy("Publisher"), max_length=200)
    title = _text(gettext_lazy("Title"), 300)
    url = forms.URLField(label=gettext_lazy("Address"), required=False, assume_scheme="https", max_length=1000)
    published = WhenField(label=gettext_lazy("Published"), required=False)


def _rows(form, extra=1):
    return formset_factory(form, extra=extra, can_delete=True, max_num=200, absolute_max=400)


SECTIONS = {
    "figures": FigureForm, "agencies": AgencyForm, "citations": CitationForm, "sources": SourceForm,
}  # fmt: skip


class Entry:
    """The whole form of a case, empty, of a stored case, or bound to what was typed.

    `user` may save it only in the regions they work for.
    """

    def __init__(self, user, case=None, data=None):
        self.user, self.case, self.data = user, case, data
        empty = {"case": FRESH, "raids": [], "lines": {}, **{name: [] for name in SECTIONS}}
        initial = initial_of(case) if case else empty
        self.state = _state_of(initial) if case else {}
        self.form = CaseForm(data, initial=initial["case"])
        self.raids = _rows(RaidForm, extra=0 if initial["raids"] else 1)(
            _with_management(data, "raids"), prefix="raids", initial=initial["raids"]
        )
        for raid in self.raids.forms:
            prefix = f"{raid.prefix}-lines"
            own = initial["lines"].get(raid.initial.get("id"), [])
            raid.lines = _rows(LineForm)(_with_management(data, prefix), prefix=prefix, initial=own)
        self.sections = {
            name: _rows(form)(_with_management(data, name), prefix=name, initial=initial[name])
            for name, form in SECTIONS.items()
        }
        # What JavaScript clones for a further raid, with the marks of the inner rows told apart.
        self.blank_raid = self.raids.empty_form
        self.blank_raid.lines = _rows(LineForm)(prefix=f"{self.blank_raid.prefix}-lines")

    # What was typed

    def rows(self, forms_of=iter):
        """(section, form) of every row, in the order of the page; `forms_of` a formset says which of them."""
        for raid in forms_of(self.raids):
            yield "raids", raid
            for line in forms_of(raid.lines):
                yield "lines", line
        for section, formset in self.sections.items():
            for form in forms_of(formset):
                yield section, form

    @property
    def lines(self):
        """The form of every line that somebody typed."""
        return [form for section, form in self.rows(self._kept) if section == "lines"]

    @staticmethod
    def _kept(formset):
        return [form for form in formset.forms if not form.is_empty and not form.is_deleted]

    @property
    def _all_kept(self):
        return [self.form, *(form for _section, form in self.rows(self._kept))]

    @cached_property
    def is_valid(self):
        return all(form.is_valid() for form in self._all_kept) and not self.problems

    @cached_property
    def problems(self):
        """What is wrong with the whole: {field: message}."""
        found = {}
        region = self.typed.get("region")
        if region and not Region.objects.worked_in_by(self.user).filter(pk=region.pk).exists():
            own = ", ".join(str(scope) for scope in self.user.scopes.select_related("region")) or _("no region yet")
            found["region"] = _("%(region)s is not one of your regions: %(own)s.") % {"region": region, "own": own}
        for doubt in self.doubts:
            if not self.reason_for(doubt.rule):
                found[f"reason-{doubt.rule}"] = _("Say why it stands all the same.")
        return found

    @property
    def typed(self):
        """The cleaned fields of the case itself, as far as they could be read."""
        self.form.is_valid()
        return self.form.cleaned_data if self.form.is_bound else {}

    def reason_for(self, rule):
        return (self.data or {}).get(f"reason-{rule}", "").strip()[:2000]

    # What follows from it

    @cached_property
    def rigs(self):
        """How many rigs the lines state together; None where none does."""
        counts = [line.cleaned_data["count"] for line in self.lines if line.is_valid()]
        stated = [int(count.value) for count in counts if count is not None]
        return sum(stated) if stated else None

    @cached_property
    def kw(self):
        """The load of the rigs if they run, a power.Range in kW; None where no line can be rated."""
        when = self.typed.get("when")
        if not when:
            return None
        classes = list(Rig.objects.filter(is_generic=True).values_list("kind", "released_year", "power_w"))
        rated = []
        for line in self.lines:
            if line.is_valid() and line.cleaned_data["count"] is not None:
                stands_for = Seizure(
                    rig=line.cleaned_data["rig"],
                    kind=line.cleaned_data["kind"],
                    count=int(line.cleaned_data["count"].value),
                )
                rated.append(line_of(stands_for, when[0].year, classes))
        return power.running_kw(rated, FactorSet.objects.assumptions()) if rated and None not in rated else None

    @cached_property
    def facts(self):
        """The Facts that plausibility asks for."""
        typed, figures = self.typed, defaultdict(list)
        for form in self._kept(self.sections["figures"]):
            if form.is_valid() and "read" in form.cleaned_data:
                figures[form.cleaned_data["quantity"]].append(form.cleaned_data)
        energy, kw = figures[Quantity.ENERGY_KWH][:1], figures[Quantity.LOAD_KW][:1]
        when = typed.get("when") or (None, Precision.DAY)
        citations = [form.cleaned_data for form in self._kept(self.sections["citations"]) if form.is_valid()]
        arrests = typed.get("arrests")
        return plausibility.Facts(
            region=typed.get("region"),
            occurred_on=when[0],
            date_precision=when[1],
            latitude=typed.get("latitude"),
            longitude=typed.get("longitude"),
            location_precision=typed.get("location_precision") or "",
            site_type=typed.get("site_type") or "",
            rigs=self.rigs,
            models=[line.cleaned_data["rig"] for line in self.lines if line.is_valid() and line.cleaned_data["rig"]],
            energy_kwh=float(energy[0]["read"].value) if energy else None,
            energy_basis=energy[0]["basis"] if energy else "",
            load_kw=float(kw[0]["read"].value) if kw else None,
            currencies=[one["currency"] for some in figures.values() for one in some if one["currency"]],
            amounts=[
                (quantity, one["basis"], one["currency"], float(one["read"].value))
                for quantity, some in figures.items()
                for one in some
            ],
            arrests=int(arrests.value) if arrests else None,
            policies=[one["policy"] for one in citations if one.get("policy")],
        )

    @cached_property
    def doubts(self):
        """What looks wrong, likely twins included. Of a stored case, what did not look so before."""
        found = plausibility.doubts(self.facts)
        if self.case:
            as_stored = Case.objects.for_page().get(pk=self.case.pk)
            before = {(doubt.rule, doubt.text) for doubt in plausibility.doubts(plausibility.facts_of(as_stored))}
            return [doubt for doubt in found if (doubt.rule, doubt.text) not in before]
        if self.twins:
            found.append(plausibility.twin_doubt(self.twins))
        return found

    @cached_property
    def twins(self):
        """Cases on record that may be this one."""
        typed = self.typed
        if not typed.get("when") or not (typed.get("region") or typed.get("latitude") is not None):
            return []
        sighting = Sighting(
            typed.get("region"), *typed["when"], typed.get("latitude"), typed.get("longitude"), self.rigs,
            [typed.get("title_en") or "", typed.get("title_zh") or ""], self.case.ref if self.case else "",
        )  # fmt: skip
        seen = Case.objects.visible_to(self.user)
        if self.case:
            seen = seen.exclude(pk=self.case.pk).exclude(part_of=self.case.pk).exclude(pk=self.case.part_of_id or 0)
        return likely_twins([sighting], seen).get(0, [])

    @cached_property
    def missing(self):
        """What is still needed: to be saved, and then to be published."""
        typed, needed = self.typed, []
        if not typed.get("region"):
            needed.append(_("region"))
        if not typed.get("when"):
            needed.append(_("date"))
        if not (typed.get("title_en") or typed.get("title_zh")):
            needed.append(_("title"))
        if not self._kept(self.sections["sources"]):
            needed.append(_("source"))
        return needed

    @property
    def region_of_the_point(self):
        typed = self.typed
        if typed.get("latitude") is None or typed.get("longitude") is None:
            return None
        return places.region_at(typed["latitude"], typed["longitude"])

    @property
    def may_be_swapped(self):
        """Whether latitude and longitude as typed would fit the region if they were exchanged."""
        region = self.typed.get("region")
        try:
            latitude, longitude = float(self.form["latitude"].value()), float(self.form["longitude"].value())
        except (TypeError, ValueError):
            return False
        if region is None:
            return abs(latitude) > 90 >= abs(longitude)
        return abs(latitude) <= 180 and places.swapped_fits(region, latitude, longitude)

    def readings(self):
        """{html name: what was read there}, for numbers and days."""
        found = {}
        for name in ("arrests", "premises"):
            if self.typed.get(name):
                found[self.form.add_prefix(name)] = numerals.said(self.typed[name])
        for name in ("when", "running_since"):
            if self.typed.get(name):
                found[self.form.add_prefix(name)] = _as_read(*self.typed[name])
        for raid in self._kept(self.raids):
            if raid.is_valid() and raid.cleaned_data.get("when"):
                found[raid.add_prefix("when")] = _as_read(*raid.cleaned_data["when"])
        for line in self.lines:
            if line.is_valid() and line.cleaned_data["count"]:
                found[line.add_prefix("count")] = numerals.said(line.cleaned_data["count"])
        for form in self._kept(self.sections["figures"]):
            form.is_valid()
            if "read" in form.cleaned_data:
                found[form.add_prefix("amount")] = numerals.said(form.cleaned_data["read"])
        return found

    def errors(self):
        """[(html id, label, message)] of everything that is wrong, in the order of the page."""
        found = []
        for form in self._all_kept:
            for name, messages in form.errors.items():
                label = form.fields[name].label if name in form.fields else ""
                target = form[name].id_for_label if name in form.fields else ""
                found += [(target, label, message) for message in messages]
        for name, message in self.problems.items():
            label = CaseForm.base_fields[name].label if name in CaseForm.base_fields else ""
            found.append((f"id_{name}", label, message))
        return found

    # To be saved

    def to_save(self):
        """What `actions.save_case` takes. Of a valid entry."""
        typed = self.form.cleaned_data
        day, precision = typed["when"]
        fields = {
            name: typed[name]
            for name in (
                "place", "region", "latitude", "longitude", "lead_source", "site_type", "kind", "status", "outcome",
                "note", "confidence", "sensitive",
            )
        } | {
            "title_en": typed["title_en"] or typed["title_zh"],
            "title_zh": typed["title_zh"],
            "occurred_on": day,
            "date_precision": precision,
            "running_since": typed["running_since"][0] if typed["running_since"] else None,
            "location_precision": (typed["location_precision"] or "locality") if typed["latitude"] is not None else "",
            "theft": {"true": True, "false": False}.get(typed["theft"]),
            "arrests": _whole(typed["arrests"]),
            "premises": _whole(typed["premises"]),
            "rig_kind": self._kind_of_rigs(),
        }  # fmt: skip
        if plausibility.energy_was_stored(self.facts):
            fields["electricity_check"] = "implausible"
        elif self.case is None or self.case.electricity_check == "implausible":
            fields["electricity_check"] = ""
        return {
            "fields": fields,
            "raids": [self._raid(form, day, precision) for form in self.raids.forms if self._matters(form)],
            "figures": [self._figure(form) for form in self.sections["figures"].forms if self._matters(form)],
            "agencies": {
                "keep": [
                    (form.cleaned_data.get("agency"), form.cleaned_data.get("name", ""))
                    for form in self._kept(self.sections["agencies"])
                ],
                "drop": self._dropped("agencies"),
            },
            "citations": [
                _row(form, text=form.cleaned_data.get("text"), policy=form.cleaned_data.get("policy"))
                for form in self.sections["citations"].forms
                if self._matters(form)
            ],
            "sources": {
                "keep": [
                    {
                        "publisher": form.cleaned_data["publisher"],
                        "title": form.cleaned_data["title"],
                        "url": form.cleaned_data["url"],
                        "published_on": form.cleaned_data["published"][0] if form.cleaned_data["published"] else None,
                    }
                    for form in self._kept(self.sections["sources"])
                ],
                "drop": self._dropped("sources"),
            },
            "reasons": [(doubt.rule, doubt.text, self.reason_for(doubt.rule)) for doubt in self.doubts],
        }

    def _dropped(self, section):
        """The numbers of rows that were thrown away or say something else now."""
        forms = self.sections[section].forms
        return [form.number for form in forms if form.number and (form.is_deleted or form.has_changed())]

    @staticmethod
    def _matters(form):
        """A row that is there, or was: a new one that is empty or thrown away again is nothing."""
        return not form.is_empty and not (form.is_deleted and not form["id"].value())

    def _raid(self, form, day, precision):
        if form.is_deleted:
            return _row(form)
        own = form.cleaned_data.get("when") or (day, precision)
        lines = [self._line(line) for line in form.lines.forms if self._matters(line)]
        return _row(
            form,
            raided_on=own[0],
            date_precision=own[1],
            place=form.cleaned_data["place"],
            note=form.cleaned_data["note"],
        ) | {"lines": lines}

    def _line(self, form):
        if form.is_deleted:
            return _row(form)
        count = form.cleaned_data["count"]
        text = form["count"].value() or ""
        return _row(
            form,
            rig=form.cleaned_data["rig"],
            kind=form.cleaned_data["kind"] or RigKind.UNKNOWN,
            count=_whole(count),
            qualifier=(form.cleaned_data["qualifier"] or count.qualifier) if count else "",
            count_as_published=_unless_plain(text),
        )

    @staticmethod
    def _figure(form):
        if form.is_deleted:
            return _row(form)
        typed = form.cleaned_data
        return _row(
            form, quantity=typed["quantity"], amount=round(typed["read"].value, 2), basis=typed["basis"],
            currency=typed["currency"], as_published=_unless_plain(typed["amount"]),
        )  # fmt: skip

    def _kind_of_rigs(self):
        kinds = {
            line.cleaned_data["rig"].kind if line.cleaned_data["rig"] else line.cleaned_data["kind"]
            for line in self.lines
        } - {RigKind.UNKNOWN, ""}
        return kinds.pop() if len(kinds) == 1 else RigKind.MIXED if kinds else RigKind.UNKNOWN


def _row(form, **values):
    return {"id": form.number, "delete": form.is_deleted, "values": values}


def _unless_plain(text):
    """What was typed, where it says more than the number that is stored."""
    return "" if text.isascii() and text.replace(".", "", 1).isdigit() else text


def _whole(amount):
    return int(amount.value) if amount else None


def _as_read(day, precision):
    return _("read as %(day)s") % {"day": day_as_known(day, precision)}


def _with_management(data, prefix):
    """`data` in which the formset of `prefix` says how many rows it has."""
    if data is None or f"{prefix}-TOTAL_FORMS" in data:
        return data
    # Sent by hand or cut short: it has no rows, and says no more.
    more = data.copy()
    more[f"{prefix}-TOTAL_FORMS"] = more[f"{prefix}-INITIAL_FORMS"] = "0"
    return more


# A stored case as it would be typed

FRESH = {"kind": "raid", "status": "found", "site_type": "unknown", "lead_source": "unknown", "confidence": "medium"}


def initial_of(case):
    """What the form of a stored case holds before anybody types: the same texts each time for the same case."""
    raids = list(case.raids.order_by("pk").prefetch_related("seizures__rig"))
    return {
        "case": {
            **{
                name: getattr(case, name)
                for name in (
                    "place", "latitude", "longitude", "location_precision", "lead_source", "site_type", "kind",
                    "status", "title_en", "title_zh", "outcome", "note", "confidence", "sensitive", "arrests",
                    "premises",
                )
            },
            "region": f"{case.region.name} · {case.region.code}",
            "when": _typed_day(case.occurred_on, case.date_precision),
            "running_since": _typed_day(case.running_since),
            "theft": {True: "true", False: "false", None: ""}[case.theft],
        },
        "raids": [
            {
                "id": raid.pk, "when": _typed_day(raid.raided_on, raid.date_precision), "place": raid.place,
                "note": raid.note,
            }
            for raid in raids
        ],
        "lines": {
            raid.pk: [
                {
                    "id": line.pk,
                    "rig": f"{line.rig} · {line.rig.slug}" if line.rig else "",
                    "kind": line.kind,
                    "count": line.count_as_published or ("" if line.count is None else str(line.count)),
                    "qualifier": line.qualifier,
                }
                for line in sorted(raid.seizures.all(), key=lambda line: line.pk)
            ]
            for raid in raids
        },
        "figures": [
            {
                "id": one.pk, "quantity": one.quantity, "amount": one.as_published or f"{one.amount.normalize():f}",
                "currency": one.currency, "basis": one.basis,
            }
            for one in case.figures.order_by("pk")
        ],
        "agencies": [{"id": one.pk, "agency": f"{one} · {one.slug}"} for one in case.agencies.order_by("pk")],
        "citations": [
            {"id": one.pk, "text": one.text, "policy": f"{one.policy.title} · {one.policy.ref}" if one.policy else ""}
            for one in case.citations.select_related("policy").order_by("pk")
        ],
        "sources": [
            {
                "id": one.pk, "publisher": one.publisher, "title": one.title, "url": one.url,
                "published": _typed_day(one.published_on),
            }
            for one in case.sources.order_by("pk")
        ],
    }  # fmt: skip


def _typed_day(day, precision=Precision.DAY):
    if day is None:
        return ""
    return day.isoformat()[: {Precision.YEAR: 4, Precision.MONTH: 7}.get(precision, 10)]


def _state_of(initial):
    """A stored case as {key: text}, a key for each field of each row: what two editors are compared by."""
    found = {f"case {name}": _plain(value) for name, value in initial["case"].items()}
    rows = initial | {"lines": chain.from_iterable(initial["lines"].values())}
    for section in ("raids", "lines", *SECTIONS):
        for row in rows[section]:
            key = f"{section} {row['id']}"
            found |= {f"{key} {name}": _plain(value) for name, value in row.items() if name != "id"}
    return found


def _plain(value):
    return "" if value is None or value is False else "on" if value is True else str(value)


def sealed(state):
    """A state to be carried by a form and not to be changed on the way."""
    return signing.dumps(state, salt="case-state", compress=True)


def opened(text):
    """The state that was `sealed`; {} of what is none: then everything counts as changed by the colleague."""
    try:
        return signing.loads(text, salt="case-state")
    except signing.BadSignature:
        return {}


# Two who edit at once


def _names_of(entry):
    """{key of a state: html name} of the rows that were typed."""
    found = {f"case {name}": entry.form.add_prefix(name) for name in entry.form.fields}
    for section, form in entry.rows():
        number = form["id"].value()
        if number:
            for name in form.fields:
                if name not in ("id", "DELETE", "add"):
                    found[f"{section} {number} {name}"] = form.add_prefix(name)
    return found


class Conflict:
    """A field that both changed: its label, both versions, and the name of the choice between them."""

    def __init__(self, key, label, name, yours, theirs):
        self.key, self.label, self.name, self.yours, self.theirs = key, label, name, yours, theirs

    @property
    def choice(self):
        return f"choose-{slugify(self.key)}"


def merged(entry, base):
    """(data, conflicts, taken): what was typed with what only the colleague changed, and what both changed.

    `base` is the state that the form was opened with. A choice that was sent along is heeded. A row that the colleague
    deleted becomes a new one.
    """
    data, conflicts, taken = _without_gone_rows(entry), [], []
    for key, name in _names_of(entry).items():
        yours, was, theirs = data.get(name, ""), base.get(key, ""), entry.state.get(key)
        if theirs is None or theirs == was or yours.strip() == theirs:
            continue
        label = _label_of(entry, key)
        conflict = Conflict(key, label, name, yours, theirs)
        choice = data.get(conflict.choice)
        if yours == was or choice == "theirs":
            data[name] = theirs
            if choice is None:
                taken.append(conflict)
        elif choice != "yours":
            conflicts.append(conflict)
    return data, conflicts, taken


def _label_of(entry, key):
    section, *_number, name = key.split(" ")
    form = {"case": CaseForm, "raids": RaidForm, "lines": LineForm, **SECTIONS}[section]
    return form.base_fields[name].label


def _without_gone_rows(entry):
    """What was typed, where a row that a colleague deleted is a new one, so that nothing is lost."""
    there = {tuple(key.split(" ")[:2]) for key in entry.state}
    data = entry.data.copy()
    for section, form in entry.rows():
        if form["id"].value() and (section, str(form["id"].value())) not in there:
            data[form.add_prefix("id")] = ""
    return data


def from_draft(typed):
    """The data of a form out of what a draft keeps."""
    data = QueryDict(mutable=True)
    for name, values in typed.items():
        data.setlist(name, values)
    return data


def load_in_words(kw):
    """A range of kW as people say it: about 37 MW (13.6–42.4)."""
    best = " ".join(load(kw.best))
    return _("if run about %(best)s (%(low)s – %(high)s)") % {
        "best": best, "low": " ".join(load(kw.low)), "high": " ".join(load(kw.high)),
    }  # fmt: skip
