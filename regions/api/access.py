"""Who may ask the API, and how often. A module of its own, because DRF imports these names while it is imported."""

from django.conf import settings
from rest_framework.permissions import BasePermission
from rest_framework.throttling import AnonRateThrottle, UserRateThrottle


class MayRead(BasePermission):
    """Everybody where settings.PUBLIC is on; otherwise people with an account."""

    def has_permission(self, request, view):
        return settings.PUBLIC or request.user.is_authenticated


class AnonymousRate(AnonRateThrottle):
    """`settings.API_RATES["anon"]` for each address.

    The default cache holds the count. It is the memory of each process: with N processes behind an address the limit
    is up to N times as high, and a restart resets it. It stops a runaway script; stopping an attack is the task of
    the proxy in front.
    """

    def get_rate(self):
        return settings.API_RATES["anon"]


class UserRate(UserRateThrottle):
    """`settings.API_RATES["user"]` for each account, counted as AnonymousRate counts."""

    def get_rate(self):
        return settings.API_RATES["user"]
