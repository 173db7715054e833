"""Write what a Report says into the record, with a few statements for each table."""

from collections import defaultdict

from django.db.models.functions import Now
from django.utils.timezone import now

from cases.actions import summing
from cases.bulk import AT_A_TIME, batches, unlink, update_all
from cases.loading import rows_of_a_case
from cases.models import Case, Citation, Figure, OfficeNumber, Raid, Reason, Rig, Sanction, Seizure
from regions.grammar.keys import new_keys
from regions.loading import rows
from regions.models import Agency
from regions.models.policy import SanctionKind

from .cells import GROUPS
from .groups import AMOUNTS, FIELDS, QUANTITIES, raid_of_the_day
from .library import cited_texts, find_or_make_sources, library_of, make_agencies, source_identity
from .report import Progress, Report


def write_report(report: Report, user, *, reason: str = "", progress: Progress = lambda done, total: None) -> list[int]:
    """Write what `report` says, inside the caller's transaction and change. Returns the pks of the cases."""
    work = _Work(report, user)
    total = len(report.created) + len(report.changed)
    for done, read_row in enumerate(report.created, 1):
        work.create(read_row)
        if done % AT_A_TIME == 0:
            progress(done // 2, total * 2)
    for change in report.changed:
        work.change(change)
    progress(total // 2, total * 2)
    work.save()
    progress(total, total * 2)
    work.keep_reasons(reason)
    pks = sorted(work.cases)
    # By day: the look for likely twins then reads the cases near in time, and not the whole record for each batch.
    by_day = Case.objects.filter(pk__in=pks).order_by("occurred_on", "pk").values_list("pk", flat=True)
    for done, batch in enumerate(batches(by_day), 1):
        summing.sum_up(Case.objects.filter(pk__in=batch))
        progress(total + done * AT_A_TIME, total * 2)
    return pks


class _Work:
    """Everything that a report writes, collected so that a few statements write each table."""

    def __init__(self, report, user):
        self.report, self.user, self.now = report, user, now()
        self.cases = {}  # pk: ref
        self.refs = {}
        self.new, self.removed = defaultdict(list), defaultdict(list)  # by model
        self.updated, self.fields = defaultdict(dict), defaultdict(set)  # by model: {pk: row}, names of fields
        self.regions = {}
        self.catalogue = {rig.model: rig for rig in Rig.objects.all()}
        self.catalogue |= {f"{rig.manufacturer} {rig.model}": rig for rig in self.catalogue.values()}
        self.agencies = make_agencies(report.new_agencies)
        read_rows = [*report.created, *(change.read_row for change in report.changed)]
        self.sources = find_or_make_sources(read_rows)
        self.library = library_of(read_rows, user)
        self._give_keys(report.created)
        self._find_wider(read_rows)

    def _give_keys(self, created):
        """Give the new cases their primary keys before they are written: a case can be part of another new case."""
        self.refs = {row.cells["ref"]: pk for row, pk in zip(created, new_keys(Case, len(created)), strict=True)}

    def _find_wider(self, read_rows):
        for batch in batches(sorted({row.cells["part_of"] for row in read_rows} - self.refs.keys() - {""})):
            self.refs |= dict(Case.objects.filter(ref__in=batch).values_list("ref", "pk"))

    def create(self, read_row):
        row = rows.Row("", read_row.line, read_row.cells)
        case = rows_of_a_case.case_from_row(row, {read_row.region.code: read_row.region})
        case.pk, case.published = self.refs[case.ref], False
        case.part_of_id = self.refs.get(read_row.cells["part_of"])
        self.cases[case.pk] = case.ref
        self.new[Case].append(case)
        raid = rows_of_a_case.raid_from_row(row, case)
        if raid:
            self.new[Raid].append(raid)
            self._add_lines(read_row, row, case, raid)
        for figure in rows_of_a_case.figures_from_row(row, case):
            figure.as_published = read_row.as_published.get(AMOUNTS[figure.quantity], "")
            self.new[Figure].append(figure)
        self._fine(read_row, row, case)
        self._cite(read_row, case, cited_texts(read_row.cells["legal_basis"]))
        self._link_agencies(read_row, case, set())
        self._number(read_row, case, {})
        self._link_source(read_row, case)

    def change(self, change):
        case, read_row, groups = change.case, change.read_row, change.groups
        region = read_row.region
        row = rows.Row("", read_row.line, read_row.cells)
        # Cells that were not read now may hold what could no longer be entered: take only the groups that were.
        stated = rows_of_a_case.case_from_row(_OnlySomeGroups(row, groups), {region.code: region})
        self.cases[case.pk] = case.ref
        if "day" in groups and (raid := raid_of_the_day(case)):
            self._update(raid, raided_on=stated.occurred_on, date_precision=stated.date_precision)
        if "place" in groups:
            self._move_raid(change)
        for group in groups & FIELDS.keys():
            values = {name: getattr(stated, name) for name in FIELDS[group] if name != "part_of"}
            if group == "part_of":
                values = {"part_of_id": self.refs.get(read_row.cells["part_of"])}
            if group == "rig_kind":
                self._of_another_kind(case, stated.rig_kind)
            self._update(case, **values)
        if "rigs" in groups:
            self._seize(read_row, row, case)
        for group in groups & QUANTITIES.keys():
            self._figure(read_row, row, case, QUANTITIES[group])
        if "fine" in groups:
            self._fine(read_row, row, case, _fines_of(case))
        if "legal_basis" in groups:
            texts = cited_texts(read_row.cells["legal_basis"])
            stored = {citation.text: citation.pk for citation in case.citations.all()}
            self.removed[Citation] += [pk for text, pk in stored.items() if text not in texts]
            self._cite(read_row, case, [text for text in texts if text not in stored])
        if "agencies" in groups:
            self._link_agencies(read_row, case, {agency.pk for agency in case.agencies.all()})
        if "office_number" in groups:
            stored = {(number.number, number.agency_id): number.pk for number in case.office_numbers.all()}
            self._number(read_row, case, stored)
        if "source" in groups:
            self._link_source(read_row, case, [source.pk for source in case.sources.all()])

    def _update(self, instance, **values):
        for name, value in values.items():
            setattr(instance, name, value)
        model = type(instance)
        self.updated[model][instance.pk] = instance
        self.fields[model] |= {name.removesuffix("_id") for name in values}

    def _move_raid(self, change):
        raids, before = list(change.case.raids.all()), {name: old for name, old, _new in change.cells}
        old = before.get("locality", change.read_row.cells["locality"])
        if len(raids) == 1 and raids[0].place == old:
            self._update(raids[0], place=change.read_row.cells["locality"])

    def _of_another_kind(self, case, kind):
        for raid in case.raids.all():
            for line in raid.seizures.all():
                if line.kind == case.rig_kind:
                    self._update(line, kind=kind)

    def _add_lines(self, read_row, row, case, raid):
        lines = list(rows_of_a_case.lines_from_row(row, case, raid, self.catalogue))
        for line in lines:
            if len(lines) == 1:
                line.count_as_published = read_row.as_published.get("rigs_seized", "")
            self.new[Seizure].append(line)

    def _seize(self, read_row, row, case):
        raids = list(case.raids.all())
        lines = [line for raid in raids for line in raid.seizures.all()]
        if not lines:
            raid = raids[0] if raids else rows_of_a_case.raid_from_row(row, case)
            if not raids:
                self.new[Raid].append(raid)
            self._add_lines(read_row, row, case, raid)
            return
        seizures = list(rows_of_a_case.lines_from_row(row, case, lines[0].raid, self.catalogue))
        first = seizures[0] if seizures else Seizure()
        self._update(
            lines[0],
            rig=first.rig, models_as_published=first.models_as_published, count=first.count, qualifier=first.qualifier,
            count_as_published=read_row.as_published.get("rigs_seized", "") if len(seizures) == 1 else "",
        )  # fmt: skip
        self.new[Seizure] += seizures[1:]

    def _figure(self, read_row, row, case, quantity):
        old = next((figure for figure in case.figures.all() if figure.quantity == quantity), None)
        new = next(
            (figure for figure in rows_of_a_case.figures_from_row(row, case) if figure.quantity == quantity), None
        )
        if new is None:
            self.removed[Figure] += [old.pk] if old else []
            return
        new.as_published = read_row.as_published.get(AMOUNTS[quantity], "")
        if old is None:
            self.new[Figure].append(new)
        else:
            names = ("amount", "basis", "currency", "as_published")
            self._update(old, **{name: getattr(new, name) for name in names})

    def _fine(self, read_row, row, case, old=()):
        new = rows_of_a_case.fine_from_row(row, case)
        if new is None:
            self.removed[Sanction] += [fine.pk for fine in old]
        elif old:
            self._update(old[0], amount=new.amount, currency=new.currency)
        else:
            new.note = read_row.as_published.get("fine_amount", "")
            self.new[Sanction].append(new)

    def _cite(self, read_row, case, texts):
        for text in texts:
            known = self.library.get((text, read_row.region.country_code)) or self.library.get(text) or (None, None)
            policy, provision = known
            self.new[Citation].append(Citation(case=case, text=text, policy_id=policy, provision_id=provision))

    def _link_agencies(self, read_row, case, before):
        through = Case.agencies.through
        now_ = {self._agency(body) for body in read_row.agencies}
        self.new[through] += [through(case_id=case.pk, agency_id=pk) for pk in sorted(now_ - before)]
        self.removed[through] += [(case.pk, pk) for pk in before - now_]

    def _number(self, read_row, case, stored):
        """Give a case the office numbers of its row; `stored` are {(number, agency): the row that it has}."""
        given = {(number, self._agency(body)) for number, body in read_row.numbers}
        self.removed[OfficeNumber] += [pk for pair, pk in stored.items() if pair not in given]
        self.new[OfficeNumber] += [
            OfficeNumber(case_id=case.pk, number=number, agency_id=agency)
            for number, agency in sorted(given - stored.keys())
        ]

    def _agency(self, body):
        """The primary key of an agency, or of one that was made of its name."""
        return body.pk if isinstance(body, Agency) else self.agencies[body].pk

    def _link_source(self, read_row, case, before=()):
        through, source = Case.sources.through, self.sources.get(source_identity(read_row.cells))
        if source is not None and source.pk not in before:
            self.new[through].append(through(case_id=case.pk, source_id=source.pk))
            self.removed[through] += [(case.pk, pk) for pk in before]

    def save(self):
        order = [
            Case, Raid, Seizure, Figure, Sanction, Citation, OfficeNumber, Case.agencies.through, Case.sources.through,
        ]  # fmt: skip
        for model, pairs in self.removed.items():
            for batch in batches(pairs):
                if model is Case.agencies.through or model is Case.sources.through:
                    unlink(model, batch)
                else:
                    model.objects.filter(pk__in=batch).delete()
        for model in order:
            model._default_manager.bulk_create(self.new[model], batch_size=AT_A_TIME)
        for model in order:
            if self.updated[model]:
                update_all(model, list(self.updated[model].values()), sorted(self.fields[model]))
        changed = [change.case.pk for change in self.report.changed]
        for batch in batches(changed):
            Case.objects.filter(pk__in=batch).update(changed_at=Now())

    def keep_reasons(self, reason):
        """Keep every doubt with the reason that was given for it."""
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


def _fines_of(case):
    return [sanction for sanction in case.sanctions.all() if sanction.kind == SanctionKind.FINE]


class _OnlySomeGroups(rows.Row):
    """A row with some groups of cells only; the other cells are empty, except those that a case must have."""

    def __init__(self, row, groups):
        names = {name for group in groups | {"region"} for name in GROUPS[group]}
        cells = {name: text if name in names else "" for name, text in row.cells.items()}
        cells |= {name: row.cells[name] for name in ("kind", "confidence", "counts_in_totals")}
        super().__init__(row.file, row.line, cells)
