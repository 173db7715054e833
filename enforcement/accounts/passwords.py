"""Passwords: what makes a bad one, who set it, and the link to a new one."""

import hashlib
import logging
import re
from bisect import bisect_left
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

logger = logging.getLogger(__name__)

GIVEN_LASTS = timedelta(days=7)  # until the first login
SHORTEST_PREFIX = 8  # digits of a digest that a line of breached passwords has at least
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


class NotBreachedValidator:
    """Refuses what is in the file of breached passwords at `path`: no call leaves the server.

    Each line of the file begins with the SHA-1 of a password in hexadecimal digits, and lines are sorted by it, as
    Pwned Passwords are downloaded. Lines of prefixes (8 digits or more) make a shorter file, which refuses some more.
    """

    def __init__(self, path):
        self.path = path

    def validate(self, password, user=None):
        digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
        try:
            breached = is_listed(self.path, digest)
        except OSError as problem:
            logger.error("The file of breached passwords cannot be read: %s", problem)
            raise ValidationError(_("No password can be changed at the moment. Try again later.")) from problem
        if breached:
            raise ValidationError(
                _("This password was in a breach of another site, so it is tried early. Choose another."),
                code="password_is_breached",
            )

    def get_help_text(self):
        return _("Your password cannot be one that is known from a breach.")


def is_listed(path, digest):
    """Whether a line of the sorted file is `digest` or a prefix of it: found by bisection, so any length will do."""
    begins = digest[:SHORTEST_PREFIX]
    with path.open("rb") as file:
        places = range(file.seek(0, 2))
        first = bisect_left(places, begins, key=lambda place: _digits_from(file, place)[:SHORTEST_PREFIX])
        found = _digits_from(file, first)
        while found.startswith(begins):
            if digest.startswith(found):
                return True
            found = _digits_of(file.readline())
    return False


def _digits_from(file, place):
    """Those of the first line that begins at `place` or after it."""
    file.seek(max(place - 1, 0))
    if place:
        file.readline()
    return _digits_of(file.readline())


def _digits_of(line):
    """The digits before what a download adds, as ":12"; of the end of the file what comes after all digits."""
    return line.decode("ascii", "replace").partition(":")[0].strip().upper() or "~"


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
