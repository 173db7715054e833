"""Every change is signed, and made under the lock of its case."""

import pghistory
from django.core.exceptions import PermissionDenied, ValidationError

from cases.models import Case


class AlreadyDone(ValidationError):
    """It is as asked already: somebody else was quicker, or the same person pressed twice."""


def changing(verb, by, reason="", **more):
    """What is written inside is one change of the history, made by `by` (a user, or the name of a command)."""
    who = {"name": by} if isinstance(by, str) else {"user": by.pk, "name": by.get_username()}
    return pghistory.context(verb=verb, **who, **({"reason": reason} if reason else {}), **more)


def locked(case, allowed):
    """`case` as it stands now, its row locked to the end of the transaction. Raises PermissionDenied."""
    # A row that points here, of another case that looks like this one, need not wait.
    now = Case.objects.select_for_update(no_key=True).filter(pk=case.pk).first()
    if now is None or not allowed.filter(pk=case.pk).exists():
        raise PermissionDenied
    return now
