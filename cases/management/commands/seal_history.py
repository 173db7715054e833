from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError

from cases.history import seals


class Command(BaseCommand):
    help = "Seal what was added to the history since the last seal; with --check, name what was changed since."

    def add_arguments(self, parser):
        parser.add_argument("--check", action="store_true", help="seal nothing; compare the history with its seals")
        parser.add_argument("--minutes", type=int, default=10, help="leave out what is younger (default: 10)")

    def handle(self, **options):
        if options["check"]:
            found = seals.check()
            for table, pgh_id, what in found:
                self.stderr.write(f"{table}: " + (f"row {pgh_id} {what}" if pgh_id else "a seal was changed"))
            if found:
                raise CommandError(f"The history does not agree with its seals in {len(found)} places.")
            self.stdout.write("The history agrees with its seals.")
        else:
            for table, count in seals.seal_up(timedelta(minutes=options["minutes"])).items():
                if count:
                    self.stdout.write(f"{table}: {count}")
        self.stdout.write(f"Seal of seals: {seals.head()}")
