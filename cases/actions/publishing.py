"""Publish, withdraw and delete a case. Each is one transaction and one signed change of the history."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from cases.doubts import open_doubts
from cases.models import Case
from cases.models.case import CaseKind

from .signing import AlreadyDone, Verb, changing, locked


def missing(case: Case) -> dict[str, str]:
    """What a case still lacks before the public may see it, as {field: what to do}."""
    lacks = {}
    if not case.sources.exists():
        lacks["sources"] = _("add a source")
    if not case.title_en and not case.title_zh:
        lacks["title_en"] = _("add a title")
    if case.raids.filter(raided_on=None).exists() and case.kind == CaseKind.RAID:
        lacks["raids"] = _("add the date of the raid")
    return lacks


@transaction.atomic
def publish_case(case: Case, *, by, reason: str = "") -> None:
    """Let the public see `case`. Raises PermissionDenied, AlreadyDone, and ValidationError naming what is missing."""
    case = locked(case, Case.objects.publishable_by(by))
    if case.published:
        raise AlreadyDone(_("Already published."))
    lacks = missing(case)
    if lacks:
        raise ValidationError(_("Before you publish: %(lacks)s.") % {"lacks": ", ".join(lacks.values())})
    with changing(Verb.PUBLISHED, by, reason):
        Case.objects.filter(pk=case.pk).update(published=True, changed_at=Now())
        open_doubts.review([case.pk])


@transaction.atomic
def withdraw_case(case: Case, *, by, reason: str) -> None:
    """Take `case` back from the public; the reason is kept. Raises PermissionDenied and AlreadyDone."""
    case = locked(case, Case.objects.publishable_by(by))
    if not case.published:
        raise AlreadyDone(_("Not published."))
    if not reason.strip():
        raise ValidationError(_("Give a reason for the withdrawal."))
    with changing(Verb.WITHDRAWN, by, reason):
        Case.objects.filter(pk=case.pk).update(published=False, changed_at=Now())
        open_doubts.review([case.pk])


@transaction.atomic
def delete_case(case: Case, *, by, reason: str) -> None:
    """Delete `case` with its raids and lines; its history stays and can bring it back. Raises PermissionDenied."""
    case = locked(case, Case.objects.deletable_by(by))
    if not reason.strip():
        raise ValidationError(_("Give a reason for the deletion."))
    if case.parts.exists():
        raise ValidationError(_("Other cases are part of this one. Change them first."))
    with changing(Verb.DELETED, by, reason):
        case.delete()
