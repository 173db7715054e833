"""Answers to the public that are kept, and given again as long as nothing that they may depend on has changed.

An answer depends on the database, the hour, the language, the address and some headers. The state of the database is
that of PostgreSQL's own snapshot: two that are equal see the same rows, whoever wrote in between and however. It is
read anew for each answer, so that a case that is withdrawn is gone with the next request; an answer that is made
while somebody writes is kept for the state before, which never comes again.

Kept are only answers of GET to people who are not known: no session, no token, no message, no visits. What is given
again costs nothing and does not count against the rate of the API.
"""

import re
from contextlib import nullcontext
from time import time

import brotli
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import Error
from django.http import HttpResponse
from django.urls import Resolver404, resolve
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.timezone import localdate
from django.utils.translation import get_language_from_request

from regions.keeping import KeptParts, at_one_moment, state_of_the_database

# Pages and JSON that depend on nothing else. None of them says a time of day, writes anything or asks a form's token.
KEPT_VIEWS = {
    "dashboard",
    "cases:case-list", "cases:case-detail", "cases:figures", "cases:quality",
    "cases:facets", "cases:totals", "cases:trend", "cases:regions", "cases:map",
    "regions:region-list", "regions:region-detail", "regions:positions",
    "policies:policy-list", "policies:policy-detail", "policies:liability",
    "method:savings",
    "api:case-list", "api:case-detail", "api:region-list", "api:policy-list", "api:savings-list",
}  # fmt: skip
MOST_BYTES = 32 * 1024 * 1024  # of all answers that a process keeps
LARGEST = 2 * 1024 * 1024  # bytes of one
HEADERS = ("HTTP_HOST", "HTTP_ACCEPT", "HTTP_HX_REQUEST", "HTTP_HX_TARGET")  # that answers differ by, beside language
DIFFERS_BY = {"accept", "accept-encoding", "accept-language", "authorization", "cookie", "hx-request", "hx-target"}
OF_SOMEBODY = ("HTTP_AUTHORIZATION", "HTTP_RANGE")
# Caches on the way may keep what the public sees, and ask each time whether it is still so: a case may be withdrawn.
OF_THE_PUBLIC = "public, max-age=0, must-revalidate"
BROTLI = re.compile(r"\bbr\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))")
GZIP = re.compile(r"\bgzip\b")
QUALITY = 5  # of brotli: smaller than gzip, and as fast


def answer_of_one_moment(get_response):
    """Let each answer that only reads be of one state of the database."""

    def middleware(request):
        with at_one_moment() if request.method in ("GET", "HEAD") else nullcontext():
            return get_response(request)

    return middleware


class KeptAnswers:
    """Outside all that costs time: sessions, languages, compression."""

    def __init__(self, get_response):
        if settings.DEBUG:
            raise MiddlewareNotUsed  # templates change under the running server
        self.get_response = get_response
        self.kept = KeptParts(MOST_BYTES, size_of=lambda answer: len(answer[0]), shared=True)

    def __call__(self, request):
        key = self._key(request)
        if key is None:
            return self.get_response(request)
        response = None  # that of this request, where it had to be made

        def made():
            nonlocal response
            packs = "br" in key
            response = self._made(request, packs)
            return _as_kept(response, packs) if _may_be_kept(response) else None

        kept = self.kept.get(key, made)
        if kept is not None:
            content, headers = kept
            response = HttpResponse(content, headers=headers)
        return get_conditional_response(request, etag=response.get("ETag"), response=response)

    def _key(self, request):
        """All that the answer depends on; None for an answer that is not to be kept."""
        told = request.META
        is_nobody = request.COOKIES.keys() <= {settings.LANGUAGE_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
        if request.method != "GET" or not is_nobody or any(name in told for name in OF_SOMEBODY):
            return None
        try:
            request.resolver_match = resolve(request.path_info)
            is_kept = request.resolver_match.view_name in KEPT_VIEWS
            state = state_of_the_database() if is_kept else None
        except (Resolver404, Error):  # what is away is said by those who need it
            return None
        if state is None:
            return None
        accepted = told.get("HTTP_ACCEPT_ENCODING", "")
        packed = "br" if BROTLI.search(accepted) else "gzip" if GZIP.search(accepted) else ""
        return (
            state, int(time()) // 3600, localdate(), packed, request.scheme, request.get_full_path(),
            get_language_from_request(request), *(told.get(name) for name in HEADERS),
        )  # fmt: skip

    def _made(self, request, packs):
        """The answer as if nobody had one already, and unpacked where it is packed here."""
        names = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", *(["HTTP_ACCEPT_ENCODING"] if packs else []))
        asked = {name: request.META.pop(name) for name in names if name in request.META}
        try:
            return self.get_response(request)
        finally:
            request.META |= asked


def _may_be_kept(response):
    return (
        response.status_code == 200
        and not response.streaming
        and not response.cookies
        and not response.has_header("Cache-Control")
        and len(response.content) <= LARGEST
        and {name.strip().lower() for name in response.get("Vary", "").split(",") if name} <= DIFFERS_BY
    )


def _as_kept(response, packs):
    """(content, headers) of an answer that is given again."""
    response["Cache-Control"] = OF_THE_PUBLIC
    content = response.content
    if packs and len(content) > 200:
        content = brotli.compress(content, quality=QUALITY)
        patch_vary_headers(response, ["Accept-Encoding"])
        response["Content-Encoding"] = "br"
        if response.get("ETag", "").startswith('"'):
            response["ETag"] = f"W/{response['ETag']}"
    return content, {**response.headers, "Content-Length": str(len(content))}
