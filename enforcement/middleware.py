"""What every answer carries, and what no view should have to think of."""

from django.conf import settings
from django.db import OperationalError
from django.shortcuts import render
from django.utils.translation import gettext as _
from pghistory.middleware import HistoryMiddleware

from . import postgres

LONGEST_QUERY_STRING = 8_000  # bytes, as HTTP servers commonly allow
POLICIES = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), payment=(), usb=(), interest-cohort=(), geolocation=(self)",
}


def browser_policies(get_response):
    """Headers that Django has no setting for."""

    def middleware(request):
        response = get_response(request)
        for name, value in POLICIES.items():
            response.setdefault(name, value)
        return response

    return middleware


class KeepWhoChanged(HistoryMiddleware):
    """Everything that one request changes is one change in the history, with who made it and from which page."""

    def get_context(self, request):
        return super().get_context(request) | {"name": request.user.get_username()}


def refuse_unreadable_addresses(get_response):
    """A NUL byte or a query string of many kilobytes is answered 400 before anything reads it."""

    def middleware(request):
        query = request.META.get("QUERY_STRING", "")
        if "\0" in request.path_info or "\0" in query or "%00" in query:
            return _refusal(request, _("The address contains a NUL byte."))
        if len(query) > LONGEST_QUERY_STRING:
            return _refusal(
                request,
                _("The question is too long: %(size)s bytes; at most %(most)s are read.")
                % {"size": len(query), "most": LONGEST_QUERY_STRING},
            )
        return get_response(request)

    return middleware


def say_when_the_database_is_away(get_response):
    """A database that is away is a 503 with Retry-After, not a 500; our own is started again meanwhile."""

    def middleware(request):
        return get_response(request)

    def process_exception(request, exception):
        if isinstance(exception, OperationalError):
            if settings.EMBEDDED_POSTGRES:
                postgres.start_again(settings.DATA_DIR)
            response = render(request, "503.html", status=503)
            response["Retry-After"] = "5"
            return response
        return None

    middleware.process_exception = process_exception
    return middleware


def _refusal(request, reason):
    return render(request, "400.html", {"reason": reason}, status=400)
