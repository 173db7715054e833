from django.core.management.base import BaseCommand

from cases.leads import purging


class Command(BaseCommand):
    help = "Delete the content of reports whose lead was closed 180 days ago. The leads stay and are counted."
    requires_system_checks = []  # they import every page, which takes longer than all that it does

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="only say how many there are")

    def handle(self, **options):
        if options["dry_run"]:
            self.stdout.write(f"Would delete the content of {purging.out_of_time().count()} reports.")
        else:
            self.stdout.write(f"Deleted the content of {purging.purge()} reports.")
