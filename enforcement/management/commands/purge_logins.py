from django.conf import settings
from django.core.management.base import BaseCommand

from enforcement.accounts import logins


class Command(BaseCommand):
    help = "Delete what the log of logins has of before ENFORCEMENT_LOGINS_DAYS."
    requires_system_checks = []  # they import every page, which takes longer than all that it does

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="only say how many there are")

    def handle(self, **options):
        if options["dry_run"]:
            self.stdout.write(f"Would delete {logins.logins_out_of_time().count()} logins.")
        else:
            self.stdout.write(f"Deleted {logins.purge_logins()} logins, older than {settings.LOGINS_DAYS} days.")
