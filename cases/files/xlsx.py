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
LINE = "\0"  # the number of its line, in a cell that any line may have
BEFORE_THE_FIRST = date(1899, 12, 31).toordinal()


class Workbook:
    """Sheets one after the other into `file`; `close()` makes it whole."""

    def __init__(self, file, made_at=None):
        self.book = xlsxwriter.Workbook(file, {"constant_memory": True, "use_zip64": True})  # a million cases: 2.3 GB
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
        usual = [self.wrapped if wrapped else self.text if at in text_columns else None for at in range(len(head))]
        self.sheet_of_lines(name, head, widths, self._lines(usual, rows), text_columns=text_columns)

    def sheet_of_lines(self, name, head, widths, lines, *, text_columns=()):
        """The same of `lines`, each of them what `cell` writes for the values of a row."""
        sheet = self.book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width, self.text if column in text_columns else None)
        for column, title in enumerate(head):
            sheet.write_string(0, column, title, self.bold)
        # The XML is ours, and goes where XlsxWriter collects its own: its call for each cell takes four times as long.
        sheet._write_single_row(1)  # the head, which still waits
        last = 0
        for last, line in enumerate(lines, 1):
            number = str(last + 1)
            sheet.fh.write(f'<row r="{LINE}">{line}</row>'.replace(LINE, number))
        sheet._check_dimensions(last, len(head) - 1)
        sheet.autofilter(0, 0, last, len(head) - 1)

    def _lines(self, formats, rows):
        cells = [self.cell(at, of) for at, of in enumerate(formats)]
        for row in rows:
            yield "".join([cell(value) for cell, value in zip(cells, row, strict=True)])

    def cell(self, at, style=None):
        """The function that writes a value as the cell in the column `at` of a line."""
        start, styled = f'<c r="{xl_col_to_name(at)}{LINE}"', _style(style)
        return lambda value: "" if value is None or value == "" else f"{start}{self._cell(value, styled)}</c>"

    def close(self):
        self.book.close()

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
