from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from enforcement.copying.folder import CopyRefused
from enforcement.copying.make import MOST_NAMED, make_copy


class Command(BaseCommand):
    help = "Copy the public site, in every language, as plain files that any file server or a USB stick shows."

    def add_arguments(self, parser):
        parser.add_argument("folder", help="empty, or with an earlier copy: only what changed is written anew")
        parser.add_argument("--processes", type=int, default=2, help="how many work at once")

    def handle(self, *, folder, processes, verbosity, **options):
        if not 1 <= processes <= 64:
            raise CommandError("--processes runs from 1 to 64.")
        quiet = verbosity == 0 or not self.stderr.isatty()
        try:
            made = make_copy(
                folder,
                processes=processes,
                progress=lambda done, total: tqdm(done, total=total, unit=" pages", disable=quiet),
            )
        except CopyRefused as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{folder}: {len(made.files):,} files, every link between them checked.")
        self.stdout.write(f"written anew: {made.written:,}")
        self.stdout.write(f"removed: {made.removed:,}")
        self.stdout.write(f"links to what only the site has, now without an address: {made.lost:,}")
        for number, link in enumerate(made.astray):
            if number == MOST_NAMED:
                self.stdout.write(
                    f"and {len(made.astray) - MOST_NAMED:,} more links to places that their pages have not"
                )
                break
            self.stdout.write(f"no such place on that page: {link}")
