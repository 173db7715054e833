"""Pages that ask before they act: GET asks, POST acts."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from cases.actions.signing import AlreadyDone
from cases.models import Case

may_get_and_post = require_http_methods(["GET", "HEAD", "POST"])


def confirm(request, case, verb, act, done, *, back=None, **details):
    """Ask by `cases/confirm/<verb>.html`, then `act`, say `done`, and go `back`, or to the case.

    What is refused comes back with its reason and what was typed, 400 or, too late, 409.
    """
    reason = request.POST.get("reason", "")
    context, status = {"case": case, "reason": reason, **details}, 200
    if request.method == "POST":
        refusal = _refusal(act, case, by=request.user, reason=reason)
        if refusal is None:
            messages.success(request, done)
            return redirect(back or case)
        context["problem"] = refusal.messages[0]
        status = 409 if isinstance(refusal, AlreadyDone) else 400
    return TemplateResponse(request, f"cases/confirm/{verb}.html", context, status=status)


def _refusal(act, case, *, by, reason):
    """Do `act`. The ValidationError that refuses it, or None. Raises Http404 if the case was deleted in between."""
    try:
        act(by=by, reason=reason)
    except ValidationError as refusal:
        return refusal
    except PermissionDenied:
        if not Case.objects.filter(pk=case.pk).exists():
            raise Http404 from None
        raise
    return None
