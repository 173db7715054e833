"""Small tables of cases, and what a test does with them."""

from cases.files import readers, sheet_files
from cases.files.table import SheetRow, Table
from cases.imports import run, write
from cases.imports.check import check_table

HEAD = "ref,title_en,occurred_on,region_code,source_publisher,kind,confidence"
ROW = "a-1,A title,2021-05-18,XX,A paper,raid,high"


def table_of(*rows, head=HEAD):
    return readers.read_table("\n".join([head, *rows]).encode(), "cases.csv")


def new_row(**cells):
    """A table of one new case that is right, but for these cells."""
    values = dict(zip(HEAD.split(","), ROW.split(","), strict=True)) | cells
    return Table(list(values), [SheetRow(2, values)])


def change(ref, **cells):
    """A table of one row with these cells alone."""
    return Table(["ref", *cells], [SheetRow(2, {"ref": ref} | cells)])


def check(table, user=None, **options):
    return check_table(table, user or run.Everywhere(), **options)


def bring_in(table, user=None, **options):
    """Check, and write what was checked."""
    report = check(table, user, **options)
    assert report.errors == []
    return write.write_report(report, user or run.Everywhere(), reason="It stands in the source.")


def bytes_of_new_row(**cells):
    [row] = new_row(**cells).rows
    return sheet_files.csv_of([list(row.cells), list(row.cells.values())])


def receive(content, by=None):
    return run.receive(content, "cases.csv", by=by or run.Everywhere())
