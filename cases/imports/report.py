"""What a file would do to the record, and what of it is kept for the page and for download."""

from dataclasses import dataclass, field

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from cases.files import sheet
from cases.files.text import shown
from cases.models import Case
from cases.models.outcome import document_path

from .cells import Problem, Reading

SHOWN = 200  # rows of each list that the page shows; files have all


@dataclass
class Change:
    """What a row changes in a stored case: `cells` are (column, before, after)."""

    case: Case
    reading: Reading
    groups: set[str]
    cells: list[tuple[str, str, str]]


@dataclass
class Doubt:
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
    created: list[Reading] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    doubts: list[Doubt] = field(default_factory=list)
    twins: list = field(default_factory=list)  # of (reading, the other's reference, its title, cases.twins.Twin)
    ignored: list[Problem] = field(default_factory=list)
    echoes: list[tuple] = field(default_factory=list)  # (line, column, as written, as read)
    new_agencies: dict = field(default_factory=dict)  # name: the region where it works
    seen: str = ""  # eight digits a row of what the record said of its case
    refs: dict = field(default_factory=dict)  # line: ref

    @property
    def changes_nothing(self):
        return not self.created and not self.changed


def as_json(one, table, report):
    """A Report as JSON: the counts, the first rows of each list, and where the whole lists are."""
    return {
        "rows": report.rows,
        "columns": len(table.columns),
        "encoding": table.encoding,
        "separator": table.separator,
        "errors": len(report.errors),
        "created": len(report.created),
        "changed": len(report.changed),
        "unchanged": report.unchanged,
        "removals": sum(not after for change in report.changed for _column, _before, after in change.cells),
        "doubts": len(report.doubts),
        "first_errors": [
            [one.line, report.refs.get(one.line, ""), one.column, one.value, one.problem, str(one.right)]
            for one in report.errors[:SHOWN]
        ],
        "first_created": [_told_new(reading) for reading in report.created[:SHOWN]],
        "first_changes": [
            [change.reading.line, change.case.ref, [list(cell) for cell in change.cells]]
            for change in report.changed[:SHOWN]
        ],
        "first_doubts": [[one.line, one.ref, one.rule, one.text] for one in report.doubts[:SHOWN]],
        "first_twins": [
            [reading.line, reading.cells["ref"], reading.cells["title_en"] or reading.cells["title_zh"], ref, title,
             twin.km, twin.days, ", ".join(map(str, twin.why))]
            for reading, ref, title, twin in report.twins[:SHOWN]
        ],
        "first_echoes": [list(echo) for echo in report.echoes[:SHOWN]],
        "ignored": [[one.line, one.column, one.value, one.problem] for one in report.ignored[:SHOWN]],
        "new_agencies": list(report.new_agencies)[:SHOWN],
        "seen": report.seen,
        "errors_file": _keep(one, "errors", error_rows(report)),
        "changes_file": _keep(one, "changes", _change_rows(report)),
    }  # fmt: skip


def _told_new(reading):
    cells = reading.cells
    region = reading.region.name if reading.region else cells["region_code"]
    names = ("ref", "title_en", "title_zh", "occurred_on", "rigs_seized")
    return [reading.line, *(shown(cells[name], 120) for name in names), region]


def error_rows(report):
    """Every error of a report, with its head, as a file has them."""
    yield [_("line"), "ref", _("column"), _("value"), _("problem"), _("what would be right")]
    for one in report.errors:
        yield [one.line, report.refs.get(one.line, ""), one.column, one.value, one.problem, str(one.right)]


def _change_rows(report):
    yield [_("line"), "ref", _("column"), _("before"), _("after")]
    for reading in report.created:
        for name, text in reading.cells.items():
            if text:
                yield [reading.line, reading.cells["ref"], name, "", text]
    for change in report.changed:
        for cell in change.cells:
            yield [change.reading.line, change.case.ref, *cell]


def _keep(one, what, lines):
    path = f"{document_path(one, '')}.{one.key}.{what}.csv"
    default_storage.delete(path)
    return default_storage.save(path, ContentFile(sheet.csv_of(lines)))
