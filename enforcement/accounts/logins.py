"""The log of logins: who came in or was refused, in which way, and when. It keeps no address and no browser."""

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from cases.leads import limits

from .models import LoginEvent, LoginStep, LoginWay

REFUSALS = (60, 1_000_000)  # an hour that are kept: of one account, so that nobody fills the disk, and of all


def note_login(user, way):
    LoginEvent.objects.create(user=user, step=LoginStep.IN, way=way)


def note_refusal(user, way):
    """`user` may be None: what is tried under a name that nobody has is a line in the log of the server alone."""
    if user and limits.allows("refused login", str(user.pk).encode(), *REFUSALS):
        LoginEvent.objects.create(user=user, step=LoginStep.REFUSED, way=way)


def note_logout(user):
    LoginEvent.objects.create(user=user, step=LoginStep.OUT, way=LoginWay.NONE)


def logins_out_of_time():
    oldest = timezone.now() - timedelta(days=settings.LOGINS_DAYS)
    return LoginEvent.objects.filter(at__lt=oldest)


def purge_logins():
    """Delete events older than the office keeps them; how many. The database does it, as nobody here may delete one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT forget_logins(%s)", [settings.LOGINS_DAYS])
        return cursor.fetchone()[0]
