"""Make a release, and make it again to compare: `manage.py release`, `manage.py release --check`.

    as_of  →  tables  →  files, package, changes  →  a folder, which then gets its name

A release is written in a folder beside the others, brought to the disk, and renamed: it is there whole, or not at all.
"""

import os
import shutil
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from hashlib import file_digest

import pyarrow
import xlsxwriter
from django.utils import translation
from django.utils.timezone import localtime

from cases.locks import Purpose, try_session_lock
from cases.models import Case
from regions.disk import on_the_disk

from . import changes, files, package
from .as_of import RecordMark, mark_now, record_at
from .asked import keep_tables
from .shelf import CHANGES, MADE, SUMS, next_version, releases, shelf
from .tables import OF_CASES, release_tables

MAKING = ".making"
# Other versions of these write other bytes of the same rows.
WRITTEN_BY = {"pyarrow": pyarrow.__version__, "xlsxwriter": xlsxwriter.__version__, "sqlite": sqlite3.sqlite_version}


class ReleaseRefused(Exception):
    """A sentence for whoever asked for it."""


@dataclass(frozen=True)
class _About:
    """What a release says of itself in every file."""

    version: str
    site: str
    made_at: str

    @property
    def address(self):
        return f"{self.site}/releases/{self.version}/"


def make_release(site):
    """A new Release of the published record as it is now; None where nothing has changed since the newest.

    Raises ReleaseRefused.
    """
    with _alone(), _whole_or_not(shelf() / MAKING) as folder:
        before = next(iter(releases()), None)
        mark = mark_now()
        version = next_version(localtime(mark.moment).date().isoformat())
        made = {
            "moment": mark.moment.astimezone(UTC).isoformat(), "events": mark.events, "method": mark.method,
            "site": site, "before": before.version if before else None, "written_by": WRITTEN_BY,
        }  # fmt: skip
        _write(folder, version, made)
        if before and not _differ(before.folder, folder):
            return None
        (folder / MADE).write_text(changes.as_json_file(made), encoding="utf-8")
        for path in folder.iterdir():
            on_the_disk(path)
        on_the_disk(folder)
        os.rename(folder, shelf() / version)
        on_the_disk(shelf())
    return releases()[0]


def make_tables():
    """The versions of the releases that can be asked from now on. Raises ReleaseRefused."""
    with _alone():
        return list(keep_tables())


def faults_of(release):
    """What is not as it was made, a sentence for each file: made anew from the history, and compared byte by byte."""
    try:
        made = release.how_made()
    except (OSError, ValueError):
        return [f"{release.version}/{MADE} cannot be read: it says of which moment the release is"]
    with _alone(), _whole_or_not(shelf() / MAKING) as folder:
        _write(folder, release.version, made)
        found = [
            f"{release.version}/{name} is {fault}"
            for name in sorted(_names(folder) | _names(release.folder) - {MADE})
            if (fault := _fault(release.folder / name, folder / name))
        ]
    others = {name: made for name, made in made["written_by"].items() if WRITTEN_BY.get(name) != made}
    if found and others:
        named = ", ".join(f"{name} {made}, now {WRITTEN_BY.get(name)}" for name, made in others.items())
        found.append(f"{release.version} was written by {named}: bytes may differ for that reason alone")
    return found


def _write(folder, version, made):
    """All files of a release but what is known of its making. In English: programs read it, whoever starts this."""
    mark = RecordMark.read(made)
    about = _About(version, made["site"], mark.moment.isoformat(timespec="seconds"))
    with record_at(mark), translation.override("en"):
        export, tables = release_tables(about.site, mark.moment)
        for table in tables:
            files.write_csv(table, folder / f"{table.name}.csv")
        files.write_sqlite(tables, folder / changes.DATABASE)
        files.write_parquet(next(table for table in tables if table.name == "cases"), folder / "cases.parquet")
        with (folder / "cases.geojson").open("wb") as file:
            file.writelines(export.geojson())
        with (folder / "cases.xlsx").open("wb") as file:
            file.writelines(export.xlsx())
        said = _said_of_changes(about, made["before"], folder, export)
        counts = changes.rows_of_tables(folder / changes.DATABASE)
        _text(folder / CHANGES, changes.as_json_file(said))
        _text(folder / "CHANGES.md", changes.as_markdown(said, counts))
        _text(folder / "CITATION.cff", package.citation_file(about))
        others = sorted(_names(folder) - {f"{table.name}.csv" for table in tables})
        _text(
            folder / "datapackage.json",
            changes.as_json_file(package.data_package(about, tables, folder, others, export.about())),
        )
    sums = [f"{_digest(folder / name)}  {name}\n" for name in sorted(_names(folder))]
    _text(folder / SUMS, "".join(sums))


def _said_of_changes(about, before, folder, export):
    totals = export.selection.totals()
    merged = {ref: case for case, refs in Case.objects.values_list("ref", "former_refs") for ref in refs}
    found = changes.changes_between(shelf() / before, folder, merged) if before else None
    return {
        "version": about.version, "made_at": about.made_at, "address": about.address, "before": before,
        "cases": totals.cases, "rigs": totals.rigs, "rigs_cases": totals.rigs_cases, "columns": list(OF_CASES),
        "changes": found,
    }  # fmt: skip


def _differ(before, folder):
    """Whether the rows differ; files that say when they were made differ anyway."""
    names = {path.name for place in (before, folder) for path in place.glob("*.csv")}
    return any(_fault(before / name, folder / name) for name in names)


def _fault(path, expected):
    if not path.exists():
        return "missing"
    if not expected.exists():
        return "no file of this release"
    return "" if path.read_bytes() == expected.read_bytes() else "not as it was made"


def _names(folder):
    return {path.name for path in folder.iterdir()}


def _text(path, content):
    path.write_text(content, encoding="utf-8", newline="\n")


def _digest(path):
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


@contextmanager
def _alone():
    with try_session_lock(Purpose.RELEASE) as is_ours:
        if not is_ours:
            raise ReleaseRefused("Another release is being made.")
        yield


@contextmanager
def _whole_or_not(folder):
    """An empty folder to work in, gone at the end unless it was renamed: also what a killed run left."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(parents=True)
        yield folder
    except (OSError, sqlite3.Error, pyarrow.ArrowException, xlsxwriter.exceptions.XlsxWriterException) as problem:
        raise ReleaseRefused(f"Nothing was made: {problem}") from problem
    finally:
        shutil.rmtree(folder, ignore_errors=True)
