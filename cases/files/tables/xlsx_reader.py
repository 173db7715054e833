"""Read a workbook. An archive that would unpack to too much is refused before anything of it is unpacked."""

import io
import re
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from cases.files import kinds, office
from cases.files.columns import GUIDE, SHEET
from cases.files.table import MOST_ROWS, LineOfSheet, RawRow, Table, head_of, joined, line_in_sheet, table_of, take
from cases.files.text import printable

from .headings import LINES_TO_SEARCH
from .layout import Layout, layout_of
from .mapping import Mapping
from .other_workbooks import as_transitional, as_xlsx, is_strict, not_seen
from .questions import Answers, Unanswered, Unreadable, ask

MOST_CELLS = 200  # of a row
LAST_LINE = 1_048_576  # of a sheet
MOST_SHEETS_NAMED = 20
MOST_UNZIPPED = 50_000_000  # bytes
SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"


def read_xlsx(content: bytes, answers: Answers, mapping: Mapping | None = None) -> Table:
    """The Table in the bytes of a workbook. Raises Unreadable."""
    archive = _checked(content)
    office_kind = kinds.office_kind(archive.namelist())
    if office_kind == "ods" and archive.read("mimetype").startswith(SPREADSHEET):
        return read_other(content, "ods", answers, mapping)
    if office_kind != "xlsx":
        why = _("This is a “%(kind)s” file, not a workbook. Save the table as .xlsx or CSV.")
        raise Unreadable(why % {"kind": office_kind})
    try:
        if is_strict(archive):
            content = as_transitional(archive)
            archive = _checked(content)
        return _from_sheets(content, archive, answers, mapping)
    except Unreadable:
        raise
    except Exception as problem:  # whatever openpyxl meets in a broken or hostile file
        why = _("The workbook cannot be read: it is damaged or not a workbook (%(what)s).")
        raise Unreadable(why % {"what": type(problem).__name__}) from problem


def read_other(content: bytes, kind: str, answers: Answers, mapping: Mapping | None = None) -> Table:
    """The Table in the bytes of an .xls or .ods workbook, which says what of it is not seen. Raises Unreadable."""
    note = not_seen(kind)
    try:
        table = read_xlsx(as_xlsx(content, MOST_ROWS + 2 * LINES_TO_SEARCH, MOST_CELLS), answers, mapping)
    except Unreadable as problem:
        if problem.sketch is not None:
            problem.sketch["notes"] = [note, *problem.sketch["notes"]]
        raise
    table.notes.insert(0, note)
    return table


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
    except office.ArchiveRefused as problem:
        raise Unreadable(_("The workbook was not opened: %(why)s.") % {"why": problem}) from problem


def _from_sheets(content, archive, answers, mapping):
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=False)
    try:
        if not book.worksheets:
            raise Unreadable(_("The workbook has no sheet."))
        sheets = _sheets_with_a_head(book, answers)
        notes, questions = [], []
        chosen = _choose(book, sheets, answers, notes, questions)
        try:
            table = _table_of_sheets(content, archive, chosen, answers, mapping)
        except Unreadable as problem:
            problem.questions = [*questions, *problem.questions]  # other sheets can be chosen
            if problem.sketch is not None:
                problem.sketch |= {"notes": notes}
            raise
        table.notes, table.questions = notes + table.notes, questions + table.questions
        return table
    finally:
        book.close()


def _table_of_sheets(content, archive, sheets, answers, mapping):
    if len(sheets) == 1:
        return _table_of_sheet(content, archive, sheets[0], None, answers, mapping)
    return joined(
        [
            (sheet.title, _table_of_sheet(content, archive, sheet, number, answers, mapping))
            for number, sheet in enumerate(sheets)
        ]
    )


def _sheets_with_a_head(book, answers):
    """The sheets that have the names of our columns in their first lines, and a row below them if any has one."""
    found = []
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # some programs write a wrong one
        first = list(islice(_raw_rows(sheet, Layout()), LINES_TO_SEARCH + 1))
        head = head_of(first, {})
        if head is not None:
            found.append((sheet, len(first) > head.at + 1, head.worth))
    # A word of ours in another table is no head, if a sheet has a better one.
    found = [(sheet, is_filled) for sheet, is_filled, worth in found if max(worth) > 1] or [
        (sheet, is_filled) for sheet, is_filled, _worth in found
    ]
    visible_and_filled = [sheet for sheet, is_filled in found if is_filled and _is_visible(sheet)]
    return [sheet for sheet, is_filled in found if is_filled or not visible_and_filled]


def _is_visible(sheet):
    return sheet.sheet_state == "visible"


def _choose(book, sheets, answers, notes, questions):
    """The sheets to read: the visible sheet that has our columns, or those that the officer picks."""
    hidden = [sheet for sheet in book.worksheets if not _is_visible(sheet)]
    if hidden:
        notes.append(_("Hidden sheets: %(names)s.") % {"names": _titles(hidden)})
    if not sheets:
        why = _("No sheet has our column names in its first %(lines)s lines. Sheets: %(names)s. Use the template.")
        raise Unreadable(why % {"lines": LINES_TO_SEARCH, "names": _titles(book.worksheets)})
    visible = [sheet for sheet in sheets if _is_visible(sheet)]
    if len(sheets) == 1 and visible:
        if len(book.worksheets) > 1 and not _is_our_workbook(book):
            others = [sheet for sheet in book.worksheets if sheet not in sheets]
            note = _("The sheet “%(name)s” was read. Without our column names, so not read: %(others)s.")
            notes.append(note % {"name": printable(visible[0].title), "others": _titles(others)})
        return visible
    question = ask(
        answers, "sheets", _("The workbook has several sheets with our column names. Which ones should be read?")
        if len(sheets) > 1 else _("Only a hidden sheet has our column names. Should it be read?"),
        [(sheet.title, sheet.title if _is_visible(sheet) else _("%(name)s (hidden)") % {"name": sheet.title})
         for sheet in sheets],
        many=True, must=len(visible) != 1,
    )  # fmt: skip
    if question.is_open:
        raise Unanswered([question])
    questions.append(question)
    if not question.chosen:
        question.chosen = [visible[0].title]
    chosen = [sheet for sheet in sheets if sheet.title in question.chosen]
    if not answers.get("sheets"):
        notes.append(_("The sheet “%(name)s” was read.") % {"name": printable(visible[0].title)})
    return chosen


def _is_our_workbook(book):
    """Whether its sheets are those of the template: the cases, and the guide to the columns."""
    return [sheet.title for sheet in book.worksheets] == [SHEET, GUIDE]


def _titles(sheets):
    names = ", ".join(f"“{printable(sheet.title)}”" for sheet in sheets[:MOST_SHEETS_NAMED])
    return names + ("…" if len(sheets) > MOST_SHEETS_NAMED else "")


def _table_of_sheet(content, archive, sheet, number, answers, mapping):
    layout = layout_of(archive.read(sheet._worksheet_path.lstrip("/")))
    rows = []
    for row in _raw_rows(sheet, layout):
        if number is not None:
            row.line = LineOfSheet(row.line, sheet.title, number)
        take(rows, row)
    head = head_of(rows, answers)
    if head is None:
        raise Unreadable(_("The sheet “%(name)s” has no column names.") % {"name": printable(sheet.title)})
    if any(row.formulas for row in rows):
        _add_stored_values(content, sheet.title, rows)
    width = len(head.headings)
    for row in rows:  # a sheet does not write the cells that end a row empty: such a row is not short
        row.texts += [""] * (width - len(row.texts))
        _name_merged_cells(row, layout, width)
    table = table_of(rows, head, answers, mapping)
    hidden = [at for at in sorted(layout.hidden_columns) if at < width and head.headings[at].column]
    if hidden:
        names = ", ".join(f"{get_column_letter(at + 1)} ({head.headings[at].column})" for at in hidden)
        table.notes.append(_("Hidden columns were read too: %(names)s.") % {"names": names})
    return table


def _raw_rows(sheet, layout):
    """The rows of a sheet that are not empty."""
    for line, cells in enumerate(sheet.iter_rows(max_row=LAST_LINE, max_col=MOST_CELLS), 1):
        texts = [_text(cell) for cell in cells]
        if any(texts):
            row = RawRow(line, texts, is_hidden=line in layout.hidden_lines)
            for at, cell in enumerate(cells):
                if cell.data_type in "fed":  # a formula, an error, a date
                    _look_at(row, at, cell)
            yield row


def _look_at(row, at, cell):
    if cell.data_type == "f":
        row.formulas[at] = cell.coordinate, ""
    elif cell.data_type == "e":
        row.problems.append((at, _("%(cell)s contains an error.") % {"cell": cell.coordinate}))
    elif isinstance(cell.value, datetime) and (shown := _shown_to(cell)):
        row.echoes.append((at, _("%(day)s, shown as %(format)s") % {
            "day": cell.value.date().isoformat(), "format": cell.number_format.split(";")[0],
        }))  # fmt: skip
        row.texts[at] = cell.value.date().isoformat()[: len("2021-09") if shown == "month" else len("2021")]


def _shown_to(cell):
    """ "month" or "year" where the format of a date cell shows no more; "" where it shows the day, or only a time."""
    shown = re.sub(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]', "", cell.number_format.split(";")[0]).lower()
    shown = re.sub(r"am/pm|a/p|h+[^a-z]*m+|m+[^a-z]*s", "", shown)
    if "d" in shown or "aaa" in shown:
        return ""
    return "month" if "m" in shown else "year" if re.search("[yeg]", shown) else ""


def _name_merged_cells(row, layout, width):
    for at in range(width):
        if (cells := layout.merged.get((line_in_sheet(row), at))) and not row.texts[at]:
            first = cells.partition(":")[0]
            why = _("This cell belongs to the merged cells %(cells)s; their value is in %(first)s. Unmerge them.")
            row.problems.append((at, why % {"cells": cells, "first": first}))


def _add_stored_values(content, title, rows):
    """Give each formula the value that the workbook stored for it."""
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        sheet = book[title]
        sheet.reset_dimensions()
        wanted = {line_in_sheet(row): row for row in rows if row.formulas}
        for line, cells in enumerate(sheet.iter_rows(max_row=LAST_LINE, max_col=MOST_CELLS), 1):
            for at in wanted[line].formulas if line in wanted else ():
                if at < len(cells) and cells[at].data_type != "e":
                    wanted[line].formulas[at] = wanted[line].formulas[at][0], _text(cells[at])
    finally:
        book.close()


def _text(cell):
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
