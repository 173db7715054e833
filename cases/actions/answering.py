"""A doubt is answered: why a figure that looks wrong is right."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from cases.doubts import open_doubts
from cases.doubts.rules import Doubt
from cases.models import Case, OpenDoubt, Reason

from .signing import AlreadyDone, Verb, changing, locked


@transaction.atomic
def answer_doubt(case: Case, doubt: Doubt, *, by, reason: str) -> None:
    """Keep the reason why what looks wrong about `case` is right. Raises PermissionDenied."""
    case = locked(case, Case.objects.editable_by(by))
    if not reason.strip():
        raise ValidationError(_("Give a reason why the data is correct."))
    if not OpenDoubt.objects.filter(case=case, rule=doubt.rule).exists():
        raise AlreadyDone(_("Already answered."))
    with changing(Verb.DOUBT_ANSWERED, by, reason):
        keep_reasons(case, [(doubt.rule, doubt.text, reason)], by)
        open_doubts.review([case.pk])


def keep_reasons(case: Case, reasons: list[tuple[str, str, str]], by) -> None:
    for rule, doubt, reason in reasons:
        Reason.objects.create(case=case, rule=rule, doubt=doubt, reason=reason, by=by)
