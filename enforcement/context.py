"""Variables that every template can use."""

from django.conf import settings
from django.core.exceptions import DisallowedHost, TooManyFieldsSent


def site(request):
    return {"TILES": settings.TILES, "searched": _searched(request), "page_address": _address(request)}


def _address(request):
    """The permanent address of the page, without what carriers append and without a language; "" for a foreign host."""
    try:
        return request.build_absolute_uri()
    except DisallowedHost:
        return ""


def _searched(request):
    """What the search box in the head asks; also the page that refuses too many parameters shows the box."""
    try:
        return request.GET.get("q", "")
    except TooManyFieldsSent:
        return ""
