from django.conf import settings
from django.core.management.base import BaseCommand

from cases.screening.results import kept


class Command(BaseCommand):
    help = "Delete meter readings that are older than ENFORCEMENT_READINGS_DAYS. What was found in them stays."
    requires_system_checks = []  # they import every page, which takes longer than all that it does

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="only say of how many runs there are")

    def handle(self, **options):
        if options["dry_run"]:
            self.stdout.write(f"Would delete the readings of {kept.runs_out_of_time().count()} runs.")
        else:
            self.stdout.write(
                f"Deleted the readings of {kept.purge_readings()} runs, older than {settings.READINGS_DAYS} days."
            )
