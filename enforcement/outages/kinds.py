"""What no request can do without: the database and the disk. Their absence is no fault of a page, and is said.

`outage_kind(problem)` tells an exception that means an outage from a fault of ours; `outage_answer()` says it without
touching the session or the database, and `attend()` does what can be done about it. `middleware.SayWhatIsAway` is the
one place that calls them for every answer.
"""

import errno
import logging
import sys
from dataclasses import dataclass

import psycopg2
from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import Error, InterfaceError, OperationalError, connections
from django.http import Http404, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from enforcement import postgres

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outage:
    """One kind of outage: how it is answered, to people by a template and to machines by a sentence."""

    status: int
    template: str
    detail: str
    retry_after: int | None = None  # seconds


AWAY = Outage(503, "503.html", _("The database is away for a moment. Please ask again."), 5)
BUSY = Outage(503, "503_busy.html", _("Somebody else is changing the same rows. Please send it again."), 5)
SLOW = Outage(503, "503_slow.html", _("This question takes too long: narrow it."))
FULL = Outage(507, "507.html", _("The disk of the server is full. Nothing was saved."))

ANSWERED_OTHERWISE = (Http404, PermissionDenied, BadRequest, SuspiciousOperation)
DISK_FULL = "53100"
CANCELED = "57014"
WAITED_IN_VAIN = {"55P03", "40001", "40P01"}  # a lock, a conflict, a deadlock
# By class: the connection, the server's resources, what its operator does. By code: a transaction that idled.
NO_SERVER = ("08", "53", "57P", "25P03")
WORDS_OF_AN_ABSENCE = (
    "server closed the connection",
    "connection already closed",
    "cursor already closed",
    "the database system is ",  # starting up, shutting down, in recovery mode, not accepting connections
    "connection to server",
    "SSL SYSCALL error",
    "no message from the libpq",
    "terminating connection",
)


def outage_kind(problem):
    """The Outage that `problem`, or what it arose from, means; None where it is no outage."""
    for _step in range(10):
        if problem is None or isinstance(problem, ANSWERED_OTHERWISE):
            return None
        kind = _kind_of_this(problem)
        if kind:
            return kind
        problem = problem.__cause__ or problem.__context__
    return None


def _kind_of_this(problem):
    if isinstance(problem, OSError):
        return FULL if problem.errno in (errno.ENOSPC, errno.EDQUOT) else None
    if not isinstance(problem, (Error, psycopg2.Error)):
        return None
    # Django's own exception has no code; what it was made from has.
    code = getattr(problem, "pgcode", None) or getattr(problem.__cause__, "pgcode", None) or ""
    said = str(problem)
    if code == DISK_FULL or "No space left on device" in said:
        return FULL
    if code == CANCELED:
        return SLOW
    if code in WAITED_IN_VAIN:
        return BUSY
    absent = code.startswith(NO_SERVER) or any(words in said for words in WORDS_OF_AN_ABSENCE)
    unreachable = (OperationalError, InterfaceError, psycopg2.OperationalError, psycopg2.InterfaceError)
    return AWAY if absent or isinstance(problem, unreachable) else None


def attend(problem):
    """Do what can be done about an outage: let go of what is broken, start our own server again. Returns its kind."""
    kind = outage_kind(problem)
    if kind is AWAY:
        for connection in connections.all(initialized_only=True):
            if not connection.in_atomic_block:
                connection.close()
        if settings.EMBEDDED_POSTGRES:
            postgres.start_again(settings.DATA_DIR)
    if kind:
        log.warning("%s answered: %s", kind.status, " ".join(str(problem).split())[:300])
    return kind


def outage_answer(request, kind):
    """What is said of an outage: JSON to machines, to people a page in their language. Asks nothing of the database."""
    headers = {"Retry-After": str(kind.retry_after)} if kind.retry_after else {}
    headers["Cache-Control"] = "no-store"
    with translation.override(translation.get_language_from_request(request)):
        if reads_json(request):
            return JsonResponse({"detail": str(kind.detail)}, status=kind.status, headers=headers)
        return HttpResponse(render_to_string(kind.template), status=kind.status, headers=headers)


def reads_json(request):
    return request.path_info.startswith("/api/") or request.path_info.endswith((".json", ".geojson"))


def _note(sender, request=None, **kwargs):
    """Whatever nobody caught passes here, in middleware too, before Django makes a 500 of it."""
    problem = sys.exc_info()[1]
    if request is not None and outage_kind(problem):
        request.outage = problem


got_request_exception.connect(_note, dispatch_uid="enforcement.outages.kinds")


class WithoutTraceback(logging.Filter):
    """An outage is one line in the log, not a page for every request that met it."""

    def filter(self, record):
        if record.exc_info and outage_kind(record.exc_info[1]):
            record.exc_info = record.exc_text = None
        return True
