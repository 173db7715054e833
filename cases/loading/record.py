"""What happened: `fixtures/cases.csv` and its companions → database, above the standing record."""

import re
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify

from cases.actions import factor_sets as revisions
from cases.actions import publishing as actions
from cases.models import Case, Citation, Disposal, Figure, Raid, Rig, Sanction, Seizure
from cases.models.case import CaseKind, CaseStatus, ElectricityCheck, LeadSource, LocationPrecision, SiteType
from cases.models.field import FigureBasis, Qualifier, Quantity
from cases.models.outcome import DisposalKind
from cases.models.rig import HashrateUnit, RigKind
from regions.grammar.dates import Precision
from regions.loading import record as standing
from regions.loading.rows import link, put
from regions.models import Confidence, Policy, Provision, Region
from regions.models.policy import SanctionKind

FIXTURES = Path(settings.BASE_DIR) / "fixtures"
COLUMNS = {
    "rigs": "manufacturer model algorithm hashrate hashrate_unit power_w released_year released_month confidence "
    "source note",
    "cases": "ref title_en title_zh occurred_on date_precision country admin1_code admin1_name admin2_name "
    "admin2_name_local locality region_code latitude longitude location_precision site_type lead_source rigs_seized "
    "rig_kind rig_models equipment_value equipment_value_currency loss_amount loss_currency loss_basis "
    "electricity_kwh electricity_basis power_kw electricity_theft arrests premises agencies legal_basis outcome "
    "fine_amount fine_currency source_publisher source_title source_url source_date note kind confidence part_of "
    "counts_in_totals rigs_qualifier electricity_check",
    "citations": "citation country policy_ref provision_number",
    "raids": "ref raided_on date_precision raided_until visits note",
    "disposals": "ref kind count disposed_on date_precision authority note",
}
# Rows of these kinds tell of a sentence or a destruction: their date is not the day of a visit.
TOLD_LATER = {CaseKind.SANCTION, CaseKind.DISPOSAL}
VISITED = {CaseKind.RAID, CaseKind.CLOSURE_ORDER, CaseKind.SWEEP, CaseKind.CUSTOMS_SEIZURE}


def load(folder=FIXTURES, *, quiet=True):
    """Load the whole record, all or nothing. Returns a Tally a table; raises BrokenRow."""
    with transaction.atomic(), actions.changing("load", "load_record"):
        tallies = [*standing.load(folder, quiet=quiet), load_rigs(folder)]
        # Factors come first: the loads and the carbon of cases are reckoned with them.
        others_too = revisions.keep_up("fixtures/factors.csv")
        tallies += load_cases(folder, quiet)
        if others_too:
            actions.sum_up(Case.objects.all())
        return tallies


def rows_of(folder, table):
    return standing.rows_of(folder, table, COLUMNS[table])


def load_rigs(folder):
    pairs = []
    for row in rows_of(folder, "rigs"):
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
    rows = rows_of(folder, "cases")
    disposals = {row.text("ref"): row for row in rows_of(folder, "disposals")}
    yield standing.load_sources(rows)
    sources, agencies = standing.Sources(), standing.Agencies()

    pairs = [(row, case_of(row, regions, row.text("ref") in disposals)) for row in rows]
    stored = {case.ref: case for case in Case.objects.all()}
    refs = set(stored) | {case.ref for _row, case in pairs}
    for row, case in pairs:
        if row.text("part_of") and row.text("part_of") not in refs:
            raise row.broken("part_of", f"no case is called {row.text('part_of')!r}")
        case.part_of = stored.get(row.text("part_of"))
    tally = put(Case, ["ref"], pairs, name="cases", quiet=quiet)
    cases = {case.ref: case for _row, case in pairs}
    # Again, because a case may be part of one that stands further down.
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
    yield put(Figure, ["case_id", "quantity"], [(row, one) for row, case in pairs for one in figures_of(row, case)])
    yield _load_citations(folder, pairs)
    fines = [(row, fine_of(row, case)) for row, case in pairs]
    yield put(Sanction, ["case_id", "kind"], [(row, fine) for row, fine in fines if fine])
    yield _load_disposals(disposals, cases, agencies)
    actions.sum_up(Case.objects.filter(pk__in=[case.pk for case in cases.values()]))


# A row → its rows in the database: also how an import makes a case


def case_of(row, regions, has_disposal=False):
    """The Case that a row tells of, not saved; `regions` by their codes."""
    kind = row.choice("kind", CaseKind)
    place = ", ".join(filter(None, (row.text("locality"), row.text("admin2_name"))))
    return Case(
        ref=row.text("ref"),
        kind=kind,
        title_en=row.text("title_en"),
        title_zh=row.text("title_zh"),
        status=_status(row, kind, has_disposal),
        region=row.one_of("region_code", regions, "region"),
        place=place,
        latitude=row.degrees("latitude"),
        longitude=row.degrees("longitude"),
        location_precision=row.choice("location_precision", LocationPrecision),
        occurred_on=row.day("occurred_on"),
        date_precision=row.choice("date_precision", Precision),
        site_type=row.choice("site_type", SiteType, SiteType.UNKNOWN),
        lead_source=row.choice("lead_source", LeadSource, LeadSource.UNKNOWN),
        rig_kind=row.choice("rig_kind", RigKind, RigKind.UNKNOWN),
        theft=row.truth("electricity_theft"),
        arrests=row.whole("arrests"),
        premises=row.whole("premises"),
        outcome=row.text("outcome"),
        note=row.text("note"),
        electricity_check=row.choice("electricity_check", ElectricityCheck),
        confidence=row.choice("confidence", Confidence),
        counts_in_totals=row.truth("counts_in_totals"),
        published=True,
    )


def _status(row, kind, has_disposal):
    """How far the case has come, as far as its row tells."""
    if kind == CaseKind.DISPOSAL or has_disposal:
        return CaseStatus.DISPOSED
    if kind == CaseKind.SANCTION or row.text("fine_amount"):
        return CaseStatus.SANCTIONED
    return CaseStatus.FOUND


def raid_of(row, case):
    """The visit of a case where its row tells of one; None where nobody went and nothing was taken."""
    if case.kind not in VISITED and not any(map(row.text, ("rigs_seized", "rig_models", "equipment_value"))):
        return None
    known_day = case.kind not in TOLD_LATER
    return Raid(
        case=case,
        raided_on=case.occurred_on if known_day else None,
        date_precision=case.date_precision if known_day else Precision.DAY,
        place=row.text("locality"),
    )


def _load_raids(folder, pairs):
    told = {row.text("ref"): row for row in rows_of(folder, "raids")}
    raids = []
    for row, case in pairs:
        raid = raid_of(row, case)
        if raid is None:
            continue
        detail = told.get(case.ref)
        if detail:
            raid.raided_on = detail.day("raided_on")
            raid.date_precision = detail.choice("date_precision", Precision)
            raid.raided_until = detail.day("raided_until")
            raid.visits = detail.whole("visits")
            raid.note = detail.text("note")
        raids.append((row, raid))
    return put(Raid, ["case_id", "raided_on"], raids)


def _load_seizures(pairs):
    raids = {
        raid.case_id: raid for raid in Raid.objects.filter(case__in=[case for _row, case in pairs]).order_by("-pk")
    }
    catalogue = {rig.model: rig for rig in Rig.objects.all()}
    lines = []
    for row, case in pairs:
        lines += [(row, line) for line in lines_of(row, case, raids.get(case.pk), catalogue)]
    return put(Seizure, ["raid_id", "models_as_published"], lines)


def lines_of(row, case, raid, catalogue):
    """The lines of what `raid` took, as the row tells it; `catalogue` are the rigs by their models."""
    count, published = row.whole("rigs_seized"), row.text("rig_models")
    if count is None and not published:
        return
    qualifier = row.choice("rigs_qualifier", Qualifier)
    for models, some in _lines(published, count):
        yield Seizure(
            raid=raid,
            rig=catalogue.get(models),
            kind=case.rig_kind,
            models_as_published=models,
            count=some,
            qualifier=qualifier if some is not None else "",
        )


def _lines(published, count):
    """The lines of `Antminer S9J (136); Innosilicon T2 (56)` where they add up to `count`, else one line."""
    parts = re.findall(r"\s*([^;]+?) \((\d+)\)(?:;|$)", published)
    if len(parts) > 1 and sum(int(some) for _model, some in parts) == count:
        return [(model, int(some)) for model, some in parts]
    return [(published, count)]


def figures_of(row, case):
    """The quantities that a row states, as they were published."""

    def figure(quantity, amount, basis="", currency=""):
        value = row.number(amount)
        if value is not None:
            yield Figure(case=case, quantity=quantity, amount=value, basis=basis, currency=currency)

    yield from figure(Quantity.ENERGY_KWH, "electricity_kwh", _basis_of_energy(row))
    yield from figure(Quantity.LOAD_KW, "power_kw")
    yield from figure(Quantity.LOSS, "loss_amount", row.choice("loss_basis", FigureBasis), row.text("loss_currency"))
    yield from figure(Quantity.EQUIPMENT_VALUE, "equipment_value", "", row.text("equipment_value_currency"))


def _basis_of_energy(row):
    # A reading that cannot be the whole consumption was read on the spot: over which time is not said.
    basis = row.choice("electricity_basis", FigureBasis)
    return "" if row.text("electricity_check") == ElectricityCheck.IMPLAUSIBLE else basis


def _load_citations(folder, pairs):
    policies = {policy.ref: policy for policy in Policy.objects.all()}
    provisions = {(one.policy.ref, one.number): one for one in Provision.objects.select_related("policy")}
    library = {}
    for row in rows_of(folder, "citations"):
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
    return put(Citation, ["case_id", "text"], citations)


def fine_of(row, case):
    """The fine that a row states, or None."""
    amount = row.number("fine_amount")
    if amount is None:
        return None
    return Sanction(case=case, kind=SanctionKind.FINE, amount=amount, currency=row.text("fine_currency"))


def _load_disposals(rows, cases, agencies):
    pairs, lines = [], {}
    for seizure in Seizure.objects.filter(raid__case__ref__in=list(rows)).select_related("raid__case"):
        lines.setdefault(seizure.raid.case.ref, seizure)
    for ref, row in rows.items():
        case = row.one_of("ref", cases, "case")
        if ref not in lines:
            # A disposal of machines counted elsewhere: the line says so by having no count.
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
        )
        pairs.append((row, disposal))
    return put(Disposal, ["seizure_id", "kind"], pairs)
