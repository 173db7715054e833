"""What an officer does with a lead. Each verb is one transaction, one step of the lead and one signed change."""

import uuid

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext, pgettext_lazy
from nacl.public import PublicKey, SealedBox

from cases.actions.signing import Verb, changing
from cases.models import Case, Draft, Inspection, InspectionPhoto, Lead, LeadStep, Tip, TipPart
from cases.models.case import LeadSource, LocationPrecision
from cases.models.lead import OPEN_STATES, LeadKind, LeadState, PartKind, StepKind

from . import keys
from .opening import opened_tip

# The states that an officer chooses; a case and a merger set the other two.
CHOSEN_STATES = [*OPEN_STATES, LeadState.NOT_CONFIRMED, LeadState.NOT_MINING, LeadState.PASSED_ON]
NEED_A_REASON = [LeadState.NOT_CONFIRMED, LeadState.NOT_MINING, LeadState.PASSED_ON]
LEAD_SOURCES = {
    LeadKind.TIP: LeadSource.PUBLIC_TIP,
    LeadKind.HIT: LeadSource.GRID_MONITORING,
    LeadKind.REFERRAL: LeadSource.OTHER,
    LeadKind.PLAN: LeadSource.ROUTINE_INSPECTION,
}
# Answers that an office gives often; sent in the language in which the report was written.
ANSWERS = {
    "received": pgettext_lazy("answer", "Thank you. Your report was received and is being checked."),
    "where": pgettext_lazy("answer", "Please tell us more exactly where the place is."),
    "inspected": pgettext_lazy("answer", "Thank you. The place was inspected."),
    "not_mining": pgettext_lazy("answer", "Thank you. The place was checked; no mining was found."),
}


class ChangedMeanwhile(ValidationError):
    """A colleague changed the lead after this page was opened: nothing was done."""


def locked_lead(lead: Lead, by, version: int | None = None) -> Lead:
    """`lead` as it is now, its row locked. Raises PermissionDenied, and ChangedMeanwhile if it is not at `version`."""
    now = Lead.objects.select_for_update(no_key=True).filter(pk=lead.pk).first()
    if now is None or not Lead.objects.visible_to(by).filter(pk=lead.pk).exists():
        raise PermissionDenied
    if version is not None and now.version != version:
        raise ChangedMeanwhile(
            _("A colleague changed this lead since you opened it: see the steps. What you typed is kept below.")
        )
    return now


def _take_step(lead, by, kind, values, *, text="", **told):
    """Store `values` of the lead, count the change, and add the step that tells of it."""
    with changing(Verb.LEAD_WORKED_ON, by, text) as change:
        Lead.objects.filter(pk=lead.pk).update(version=F("version") + 1, **values)
    LeadStep.objects.create(lead=lead, kind=kind, text=text, by=by, change=change.id, **told)


def _enter_state(lead, by, state, *, kind=StepKind.STATE, text="", **values):
    """The same with a new state: what belonged to the state before is gone, unless `values` has it."""
    emptied = {"led_to": None, "merged_into": None, "passed_to": ""}
    _take_step(lead, by, kind, emptied | values | {"state": state}, text=text, state=state)


@transaction.atomic
def record_lead(lead: Lead, *, by) -> Lead:
    """Store a lead that an officer enters. Raises PermissionDenied outside their regions of work."""
    lead.save()
    if not Lead.objects.visible_to(by).filter(pk=lead.pk).exists():
        raise PermissionDenied
    LeadStep.objects.create(lead=lead, kind=StepKind.RECORDED, by=by)
    return lead


@transaction.atomic
def change_state(lead: Lead, state: str, *, by, version=None, reason="", passed_to="") -> None:
    """Bring a lead to one of CHOSEN_STATES; one that was closed is opened again in the same way."""
    lead, reason, passed_to = locked_lead(lead, by, version), reason.strip(), passed_to.strip()
    if state not in CHOSEN_STATES:
        raise ValidationError(_("Choose a state."))
    if state == lead.state:
        raise ValidationError(_("The lead is in this state already."))
    if not reason and (state in NEED_A_REASON or not lead.is_open):
        raise ValidationError(_("Give a reason."))
    if state == LeadState.PASSED_ON and not passed_to:
        raise ValidationError(_("Say to whom it is passed on."))
    passed_to = passed_to if state == LeadState.PASSED_ON else ""
    _enter_state(lead, by, state, text=reason, passed_to=passed_to)


@transaction.atomic
def assign(lead: Lead, person, *, by, version=None) -> None:
    """Give a lead to `person`, who must be able to see it; to nobody with None."""
    lead = locked_lead(lead, by, version)
    if person is not None and not Lead.objects.visible_to(person).filter(pk=lead.pk).exists():
        raise ValidationError(_("This person does not work on leads of this region."))
    _take_step(lead, by, StepKind.ASSIGNED, {"assigned_to": person}, assigned_to=person)


def who_may_work_on(lead: Lead) -> list:
    """The people who may see this lead."""
    people = get_user_model().objects.with_perm(
        "cases.work_on_leads", backend="django.contrib.auth.backends.ModelBackend"
    )
    return [one for one in people.order_by("username") if Lead.objects.visible_to(one).filter(pk=lead.pk).exists()]


@transaction.atomic
def add_note(lead: Lead, text: str, *, by) -> None:
    """Keep what an officer notes. Adding takes nothing from anybody, whoever changed the lead meanwhile."""
    lead = locked_lead(lead, by)
    if not text.strip():
        raise ValidationError(_("Write something first."))
    LeadStep.objects.create(lead=lead, kind=StepKind.NOTE, text=text.strip(), by=by)


@transaction.atomic
def answer_sender(lead: Lead, text: str, *, by, template: str = "") -> None:
    """Answer who sent a tip: sealed to them, who read it with the receipt, and to the office. Raises NoKey."""
    lead = locked_lead(lead, by)
    tip = Tip.objects.select_for_update().filter(lead=lead).first()
    if tip is None:
        raise ValidationError(_("There is nobody to answer: this lead is no tip, or its content was deleted."))
    with override(opened_tip(lead).language):
        ready = str(ANSWERS.get(template, ""))
    whole = "\n\n".join(filter(None, [ready, text.strip()]))
    if not whole:
        raise ValidationError(_("Write something first."))
    last = tip.parts.aggregate(last=Max("number"))["last"]
    key, sealed = keys.sealed_for_office(whole.encode())
    for_sender = SealedBox(PublicKey(bytes(tip.reader))).encrypt(whole.encode())
    TipPart.objects.create(
        tip=tip, kind=PartKind.ANSWER, number=(last or 0) + 1, key=key, sealed=sealed, sealed_for_sender=for_sender
    )
    # The answer itself is sealed; the step only says that there was one.
    LeadStep.objects.create(lead=lead, kind=StepKind.ANSWERED, by=by)


@transaction.atomic
def tie_to_case(lead: Lead, case: Case | None, *, by, version=None) -> None:
    """This lead led to `case`, which `by` may change. Several leads may lead to one case."""
    lead = locked_lead(lead, by, version)
    if case is None or not Case.objects.editable_by(by).filter(pk=case.pk).exists():
        raise ValidationError(_("There is no such case in your regions of work."))
    _enter_state(lead, by, LeadState.LED_TO_CASE, led_to=case, draft=None)


@transaction.atomic
def record_inspection(lead: Lead, inspection: Inspection, *, by, photos=()) -> None:
    """Keep what was found on site, also nothing, and `photos` (JPEG). A lead that was open is then inspected.

    One change of the history, so that it is undone as a whole.
    """
    lead = locked_lead(lead, by)
    inspection.lead, inspection.by = lead, by
    with changing(Verb.LEAD_WORKED_ON, by) as change:
        inspection.save()
        for number, photo in enumerate(photos):
            InspectionPhoto.objects.create(inspection=inspection, number=number, content=photo)
        LeadStep.objects.create(lead=lead, kind=StepKind.INSPECTION, by=by, change=change.id)
        if lead.is_open and lead.state != LeadState.INSPECTED:
            _enter_state(lead, by, LeadState.INSPECTED)


@transaction.atomic
def merge_leads(lead: Lead, into: Lead | None, *, by, version=None, reason="") -> None:
    """`lead` is about the same place as `into`, which is gone on with; what was merged into `lead` goes along."""
    if into is not None and into.pk == lead.pk:
        raise ValidationError(_("A lead cannot be merged into itself."))
    if into is None or not Lead.objects.visible_to(by).filter(pk=into.pk).exists():
        raise ValidationError(_("There is no such lead in your regions of work."))
    # Always in the same order: two officers who merge the other way round wait for each other.
    held = {one.pk: locked_lead(one, by) for one in sorted((lead, into), key=lambda one: one.pk)}
    if held[into.pk].state == LeadState.MERGED:
        raise ValidationError(_("That lead was itself merged into another."))
    lead = locked_lead(lead, by, version)
    for other in [*lead.merged.all(), lead]:
        _enter_state(other, by, LeadState.MERGED, kind=StepKind.MERGED, text=reason.strip(), merged_into=into)
    text = pgettext("lead", "%(ref)s was merged into this lead.") % {"ref": lead.ref}
    LeadStep.objects.create(lead=into, kind=StepKind.MERGED, text=text, by=by)


def known_of(lead: Lead) -> dict[str, str]:
    """What the entry form of a case can be filled with: region, place, point and source. No text of a sender."""
    tip = opened_tip(lead)
    point = (lead.latitude, lead.longitude) if lead.latitude is not None else tip and tip.point
    known = {
        "region": lead.region.code if lead.region else "",
        "place": lead.place or (tip.where if tip else ""),
        "lead_source": LEAD_SOURCES[lead.kind],
    }
    if point:
        known |= {"latitude": str(point[0]), "longitude": str(point[1]), "location_precision": LocationPrecision.SITE}
    return known


@transaction.atomic
def begin_case_from(lead: Lead, typed: dict, *, by) -> Draft:
    """A draft of a case with what is `typed` already; when it is saved, the lead led to that case."""
    lead = locked_lead(lead, by)
    if lead.draft_id and lead.draft.by_id == by.pk and lead.draft.made_id is None:
        return lead.draft
    draft = Draft.objects.create(key=uuid.uuid4(), by=by, typed=typed)
    Lead.objects.filter(pk=lead.pk).update(draft=draft)
    return draft


def led_by_draft(draft: Draft, case: Case, *, by) -> None:
    """The case of a draft was saved: the leads from which it was entered led to it."""
    for lead in Lead.objects.visible_to(by).filter(draft=draft):
        tie_to_case(lead, case, by=by)
