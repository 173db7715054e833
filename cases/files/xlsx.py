"""Sheets of an XLSX workbook, written row by row: memory does not grow with the number of rows."""

from datetime import date
from math import isfinite

import xlsxwriter

from .text import cell_text

MOST_ROWS = 1_048_576  # of a sheet, its head included


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
        text_format = self.wrapped if wrapped else None
        last = 0
        for last, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                self._write(sheet, last, column, value, text_format)
        sheet.autofilter(0, 0, last, len(head) - 1)

    def close(self):
        self.book.close()

    def _write(self, sheet, row, column, value, text_format):
        kind = type(value)
        if kind is str:
            if value:
                sheet.write_string(row, column, cell_text(value), text_format)
        elif kind is bool:
            sheet.write_boolean(row, column, value)
        elif kind is date:
            sheet.write_datetime(row, column, value, self.day)
        elif value is not None and isfinite(value):
            sheet.write_number(row, column, value)
