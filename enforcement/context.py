"""What every page may use."""

from django.conf import settings


def site(request):
    return {"TILES": settings.TILES}
