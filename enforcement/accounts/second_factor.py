"""The second factor: codes of an app (TOTP), passkeys, and codes for who has lost both."""

import secrets
from base64 import b32encode
from datetime import timedelta
from urllib.parse import quote

import nacl.exceptions
import nacl.secret
import segno
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp.oath import TOTP

from .models import RecoveryCode, SecondFactor

DIGITS, STEP = 6, 30
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that is read as something else
CODES, LENGTH = 10, 12  # 59 bits each
LONGEST_WAIT = 900  # seconds


class Wait(Exception):
    """Too many wrong codes: the next one is read after `seconds`."""

    def __init__(self, until):
        self.seconds = max(1, round((until - timezone.now()).total_seconds()))


def is_on(user):
    return SecondFactor.objects.filter(pk=user.pk).exists()


def is_demanded_of(user):
    """Whether the office asks it of somebody with these roles."""
    roles = set(user.groups.values_list("name", flat=True)) | ({"Administrator"} if user.is_superuser else set())
    return not roles.isdisjoint(settings.SECOND_FACTOR_ROLES)


# The app


def new_key():
    return secrets.token_bytes(20)


def app_address(key, user):
    """What the app reads from the picture."""
    site = quote(settings.SITE_NAME)
    secret = b32encode(key).decode()
    return f"otpauth://totp/{site}:{quote(user.get_username())}?secret={secret}&issuer={site}&digits={DIGITS}"


def picture_of(address):
    """A QR code as SVG; dark on light also on a dark page, as not every app reads the other way."""
    return segno.make_qr(address, error="m").svg_inline(scale=4, border=3, dark="#000", light="#fff")


def sealed_key(key):
    return _box().encrypt(key)


def opened_key(sealed):
    """The key; None where the secret key of the site is another one by now."""
    try:
        return _box().decrypt(bytes(sealed))
    except nacl.exceptions.CryptoError:
        return None


def _box():
    return nacl.secret.SecretBox(salted_hmac("second factor", "", algorithm="sha256").digest())


def fits(key, code, factor):
    """Whether `code` is the app's of now, a step before or a step after; one that was used does not fit again."""
    app = TOTP(key, STEP, 0, DIGITS, factor.drift)
    if not app.verify(int(code), tolerance=1, min_t=factor.last_t + 1):
        return False
    factor.last_t, factor.drift = app.t(), max(-2, min(2, app.drift))
    return True


@transaction.atomic
def turn_on(user, key=None, code=""):
    """Ask this account for codes of the app with `key`, which `code` proves it has; without a key only note the factor.

    Returns the new recovery codes, [] where there are some already, and None where the code is wrong.
    """
    factor = SecondFactor.objects.select_for_update().filter(pk=user.pk).first() or SecondFactor(user=user)
    is_new = factor._state.adding
    if key:
        factor.last_t, factor.drift = -1, 0
        if not _is_code(code) or not fits(key, code, factor):
            return None
        factor.sealed_key = sealed_key(key)
    factor.save()
    return new_recovery_codes(factor) if is_new else []


def turn_off_app(user):
    SecondFactor.objects.filter(pk=user.pk).update(sealed_key=None)
    _forget_an_empty_one(user)


def remove_passkey(user, passkey):
    passkey.delete()
    _forget_an_empty_one(user)


def _forget_an_empty_one(user):
    SecondFactor.objects.filter(pk=user.pk, sealed_key=None, passkeys=None).delete()


def reset(user):
    """Take the second factor away from who has lost it. Returns whether there was one."""
    return SecondFactor.objects.filter(pk=user.pk).delete()[0] > 0


# Codes


def new_recovery_codes(factor):
    """Ten new codes, shown this once; the ones before are void."""
    factor.recovery_codes.all().delete()
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(factor=factor, digest=_digest(factor, code)) for code in codes)
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes]


def code_is_right(user, text):
    """Whether `text` is a code of the app or a recovery code of `user`, which it uses up. Raises Wait."""
    code = "".join(text.split()).replace("-", "").lower()[:40]
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().get(pk=user.pk)
        if factor.wait_until and factor.wait_until > timezone.now():
            raise Wait(factor.wait_until)
        right = _fits_app(factor, code) or factor.recovery_codes.filter(digest=_digest(factor, code)).delete()[0] > 0
        if right:
            factor.failures, factor.wait_until = 0, None
        else:
            factor.failures += 1
            seconds = min(LONGEST_WAIT, 2 ** min(factor.failures, 20) // 2)
            factor.wait_until = timezone.now() + timedelta(seconds=seconds)
        factor.save()
    return right


def _is_code(code):
    return len(code) == DIGITS and code.isascii() and code.isdigit()


def _fits_app(factor, code):
    key = factor.sealed_key and opened_key(factor.sealed_key)
    return bool(key) and _is_code(code) and fits(key, code, factor)


def _digest(factor, code):
    return salted_hmac("recovery code", f"{factor.pk} {code}", algorithm="sha256").hexdigest()
