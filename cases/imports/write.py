"""What a Report says, into the record, in a few statements a table."""

from collections import defaultdict

from django.db import connection
from django.db.models.functions import Now
from django.utils.timezone import now

from cases.actions import summing
from cases.bulk import AT_A_TIME, batches, unlink, update_all
from cases.loading import rows_of_a_case
from cases.models import Case, Citation, Figure, Raid, Reason, Rig, Sanction, Seizure
from regions.loading import rows
from regions.models import Agency
from regions.models.policy import SanctionKind

from .cells import GROUPS
from .groups import AMOUNTS, FIELDS, QUANTITIES, raid_of_the_day
from .library import cited_texts, find_or_make_sources, identity_of, library_of, make_agencies


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
    for done, some in enumerate(batches(pks), 1):
        summing.sum_up(Case.objects.filter(pk__in=some))
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
        self.agencies = make_agencies(report.new_agencies)
        readings = [*report.created, *(one.reading for one in report.changed)]
        self.sources = find_or_make_sources(readings)
        self.library = library_of(readings)
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
        for some in batches(sorted({one.cells["part_of"] for one in readings} - self.refs.keys() - {""})):
            self.refs |= dict(Case.objects.filter(ref__in=some).values_list("ref", "pk"))

    def create(self, reading):
        row = rows.Row("", reading.line, reading.cells)
        case = rows_of_a_case.case_of(row, {reading.region.code: reading.region})
        case.pk, case.published = self.refs[case.ref], False
        case.part_of_id = self.refs.get(reading.cells["part_of"])
        self.cases[case.pk] = case.ref
        self.new[Case].append(case)
        raid = rows_of_a_case.raid_of(row, case)
        if raid:
            self.new[Raid].append(raid)
            self._add_lines(reading, row, case, raid)
        for figure in rows_of_a_case.figures_of(row, case):
            figure.as_published = reading.as_published.get(AMOUNTS[figure.quantity], "")
            self.new[Figure].append(figure)
        self._fine(reading, row, case)
        self._cite(reading, case, cited_texts(reading.cells["legal_basis"]))
        self._link_agencies(reading, case, set())
        self._link_source(reading, case)

    def change(self, change):
        case, reading, groups = change.case, change.reading, change.groups
        region = reading.region
        row = rows.Row("", reading.line, reading.cells)
        # Cells that are not read anew may hold what no longer could be entered: only those that are, are taken over.
        told = rows_of_a_case.case_of(_Only(row, groups), {region.code: region})
        self.cases[case.pk] = case.ref
        if "day" in groups and (raid := raid_of_the_day(case)):
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
            texts = cited_texts(reading.cells["legal_basis"])
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
        lines = list(rows_of_a_case.lines_of(row, case, raid, self.catalogue))
        for line in lines:
            if len(lines) == 1:
                line.count_as_published = reading.as_published.get("rigs_seized", "")
            self.new[Seizure].append(line)

    def _seize(self, reading, row, case):
        raids = list(case.raids.all())
        lines = [line for raid in raids for line in raid.seizures.all()]
        if not lines:
            raid = raids[0] if raids else rows_of_a_case.raid_of(row, case)
            if not raids:
                self.new[Raid].append(raid)
            self._add_lines(reading, row, case, raid)
            return
        told = list(rows_of_a_case.lines_of(row, case, lines[0].raid, self.catalogue))
        first = told[0] if told else Seizure()
        self._update(
            lines[0],
            rig=first.rig, models_as_published=first.models_as_published, count=first.count, qualifier=first.qualifier,
            count_as_published=reading.as_published.get("rigs_seized", "") if len(told) == 1 else "",
        )  # fmt: skip
        self.new[Seizure] += told[1:]

    def _figure(self, reading, row, case, quantity):
        old = next((one for one in case.figures.all() if one.quantity == quantity), None)
        new = next((one for one in rows_of_a_case.figures_of(row, case) if one.quantity == quantity), None)
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
        new = rows_of_a_case.fine_of(row, case)
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
        through, source = Case.sources.through, self.sources.get(identity_of(reading.cells))
        if source is not None and source.pk not in before:
            self.new[through].append(through(case_id=case.pk, source_id=source.pk))
            self.removed[through] += [(case.pk, pk) for pk in before]

    def save(self):
        order = [Case, Raid, Seizure, Figure, Sanction, Citation, Case.agencies.through, Case.sources.through]
        for model, pairs in self.removed.items():
            for some in batches(pairs):
                if model is Case.agencies.through or model is Case.sources.through:
                    unlink(model, some)
                else:
                    model.objects.filter(pk__in=some).delete()
        for model in order:
            model._default_manager.bulk_create(self.new[model], batch_size=AT_A_TIME)
        for model in order:
            if self.updated[model]:
                update_all(model, list(self.updated[model].values()), sorted(self.fields[model]))
        changed = [change.case.pk for change in self.report.changed]
        for some in batches(changed):
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
        super().__init__(row.file, row.line, cells)
