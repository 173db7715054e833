"""Many passwords tried from one address, under many names: each further try costs a calculation, and nobody is refused.

An office behind one address shares its count. Who has the right password gets in after about a second of work of their
browser; who tries thousands pays thousands of times. Without script a sum is asked, of which an hour has few. It is
counted by `cases.leads.limits`: on this server, in memory, for an hour, and no address is kept.
"""

from django.core.exceptions import ValidationError
from django.core.signing import BadSignature
from django.utils.translation import gettext as _

from cases.leads import limits, proof

FREE = 20  # wrong passwords an hour from one address, of whatever names
SUMS = (30, 600)  # tries an hour without the calculation: of one address, and of all together
LASTS = 900  # seconds that a login page may lie open
ALL = 1_000_000  # more than anybody reaches: only counted


def note_failure(sender):
    limits.allows("wrong password", sender, ALL, ALL)


def is_slowed(sender):
    return limits.times("wrong password", sender) >= FREE


def question():
    """What the login page of a slowed address asks."""
    token = proof.new_token()
    nonce = proof.nonce_of(token)
    return {"token": token, "challenge": proof.challenge(nonce), "sum": proof.sum_of(nonce)}


def check_proof(sender, typed):
    """Let an answer pass once; raise ValidationError for any other, before a password is looked at."""
    try:
        nonce = proof.SIGNER.unsign(typed.get("token", ""), max_age=LASTS)
    except BadSignature:
        nonce = ""
    if nonce and limits.allows("proof of a login", nonce.encode(), 1, ALL):
        if proof.is_solved(nonce, typed.get("proof", "")):
            return
        if proof.is_added(nonce, typed.get("sum", "")) and limits.allows("login by a sum", sender, *SUMS):
            return
    raise ValidationError(
        _("Many wrong passwords came from your network. Try again: your browser now proves that it is no robot."),
        code="slowed",
    )
