"""The page of the second factor: an app, passkeys, recovery codes. Who changes it gives the password first."""

import time
from base64 import b32encode, b64decode, b64encode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from cases.leads import limits
from regions.grammar.reading import whole_number

from . import passkeys, second_factor
from .door import note_what_is_owed
from .models import Passkey, SecondFactor

OPEN_FOR = 900  # seconds after the password was given
PASSWORDS = (10, 1_000)  # tries an hour: of one account, and of all together
OPEN, KEY = "factor_open_until", "factor_new_key"  # in the session


class PasswordAgain(forms.Form):
    password = forms.CharField(
        label=gettext_lazy("Your password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self):
        if not limits.allows("password again", str(self.user.pk).encode(), *PASSWORDS):
            raise forms.ValidationError(_("Too many attempts. Try again in an hour."))
        if not self.user.check_password(self.cleaned_data["password"]):
            raise forms.ValidationError(_("This is not your password."))


@login_required
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def page(request):
    if request.method != "POST":
        return _shown(request)
    if not _is_open(request):
        return _open(request)
    does = next((does for name, does in ACTS.items() if name in request.POST), None)
    answer = does(request) if does else redirect("second-factor")
    note_what_is_owed(request)
    return answer


def _open(request):
    form = PasswordAgain(request.POST, user=request.user)
    if not form.is_valid():
        return _shown(request, password=form, status=400)
    request.session[OPEN] = time.time() + OPEN_FOR
    request.session[KEY] = b64encode(second_factor.sealed_key(second_factor.new_key())).decode()
    passkeys.new_challenge(request)
    return redirect("second-factor")


def _add_app(request):
    code = "".join(request.POST.get("code", "").split())
    codes = second_factor.turn_on(request.user, _new_key(request), code)
    if codes is None:
        return _shown(request, wrong=_("This code does not fit. Take the one that the app shows now."), status=400)
    del request.session[KEY]
    return _changed(request, codes, _("Codes of the app are asked at each login from now on."))


def _add_passkey(request):
    passkey = passkeys.made_passkey(request, request.POST.get("credential", ""))
    passkeys.new_challenge(request)
    if passkey is None:
        return _shown(request, wrong=_("The browser made no passkey that can be used here."), status=400)
    codes = second_factor.turn_on(request.user)
    passkey.factor_id = request.user.pk
    passkey.name = request.POST.get("name", "").strip()[:80] or _("Passkey")
    passkey.save()
    return _changed(request, codes, _("The passkey can be used at the next login."))


def _remove_app(request):
    second_factor.turn_off_app(request.user)
    return _changed(request, [], _("The app is no longer asked for codes."))


def _remove_passkey(request):
    number = whole_number(request.POST["remove_passkey"])
    passkey = get_object_or_404(Passkey, factor__user=request.user, pk=number)
    second_factor.remove_passkey(request.user, passkey)
    return _changed(request, [], _("The passkey is removed."))


def _new_codes(request):
    factor = get_object_or_404(SecondFactor, pk=request.user.pk)
    return _changed(request, second_factor.new_recovery_codes(factor), _("The recovery codes of before are void."))


ACTS = {
    "add_app": _add_app,
    "remove_app": _remove_app,
    "add_passkey": _add_passkey,
    "remove_passkey": _remove_passkey,
    "new_codes": _new_codes,
}


def _changed(request, codes, said):
    """Codes are shown by this answer and never again."""
    messages.success(request, said)
    return _shown(request, codes=codes) if codes else redirect("second-factor")


def _is_open(request):
    return request.session.get(OPEN, 0) > time.time()


def _new_key(request):
    return second_factor.opened_key(b64decode(request.session.get(KEY, "")))


def _shown(request, *, password=None, status=None, **more):
    factor = SecondFactor.objects.filter(pk=request.user.pk).first()
    context = {
        "factor": factor,
        "passkeys": factor.passkeys.all() if factor else [],
        "codes_left": factor.recovery_codes.count() if factor else 0,
        "is_demanded": second_factor.is_demanded_of(request.user),
        "is_open": _is_open(request),
        "password": password or PasswordAgain(user=request.user),
        **more,
    }
    if context["is_open"]:
        context["question"] = passkeys.question_to_make_one(request)
        key = KEY in request.session and _new_key(request)
        if key and not (factor and factor.sealed_key):
            address = second_factor.app_address(key, request.user)
            context |= {"qr": second_factor.picture_of(address), "key": b32encode(key).decode()}
    answer = TemplateResponse(request, "registration/second_factor.html", context, status=status)
    answer["Cache-Control"] = "private, no-store"
    return answer
