"""Answers to the public that are kept, and given again as long as nothing that they may depend on has changed.

An answer depends on the database, the hour, the language, the address and some headers. The state of the database is
that of PostgreSQL's own snapshot: two that are equal see the same rows, whoever wrote in between and however. It is
read anew for each answer, so that a case that is withdrawn is gone with the next request; an answer that is made
while somebody writes is kept for the state before, which never comes again.

Kept are only answers of GET to people who are not known: no session, no token, no message, no visits. Each process
keeps its own. What it gives again costs nothing and does not count against the rate of the API.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
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

from regions.keeping import state_of_the_database

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


@dataclass(eq=False)
class KeptAnswer:
    making: Lock
    content: bytes | None = None
    headers: dict | None = None

    @property
    def size(self):
        return len(self.content or b"")

    def answer(self):
        return HttpResponse(self.content, headers=self.headers)


class KeptAnswers:
    """Outside all that costs time: sessions, languages, compression."""

    def __init__(self, get_response):
        if settings.DEBUG:
            raise MiddlewareNotUsed  # templates change under the running server
        self.get_response = get_response
        self._lock, self._kept, self._size = Lock(), OrderedDict(), 0

    def __call__(self, request):
        key = self._key(request)
        if key is None:
            return self.get_response(request)
        with self._lock:
            kept = self._kept.setdefault(key, KeptAnswer(Lock()))
            self._kept.move_to_end(key)
        with kept.making:  # who asks the same meanwhile waits for this answer
            if kept.content is None:
                response = self._made(request, key, kept)
                if kept.content is None:
                    return get_conditional_response(request, etag=response.get("ETag"), response=response)
        return get_conditional_response(request, etag=kept.headers.get("ETag"), response=kept.answer())

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

    def _made(self, request, key, kept):
        """The answer, which is kept if it may be."""
        asked = {name: request.META.pop(name, None) for name in ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")}
        packs = "br" in key
        accepted = request.META.pop("HTTP_ACCEPT_ENCODING", None) if packs else None
        try:
            response = self.get_response(request)
        except BaseException:
            self._forget(key)
            raise
        request.META |= {name: value for name, value in {**asked, "HTTP_ACCEPT_ENCODING": accepted}.items() if value}
        if not _may_be_kept(response):
            self._forget(key)
            return response
        response["Cache-Control"] = OF_THE_PUBLIC
        content = response.content
        if packs and len(content) > 200:
            content = brotli.compress(content, quality=QUALITY)
            patch_vary_headers(response, ["Accept-Encoding"])
            response["Content-Encoding"] = "br"
            if response.get("ETag", "").startswith('"'):
                response["ETag"] = f"W/{response['ETag']}"
        response["Content-Length"] = str(len(content))
        with self._lock:
            before = self._kept.pop(key, None)  # another's, if this one was forgotten meanwhile
            self._size -= before.size if before else 0
            kept.headers, kept.content = dict(response.items()), content
            self._kept[key] = kept
            self._size += kept.size
            self._let_go(key)
        return response

    def _forget(self, key):
        with self._lock:
            self._kept.pop(key, None)

    def _let_go(self, newest):
        """Forget what nobody asked for longest, where all is too much."""
        for key in [*self._kept]:
            if self._size <= MOST_BYTES:
                break
            if key != newest and self._kept[key].content is not None:
                self._size -= self._kept.pop(key).size


def _may_be_kept(response):
    return (
        response.status_code == 200
        and not response.streaming
        and not response.cookies
        and not response.has_header("Cache-Control")
        and len(response.content) <= LARGEST
        and {name.strip().lower() for name in response.get("Vary", "").split(",") if name} <= DIFFERS_BY
    )
