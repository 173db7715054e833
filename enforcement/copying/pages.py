"""Which addresses the copy has, and what each answers to the public: asked of the whole site, as a browser would."""

from functools import cache
from io import BytesIO

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.urls import reverse

from cases.models import Case
from cases.releases.shelf import releases
from regions.models import Policy, Region, SavingsClaim
from regions.models.region import codes_up, path_of

NOBODY = AnonymousUser()
# Pages without arguments. What asks back, as the calculator does, or is for who works here is not among them.
SINGLE = (
    "dashboard", "cases:case-list", "cases:quality", "regions:region-list", "regions:positions", "policies:policy-list",
    "policies:liability", "method:savings", "method:method", "releases:list",
)  # fmt: skip
FILES = ("cases:export-csv", "cases:export-geojson")  # of all cases


class PageFailed(Exception):
    """A page that did not answer: its address and its status."""


def pages_of_the_public():
    """The addresses of the pages that the copy has, in each language."""
    named = [(name, ()) for name in SINGLE]
    named += [("cases:case-detail", (ref,)) for ref in _public_cases().order_by("ref").values_list("ref", flat=True)]
    named += [("regions:region-detail", (code,)) for code in sorted(_regions())]
    named += [
        ("policies:policy-detail", (ref,)) for ref in Policy.objects.order_by("ref").values_list("ref", flat=True)
    ]
    named += [("releases:release", (release.version,)) for release in releases()]
    kinds = SavingsClaim.objects.order_by("kind").values_list("kind", flat=True).distinct()
    claims = [f"{reverse('method:savings')}?kind={kind}" for kind in kinds]  # whose table lists one kind at a time
    return [reverse(name, args=arguments) for name, arguments in named] + claims


def files_of_the_public():
    """The addresses of files that are the same as on the site, in each language."""
    return [reverse(name) for name in FILES]


def _public_cases():
    return Case.objects.visible_to(NOBODY)


def _regions():
    """Countries, regions that the record says something of, and what these lie in."""
    said = [_public_cases(), Policy.objects.all(), SavingsClaim.objects.all()]
    paths = {path for rows in said for path in rows.order_by().values_list(path_of("region"), flat=True)}
    codes = set(Region.objects.tops().values_list("code", flat=True))
    return codes.union(*(codes_up(path) for path in paths))


@cache
def site_in(language):
    """The PublicSite in a language; it makes its middleware ready once."""
    return PublicSite(language)


class PublicSite:
    """The site, asked by somebody who is not known, in one language."""

    def __init__(self, language):
        self._answer = WSGIHandler().get_response
        self.host = next((host for host in settings.ALLOWED_HOSTS if host != "*"), "localhost").lstrip(".")
        self._cookie = f"{settings.LANGUAGE_COOKIE_NAME}={language}"

    def bytes_at(self, address):
        """(what `address` answers, its type). Raises PageFailed."""
        path, _mark, query = address.partition("?")
        request = WSGIRequest(
            {
                "REQUEST_METHOD": "GET",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "SCRIPT_NAME": "",
                "SERVER_NAME": self.host,
                "SERVER_PORT": "443" if settings.HTTPS else "80",
                "SERVER_PROTOCOL": "HTTP/1.1",
                "REMOTE_ADDR": "127.0.0.1",
                "HTTP_HOST": self.host,
                "HTTP_COOKIE": self._cookie,
                "HTTP_X_FORWARDED_PROTO": "https" if settings.HTTPS else "http",
                "wsgi.input": BytesIO(),
                "wsgi.url_scheme": "http",
            }
        )
        response = self._answer(request)
        try:
            content = b"".join(response.streaming_content) if response.streaming else response.content
        finally:
            # As Django's own test client does: the next page is asked over the same connection to the database.
            request_finished.disconnect(close_old_connections)
            response.close()
            request_finished.connect(close_old_connections)
        if response.status_code != 200:
            raise PageFailed(f"{address}: status {response.status_code}")
        return content, response["Content-Type"]
