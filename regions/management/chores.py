"""What the commands share that the server runs now and then by itself (`enforcement/serving/chores.py`)."""

from django.conf import settings
from django.core.management.base import BaseCommand


class Chore(BaseCommand):
    requires_system_checks = []  # they import every page, which takes longer than all that it does


class Purge(Chore):
    """Deletes what was kept for its time: `what` is that, "{} reports"; `setting` says for how many days."""

    what, setting = "{}", ""

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
            kept_for = f", older than {getattr(settings, self.setting)} days" if self.setting else ""
            self.stdout.write(f"Deleted {self.what.format(self.purge())}{kept_for}.")
