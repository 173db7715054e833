import resource
import sys

from django.core.management.base import BaseCommand, CommandError

from cases.models import Case
from enforcement.workshop import bench, browser


class Command(BaseCommand):
    help = "Measure how long pages and files take with the stored cases; make_cases makes many."

    def add_arguments(self, parser):
        parser.add_argument("--exports", action="store_true", help="also measure the files; takes a minute")
        parser.add_argument(
            "--import", action="store_true", dest="imports", help="measure only an import of 10,000 rows"
        )
        parser.add_argument("--browser", metavar="ADDRESS", help="measure first visits of a running site instead")

    def handle(self, *, exports, imports, **options):
        if imports:
            self._import()
            return
        if options["browser"]:
            self._browser(options["browser"].rstrip("/"))
            return
        count = Case.objects.count()
        if not count:
            raise CommandError("There are no cases to measure: run load_record or make_cases.")
        self.stdout.write(f"{count:,} cases. Times in ms; plain is the same answer by SQL alone.\n\n")
        self.stdout.write(
            f"{'answer':<19}{'question':<15}{'p50':>8}{'p95':>8}{'plain':>8}{'ratio':>7}{'queries':>9}{'KB':>8}  bar"
        )
        for timing in bench.measure([*bench.ANSWERS, *(bench.EXPORTS if exports else [])]):
            self.stdout.write(
                f"{timing.answer.name:<19}{timing.question:<15}{timing.p50:>8,.0f}{timing.p95:>8,.0f}"
                f"{timing.plain:>8,.0f}{timing.p50 / timing.plain:>7.1f}{timing.queries:>9}{timing.size / 1000:>8,.0f}"
                f"  {timing.verdict}"
            )
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

    def _import(self):
        self.stdout.write("All changes are undone at the end.\n\n")
        for step in bench.measure_import():
            self.stdout.write(f"{step.name:<22}{step.seconds:>8.1f} s  {step.verdict:<12}{step.result}")
            self.stdout.flush()
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1_000_000 if sys.platform == "darwin" else 1_000)
        self.stdout.write(f"\npeak memory {most:,.0f} MB")
