"""Variables that every template can use."""

from django.conf import settings
from django.core.exceptions import DisallowedHost


def site(request):
    return {"TILES": settings.TILES, "page_address": _address(request)}


def _address(request):
    """The permanent address of the page, without what carriers append and without a language; "" for a foreign host."""
    try:
        return request.build_absolute_uri()
    except DisallowedHost:
        return ""
