"""Every change is signed with its verb and its author, and made under the lock of its case."""

import pghistory
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.utils.translation import pgettext_lazy

from cases.models import Case
from regions.loading import edits


class Verb(models.TextChoices):
    """What a change of the history did. The values are stored with each change: never rename them."""

    LOADED = edits.LOADED, pgettext_lazy("history", "Loaded from the public record")
    ENTERED = "record", pgettext_lazy("history", "Entered")
    EDITED = "edit", pgettext_lazy("history", "Edited")
    DETAILS_ADDED = "add", pgettext_lazy("history", "Details added")
    PUBLISHED = "publish", pgettext_lazy("history", "Published")
    WITHDRAWN = "withdraw", pgettext_lazy("history", "Withdrawn")
    DOUBT_ANSWERED = "answer", pgettext_lazy("history", "Doubt answered")
    DELETED = "delete", pgettext_lazy("history", "Deleted")
    MERGED = "merge", pgettext_lazy("history", "Merged")
    IMPORTED = "import", pgettext_lazy("history", "Imported")
    UNDONE = "undo", pgettext_lazy("history", "Undone")
    DOCUMENT_ADDED = "add document", pgettext_lazy("history", "Document added")
    DOCUMENT_REMOVED = "remove document", pgettext_lazy("history", "Document removed")
    DISPOSAL_RECORDED = "dispose", pgettext_lazy("history", "Disposal recorded")
    DISPOSAL_UNDONE = "take back", pgettext_lazy("history", "Disposal undone")
    LEAD_WORKED_ON = "lead", pgettext_lazy("history", "Lead worked on")
    FACTORS_REVISED = "revise", pgettext_lazy("history", "Factors revised")
    METER_CLEARED = "clear", pgettext_lazy("history", "Meter cleared")
    WEIGHTS_ADOPTED = "weigh", pgettext_lazy("history", "Weights of the screening changed")
    CLEARANCE_TAKEN_BACK = "suspect again", pgettext_lazy("history", "Clearance taken back")


class AlreadyDone(ValidationError):
    """The case is already as requested: another person was faster, or the same person pressed twice."""


def changing(verb: Verb, by, reason: str = "", **details):
    """Everything written inside is one change of the history, made by `by` (a user, or the name of a command)."""
    author = {"name": by} if isinstance(by, str) else {"user": by.pk, "name": by.get_username()}
    return pghistory.context(verb=verb.value, **author, **({"reason": reason} if reason else {}), **details)


def locked(case: Case, allowed) -> Case:
    """`case` as it is now, its row locked until the transaction ends. Raises PermissionDenied."""
    # no_key: a row of another case that only refers to this case does not wait.
    now = Case.objects.select_for_update(no_key=True).filter(pk=case.pk).first()
    if now is None or not allowed.filter(pk=case.pk).exists():
        raise PermissionDenied
    return now
