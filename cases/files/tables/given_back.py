"""The rows of a file that have errors, as a workbook of the same layout: each fault is a comment on its cell."""

from collections.abc import Iterable

import xlsxwriter

from cases.files.columns import SHEET
from cases.files.table import Table
from cases.files.text import cell_text

LONGEST_COMMENT = 2_000  # characters
WIDTH = 18


def write_given_back(table: Table, faults: Iterable[tuple[int, str, str]], file) -> None:
    """Write into `file` the lines of `table` down to its head, and its rows with `faults`, (line, column, fault).

    All cells are texts, so that no program makes another number or a day of them.
    """
    by_line = {}
    for line, column, text in faults:
        place = table.places.get(column, 0)
        by_line.setdefault(line, {}).setdefault(place, []).append(
            text if column in table.places else f"{column}: {text}"
        )
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet(SHEET)
    text_format = book.add_format({"num_format": "@"})
    wrong = book.add_format({"num_format": "@", "bg_color": "#F6D5C9"})
    sheet.set_column(0, len(table.above[-1]) - 1 if table.above else 0, WIDTH)
    lines = [(texts, {}) for texts in table.above]
    lines += [(texts, by_line[line]) for line, texts in table.raw.items() if line in by_line]
    for at, (texts, problems) in enumerate(lines):
        for column in range(max(len(texts), *(place + 1 for place in problems), 1)):
            text = cell_text(texts[column]) if column < len(texts) else ""
            style = wrong if column in problems else text_format
            if text:
                sheet.write_string(at, column, text, style)
            elif column in problems:
                sheet.write_blank(at, column, None, style)
            if column in problems:
                sheet.write_comment(at, column, cell_text("\n".join(problems[column])[:LONGEST_COMMENT]))
    book.close()
