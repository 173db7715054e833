from django.conf import settings

from enforcement.accounts import logins
from regions.management.chores import Purge


class Command(Purge):
    help = "Delete what the log of logins has of before ENFORCEMENT_LOGINS_DAYS."
    what, kept_for = "{} logins", f", older than {settings.LOGINS_DAYS} days"
    out_of_time, purge = staticmethod(logins.logins_out_of_time), staticmethod(logins.purge_logins)
