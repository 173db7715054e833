"""What lets a form be sent without an account: it was ours, and somebody took the trouble.

The trouble is a small calculation of the browser (ALTCHA). Who has no script answers a sum; such tips share a smaller
limit. Neither asks another server for anything, and neither needs a cookie.
"""

import base64
import binascii
import json
from datetime import timedelta
from secrets import token_hex

import altcha
from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac
from django.utils.timezone import now

LASTS = timedelta(hours=12)  # a form may lie open for so long
MOST_TRIES = 60_000  # about a second on a telephone
SIGNER = signing.TimestampSigner(salt="tip form")


def new_token() -> str:
    """A form's random number, signed."""
    return SIGNER.sign(token_hex(16))


def nonce_of(token: str) -> str:
    """The random number of a form of ours; "" of one that is not, or is too old."""
    try:
        return SIGNER.unsign(token, max_age=LASTS)
    except signing.BadSignature:
        return ""


def challenge(nonce: str) -> dict:
    """What a browser has to find out for this form: the number that gives this digest."""
    options = altcha.ChallengeOptionsV1(
        hmac_key=_key(), salt=nonce, max_number=MOST_TRIES, expires=now() + LASTS
    )  # fmt: skip
    return altcha.create_challenge_v1(options).to_dict()


def is_solved(nonce: str, payload: str) -> bool:
    """Whether `payload` is the answer to the challenge of this form, and of no other."""
    try:
        answer = altcha.PayloadV1.from_base64(payload)
        known, _problem = altcha.verify_solution_v1(answer, _key())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error):
        return False
    return known and answer.parse_salt()[0] == nonce


def solution(challenge: dict) -> str:
    """The answer that a browser finds: for tests and drills, which are no browsers."""
    found = altcha.ChallengeV1(
        challenge["algorithm"], challenge["challenge"], challenge["maxNumber"], challenge["salt"],
        challenge["signature"],
    )  # fmt: skip
    number = altcha.solve_challenge_v1(found.challenge, found.salt, found.algorithm, found.max_number, 0).number
    payload = {name: challenge[name] for name in ("algorithm", "challenge", "salt", "signature")} | {"number": number}
    return base64.b64encode(json.dumps(payload).encode()).decode()


def sum_of(nonce: str) -> tuple[int, int]:
    """The two numbers that somebody without script is asked to add."""
    digits = int(salted_hmac("tip sum", nonce, algorithm="sha256").hexdigest(), 16)
    return 2 + digits % 8, 11 + digits // 8 % 8


def is_added(nonce: str, text: str) -> bool:
    return text.strip().isdecimal() and len(text) < 10 and int(text) == sum(sum_of(nonce))


def _key():
    return salted_hmac("altcha", settings.SECRET_KEY, algorithm="sha256").hexdigest()
