"""What a file would do to the record, and what the page and the downloads keep of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cases.files import sheet_files
from cases.files.columns import COLUMNS
from cases.files.parts import temporary_file
from cases.files.table import Table
from cases.files.tables.given_back import write_given_back
from cases.files.tables.questions import FileQuestion
from cases.files.text import printable
from cases.models import Case, Import
from cases.models.outcome import document_path
from regions.grammar.dates import Precision

from .cells import Problem, ReadRow

Progress = Callable[[int, int], None]  # called with the number of rows that are done, and of all rows

SHOWN = 200  # rows of each list on the page; the files have all


@dataclass
class RowChange:
    """What a row changes in a stored case: `cells` are (column, before, after)."""

    case: Case
    read_row: ReadRow
    groups: set[str]
    cells: list[tuple[str, str, str]]


@dataclass
class RowDoubt:
    """What looks wrong about a row and may be right all the same."""

    line: int
    ref: str
    rule: str
    text: str


@dataclass
class Report:
    """What a table would do. Nothing of it is written while there are `errors`."""

    rows: int = 0
    errors: list[Problem] = field(default_factory=list)
    created: list[ReadRow] = field(default_factory=list)
    changed: list[RowChange] = field(default_factory=list)
    unchanged: int = 0
    doubts: list[RowDoubt] = field(default_factory=list)
    twins: list = field(default_factory=list)  # of (reading, the other's reference, its title, cases.doubts.twins.Twin)
    ignored: list[Problem] = field(default_factory=list)
    echoes: list[tuple] = field(default_factory=list)  # (line, column, as written, as read)
    new_agencies: dict = field(default_factory=dict)  # name: the region where it works
    seen: str = ""  # for each row eight digits of the digest of its stored case
    refs: dict = field(default_factory=dict)  # line: ref
    notes: list[str] = field(default_factory=list)  # how the file was read
    questions: list[FileQuestion] = field(default_factory=list)  # what the officer decides, or has decided

    @property
    def open_questions(self):
        return [question for question in self.questions if question.is_open]

    @property
    def changes_nothing(self):
        return not self.created and not self.changed


def as_json(the_import: Import, table: Table, report: Report) -> dict:
    """A Report as JSON: the counts, the first rows of each list, and where the whole lists are."""
    return {
        "rows": report.rows,
        "columns": len(table.columns),
        "notes": report.notes,
        "questions": [question.as_json() for question in report.questions],
        "sketch": table.sketch,
        "encoding": table.encoding,
        "separator": table.separator,
        "errors": len(report.errors),
        "created": len(report.created),
        "changed": len(report.changed),
        "unchanged": report.unchanged,
        "removals": sum(not after for change in report.changed for _column, _before, after in change.cells),
        "doubts": len(report.doubts),
        "first_errors": [
            [*_error_row(report, problem), problem.column in COLUMNS and problem.line in report.refs]
            for problem in report.errors[:SHOWN]
        ],
        "first_created": [_summary_of_new(read_row) for read_row in report.created[:SHOWN]],
        "first_changes": [
            [_line(change.read_row.line), change.case.ref, [list(cell) for cell in change.cells]]
            for change in report.changed[:SHOWN]
        ],
        "first_doubts": [[_line(doubt.line), doubt.ref, doubt.rule, doubt.text] for doubt in report.doubts[:SHOWN]],
        "first_twins": [
            [_line(read_row.line), read_row.cells["ref"], read_row.cells["title_en"] or read_row.cells["title_zh"],
             ref, title, twin.km, twin.days, ", ".join(map(str, twin.why))]
            for read_row, ref, title, twin in report.twins[:SHOWN]
        ],
        "first_echoes": [[_line(echo[0]), *echo[1:]] for echo in report.echoes[:SHOWN]],
        "ignored": [
            [_line(ignored.line), ignored.column, ignored.value, ignored.problem] for ignored in report.ignored[:SHOWN]
        ],
        "new_agencies": list(report.new_agencies)[:SHOWN],
        "seen": report.seen,
        "errors_file": _keep_as_file(the_import, "errors", error_rows(report)),
        "changes_file": _keep_as_file(the_import, "changes", _change_rows(report)),
        "wrong_lines": _wrong_lines(report),
    }  # fmt: skip


def _line(line):
    """The number of a line as JSON keeps it: a text where it also names a sheet."""
    return line if type(line) is int else str(line)


def _summary_of_new(read_row):
    cells = read_row.cells
    region = read_row.region.name if read_row.region else cells["region_code"]
    ends = {Precision.MONTH: len("2021-09"), Precision.YEAR: len("2021")}.get(cells.get("date_precision"))
    texts = (cells["ref"], cells["title_en"], cells["title_zh"], cells["occurred_on"][:ends], cells["rigs_seized"])
    return [_line(read_row.line), *(printable(text, 120) for text in texts), region]


def error_rows(report: Report) -> Iterator[list]:
    """The head and every error of a report, as the rows of a file."""
    yield [_("line"), "ref", _("column"), pgettext("of a cell", "value"), _("problem"), _("correction")]
    for problem in report.errors:
        yield _error_row(report, problem)


def _error_row(report, problem):
    ref = report.refs.get(problem.line, "")
    return [_line(problem.line), ref, problem.column, problem.value, problem.problem, str(problem.right)]


def _change_rows(report):
    yield [_("line"), "ref", _("column"), _("before"), _("after")]
    for read_row in report.created:
        for name, text in read_row.cells.items():
            if text:
                yield [read_row.line, read_row.cells["ref"], name, "", text]
    for change in report.changed:
        for cell in change.cells:
            yield [change.read_row.line, change.case.ref, *cell]


def _wrong_lines(report):
    """The lines that have errors, if these are errors of rows: a column that is missing is wrong in all."""
    lines = dict.fromkeys(problem.line for problem in report.errors)
    return [str(line) for line in lines] if all(line in report.refs for line in lines) else []


def give_back(the_import: Import, table: Table, report: Report) -> str:
    """Keep the rows with errors as a workbook of the same layout, each fault as a comment. Returns its path."""
    faults = [
        (problem.line, problem.column, f"{problem.problem} ({problem.right})" if problem.right else problem.problem)
        for problem in report.errors
    ]
    with temporary_file(partial(write_given_back, table, faults)) as file:
        return _keep(the_import, "given-back.xlsx", file.read())


def _keep_as_file(the_import, what, lines):
    return _keep(the_import, f"{what}.csv", sheet_files.csv_of(lines))


def _keep(the_import, name, content):
    path = f"{document_path(the_import, '')}.{the_import.key}.{name}"
    default_storage.delete(path)
    return default_storage.save(path, ContentFile(content))
