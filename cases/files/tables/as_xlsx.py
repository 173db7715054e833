"""Write the workbook that comes on standard input, an old .xls or an .ods, as .xlsx. A program of its own, because such
a file can be made to take all time and memory: see `other_workbooks.py`.

python as_xlsx.py MOST_ROWS MOST_CELLS < file.ods > file.xlsx
"""

import io
import re
import sys
from datetime import date, datetime, time
from itertools import islice

MOST_SECONDS = 20
MOST_MEMORY = 1_500_000_000
LONGEST_NAME = 31  # of a sheet


def limit_itself():
    try:
        import resource  # not on Windows: there only the time is limited, by who calls
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


def converted(content, most_rows, most_cells):
    import python_calamine  # after the limit
    import xlsxwriter

    book, made = python_calamine.CalamineWorkbook.from_object(io.BytesIO(content)), io.BytesIO()
    with xlsxwriter.Workbook(made, {"constant_memory": True, "remove_timezone": True}) as copy:
        formats = {kind: copy.add_format({"num_format": shown}) for kind, shown in (
            (date, "yyyy-mm-dd"), (datetime, "yyyy-mm-dd hh:mm:ss"),
        )}  # fmt: skip
        names = set()
        for at, about in enumerate(book.sheets_metadata):
            if about.typ != python_calamine.SheetTypeEnum.WorkSheet:
                continue
            sheet = copy.add_worksheet(_name(about.name, names))
            if about.visible != python_calamine.SheetVisibleEnum.Visible:
                sheet.hide()
            rows = book.get_sheet_by_index(at)
            top, left = rows.start or (0, 0)
            for line, row in enumerate(islice(rows.iter_rows(), most_rows), top):
                for column, value in enumerate(row[: most_cells - left], left):
                    _write(sheet, line, column, value, formats)
    return made.getvalue()


def _name(name, taken):
    plain = stem = re.sub(r"[\[\]:*?/\\']", "_", name)[:LONGEST_NAME] or "_"
    number = 2
    while plain.casefold() in taken:
        ending = f" {number}"
        plain, number = f"{stem[: LONGEST_NAME - len(ending)]}{ending}", number + 1
    taken.add(plain.casefold())
    return plain


def _write(sheet, line, column, value, formats):
    if value == "" or value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, column, value)
    elif isinstance(value, (int, float)):
        sheet.write_number(line, column, value)
    elif isinstance(value, date) and value.year > 1900:
        is_day = not isinstance(value, datetime) or value.time() == time()
        sheet.write_datetime(line, column, value, formats[date if is_day else datetime])
    else:
        sheet.write_string(line, column, str(value))


if __name__ == "__main__":
    limit_itself()
    sys.stdout.buffer.write(converted(sys.stdin.buffer.read(), *map(int, sys.argv[1:3])))
