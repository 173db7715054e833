"""Write stored cases as rows of the sheet.

A cell has one canonical text: `sheet_rows` writes it, and `cases.imports.cells` reads whatever else people type as the
same text. So a sheet that is exported and imported again differs in no cell.

What a sheet cannot say is shortened: "; " joins several members of a list, several lines of seizures are
"Model (136); Model (56)" beside their sum, and of several raids, sources or figures of a quantity it has the first.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from django.db.models import OuterRef, QuerySet, Subquery, prefetch_related_objects

from cases.bulk import batches, prefetch_lists
from cases.models import Case
from cases.models.field import Qualifier, Quantity
from regions.models import Region
from regions.models.policy import SanctionKind

from .columns import COLUMNS
from .csv_text import BETWEEN

ROWS_AT_A_TIME = 2_000


def sheet_rows(cases: QuerySet[Case], user) -> Iterator[dict[str, str]]:
    """A row {column: text} for each of `cases` (a queryset) as `user` may see it, in its order.

    Memory does not grow with their number.
    """
    for _case, row in stored_of(cases, user):
        yield row


def stored_of(cases: QuerySet[Case], user) -> Iterator[tuple[Case, dict[str, str]]]:
    """(case, row) for each of `cases`; everything that the row needs is prefetched with the case."""
    visible = Case.objects.visible_to(user)
    wider = visible.filter(pk=OuterRef("part_of")).order_by().values("ref")[:1]
    admin = _Admin()
    found = cases.annotate(wider_ref=Subquery(wider)).select_related("region")
    for some in batches(found.iterator(chunk_size=ROWS_AT_A_TIME), ROWS_AT_A_TIME):
        prefetch_lists(some, "agencies", "sources", "citations", "figures", "sanctions", "raids", "office_numbers")
        raids = [raid for case in some for raid in case.raids.all()]
        prefetch_lists(raids, "seizures")
        prefetch_related_objects([line for raid in raids for line in raid.seizures.all()], "rig")
        prefetch_related_objects([number for case in some for number in case.office_numbers.all()], "agency")
        for case in some:
            yield case, _row(case, admin)


class _Admin:
    """The cells of a row that name its place in the tree of regions, computed once a region."""

    def __init__(self):
        self.regions = {region.code: region for region in Region.objects.all()}
        self.known = {}

    def cells(self, region):
        if region.code not in self.known:
            above = {self.regions[code].level: self.regions[code] for code in region.codes_up()}
            country, admin1, admin2 = (above.get(level) for level in ("country", "admin1", "admin2"))
            self.known[region.code] = {
                "country": country.code if country else "",
                "admin1_code": admin1.code if admin1 else "",
                "admin1_name": admin1.name_en if admin1 else "",
                "admin2_name_local": admin2.name_zh if admin2 else "",
                "region_code": region.code,
            }
        return self.known[region.code]


def _row(case, admin):
    raids = case.raids.all()
    lines = [line for raid in raids for line in raid.seizures.all()]
    figures = {figure.quantity: figure for figure in sorted(case.figures.all(), key=lambda figure: -figure.pk)}
    source = next(iter(sorted(case.sources.all(), key=lambda source: source.pk)), None)
    fine = next((sanction for sanction in case.sanctions.all() if sanction.kind == SanctionKind.FINE), None)
    locality, admin2_name = _split_place(case, raids)
    energy, load, loss, value = (figures.get(quantity) for quantity in Quantity)
    row = admin.cells(case.region) | {
        "ref": case.ref,
        "title_en": case.title_en,
        "title_zh": case.title_zh,
        "occurred_on": case.occurred_on.isoformat(),
        "date_precision": case.date_precision,
        "admin2_name": admin2_name,
        "locality": locality,
        "latitude": _degrees(case.shown_latitude),
        "longitude": _degrees(case.shown_longitude),
        "location_precision": case.location_precision if case.shown_latitude is not None else "",
        "site_type": case.site_type,
        "lead_source": case.lead_source,
        **_rigs(lines),
        "rig_kind": case.rig_kind,
        "equipment_value": canonical(value.amount) if value else "",
        "equipment_value_currency": value.currency if value else "",
        "loss_amount": canonical(loss.amount) if loss else "",
        "loss_currency": loss.currency if loss else "",
        "loss_basis": loss.basis if loss else "",
        "electricity_kwh": canonical(energy.amount) if energy else "",
        "electricity_basis": energy.basis if energy else "",
        "power_kw": canonical(load.amount) if load else "",
        "electricity_theft": _truth(case.theft),
        "arrests": canonical(case.arrests),
        "premises": canonical(case.premises),
        "agencies": BETWEEN.join(sorted(agency.name_en for agency in case.agencies.all())),
        **numbers_in_cells((number.number, number.agency.name_en) for number in case.shown_office_numbers),
        "legal_basis": BETWEEN.join(sorted(citation.text for citation in case.citations.all())),
        "outcome": case.outcome,
        "outcome_zh": case.outcome_zh,
        "place_zh": case.place_zh,
        "fine_amount": canonical(fine.amount) if fine else "",
        "fine_currency": fine.currency if fine else "",
        "source_publisher": source.publisher if source else "",
        "source_title": source.title if source else "",
        "source_url": source.url if source else "",
        "source_date": source.published_on.isoformat() if source and source.published_on else "",
        "note": case.note,
        "note_zh": case.note_zh,
        "kind": case.kind,
        "confidence": case.confidence,
        "part_of": case.wider_ref or "",
        "counts_in_totals": _truth(case.counts_in_totals),
        "electricity_check": case.electricity_check,
    }
    return {name: row[name] for name in COLUMNS}


def _split_place(case, raids):
    """(locality, admin2_name) of a place, which joins both by ", "."""
    place, region = case.shown_place, case.region.name_en
    at = next((raid.place for raid in raids if raid.place), "")
    if at and place.startswith(f"{at}, "):
        return at, place.removeprefix(f"{at}, ")
    if place.endswith(f", {region}"):
        return place.removesuffix(f", {region}"), region
    return ("", place) if place == region else (place, "")


def place_of(locality: str, admin2_name: str) -> str:
    """Both names as one place."""
    return ", ".join(part for part in (locality, admin2_name) if part)


def numbers_in_cells(numbers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The cells of (office number, name of its agency): lists in the same order, an agency for each number."""
    pairs = sorted(numbers)
    return {
        "office_number": BETWEEN.join(number for number, _agency in pairs),
        "office_number_agency": BETWEEN.join(agency for _number, agency in pairs),
    }


def _rigs(lines):
    """The cells about rigs: the sum of the lines that state a count, and the models."""
    counts = [line.count for line in lines if line.count is not None]
    qualifiers = {line.qualifier for line in lines if line.count is not None}
    models = [line.models_as_published or (line.rig.model if line.rig else "") for line in lines]
    counted_models = [(model, line.count) for model, line in zip(models, lines, strict=True) if model]
    if len(lines) > 1:
        counted_models = [
            (f"{model} ({count})" if count is not None else model, None) for model, count in counted_models
        ]
    return {
        "rigs_seized": canonical(sum(counts)) if counts else "",
        "rigs_qualifier": qualifiers.pop() if len(qualifiers) == 1 else Qualifier.ABOUT.value if qualifiers else "",
        "rig_models": BETWEEN.join(model for model, _count in counted_models),
    }


def canonical(number: int | Decimal | None) -> str:
    """A number as the text of a cell: 5000000, 12.5; "" for None."""
    if number is None:
        return ""
    if isinstance(number, int):
        return str(number)
    return format(number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize(), "f")


def _degrees(value):
    if value is None:
        return ""
    return str(int(value)) if value == int(value) else repr(value)


def _truth(value):
    return {True: "true", False: "false", None: ""}[value]
