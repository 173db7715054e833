"""Who may ask the API, and how often. Apart from `rest`, because DRF reads these names while it is being imported."""

from django.conf import settings
from rest_framework.permissions import BasePermission
from rest_framework.throttling import AnonRateThrottle, UserRateThrottle


class MayRead(BasePermission):
    """Everybody, where the office is open to the public; otherwise those whom we know."""

    def has_permission(self, request, view):
        return settings.PUBLIC or request.user.is_authenticated


class AnonymousRate(AnonRateThrottle):
    """`settings.API_RATES["anon"]` for each address.

    The count is kept in the default cache. That is each process's own memory: with N processes behind one
    address the limit is up to N times as high, and it is forgotten on restart. It holds off a runaway script,
    not an attack; that is the business of the proxy in front.
    """

    def get_rate(self):
        return settings.API_RATES["anon"]


class UserRate(UserRateThrottle):
    """`settings.API_RATES["user"]` for each account, counted as AnonymousRate counts."""

    def get_rate(self):
        return settings.API_RATES["user"]
