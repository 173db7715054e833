"""A file that somebody fills in, as rows of texts with the numbers of their lines.

    read(content, "cases.xlsx") → Table

Whatever comes is read or refused as `Unreadable`, in one sentence that says what is wrong and what the file really is.
Nothing is guessed silently, and no file costs more than its size allows.
"""

import codecs
import csv
import io
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from functools import cache

import puremagic
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import load_workbook

from . import office
from .csv_text import plain
from .sheet import COLUMNS, SHEET
from .text import shown

MOST_BYTES = 20_000_000
MOST_ROWS = 50_000
MOST_CELLS = 200  # of a row
LAST_LINE = 1_048_576  # of a sheet
MOST_UNZIPPED = 50_000_000  # bytes
SEPARATORS = {",": "“,”", ";": "“;”", "\t": gettext_lazy("tabs"), "，": "“，”"}
NO_VALUE = {
    "f": gettext_lazy("%(cell)s is a formula: paste its value."),
    "e": gettext_lazy("%(cell)s shows an error."),
}
# Too short to be told for certain by a list of all kinds of files.
PROGRAMS = {b"MZ": "Windows Executable", b"\x7fELF": "ELF executable"}
LEGACY_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


class Unreadable(Exception):
    """This file cannot be read as a table of cases; the message says why."""


@dataclass
class Row:
    """One row: its line in the file, its cells by column, and what is wrong with it as a row."""

    line: int
    cells: dict[str, str]
    problems: list[tuple[str, str, str]] = field(default_factory=list)  # (column, value, problem)


@dataclass
class Table:
    """What a file holds: the columns that its header names, in our names, and its rows that are not empty."""

    columns: list[str]
    rows: list[Row]
    encoding: str = ""
    separator: str = ""


def read(content, name=""):
    """The Table in `content`, the bytes of a file. Raises Unreadable."""
    if len(content) > MOST_BYTES:
        raise Unreadable(too_large(len(content)))
    if not content.removeprefix(codecs.BOM_UTF8).strip(b"\0 \t\r\n"):
        raise Unreadable(_("The file is empty."))
    if content.startswith(b"PK"):
        return _workbook(content)
    if content.startswith(LEGACY_OFFICE):
        if ENCRYPTED in content:
            raise Unreadable(_("The workbook is protected by a password: save it without one."))
        raise Unreadable(_("This is a file of an old Office program (.xls or .doc): save it as .xlsx or CSV."))
    return _text(content, name)


def too_large(size):
    return _("The file has %(size)s MB; at most %(most)s are read. Part it into several.") % {
        "size": -(-size // 1_000_000), "most": MOST_BYTES // 1_000_000,
    }  # fmt: skip


# CSV


def _text(content, name):
    text, encoding = _decoded(content, name)
    separator = _separator(text)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins, rows, columns, header = 1, [], None, []
    try:
        for cells in lines:
            line, begins = begins, lines.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                header = _without_empty_end(cells)
                columns = _columns(header, separator)
                continue
            if len(rows) == MOST_ROWS:
                raise Unreadable(_too_many_rows())
            rows.append(_row(line, [plain(cell) for cell in cells], columns))
    except csv.Error as problem:
        raise Unreadable(_why(problem, begins)) from problem
    return Table(columns or _columns([], separator), rows, encoding, str(SEPARATORS[separator]))


def _decoded(content, name):
    """By its byte-order mark; else UTF-16 where every other byte is zero, UTF-8, GB18030."""
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
                           (codecs.BOM_UTF16_BE, "utf-16")):  # fmt: skip
        if content.startswith(mark):
            return _strictly(content, [encoding])
    _refuse_another_kind(content, name)
    head = content[:4_000]
    for start, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(head) > 1 and head[start::2].count(0) > len(head) / 4:
            return _strictly(content, [encoding])
    return _strictly(content, ["utf-8", "gb18030"])


def _strictly(content, encodings):
    offsets = []
    for encoding in encodings:
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError as problem:
            offsets.append((encoding.upper(), problem.start))
    told = ", ".join(_("%(encoding)s (byte %(offset)s)") % {"encoding": one, "offset": at} for one, at in offsets)
    raise Unreadable(_("The text of the file cannot be read as %(encodings)s: save it as UTF-8.") % {"encodings": told})


def _refuse_another_kind(content, name):
    """A picture, a program or a PDF is named as what it is, whatever its name says."""
    program = next((kind for begins, kind in PROGRAMS.items() if content.startswith(begins)), None)
    if program and not _looks_like_text(content):
        raise Unreadable(_no_table(name, program))
    try:
        found = puremagic.magic_string(content[:4_000])
    except (puremagic.PureError, ValueError):
        found = []
    # What a text happens to begin with, such as "MZ" or "BM", is no proof: control bytes are.
    bytes_of_no_text = sum(byte < 9 or 13 < byte < 27 for byte in content[:4_000])
    if found and (found[0].confidence >= 0.4 or bytes_of_no_text) and not _looks_like_text(content):
        raise Unreadable(_no_table(name, found[0].name or found[0].extension))


def _no_table(name, kind):
    why = _("“%(name)s” is no table: its content is that of a file “%(kind)s”. Send CSV or XLSX.")
    return why % {"name": shown(name), "kind": kind}


def _looks_like_text(content):
    head = content[:4_000]
    return not any(byte < 9 or 13 < byte < 27 for byte in head) and not head.startswith((b"%PDF", b"{\\rtf"))


def _separator(text):
    """The one by which the first line has the most known columns."""
    first = next((line for line in io.StringIO(text, newline="") if line.strip()), "")

    def known(separator):
        names = first.strip().split(separator)
        return sum(_known_name(name.strip('" ')) is not None for name in names), len(names)

    return max(SEPARATORS, key=known)


def _why(problem, line):
    said = str(problem)
    if "field larger" in said:
        return _("In the row that begins in line %(line)s a cell is longer than %(most)s characters.") % {
            "line": line, "most": csv.field_size_limit(),
        }  # fmt: skip
    return _(
        "In the row that begins in line %(line)s a quotation mark is opened and not closed, or stands inside a cell "
        "alone: write it twice there."
    ) % {"line": line}


# XLSX


def _workbook(content):
    names = _checked(content).namelist()
    if "xl/workbook.xml" not in names:
        kind = "docx" if "word/document.xml" in names else "pptx" if "ppt/presentation.xml" in names else "zip"
        kind = "ods" if "content.xml" in names else kind
        why = _("This is a “%(kind)s” file, not a workbook: save the table as .xlsx or CSV.")
        raise Unreadable(why % {"kind": kind})
    try:
        return _from_sheet(content)
    except Unreadable:
        raise
    except Exception as problem:  # whatever openpyxl meets in a broken or hostile file
        why = _("The workbook cannot be read: it is damaged or not a workbook (%(what)s).")
        raise Unreadable(why % {"what": type(problem).__name__}) from problem


def _checked(content):
    """The archive, which is no bomb: looked at before anything of it is unpacked."""
    try:
        return office.opened(io.BytesIO(content), len(content), most_unzipped=MOST_UNZIPPED)
    except office.Damaged as problem:
        raise Unreadable(_("The workbook is damaged: it ends too early or was changed on its way.")) from problem
    except office.Locked as problem:
        raise Unreadable(_("The workbook is protected by a password: save it without one.")) from problem
    except office.HasMacros as problem:
        raise Unreadable(_("The workbook holds macros (.xlsm): save it as .xlsx, without them.")) from problem
    except office.Refused as problem:
        raise Unreadable(_("The workbook is not opened: %(why)s.") % {"why": problem}) from problem


def _from_sheet(content):
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
    try:
        sheets = {sheet.title: sheet for sheet in book.worksheets}
        if not sheets:
            raise Unreadable(_("The workbook has no sheet."))
        sheet = sheets.get(SHEET) or next(iter(sheets.values()))
        sheet.reset_dimensions()  # some programs write a wrong one
        columns, rows = None, []
        for line, cells in enumerate(sheet.iter_rows(max_row=LAST_LINE, max_col=MOST_CELLS), 1):
            texts = [_cell(cell) for cell in cells]
            if not any(texts):
                continue
            if columns is None:
                columns = _columns(_without_empty_end(texts), ",")
                continue
            if len(rows) == MOST_ROWS:
                raise Unreadable(_too_many_rows())
            # A sheet does not write the cells that end a row empty: such a row is not short.
            row = _row(line, texts + [""] * (len(columns) - len(texts)), columns)
            for cell, name in zip(cells, columns, strict=False):
                kind = getattr(cell, "data_type", "")
                if kind in NO_VALUE:
                    row.problems.append((name, row.cells[name], NO_VALUE[kind] % {"cell": cell.coordinate}))
            rows.append(row)
        return Table(columns or _columns([], ","), rows)
    finally:
        book.close()


def _cell(cell):
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else str(value)


# What both have in common


def _columns(header, separator):
    """Our names of the columns that `header` names, in either language. Raises Unreadable."""
    names = [(one, _known_name(one)) for one in header]
    unknown = [one for one, name in names if name is None]
    if len(header) < 2 or len(unknown) == len(names):
        why = _("The first row names no column of ours; it has %(count)s, parted by %(separator)s: take the template.")
        raise Unreadable(why % {"count": len(header), "separator": SEPARATORS[separator]})
    found = [name for _one, name in names if name]
    twice = sorted({name for name in found if found.count(name) > 1})
    problems = []
    if twice:
        problems.append(_("These columns are there twice: %(names)s.") % {"names": ", ".join(twice)})
    problems += [_unknown_column(one) for one in unknown]
    if "ref" not in found:
        problems.append(_("The column “ref” (编号) is missing: by it a case is known again."))
    if problems:
        raise Unreadable(" ".join(problems))
    return found


def _known_name(text):
    return _names().get(_key(text))


@cache
def _names():
    return {_key(name): column.name for column in COLUMNS.values() for name in (column.name, column.title_zh)}


def _key(text):
    return "_".join(unicodedata.normalize("NFKC", text).strip().casefold().replace("-", " ").replace("_", " ").split())


def _unknown_column(text):
    near = get_close_matches(_key(text), list(_names()), 1, cutoff=0.5)
    if not text.strip():
        return _("A column has no name.")
    if near:
        return _("There is no column “%(name)s”; did you mean “%(near)s”?") % {
            "name": shown(text), "near": _names()[near[0]],
        }  # fmt: skip
    return _("There is no column “%(name)s”.") % {"name": shown(text)}


def _row(line, texts, columns):
    texts = texts if len(texts) <= len(columns) else _without_empty_end(texts, len(columns))
    row = Row(line, dict.fromkeys(columns, "") | dict(zip(columns, texts, strict=False)))
    if len(texts) != len(columns):
        told = _("The row has %(cells)s cells, the header %(columns)s.")
        row.problems.append(("", "", told % {"cells": len(texts), "columns": len(columns)}))
    return row


def _without_empty_end(texts, least=0):
    texts = list(texts)
    while len(texts) > least and not texts[-1].strip():
        texts.pop()
    return texts


def _too_many_rows():
    return _("The file has more than %(most)s rows: part it into several.") % {"most": f"{MOST_ROWS:,}"}
