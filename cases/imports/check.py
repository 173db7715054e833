"""A file of cases into the record: shown first, in every detail; then all of it or nothing; taken back as one.

    receive(…) → Import → examine(import) → its report → carry_out(import, …) → history.undo(import.change, …)

A row is compared with the stored case cell by cell, as `sheet.rows_of` tells it: what differs is what changes, and
nothing else is touched. So a sheet that was exported and comes back changes nothing, and what a sheet cannot say stays.

How far the work is stands in the name of its database session. It is seen at once, though nothing of the transaction
is; and it is gone with the process or the server, so that an import that was interrupted shows as what it is.
"""

import logging
import threading
from collections import defaultdict
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from time import monotonic

from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models.functions import Now
from django.utils import translation
from django.utils.text import slugify
from django.utils.timezone import now
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from cases.actions import publishing as actions
from cases.doubts import rules as plausibility
from cases.doubts import twins
from cases.files import sheet
from cases.files.exports import plain
from cases.files.readers import Unreadable, read, shown
from cases.files.sheet import COLUMNS
from cases.files.xlsx import written
from cases.loading import record
from cases.models import Case, Citation, Figure, Import, Raid, Reason, Rig, Sanction, Seizure
from cases.models.field import Quantity
from cases.models.intake import DoubtRule, ImportState
from cases.models.outcome import document_path
from regions import places
from regions.loading import rows
from regions.models import Agency, Policy, Region, Source
from regions.models.agency import AgencyKind
from regions.models.policy import SanctionKind

from .cells import GROUP_OF, GROUPS, MONEY, Problem, Reader, Reading

log = logging.getLogger(__name__)

AT_A_TIME = 1_000
SHOWN = 200  # rows of each list that the page shows; files have all
COMMAND = "import_cases"
# Which cells are fields of the case itself.
FIELDS = {
    "title": ["title_en", "title_zh"],
    "day": ["occurred_on", "date_precision"],
    "region": ["region"],
    "place": ["place"],
    "point": ["latitude", "longitude", "location_precision"],
    "electricity_theft": ["theft"],
    "part_of": ["part_of"],
} | {
    name: [name]
    for name in (
        "site_type", "lead_source", "rig_kind", "arrests", "premises", "outcome", "note", "kind", "confidence",
        "counts_in_totals", "electricity_check",
    )
}  # fmt: skip
QUANTITIES = {
    "energy": Quantity.ENERGY_KWH,
    "power": Quantity.LOAD_KW,
    "loss": Quantity.LOSS,
    "equipment_value": Quantity.EQUIPMENT_VALUE,
}
NUMBERS = ("latitude", "longitude", "electricity_kwh", "power_kw")
AMOUNTS = {
    Quantity.ENERGY_KWH: "electricity_kwh",
    Quantity.LOAD_KW: "power_kw",
    Quantity.LOSS: "loss_amount",
    Quantity.EQUIPMENT_VALUE: "equipment_value",
}


class Refused(Exception):
    """Nothing was written; the message says why, `lines` which rows it is about."""

    def __init__(self, message, lines=()):
        super().__init__(message)
        self.lines = list(lines)


class Everywhere:
    """Who runs a command may do everything; the history calls them by the command's name."""

    pk, is_authenticated = None, True

    def has_perm(self, _permission):
        return True


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


# Looking


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
        _look_for_doubts(report, reader, user)
    report.errors.sort(key=lambda problem: problem.line)
    report.seen = "".join(digests.get(row.line, _digest(None)) for row in table.rows)
    return report


def _refuse_missing_columns(table, user, report):
    """A new case needs columns that the file does not have: said once, not in every row."""
    refs = [row.cells["ref"].strip() for row in table.rows]
    known = set()
    for some in _batches(refs):
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
        raid = _raid_of_the_day(case)
        if raid and raid.raided_until and raid.raided_until.isoformat() < day:
            why = _("The raid ended on %(day)s.") % {"day": raid.raided_until.isoformat()}
            yield Problem(reading.line, "occurred_on", day, why, _("change it on the page of the case"))


def _raid_of_the_day(case):
    """The one raid of a case that is dated as the case is: it moves with it."""
    raids = list(case.raids.all())
    if len(raids) == 1 and (raids[0].raided_on, raids[0].date_precision) == (case.occurred_on, case.date_precision):
        return raids[0]
    return None


def _check_parts(report, user):
    """A wider case must be there, in the record or in the file, and nothing may be part of itself."""
    wider = {one.cells["ref"]: one for one in report.created if one.cells["part_of"]}
    wider |= {one.case.ref: one.reading for one in report.changed if "part_of" in one.groups}
    wanted = {one.cells["part_of"] for one in wider.values() if one.cells["part_of"]}
    known = {one.cells["ref"] for one in report.created}
    for some in _batches(sorted(wanted - known)):
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


def _look_for_doubts(report, reader, user):
    """What looks wrong about new rows, and what changes make look wrong; only of rows without errors."""
    wrong = {problem.line for problem in report.errors}
    created = [one for one in report.created if one.line not in wrong]
    changed = [one for one in report.changed if one.reading.line not in wrong]
    facts = _Facts([*created, *(one.reading for one in changed)], reader)
    for one in created:
        _doubt(report, one, plausibility.doubts(facts.of(one.cells, one.region)))
    for one in changed:
        after = plausibility.doubts(facts.of(one.reading.cells, one.reading.region))
        if after:  # what looked wrong before was kept then
            before = one.reading.cells | {name: old for name, old, _new in one.cells}
            stood = {doubt.rule for doubt in plausibility.doubts(facts.of(before, one.case.region))}
            _doubt(report, one.reading, [doubt for doubt in after if doubt.rule not in stood])
    _look_for_twins(report, created, user)
    report.doubts.sort(key=lambda doubt: doubt.line)


def _doubt(report, reading, found):
    report.doubts += [Doubt(reading.line, reading.cells["ref"], str(one.rule), one.text) for one in found]


class _Facts:
    """What rows say, as `plausibility` asks for it."""

    def __init__(self, readings, reader):
        self.reader, self.known = reader, {}
        self.catalogue = {rig.model: rig for rig in Rig.objects.filter(is_generic=False)}
        self.library = _library_of(readings)
        self.policies = Policy.objects.in_bulk({policy for policy, _provision in self.library.values()})

    def of(self, cells, region):
        number = {name: float(cells[name]) if cells[name] else None for name in NUMBERS}
        texts = _texts(cells["legal_basis"])
        cited = [self.library.get((text, region.country_code)) or self.library.get(text) for text in texts]
        money = [cells[currency] for amount, currency in MONEY.values() if cells[amount] and amount != "fine_amount"]
        models = [part.partition(" (")[0] for part in cells["rig_models"].split(sheet.BETWEEN)]
        return plausibility.Facts(
            region=self._region(region),
            occurred_on=date.fromisoformat(cells["occurred_on"]),
            date_precision=cells["date_precision"],
            latitude=number["latitude"],
            longitude=number["longitude"],
            location_precision=cells["location_precision"],
            site_type=cells["site_type"],
            rigs=int(cells["rigs_seized"]) if cells["rigs_seized"] else None,
            models=[self.catalogue[model] for model in models if model in self.catalogue],
            energy_kwh=number["electricity_kwh"],
            energy_basis=cells["electricity_basis"],
            load_kw=number["power_kw"],
            currencies=money,
            arrests=int(cells["arrests"]) if cells["arrests"] else None,
            policies=[self.policies[policy] for policy, _provision in filter(None, cited)],
        )

    def _region(self, region):
        """The region with the currency of its country, which would else be asked for at every row."""
        if region.code not in self.known:
            self.known[region.code] = found = copy(region)
            found.currency = self.reader.usual_currency(region)
        return self.known[region.code]


def _look_for_twins(report, created, user):
    """Rows that look like a case that is there, or like another row: by country, so that few are compared."""
    by_country = defaultdict(list)
    for one in created:
        by_country[one.region.country_code].append(one)
    countries = Region.objects.in_bulk(by_country, field_name="code")
    for code, readings in by_country.items():
        sightings = [_sighting(one) for one in readings]
        cases = Case.objects.visible_to(user).in_region(countries[code])
        for index, found in twins.likely_twins(sightings, cases).items():
            found = [twin for twin in found if twin.case.ref != readings[index].cells["part_of"]]
            _tell_twins(report, readings[index], [(twin.case.ref, twin.case.title, twin) for twin in found])
        for index, found in twins.twins_within(sightings).items():
            others = [(readings[twin.case], twin) for twin in found if twin.case < index]
            others = [(one.cells["ref"], _("line %(line)s") % {"line": one.line}, twin) for one, twin in others
                      if readings[index].cells["ref"] != one.cells["part_of"]
                      and one.cells["ref"] != readings[index].cells["part_of"]]  # fmt: skip
            _tell_twins(report, readings[index], others)


def _tell_twins(report, reading, found):
    """One doubt a row, about the likeliest; the report lists all that were found."""
    if not found:
        return
    ref, title, twin = found[0]
    text = _("It looks like “%(title)s” (%(ref)s): %(why)s.")
    said = text % {"title": title, "ref": ref, "why": ", ".join(map(str, twin.why))}
    report.doubts.append(Doubt(reading.line, reading.cells["ref"], DoubtRule.TWIN.value, said))
    report.twins += [(reading, *one) for one in found]


def _sighting(reading):
    cells = reading.cells
    return twins.Sighting(
        region=reading.region,
        occurred_on=date.fromisoformat(cells["occurred_on"]),
        date_precision=cells["date_precision"],
        latitude=float(cells["latitude"]) if cells["latitude"] else None,
        longitude=float(cells["longitude"]) if cells["longitude"] else None,
        rigs=int(cells["rigs_seized"]) if cells["rigs_seized"] else None,
        titles=[cells["title_en"], cells["title_zh"]],
        ref=cells["ref"],
    )


# Writing


def write(report, user, *, reason="", told=lambda done, total: None):
    """Write what `report` says, inside the caller's transaction and change. Returns the pks of the cases."""
    work = _Work(report, user)
    total = len(report.created) + len(report.changed)
    for done, reading in enumerate(report.created, 1):
        work.create(reading)
        if done % AT_A_TIME == 0:
            told(done // 2, total * 2)
    for change in report.changed:
        work.change(change)
    told(total // 2, total * 2)
    work.save()
    told(total, total * 2)
    work.keep_reasons(reason)
    pks = sorted(work.cases)
    for done, some in enumerate(_batches(pks), 1):
        actions.sum_up(Case.objects.filter(pk__in=some))
        told(total + done * AT_A_TIME, total * 2)
    return pks


class _Work:
    """Everything that a report writes, gathered so that each table is written in a few statements."""

    def __init__(self, report, user):
        self.report, self.user, self.now = report, user, now()
        self.cases = {}  # pk: ref
        self.refs = {}
        self.new, self.removed = defaultdict(list), defaultdict(list)  # by model
        self.updated, self.fields = defaultdict(dict), defaultdict(set)  # by model: {pk: row}, names of fields
        self.regions = {}
        self.catalogue = {rig.model: rig for rig in Rig.objects.all()}
        self.catalogue |= {f"{rig.manufacturer} {rig.model}": rig for rig in self.catalogue.values()}
        self.agencies = _made_agencies(report.new_agencies)
        readings = [*report.created, *(one.reading for one in report.changed)]
        self.sources = _sources_of(readings)
        self.library = _library_of(readings)
        self._number(report.created)
        self._find_wider(readings)

    def _number(self, created):
        """The new cases have their numbers before they are written, so that one can be part of another."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [Case._meta.db_table, len(created)],
            )
            self.refs = {one.cells["ref"]: pk for one, (pk,) in zip(created, cursor.fetchall(), strict=True)}

    def _find_wider(self, readings):
        for some in _batches(sorted({one.cells["part_of"] for one in readings} - self.refs.keys() - {""})):
            self.refs |= dict(Case.objects.filter(ref__in=some).values_list("ref", "pk"))

    def create(self, reading):
        row = rows.Row("", reading.line, reading.cells)
        case = record.case_of(row, {reading.region.code: reading.region})
        case.pk, case.published = self.refs[case.ref], False
        case.part_of_id = self.refs.get(reading.cells["part_of"])
        self.cases[case.pk] = case.ref
        self.new[Case].append(case)
        raid = record.raid_of(row, case)
        if raid:
            self.new[Raid].append(raid)
            self._add_lines(reading, row, case, raid)
        for figure in record.figures_of(row, case):
            figure.as_published = reading.as_published.get(AMOUNTS[figure.quantity], "")
            self.new[Figure].append(figure)
        self._fine(reading, row, case)
        self._cite(reading, case, _texts(reading.cells["legal_basis"]))
        self._link_agencies(reading, case, set())
        self._link_source(reading, case)

    def change(self, change):
        case, reading, groups = change.case, change.reading, change.groups
        region = reading.region
        row = rows.Row("", reading.line, reading.cells)
        # Cells that are not read anew may hold what no longer could be entered: only those that are, are taken over.
        told = record.case_of(_Only(row, groups), {region.code: region})
        self.cases[case.pk] = case.ref
        if "day" in groups and (raid := _raid_of_the_day(case)):
            self._update(raid, raided_on=told.occurred_on, date_precision=told.date_precision)
        if "place" in groups:
            self._move_raid(change)
        for group in groups & FIELDS.keys():
            values = {name: getattr(told, name) for name in FIELDS[group] if name != "part_of"}
            if group == "part_of":
                values = {"part_of_id": self.refs.get(reading.cells["part_of"])}
            if group == "rig_kind":
                self._of_another_kind(case, told.rig_kind)
            self._update(case, **values)
        if "rigs" in groups:
            self._seize(reading, row, case)
        for group in groups & QUANTITIES.keys():
            self._figure(reading, row, case, QUANTITIES[group])
        if "fine" in groups:
            self._fine(reading, row, case, [one for one in case.sanctions.all() if one.kind == SanctionKind.FINE])
        if "legal_basis" in groups:
            texts = _texts(reading.cells["legal_basis"])
            self.removed[Citation] += [one.pk for one in case.citations.all() if one.text not in texts]
            self._cite(reading, case, [one for one in texts if one not in {old.text for old in case.citations.all()}])
        if "agencies" in groups:
            self._link_agencies(reading, case, {agency.pk for agency in case.agencies.all()})
        if "source" in groups:
            self._link_source(reading, case, [source.pk for source in case.sources.all()])

    def _update(self, instance, **values):
        for name, value in values.items():
            setattr(instance, name, value)
        model = type(instance)
        self.updated[model][instance.pk] = instance
        self.fields[model] |= {name.removesuffix("_id") for name in values}

    def _move_raid(self, change):
        raids, before = list(change.case.raids.all()), {name: old for name, old, _new in change.cells}
        old = before.get("locality", change.reading.cells["locality"])
        if len(raids) == 1 and raids[0].place == old:
            self._update(raids[0], place=change.reading.cells["locality"])

    def _of_another_kind(self, case, kind):
        for raid in case.raids.all():
            for line in raid.seizures.all():
                if line.kind == case.rig_kind:
                    self._update(line, kind=kind)

    def _add_lines(self, reading, row, case, raid):
        lines = list(record.lines_of(row, case, raid, self.catalogue))
        for line in lines:
            if len(lines) == 1:
                line.count_as_published = reading.as_published.get("rigs_seized", "")
            self.new[Seizure].append(line)

    def _seize(self, reading, row, case):
        raids = list(case.raids.all())
        lines = [line for raid in raids for line in raid.seizures.all()]
        if not lines:
            raid = raids[0] if raids else record.raid_of(row, case)
            if not raids:
                self.new[Raid].append(raid)
            self._add_lines(reading, row, case, raid)
            return
        told = list(record.lines_of(row, case, lines[0].raid, self.catalogue))
        first = told[0] if told else Seizure()
        self._update(
            lines[0],
            rig=first.rig, models_as_published=first.models_as_published, count=first.count, qualifier=first.qualifier,
            count_as_published=reading.as_published.get("rigs_seized", "") if len(told) == 1 else "",
        )  # fmt: skip
        self.new[Seizure] += told[1:]

    def _figure(self, reading, row, case, quantity):
        old = next((one for one in case.figures.all() if one.quantity == quantity), None)
        new = next((one for one in record.figures_of(row, case) if one.quantity == quantity), None)
        if new is None:
            self.removed[Figure] += [old.pk] if old else []
            return
        new.as_published = reading.as_published.get(AMOUNTS[quantity], "")
        if old is None:
            self.new[Figure].append(new)
        else:
            names = ("amount", "basis", "currency", "as_published")
            self._update(old, **{name: getattr(new, name) for name in names})

    def _fine(self, reading, row, case, old=()):
        new = record.fine_of(row, case)
        if new is None:
            self.removed[Sanction] += [one.pk for one in old]
        elif old:
            self._update(old[0], amount=new.amount, currency=new.currency)
        else:
            new.note = reading.as_published.get("fine_amount", "")
            self.new[Sanction].append(new)

    def _cite(self, reading, case, texts):
        for text in texts:
            known = self.library.get((text, reading.region.country_code)) or self.library.get(text) or (None, None)
            policy, provision = known
            self.new[Citation].append(Citation(case=case, text=text, policy_id=policy, provision_id=provision))

    def _link_agencies(self, reading, case, before):
        through = Case.agencies.through
        now_ = {body.pk if isinstance(body, Agency) else self.agencies[body].pk for body in reading.agencies}
        self.new[through] += [through(case_id=case.pk, agency_id=pk) for pk in sorted(now_ - before)]
        self.removed[through] += [(case.pk, pk) for pk in before - now_]

    def _link_source(self, reading, case, before=()):
        through, source = Case.sources.through, self.sources.get(_identity(reading.cells))
        if source is not None and source.pk not in before:
            self.new[through].append(through(case_id=case.pk, source_id=source.pk))
            self.removed[through] += [(case.pk, pk) for pk in before]

    def save(self):
        order = [Case, Raid, Seizure, Figure, Sanction, Citation, Case.agencies.through, Case.sources.through]
        for model, pairs in self.removed.items():
            for some in _batches(pairs):
                if model is Case.agencies.through or model is Case.sources.through:
                    _unlink(model, some)
                else:
                    model.objects.filter(pk__in=some).delete()
        for model in order:
            model._default_manager.bulk_create(self.new[model], batch_size=AT_A_TIME)
        for model in order:
            if self.updated[model]:
                _update_all(model, list(self.updated[model].values()), sorted(self.fields[model]))
        changed = [change.case.pk for change in self.report.changed]
        for some in _batches(changed):
            Case.objects.filter(pk__in=some).update(changed_at=Now())

    def keep_reasons(self, reason):
        """What looked wrong is kept with why it stands."""
        if not self.report.doubts:
            return
        by = self.user if self.user.pk else None
        pks = {ref: pk for pk, ref in self.cases.items()}
        Reason.objects.bulk_create(
            [
                Reason(case_id=pks[doubt.ref], rule=doubt.rule, doubt=doubt.text, reason=reason, by=by)
                for doubt in self.report.doubts
            ],
            batch_size=AT_A_TIME,
        )


class _Only(rows.Row):
    """A row of which only some groups of cells are told; of the others what a case must have."""

    def __init__(self, row, groups):
        names = {name for group in groups | {"region"} for name in GROUPS[group]}
        cells = {name: text if name in names else "" for name, text in row.cells.items()}
        cells |= {name: row.cells[name] for name in ("kind", "confidence", "counts_in_totals")}
        super().__init__(row.path, row.line, cells)


def _update_all(model, instances, names):
    """One statement for a thousand rows. `bulk_update` would say each value of each row as a case of its own."""
    fields = [model._meta.get_field(name) for name in names]
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    types = [one.rel_db_type(connection) if one.is_relation else one.db_type(connection) for one in fields]
    columns = [quote(one.column) for one in fields]
    change = ", ".join(f"{column} = new.{column}" for column in columns)
    arrays = ", ".join(f"%s::{kind.partition('(')[0]}[]" for kind in ("bigint", *types))
    statement = (
        f"UPDATE {table} SET {change} FROM unnest({arrays}) AS new (id, {', '.join(columns)})"  # noqa: S608 - our own names
        f" WHERE {table}.id = new.id"
    )
    with connection.cursor() as cursor:
        for some in _batches(instances):
            values = [[one.get_db_prep_save(getattr(row, one.attname), connection) for row in some] for one in fields]
            cursor.execute(statement, [[row.pk for row in some], *values])


def _unlink(through, pairs):
    other = "agency_id" if through is Case.agencies.through else "source_id"
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {through._meta.db_table} USING unnest(%s::bigint[], %s::bigint[]) AS gone (a, b)"  # noqa: S608
            f" WHERE case_id = gone.a AND {other} = gone.b",
            [list(column) for column in zip(*pairs, strict=True)],
        )


def _made_agencies(wanted):
    """{name: Agency} of the bodies that the importer asked to be made."""
    taken = set(Agency.objects.values_list("slug", flat=True)) if wanted else set()
    made = []
    for name, region in wanted.items():
        slug = actions.first_free(slugify(name)[:90] or "agency", taken)
        taken.add(slug)
        chinese = any("㐀" <= one <= "鿿" for one in name)
        made.append(
            Agency(slug=slug, name_en=name, name_zh=name if chinese else "", kind=AgencyKind.OTHER, region=region)
        )
    return {one.name_en: one for one in Agency.objects.bulk_create(made)}


def _identity(cells):
    return tuple(cells[name] for name in ("source_publisher", "source_title", "source_url", "source_date"))


def _sources_of(readings):
    """{identity: Source} of every source that the rows name; those that are not there are made."""
    wanted = dict.fromkeys(_identity(one.cells) for one in readings if one.cells["source_publisher"])
    found = {}
    for some in _batches(sorted({identity[0] for identity in wanted})):
        for source in Source.objects.filter(publisher__in=some):
            day = source.published_on.isoformat() if source.published_on else ""
            found[source.publisher, source.title, source.url, day] = source
    missing = [identity for identity in wanted if identity not in found]
    made = Source.objects.bulk_create(
        [Source(publisher=who, title=title, url=url, published_on=day or None) for who, title, url, day in missing],
        batch_size=AT_A_TIME,
    )
    return found | dict(zip(missing, made, strict=True))


def _library_of(readings):
    """What our library knows a cited text as: {text or (text, country): (policy, provision)}."""
    texts = {text for one in readings for text in _texts(one.cells["legal_basis"])}
    found = {}
    for policy in Policy.objects.all() if texts else ():
        found |= dict.fromkeys(filter(None, (policy.title_en, policy.title_zh, policy.ref)), (policy.pk, None))
    for some in _batches(sorted(texts)):
        cited = Citation.objects.filter(policy__isnull=False, text__in=some).order_by("text", "-pk")
        for text, path, *known in cited.values_list("text", "case__region__path", "policy", "provision").distinct():
            found[text, path.split("/")[1]] = tuple(known)
    return found


def _texts(cell):
    return [text for text in cell.split(sheet.BETWEEN) if text]


def _batches(items, size=AT_A_TIME):
    items = list(items)
    for start in range(0, len(items), size):
        yield items[start : start + size]


# A file and its fate


def receive(content, name, *, by, makes_agencies=False):
    """Keep the bytes that came as `name` and make their Import, which waits to be examined."""
    one = Import(
        by=by if by and by.pk else None, file_name=name[-200:] or "?", sha256=sha256(content).hexdigest(),
        report={"makes_agencies": makes_agencies},
    )  # fmt: skip
    path = document_path(one, name)
    if not default_storage.exists(path):  # the same bytes are kept once
        path = default_storage.save(path, ContentFile(content))
    one.file.name = path
    one.save()
    return one


def examine(one, user, *, told=lambda done, total: None):
    """Look at the file of an Import and keep what was found: in its `report`, and all of it as files.

    Returns the Report, or None where the file cannot be read; then the Import has failed and says why.
    """
    makes_agencies = bool(one.report.get("makes_agencies"))
    try:
        table = read(_content(one), one.file_name)
        report = check(table, user, makes_agencies=makes_agencies, told=told)
    except Unreadable as problem:
        one.report = {"makes_agencies": makes_agencies, "problem": str(problem)}
        one.state, one.settled_at = ImportState.FAILED, now()
        one.save(update_fields=["report", "state", "settled_at"])
        return None
    keep(one, table, report)
    return report


def keep(one, table, report):
    """Keep with an Import what the dry run of its file found."""
    one.report = _kept(one, table, report) | {"makes_agencies": bool(one.report.get("makes_agencies"))}
    one.state = ImportState.CHECKED
    one.save(update_fields=["report", "state"])


def begin_writing(one, reason=""):
    """Mark an Import as being written. False where somebody else has begun, or there is nothing to be written."""
    waiting = Import.objects.filter(pk=one.pk, state=ImportState.CHECKED)
    return bool(waiting.update(state=ImportState.IMPORTING, reason=reason, report=one.report | {"refusal": ""}))


def carry_out(one, user, *, reason="", told=lambda done, total: None):
    """Write what the dry run of an Import showed: all of it, or nothing and Refused. Returns how many cases.

    The record is compared with what the dry run saw, under lock: whatever was changed meanwhile stops it.
    """
    table = read(_content(one), one.file_name)
    seen = one.report.get("seen", "")
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '20s'")
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('import', 0))")
            _lock_cases(table)
            _refuse_if_done(one)
            count, makes_agencies = len(table.rows), bool(one.report.get("makes_agencies"))
            first, rest = (
                (lambda done, _total: told(done, count * 3)),
                (lambda done, total: told(count + done * 2 * count // (total or 1), count * 3)),
            )
            report = check(table, user, makes_agencies=makes_agencies, told=first)
            _refuse_unless_as_seen(table, report, seen, reason)
            by = user if user.pk else COMMAND
            with actions.changing("import", by, reason, file=one.file_name) as change:
                pks = write(report, user, reason=reason, told=rest)
                with connection.cursor() as cursor:  # here, where it can be explained, not at the commit
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            one.state, one.change, one.reason, one.settled_at = ImportState.DONE, change.id, reason, now()
            one.save(update_fields=["state", "change", "reason", "settled_at"])
    except OperationalError as problem:
        if "lock timeout" not in str(problem):
            raise
        raise Refused(_("Somebody else is changing some of these cases. Try again in a moment.")) from problem
    except DatabaseError as problem:
        if isinstance(problem, OperationalError) or connection.connection is None or connection.connection.closed:
            raise
        log.warning("An import was refused by the database.", exc_info=True)
        raise Refused(
            _("The record does not take these rows: %(why)s") % {"why": str(problem).splitlines()[0]}
        ) from problem
    return len(pks)


def _refuse_if_done(one):
    state = Import.objects.select_for_update().values_list("state", flat=True).get(pk=one.pk)
    if state not in (ImportState.CHECKED, ImportState.IMPORTING):
        raise Refused(_("It was imported already."))


def _lock_cases(table):
    refs = sorted({row.cells["ref"].strip() for row in table.rows} - {""})
    for some in _batches([ref for ref in refs if "\0" not in ref]):
        list(Case.objects.select_for_update().filter(ref__in=some).order_by("pk").values_list("pk"))


def _refuse_unless_as_seen(table, report, seen, reason):
    lines = [
        row.line for at, row in enumerate(table.rows)
        if report.seen[at * 8 : at * 8 + 8] != seen[at * 8 : at * 8 + 8]
    ]  # fmt: skip
    if lines:
        told = ngettext(
            "The case of line %(lines)s was changed since this file was checked. Check it again.",
            "The cases of lines %(lines)s were changed since this file was checked. Check it again.",
            len(lines),
        )
        listed = ", ".join(map(str, lines[:20])) + ("…" if len(lines) > 20 else "")
        raise Refused(told % {"lines": listed}, lines)
    if report.errors:
        raise Refused(_("There are errors now that were not there before. Check it again."))
    if report.doubts and not reason.strip():
        raise Refused(_("Say why it stands all the same."))


def _content(one):
    with one.file.open("rb") as file:
        return file.read()


# What is kept of a report


def _kept(one, table, report):
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


# Work that a page waits for


def begin(one, user, work):
    """Let `work`, `examine` or `carry_out`, run in a thread of this process. Returns when it has begun."""
    begun = threading.Event()
    arguments = (one.pk, user.pk, work, get_language(), begun)
    threading.Thread(target=_run, args=arguments, name=f"import {one.pk}", daemon=True).start()
    begun.wait(5)


def _run(key, user_pk, work, language, begun):
    try:
        with translation.override(language), working_on(key) as told:
            begun.set()
            if told is None:  # somebody else is at it
                return
            one = Import.objects.filter(pk=key).first()
            user = get_user_model().objects.filter(pk=user_pk).first()
            if one is None or user is None:  # gone in between
                return
            try:
                work(one, user, told=told)
            except Refused as refusal:
                give_up(Import.objects.get(pk=key), str(refusal))
            except OperationalError:
                raise
            except Exception:
                log.exception("An import failed.")
                unforeseen = _("Something went wrong that was not foreseen; nothing was written.")
                give_up(Import.objects.get(pk=key), unforeseen)
    except OperationalError:
        log.warning("An import lost its database.", exc_info=True)  # the page finds it interrupted
    finally:
        begun.set()
        connection.close()


def give_up(one, why):
    """Nothing was written: the Import is where it was before, and says why."""
    one.report["refusal"] = why
    one.change, one.settled_at = None, None
    one.state = ImportState.CHECKED if "seen" in one.report else ImportState.FAILED
    one.save(update_fields=["report", "state", "change", "settled_at"])


@contextmanager
def working_on(key):
    """Tell how far the work on an Import is, in the name of the database session: `told(done, total)`.

    None where another session is at it already.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 1))", [str(key)])
        if not cursor.fetchone()[0]:
            yield None
            return
        cursor.execute("SHOW application_name")
        before = cursor.fetchone()[0]
    last = 0.0

    def told(done, total):
        nonlocal last
        if done and monotonic() - last < 0.2:
            return
        last = monotonic()
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('application_name', %s, false)", [f"import {key} {done}/{total}"])

    told(0, 1)
    try:
        yield told
    finally:
        # A session that is lost has let go by itself.
        if connection.connection is not None and not connection.connection.closed and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('application_name', %s, false)", [before])
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 1))", [str(key)])


def progress_of(one):
    """(done, total) of the work on an Import, or None where nobody is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # inside a transaction it would stay as first seen
        cursor.execute(
            "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE %s", [f"import {one.pk} %"]
        )
        row = cursor.fetchone()
    if row is None:
        return None
    done, _slash, total = row[0].rpartition(" ")[2].partition("/")
    return int(done), int(total or 1)
