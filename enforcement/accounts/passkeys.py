"""Passkeys (WebAuthn): what the browser is asked, and whether its answer is right. The library does the arithmetic."""

import json
from secrets import token_urlsafe

import webauthn
from django.conf import settings
from django.http.request import split_domain_port
from django.utils import timezone
from django.utils.crypto import salted_hmac
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from .models import Passkey

CHALLENGE = "passkey_challenge"  # in the session
LARGEST = 20_000  # characters of an answer


def new_challenge(request):
    """What the next answer has to sign. Only a request that changes something may make one."""
    request.session[CHALLENGE] = token_urlsafe(32)


def question_to_make_one(request):
    """What the browser is asked to make a passkey, as plain data."""
    user = request.user
    options = webauthn.generate_registration_options(
        rp_id=_host(request),
        rp_name=settings.SITE_NAME,
        challenge=_challenge(request),
        user_id=salted_hmac("passkey", str(user.pk), algorithm="sha256").digest(),
        user_name=user.get_username(),
        exclude_credentials=_of(user),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.PREFERRED,
        ),
    )
    return json.loads(webauthn.options_to_json(options))


def question_to_use_one(request, user):
    """What the browser is asked to prove that it holds a passkey of `user`, as plain data; None where there is none."""
    known = _of(user)
    if not known:
        return None
    options = webauthn.generate_authentication_options(
        rp_id=_host(request), challenge=_challenge(request), allow_credentials=known
    )
    return json.loads(webauthn.options_to_json(options))


def made_passkey(request, answer):
    """The Passkey of a browser's answer, not saved; None where the answer is not right."""
    try:
        found = webauthn.verify_registration_response(credential=answer[:LARGEST], **_expected(request))
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError):
        return None
    return Passkey(credential=found.credential_id, public_key=found.credential_public_key, sign_count=found.sign_count)


def passkey_is_right(request, user, answer):
    """Whether the browser proved that it holds a passkey of `user`."""
    try:
        credential = webauthn.helpers.parse_authentication_credential_json(answer[:LARGEST])
        passkey = Passkey.objects.filter(factor__user=user, credential=credential.raw_id).first()
        if passkey is None:
            return False
        found = webauthn.verify_authentication_response(
            credential=credential,
            credential_public_key=bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            **_expected(request),
        )
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError):
        return False
    passkey.sign_count, passkey.used_on = found.new_sign_count, timezone.localdate()
    passkey.save()
    return True


def _challenge(request):
    return request.session.get(CHALLENGE, "").encode() or b"none was made"


def _expected(request):
    """A challenge is good for one answer; who has none gets no answer right."""
    challenge = request.session.pop(CHALLENGE, "") or token_urlsafe(32)
    return {
        "expected_challenge": challenge.encode(),
        "expected_rp_id": _host(request),
        "expected_origin": f"{request.scheme}://{request.get_host()}",
    }


def _host(request):
    return split_domain_port(request.get_host())[0]


def _of(user):
    known = Passkey.objects.filter(factor__user=user)
    return [PublicKeyCredentialDescriptor(id=bytes(passkey.credential)) for passkey in known]
