import os
import resource
import statistics
import sys
import time
from contextlib import ExitStack, nullcontext
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cases.columns import keeper
from cases.models import Case
from cases.screening.run import screened
from cases.screening.trial.make import Trial, keep_only_bills, make_trial
from cases.screening.trial.quality import kinds_of_meters, quality_of
from enforcement.workshop import bench, browser, datasette, load, questions


class Command(BaseCommand):
    help = "Measure how long pages and files take with the stored cases; make_cases makes many."

    def add_arguments(self, parser):
        parser.add_argument("--exports", action="store_true", help="also measure the files; takes a minute")
        parser.add_argument(
            "--import", action="store_true", dest="imports", help="measure only an import of 10,000 rows"
        )
        parser.add_argument("--http", action="store_true", help="measure the production server over HTTP instead")
        parser.add_argument(
            "--questions", action="store_true", help="measure twenty questions over HTTP, anew after each write"
        )
        parser.add_argument("--datasette", metavar="PROGRAM", help="with --questions: the facets by Datasette, too")
        parser.add_argument("--junk", action="store_true", help="measure readers beside 200 junk reports a second")
        parser.add_argument("--seconds", type=int, default=load.SECONDS, help="with --http and --junk: of each step")
        parser.add_argument(
            "--against", metavar="COMMIT", help="with --http and --questions: that commit, too, and ratios"
        )
        parser.add_argument("--screening", action="store_true", help="make trial readings, screen them, say how well")
        parser.add_argument("--meters", type=int, default=10_000, help="with --screening")
        parser.add_argument("--days", type=int, default=60, help="with --screening")
        parser.add_argument("--seed", type=int, default=1, help="with --screening")
        parser.add_argument("--bills", action="store_true", help="with --screening: only the monthly bills are known")
        parser.add_argument("--browser", metavar="ADDRESS", help="measure first visits of a running site instead")

    def handle(self, *, exports, imports, **options):
        if imports:
            self._import()
            return
        if options["browser"]:
            self._browser(options["browser"].rstrip("/"))
            return
        if options["screening"]:
            first_day = (
                {"first_day": date(2025, 6, 1)} if options["bills"] else {}
            )  # bills are of months that have ended
            trial = Trial(options["meters"], options["days"], options["seed"], **first_day)
            self._screening(trial, options["bills"])
            return
        count = Case.objects.count()
        if not count:
            raise CommandError("There are no cases to measure: run load_record or make_cases.")
        if options["junk"]:
            self._junk(options["seconds"])
            return
        if options["questions"]:
            self._questions(count, options["datasette"], options["against"])
            return
        if options["http"]:
            self._http(count, options["seconds"], options["against"])
            return
        keeper.sum_from_columns()  # as a process of the server does
        if keeper.keeper:
            keeper.keeper.fill()
            self.stdout.write(f"sums from columns: {keeper.keeper.state}")
        self.stdout.write(
            f"{count:,} cases. Times in ms; anew is after somebody has written, plain the same answer by SQL alone.\n\n"
        )
        self.stdout.write(
            f"{'answer':<19}{'question':<15}{'anew':>8}{'p50':>8}{'p95':>8}{'plain':>8}{'ratio':>7}{'queries':>9}"
            f"{'KB':>8}  bar"
        )
        for timing in bench.measure([*bench.ANSWERS, *(bench.EXPORTS if exports else [])]):
            self.stdout.write(
                f"{timing.answer.name:<19}{timing.question:<15}"
                f"{timing.anew:>8,.0f}{timing.p50:>8,.0f}{timing.p95:>8,.0f}"
                f"{timing.plain:>8,.0f}{timing.anew / timing.plain:>7.1f}{timing.queries:>9}{timing.size / 1000:>8,.0f}"
                f"  {timing.verdict}"
            )
            self.stdout.flush()
        if bench.BULLETINS.exists():  # not where the product is installed without its tests
            count, rate = bench.measure_bulletins()
            self.stdout.write(f"\nreading bulletins: {count} texts, {rate:,.0f} in a second of processor time")

    def _http(self, count, seconds, against):
        """A copy of the database for each commit, in turn, and the ratio of the second to the first."""
        one, five, _fifteen = os.getloadavg()
        self.stdout.write(
            f"{count:,} cases, {os.cpu_count()} cores, load {one:.1f} (in five minutes {five:.1f}). Times in ms.\n"
        )
        with ExitStack() as stack:
            folders = {"this checkout": settings.BASE_DIR}
            if against:
                folders = {against: stack.enter_context(load.checkout(against)), **folders}
            before = {}
            for name, folder in folders.items():
                self.stdout.write(
                    f"\n{name:<34}{'a second':>9}{'p50':>8}{'p95':>8}{'p99':>8}{'errors':>8}{'cores':>7}{'MB':>6}"
                )
                for measured in load.measure_over_http(folder, seconds=seconds):
                    times = "".join(f"{measured.percentile(of_100):>8,.0f}" for of_100 in (50, 95, 99))
                    earlier = before.get(measured.name)
                    ratio = f"  × {measured.rate / earlier.rate:.1f}" if earlier and earlier.rate else ""
                    self.stdout.write(
                        f"{measured.name:<34}{measured.rate:>9.1f}{times}{len(measured.errors):>8}"
                        f"{measured.cores:>7.1f}{measured.mb:>6.0f}{ratio}"
                    )
                    self._say_problems(measured.errors)
                    before.setdefault(measured.name, measured)

    def _questions(self, count, program, against):
        self.stdout.write(
            f"{count:,} cases, load {os.getloadavg()[0]:.1f}. Times in ms: after a write, and again; bars of a million."
            "\nuneven: the p95 of a loop meanwhile in its middle; of a machine of its own it is 1."
        )
        self.stdout.write(
            f"{'answer':<20}{'questions':>10}{'middle':>8}{'p95':>8}{'uneven':>8}{'again':>8}{'x DuckDB':>10}"
            f"{'x before':>10}{'errors':>8}  bar"
        )
        with load.checkout(against) if against else nullcontext() as other:
            for asked in questions.measure_questions(settings.BASE_DIR, other):
                most = asked.p95(asked.worst)
                ratios = "".join(f"{ratio or '-':>10.3}" for ratio in (asked.ratio, asked.ratio_to_before))
                verdict = f"{'≤' if most <= asked.bar else 'OVER'} {asked.bar}  ({asked.worst})"
                self.stdout.write(
                    f"{asked.name:<20}{len(asked.of):>10}{asked.middle:>8,.0f}{most:>8,.0f}"
                    f"{asked.unevenness:>8.1f}{asked.p95_again:>8,.0f}"
                    f"{ratios}{len(asked.errors):>8}  {verdict}"
                )
                self._say_problems(asked.errors)
                if program and asked.name == "facets":
                    for question, theirs in datasette.facet_times(program, questions.ROUNDS).items():
                        ours = statistics.median(asked.of[question])
                        self.stdout.write(f"  Datasette, {question}: {theirs:,.0f}, {theirs / ours:.1f} times ours")

    def _say_problems(self, errors):
        for problem in sorted(set(errors))[:3]:
            self.stdout.write(f"  {problem}")
        self.stdout.flush()

    def _junk(self, seconds):
        self.stdout.write(f"Load {os.getloadavg()[0]:.1f}. Bar: p95 beside junk under 2 x quiet.\n")
        self.stdout.write(f"{'readers':<26}{'answers':>8}{'p50':>8}{'p95':>8}{'errors':>8}{'cores':>7}{'MB':>6}")
        for quiet, flooded, junk in load.measure_junk(settings.BASE_DIR, seconds):
            for who in quiet:
                for each in (quiet[who], flooded[who]):
                    self.stdout.write(
                        f"{each.name:<26}{len(each.times):>8}{each.percentile(50):>8,.0f}{each.percentile(95):>8,.0f}"
                        f"{len(each.errors):>8}{each.cores:>7.1f}{each.mb:>6.0f}"
                    )
                ratio = flooded[who].percentile(95) / quiet[who].percentile(95)
                self.stdout.write(f"  p95 x {ratio:.2f}  {'within' if ratio < 2 else 'OVER'}")
            answers = ", ".join(f"{count:,} x {status}" for status, count in junk["statuses"].items())
            self.stdout.write(f"  junk in {junk['seconds']:.0f} s: {answers}; stored: {junk['stored']}")
            self.stdout.flush()

    def _browser(self, site):
        self.stdout.write(
            f"First visits of {site}, CPU {browser.SLOWER_CPU} times slower, 150 ms to the server, 1.6 Mbit/s.\n\n"
        )
        self.stdout.write(f"{'page':<24}{'width':>6}{'paint ms':>10}{'shift':>8}{'requests':>10}{'KB':>7}  bar")
        try:
            with browser.chromium() as chromium:
                for name, address in browser.PAGES.items():
                    for width in (360, 1280):
                        visit = browser.first_visit(chromium, site, name, address, width)
                        self.stdout.write(
                            f"{name:<24}{width:>6}{visit.paint:>10,.0f}{visit.shift:>8.3f}{visit.requests:>10}"
                            f"{visit.kb:>7,.0f}  {bench.verdict_of_visit(visit)}"
                        )
                        self.stdout.flush()
        except browser.NoBrowser as missing:
            raise CommandError(str(missing)) from missing

    def _screening(self, trial, of_bills):
        with TemporaryDirectory(prefix="bench-") as folder:
            count = make_trial(trial, Path(folder) / "trial", quiet=not self.stderr.isatty())
            if of_bills:
                keep_only_bills(Path(folder) / "trial")
            before, processor = time.monotonic(), time.process_time()
            found = screened([Path(folder) / "trial"], engine=settings.READINGS_ENGINE)
            seconds, processor = time.monotonic() - before, time.process_time() - processor
            quality = quality_of(
                [each.meter for each in found.findings], kinds_of_meters(Path(folder) / "trial/labels.csv")
            )
        self.stdout.write(
            f"{count:,} readings of {trial.meters:,} meters, {trial.days} days, seed {trial.seed}: "
            f"screened in {seconds:.0f} s ({processor:.0f} s of processor time), "
            f"{count / seconds:,.0f} readings a second."
        )
        self.stdout.write(", ".join(f"{mines} mines among the first {first}" for first, mines in quality.mines.items()))
        for title, rows in (("habit", quality.habits), ("what is none", quality.others)):
            self.stdout.write(f"\n{title:<26}{'there':>8}{'in 150':>8}{'share':>8}")
            for kind, there, among in rows:
                self.stdout.write(f"{kind:<26}{there:>8,}{among:>8,}{among / there:>8.2f}")
        self._say_memory()

    def _import(self):
        self.stdout.write("All changes are undone at the end.\n\n")
        for step in bench.measure_import():
            self.stdout.write(f"{step.name:<22}{step.seconds:>8.1f} s  {step.verdict:<12}{step.result}")
            self.stdout.flush()
        self._say_memory()

    def _say_memory(self):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1_000_000 if sys.platform == "darwin" else 1_000)
        self.stdout.write(f"\npeak memory {most:,.0f} MB")
