"""Check a table against the record: what it would create or change, what is wrong, what looks wrong.

A row is compared with the stored case cell by cell, as `sheet.sheet_rows` writes it: only the cells that differ are
changes. So a sheet that was exported and comes back changes nothing, and what a sheet cannot say stays in the record.
"""

import logging
from hashlib import sha256

from django.utils.translation import gettext as _

from cases.bulk import batches
from cases.files import sheet
from cases.files.columns import COLUMNS
from cases.files.csv_text import undefused
from cases.files.table import Table
from cases.files.tables.questions import Answers
from cases.files.text import cell_text, printable
from cases.models import Case
from regions import places
from regions.grammar.dates import day_as_known
from regions.models.policy import SanctionKind

from .cells import GROUP_OF, GROUPS, Problem, Reader
from .doubts import look_for_doubts
from .groups import AMOUNTS, QUANTITIES, raid_of_the_day
from .matching.office_numbers import refuse_taken_numbers
from .matching.references import give_references
from .matching.usable_references import unusable_reference
from .report import Progress, Report, RowChange

log = logging.getLogger(__name__)


def check_table(
    table: Table,
    user,
    *,
    makes_agencies: bool = False,
    answers: Answers | None = None,
    progress: Progress = lambda done, total: None,
) -> Report:
    """The Report of what `table` would do if `user` imported it. Writes nothing."""
    report = Report(rows=len(table.rows), notes=table.notes)
    reader = Reader(user, makes_agencies=makes_agencies, answers=answers)
    if table.makes_refs:
        give_references(table, reader, user, report)
    _refuse_missing_columns(table, user, report)
    check = _Check(report, reader, user, table.columns)
    done = 0
    for batch in batches(table.rows):
        check.rows(batch)
        done += len(batch)
        progress(done, len(table.rows))
    _check_parts(report, user)
    refuse_taken_numbers(report)
    with places.at_once():
        look_for_doubts(report, check.reader, user)
    report.questions = table.questions + check.reader.questions
    report.errors.sort(key=lambda problem: problem.line)
    report.seen = "".join(check.digests.get(row.line, _digest(None)) for row in table.rows)
    return report


class _Check:
    """The check of the rows, one after the other; everything that it finds goes into `report`."""

    def __init__(self, report, reader, user, columns):
        self.report, self.reader, self.user = report, reader, user
        self.compared = [name for name in columns if name != "ref"]
        self.first_line = {}  # of a reference
        self.digests = {}  # {line: digest of the stored case}

    def rows(self, rows):
        stored, taken = _stored(rows, self.user)
        for row in rows:
            ref = row.cells["ref"].strip()
            self.report.refs[row.line] = printable(ref, 200)
            self.report.errors += [
                Problem(row.line, column, printable(value, 200), why) for column, value, why in row.problems
            ]
            if ref and ref in self.first_line:
                why = _("Line %(line)s has the same reference.") % {"line": self.first_line[ref]}
                self._refuse(row, ref, why, _("one row per case"))
                continue
            self.first_line[ref] = row.line
            case, before = stored.get(ref, (None, None))
            self.digests[row.line] = _digest(before)
            self.report.echoes += [(row.line, *echo) for echo in row.echoes]
            if row.problems:
                continue
            if case is not None:
                asked = [name for name in self.compared if name in row.cells]
                _look_at_change(self.report, self.reader, self.user, row, case, before, asked)
            elif ref in taken:
                self._refuse(row, ref, unusable_reference(), _("a different reference"))
            else:
                self._create(row, ref)

    def _refuse(self, row, ref, why, right):
        self.report.errors.append(Problem(row.line, "ref", printable(ref), why, right))

    def _create(self, row, ref):
        cells = dict.fromkeys(COLUMNS, "") | row.cells | {"ref": ref}
        read_row = self.reader.read(row.line, cells, GROUPS.keys() - {"from_region"})
        _take(self.report, read_row)
        self.report.created.append(read_row)


def _refuse_missing_columns(table, user, report):
    """Report once, not in every row, the columns that a new case needs and the file does not have."""
    refs = [row.cells["ref"].strip() for row in table.rows]
    known = set()
    for batch in batches(refs_in(table.rows)):
        known |= set(Case.objects.visible_to(user).filter(ref__in=batch).values_list("ref", flat=True))
    present = set(table.columns)
    if all(ref in known for ref in refs):
        return
    if not user.has_perm("cases.add_case"):
        report.errors.append(
            Problem(table.head_line, "ref", "", _("You can change cases, but you cannot enter new ones."))
        )
    for column in COLUMNS.values():
        alternatives = GROUPS["region"] if column.name == "region_code" else GROUPS[GROUP_OF[column.name]]
        alternatives = alternatives if column.name in ("title_en", "region_code") else [column.name]
        if (column.required or column.name == "region_code") and not present.intersection(alternatives):
            why = _("New cases need the column “%(name)s” (%(title)s).")
            why = why % {"name": column.name, "title": column.title}
            report.errors.append(Problem(table.head_line, column.name, "", why, str(column.right)))


def refs_in(rows) -> list[str]:
    """The references of these rows that a case may have: no column holds a NUL byte."""
    refs = {row.cells["ref"].strip()[:200] for row in rows}
    return sorted(ref for ref in refs if ref and "\0" not in ref)


def _stored(rows, user):
    """({ref: (case, cells)}, the other refs that are taken: of cases that `user` does not see, and former ones)."""
    refs = refs_in(rows)
    visible = Case.objects.visible_to(user).filter(ref__in=refs)
    found = {case.ref: (case, cells) for case, cells in sheet.stored_of(visible, user)}
    taken = set(Case.objects.filter(ref__in=refs).values_list("ref", flat=True)) - found.keys()
    merged = Case.objects.once_called(*refs).values_list("former_refs", flat=True) if refs else []
    return found, taken | {former for formers in merged for former in formers}


def _digest(before):
    return sha256("\x1f".join(before.values()).encode(errors="replace") if before else b"").hexdigest()[:8]


def _look_at_change(report, reader, user, row, case, before, asked):
    differing = [name for name in asked if not _same(row.cells[name], before[name])]
    groups = {GROUP_OF[name] for name in differing}
    for name in differing:
        if GROUP_OF[name] == "from_region":
            why = _("This follows from the region and cannot be changed here.")
            report.ignored.append(Problem(row.line, name, printable(row.cells[name]), why, before[name]))
    groups.discard("from_region")
    if not groups:
        report.unchanged += 1
        return
    cells = before | {name: row.cells[name] for name in differing}
    if "region" in groups:  # cells of the old region that the file does not have must not contradict the new one
        cells |= dict.fromkeys(set(GROUPS["region"]) - set(asked), "")
    read_row = reader.read(row.line, cells, groups, region=case.region)
    changed = _changed_cells(read_row, before, groups)
    if not changed:
        if read_row.problems:
            _take(report, read_row)
        else:
            report.unchanged += 1
        return
    _take(report, read_row)
    groups = {GROUP_OF[name] for name, _before, _after in changed}
    if not user.has_perm("cases.change_case") or not reader.works_in(case.region_id):
        why = _("You cannot change this case: %(region)s is not one of your regions.") % {"region": case.region.name}
        report.errors.append(Problem(row.line, "ref", case.ref, why, _("delete the row")))
    else:
        report.errors += _obstacles(case, read_row, groups)
        report.changed.append(RowChange(case, read_row, groups, changed))


def _same(cell, before):
    """Whether a cell says what the record says, apart from what a spreadsheet program changes in a text."""
    if cell == before:
        return True
    cell, before = cell_text(cell).strip(), cell_text(before).strip()
    return before in (cell, undefused(cell))


def _changed_cells(read_row, before, groups):
    found = []
    for group in sorted(groups):
        names = [name for name in GROUPS[group] if group != "region" or name == "region_code"]
        pairs = [(name, _plain_lines(before[name]), read_row.cells[name]) for name in names]
        if group == "place" and _place(before) == _place(read_row.cells):
            continue
        found += [pair for pair in pairs if pair[1] != pair[2]]
    return found


def _place(cells):
    return sheet.place_of(cells["locality"].strip(), cells["admin2_name"].strip())


def _plain_lines(text):
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _take(report, read_row):
    report.errors += read_row.problems
    report.echoes += [(read_row.line, *echo) for echo in read_row.echoes]
    for body in [*read_row.agencies, *(body for _number, body in read_row.numbers)]:
        if isinstance(body, str):
            report.new_agencies.setdefault(body, read_row.region)


def _obstacles(case, read_row, groups):
    """The changes that a cell cannot make: the case has several of it, or something else would become wrong."""

    def several(column, count, what):
        why = what % {"count": count}
        return Problem(read_row.line, column, read_row.cells[column], why, _("change it on the page of the case"))

    raids = list(case.raids.all())
    lines = [line for raid in raids for line in raid.seizures.all()]
    if "rigs" in groups and len(lines) > 1:
        yield several("rigs_seized", len(lines), _("This case has %(count)s seizure lines, shown here as one."))
    elif "rigs" in groups and not lines and len(raids) > 1:
        yield several("rigs_seized", len(raids), _("This case has %(count)s raids. In which one were the rigs seized?"))
    for group, quantity in QUANTITIES.items():
        count = sum(figure.quantity == quantity for figure in case.figures.all())
        if group in groups and count > 1:
            yield several(
                AMOUNTS[quantity], count, _("This case has %(count)s such figures; only the first is shown here.")
            )
    fines = sum(sanction.kind == SanctionKind.FINE for sanction in case.sanctions.all())
    if "fine" in groups and fines > 1:
        yield several("fine_amount", fines, _("This case has %(count)s fines; only the first is shown here."))
    sources = len(case.sources.all())
    if "source" in groups and sources > 1:
        yield several("source_publisher", sources, _("This case has %(count)s sources; only the first is shown here."))
    if "day" in groups and not read_row.problems:
        day = read_row.cells["occurred_on"]
        if case.running_since and case.running_since.isoformat() > day:
            why = _("The rigs started running on %(day)s, so they cannot have been found earlier.")
            why = why % {"day": day_as_known(case.running_since)}
            yield Problem(read_row.line, "occurred_on", day, why, _("a later date"))
        raid = raid_of_the_day(case)
        if raid and raid.raided_until and raid.raided_until.isoformat() < day:
            why = _("The raid ended on %(day)s.") % {"day": day_as_known(raid.raided_until)}
            yield Problem(read_row.line, "occurred_on", day, why, _("change it on the page of the case"))


def _check_parts(report, user):
    """A wider case must exist, in the record or in the file, and no case may be part of itself."""
    wider = {row.cells["ref"]: row for row in report.created if row.cells["part_of"]}
    wider |= {row.case.ref: row.read_row for row in report.changed if "part_of" in row.groups}
    wanted = {row.cells["part_of"] for row in wider.values() if row.cells["part_of"]}
    known = {row.cells["ref"] for row in report.created}
    for batch in batches(sorted(wanted - known)):
        known |= set(Case.objects.visible_to(user).filter(ref__in=batch).values_list("ref", flat=True))
    above = {ref: row.cells["part_of"] for ref, row in wider.items()}
    stored = Case.objects.filter(part_of__isnull=False).values_list("ref", "part_of__ref") if wanted else []
    above = dict(stored) | above
    for ref, read_row in wider.items():
        part_of = read_row.cells["part_of"]
        if part_of and part_of not in known:
            why = _("No case has the reference “%(ref)s”, in the record or in this file.") % {"ref": printable(part_of)}
            report.errors.append(Problem(read_row.line, "part_of", printable(part_of), why, COLUMNS["part_of"].right))
            continue
        passed, at = {ref}, part_of
        while at and at not in passed:
            passed.add(at)
            at = above.get(at)
        if at == ref and part_of != ref:
            why = _("This would make the case part of itself, through other cases.")
            report.errors.append(
                Problem(read_row.line, "part_of", printable(part_of), why, _("another case, or an empty cell"))
            )
