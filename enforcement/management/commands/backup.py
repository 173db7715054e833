from django.core.management.base import BaseCommand, CommandError

from enforcement.upkeep import backup, restore
from enforcement.upkeep.archive import BackupRefused
from enforcement.upkeep.bars import steps_shown


class Command(BaseCommand):
    help = "Write the database and the documents into one file, while people work. The keys are not in it."
    # A backup of an older installation is what one wants before its migrations.
    requires_migrations_checks = False

    def add_arguments(self, parser):
        parser.add_argument("file")
        parser.add_argument(
            "--verify", action="store_true", help="write nothing: read a backup whole and say what it is"
        )

    def handle(self, *, file, verify, **options):
        try:
            with steps_shown(self, options) as steps:
                if verify:
                    self._tell(file, restore.verify(file, steps))
                    return
                made = backup.make_backup(file, steps)
        except BackupRefused as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{file}: {made.size:,} bytes, {made.rows:,} rows, {made.documents:,} documents.")
        self.stdout.write(
            "The secret key of the site and the keys of the reports are not in it: keep copies of them apart."
        )
        self.stdout.write(f"Head of the history: {made.head or 'none: the database waits for migrations'}")
        for fault in made.faults:
            self.stderr.write(f"Document {fault}.")
        if made.faults:
            raise CommandError(
                f"The backup was written, but {len(made.faults)} documents are not whole. Run check_record."
            )

    def _tell(self, file, manifest):
        rows = sum(count for count, _digest in manifest["rows"].values())
        documents = len(manifest["members"]) - 1
        self.stdout.write(f"{file} is whole: made {manifest['made_at']}, {rows:,} rows, {documents:,} documents.")
        self.stdout.write(f"Head of the history: {manifest['head']}")
