from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from cases.releases.make import ReleaseRefused, faults_of, make_release, make_tables
from cases.releases.shelf import release_called, releases, shelf


class Command(BaseCommand):
    help = "Keep the published record as it is today as a release, which never changes; with --check, make it anew."

    def add_arguments(self, parser):
        scheme, host = "https" if settings.HTTPS else "http", settings.ALLOWED_HOSTS[0].lstrip(".")
        parser.add_argument(
            "--site", default=f"{scheme}://{host}", help="address of the site, for the addresses in the files"
        )
        parser.add_argument(
            "--check", nargs="?", const="", metavar="VERSION",
            help="make nothing: make a release, or all of them, again from the history, and compare every byte",
        )  # fmt: skip

    def handle(self, *, site, check, **options):
        try:
            if check is not None:
                self._check(check)
                return
            made = make_release(site.rstrip("/"))
            answering = make_tables()
        except ReleaseRefused as problem:
            raise CommandError(str(problem)) from problem
        if answering:
            self.stdout.write(f"Can now be asked: {', '.join(answering)}.")
        if made is None:
            self.stdout.write(f"Nothing has changed since {releases()[0].version}: no release was made.")
            return
        self.stdout.write(f"{made.folder}: {made.about['cases']:,} cases, {made.size:,} bytes.")
        for what, cases in (made.about["changes"] or {}).items():
            self.stdout.write(f"{what}: {len(cases):,}")

    def _check(self, version):
        asked = [release_called(version)] if version else releases()
        if None in asked:
            raise CommandError(f"There is no release {version}.")
        if not asked:
            raise CommandError(f"There is no release in {shelf()}.")
        faults = [fault for release in asked for fault in faults_of(release)]
        for fault in faults:
            self.stderr.write(f"{fault}.")
        if faults:
            raise CommandError("Not every release is as it was made.")
        self.stdout.write(f"As they were made: {', '.join(release.version for release in asked)}.")
