"""What every answer carries, and what no view should have to think of."""

from time import time

from django.conf import settings
from django.db import OperationalError
from django.http import JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from pghistory.middleware import HistoryMiddleware

from regions.grammar.reading import whole_number

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


def forget_unreadable_cookies(get_response):
    """A cookie with a NUL byte, which also `"\\000"` writes, counts as not sent: no column can hold what it names."""

    def middleware(request):
        for name, value in [*request.COOKIES.items()]:
            if "\0" in name or "\0" in value:
                del request.COOKIES[name]
        return get_response(request)

    return middleware


def refuse_unreadable_requests(get_response):
    """A NUL byte, a length that is no number or a query string of many kilobytes is 400 before any view reads it."""

    def middleware(request):
        query = request.META.get("QUERY_STRING", "")
        if "\0" in request.path_info or "\0" in query or "%00" in query:
            return _refusal(request, _("The address contains a NUL byte."))
        header = next((name for name, value in request.META.items() if isinstance(value, str) and "\0" in value), None)
        if header:
            return _refusal(request, _("“%(name)s” contains a NUL byte.") % {"name": _shown(header)})
        if whole_number(request.META.get("CONTENT_LENGTH") or "0") is None:
            return _refusal(request, _("“%(text)s” is not a number.") % {"text": "CONTENT_LENGTH"})
        if len(query) > LONGEST_QUERY_STRING:
            return _refusal(
                request,
                _("The query is too long: %(size)s bytes; the limit is %(most)s.")
                % {"size": len(query), "most": LONGEST_QUERY_STRING},
            )
        return get_response(request)

    def process_view(request, view, _args, _kwargs):
        # Here, where a request without a token is refused already: only now is a body read.
        if request.method != "POST" or getattr(view, "names_nul_bytes_itself", False):
            return None
        sent = [*request.POST.lists(), *((name, []) for name in request.FILES)]
        field = next((name for name, values in sent if any("\0" in text for text in (name, *values))), None)
        return (
            None if field is None else _refusal(request, _("“%(name)s” contains a NUL byte.") % {"name": _shown(field)})
        )

    middleware.process_view = process_view
    return middleware


def _shown(name):
    return name.replace("\0", "�")[:40]


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


SESSION_RENEWED_EVERY = 3_600  # seconds; oftener would write a row for every page that somebody opens


def keep_private(get_response):
    """What somebody sees who logged in is kept by no cache, and their session lasts for as long as they work."""

    def middleware(request):
        logged_in = settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated
        now = int(time())
        if logged_in and now - request.session.get("renewed_at", 0) > SESSION_RENEWED_EVERY:
            request.session["renewed_at"] = now
        response = get_response(request)
        if logged_in and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response

    return middleware


ADDRESS = "/api/"


def answer_in_json(get_response):
    """Refusals below /api/ are JSON also where no view of it was reached: no such address, one that is unreadable."""

    def middleware(request):
        response = get_response(request)
        said_as_page = response.get("Content-Type", "").startswith("text/html")
        if not (request.path_info.startswith(ADDRESS) and response.status_code >= 400 and said_as_page):
            return response
        if response.status_code == 400:
            said = _("It contains a NUL byte, is too long or has too many parameters.")
            return JsonResponse({"errors": {"address": [said]}}, status=400)
        said = {404: _("Nothing was found at this address.")}.get(response.status_code, response.reason_phrase)
        return JsonResponse({"detail": said}, status=response.status_code, headers=_kept(response))

    return middleware


def _kept(response):
    return {name: response[name] for name in ("Retry-After", "Allow") if name in response}
