"""The door: who comes in, from where, what is said to those who tried too often, and what is asked first."""

import math
from threading import Thread

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import AuthenticationForm, PasswordResetForm
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db.models import Max
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from cases.leads import limits

from . import passwords
from .models import GivenPassword

# What may be asked while something is owed, beside the page where it is done.
ALWAYS_OPEN = ("logout", "set_language", "healthz", "readyz")
MAILS = (5, 200)  # an hour, for a new password: from one address, and from all together


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


class LoginForm(AuthenticationForm):
    """Refuses names that are longer than any: what counts failed attempts has no room for them."""

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

    def form_valid(self, form):
        answer = super().form_valid(form)
        note_what_is_owed(self.request)
        return answer


def note_what_is_owed(request):
    """Keep in the session what this person does before anything else: the names of pages."""
    owed = ["password_change"] if passwords.must_be_changed(request.user) else []
    if owed:
        request.session["owed"] = owed
    else:
        request.session.pop("owed", None)


def first_things_first(get_response):
    """Who owes a new password sees only the page where it is chosen."""

    def middleware(request):
        owed = settings.SESSION_COOKIE_NAME in request.COOKIES and request.session.get("owed")
        if not owed or request.path_info in map(reverse, (*owed, *ALWAYS_OPEN)):
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
        sender = limits.sender_of(client_address(self.request) or "")
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
