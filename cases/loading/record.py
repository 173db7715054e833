"""Load cases: `fixtures/cases.csv` and the tables that add to it, after the standing record of regions."""

from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.utils.text import slugify

from cases.actions import factor_sets, signing, summing
from cases.files import columns
from cases.models import Case, Citation, Disposal, Figure, OfficeNumber, Raid, Rig, Sanction, Seizure
from cases.models.outcome import DisposalKind
from cases.models.rig import HashrateUnit, RigKind
from regions.grammar.dates import Precision
from regions.loading import lookups, record
from regions.loading.edits import overwriting
from regions.loading.rows import Tally, link, put
from regions.models import Confidence, Policy, Provision, Region

from .rows_of_a_case import case_from_row, figures_from_row, fine_from_row, lines_from_row, raid_from_row

FIXTURES = Path(settings.BASE_DIR) / "fixtures"
COLUMNS = {
    "rigs": "manufacturer model algorithm hashrate hashrate_unit power_w released_year released_month confidence "
    "source note",
    "cases": " ".join(columns.COLUMNS),
    "citations": "citation country policy_ref provision_number",
    "raids": "ref raided_on date_precision raided_until visits note note_zh",
    "disposals": "ref kind count disposed_on date_precision authority note note_zh",
}


def load(folder=FIXTURES, *, quiet=True, overwrite=False):
    """Load the whole record, all or nothing. Returns a Tally for each table; raises BrokenRow.

    What somebody changed since the last load stays, and the tallies name it; with `overwrite` the files win.
    """
    with transaction.atomic(), overwriting(overwrite), signing.changing(signing.Verb.LOADED, "load_record"):
        standing = factor_sets.BeforeChange.seen_by(AnonymousUser())
        tallies = [*record.load_standing(folder, quiet=quiet)]
        # Factors come first: the loads and the carbon of cases are calculated with them. What they change is counted
        # before rigs and cases change too.
        effect = factor_sets.keep_up("", standing)
        if effect:
            tallies.append(Recalculated.by(effect))
        tallies += [load_rigs(folder), *load_cases(folder, quiet)]
        if effect:
            summing.sum_up(Case.objects.all())
        analyse()
        return tallies


def analyse():
    """Let PostgreSQL look at what the tables hold now. Its own look comes later, and in a test never.

    Only at our tables: the catalogs that all databases share would stay locked until the transaction ends.
    """
    models = [model for app in ("regions", "cases") for model in apps.get_app_config(app).get_models(True)]
    tables = sorted({connection.ops.quote_name(model._meta.db_table) for model in models if model._meta.managed})
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(tables)}")


@dataclass
class Recalculated(Tally):
    """What another table of factors changed about the cases that were on record before."""

    effect: factor_sets.Effect = None

    @classmethod
    def by(cls, effect):
        return cls("method versions", effect.number, new=1, effect=effect)

    def __str__(self):
        lines = [f"{self.name}: {self.total} (version {self.total} is new; the earlier versions are kept)"]
        if self.effect.cases:
            lines.append(f"  {self.effect.cases:,} cases get another grid factor; tCO2 a year of those published:")
            lines += [
                f"  {region.code}: {_tonnes(before)} before, {_tonnes(after)} now"
                for region, before, after in self.effect.countries
            ]
        return "\n".join(lines)


def _tonnes(amount):
    return "no figure" if amount is None else f"{amount:,.0f}"


def _rows_of(folder, table):
    return record.rows_of(folder, table, COLUMNS[table])


def load_rigs(folder):
    pairs = []
    for row in _rows_of(folder, "rigs"):
        rig = Rig(
            slug=slugify(f"{row.text('manufacturer')} {row.text('model')}"),
            manufacturer=row.text("manufacturer"),
            model=row.text("model"),
            kind=_kind_of_rig(row),
            algorithm=row.text("algorithm"),
            hashrate=row.number("hashrate"),
            hashrate_unit=row.choice("hashrate_unit", HashrateUnit),
            power_w=row.whole("power_w"),
            released_year=row.whole("released_year"),
            released_month=row.whole("released_month"),
            is_generic=row.text("manufacturer") == "generic",
            confidence=row.choice("confidence", Confidence),
            source_text=row.text("source"),
            note=row.text("note"),
        )
        pairs.append((row, rig))
    return put(Rig, ["manufacturer", "model"], pairs, name="rigs")


def _kind_of_rig(row):
    graphics_cards = row.text("manufacturer") in ("NVIDIA", "AMD") or row.text("model").startswith("GPU")
    return RigKind.GPU if graphics_cards else RigKind.ASIC


def load_cases(folder, quiet=True):
    regions = {region.code: region for region in Region.objects.all()}
    rows = _rows_of(folder, "cases")
    disposals = {row.text("ref"): row for row in _rows_of(folder, "disposals")}
    yield record.load_sources(rows)
    sources, agencies = lookups.Sources(), lookups.Agencies()

    pairs = [(row, case_from_row(row, regions, row.text("ref") in disposals)) for row in rows]
    stored = {case.ref: case for case in Case.objects.all()}
    refs = set(stored) | {case.ref for _row, case in pairs}
    for row, case in pairs:
        if row.text("part_of") and row.text("part_of") not in refs:
            raise row.broken("part_of", f"no case is called {row.text('part_of')!r}")
        case.part_of = stored.get(row.text("part_of"))
    tally = put(Case, ["ref"], pairs, name="cases", quiet=quiet)
    pairs = [(row, case) for row, case in pairs if case.pk]  # without those that an officer deleted
    cases = {case.ref: case for _row, case in pairs}
    # Again, because a case may be part of a case in a later row.
    for row, case in pairs:
        case.part_of = cases.get(row.text("part_of"))
    put(Case, ["ref"], pairs)
    yield tally

    link(
        Case.agencies.through, "case_id", "agency_id",
        [(case.pk, body.pk) for row, case in pairs for body in agencies.of(row, "agencies", case.region)],
    )  # fmt: skip
    link(Case.sources.through, "case_id", "source_id", [(case.pk, sources.of(row).pk) for row, case in pairs])
    yield _load_raids(folder, pairs)
    yield _load_seizures(pairs)
    figures = [(row, figure) for row, case in pairs for figure in figures_from_row(row, case)]
    yield put(Figure, ["case_id", "quantity"], figures, within="case_id")
    yield _load_citations(folder, pairs)
    yield _load_office_numbers(pairs, agencies)
    fines = [(row, fine_from_row(row, case)) for row, case in pairs]
    yield put(Sanction, ["case_id", "kind"], [(row, fine) for row, fine in fines if fine], within="case_id")
    yield _load_disposals(disposals, cases, agencies)
    summing.sum_up(Case.objects.filter(pk__in=[case.pk for case in cases.values()]))


def _load_raids(folder, pairs):
    details = {row.text("ref"): row for row in _rows_of(folder, "raids")}
    raids = []
    for row, case in pairs:
        raid = raid_from_row(row, case)
        if raid is None:
            continue
        detail = details.get(case.ref)
        if detail:
            raid.raided_on = detail.day("raided_on")
            raid.date_precision = detail.choice("date_precision", Precision)
            raid.raided_until = detail.day("raided_until")
            raid.visits = detail.whole("visits")
            raid.note, raid.note_zh = detail.text("note"), detail.text("note_zh")
        raids.append((row, raid))
    return put(Raid, ["case_id", "raided_on"], raids, within="case_id")


def _load_seizures(pairs):
    raids = {
        raid.case_id: raid for raid in Raid.objects.filter(case__in=[case for _row, case in pairs]).order_by("-pk")
    }
    catalogue = {rig.model: rig for rig in Rig.objects.all()}
    lines = []
    for row, case in pairs:
        lines += [(row, line) for line in lines_from_row(row, case, raids.get(case.pk), catalogue)]
    return put(Seizure, ["raid_id", "models_as_published"], lines, within="raid_id")


def _load_citations(folder, pairs):
    policies = {policy.ref: policy for policy in Policy.objects.all()}
    provisions = {
        (provision.policy.ref, provision.number): provision for provision in Provision.objects.select_related("policy")
    }
    library = {}
    for row in _rows_of(folder, "citations"):
        policy = row.one_of("policy_ref", policies, "policy")
        provision = None
        if row.text("provision_number"):
            provision = provisions.get((row.text("policy_ref"), row.text("provision_number")))
            if provision is None:
                raise row.broken("provision_number", f"no such provision: {row.text('provision_number')!r}")
        library[row.text("citation"), row.text("country")] = policy, provision
    citations = []
    for row, case in pairs:
        for text in row.list("legal_basis"):
            policy, provision = library.get((text, row.text("country")), (None, None))
            citations.append((row, Citation(case=case, text=text, policy=policy, provision=provision)))
    return put(Citation, ["case_id", "text"], citations, within="case_id")


def _load_office_numbers(pairs, agencies):
    numbers = []
    for row, case in pairs:
        given, given_by = row.list("office_number"), agencies.of(row, "office_number_agency", case.region)
        if len(given) != len(given_by):
            raise row.broken(
                "office_number_agency", f"{len(given_by)} agencies for {len(given)} numbers: each number needs its own"
            )
        for number, agency in zip(given, given_by, strict=True):
            numbers.append((row, OfficeNumber(case=case, number=number, agency=agency)))
    return put(OfficeNumber, ["agency_id", "number"], numbers, within="case_id")


def _load_disposals(rows, cases, agencies):
    pairs, lines = [], {}
    for seizure in Seizure.objects.filter(raid__case__ref__in=list(rows)).select_related("raid__case"):
        lines.setdefault(seizure.raid.case.ref, seizure)
    for ref, row in rows.items():
        case = cases.get(ref)
        if case is None:  # an officer deleted it
            continue
        if ref not in lines:
            # A disposal of machines that another case counts: the line has no count.
            raid, _made = Raid.objects.get_or_create(case=case, raided_on=None)
            lines[ref] = Seizure.objects.create(raid=raid, kind=case.rig_kind)
        disposal = Disposal(
            seizure=lines[ref],
            kind=row.choice("kind", DisposalKind),
            count=row.whole("count"),
            disposed_on=row.day("disposed_on"),
            date_precision=row.choice("date_precision", Precision),
            authority=(agencies.of(row, "authority", case.region) or [None])[0],
            note=row.text("note"),
            note_zh=row.text("note_zh"),
        )
        pairs.append((row, disposal))
    return put(Disposal, ["seizure_id", "kind"], pairs)
