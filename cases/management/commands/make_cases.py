import time

from django.core.management.base import BaseCommand, CommandError

from cases.loading import synthetic

MOST = 2_000_000


class Command(BaseCommand):
    help = "Make synthetic cases for trials and measuring: marked as such, and removed again by --remove."

    def add_arguments(self, parser):
        parser.add_argument("--count", type=int, default=0, help="how many cases to make")
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same cases")
        parser.add_argument("--remove", action="store_true", help="delete all synthetic cases first")

    def handle(self, *, count, seed, remove, verbosity, **options):
        if not 0 <= count <= MOST:
            raise CommandError(f"--count runs from 0 to {MOST:,}.")
        if not count and not remove:
            raise CommandError("Say how many with --count, or --remove.")
        if remove:
            self.stdout.write(f"{synthetic.remove_all():,} synthetic cases removed.")
        if count:
            started = time.monotonic()
            rows = synthetic.make(count, seed=seed, quiet=verbosity == 0 or not self.stderr.isatty())
            seconds = time.monotonic() - started
            self.stdout.write(
                f"{count:,} synthetic cases made: {rows:,} rows in {seconds:.1f} s, {rows / seconds:,.0f} rows/s."
            )
