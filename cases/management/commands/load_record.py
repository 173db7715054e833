from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from cases.loading import record
from regions.loading.rows import BrokenRow


class Command(BaseCommand):
    help = "Load the record in fixtures/ into the database: all of it or nothing. Running it again changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("--preview", action="store_true", help="Say what would change, and change nothing.")

    def handle(self, **options):
        try:
            with transaction.atomic():
                tallies = record.load(quiet=options["verbosity"] == 0 or not self.stderr.isatty())
                transaction.set_rollback(options["preview"])
        except BrokenRow as broken:
            raise CommandError(f"Nothing was loaded. {broken}") from broken
        for tally in tallies:
            self.stdout.write(str(tally))
        if options["preview"]:
            self.stdout.write("This was a preview: nothing was changed.")
            return
        if not any(tally.new or tally.changed for tally in tallies):
            self.stdout.write("The record was already loaded; nothing changed.")
