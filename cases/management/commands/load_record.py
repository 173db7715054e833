from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from cases.loading import record
from regions.loading.rows import BrokenRow


class Command(BaseCommand):
    help = (
        "Load the record in fixtures/ into the database: all of it or nothing. Running it again changes nothing. "
        "What somebody changed since is kept and listed."
    )

    def add_arguments(self, parser):
        parser.add_argument("--preview", action="store_true", help="say what would change, and change nothing")
        parser.add_argument(
            "--overwrite", action="store_true", help="take the values of fixtures/ also where somebody changed them"
        )

    def handle(self, *, preview, overwrite, **options):
        quiet = options["verbosity"] == 0 or not self.stderr.isatty()
        try:
            with transaction.atomic():
                tallies = record.load(quiet=quiet, overwrite=overwrite)
                transaction.set_rollback(preview)
        except BrokenRow as broken:
            raise CommandError(f"Nothing was loaded. {broken}") from broken
        for tally in tallies:
            self.stdout.write(str(tally))
        kept = [str(edit) for tally in tallies for edit in tally.kept]
        if kept:
            self.stdout.write("Kept, because somebody changed it since it was loaded (--overwrite takes fixtures/):")
        for line in kept:
            self.stdout.write(f"  {line}")
        if preview:
            self.stdout.write("This was a preview: nothing was changed.")
            return
        if not any(tally.wrote for tally in tallies):
            self.stdout.write("The record was already loaded; nothing changed.")
