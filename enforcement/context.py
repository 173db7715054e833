"""Variables that every template can use."""

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent


def site(request):
    return {"TILES": settings.TILES, "searched": _searched(request)}


def _searched(request):
    """What the search box in the head asks; also the page that refuses too many parameters shows the box."""
    try:
        return request.GET.get("q", "")
    except TooManyFieldsSent:
        return ""
