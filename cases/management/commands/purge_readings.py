from cases.screening.results import kept
from regions.management.chores import Purge


class Command(Purge):
    help = "Delete meter readings that are older than ENFORCEMENT_READINGS_DAYS. What was found in them stays."
    what, setting = "the readings of {} runs", "READINGS_DAYS"
    out_of_time, purge = staticmethod(kept.runs_out_of_time), staticmethod(kept.purge_readings)
