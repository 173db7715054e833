"""Load the standing record from `fixtures/` into the database: regions first, then the tables that refer to them."""

import json

from django.utils.text import slugify

from regions.grammar.dates import Precision
from regions.models import (
    Agency,
    Boundary,
    Confidence,
    Factor,
    GridArea,
    Indicator,
    Policy,
    Position,
    Provision,
    Reading,
    Region,
    SavingsClaim,
    Source,
)
from regions.models.agency import AgencyKind
from regions.models.factor import FactorKind, measure_of
from regions.models.indicator import IndicatorKind
from regions.models.policy import PolicyKind, PolicyStatus, SanctionKind, Stance, Target
from regions.models.region import Level
from regions.models.savings import ClaimBasis, ClaimKind, EnergyBasis, LossBasis, ProjectUnit

from .lookups import Agencies, Sources, identity_of, source_of
from .rows import BrokenRow, Row, Tally, link, put, read

COLUMNS = {
    "regions": "code level parent name_en name_zh latitude longitude currency origin",
    "agencies": "name_en name_zh kind region_code aliases",
    "policies": "ref title_zh title_en kind document_number issued_on date_precision effective_on expires_on "
    "deadline_on status jurisdiction_code issuers summary_en summary_zh supersedes_ref source_publisher "
    "source_title source_url source_date source_basis confidence cross_check_url implements_ref",
    "provisions": "policy_ref number text_en text_zh conduct targets sanction_kinds fine_min fine_max "
    "fine_currency imprisonment_max_years source_basis confidence first_day last_day",
    "positions": "jurisdiction_code position first_day last_day policy_ref note note_zh confidence",
    "savings": "ref jurisdiction_code region_name region_name_zh period_start period_end stated_on figure_kind "
    "projects_closed projects_unit rigs energy_kwh_per_year energy_kwh energy_basis coal_tce co2_t power_kw "
    "loss_amount loss_currency loss_basis basis claimed_by claimed_by_zh source_publisher source_title source_url "
    "source_date source_basis confidence note note_zh",
    "indicators": "jurisdiction_code indicator series year month value unit source_publisher source_url note note_zh "
    "source_basis confidence",
    "grid_areas": "slug name_en name_zh scope region_codes source",
    "factors": "kind region_code region_name series year value unit basis basis_zh confidence source source_zh note "
    "note_zh",
}


def rows_of(folder, table, columns=None):
    return read(folder / f"{table}.csv", (columns or COLUMNS[table]).split())


def load_standing(folder, *, quiet=True):
    """Load regions, boundaries, agencies, policies, savings, indicators and factors from `folder`.

    The caller holds the transaction. Yields a Tally for each table; raises BrokenRow.
    """
    yield load_regions(folder, quiet)
    yield load_boundaries(folder, quiet)
    regions = {region.code: region for region in Region.objects.all()}
    yield load_agencies(folder, regions)
    tables = {name: rows_of(folder, name) for name in ("policies", "savings", "indicators")}
    yield load_sources(row for rows in tables.values() for row in rows)
    sources = Sources()
    yield from load_policies(folder, tables["policies"], regions, sources)
    yield load_savings(tables["savings"], regions, sources)
    yield from load_indicators(tables["indicators"], regions, sources)
    yield from load_factors(folder, regions)


def load_regions(folder, quiet=True):
    rows = rows_of(folder, "regions")
    codes = {row.text("code") for row in rows}
    pairs, instances = [], {}
    for row in rows:
        parent = row.text("parent")
        if parent and parent not in instances:
            raise row.broken("parent", f"no region {parent!r} " + ("before this line" if parent in codes else "at all"))
        above = instances.get(parent)
        instances[row.text("code")] = region = Region(
            code=row.text("code"),
            level=row.choice("level", Level),
            name_en=row.text("name_en"),
            name_zh=row.text("name_zh"),
            latitude=row.degrees("latitude"),
            longitude=row.degrees("longitude"),
            currency=row.text("currency"),
            origin=row.text("origin"),
        )
        region.place_below(above)
        pairs.append((row, region, parent))
    # Level by level, because a region needs the primary key of its parent.
    total = Tally("regions", len(rows))
    for level in Level:
        of_level = [(row, region) for row, region, _parent in pairs if region.level == level]
        for row, region in of_level:
            parent = row.text("parent")
            region.parent_id = instances[parent].pk if parent else None
        tally = put(Region, ["code"], of_level, also=["path"], name="regions", quiet=quiet)
        total += tally
    return total


def load_boundaries(folder, quiet=True):
    regions = dict(Region.objects.values_list("code", "pk"))
    pairs = []
    for path in sorted((folder / "boundaries").glob("*.geojson")):
        try:
            collection = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as problem:
            raise BrokenRow(path.name, getattr(problem, "lineno", "?"), "?", str(problem)) from problem
        for number, feature in enumerate(collection["features"], 1):
            row = Row(path.name, number, {"code": feature["properties"]["code"]})
            pk = row.one_of("code", regions, "region")
            pairs.append((row, Boundary(region_id=pk, geometry=feature["geometry"], origin=collection["origin"])))
    return put(Boundary, ["region_id"], pairs, name="boundaries", quiet=quiet)


def load_agencies(folder, regions):
    pairs = []
    for row in rows_of(folder, "agencies"):
        agency = Agency(
            slug=slugify(row.text("name_en"))[:100],
            name_en=row.text("name_en"),
            name_zh=row.text("name_zh"),
            kind=row.choice("kind", AgencyKind),
            region=row.one_of("region_code", regions, "region"),
            aliases=row.list("aliases"),
        )
        pairs.append((row, agency))
    return put(Agency, ["name_en"], pairs, name="agencies")


def load_sources(rows):
    """Every source that `rows` cite, once."""
    pairs = {}
    for row in rows:
        source = source_of(row)
        pairs.setdefault(identity_of(source), (row, source))
    return put(Source, ["publisher", "title", "url", "published_on"], list(pairs.values()), name="sources")


def _relate(row, policy, stored):
    policy.supersedes = stored.get(row.text("supersedes_ref"))
    policy.implements = stored.get(row.text("implements_ref"))


def load_policies(folder, rows, regions, sources):
    pairs = []
    for row in rows:
        policy = Policy(
            ref=row.text("ref"),
            title_en=row.text("title_en"),
            title_zh=row.text("title_zh"),
            kind=row.choice("kind", PolicyKind),
            document_number=row.text("document_number"),
            issued_on=row.day("issued_on"),
            date_precision=row.choice("date_precision", Precision),
            effective_on=row.day("effective_on"),
            expires_on=row.day("expires_on"),
            deadline_on=row.day("deadline_on"),
            status=row.choice("status", PolicyStatus),
            region=row.one_of("jurisdiction_code", regions, "region"),
            summary_en=row.text("summary_en"),
            summary_zh=row.text("summary_zh"),
            source=sources.of(row),
            source_basis=row.text("source_basis"),
            cross_check_url=row.text("cross_check_url"),
            confidence=row.choice("confidence", Confidence),
        )
        pairs.append((row, policy))
    known = set(Policy.objects.values_list("ref", flat=True)) | {policy.ref for _row, policy in pairs}
    stored = {policy.ref: policy for policy in Policy.objects.all()}
    # Two passes, because a policy may supersede a policy further down in the file.
    for row, policy in pairs:
        for column in ("supersedes_ref", "implements_ref"):
            if row.text(column) and row.text(column) not in known:
                raise row.broken(column, f"no policy is called {row.text(column)!r}")
        _relate(row, policy, stored)
    tally = put(Policy, ["ref"], pairs, name="policies")
    stored = {policy.ref: policy for _row, policy in pairs}
    for row, policy in pairs:
        _relate(row, policy, stored)
    put(Policy, ["ref"], pairs)
    agencies = Agencies()
    link(
        Policy.issuers.through, "policy_id", "agency_id",
        [(policy.pk, body.pk) for row, policy in pairs for body in agencies.of(row, "issuers", policy.region)],
    )  # fmt: skip
    yield tally
    yield load_provisions(folder, stored)
    yield load_positions(folder, regions, stored)


def load_provisions(folder, policies):
    provisions = []
    for row in rows_of(folder, "provisions"):
        provision = Provision(
            policy=row.one_of("policy_ref", policies, "policy"),
            number=row.text("number"),
            text_en=row.text("text_en"),
            text_zh=row.text("text_zh"),
            conduct=row.text("conduct"),
            targets=row.choices("targets", Target),
            sanction_kinds=row.choices("sanction_kinds", SanctionKind),
            fine_min=row.number("fine_min"),
            fine_max=row.number("fine_max"),
            fine_currency=row.text("fine_currency"),
            imprisonment_max_years=row.number("imprisonment_max_years"),
            source_basis=row.text("source_basis"),
            confidence=row.choice("confidence", Confidence),
            first_day=row.day("first_day"),
            last_day=row.day("last_day"),
        )
        provisions.append((row, provision))
    return put(Provision, ["policy_id", "number"], provisions, within="policy_id", name="provisions")


def load_positions(folder, regions, policies):
    positions = []
    for row in rows_of(folder, "positions"):
        position = Position(
            region=row.one_of("jurisdiction_code", regions, "region"),
            stance=row.choice("position", Stance),
            first_day=row.day("first_day"),
            last_day=row.day("last_day"),
            policy=row.one_of("policy_ref", policies, "policy"),
            note=row.text("note"),
            note_zh=row.text("note_zh"),
            confidence=row.choice("confidence", Confidence),
        )
        if position.last_day and position.last_day < position.first_day:
            raise row.broken("last_day", "it ends before it starts")
        positions.append((row, position))
    return put(Position, ["region_id", "first_day"], positions, name="positions")


def load_savings(rows, regions, sources):
    pairs = []
    for row in rows:
        claim = SavingsClaim(
            ref=row.text("ref"),
            region=row.one_of("jurisdiction_code", regions, "region"),
            place=row.text("region_name"),
            place_zh=row.text("region_name_zh"),
            period_start=row.day("period_start"),
            period_end=row.day("period_end"),
            stated_on=row.day("stated_on"),
            kind=row.choice("figure_kind", ClaimKind),
            projects_closed=row.whole("projects_closed"),
            projects_unit=row.choice("projects_unit", ProjectUnit),
            rigs=row.whole("rigs"),
            energy_kwh_per_year=row.number("energy_kwh_per_year"),
            energy_kwh=row.number("energy_kwh"),
            energy_basis=row.choice("energy_basis", EnergyBasis),
            coal_tce=row.number("coal_tce"),
            co2_t=row.number("co2_t"),
            power_kw=row.number("power_kw"),
            loss_amount=row.number("loss_amount"),
            loss_currency=row.text("loss_currency"),
            loss_basis=row.choice("loss_basis", LossBasis),
            basis=row.choice("basis", ClaimBasis),
            claimed_by=row.text("claimed_by"),
            claimed_by_zh=row.text("claimed_by_zh"),
            source=sources.of(row),
            source_basis=row.text("source_basis"),
            confidence=row.choice("confidence", Confidence),
            note=row.text("note"),
            note_zh=row.text("note_zh"),
        )
        pairs.append((row, claim))
    return put(SavingsClaim, ["ref"], pairs, name="savings claims")


def load_indicators(rows, regions, sources):
    series, readings = {}, []
    for row in rows:
        region = row.one_of("jurisdiction_code", regions, "region")
        identity = (region.pk, row.choice("indicator", IndicatorKind), row.text("series"), row.text("unit"))
        if identity not in series:
            indicator = Indicator(region=region, kind=identity[1], series=identity[2], unit=identity[3])
            series[identity] = (row, indicator)
        readings.append((row, identity))
    yield put(Indicator, ["region_id", "kind", "series", "unit"], list(series.values()), name="indicators")
    pairs = []
    for row, identity in readings:
        reading = Reading(
            indicator=series[identity][1],
            year=row.whole("year"),
            month=row.whole("month"),
            value=row.number("value"),
            source=sources.of(row),
            note=row.text("note"),
            note_zh=row.text("note_zh"),
            source_basis=row.text("source_basis"),
            confidence=row.choice("confidence", Confidence),
        )
        pairs.append((row, reading))
    yield put(Reading, ["indicator_id", "year", "month"], pairs, within="indicator_id", name="indicator readings")


def load_grid_areas(folder, regions):
    """The grid areas. Returns the Tally, and {(what a factor of the grid is said to cover, country): GridArea}."""
    pairs, members, of_scope = [], [], {}
    for row in rows_of(folder, "grid_areas"):
        grid = GridArea(
            slug=row.text("slug"),
            name_en=row.text("name_en"),
            name_zh=row.text("name_zh"),
            source_text=row.text("source"),
        )
        pairs.append((row, grid))
        for code in row.list("region_codes"):
            if code not in regions:
                raise row.broken("region_codes", f"no region is called {code!r}")
            members.append((grid, regions[code]))
            of_scope[row.text("scope"), regions[code].country_code] = grid
    tally = put(GridArea, ["slug"], pairs, name="grid areas")
    link(GridArea.regions.through, "gridarea_id", "region_id", [(grid.pk, region.pk) for grid, region in members])
    return tally, of_scope


def load_factors(folder, regions):
    tally, grids = load_grid_areas(folder, regions)
    yield tally
    pairs = []
    for row in rows_of(folder, "factors"):
        region, kind = row.one_of("region_code", regions, "region"), row.choice("kind", FactorKind)
        factor = Factor(
            kind=kind,
            region=region,
            scope=row.text("region_name"),
            grid=grids.get((row.text("region_name"), region.country_code)) if region else None,
            series=row.text("series"),
            year=row.whole("year"),
            value=row.number("value"),
            unit=row.text("unit"),
            measure=measure_of(kind, row.text("series")),
            basis=row.text("basis"),
            basis_zh=row.text("basis_zh"),
            confidence=row.choice("confidence", Confidence),
            source_text=row.text("source"),
            source_text_zh=row.text("source_zh"),
            note=row.text("note"),
            note_zh=row.text("note_zh"),
        )
        pairs.append((row, factor))
    yield put(Factor, ["kind", "region_id", "scope", "series", "year"], pairs, within="kind", name="factors")
