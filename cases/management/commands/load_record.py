from django.core.management.base import BaseCommand, CommandError

from cases.loading import record
from regions.loading.rows import BrokenRow


class Command(BaseCommand):
    help = (
        "Load the record in fixtures/ into the database: all of it or nothing. Running it again changes nothing. "
        "What somebody changed since is kept and listed."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--overwrite", action="store_true", help="take the values of fixtures/ also where somebody changed them"
        )

    def handle(self, *, overwrite, **options):
        quiet = options["verbosity"] == 0 or not self.stderr.isatty()
        try:
            tallies = record.load(quiet=quiet, overwrite=overwrite)
        except BrokenRow as broken:
            raise CommandError(f"Nothing was loaded. {broken}") from broken
        for tally in tallies:
            self.stdout.write(str(tally))
        kept = [str(edit) for tally in tallies for edit in tally.kept]
        if kept:
            self.stdout.write("Kept, because somebody changed it since it was loaded (--overwrite takes fixtures/):")
        for line in kept:
            self.stdout.write(f"  {line}")
        if not any(tally.wrote for tally in tallies):
            self.stdout.write("The record was already loaded; nothing changed.")
