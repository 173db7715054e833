"""Sheets of an XLSX workbook, written row by row: memory does not grow with the number of rows."""

import re
from datetime import date
from math import isfinite
from xml.sax.saxutils import escape

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from .text import LONGEST_TEXT, UNWRITABLE, cell_text

MOST_ROWS = 1_048_576  # of a sheet, its head included
# What a sheet reads as a character by its number, unless the "_" is written as one.
SAID_LITERALLY = re.compile("(_x[0-9a-fA-F]{4}_)")
# Texts that cannot stand in XML as they are.
ODD = re.compile(rf"[&<>\r]|{UNWRITABLE.pattern}|_x|^\s|\s$")
BEFORE_THE_FIRST = date(1899, 12, 31).toordinal()


class Workbook:
    """Sheets one after the other into `file`; `close()` makes it whole."""

    def __init__(self, file, made_at=None):
        self.book = xlsxwriter.Workbook(file, {"constant_memory": True})
        if made_at:
            self.book.set_properties({"created": made_at})
        self.bold = self.book.add_format({"bold": True})
        self.day = self.book.add_format({"num_format": "yyyy-mm-dd"})
        self.text = self.book.add_format({"num_format": "@"})
        self.wrapped = self.book.add_format({"text_wrap": True, "valign": "top"})

    def sheet(self, name, head, widths, rows, *, wrapped=False, text_columns=()):
        """A sheet with a frozen, bold `head` and columns as wide as `widths`, in characters.

        `rows` are of texts, numbers, booleans and days; None and "" leave their cell empty. Texts stay texts:
        a formula would have to be written as one. What is typed into `text_columns` stays text, too.
        """
        sheet = self.book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width, self.text if column in text_columns else None)
        for column, title in enumerate(head):
            sheet.write_string(0, column, title, self.bold)
        usual = [self.wrapped if wrapped else self.text if at in text_columns else None for at in range(len(head))]
        last = self._write_rows(sheet, usual, rows)
        sheet.autofilter(0, 0, last, len(head) - 1)

    def close(self):
        self.book.close()

    def _write_rows(self, sheet, formats, rows):
        """Write `rows` below the head, a column in each of `formats`. Returns how many there are.

        The XML is ours, and goes where XlsxWriter collects its own: its call for each cell takes four times as long.
        """
        sheet._write_single_row(1)  # the head, which still waits
        columns = [(xl_col_to_name(at), _style(of)) for at, of in enumerate(formats)]
        last = 0
        for last, row in enumerate(rows, 1):
            line = str(last + 1)
            cells = [
                f'<c r="{letters}{line}"{self._cell(value, style)}</c>'
                for (letters, style), value in zip(columns, row, strict=True)
                if value is not None and value != ""
            ]
            sheet.fh.write(f'<row r="{line}">{"".join(cells)}</row>')
        sheet._check_dimensions(last, len(columns) - 1)
        return last

    def _cell(self, value, style):
        """What stands in the element of a cell: the rest of its attributes, and its value."""
        kind = type(value)
        if kind is str:
            return f'{style} t="inlineStr"><is>{_text(value)}</is>'
        if kind is bool:
            return f'{style} t="b"><v>{value:d}</v>'
        if kind is date:
            return f"{_style(self.day)}><v>{_number_of_day(value)}</v>"
        return f"{style}><v>{value:.16G}</v>" if isfinite(value) else f"{style}>"


def _style(of):
    return f' s="{of._get_xf_index()}"' if of else ""


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
