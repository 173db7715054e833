"""Passwords: what makes a bad one, who set it, and the link to a new one."""

import re
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from regions.models import Agency

from .models import GivenPassword

GIVEN_LASTS = timedelta(days=7)  # until the first login
OF_ITS_OWN = 6  # characters that a password has beside a name that everybody here knows
SHORTEST_NAME = 4  # characters; of what is written in ideographs, two
OUR_NAMES = ("Mining Enforcement", "enforcement", "cryptocurrency", "bitcoin", "mining", "挖矿", "比特币", "虚拟货币")


class NotANameFromHereValidator:
    """Refuses what is little more than the name of this site or of an agency: who guesses here tries those first."""

    def validate(self, password, user=None):
        plain = _plain(password)
        for name in _names_from_here():
            if name in plain and len(plain.replace(name, "")) < OF_ITS_OWN:
                raise ValidationError(self.get_help_text(), code="password_is_a_name_from_here")

    def get_help_text(self):
        return _("Your password cannot be the name of this site or of an agency with a few characters added.")


def _names_from_here():
    names = {*OUR_NAMES, *settings.ALLOWED_HOSTS}
    for row in Agency.objects.values_list("name_en", "name_zh", "aliases"):
        names |= {row[0], row[1], *row[2]}
    return {name for name in map(_plain, names) if len(name) >= (SHORTEST_NAME if name.isascii() else 2)}


def _plain(text):
    return re.sub(r"[\W\d_]", "", text).casefold()


def give(user):
    """Note that somebody else has set the password of `user`."""
    if user.has_usable_password():
        GivenPassword.objects.update_or_create(user=user, defaults={"given_at": timezone.now()})
    else:
        GivenPassword.objects.filter(user=user).delete()


def must_be_changed(user):
    return not settings.DEMO and GivenPassword.objects.filter(user=user).exists()


def has_expired(user):
    """Whether the password was set by somebody else, and is not good for a first login any more."""
    until = timezone.now() - GIVEN_LASTS
    return not settings.DEMO and GivenPassword.objects.filter(user=user, given_at__lt=until).exists()


def path_for(user):
    """Where `user` chooses a password: for a day, and until they have chosen one or logged in."""
    row = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("password_reset_confirm", args=[row, default_token_generator.make_token(user)])
