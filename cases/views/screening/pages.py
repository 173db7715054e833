"""The pages of screenings: the runs, a new one, the ranking of one, and one of its meters."""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote
from zoneinfo import available_timezones

import pghistory
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from cases.fields import NamedField
from cases.leads.sending import SeveralFiles
from cases.models import ScreenedMeter, ScreeningRun
from cases.models.history import MeterLook
from cases.models.screening import ReadingUnit, RunState, Unsaid
from cases.screening import faults
from cases.screening.reasons import reasons_of
from cases.screening.results import kept, leading, pictures
from cases.screening.results.cleared import ClearedMeter, clear_meter, cleared_in, suspect_again
from cases.screening.results.inspected import Inspected
from cases.screening.rules import VERSION
from cases.screening.trial.measured import TRIALS
from cases.screening.weights import current_weights
from cases.screening.words import MARK_NAMES, NAMES, RULE_NAMES
from cases.views.confirm import may_get_and_post
from cases.views.leads.guard import for_who_works_on_leads
from regions.grammar.quantities import figure
from regions.models import Region
from regions.uploads import refuses_large

from .clearing import ClearanceForm
from .question import MeterQuestion

MOST_MB = 500  # of an upload; `manage.py screen` takes any size
ROWS, MOST_DRAWN, MOST_LISTED, MOST_CHOSEN = 25, 500, 100, 200
KINDS = (".csv", ".txt", ".xlsx", ".parquet")


@for_who_works_on_leads
@require_safe
def run_list(request):
    """The runs over the regions of work, the newest first."""
    runs = ScreeningRun.objects.visible_to(request.user).select_related("by", "region")
    page = Paginator(runs, MOST_LISTED).get_page(request.GET.get("page"))
    rows = [(run, is_interrupted(run)) for run in page]
    return TemplateResponse(request, "cases/screening/list.html", {"page": page, "rows": rows})


def is_interrupted(run):
    """Whether a run began and nobody works on it any more."""
    if run.state != RunState.RUNNING or kept.progress(run) is not None:
        return False
    run.refresh_from_db()  # the work may have ended in between
    return run.state == RunState.RUNNING


@for_who_works_on_leads
@require_safe
def run_quality(request):
    """What inspections found at the meters that the runs of the regions of work pointed at."""
    found = Inspected(ScreeningRun.objects.visible_to(request.user))
    tables = [
        (_("Among the first of a ranking"), [(figure(first), tally) for first, tally in found.among_the_first.items()]),
        (_("By rule"), [(NAMES[name], tally) for name, tally in found.by_rule.items()]),
        (_("By tariff class"), [(name or _("not on file"), tally) for name, tally in found.by_class.items()]),
    ]
    return TemplateResponse(request, "cases/screening/quality.html", {"found": found, "tables": tables})


@require_safe
def method_page(request):
    """What a screening measures, and where it fails."""
    current = current_weights()
    rules = [(RULE_NAMES[name], current.points.get(name, 0.0)) for name in RULE_NAMES]
    marks = [(MARK_NAMES[name], current.points.get(name, 0.0)) for name in MARK_NAMES]
    context = {"rules": rules, "marks": marks, "version": VERSION, "current": current, "trials": TRIALS}
    return TemplateResponse(request, "cases/screening/method.html", context)


class ReadingsField(forms.FileField):
    """One or more files."""

    widget = SeveralFiles

    def clean(self, data, initial=None):
        files = data if isinstance(data, (list, tuple)) and data else [data or None]
        return [super(ReadingsField, self).clean(file, initial) for file in files]


class ZoneField(forms.CharField):
    """A time zone of the tz database, or nothing."""

    def clean(self, value):
        value = super().clean(value)
        if value and value not in available_timezones():
            raise ValidationError(_("There is no time zone “%(name)s”; say one as Asia/Shanghai.") % {"name": value})
        return value


class NewRunForm(forms.ModelForm):
    """The files of a run, and what they do not say."""

    files = ReadingsField(label=gettext_lazy("Readings or monthly bills"))
    region = NamedField("region", Region, "code", label=gettext_lazy("Region"))
    time_zone = ZoneField(label=gettext_lazy("Time zone"), required=False, max_length=60)
    unit = forms.ChoiceField(
        label=gettext_lazy("The values mean"), required=False,
        choices=[("", gettext_lazy("as the columns say")), *ReadingUnit.choices],
    )  # fmt: skip
    meters = forms.FileField(label=gettext_lazy("Meters on file (CSV)"), required=False)
    feeders = forms.FileField(label=gettext_lazy("Feeders (CSV)"), required=False)
    temperature = forms.FileField(label=gettext_lazy("Temperatures (CSV)"), required=False)
    tariff = forms.FloatField(
        label=gettext_lazy("Price of a kilowatt-hour"), required=False, min_value=0, max_value=1000
    )

    class Meta:
        model = ScreeningRun
        fields = ["region", "time_zone", "unit", "tariff"]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["files"].widget.attrs["accept"] = ",".join(KINDS)
        self.fields["time_zone"].widget.attrs |= {"placeholder": "Asia/Shanghai", "autocomplete": "off"}
        for name in kept.BESIDE:
            self.fields[name].widget.attrs["accept"] = ".csv"

    def clean_region(self):
        region = self.cleaned_data["region"]
        if not Region.objects.worked_in_by(self.user).filter(pk=region.pk).exists():
            raise ValidationError(_("This is not among your regions of work."))
        return region

    def clean_files(self):
        files = self.cleaned_data["files"]
        for file in files:
            if not file.name.lower().endswith(KINDS):
                raise ValidationError(
                    _("Readings come as CSV, Parquet or XLSX: not %(name)s.") % {"name": file.name[:80]}
                )
        return files


def _too_large(request, _size):
    problem = _("This is more than %(most)s MB. Larger files are screened on the server: manage.py screen.")
    return _new(request, NewRunForm(user=request.user), problem=problem % {"most": MOST_MB}, status=413)


@refuses_large(MOST_MB * 1_000_000, _too_large, to_disk=True)
@for_who_works_on_leads
@may_get_and_post
def run_new(request):
    """Choose files and a region. POST keeps them, starts the run and redirects to its page."""
    form = NewRunForm(request.POST or None, request.FILES or None, user=request.user)
    if request.method != "POST":
        return _new(request, form)
    if not form.is_valid():
        return _new(request, form, status=400)
    run = form.save(commit=False)
    run.by = request.user
    run.file_name = ", ".join(file.name for file in form.cleaned_data["files"])[:200]
    beside = {name: form.cleaned_data[name] for name in kept.BESIDE if form.cleaned_data[name]}
    kept.receive_readings(run, form.cleaned_data["files"], beside)
    kept.begin_screening(run)
    return redirect(run)


run_new.names_nul_bytes_itself = True  # who looks for them reads the whole upload; the fields refuse them


def _new(request, form, *, problem="", status=200):
    context = {"form": form, "problem": problem, "most_mb": MOST_MB, "zones": _zones(), "days": settings.READINGS_DAYS}
    return TemplateResponse(request, "cases/screening/new.html", context, status=status)


def _zones():
    return sorted(
        zone for zone in available_timezones() if zone.split("/")[0] in ("Asia", "Europe", "America", "Africa")
    )


def _run(request, key):
    return get_object_or_404(ScreeningRun.objects.visible_to(request.user).select_related("by", "region"), pk=key)


@for_who_works_on_leads
@may_get_and_post
@vary_on_headers("HX-Request")
def run_page(request, key):
    """How far a run is, what it asks, or its ranking; POST answers, begins again, or makes leads of the chosen."""
    run = _run(request, key)
    if request.method == "POST":
        act = ACTS.get(request.POST.get("act"))
        if act is None:
            raise Http404
        return act(request, run)
    page = RunPage(run, request)
    working = page.percent is not None
    template = "cases/screening/run.html#state" if request.htmx.target == "state" else "cases/screening/run.html"
    response = TemplateResponse(
        request, template, {"page_of_run": page, "run": run, "zones": _zones() if run.asks else []}
    )
    if request.htmx.target == "state" and not working:
        response["HX-Refresh"] = "true"  # the work has ended: the whole page shows the result
    return response


@dataclass
class RunPage:
    """What the page of a run shows."""

    run: ScreeningRun
    request: object

    def __post_init__(self):
        self.percent = kept.progress(self.run) if self.run.state == RunState.RUNNING else None
        self.is_interrupted = self.percent is None and is_interrupted(self.run)

    @cached_property
    def question(self):
        return MeterQuestion(self.request.GET, self.run)

    @cached_property
    def page(self):
        return Paginator(self.question.found.select_related("region"), ROWS).get_page(self.request.GET.get("page"))

    @cached_property
    def rows(self):
        return _rows(self.run, list(self.page), self.question.cleared)

    @cached_property
    def feeders(self):
        """The feeders with a supply meter, most suspicious first, without those that were looked at."""
        found = self.run.meters.filter(is_feeder=True).exclude(self.question.is_cleared)
        return found.order_by("rank")[:MOST_LISTED]

    @property
    def said(self):
        return faults.faults_said(self.run.faults)

    @cached_property
    def count(self):
        return self.run.meters.count()

    @cached_property
    def has_places(self):
        return self.question.found.exclude(latitude=None).exists()


@dataclass
class RankedMeter:
    """A meter in the ranking."""

    meter: ScreenedMeter
    picture: pictures.SmallPicture | None
    guess: leading.WhatIfRigs
    lead: object
    cleared: ClearedMeter | None

    @property
    def may_be_led(self):
        return not self.lead and not (self.cleared and self.cleared.holds)

    @property
    def reasons(self):
        return reasons_of(self.meter)


def _rows(run, meters, cleared):
    numbers = [found.meter for found in meters]
    loads, bills, leads, watts = (
        pictures.loads_of(kept.hours_file(run), numbers),
        pictures.bills_of(kept.bills_file(run), numbers),
        leading.leads_of_meters(run, numbers, cleared),
        leading.watts_of_rigs(),
    )
    return [
        RankedMeter(
            found,
            pictures.small_picture(loads.get(found.meter), bills.get(found.meter)),
            leading.what_if_rigs(found.kw, watts, run.tariff),
            leads.get(found.meter),
            cleared.get(found.meter),
        )
        for found in meters
    ]


def _answer(request, run):
    """Say what the files left open."""
    if run.state == RunState.ASKING:
        try:
            if run.asks == Unsaid.TIME_ZONE:
                run.time_zone = ZoneField(max_length=60).clean(request.POST.get("time_zone", "").strip())
            else:
                run.unit = forms.ChoiceField(choices=ReadingUnit).clean(request.POST.get("unit"))
        except ValidationError as problem:
            messages.error(request, problem.messages[0])
        else:
            kept.again(run)
    return redirect(run)


def _again(request, run):
    if is_interrupted(run):
        kept.again(run)
    return redirect(run)


def _make_leads(request, run):
    chosen = request.POST.getlist("meter")[:MOST_CHOSEN]
    made, known = leading.make_leads(run, chosen, by=request.user)
    if made:
        told = ngettext("%(n)s lead was made.", "%(n)s leads were made.", len(made)) % {"n": figure(len(made))}
        messages.success(request, told)
    if known:
        told = ngettext(
            "%(n)s of the chosen meters has a lead already: %(leads)s.",
            "%(n)s of the chosen meters have a lead already: %(leads)s.",
            len(known),
        )
        messages.error(request, told % {"n": figure(len(known)), "leads": ", ".join(lead.ref for lead in known)})
    if not chosen:
        messages.error(request, _("Choose at least one meter."))
    elif len(made) + len(known) < len(set(chosen)):
        messages.error(request, _("No lead was made of meters that were looked at and are no mines."))
    of_its_page = run.meters.filter(meter=chosen[0]).first() if request.POST.get("back") == "meter" and chosen else None
    return redirect(of_its_page or run)


ACTS = {"answer": _answer, "again": _again, "leads": _make_leads}


@for_who_works_on_leads
@require_safe
def run_map(request, key):
    """Where the listed meters are, as GeoJSON: the most suspicious first."""
    run = _run(request, key)
    question = MeterQuestion(request.GET, run)
    if question.problems:
        return JsonResponse({"errors": question.problems}, status=400)
    placed = question.found.exclude(latitude=None)
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [found.longitude, found.latitude]},
            "properties": {
                "ref": quote(found.meter, safe="/"),
                "title": found.meter,
                "state": _("%(points)s points") % {"points": figure(round(found.points))},
                "region": found.tariff_class,
                "coarse": False,
            },
        }
        for found in placed[:MOST_DRAWN]
    ]
    most = _("Only the %(most)s most suspicious are on the map.") % {"most": figure(MOST_DRAWN)}
    note = most if len(features) == MOST_DRAWN else ""
    answer = {"type": "FeatureCollection", "features": features, "note": note}
    return JsonResponse(answer, content_type="application/geo+json", json_dumps_params={"ensure_ascii": False})


@for_who_works_on_leads
@may_get_and_post
def meter_page(request, key, meter):
    """One meter: its load as pictures, and why it is ranked where it is. That somebody looked is kept.

    POST says that it was looked at and is no mine, or takes that back.
    """
    run = _run(request, key)
    found = get_object_or_404(run.meters.select_related("region", "lead"), meter=meter)
    form = ClearanceForm(request.POST or None)
    if request.method == "POST":
        if request.POST.get("act") == "suspect":
            suspect_again(found, by=request.user)
            messages.success(request, _("The meter is off the list; it is ranked as before."))
            return redirect(found)
        if form.is_valid():
            clear_meter(found, form.instance, by=request.user)
            messages.success(request, _("The meter is on the list of those that were looked at."))
            return redirect(found)
    with pghistory.context(user=request.user.pk, name=request.user.get_username()):
        pghistory.create_event(found, label="viewed")
    load = pictures.loads_of(kept.hours_file(run), [meter]).get(meter)
    looks = MeterLook.objects.filter(meter=meter, run=run).select_related("pgh_context").order_by("-pgh_id")[:10]
    context = {
        "run": run,
        "found": found,
        "currency": Region.objects.above(run.region).exclude(currency="").values_list("currency", flat=True).first(),
        "row": _rows(run, [found], cleared_in(run))[0],
        "form": form,
        "reasons": [(NAMES[reason.name], reason) for reason in reasons_of(found)],
        "carpet": load and pictures.carpet(load),
        "usual_day": load and pictures.usual_day(load, run.peers.get(found.tariff_class)),
        "days": load and pictures.days_picture(load, found.figures.get("step_day") if "begun" in found.parts else None),
        "load": load,
        "bills": pictures.bills_of(kept.bills_file(run), [meter]).get(meter),
        "looks": looks,
        "others": run.meters.filter(feeder=found.feeder).exclude(pk=found.pk)[:10] if found.feeder else [],
    }
    status = 400 if form.errors else 200
    return TemplateResponse(request, "cases/screening/meter.html", context, status=status)
