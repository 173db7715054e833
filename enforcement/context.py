"""Variables that every template can use."""

from django.conf import settings


def site(request):
    return {"TILES": settings.TILES}
