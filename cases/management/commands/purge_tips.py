from cases.leads import purging
from regions.management.chores import Purge


class Command(Purge):
    help = "Delete the content of reports whose lead was closed 180 days ago. The leads stay and are counted."
    what = "the content of {} reports"
    out_of_time, purge = staticmethod(purging.out_of_time), staticmethod(purging.purge)
