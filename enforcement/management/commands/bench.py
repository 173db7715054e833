from django.core.management.base import BaseCommand, CommandError

from cases.models import Case
from enforcement import bench


class Command(BaseCommand):
    help = "Measure the selection's answers on the cases that are there; make_cases makes them many."

    def add_arguments(self, parser):
        parser.add_argument("--exports", action="store_true", help="measure the files too; it takes a minute")

    def handle(self, *, exports, **options):
        count = Case.objects.count()
        if not count:
            raise CommandError("There are no cases to measure: run load_record or make_cases.")
        self.stdout.write(f"{count:,} cases. Times in ms; plain is the same answer as SQL alone.\n\n")
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
