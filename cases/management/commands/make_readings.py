import time
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from cases.screening.trial.make import Trial, make_trial, remove_trial

MOST_METERS, MOST_DAYS = 1_000_000, 400


class Command(BaseCommand):
    help = "Make invented meter readings for trials of the screening, and apart from them what each meter really is."
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--meters", type=int, required=True, help="how many customers have a meter")
        parser.add_argument("--days", type=int, required=True)
        parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same files")
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="a folder that is empty or missing")
        parser.add_argument("--first-day", type=date.fromisoformat, default=Trial.first_day, metavar="DAY")
        parser.add_argument(
            "--mines", type=float, default=Trial.mines, help="share of the meters that are mines (0.01)"
        )
        parser.add_argument(
            "--steady", type=float, default=Trial.steady, help="share of the mines that are steady (0.5)"
        )
        parser.add_argument(
            "--lookalikes", type=float, default=Trial.lookalikes, help="share of the meters that look like mines (0.08)"
        )
        parser.add_argument("--overwrite", action="store_true", help="replace the files of an earlier run")

    def handle(self, *, out, overwrite, meters, days, seed, verbosity, **options):
        if not 1 <= meters <= MOST_METERS or not 1 <= days <= MOST_DAYS:
            raise CommandError(f"--meters runs from 1 to {MOST_METERS:,}, --days from 1 to {MOST_DAYS}.")
        if seed < 0:
            raise CommandError("--seed is a number from 0.")
        shares = {name: options[name] for name in ("mines", "steady", "lookalikes")}
        if not all(0 <= share <= 1 for share in shares.values()) or shares["mines"] + shares["lookalikes"] > 1:
            raise CommandError("--mines, --steady and --lookalikes are shares between 0 and 1.")
        try:
            if overwrite:
                remove_trial(out)
            if out.exists() and any(out.iterdir()):
                raise CommandError(f"{out} is not empty: --overwrite replaces the files of an earlier run.")
            started = time.monotonic()
            trial = Trial(meters, days, seed, options["first_day"], **shares)
            count = make_trial(trial, out, quiet=verbosity == 0 or not self.stderr.isatty())
        except OSError as problem:
            raise CommandError(f"{out}: {problem.strerror}") from problem
        seconds = time.monotonic() - started
        self.stdout.write(
            f"{count:,} readings of {meters:,} meters in {seconds:.0f} s. What each meter is: {out / 'labels.csv'}"
        )
