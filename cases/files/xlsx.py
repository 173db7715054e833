"""An XLSX workbook as it is made: the first bytes come at once, and memory does not grow with the number of rows.

    for part in workbook_parts([Sheet(…), Sheet(…)]): send(part)

The rows are ours, as XlsxWriter's call for each cell takes four times as long. All else is of a workbook without rows
that XlsxWriter makes: what stands before the rows of a sheet, behind them, and in the other files of the archive.
"""

import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from math import isfinite
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from cases.bulk import batches

from .text import LONGEST_TEXT, UNWRITABLE, cell_text

MOST_ROWS = 1_048_576  # of a sheet, its head included
# What a sheet reads as a character by its number, unless the "_" is written as one.
SAID_LITERALLY = re.compile("(_x[0-9a-fA-F]{4}_)")
# Texts that cannot stand in XML as they are.
ODD = re.compile(rf"[&<>\r]|{UNWRITABLE.pattern}|_x|^\s|\s$")
LINE = "\0"  # the number of its line, in a cell that any line may have
BEFORE_THE_FIRST = date(1899, 12, 31).toordinal()
ROWS_AT_A_TIME = 1_000
MANY_ROWS = 300_000  # may be more than 2 GiB, for which the archive needs numbers that older programs do not read
FOLDER = "xl/"
SHEET = f"{FOLDER}worksheets/sheet%d.xml"
END_OF_ROWS = b"</sheetData>"
DIMENSION = re.compile(rb'<dimension ref="[^"]*"/>')  # nobody needs it, and before the rows nobody knows it
BOLD = {"bold": True}
DAY = {"num_format": "yyyy-mm-dd"}
TEXT = {"num_format": "@"}
WRAPPED = {"text_wrap": True, "valign": "top"}
FORMATS = (BOLD, DAY, TEXT, WRAPPED)  # the first has the number 1 in a workbook


@dataclass
class Sheet:
    """A sheet with a frozen, bold `head` and columns as wide as `widths`, in characters.

    `rows` are of texts, numbers, booleans and days; None and "" leave their cell empty. Texts stay texts: a formula
    would have to be written as one. What is typed into `text_columns` stays text, too.
    """

    name: str
    head: Sequence[str]
    widths: Sequence[int]
    rows: Iterable[Sequence] = ()
    wrapped: bool = False
    text_columns: Collection[int] = ()
    lines: Iterable[str] | None = None  # in the place of rows: of each what `cell` writes for its values
    expected: int = 0  # rows, where there may be many
    last: int = field(default=0, init=False)  # of its lines, when they were written

    def xml_of_rows(self) -> Iterator[str]:
        lines = self._lines() if self.lines is None else self.lines
        for some in batches(zip(count(1), lines), ROWS_AT_A_TIME):
            self.last = some[-1][0]
            yield "".join([f'<row r="{LINE}">{line}</row>'.replace(LINE, str(at + 1)) for at, line in some])

    def _lines(self):
        usual = [WRAPPED if self.wrapped else TEXT if at in self.text_columns else None for at in range(len(self.head))]
        cells = [cell(at, of) for at, of in enumerate(usual)]
        for row in self.rows:
            yield "".join([cell(value) for cell, value in zip(cells, row, strict=True)])


def workbook_parts(sheets: Sequence[Sheet], made_at: datetime | None = None) -> Iterator[bytes]:
    """The bytes of a workbook of `sheets`. The rows of one are asked for when those before it are written."""
    sent, files = _Sent(), _without_rows(sheets, made_at)
    pages = [SHEET % number for number in range(1, len(sheets) + 1)]
    with ZipFile(sent, "w") as book:
        # What says what kind of file it is comes first, for whoever looks at its beginning.
        _write(book, files, [name for name in files if not name.startswith(FOLDER)])
        yield sent.taken()
        for name, sheet in zip(pages, sheets, strict=True):
            with book.open(_entry(name), "w", force_zip64=sheet.expected >= MANY_ROWS) as page:
                start, _end = files[name].split(END_OF_ROWS)
                page.write(DIMENSION.sub(b"", start))
                for xml in sheet.xml_of_rows():
                    page.write(xml.encode())
                    yield sent.taken()
                files = _without_rows(sheets, made_at)  # which says how far these rows go
                _start, end = files[name].split(END_OF_ROWS)
                page.write(END_OF_ROWS + end)
        _write(book, files, [name for name in files if name.startswith(FOLDER) and name not in pages])
    yield sent.taken()


def _write(book, files, names):
    for name in names:
        book.writestr(_entry(name), files[name])


def _without_rows(sheets, made_at):
    """{name: the bytes} of the files of a workbook that has only the heads of `sheets`, as far as these are written."""
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"constant_memory": True}) as book:
        if made_at:
            book.set_properties({"created": made_at})
        formats = [book.add_format(of) for of in FORMATS]
        for of in formats:
            of._get_xf_index()  # numbers them in this order
        bold, text = formats[FORMATS.index(BOLD)], formats[FORMATS.index(TEXT)]
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            page.freeze_panes(1, 0)
            for column, width in enumerate(sheet.widths):
                page.set_column(column, column, width, text if column in sheet.text_columns else None)
            for column, title in enumerate(sheet.head):
                page.write_string(0, column, title, bold)
            page.autofilter(0, 0, sheet.last, len(sheet.head) - 1)
    with ZipFile(made) as files:
        return {name: files.read(name) for name in files.namelist()}


def _entry(name):
    entry = ZipInfo(name)  # of a day long ago, so that the same is the same to the byte
    entry.compress_type = ZIP_DEFLATED
    return entry


class _Sent:
    """Takes what an archive writes, which cannot go back in it."""

    def __init__(self):
        self._waiting = []

    def write(self, part):
        self._waiting.append(bytes(part))
        return len(part)

    def flush(self):
        pass

    def taken(self):
        taken, self._waiting = b"".join(self._waiting), []
        return taken


def cell(at: int, style: dict | None = None) -> Callable[[object], str]:
    """The function that writes a value as the cell in the column `at` of a line, in one of FORMATS."""
    start, styled = f'<c r="{xl_col_to_name(at)}{LINE}"', _style(style)
    return lambda value: "" if value is None or value == "" else f"{start}{_cell(value, styled)}</c>"


def _cell(value, style):
    """What stands in the element of a cell: the rest of its attributes, and its value."""
    kind = type(value)
    if kind is str:
        return f'{style} t="inlineStr"><is>{_text(value)}</is>'
    if kind is bool:
        return f'{style} t="b"><v>{value:d}</v>'
    if kind is date:
        return f"{_style(DAY)}><v>{_number_of_day(value)}</v>"
    return f"{style}><v>{value:.16G}</v>" if isfinite(value) else f"{style}>"


def _style(of):
    return f' s="{FORMATS.index(of) + 1}"' if of else ""


def _text(text):
    if not ODD.search(text) and len(text) <= LONGEST_TEXT // 2:
        return f"<t>{text}</t>"
    text = SAID_LITERALLY.sub(r"_x005F\1", cell_text(text))
    kept = "" if text == text.strip() else ' xml:space="preserve"'
    return f"<t{kept}>{escape(text)}</t>"


def _number_of_day(day):
    """The day as a sheet counts them: 1 is the first of 1900, and that year has a 29 February."""
    days = day.toordinal() - BEFORE_THE_FIRST
    return days + (days >= 60)
