"""What the commands share that the server runs now and then by itself (`enforcement/serving/chores.py`)."""

from django.core.management.base import BaseCommand


class Chore(BaseCommand):
    requires_system_checks = []  # they import every page, which takes longer than all that it does


class Purge(Chore):
    """Deletes what was kept for its time: `what` is that, "{} reports"; `kept_for`, said behind it, how long."""

    what, kept_for = "{}", ""

    def out_of_time(self):
        """The queryset of what would go."""
        raise NotImplementedError

    def purge(self) -> int:
        raise NotImplementedError

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="only say how many there are")

    def handle(self, **options):
        if options["dry_run"]:
            self.stdout.write(f"Would delete {self.what.format(self.out_of_time().count())}.")
        else:
            self.stdout.write(f"Deleted {self.what.format(self.purge())}{self.kept_for}.")
