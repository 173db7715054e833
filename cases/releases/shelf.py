"""The releases that there are: a folder for each, which nobody changes once it has its name.

releases/2026-11-27/      the files, and with them SHA256SUMS
releases/2026-11-27/.made from which moment of the history it was made; not published
"""

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

VERSION = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.([1-9]\d{0,2}))?")
SUMS, CHANGES, MADE = "SHA256SUMS", "changes.json", ".made"


@dataclass(frozen=True)
class ReleaseFile:
    name: str
    at: Path
    size: int
    sha256: str


@dataclass(frozen=True)
class Release:
    """A release on the shelf, and what its `changes.json` says of it."""

    folder: Path
    files: tuple[ReleaseFile, ...]
    about: dict

    @property
    def version(self):
        return self.folder.name

    @property
    def size(self):
        return sum(file.size for file in self.files)

    def how_made(self):
        """What is known of its making: `cases.releases.make`. Raises OSError or ValueError where that is lost."""
        return json.loads((self.folder / MADE).read_text(encoding="utf-8"))

    def file(self, name):
        return next((file for file in self.files if file.name == name), None)


def shelf():
    return settings.DATA_DIR / "releases"


def releases():
    """Every Release, the newest first."""
    return [_read(path) for path in sorted(_folders(), key=_order, reverse=True)]


def release_called(version):
    """The Release with this version, or None."""
    path = shelf() / version
    return _read(path) if VERSION.fullmatch(version) and path.is_dir() else None


def next_version(day):
    """`day`, or with a number behind it where that day has a release."""
    numbers = [number for path in _folders() for of_day, number in [_order(path)] if of_day == day]
    return f"{day}.{max(numbers) + 1}" if numbers else day


def _folders():
    return [path for path in shelf().iterdir() if VERSION.fullmatch(path.name)] if shelf().is_dir() else []


def _order(path):
    day, number = VERSION.fullmatch(path.name).groups()
    return day, int(number or 1)


@lru_cache(maxsize=256)  # it does not change
def _read(folder):
    sums = (folder / SUMS).read_text(encoding="utf-8")
    files = [_file(folder / name, digest) for digest, name in (line.split("  ", 1) for line in sums.splitlines())]
    files.append(_file(folder / SUMS, ""))
    return Release(folder, tuple(files), json.loads((folder / CHANGES).read_text(encoding="utf-8")))


def _file(path, digest):
    return ReleaseFile(path.name, path, path.stat().st_size, digest)
