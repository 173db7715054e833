from django.core.management.base import BaseCommand, CommandError

from enforcement.upkeep import restore
from enforcement.upkeep.archive import BackupRefused
from enforcement.upkeep.bars import steps_shown


class Command(BaseCommand):
    help = "Restore a backup into an empty database and an empty folder of documents: all of it, or nothing."
    requires_migrations_checks = False

    def add_arguments(self, parser):
        parser.add_argument("file")

    def handle(self, *, file, **options):
        try:
            with steps_shown(self, options) as steps:
                done = restore.restore_backup(file, steps)
        except BackupRefused as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"Restored: {done.rows:,} rows, {done.documents:,} documents; each table and file compared.")
        if done.migrated:
            self.stdout.write(f"The backup was of an older version: {done.migrated} migrations applied.")
        self.stdout.write(f"Head of the history: {done.head}")
        self.stdout.write("Put the secret key of the site and the keys of the reports back. Everyone logs in again.")
