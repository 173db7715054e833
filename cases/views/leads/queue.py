"""The queue of leads, for who works on them: the list, one lead, and what is done with it."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from cases.entry import entry
from cases.fields import NamedField, WhenField
from cases.files import uploads
from cases.files.text import cell_text
from cases.leads import counting, handling, keys, opening
from cases.leads.queue import LeadFilter, counts_by_state
from cases.models import Case, Inspection, Lead
from cases.models.lead import Finding, LeadKind, LeadState
from cases.views.confirm import may_get_and_post
from cases.views.documents import HARMLESS
from regions.grammar.dates import Precision
from regions.grammar.fields import DegreesField
from regions.grammar.reading import whole_number
from regions.models import Region
from regions.paging import ListPaginator, page_number

PER_PAGE = 50
NEARBY = 0.1  # degrees, about ten kilometres
SOME = 5


def for_who_works_on_leads(view):
    """Everybody else is refused before anything is looked for."""

    @login_required
    def guarded(request, *args, **kwargs):
        if not request.user.has_perm("cases.work_on_leads"):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@for_who_works_on_leads
@require_safe
def lead_list(request):
    """The leads of the regions of work, the longest waiting first."""
    visible = Lead.objects.visible_to(request.user)
    question = LeadFilter(request.GET, visible.for_list(), request=request)
    paginator = ListPaginator(question.qs, PER_PAGE)
    page = paginator.get_page(page_number(request.GET.get("page")) or 1)
    context = {
        "question": question,
        "page": page,
        "rows": list(_rows(page.object_list)),
        "counts": counts_by_state(visible),
        "waiting": visible.waiting_too_long().count(),
        "places": _regions_with(visible),
        "chosen_states": _labels(handling.CHOSEN_STATES),
        "address": request.get_full_path(),
    }
    return TemplateResponse(request, "cases/leads/list.html", context)


def _rows(leads):
    """[(lead, where it is in words)]"""
    leads = list(leads)
    where = opening.where_of(leads)
    return [(lead, where[lead.pk]) for lead in leads]


def _regions_with(leads):
    """[(code, name)] of the regions that have leads."""
    found = Region.objects.filter(pk__in=leads.order_by().values("region")).in_tree_order()
    return [(region.code, region.name) for region in found]


def _labels(states):
    return [(state.value, state.label) for state in states]


@for_who_works_on_leads
@require_safe
def lead_figures(request):
    """The leads of the regions of work, counted by kind, month and region."""
    visible = Lead.objects.visible_to(request.user)
    kinds, months, regions = (counting.sums_by(visible, group) for group in ("kind", "month", "region"))
    names = {region.code: region.name for region in Region.objects.filter(code__in=[sums.of for sums in regions])}
    tables = [
        (_("By kind"), [(LeadKind(sums.of).label, sums) for sums in kinds]),
        (_("By month"), [(date_format(sums.of, "YEAR_MONTH_FORMAT"), sums) for sums in months]),
        (_("By region"), [(names.get(sums.of, _("not known")), sums) for sums in regions]),
    ]
    return TemplateResponse(request, "cases/leads/figures.html", {"tables": tables})


@for_who_works_on_leads
@may_get_and_post
def lead_page(request, ref):
    """A lead with what is known of it and what was done; POST does one thing more."""
    lead = _lead(request, ref)
    if request.method != "POST":
        return _lead_page(request, lead)
    act = ACTS.get(request.POST.get("act"))
    if act is None:
        raise Http404
    try:
        done = act(request, lead)
    except keys.NoKey:
        return _lead_page(request, lead, problem=_("There is no key to seal the answer with."), status=400)
    except ValidationError as problem:
        status = 409 if isinstance(problem, handling.ChangedMeanwhile) else 400
        return _lead_page(request, _lead(request, ref), problem=problem.messages[0], status=status)
    messages.success(request, done)
    return redirect(lead)


def _lead(request, ref):
    leads = Lead.objects.visible_to(request.user).for_list().select_related("merged_into")
    return get_object_or_404(leads, ref=ref)


def _lead_page(request, lead, *, problem="", status=200):
    tip = opening.opened_tip(lead)
    point = (lead.latitude, lead.longitude) if lead.latitude is not None else tip and tip.point
    visible = Lead.objects.visible_to(request.user)
    context = {
        "lead": lead,
        "tip": tip,
        "point": point,
        "problem": problem,
        "typed": {name: cell_text(request.POST[name]) for name in request.POST},
        "steps": lead.steps.select_related("by", "assigned_to"),
        "inspections": lead.inspections.select_related("by"),
        "kinds_of_finding": Finding.choices,
        "merged": visible.filter(merged_into=lead),
        "merged_into": visible.filter(pk=lead.merged_into_id).first(),
        "case": Case.objects.visible_to(request.user).filter(pk=lead.led_to_id).first(),
        "cases_nearby": _cases_nearby(request.user, lead, point),
        "leads_nearby": visible.exclude(pk=lead.pk).filter(region=lead.region_id).open().for_list()[:SOME]
        if lead.region_id
        else [],
        "people": handling.who_may_work_on(lead),
        "chosen_states": _labels(state for state in handling.CHOSEN_STATES if state != lead.state),
        "ready_answers": list(handling.ANSWERS.items()),
    }
    return TemplateResponse(request, "cases/leads/lead.html", context, status=status)


def _cases_nearby(user, lead, point):
    """The latest cases within about ten kilometres of the point; without one, of the region."""
    cases = Case.objects.visible_to(user).select_related("region")
    if point:
        north, east = point
        cases = cases.filter(
            shown_latitude__range=(north - NEARBY, north + NEARBY),
            shown_longitude__range=(east - NEARBY, east + NEARBY),
        )
    elif lead.region_id:
        cases = cases.filter(region=lead.region_id)
    else:
        return []
    return cases.order_by("-occurred_on", "ref")[:SOME]


# What is done with a lead; each says in words what was done.


def _version(request):
    return whole_number(request.POST.get("version"))


def _text(request, name):
    return cell_text(request.POST.get(name, ""))[:5_000]


def _change_state(request, lead):
    state = request.POST.get("state", "")
    handling.change_state(
        lead, state, by=request.user, version=_version(request), reason=_text(request, "reason"),
        passed_to=_text(request, "passed_to")[:200],
    )  # fmt: skip
    return _("The lead is now: %(state)s") % {"state": LeadState(state).label}


def _assign(request, lead):
    name = request.POST.get("person", "")
    person = next((one for one in handling.who_may_work_on(lead) if one.get_username() == name), None)
    if name and person is None:
        raise ValidationError(_("This person does not work on leads of this region."))
    handling.assign(lead, person, by=request.user, version=_version(request))
    return _("Assigned.")


def _add_note(request, lead):
    handling.add_note(lead, _text(request, "note"), by=request.user)
    return _("Noted.")


def _answer(request, lead):
    handling.answer_sender(lead, _text(request, "answer"), by=request.user, template=request.POST.get("ready", ""))
    return _("Answered. The sender reads it with the receipt.")


def _tie(request, lead):
    case = Case.objects.visible_to(request.user).filter(ref=_text(request, "case").strip().rstrip("/")).first()
    handling.tie_to_case(lead, case, by=request.user, version=_version(request))
    return _("Tied to the case.")


def _merge(request, lead):
    into = Lead.objects.visible_to(request.user).filter(ref=_text(request, "into").strip().lower()).first()
    handling.merge_leads(lead, into, by=request.user, version=_version(request), reason=_text(request, "why"))
    return _("Merged.")


def _inspect(request, lead):
    form = InspectionForm(request.POST)
    if not form.is_valid():
        raise ValidationError([f"{form[name].label}: {text}" for name, texts in form.errors.items() for text in texts])
    handling.record_inspection(lead, form.save(commit=False), by=request.user)
    return _("Inspection recorded.")


class InspectionForm(forms.ModelForm):
    """What was found on site."""

    visited_on = WhenField(label=gettext_lazy("Day of the inspection"))
    found = forms.ChoiceField(label=pgettext_lazy("inspection", "Found"), choices=Finding)

    class Meta:
        model = Inspection
        fields = ["visited_on", "found", "people", "findings", "readings"]

    def clean_visited_on(self):
        day, precision = self.cleaned_data["visited_on"]
        if precision != Precision.DAY:
            raise ValidationError(_("Enter a day."))
        return day


ACTS = {
    "inspect": _inspect,
    "state": _change_state,
    "assign": _assign,
    "note": _add_note,
    "answer": _answer,
    "tie": _tie,
    "merge": _merge,
}


@for_who_works_on_leads
@require_POST
def begin_case(request, ref):
    """Open the page of a new case, filled with what is known of the lead."""
    if not request.user.has_perm("cases.add_case"):
        raise PermissionDenied
    lead = _lead(request, ref)
    draft = handling.begin_case_from(lead, entry.new_draft(handling.known_of(lead)), by=request.user)
    return redirect(f"{reverse('cases:case-new')}?draft={draft.key}")


@for_who_works_on_leads
@require_safe
def photo(request, ref, key):
    """A photo of a tip, opened for who may see the lead."""
    content = opening.opened_photo(_lead(request, ref), key)
    if content is None:
        raise Http404
    return HttpResponse(content, content_type=uploads.SHOWN_TYPE, headers=HARMLESS)


@for_who_works_on_leads
@require_POST
def bulk(request):
    """Give the chosen leads to oneself, or bring them all to one state."""
    chosen = dict(entry.split(":", 1) for entry in request.POST.getlist("lead")[:200] if ":" in entry)
    leads = Lead.objects.visible_to(request.user).filter(ref__in=chosen)
    done, late, problem = 0, 0, "" if chosen else _("Choose at least one lead.")
    for lead in leads:
        try:
            _do_to(request, lead, whole_number(chosen[lead.ref]))
        except handling.ChangedMeanwhile:
            late += 1
        except ValidationError as refused:
            problem = f"{lead.ref}: {refused.messages[0]}"
        else:
            done += 1
    if done:
        messages.success(request, ngettext("Changed %(n)s lead.", "Changed %(n)s leads.", done) % {"n": done})
    if late:
        told = ngettext(
            "%(n)s lead was changed by a colleague meanwhile and stays as it is.",
            "%(n)s leads were changed by a colleague meanwhile and stay as they are.",
            late,
        )
        messages.error(request, told % {"n": late})
    if problem:
        messages.error(request, problem)
    return redirect("leads:lead-list")


def _do_to(request, lead, version):
    if request.POST.get("act") == "take":
        handling.assign(lead, request.user, by=request.user, version=version)
    else:
        handling.change_state(
            lead, request.POST.get("state", ""), by=request.user, version=version, reason=_text(request, "reason"),
            passed_to=_text(request, "passed_to")[:200],
        )  # fmt: skip


class LeadForm(forms.ModelForm):
    """A lead that an officer enters: everything but tips, which come by the public form."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), choices=[choice for choice in LeadKind.choices if choice[0] != LeadKind.TIP]
    )
    region = NamedField("region", Region, "code", label=gettext_lazy("Region"))
    latitude = DegreesField("latitude", label=gettext_lazy("Latitude"), required=False)
    longitude = DegreesField("longitude", label=gettext_lazy("Longitude"), required=False)

    class Meta:
        model = Lead
        fields = ["kind", "region", "place", "latitude", "longitude", "summary", "score"]


@for_who_works_on_leads
@may_get_and_post
def record(request):
    """Enter a lead that did not come by the public form."""
    form = LeadForm(request.POST or None, label_suffix="")
    if request.method == "POST" and form.is_valid():
        allowed = Region.objects.worked_in_by(request.user).filter(pk=form.cleaned_data["region"].pk).exists()
        if allowed:
            return redirect(handling.record_lead(form.save(commit=False), by=request.user))
        form.add_error("region", _("This is not among your regions of work."))
    return TemplateResponse(request, "cases/leads/new.html", {"form": form}, status=400 if form.errors else 200)
