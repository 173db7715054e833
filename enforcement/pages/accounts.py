"""The door: who comes in, from where, and what is said to those who tried too often."""

import math

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.core.validators import MaxLengthValidator
from django.db.models import Max
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe


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
    """Who I am here, what I may do and where."""
    context = {
        "groups": request.user.groups.order_by("name"),
        "scopes": request.user.scopes.select_related("region__parent"),
        "everywhere": request.user.has_perm("regions.work_everywhere"),
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
