from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cases.history import heads, trust
from enforcement.upkeep import record_check
from enforcement.upkeep.bars import steps_shown


class Command(BaseCommand):
    help = "Read everything that is stored and say what is not whole: documents, constraints, sums, words, the history."

    def add_arguments(self, parser):
        parser.add_argument(
            "--head", type=Path, metavar="FILE", default=settings.HISTORY_HEADS,
            help="the file outside the database that has the heads of the history",
        )  # fmt: skip

    def handle(self, *, head, **options):
        try:
            kept = heads.kept_heads(head)
        except (OSError, ValueError) as problem:
            raise CommandError(f"{head}: {problem}") from problem
        count = 0
        with steps_shown(self, options) as steps:
            for fault in record_check.faults(kept, steps):
                count += 1
                self.stderr.write(f"{fault}.")
        for sentence in trust.not_sealed():
            self.stdout.write(f"{sentence}.")
        if count:
            raise CommandError(f"{count} things are not whole.")
        self.stdout.write(f"All is whole; the history agrees with {len(kept)} heads that were kept outside.")
