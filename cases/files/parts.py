"""Files that are read in parts, as GDAL's /vsicurl/, and download managers do (RFC 9110, 14).

A part is cut out of the whole, so the whole is made first. It is kept for some minutes, because whoever reads a part
asks for the next: without that each part would cost the whole file, and parts of two files do not fit together.

Files with the same ETag are the same to the byte, however often they are made.
"""

import os
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import file_digest
from tempfile import TemporaryFile
from threading import Lock
from time import monotonic
from typing import BinaryIO

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

KEPT_SECONDS = 300
MOST_KEPT = 16  # files
MOST_BYTES = 256 * 1024 * 1024  # of all files kept; the newest is kept even if it is larger
SENT_AT_A_TIME = 64 * 1024  # bytes


class OutOfRange(Exception):
    """The part that was asked for lies behind the end of the file."""


class Whole:
    """A finished file. Several readers may ask for its parts at once; it is closed when the last one is done."""

    def __init__(self, file: BinaryIO, etag: str = ""):
        self._file, self._lock = file, Lock()
        self.etag = etag or f'"{file_digest(file, "sha256").hexdigest()[:32]}"'
        self.size = file.seek(0, os.SEEK_END)

    def part(self, first: int, last: int) -> Iterator[bytes]:
        """The bytes from `first` to `last`, both included."""
        while first <= last:
            with self._lock:
                self._file.seek(first)
                read = self._file.read(min(SENT_AT_A_TIME, last + 1 - first))
            first += len(read)
            yield read


def answer_from_whole(request, whole: Whole) -> HttpResponseBase:
    """The answer to a request for `whole`: its head, the part that `Range` asks for, or all of it."""
    headers = {"ETag": whole.etag, "Accept-Ranges": "bytes"}
    if request.method == "HEAD":
        return HttpResponse(headers=headers | {"Content-Length": whole.size})
    try:
        asked = asked_part(request.headers.get("Range", ""), whole.size)
    except OutOfRange:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{whole.size}", "Accept-Ranges": "bytes"})
    same = request.headers.get("If-Range", whole.etag) == whole.etag
    first, last = asked if asked and same else (0, whole.size - 1)
    response = StreamingHttpResponse(whole.part(first, last), headers=headers)
    response["Content-Length"] = last + 1 - first
    if asked and same:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{whole.size}"
        response["Content-Encoding"] = "identity"  # a part of what is compressed would be no part of the file
    return response


def asked_part(header: str, size: int) -> tuple[int, int] | None:
    """(first, last) byte that a `Range` header asks for of `size` bytes; None if it is to be ignored.

    Several ranges at once and other units are ignored, as the standard allows: the answer is then the whole file.
    Raises OutOfRange.
    """
    asked = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", header.replace(" ", ""), re.ASCII)
    if not asked or asked[1] == asked[2] == "" or (asked[1] and asked[2] and int(asked[1]) > int(asked[2])):
        return None
    if asked[1]:
        first, last = int(asked[1]), min(int(asked[2] or size), size - 1)
    else:  # the last so many bytes
        first, last = max(size - int(asked[2]), 0), size - 1
    if first > last:
        raise OutOfRange
    return first, last


def temporary_file(write):
    """A file that `write` fills, open at its beginning. Whoever sends it closes it; if `write` fails, it is closed."""
    file = TemporaryFile()  # noqa: SIM115 - the response closes it when it is sent
    try:
        write(file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


@dataclass(eq=False)
class _Kept:
    until: float
    making: Lock
    whole: Whole | None = None


class KeptFiles:
    """The last files that were read in parts, each under a key that says what it is and for whom."""

    def __init__(self):
        self._lock, self._kept = Lock(), OrderedDict()

    def get(self, key: str, make: Callable[[], BinaryIO], etag: str = "") -> Whole:
        """The file of `key`; `make` returns it where it is not kept. Who asks meanwhile waits for the same file."""
        with self._lock:
            self._let_go()
            kept = self._kept.setdefault(key, _Kept(monotonic() + KEPT_SECONDS, Lock()))
        with kept.making:
            if kept.whole is None:
                try:
                    kept.whole = Whole(make(), etag)
                except BaseException:
                    with self._lock:
                        self._kept.pop(key, None)
                    raise
        with self._lock:
            self._let_go()
        return kept.whole

    def _let_go(self):
        """Forget what is too old or too much, the oldest first."""
        size = sum(kept.whole.size for kept in self._kept.values() if kept.whole)
        for key, kept in [*self._kept.items()]:
            too_much = len(self._kept) > MOST_KEPT or size > MOST_BYTES
            if kept.until < monotonic() or (too_much and kept is not next(reversed(self._kept.values()))):
                del self._kept[key]
                size -= kept.whole.size if kept.whole else 0
