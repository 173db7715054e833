"""One lead, for who works on it: what is known, what was done, and what can be done."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from cases.entry import entry
from cases.fields import WhenField
from cases.files import uploads
from cases.files.text import cell_text
from cases.history import undo
from cases.history.reach import cases_of
from cases.leads import handling, keys, opening
from cases.leads.nearby import nearby
from cases.leads.sending import PhotosField
from cases.models import Case, Inspection, InspectionPhoto, Lead
from cases.models.lead import Finding, LeadState
from cases.views.confirm import may_get_and_post
from cases.views.documents import HARMLESS
from regions.grammar.dates import Precision
from regions.grammar.reading import whole_number

from .guard import for_who_works_on_leads, labels_of, text_in


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
        "inspections": lead.inspections.select_related("by").prefetch_related(
            Prefetch("photos", InspectionPhoto.objects.defer("content"))
        ),
        "undoable": last_undoable(lead),
        "kinds_of_finding": Finding.choices,
        "merged": visible.filter(merged_into=lead),
        "merged_into": visible.filter(pk=lead.merged_into_id).first(),
        "case": Case.objects.visible_to(request.user).filter(pk=lead.led_to_id).first(),
        "nearby": nearby(lead, point, request.user),
        "people": handling.who_may_work_on(lead),
        "chosen_states": labels_of(state for state in handling.CHOSEN_STATES if state != lead.state),
        "ready_answers": list(handling.ANSWERS.items()),
    }
    return TemplateResponse(request, "cases/leads/lead.html", context, status=status)


# What is done with a lead; each says in words what was done.


def _version(request):
    return whole_number(request.POST.get("version"))


def _change_state(request, lead):
    state = request.POST.get("state", "")
    handling.change_state(
        lead, state, by=request.user, version=_version(request), reason=text_in(request, "reason"),
        passed_to=text_in(request, "passed_to")[:200],
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
    handling.add_note(lead, text_in(request, "note"), by=request.user)
    return _("Noted.")


def _answer(request, lead):
    handling.answer_sender(lead, text_in(request, "answer"), by=request.user, template=request.POST.get("ready", ""))
    return _("Answered. The sender reads it with the receipt.")


def _tie(request, lead):
    case = Case.objects.visible_to(request.user).filter(ref=text_in(request, "case").strip().rstrip("/")).first()
    handling.tie_to_case(lead, case, by=request.user, version=_version(request))
    return _("Tied to the case.")


def _merge(request, lead):
    into = Lead.objects.visible_to(request.user).filter(ref=text_in(request, "into").strip().lower()).first()
    handling.merge_leads(lead, into, by=request.user, version=_version(request), reason=text_in(request, "why"))
    return _("Merged.")


def _inspect(request, lead):
    files = request.FILES.getlist("photos")
    form = InspectionForm(request.POST, {"photos": files} if files else None)
    if not form.is_valid():
        raise ValidationError([f"{form[name].label}: {text}" for name, texts in form.errors.items() for text in texts])
    handling.record_inspection(lead, form.save(commit=False), by=request.user, photos=form.cleaned_data["photos"])
    return _("Inspection recorded.")


def _undo(request, lead):
    step = last_undoable(lead)
    if step is None:
        raise ValidationError(_("There is nothing to undo."))
    undo.undo(step.change, by=request.user, reason=text_in(request, "why"))
    return _("Undone.")


def last_undoable(lead):
    """The last step that changed the lead; None where there is none, or where a case came with it.

    A case is undone in its own history, and takes the lead along.
    """
    step = lead.steps.exclude(change=None).order_by("pk").last()
    return None if step is None or cases_of(str(step.change)) else step


class InspectionForm(forms.ModelForm):
    """What was found on site."""

    visited_on = WhenField(label=gettext_lazy("Day of the inspection"))
    found = forms.ChoiceField(label=pgettext_lazy("inspection", "Found"), choices=Finding)
    photos = PhotosField(label=gettext_lazy("Photos"), required=False)

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
    "undo": _undo,
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
    return _shown(opening.opened_photo(_lead(request, ref), key))


@for_who_works_on_leads
@require_safe
def inspection_photo(request, ref, key):
    """A photo of an inspection of the lead."""
    photos = InspectionPhoto.objects.filter(inspection__lead=_lead(request, ref), pk=key)
    return _shown(photos.values_list("content", flat=True).first())


def _shown(content):
    if content is None:
        raise Http404
    return HttpResponse(bytes(content), content_type=uploads.SHOWN_TYPE, headers=HARMLESS)
