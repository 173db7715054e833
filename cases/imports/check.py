"""A file of cases into the record: shown first, in every detail; then all of it or nothing; taken back as one.

    receive(…) → Import → examine(import) → its report → carry_out(import, …) → history.undo(import.change, …)

A row is compared with the stored case cell by cell, as `sheet.rows_of` tells it: what differs is what changes, and
nothing else is touched. So a sheet that was exported and comes back changes nothing, and what a sheet cannot say stays.

How far the work is stands in the name of its database session. It is seen at once, though nothing of the transaction
is; and it is gone with the process or the server, so that an import that was interrupted shows as what it is.
"""

import logging
from hashlib import sha256

from django.utils.translation import gettext as _

from cases.bulk import AT_A_TIME, batches
from cases.files import sheet
from cases.files.csv_text import plain
from cases.files.sheet import COLUMNS
from cases.files.text import shown, written
from cases.models import Case
from regions import places
from regions.models.policy import SanctionKind

from .cells import GROUP_OF, GROUPS, Problem, Reader
from .doubts import look_for_doubts
from .groups import AMOUNTS, QUANTITIES, raid_of_the_day
from .report import Change, Report

log = logging.getLogger(__name__)


def check(table, user, *, makes_agencies=False, told=lambda done, total: None):
    """The Report of what `table` would do if `user` imported it. Writes nothing."""
    report = Report(rows=len(table.rows))
    reader = Reader(user, makes_agencies=makes_agencies)
    asked = [name for name in table.columns if name != "ref"]
    blank = dict.fromkeys(COLUMNS, "")
    digests = {}
    _refuse_missing_columns(table, user, report)
    first_line = {}
    for start in range(0, len(table.rows), AT_A_TIME):
        some = table.rows[start : start + AT_A_TIME]
        stored, taken, former = _stored(some, user)
        for row in some:
            ref = row.cells["ref"].strip()
            report.refs[row.line] = ref
            report.errors += [Problem(row.line, column, shown(value, 200), why) for column, value, why in row.problems]
            if ref and ref in first_line:
                told_twice = _("The same reference stands in line %(line)s.") % {"line": first_line[ref]}
                report.errors.append(Problem(row.line, "ref", shown(ref), told_twice, _("one row a case")))
                continue
            first_line[ref] = row.line
            case, before = stored.get(ref, (None, None))
            digests[row.line] = _digest(before)
            if row.problems:
                continue
            if case is not None:
                _look_at_change(report, reader, user, row, case, before, asked)
            elif ref in taken:
                told_taken = _("This reference is taken by a case outside your regions.")
                report.errors.append(Problem(row.line, "ref", shown(ref), told_taken, _("another reference")))
            elif ref in former:
                told_former = _("The case was merged into %(ref)s.") % {"ref": former[ref]}
                report.errors.append(Problem(row.line, "ref", shown(ref), told_former, former[ref]))
            else:
                cells = blank | row.cells | {"ref": ref}
                reading = reader.read(row.line, cells, GROUPS.keys() - {"told"})
                _take(report, reading)
                report.created.append(reading)
        told(min(start + AT_A_TIME, len(table.rows)), len(table.rows))
    _check_parts(report, user)
    with places.at_once():
        look_for_doubts(report, reader, user)
    report.errors.sort(key=lambda problem: problem.line)
    report.seen = "".join(digests.get(row.line, _digest(None)) for row in table.rows)
    return report


def _refuse_missing_columns(table, user, report):
    """A new case needs columns that the file does not have: said once, not in every row."""
    refs = [row.cells["ref"].strip() for row in table.rows]
    known = set()
    for some in batches(refs):
        known |= set(Case.objects.visible_to(user).filter(ref__in=some).values_list("ref", flat=True))
    there = set(table.columns)
    if all(ref in known for ref in refs):
        return
    if not user.has_perm("cases.add_case"):
        report.errors.append(Problem(1, "ref", "", _("You may change cases, but not enter new ones.")))
    for column in COLUMNS.values():
        alternatives = GROUPS["region"] if column.name == "region_code" else GROUPS[GROUP_OF[column.name]]
        alternatives = alternatives if column.name in ("title_en", "region_code") else [column.name]
        if (column.required or column.name == "region_code") and not there.intersection(alternatives):
            why = _("New cases need the column “%(name)s” (%(title)s).")
            why = why % {"name": column.name, "title": column.title_zh}
            report.errors.append(Problem(1, column.name, "", why, str(column.right)))


def _stored(some, user):
    """({ref: (case, its row)}, refs taken by cases that `user` does not see, {a former ref: the ref now})."""
    refs = list(filter(None, (row.cells["ref"].strip()[:200] for row in some)))
    refs = [ref for ref in refs if "\0" not in ref]
    visible = Case.objects.visible_to(user).filter(ref__in=refs)
    found = {case.ref: (case, cells) for case, cells in sheet.stored_of(visible, user)}
    taken = set(Case.objects.filter(ref__in=refs).values_list("ref", flat=True)) - found.keys()
    merged = Case.objects.filter(former_refs__overlap=refs).values_list("ref", "former_refs") if refs else []
    return found, taken, {former: ref for ref, formers in merged for former in formers}


def _digest(before):
    return sha256("\x1f".join(before.values()).encode(errors="replace") if before else b"").hexdigest()[:8]


def _look_at_change(report, reader, user, row, case, before, asked):
    differing = [name for name in asked if not _same(row.cells[name], before[name])]
    groups = {GROUP_OF[name] for name in differing}
    for name in differing:
        if GROUP_OF[name] == "told":
            why = _("This follows from the region and is not changed here.")
            report.ignored.append(Problem(row.line, name, shown(row.cells[name]), why, before[name]))
    groups.discard("told")
    if not groups:
        report.unchanged += 1
        return
    cells = before | {name: row.cells[name] for name in differing}
    if "region" in groups:  # what the file does not say of the old region contradicts no new one
        cells |= dict.fromkeys(set(GROUPS["region"]) - set(asked), "")
    reading = reader.read(row.line, cells, groups, region=case.region)
    changed = _changed_cells(reading, before, groups)
    if not changed:
        if reading.problems:
            _take(report, reading)
        else:
            report.unchanged += 1
        return
    _take(report, reading)
    groups = {GROUP_OF[name] for name, _before, _after in changed}
    if not user.has_perm("cases.change_case") or not reader.works_in(case.region_id):
        why = _("You may not change this case: you do not work for %(region)s.") % {"region": case.region.name}
        report.errors.append(Problem(row.line, "ref", case.ref, why, _("leave the row out")))
    else:
        report.errors += _obstacles(case, reading, groups)
        report.changed.append(Change(case, reading, groups, changed))


def _same(cell, before):
    """Whether a cell says what the record says, whatever a spreadsheet did to it on its way."""
    if cell == before:
        return True
    cell, before = written(cell).strip(), written(before).strip()
    return before in (cell, plain(cell))


def _changed_cells(reading, before, groups):
    found = []
    for group in sorted(groups):
        names = [one for one in GROUPS[group] if group != "region" or one == "region_code"]
        pairs = [(name, _plain_lines(before[name]), reading.cells[name]) for name in names]
        if group == "place" and _place(before) == _place(reading.cells):
            continue
        found += [pair for pair in pairs if pair[1] != pair[2]]
    return found


def _place(cells):
    return sheet.place_of(cells["locality"].strip(), cells["admin2_name"].strip())


def _plain_lines(text):
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def _take(report, reading):
    report.errors += reading.problems
    report.echoes += [(reading.line, *echo) for echo in reading.echoes]
    for body in reading.agencies:
        if isinstance(body, str):
            report.new_agencies.setdefault(body, reading.region)


def _obstacles(case, reading, groups):
    """What a cell cannot change because the case has several of it, or because something else would break."""

    def several(column, count, what):
        why = what % {"count": count}
        return Problem(reading.line, column, reading.cells[column], why, _("change it on the page of the case"))

    raids = list(case.raids.all())
    lines = [line for raid in raids for line in raid.seizures.all()]
    if "rigs" in groups and len(lines) > 1:
        yield several("rigs_seized", len(lines), _("This case has %(count)s lines of seizures, told here as one."))
    elif "rigs" in groups and not lines and len(raids) > 1:
        yield several("rigs_seized", len(raids), _("This case has %(count)s raids: in which were they seized?"))
    for group, quantity in QUANTITIES.items():
        count = sum(one.quantity == quantity for one in case.figures.all())
        if group in groups and count > 1:
            yield several(AMOUNTS[quantity], count, _("This case has %(count)s such figures; here the first is told."))
    fines = sum(one.kind == SanctionKind.FINE for one in case.sanctions.all())
    if "fine" in groups and fines > 1:
        yield several("fine_amount", fines, _("This case has %(count)s fines; here the first is told."))
    sources = len(case.sources.all())
    if "source" in groups and sources > 1:
        yield several("source_publisher", sources, _("This case has %(count)s sources; here the first is told."))
    if "day" in groups and not reading.problems:
        day = reading.cells["occurred_on"]
        if case.running_since and case.running_since.isoformat() > day:
            why = _("The rigs ran since %(day)s: they cannot have been found before.")
            why = why % {"day": case.running_since.isoformat()}
            yield Problem(reading.line, "occurred_on", day, why, _("a later day"))
        raid = raid_of_the_day(case)
        if raid and raid.raided_until and raid.raided_until.isoformat() < day:
            why = _("The raid ended on %(day)s.") % {"day": raid.raided_until.isoformat()}
            yield Problem(reading.line, "occurred_on", day, why, _("change it on the page of the case"))


def _check_parts(report, user):
    """A wider case must be there, in the record or in the file, and nothing may be part of itself."""
    wider = {one.cells["ref"]: one for one in report.created if one.cells["part_of"]}
    wider |= {one.case.ref: one.reading for one in report.changed if "part_of" in one.groups}
    wanted = {one.cells["part_of"] for one in wider.values() if one.cells["part_of"]}
    known = {one.cells["ref"] for one in report.created}
    for some in batches(sorted(wanted - known)):
        known |= set(Case.objects.visible_to(user).filter(ref__in=some).values_list("ref", flat=True))
    above = {ref: one.cells["part_of"] for ref, one in wider.items()}
    stored = Case.objects.filter(part_of__isnull=False).values_list("ref", "part_of__ref") if wanted else []
    above = dict(stored) | above
    for ref, reading in wider.items():
        part_of = reading.cells["part_of"]
        if part_of and part_of not in known:
            why = _("No case is called “%(ref)s”, neither in the record nor in this file.") % {"ref": shown(part_of)}
            report.errors.append(Problem(reading.line, "part_of", shown(part_of), why, COLUMNS["part_of"].right))
            continue
        passed, at = {ref}, part_of
        while at and at not in passed:
            passed.add(at)
            at = above.get(at)
        if at == ref and part_of != ref:
            why = _("So the case would be part of itself, over others.")
            report.errors.append(Problem(reading.line, "part_of", shown(part_of), why, _("another case, or none")))
