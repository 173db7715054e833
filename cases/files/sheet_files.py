"""Rows of the sheet as CSV and XLSX files."""

import io
import re
from csv import writer

from django.utils.translation import gettext_lazy as _

from cases.bulk import batches

from .columns import COLUMNS, GUIDE, SHEET
from .csv_text import BYTE_ORDER_MARK, defused
from .xlsx import Sheet, workbook_parts

ROWS_AT_A_TIME = 2_000
_NEGATIVE_NUMBER = re.compile(r"-\d+(?:\.\d+)?", re.ASCII)  # -16.9: a spreadsheet runs nothing in it


def csv_of_sheet(rows):
    """The bytes of a CSV file of `rows`, with a byte-order mark for spreadsheets; formulas are defused."""
    yield BYTE_ORDER_MARK + _defused_lines([list(COLUMNS)])
    for batch in batches(rows, ROWS_AT_A_TIME):
        yield _defused_lines([row[name] for name in COLUMNS] for row in batch)


def csv_of(rows):
    """The bytes of a small CSV file of any `rows`, with a byte-order mark; formulas are defused."""
    return BYTE_ORDER_MARK + _defused_lines([str(cell) for cell in row] for row in rows)


def _defused_lines(rows):
    text = io.StringIO(newline="")
    writer(text, lineterminator="\r\n").writerows(
        [cell if _NEGATIVE_NUMBER.fullmatch(cell) else defused(cell) for cell in row] for row in rows
    )
    return text.getvalue().encode()


def xlsx_of_sheet(rows, expected=0):
    """The bytes of a workbook of some `expected` `rows`, a few at a time: "cases", and "columns" that explains them."""
    widths = [max(column.width, len(column.name) + 2) for column in COLUMNS.values()]
    # A spreadsheet program makes a day of 2021-09 in a cell of another format.
    dates = {at for at, name in enumerate(COLUMNS) if name in ("occurred_on", "source_date")}
    cells = ([row[name] for name in COLUMNS] for row in rows)
    head = [str(_("column")), "中文", str(_("allowed values")), str(_("codes")), str(_("required for a new case"))]
    return workbook_parts(
        [
            Sheet(SHEET, list(COLUMNS), widths, cells, text_columns=dates, expected=expected),
            Sheet(GUIDE, head, [28, 20, 60, 80, 20], _rows_about_columns(), wrapped=True),
        ]
    )


def _rows_about_columns():
    for column in COLUMNS.values():
        codes = ", ".join(f"{code} ({label})" for code, label in column.choices.choices) if column.choices else ""
        yield column.name, column.title_zh, str(column.right), codes, str(_("yes")) if column.required else ""
