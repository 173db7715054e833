"""The page of an account: who somebody is here, what they may do, and what is theirs."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from cases.models import SavedView
from cases.selection import saved_views
from enforcement import roles

from . import second_factor, sessions, tokens
from .models import ApiToken

MOST_LOGINS = 20  # there too; a registrar sees more
MOST_VIEWS = 20  # on the page of the account; their own page has all


@login_required
@require_safe
def account(request):
    """Who I am here, what I may do and where, and what is mine."""
    return _account(request)


@require_POST
@login_required
def make_token(request):
    """Make a token of the API, and show it this once."""
    if not request.user.has_perm("accounts.add_apitoken"):
        raise PermissionDenied
    form = tokens.TokenForm(request.POST, instance=ApiToken(user=request.user))
    if not form.is_valid():
        return _account(request, token_form=form, status=400)
    answer = _account(request, made=form.save())
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_POST
@login_required
def revoke_token(request, pk):
    get_object_or_404(request.user.api_tokens, pk=pk).delete()
    messages.success(request, _("The API token is revoked."))
    return redirect("account")


@require_POST
@login_required
def end_sessions(request):
    """End one session, which the form names, or all the others."""
    own = request.session.session_key
    if "session" in request.POST:
        ended = sessions.end(request.user, own, request.POST["session"])
    else:
        ended = sessions.end_others(request.user, own)
    said = ngettext("%(count)s other session has ended.", "%(count)s other sessions have ended.", ended)
    messages.success(request, said % {"count": ended})
    return redirect("account")


def _account(request, made="", token_form=None, status=None):
    user = request.user
    views = SavedView.objects.of(user).kept()[:MOST_VIEWS]
    context = {
        "roles": [
            roles.IN_WORDS.get(name, (name, "")) for name in user.groups.order_by("name").values_list("name", flat=True)
        ],
        "scopes": user.scopes.select_related("region__parent"),
        "everywhere": user.has_perm("regions.work_everywhere"),
        "views": saved_views.views_in_words(views, user),
        "factor": second_factor.is_on(user),
        "tokens": user.api_tokens.all(),
        "token_form": token_form or tokens.TokenForm(instance=ApiToken(user=user)),
        "made": made,
        "places": sessions.places_of(user, request.session.session_key),
        "logins": user.login_events.all()[:MOST_LOGINS],
        "zone": settings.TIME_ZONE,
    }
    return TemplateResponse(request, "registration/account.html", context, status=status)
