from django.core.management.base import BaseCommand, CommandError

from cases.loading import record
from regions.loading.rows import BrokenRow


class Command(BaseCommand):
    help = "Load the record in fixtures/ into the database: all of it or nothing. Running it again changes nothing."

    def handle(self, **options):
        try:
            tallies = record.load(quiet=options["verbosity"] == 0 or not self.stderr.isatty())
        except BrokenRow as broken:
            raise CommandError(f"Nothing was loaded. {broken}") from broken
        for tally in tallies:
            self.stdout.write(str(tally))
        if not any(tally.new or tally.changed for tally in tallies):
            self.stdout.write("The record was already loaded; nothing changed.")
