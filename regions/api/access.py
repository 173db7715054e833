"""Who may ask the API, and how often. A module of its own, because DRF imports these names while it is imported."""

from math import ceil

from django.conf import settings
from rest_framework.permissions import BasePermission
from rest_framework.throttling import BaseThrottle

from regions.limits import Counts

of_the_minute = Counts(60)


class MayRead(BasePermission):
    """Everybody where settings.PUBLIC is on; otherwise people with an account."""

    def has_permission(self, request, view):
        return settings.PUBLIC or request.user.is_authenticated


class Rate(BaseThrottle):
    """`settings.API_RATES`, questions a minute: for each account, for each address of those who have none.

    The processes of a server count together, in their memory. It stops a runaway script; stopping an attack is the
    task of the proxy in front.
    """

    def allow_request(self, request, view):
        known = bool(request.user and request.user.is_authenticated)
        most = settings.API_RATES["user" if known else "anon"]
        if most is None:
            return True
        sender = str(request.user.pk).encode() if known else of_the_minute.sender_of(self.get_ident(request))
        return of_the_minute.allows("account" if known else "address", sender, most)

    def wait(self):
        return ceil(of_the_minute.seconds_left) or 1
