from enforcement.accounts import logins
from regions.management.chores import Purge


class Command(Purge):
    help = "Delete what the log of logins has of before ENFORCEMENT_LOGINS_DAYS."
    what, setting = "{} logins", "LOGINS_DAYS"
    out_of_time, purge = staticmethod(logins.logins_out_of_time), staticmethod(logins.purge_logins)
