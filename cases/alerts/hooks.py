"""Tells programs what changed: one POST of JSON for each notice, signed, to an address that the owner gave.

A program may be told the same twice, as it can see that by the `id`; it is never told nothing because of a doubt.
What is sent is made when it is sent, with the rights of that moment, as a mail is.
"""

import hmac
import json
import socket
import time
from contextlib import closing
from hashlib import sha256
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from cases.models import Case
from cases.models.follow import NoticeKind
from regions.models import Policy

from .question import told_as, told_at

SECONDS = 10  # for each step of a call
SIGNATURE, DELIVERY = "X-Enforcement-Signature", "X-Enforcement-Delivery"


class RefusedError(Exception):
    """The other side did not take it."""


def secret_of(follow):
    """What signs its calls. It follows from the secret key of the site, so that no table holds it."""
    return salted_hmac("cases.alerts.hook", follow.pk.hex, algorithm="sha256").hexdigest()


def signature(secret, seconds, body):
    """`t=…,v1=…`: the time of the call, and HMAC-SHA256 of time, full stop and body."""
    digest = hmac.new(secret.encode(), f"{seconds}.".encode() + body, sha256).hexdigest()
    return f"t={seconds},v1={digest}"


def checked(address):
    """`address`, if it may be called. Raises ValidationError."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        parts, port = None, 0
    schemes = ("https", "http") if settings.DEBUG or settings.HOOKS_INSIDE else ("https",)
    if not parts or parts.scheme not in schemes or not parts.hostname or parts.username or port == 0:
        raise ValidationError(_("Enter an address that begins with https://, without a user name."))
    return address


def told_of(notice):
    """What a program is told, ready for JSON; None where nobody may be told any more, or nothing is left."""
    follow = notice.follow
    if not told_at(follow):
        return None
    told = {"kind": notice.kind, "name": follow.name}
    if notice.kind == NoticeKind.ENDED:
        return told
    reader = told_as(follow)
    visible, content = Case.objects.visible_to(reader), notice.content
    named = {what: _cases(visible, content[what]) for what in ("new", "changed", "left")}
    deadlines = [
        {"ref": policy.ref, "title": policy.title, "deadline_on": policy.deadline_on.isoformat()}
        for policy in Policy.objects.filter(pk__in=content["deadlines"], deadline_on__isnull=False)
    ]
    if not (any(named.values()) or content["gone"] or deadlines or content["leads"]):
        return None
    return told | named | {"withdrawn": content["gone"], "deadlines": deadlines}


def _cases(visible, marks):
    """What the cases are, that may be seen: their API has the rest."""
    cases = visible.filter(pk__in=[int(pk) for pk in marks]).select_related("region").order_by("ref")
    return [
        {
            "ref": case.ref,
            "title": case.title,
            "url": f"{settings.SITE}{case.get_absolute_url()}",
            "region": case.region.code,
            "occurred_on": case.occurred_on.isoformat(),
            "date_precision": case.date_precision,
            "status": case.status,
            "rigs": case.rigs,
        }
        for case in cases
    ]


def post(notice, told):
    """Call the hook of `notice` with `told`. Raises RefusedError; only an answer 2xx is a yes. Follows no redirect."""
    follow = notice.follow
    body = json.dumps(
        {"id": str(notice.pk), "made_at": notice.made_at.isoformat(), **told}, ensure_ascii=False
    ).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "mining-enforcement",
        SIGNATURE: signature(secret_of(follow), int(time.time()), body),
        DELIVERY: str(notice.pk),
    }
    try:
        parts = urlsplit(checked(follow.hook))
        with closing(_connection(parts)) as connection:
            connection.request("POST", parts._replace(scheme="", netloc="").geturl() or "/", body, headers)
            status = connection.getresponse().status
    except ValidationError as problem:
        raise RefusedError(problem.messages[0]) from problem
    except (OSError, HTTPException, ValueError) as problem:
        raise RefusedError(f"{type(problem).__name__}: {problem}") from problem
    if not 200 <= status < 300:
        raise RefusedError(f"HTTP {status}")


def _connection(parts):
    """A connection to the machine that was looked at: the name is not asked a second time, when it may say another."""
    secure = parts.scheme == "https"
    kind = HTTPSConnection if secure else HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=SECONDS)
    connection._create_connection = lambda address, *args, **kwargs: socket.create_connection(
        (_outside(*address), address[1]), timeout=SECONDS
    )
    return connection


def _outside(host, port):
    """The number of `host`. Raises RefusedError if any of its numbers is one of an inner network."""
    numbers = {found[4][0] for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    if not settings.HOOKS_INSIDE and not all(_is_public(number) for number in numbers):
        raise RefusedError("The address leads into an inner network.")
    return min(numbers)


def _is_public(number):
    address = ip_address(number.partition("%")[0])
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None) or address
    return address.is_global and inner.is_global and not address.is_multicast
