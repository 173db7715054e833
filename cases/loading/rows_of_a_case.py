"""Build the database rows of a case from one row of a sheet. Fixtures and imports both use it."""

import re

from cases.models import Case, Figure, Raid, Sanction, Seizure
from cases.models.case import CaseKind, CaseStatus, ElectricityCheck, LeadSource, LocationPrecision, SiteType
from cases.models.field import FigureBasis, Qualifier, Quantity
from cases.models.rig import RigKind
from regions.grammar.dates import Precision
from regions.models import Confidence
from regions.models.policy import SanctionKind

# Rows of these kinds report a sentence or a destruction: their date is not the day of a visit.
REPORTED_LATER = {CaseKind.SANCTION, CaseKind.DISPOSAL}

VISITED = {CaseKind.RAID, CaseKind.CLOSURE_ORDER, CaseKind.SWEEP, CaseKind.CUSTOMS_SEIZURE}


def case_from_row(row, regions, has_disposal=False):
    """The Case that a row describes, not saved; `regions` are {code: Region}."""
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
        place_zh=row.text("place_zh"),
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
        outcome_zh=row.text("outcome_zh"),
        note=row.text("note"),
        note_zh=row.text("note_zh"),
        electricity_check=row.choice("electricity_check", ElectricityCheck),
        confidence=row.choice("confidence", Confidence),
        counts_in_totals=row.truth("counts_in_totals"),
        published=True,
    )


def _status(row, kind, has_disposal):
    """How far the case has come, as far as its row says."""
    if kind == CaseKind.DISPOSAL or has_disposal:
        return CaseStatus.DISPOSED
    if kind == CaseKind.SANCTION or row.text("fine_amount"):
        return CaseStatus.SANCTIONED
    return CaseStatus.FOUND


def raid_from_row(row, case):
    """The raid of a case if its row describes one; None if nobody visited and nothing was seized."""
    if case.kind not in VISITED and not any(map(row.text, ("rigs_seized", "rig_models", "equipment_value"))):
        return None
    known_day = case.kind not in REPORTED_LATER
    return Raid(
        case=case,
        raided_on=case.occurred_on if known_day else None,
        date_precision=case.date_precision if known_day else Precision.DAY,
        place=row.text("locality"),
    )


def lines_from_row(row, case, raid, catalogue):
    """The seizure lines of `raid`, as the row states them; `catalogue` is {model: Rig}."""
    count, published = row.whole("rigs_seized"), row.text("rig_models")
    if count is None and not published:
        return
    qualifier = row.choice("rigs_qualifier", Qualifier)
    for models, line_count in _lines(published, count):
        yield Seizure(
            raid=raid,
            rig=catalogue.get(models),
            kind=case.rig_kind,
            models_as_published=models,
            count=line_count,
            qualifier=qualifier if line_count is not None else "",
        )


def _lines(published, count):
    """[(model, count)] of `Antminer S9J (136); Innosilicon T2 (56)` if the counts add up to `count`, else one line."""
    parts = re.findall(r"\s*([^;]+?) \((\d+)\)(?:;|$)", published)
    if len(parts) > 1 and sum(int(line_count) for _model, line_count in parts) == count:
        return [(model, int(line_count)) for model, line_count in parts]
    return [(published, count)]


def figures_from_row(row, case):
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


def fine_from_row(row, case):
    """The fine that a row states, or None."""
    amount = row.number("fine_amount")
    if amount is None:
        return None
    return Sanction(case=case, kind=SanctionKind.FINE, amount=amount, currency=row.text("fine_currency"))
