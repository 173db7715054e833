"""Read a workbook. An archive that would unpack to too much is refused before anything of it is unpacked."""

import io
from datetime import date, datetime, time
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import load_workbook

from . import kinds, office
from .columns import SHEET
from .table import Table, Unreadable, columns_named_by, refuse_too_many, row_of, without_empty_end

MOST_CELLS = 200  # of a row
LAST_LINE = 1_048_576  # of a sheet
MOST_UNZIPPED = 50_000_000  # bytes
NO_VALUE = {
    "f": gettext_lazy("%(cell)s is a formula. Paste its value."),
    "e": gettext_lazy("%(cell)s contains an error."),
}


def read_xlsx(content: bytes) -> Table:
    """The Table in the bytes of a workbook. Raises Unreadable."""
    office_kind = kinds.office_kind(_checked(content).namelist())
    if office_kind != "xlsx":
        why = _("This is a “%(kind)s” file, not a workbook. Save the table as .xlsx or CSV.")
        raise Unreadable(why % {"kind": office_kind})
    try:
        return _from_sheet(content)
    except Unreadable:
        raise
    except Exception as problem:  # whatever openpyxl meets in a broken or hostile file
        why = _("The workbook cannot be read: it is damaged or not a workbook (%(what)s).")
        raise Unreadable(why % {"what": type(problem).__name__}) from problem


def _checked(content):
    """The archive, after every check of its content; nothing of it is unpacked before."""
    try:
        return office.opened(io.BytesIO(content), len(content), most_unzipped=MOST_UNZIPPED)
    except office.Damaged as problem:
        raise Unreadable(_("The workbook is damaged: it is incomplete or was changed in transfer.")) from problem
    except office.Locked as problem:
        raise Unreadable(_("The workbook has a password. Save it without one.")) from problem
    except office.HasMacros as problem:
        raise Unreadable(_("The workbook contains macros (.xlsm). Save it as .xlsx, without macros.")) from problem
    except office.Refused as problem:
        raise Unreadable(_("The workbook was not opened: %(why)s.") % {"why": problem}) from problem


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
                columns = columns_named_by(without_empty_end(texts), ",")
                continue
            refuse_too_many(rows)
            # A sheet does not write the cells that end a row empty: such a row is not short.
            row = row_of(line, texts + [""] * (len(columns) - len(texts)), columns)
            for cell, name in zip(cells, columns, strict=False):
                kind = getattr(cell, "data_type", "")
                if kind in NO_VALUE:
                    row.problems.append((name, row.cells[name], NO_VALUE[kind] % {"cell": cell.coordinate}))
            rows.append(row)
        return Table(columns or columns_named_by([], ","), rows)
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
