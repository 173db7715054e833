"""Workbooks that are no XLSX as we read it, made into one: old .xls, .ods, and Strict Open XML."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

from django.utils.translation import gettext as _

from .questions import Unreadable

LONGEST_READING = 30  # seconds
# What the names of Strict Open XML are in the transitional form that all programs read.
TRANSITIONAL = {
    b"http://purl.oclc.org/ooxml/spreadsheetml/": b"http://schemas.openxmlformats.org/spreadsheetml/2006/",
    b"http://purl.oclc.org/ooxml/officeDocument/": b"http://schemas.openxmlformats.org/officeDocument/2006/",
    b"http://purl.oclc.org/ooxml/drawingml/": b"http://schemas.openxmlformats.org/drawingml/2006/",
}


def as_xlsx(content: bytes, most_rows: int, most_cells: int) -> bytes:
    """An .xls or .ods workbook as .xlsx: the stored values of its sheets. Another process reads it, and is ended.

    Raises Unreadable.
    """
    reader = [sys.executable, str(Path(__file__).with_name("as_xlsx.py")), str(most_rows), str(most_cells)]
    try:
        done = subprocess.run(  # noqa: S603 our own program, and nothing of the file is on its line
            reader, input=content, capture_output=True, timeout=LONGEST_READING, check=True
        )
    except (subprocess.SubprocessError, OSError) as problem:
        why = _("The workbook cannot be read: it is damaged, too large, or not a workbook. Save it as .xlsx or CSV.")
        raise Unreadable(why) from problem
    return done.stdout


def is_strict(archive: zipfile.ZipFile) -> bool:
    return b"http://purl.oclc.org/ooxml/" in archive.read("xl/workbook.xml")


def as_transitional(archive: zipfile.ZipFile) -> bytes:
    """A workbook in Strict Open XML as the transitional one that says the same."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as copy:
        for entry in archive.infolist():
            part = archive.read(entry)
            if entry.filename.endswith((".xml", ".rels")):
                for strict, transitional in TRANSITIONAL.items():
                    part = part.replace(strict, transitional)
            copy.writestr(entry.filename, part)
    return made.getvalue()


def not_seen(kind: str) -> str:
    """What is not known of a workbook that was made into another."""
    return _(
        "The workbook is an .%(kind)s file: the stored values of its cells were read. Which lines are hidden, which "
        "cells are merged, and how a date is shown is not seen there."
    ) % {"kind": kind}
