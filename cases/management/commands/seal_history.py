from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.management.base import CommandError

from cases.history import heads, seals, trust
from regions.management.chores import Chore

MINUTES = int(seals.SETTLED_AFTER.total_seconds() // 60)


class Command(Chore):
    help = "Seal what was added to the history since the last seal; with --check, name what was changed since."

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="seal nothing; compare the history with its seals")
        parser.add_argument(
            "--head", type=Path, metavar="FILE", default=settings.HISTORY_HEADS,
            help="the file outside the database to which the head of the history is added, and compared with",
        )  # fmt: skip
        parser.add_argument(
            "--minutes", type=int, default=MINUTES, help=f"leave out what is younger (default: {MINUTES})"
        )

    def handle(self, *, check, head, minutes, **options):
        try:
            if check:
                self._check(heads.kept_heads(head))
                self.stdout.write(f"Head of the history: {seals.head()}")
                return
            for table, count in seals.seal_up(timedelta(minutes=minutes)).items():
                if count:
                    self.stdout.write(f"{table}: {count}")
            self.stdout.write(f"Head of the history: {heads.keep_head(head)}")
        except (OSError, ValueError) as problem:
            raise CommandError(f"{head}: {problem}") from problem

    def _check(self, kept):
        found = [*trust.speaks_against(kept)]
        for sentence in found:
            self.stderr.write(f"{sentence}.")
        for sentence in trust.not_sealed():
            self.stdout.write(f"{sentence}.")
        if found:
            raise CommandError(f"The history does not agree with its seals in {len(found)} places.")
        self.stdout.write(f"The history agrees with its seals, and with {len(kept)} heads that were kept outside.")
