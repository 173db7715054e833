"""Variables that every template can use."""

from django.conf import settings
from django.core.exceptions import DisallowedHost

from cases.leads import keys


def site(request):
    return {
        "TILES": settings.TILES,
        "TIPS_ARE_TAKEN": keys.tips_are_taken(),
        "page_address": _address(request),
    }


def _address(request):
    """The permanent address of the page, without what carriers append and without a language; "" for a foreign host."""
    try:
        return request.build_absolute_uri()
    except DisallowedHost:
        return ""
