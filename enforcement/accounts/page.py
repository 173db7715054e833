"""The page of an account: who somebody is here, what they may do, and what is theirs."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from rest_framework.authtoken.models import Token

from cases.models import SavedView
from cases.selection import saved_views
from enforcement import roles

from . import sessions

MOST_VIEWS = 20  # on the page of the account; their own page has all


@login_required
@require_safe
def account(request):
    """Who I am here, what I may do and where, and what is mine."""
    return _account(request)


@require_POST
@login_required
def token(request):
    """Make the token of the API anew, and show it this once, or revoke it."""
    user = request.user
    if "revoke" in request.POST:
        Token.objects.filter(user=user).delete()
        messages.success(request, _("The API token is revoked."))
        return redirect("account")
    if not user.has_perm("authtoken.add_token"):
        raise PermissionDenied
    with transaction.atomic():
        Token.objects.filter(user=user).delete()
        made = Token.objects.create(user=user)
    answer = _account(request, made=made.key)
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_POST
@login_required
def end_sessions(request):
    ended = sessions.end_others(request.user, request.session.session_key)
    said = ngettext("%(count)s other session has ended.", "%(count)s other sessions have ended.", ended)
    messages.success(request, said % {"count": ended})
    return redirect("account")


def _account(request, made=""):
    user = request.user
    views = SavedView.objects.of(user).kept()[:MOST_VIEWS]
    context = {
        "roles": [
            roles.IN_WORDS.get(name, (name, "")) for name in user.groups.order_by("name").values_list("name", flat=True)
        ],
        "scopes": user.scopes.select_related("region__parent"),
        "everywhere": user.has_perm("regions.work_everywhere"),
        "views": saved_views.views_in_words(views, user),
        "token": Token.objects.filter(user=user).first(),
        "made": made,
        "places": sessions.places_of(user, request.session.session_key),
        "zone": settings.TIME_ZONE,
    }
    return TemplateResponse(request, "registration/account.html", context)
