"""A case while somebody types it: its forms, what was read, what looks wrong, what is missing.

POST → Entry → its forms: a case, and rows of each kind → saving.to_save → cases.actions.saving.save_case
"""

from collections import defaultdict

from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from cases import power
from cases.doubts import rules
from cases.doubts.twins import Sighting, likely_twins
from cases.files.text import cell_text
from cases.method.lines import line_of
from cases.models import Case, FactorSet, Rig, Seizure
from cases.models.field import Quantity
from regions import places
from regions.grammar import amounts, degrees
from regions.grammar.dates import Precision, day_as_known
from regions.grammar.language import reads_chinese
from regions.grammar.quantities import power_draw
from regions.models import Region

from .forms import SECTIONS, CaseEntryForm, LineForm, RaidForm, formset_of
from .stored import FRESH, entry_state, initial_of


class Entry:
    """The whole form of a case, empty, of a stored case, or bound to what was typed.

    `user` may save it only in the regions they work for.
    """

    def __init__(self, user, case: Case | None = None, data: QueryDict | None = None):
        self.user, self.case, self.data = user, case, data
        empty = {"case": FRESH, "raids": [], "lines": {}, **{name: [] for name in SECTIONS}}
        initial = initial_of(case) if case else empty
        self.state = entry_state(initial) if case else {}
        self.form = CaseEntryForm(data, initial=initial["case"])
        self.raids = formset_of(RaidForm, extra=0 if initial["raids"] else 1)(
            _with_management(data, "raids"), prefix="raids", initial=initial["raids"]
        )
        for raid in self.raids.forms:
            prefix = f"{raid.prefix}-lines"
            own = initial["lines"].get(raid.initial.get("id"), [])
            raid.lines = formset_of(LineForm)(_with_management(data, prefix), prefix=prefix, initial=own)
        self.sections = {
            name: formset_of(form)(
                _with_management(data, name), prefix=name, initial=initial[name], form_kwargs={"user": user}
            )
            for name, form in SECTIONS.items()
        }
        # JavaScript clones this form for another raid; the prefixes of its lines are different from all others.
        self.blank_raid = self.raids.empty_form
        self.blank_raid.lines = formset_of(LineForm)(prefix=f"{self.blank_raid.prefix}-lines")

    # What was typed

    def rows(self, forms_of=iter):
        """(section, form) of every row, in the order of the page; `forms_of(formset)` chooses the forms."""
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
        return [form for section, form in self.rows(self.typed_rows) if section == "lines"]

    @staticmethod
    def typed_rows(formset):
        return [form for form in formset.forms if not form.is_empty and not form.is_deleted]

    @property
    def _typed_forms(self):
        return [self.form, *(form for _section, form in self.rows(self.typed_rows))]

    @cached_property
    def is_valid(self):
        return all(form.is_valid() for form in self._typed_forms) and not self.problems

    @cached_property
    def problems(self):
        """What is wrong with the case as a whole: {field: message}."""
        found = {}
        region = self.typed.get("region")
        if region and not Region.objects.worked_in_by(self.user).filter(pk=region.pk).exists():
            own = ", ".join(str(scope) for scope in self.user.scopes.select_related("region")) or _("no region yet")
            found["region"] = _("%(region)s is not one of your regions: %(own)s.") % {"region": region, "own": own}
        for doubt in self.unanswered:
            found[f"reason-{doubt.rule}"] = _("Give a reason why the data is correct.")
        return found

    @property
    def typed(self):
        """The cleaned fields of the case itself, as far as they could be read."""
        self.form.is_valid()
        return self.form.cleaned_data if self.form.is_bound else {}

    @property
    def _stands(self):
        """What the fields of the case itself hold: what was typed, before that what is on record."""
        return self.typed if self.form.is_bound else self.form.initial

    def reason_for(self, rule):
        return cell_text((self.data or {}).get(f"reason-{rule}", "")).strip()[:2000]

    # What follows from it

    @cached_property
    def rigs(self):
        """The sum of rigs that the lines state; None if no line states a count."""
        counts = [line.cleaned_data["count"] for line in self.lines if line.is_valid()]
        stated = [int(count.value) for count in counts if count is not None]
        return sum(stated) if stated else None

    @cached_property
    def kw(self):
        """The load of the rigs if they run, a power.Range in kW; None if a line cannot be rated."""
        when = self.typed.get("when")
        if not when:
            return None
        classes = Rig.objects.generic_classes()
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
        """The facts, as `cases.doubts.rules` takes them."""
        typed, figures = self.typed, defaultdict(list)
        for form in self.typed_rows(self.sections["figures"]):
            if form.is_valid() and "read" in form.cleaned_data:
                figures[form.cleaned_data["quantity"]].append(form.cleaned_data)
        energy, kw = figures[Quantity.ENERGY_KWH][:1], figures[Quantity.LOAD_KW][:1]
        stated = [figure for same_quantity in figures.values() for figure in same_quantity]
        when = typed.get("when") or (None, Precision.DAY)
        citations = [form.cleaned_data for form in self.typed_rows(self.sections["citations"]) if form.is_valid()]
        arrests = typed.get("arrests")
        return rules.Facts(
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
            currencies=[figure["currency"] for figure in stated if figure["currency"]],
            amounts=[
                (figure["quantity"], figure["basis"], figure["currency"], float(figure["read"].value))
                for figure in stated
            ],
            arrests=int(arrests.value) if arrests else None,
            policies=[citation["policy"] for citation in citations if citation.get("policy")],
        )

    @cached_property
    def doubts(self):
        """What looks wrong, likely twins included. For a stored case only what its stored version did not have."""
        found = rules.doubts(self.facts)
        if self.case:
            as_stored = Case.objects.for_page().get(pk=self.case.pk)
            before = {(doubt.rule, doubt.text) for doubt in rules.doubts(rules.facts_of(as_stored))}
            return [doubt for doubt in found if (doubt.rule, doubt.text) not in before]
        if self.twins:
            found.append(rules.twin_doubt(self.twins))
        return found

    @cached_property
    def twins(self):
        """Cases on record that may be the same case."""
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
        """What the case still needs before it can be saved and published."""
        typed, needed = self._stands, []
        if not typed.get("region"):
            needed.append(_("region"))
        if not typed.get("when"):
            needed.append(_("date"))
        if not (typed.get("title_en") or typed.get("title_zh")):
            needed.append(_("title"))
        if not self.typed_rows(self.sections["sources"]):
            needed.append(_("source"))
        return needed + [_("a reason: %(doubt)s") % {"doubt": doubt.rule.label} for doubt in self.unanswered]

    @property
    def unanswered(self):
        """The doubts for which no reason is given yet."""
        return [doubt for doubt in self.doubts if not self.reason_for(doubt.rule)]

    @property
    def steps(self):
        """{part of the page: whether it says what a case needs of it}."""
        typed = self._stands
        return {
            "what": bool(typed.get("when") and (typed.get("title_en") or typed.get("title_zh"))),
            "where": bool(typed.get("region")),
            "amount": self.rigs is not None or bool(self.typed_rows(self.sections["figures"])),
            "who": typed.get("lead_source", "unknown") != "unknown" or bool(self.typed_rows(self.sections["agencies"])),
            "source": bool(self.typed_rows(self.sections["sources"])),
        }

    @property
    def texts(self):
        """The fields of each text of the case: (in the reader's language, in the other one)."""
        pairs = {"title": ("title_en", "title_zh")} | {
            name: (name, f"{name}_zh") for name in ("place", "outcome", "note")
        }
        turned = -1 if reads_chinese() else 1
        return {text: [self.form[name] for name in names[::turned]] for text, names in pairs.items()}

    @property
    def uses_more(self):
        """Whether the folded part holds something, so that the page shows it open."""
        texts = self.texts
        plain = [self.form[name] for name in ("running_since", "theft", "arrests", "premises", "sensitive")]
        folded = [texts["title"][1], texts["place"][1], *texts["outcome"], *texts["note"], *plain]
        rows = [self.typed_rows(self.sections[name]) for name in ("citations", "numbers")]
        return any(field.value() for field in folded) or any(rows)

    @property
    def new_agencies(self):
        """(field, name) of each agency that nobody entered yet and that is not to be added."""
        rows = [form for name in ("agencies", "numbers") for form in self.typed_rows(self.sections[name])]
        forms = [form for form in rows if not form.is_valid()]
        return [
            (form["add"], form["agency"].value())
            for form in forms
            if any(problem.code == "unknown" for problem in form.errors.as_data().get("agency", []))
        ]

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
        latitude, longitude = (degrees.written(str(self.form[name].value())) for name in degrees.MOST)
        if latitude is None or longitude is None:
            return False
        if region is None:
            return abs(latitude) > 90 >= abs(longitude)
        return abs(latitude) <= 180 and places.swapped_fits(region, latitude, longitude)

    def readings(self):
        """{html name: what was read there}, for numbers and days."""
        found = {}
        for name in ("arrests", "premises"):
            if self.typed.get(name):
                found[self.form.add_prefix(name)] = amounts.echo(self.typed[name])
        for name in ("when", "running_since"):
            if self.typed.get(name):
                found[self.form.add_prefix(name)] = _as_read(*self.typed[name])
        for raid in self.typed_rows(self.raids):
            if raid.is_valid() and raid.cleaned_data.get("when"):
                found[raid.add_prefix("when")] = _as_read(*raid.cleaned_data["when"])
        for line in self.lines:
            if line.is_valid() and line.cleaned_data["count"]:
                found[line.add_prefix("count")] = amounts.echo(line.cleaned_data["count"])
        for form in self.typed_rows(self.sections["figures"]):
            form.is_valid()
            if "read" in form.cleaned_data:
                found[form.add_prefix("amount")] = amounts.echo(form.cleaned_data["read"])
        return found

    def questions(self):
        """{html name: what was probably meant there}, for degrees with a decimal comma; "" where nothing is asked."""
        found = {}
        for name in degrees.MOST:
            meant = degrees.meant(str(self.form[name].value() or ""), name)
            found[self.form.add_prefix(name)] = _("Did you mean %(some)s?") % {"some": meant} if meant else ""
        return found

    def errors(self):
        """[(html id, label, message)] of everything that is wrong, in the order of the page."""
        found = []
        for form in self._typed_forms:
            for name, messages in form.errors.items():
                label = form.fields[name].label if name in form.fields else ""
                target = form[name].id_for_label if name in form.fields else ""
                found += [(target, label, message) for message in messages]
        asked = {f"reason-{doubt.rule}": doubt.rule.label for doubt in self.doubts}
        for name, message in self.problems.items():
            label = asked.get(name) or CaseEntryForm.base_fields[name].label
            found.append((f"id_{name}", label, message))
        return found


def _as_read(day, precision):
    return _("read as %(day)s") % {"day": day_as_known(day, precision)}


def _with_management(data, prefix):
    """`data` with the number of rows of the formset `prefix`."""
    if data is None or f"{prefix}-TOTAL_FORMS" in data:
        return data
    # The form was sent by a program or is incomplete: then the formset has no rows.
    completed = data.copy()
    completed[f"{prefix}-TOTAL_FORMS"] = completed[f"{prefix}-INITIAL_FORMS"] = "0"
    return completed


def new_draft(known: dict[str, str]) -> dict:
    """What a draft keeps of a case of which only `known` is known: an empty form, with that filled in."""
    rows = {
        f"{prefix}-{name}": number
        for prefix in ("raids", "raids-0-lines", *SECTIONS)
        for name, number in (("TOTAL_FORMS", "1"), ("INITIAL_FORMS", "0"))
    }
    return {name: [value] for name, value in (FRESH | rows | known).items() if value}


def from_draft(typed):
    """What a draft keeps, as the data of a form."""
    data = QueryDict(mutable=True)
    for name, values in typed.items():
        data.setlist(name, values)
    return data


def load_in_words(kw: power.Range) -> str:
    """A range of kW as people say it: about 37 MW (13.6–42.4)."""
    best = " ".join(power_draw(kw.best))
    return _("estimate: about %(best)s (%(low)s – %(high)s)") % {
        "best": best, "low": " ".join(power_draw(kw.low)), "high": " ".join(power_draw(kw.high)),
    }  # fmt: skip
