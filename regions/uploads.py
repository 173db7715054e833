"""Requests that are too large are answered before anything reads them."""

from functools import wraps

from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from .grammar.reading import whole_number


def refuses_large(most, refusal, *, to_disk=False):
    """Answer a POST of more than `most` bytes with `refusal(request, bytes)`, before even its CSRF token is read.

    `to_disk`: what is not refused goes to disk as it comes, small files too.
    """

    def decorate(view):
        protected = csrf_protect(view)

        @csrf_exempt
        @wraps(view)
        def answer(request, *args, **kwargs):
            if request.method == "POST":
                size = whole_number(request.META.get("CONTENT_LENGTH"), digits=100) or 0
                if size > most:
                    return refusal(request, size)
                if to_disk:
                    request.upload_handlers = [TemporaryFileUploadHandler(request)]
            return protected(request, *args, **kwargs)

        return answer

    return decorate
