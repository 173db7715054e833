"""The door: who comes in, from where, what is said to those who tried too often, and what is asked first."""

import math
import time
from threading import Thread

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model, login
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm, PasswordResetForm
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import MaxLengthValidator
from django.db.models import Max
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from cases.leads import limits

from . import logins, passkeys, passwords, second_factor, spraying
from .models import GivenPassword, LoginWay

# What may be asked while something is owed, beside the page where it is done.
ALWAYS_OPEN = ("logout", "set_language", "healthz", "readyz")
HALF = "half_way_in"  # in the session of who gave the right password and not yet the second factor
HALF_LASTS = 300  # seconds
PROVIDER = "provider_vouches_for"  # in the session: "" after a login with a password, or what a provider has asked for
ONE_FACTOR, BOTH_FACTORS = "one factor", "both factors"
MAILS = (5, 200)  # an hour, for a new password: from one address, and from all together


def client_address(request):
    """The address that a request comes from: with HTTPS as the one proxy in front says, otherwise nobody's word."""
    if settings.HTTPS:
        passed_on = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        return passed_on or request.META.get("REMOTE_ADDR")
    return request.META.get("REMOTE_ADDR")


def _sender_of(request):
    """What stands for the address of a request in the counts of this hour."""
    return limits.sender_of(client_address(request) or "")


def locked_out(request, response=None, credentials=None):
    """Too many tries for this name from this address: 429, and when to come again."""
    name = (credentials or {}).get("username", "")
    tried = AccessAttempt.objects.filter(username=name, ip_address=client_address(request))
    last = tried.aggregate(Max("attempt_time"))["attempt_time__max"] or timezone.now()
    seconds = max(1, (last + settings.AXES_COOLOFF_TIME - timezone.now()).total_seconds())
    answer = render(request, "registration/locked_out.html", {"minutes": math.ceil(seconds / 60)}, status=429)
    answer["Retry-After"] = str(math.ceil(seconds))
    return answer


class LoginForm(AuthenticationForm):
    """Refuses names that are longer than any: what counts failed attempts has no room for them.

    From an address that many wrong passwords came from, no password is looked at before a proof of work is there.
    """

    def clean(self):
        sender = _sender_of(self.request)
        if spraying.is_slowed(sender):
            spraying.check_proof(sender, self.data)
        try:
            return super().clean()
        except ValidationError:
            spraying.note_failure(sender)
            name = self.cleaned_data.get("username", "")
            logins.note_refusal(get_user_model().objects.filter(username=name).first(), LoginWay.PASSWORD)
            raise

    def clean_username(self):
        name = self.cleaned_data["username"]
        MaxLengthValidator(self.fields["username"].max_length)(name)
        return name

    def confirm_login_allowed(self, user):
        super().confirm_login_allowed(user)
        if passwords.has_expired(user):
            raise ValidationError(_("This first password was not used for a week. Ask a registrar for a link."))


class Login(auth_views.LoginView):
    form_class = LoginForm

    def get_context_data(self, **kwargs):
        sender = _sender_of(self.request)
        asked = spraying.question() if spraying.is_slowed(sender) else {}
        return super().get_context_data(**kwargs) | asked | {"single_sign_on": bool(settings.OIDC_ISSUER)}

    def form_invalid(self, form):
        answer = super().form_invalid(form)
        if form.has_error(NON_FIELD_ERRORS, "slowed"):
            answer.status_code, answer["Retry-After"] = 429, "1"
        return answer

    def form_valid(self, form):
        return come_in(self.request, form.get_user(), self.get_redirect_url())


def come_in(request, user, next_page, vouched=""):
    """Log `user` in, or ask for the second factor first. `vouched`: what a provider was given; "" after a password."""
    if not second_factor.is_on(user) or vouched == BOTH_FACTORS:
        way = LoginWay.PROVIDER if vouched else LoginWay.PASSWORD
        return _let_in(request, user, user.backend, next_page, vouched, way)
    request.session[HALF] = {
        "user": user.pk,
        "backend": user.backend,
        "password": user.get_session_auth_hash(),
        "next": next_page,
        "vouched": vouched,
        "until": time.time() + HALF_LASTS,
    }
    passkeys.new_challenge(request)
    return redirect("login-code")


def _let_in(request, user, backend, next_page, vouched, way):
    login(request, user, backend)
    logins.note_login(user, way)
    request.session[PROVIDER] = vouched
    note_what_is_owed(request)
    return redirect(next_page or settings.LOGIN_REDIRECT_URL)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
def login_code(request):
    """The second half of a login: a code of the app, a passkey, or a recovery code."""
    user = _half_way_in(request)
    if user is None:
        if request.method == "POST":
            messages.error(request, _("Log in again: the code was not given within five minutes."))
        return redirect("login")
    problem = ""
    if request.method == "POST":
        way = LoginWay.PASSKEY if request.POST.get("credential") else LoginWay.CODE
        try:
            if way == LoginWay.PASSKEY:
                right = passkeys.passkey_is_right(request, user, request.POST["credential"])
            else:
                right = second_factor.code_is_right(user, request.POST.get("code", ""))
        except second_factor.Wait as wait:
            said = ngettext(
                "Too many wrong codes. Wait %(n)s second.", "Too many wrong codes. Wait %(n)s seconds.", wait.seconds
            )
            right, problem = False, said % {"n": wait.seconds}
        if right:
            half = request.session.pop(HALF)
            return _let_in(request, user, half["backend"], half["next"], half["vouched"], way)
        logins.note_refusal(user, way)
        problem = problem or _("This code is not right.")
        passkeys.new_challenge(request)
    context = {"problem": problem, "question": passkeys.question_to_use_one(request, user)}
    return TemplateResponse(request, "registration/login_code.html", context, status=400 if problem else None)


def _half_way_in(request):
    """Who gave the right password a moment ago, and still has it."""
    half = request.session.get(HALF) or {}
    if half.get("until", 0) < time.time():
        return None
    user = get_user_model().objects.filter(pk=half["user"], is_active=True).first()
    if user is None or not constant_time_compare(user.get_session_auth_hash(), half["password"]):
        return None
    return user if second_factor.is_on(user) else None


class Logout(auth_views.LogoutView):
    """Nothing of the session stays in the browser."""

    def post(self, request, *args, **kwargs):
        if request.user.is_authenticated:
            logins.note_logout(request.user)
        answer = super().post(request, *args, **kwargs)
        answer["Clear-Site-Data"] = '"storage"'
        return answer


def note_what_is_owed(request):
    """Keep in the session what this person does before anything else: the names of pages."""
    vouched = request.session.get(PROVIDER, "")
    owed = ["password_change"] if not vouched and passwords.must_be_changed(request.user) else []
    has_both = vouched == BOTH_FACTORS or second_factor.is_on(request.user)
    if second_factor.is_demanded_of(request.user) and not has_both:
        owed.append("second-factor")
    if owed:
        request.session["owed"] = owed
    else:
        request.session.pop("owed", None)


def first_things_first(get_response):
    """Who owes a new password or a second factor sees only the page where it is chosen."""

    def middleware(request):
        owed = settings.SESSION_COOKIE_NAME in request.COOKIES and request.session.get("owed")
        if not owed or request.path_info in map(reverse, (owed[0], *ALWAYS_OPEN)):
            return get_response(request)
        if request.path_info.startswith("/api/"):
            return JsonResponse(
                {"detail": _("Log in with a browser first: something is asked of you there.")}, status=403
            )
        return redirect(owed[0])

    return middleware


class PasswordChange(auth_views.PasswordChangeView):
    """Another password; every other session of the same person ends."""

    template_name = "registration/password_change.html"
    success_url = reverse_lazy("account")

    def form_valid(self, form):
        answer = super().form_valid(form)
        GivenPassword.objects.filter(user=form.user).delete()
        note_what_is_owed(self.request)
        messages.success(self.request, _("The password is changed; your other sessions have ended."))
        return answer


class MailForm(PasswordResetForm):
    """Answers at the same speed whether there is such an account: a thread sends the mail."""

    def send_mail(self, *args, **kwargs):
        Thread(target=self._send, args=(get_language(), *args), kwargs=kwargs).start()

    def _send(self, language, *args, **kwargs):
        with override(language):
            super().send_mail(*args, **kwargs)


class Forgotten(auth_views.PasswordResetView):
    """Send a link by mail, and say the same whether there is an account with that address or not."""

    form_class = MailForm
    template_name = "registration/password_forgotten.html"
    email_template_name = "registration/password_mail.txt"
    subject_template_name = "registration/password_mail_subject.txt"
    extra_context = {"folder": settings.EMAIL_FILE_PATH, "mail_is_sent": settings.MAIL_IS_SENT}

    def form_valid(self, form):
        sender = _sender_of(self.request)
        if settings.MAIL_IS_SENT and limits.allows("mail for a password", sender, *MAILS):
            form.save(
                request=self.request,
                use_https=self.request.is_secure(),
                email_template_name=self.email_template_name,
                subject_template_name=self.subject_template_name,
            )
        return self.render_to_response(self.get_context_data(form=form, sent=True))


class Choose(auth_views.PasswordResetConfirmView):
    """The page that a link leads to, from a mail or from a registrar."""

    template_name = "registration/password_choose.html"
    success_url = reverse_lazy("login")

    def form_valid(self, form):
        answer = super().form_valid(form)
        GivenPassword.objects.filter(user=self.user).delete()
        messages.success(self.request, _("The password is set, and all sessions have ended. Log in with it."))
        return answer
