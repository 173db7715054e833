"""Tokens of the API: made and revoked by their owner, shown once, good for reading, and not for ever."""

from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS

from .models import ApiToken

MOST = 10  # of one account
DAYS = (30, 90, 365)
MARK = "me_"  # begins every token, so that programs that look for secrets in files find them


class TokenForm(forms.ModelForm):
    days = forms.TypedChoiceField(
        label=pgettext_lazy("token", "Expires"),
        coerce=int,
        initial=90,
        choices=lambda: [(days, ngettext("in %(n)s day", "in %(n)s days", days) % {"n": days}) for days in DAYS],
    )

    class Meta:
        model = ApiToken
        fields = ["name"]

    def clean(self):
        if self.instance.user.api_tokens.count() >= MOST:
            raise forms.ValidationError(_("You have ten tokens: revoke one first."))
        return super().clean()

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() - {"user"}  # the name is once an account

    def save(self):
        return issue_token(self.instance.user, self.cleaned_data["name"], self.cleaned_data["days"])


def issue_token(user, name, days):
    """A new token of `user`, as it is sent: it cannot be read again."""
    token = MARK + token_urlsafe(32)
    ApiToken.objects.create(
        user=user,
        name=name,
        digest=token_digest(token),
        ends_with=token[-4:],
        expires_at=timezone.now() + timedelta(days=days),
    )
    return token


def token_digest(token):
    """A fast digest is enough: nobody guesses 256 random bits."""
    return sha256(token.encode()).hexdigest()


class ReadingToken(TokenAuthentication):
    """`Authorization: Token …`: what its owner sees, and nothing is changed with it."""

    def authenticate(self, request):
        found = super().authenticate(request)
        if found and request.method not in SAFE_METHODS:
            raise PermissionDenied(_("A token only reads."))
        return found

    def authenticate_credentials(self, key):
        token = ApiToken.objects.select_related("user").filter(digest=token_digest(key)).first()
        if token is None or not token.user.is_active:
            raise AuthenticationFailed(_("This token is not valid."))
        if token.has_expired:
            raise AuthenticationFailed(_("This token has expired: make a new one on the page of your account."))
        today = timezone.localdate()
        if token.used_on != today:
            ApiToken.objects.filter(pk=token.pk).update(used_on=today)
        return token.user, token
