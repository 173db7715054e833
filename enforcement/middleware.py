"""What every answer carries, and what no view should have to think of."""

from time import time

from django.conf import settings
from django.contrib.auth import logout
from django.http import FileResponse, HttpResponsePermanentRedirect, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from pghistory.middleware import HistoryMiddleware

from cases.leads import limits
from cases.models import Case, Rig
from cases.views.leads import public
from regions.carried import LANGUAGE, without_carried
from regions.grammar.reading import whole_number
from regions.models import Policy, Region, SavingsClaim

from .accounts.door import client_address
from .accounts.sessions import browser_named, has_lasted_too_long
from .outages import kinds as outages

ADDRESS = "/api/"  # of the API
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


REPORTING = "/tips/"  # the addresses of who reports
# What a request says of who sends it: taken away before anything can log, store or answer by it.
TELLING = (
    "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_USER_AGENT", "HTTP_REFERER", "HTTP_ORIGIN",
    "HTTP_AUTHORIZATION", "HTTP_ACCEPT", "HTTP_DNT", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "REMOTE_HOST",
    "REMOTE_PORT", "REMOTE_USER",
)  # fmt: skip
STRICT = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), bluetooth=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), "
        "magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=(), interest-cohort=(), browsing-topics=()"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
    "X-Frame-Options": "DENY",
    "X-Permitted-Cross-Domain-Policies": "none",
    "X-Robots-Tag": "noarchive",
}


def know_nothing_of_who_reports(get_response):
    """Below /tips/ nothing knows who asks: no address, no browser, no cookie but that of the language; none is set.

    A view knows `request.sender`, which stands for the address until the salt of the hour is forgotten. Who is over the
    limits is refused here, before anything reads what was sent.
    """

    def middleware(request):
        if not request.path_info.startswith(REPORTING):
            return get_response(request)
        request.sender = limits.sender_of(client_address(request) or "")
        refusal = public.refused_at_once(request)
        if refusal is not None:
            return _strict(refusal)
        language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        for name in [name for name in request.META if name in TELLING or name.startswith("HTTP_SEC_")]:
            del request.META[name]
        request.META["REMOTE_ADDR"] = "0.0.0.0"  # noqa: S104 - nobody's
        request.META.pop("HTTP_COOKIE", None)
        request.COOKIES = {settings.LANGUAGE_COOKIE_NAME: language} if language in dict(settings.LANGUAGES) else {}
        request.__dict__.pop("headers", None)
        return _strict(get_response(request))

    return middleware


def _strict(response):
    response.cookies.clear()
    for name in ("ETag", "Vary", "Server"):
        response.headers.pop(name, None)
    for name, value in STRICT.items():
        response[name] = value
    return response


EMBEDDED = "/embed/"  # the addresses of what other sites show


def know_nobody_in_other_sites(get_response):
    """Below /embed/ nobody is logged in, whatever cookie comes, and none is set: any site shows the public record."""

    def middleware(request):
        if not request.path_info.startswith(EMBEDDED):
            return get_response(request)
        for name in ("HTTP_COOKIE", "HTTP_AUTHORIZATION"):
            request.META.pop(name, None)
        request.COOKIES = {}
        request.__dict__.pop("headers", None)
        response = get_response(request)
        response.cookies.clear()
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


def speak_the_language_of_the_address(get_response):
    """`?lang=zh-hans` answers in that language and stays with it, as the buttons in the head do.

    So each language of a page has an address, which a search engine can list; the page itself has one without it.
    """

    def middleware(request):
        asked = _asked_language(request)
        if asked is None:
            return get_response(request)
        translation.activate(asked)
        request.LANGUAGE_CODE = asked
        response = get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):  # a picture changes nobody's language
            response.set_cookie(settings.LANGUAGE_COOKIE_NAME, asked, samesite="Lax", secure=request.is_secure())
        return response

    return middleware


def _asked_language(request):
    """The language of ours that the query string names, else None."""
    # Of these parts alone, which are never too many: what refuses an address with too many parameters comes later.
    parts = request.META.get("QUERY_STRING", "")[:LONGEST_QUERY_STRING].split("&")
    asked = [part for part in parts if part.startswith(f"{LANGUAGE}=")]
    code = QueryDict("".join(asked[-1:])).get(LANGUAGE, "").lower()
    return code if code in dict(settings.LANGUAGES) else None


def ignore_what_carriers_append(get_response):
    """Take from the query string what mailers and messengers append, before any view reads or repeats it.

    A view that has a parameter with such a name says so with `regions.carried.takes`.
    """

    def middleware(request):
        return get_response(request)

    def process_view(request, view, _args, _kwargs):
        query = request.META.get("QUERY_STRING", "")
        kept = without_carried(query, getattr(view, "own_parameters", ()))
        if request.path_info.startswith(ADDRESS):
            kept = _without_json(request, kept)
        if kept != query:
            request.META["QUERY_STRING"] = kept
            request.__dict__.pop("GET", None)  # read again from what is kept

    middleware.process_view = process_view
    return middleware


class SayWhatIsAway:
    """A database that is away and a disk that is full are said to be, whatever met them first: 503 or 507, never 500.

    What a view raises arrives in `process_exception`; what other middleware raises, as a request that was marked
    (`outages`). A stream that fails before its first part is answered like a page; later it is broken off, so that
    nobody takes a part of a file for the whole.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        problem = getattr(request, "outage", None)
        if problem is not None and response.status_code == 500:
            return outages.outage_answer(request, outages.attend(problem))
        if response.streaming and not isinstance(response, FileResponse):
            return self._begun(request, response)
        return response

    def process_exception(self, request, exception):
        kind = outages.attend(exception)
        return outages.outage_answer(request, kind) if kind else None

    def _begun(self, request, response):
        content = iter(response.streaming_content)
        try:
            first = next(content, b"")
        except Exception as problem:
            kind = outages.attend(problem)
            if kind is None:
                raise
            response.close()
            return outages.outage_answer(request, kind)
        response.streaming_content = self._to_its_end(first, content)
        return response

    def _to_its_end(self, first, content):
        try:
            yield first
            yield from content
        except Exception as problem:
            outages.attend(problem)
            raise  # the server then closes the connection before the end of the transfer


def _without_json(request, query):
    """`query` without `format=json`, which many clients append: the API answers JSON anyway."""
    parts = query.split("&")
    kept = [part for part in parts if part.lower() != "format=json"]
    if len(kept) < len(parts):
        request.META["HTTP_ACCEPT"] = "application/json"
    return "&".join(kept)


def _refusal(request, reason):
    return render(request, "400.html", {"reason": reason}, status=400)


SESSION_RENEWED_EVERY = 3_600  # seconds; oftener would write a row for every page that somebody opens


def keep_private(get_response):
    """What somebody sees who logged in is kept by no cache, and their session lasts for as long as they work.

    After a week it ends all the same: with the next page that is opened, so that nothing typed is lost.
    """

    def middleware(request):
        logged_in = settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated
        now = int(time())
        if logged_in and request.method == "GET" and has_lasted_too_long(request.session, now):
            logout(request)
            logged_in = False
        if logged_in and now - request.session.get("renewed_at", 0) > SESSION_RENEWED_EVERY:
            request.session["renewed_at"] = now
            request.session.setdefault("began_at", now)  # of a login before that was noted
            request.session["browser"] = browser_named(request.headers.get("User-Agent", ""))
        response = get_response(request)
        if logged_in and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response

    return middleware


def answer_in_json(get_response):
    """Refusals below /api/ are JSON also where no view of it was reached: no such address, one that is unreadable."""

    def middleware(request):
        response = get_response(request)
        said_as_page = response.get("Content-Type", "").startswith("text/html")
        if not (request.path_info.startswith(ADDRESS) and response.status_code >= 400 and said_as_page):
            return response
        if response.status_code == 400:
            problem = _("It contains a NUL byte, is too long or has too many parameters.")
            return JsonResponse({"errors": {"address": [problem]}}, status=400)
        detail = {404: _("Nothing was found at this address.")}.get(response.status_code, response.reason_phrase)
        return JsonResponse({"detail": detail}, status=response.status_code, headers=_kept(response))

    return middleware


# What the codes in addresses are of: of pages by their namespace, of the API by the name of the address.
CODED = {
    "regions": Region, "policies": Policy, "cases": Case, "region-detail": Region, "policy-detail": Policy,
    "case-detail": Case, "savings-detail": SavingsClaim, "rig-detail": Rig,
}  # fmt: skip
CODES = ("code", "ref", "slug")


def read_codes_in_any_case(get_response):
    """What an address names by a code is also found in other letters: /regions/cn-nm/ leads to /regions/CN-NM/.

    A page leads to the address as it is on record, the API answers. Only what the reader may see is looked for, so
    that a case that is hidden from them is as missing as one that does not exist.
    """

    def middleware(request):
        response = get_response(request)
        match = request.resolver_match
        if response.status_code != 404 or match is None or request.method not in ("GET", "HEAD"):
            return response
        in_api = match.namespace == "api"
        model = CODED.get(match.url_name if in_api else match.namespace)
        name = next((name for name in CODES if name in match.kwargs and _has(model, name)), None)
        found = []
        if name:
            rows = _seen_by(request.user, model).filter(**{f"{name}__iexact": match.kwargs[name]})
            found = list(rows.order_by().values_list(name, flat=True)[:2])
        if len(found) != 1 or found[0] == match.kwargs[name]:
            return response
        kwargs = match.kwargs | {name: found[0]}
        if in_api:
            return match.func(request, *match.args, **kwargs).render()
        query = request.META.get("QUERY_STRING", "")
        address = reverse(match.view_name, args=match.args, kwargs=kwargs)
        return HttpResponsePermanentRedirect(address + (f"?{query}" if query else ""))

    return middleware


def _has(model, name):
    """Whether `model` has the code `name`: below /cases/ there are also saved views, which have another one."""
    return model is not None and any(field.name == name for field in model._meta.fields)


def _seen_by(user, model):
    return Case.objects.visible_to(user) if model is Case else model.objects.all()


def _kept(response):
    return {name: response[name] for name in ("Retry-After", "Allow") if name in response}
