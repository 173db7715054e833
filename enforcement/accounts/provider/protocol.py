"""OpenID Connect: where a login at the provider begins, and what its answer says once all of it is checked.

The code flow with PKCE, a state and a nonce, each good once. Metadata and keys are asked for anew at each login: a key
that the provider takes back is not believed any more. Needs the packages of the extra `oidc`.
"""

import logging
from typing import NamedTuple

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import DjangoIntegration, DjangoOAuth2App
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from joserfc.errors import JoseError

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
PATIENCE = 10  # seconds for each answer of the provider
LEEWAY = 60  # seconds that its clock may be wrong
# What the libraries raise when an answer is not as it must be.
WRONG_ANSWERS = (AuthlibBaseError, JoseError, ValueError, TypeError, AttributeError, KeyError, RuntimeError)

logger = logging.getLogger(__name__)


class Failed(Exception):
    """Why nobody can be let in, as a sentence for who tries."""


class Person(NamedTuple):
    """Whom the provider names, and whether it asked them for a second factor too."""

    issuer: str
    subject: str
    gave_both_factors: bool


def address_to_ask(request):
    """The address at the provider where the login goes on; what must come back is noted in the session."""
    return _asking(_address_to_ask, request)


def person_in_answer(request):
    """The `Person` of the answer that this request brings. Raises Failed for any answer that is not beyond doubt."""
    if request.GET.get("error") == "access_denied":
        raise Failed(_("The single sign-on was cancelled. Nobody is logged in."))
    return _asking(_person_in_answer, request)


def _asking(ask, request):
    try:
        return ask(_client(), request)
    except requests.RequestException as problem:
        logger.warning("The provider of the single sign-on does not answer: %s", type(problem).__name__)
        raise Failed(_("The single sign-on does not answer. Try again later, or use your password.")) from problem
    except WRONG_ANSWERS as problem:
        logger.warning("The single sign-on is refused: %r", problem)
        raise Failed(_("The answer of the single sign-on is not valid here. Begin again.")) from problem


def _client():
    client = DjangoOAuth2App(
        DjangoIntegration("provider"),
        "provider",
        client_id=settings.OIDC_CLIENT,
        client_secret=settings.OIDC_SECRET,
        server_metadata_url=f"{settings.OIDC_ISSUER.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid",
            "code_challenge_method": "S256",
            "default_timeout": PATIENCE,
            "max_redirects": 0,
        },
    )
    metadata = client.load_server_metadata()
    if metadata["issuer"] != settings.OIDC_ISSUER:
        raise ValueError("another issuer in the metadata")
    metadata["id_token_signing_alg_values_supported"] = ALGORITHMS  # ours, whatever it would sign with
    return client


def _address_to_ask(client, request):
    back = request.build_absolute_uri(reverse("login-provider-back"))
    question = client.create_authorization_url(back)
    client.save_authorize_data(request, redirect_uri=back, **question)
    return question["url"]


def _person_in_answer(client, request):
    must_be = {
        "iss": {"essential": True, "value": settings.OIDC_ISSUER},
        "aud": {"essential": True, "value": settings.OIDC_CLIENT},
    }
    told = client.authorize_access_token(request, claims_options=must_be, leeway=LEEWAY)["userinfo"]
    if not isinstance(told["sub"], str) or not told["sub"]:
        raise ValueError("no subject")
    ways = {told.get("acr"), *(told.get("amr") or [])}
    return Person(told["iss"], told["sub"], not ways.isdisjoint(settings.OIDC_SECOND_FACTOR))
