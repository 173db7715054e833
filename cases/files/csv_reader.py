"""Read a CSV file, in whichever encoding and with whichever separator a spreadsheet program wrote it."""

import codecs
import csv
import io

from django.utils.translation import gettext as _

from . import kinds
from .csv_text import undefused
from .table import (
    SEPARATORS,
    Table,
    Unreadable,
    columns_named_by,
    known_name,
    refuse_too_many,
    row_of,
    without_empty_end,
)
from .text import printable


def read_csv(content: bytes, name: str) -> Table:
    """The Table in the bytes of a CSV file; `name` is for messages. Raises Unreadable."""
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
                header = without_empty_end(cells)
                columns = columns_named_by(header, separator)
                continue
            refuse_too_many(rows)
            rows.append(row_of(line, [undefused(cell) for cell in cells], columns))
    except csv.Error as problem:
        raise Unreadable(_why(problem, begins)) from problem
    return Table(columns or columns_named_by([], separator), rows, encoding, str(SEPARATORS[separator]))


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
    tried = ", ".join(
        _("%(encoding)s (byte %(offset)s)") % {"encoding": encoding, "offset": offset} for encoding, offset in offsets
    )
    raise Unreadable(
        _("The text of the file cannot be read as %(encodings)s: save it as UTF-8.") % {"encodings": tried}
    )


def _refuse_another_kind(content, name):
    """A picture, a program or a PDF is named as what it is, whatever its name says."""
    head = content[: kinds.HEAD]
    # What a text happens to begin with, such as "MZ" or "BM", is no proof: control bytes are.
    if kinds.looks_like_text(head):
        return
    kind = kinds.kind_by_signature(head)
    if kind and (kind.confidence >= 0.4 or kinds.has_control_bytes(head)):
        why = _("“%(name)s” is no table: its content is that of a file “%(kind)s”. Send CSV or XLSX.")
        raise Unreadable(why % {"name": printable(name), "kind": kind.name or kind.extension})


def _separator(text):
    """The one by which the first line has the most known columns."""
    first = next((line for line in io.StringIO(text, newline="") if line.strip()), "")

    def known(separator):
        names = first.strip().split(separator)
        return sum(known_name(name.strip('" ')) is not None for name in names), len(names)

    return max(SEPARATORS, key=known)


def _why(problem, line):
    reason = str(problem)
    if "field larger" in reason:
        return _("In the row that begins in line %(line)s a cell is longer than %(most)s characters.") % {
            "line": line, "most": csv.field_size_limit(),
        }  # fmt: skip
    return _(
        "In the row that begins in line %(line)s a quotation mark is opened and not closed, or stands inside a cell "
        "alone: write it twice there."
    ) % {"line": line}
