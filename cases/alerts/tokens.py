"""Links that need no login: whoever has one changes or ends that one follow, and sees nothing else of it."""

from datetime import timedelta
from uuid import UUID

from django.core.signing import BadSignature, Signer, TimestampSigner

from cases.models import Follow

UNCONFIRMED = timedelta(days=7)  # that an address may be confirmed
_OF = Signer(salt="cases.alerts.follow", sep=".")
_TO_CONFIRM = TimestampSigner(salt="cases.alerts.confirm", sep=".")


def of(follow):
    return _OF.sign(follow.pk.hex)


def to_confirm(follow):
    return _TO_CONFIRM.sign(follow.pk.hex)


def follow_with(token):
    """The follow of a link to change or end it; None where it is not followed any more. Raises BadSignature."""
    return Follow.objects.select_related("owner").filter(pk=UUID(_OF.unsign(token))).first()


def follow_to_confirm(token):
    """The same of a link that confirms an address; None also where the link is too old."""
    try:
        key = _TO_CONFIRM.unsign(token, max_age=UNCONFIRMED)
    except BadSignature:
        return None
    return Follow.objects.filter(pk=UUID(key)).first()
