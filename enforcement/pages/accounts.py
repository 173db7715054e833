"""The door: who comes in, from where, and what is said to those who tried too often."""

import math

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxLengthValidator
from django.db import transaction
from django.db.models import Max
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from rest_framework.authtoken.models import Token

from cases.models import SavedView
from cases.selection import saved_views
from enforcement import roles

from . import sessions

MOST_VIEWS = 20  # on the page of the account; their own page has all


def client_address(request):
    """The address that a request comes from: with HTTPS as the one proxy in front says, otherwise nobody's word."""
    if settings.HTTPS:
        passed_on = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        return passed_on or request.META.get("REMOTE_ADDR")
    return request.META.get("REMOTE_ADDR")


def locked_out(request, response=None, credentials=None):
    """Too many tries for this name from this address: 429, and when to come again."""
    name = (credentials or {}).get("username", "")
    tried = AccessAttempt.objects.filter(username=name, ip_address=client_address(request))
    last = tried.aggregate(Max("attempt_time"))["attempt_time__max"] or timezone.now()
    seconds = max(1, (last + settings.AXES_COOLOFF_TIME - timezone.now()).total_seconds())
    answer = render(request, "registration/locked_out.html", {"minutes": math.ceil(seconds / 60)}, status=429)
    answer["Retry-After"] = str(math.ceil(seconds))
    return answer


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


class LoginForm(AuthenticationForm):
    """Refuses names that are longer than any: what counts failed attempts has no room for them."""

    def clean_username(self):
        name = self.cleaned_data["username"]
        MaxLengthValidator(self.fields["username"].max_length)(name)
        return name


class PasswordChange(auth_views.PasswordChangeView):
    """Another password; every other session of the same person ends."""

    template_name = "registration/password_change.html"
    success_url = reverse_lazy("account")

    def form_valid(self, form):
        answer = super().form_valid(form)
        messages.success(self.request, _("The password is changed; your other sessions have ended."))
        return answer
