"""Sums over cases, each with the number of cases it rests on. No case inside its aggregate counts twice."""

import json
import math
from dataclasses import dataclass, field

from django.core.exceptions import EmptyResultSet
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import BooleanField, Count, DateField, ExpressionWrapper, F, Q, Sum
from django.db.models.functions import Cast, TruncMonth

from cases import power
from cases.columns.beside import HAS_LOAD, IS_COUNTED, IS_IN_CO2E, TOLD_APART, told_apart_sql
from cases.models import FactorSet
from cases.models.case import COUNTED_WITH_LOAD, COUNTED_WITH_RIGS, ONLY_REGION_KNOWN, drawn
from regions.keeping import rows_found, rows_of_query
from regions.models import Region
from regions.models.factor import Gas
from regions.models.region import code_right_below, regions_by_code

PLACED_ON_A_GRID = COUNTED_WITH_LOAD & Q(kg_co2_per_kwh__isnull=False)
THEFT = {True: "true", False: "false", None: "unknown"}


def counts(cases, names):
    """How many of `cases` have each code: {name: {code: count}}, in one query for all `names`."""
    found = {name: {} for name in names}
    try:
        chosen, parameters = cases.order_by().values_list(*names).query.sql_with_params()
    except EmptyResultSet:
        return found
    columns = ", ".join(names)
    sets = ", ".join(f"({name})" for name in names)
    statement = (
        f"SELECT {columns}, GROUPING({columns}), count(*) FROM ({chosen}) AS chosen ({columns})"  # noqa: S608 - our names
        f" GROUP BY GROUPING SETS ({sets})"
    )
    for *codes, grouping, count in rows_found(statement, parameters, "=" * len(names) + "=#"):
        # A bit of `grouping` is 0 for the column that a row counts, the first column being the highest bit.
        at = next(at for at in range(len(names)) if not grouping >> (len(names) - 1 - at) & 1)
        code = THEFT[codes[at]] if names[at] == "theft" else codes[at]
        found[names[at]][code] = count
    return found


def month_of(day):
    """The first day of the month of the column `day`, as plain rows too."""
    return Cast(TruncMonth(day), DateField())


def rig_sums():
    return {
        "rigs_sum": Sum("rigs", filter=COUNTED_WITH_RIGS),
        "rigs_cases": Count("pk", filter=COUNTED_WITH_RIGS),
    }


@dataclass
class Loss:
    """What was lost in one currency, as stated in total: a loss a month is another quantity."""

    currency: str
    amount: float
    cases: int


@dataclass
class Totals:
    """Sums over cases, each with the number of cases that it rests on."""

    cases: int = 0
    counted: int = 0
    rigs: int = 0
    rigs_cases: int = 0
    kw: power.Range | None = None
    kw_cases: int = 0
    arrests: int = 0
    arrests_cases: int = 0
    # How many a map can draw, and how many of these in the middle of a province or of their region.
    placed: int = 0
    coarse: int = 0
    t_co2: power.Range | None = None
    t_co2_cases: int = 0
    # How many of these have a factor of CO₂e, which counts other gases too.
    t_co2_cases_co2e: int = 0
    losses: list[Loss] = field(default_factory=list)
    given: power.Assumptions = power.DEFAULTS

    @property
    def gas(self):
        """What `t_co2` is called: CO₂e where all of its cases are in CO₂e, else CO₂; the rest is said."""
        return Gas.CO2E if self.t_co2_cases and self.t_co2_cases_co2e == self.t_co2_cases else Gas.CO2

    @property
    def kwh_a_year(self):
        return power.kwh_a_year(self.kw) if self.kw else None

    @property
    def tce(self):
        return power.tce(self.kwh_a_year, self.given.gce_generation) if self.kw else None

    @property
    def tce_calorific(self):
        return power.tce(self.kwh_a_year, self.given.gce_calorific) if self.kw else None


# One look at each case, in groups of which there are some hundred whatever the cases; with a filter for each sum DuckDB
# takes twice as long. Written by hand: Django takes longer to put it together than PostgreSQL to answer it for some
# hundred cases.
_TOTALS = f"""
    SELECT told_apart, placed, coarse, currency,
        count(*), sum(rigs), count(rigs), sum(arrests), count(arrests), count(kw_best * kg), sum(loss), count(loss),
        {", ".join(f"sum(kw_{bound})" for bound in power.Range._fields)},
        {", ".join(f"sum(kw_{bound} * kg)" for bound in power.Range._fields)}
    FROM chosen GROUP BY 1, 2, 3, 4
"""  # noqa: S608 - our own names
# What a case adds to its Totals, with the types of the columns; the columns of kw and kg are in kW and in kg a kWh.
PARTS = {
    "counted": "boolean", "placed": "boolean", "coarse": "boolean", "rigs": "bigint", "arrests": "bigint",
    "kw_low": "double precision", "kw_best": "double precision", "kw_high": "double precision",
    "kg": "double precision", "gas": "text", "loss": "numeric", "currency": "text",
}  # fmt: skip
_SUMMED = [name for name in PARTS if name not in ("counted", "gas")]  # beside what tells them apart
_ADDS_UP = "====" + "#+#+##+#" + "+" * 6
_CHOSEN = f"WITH chosen ({', '.join(['told_apart', *_SUMMED])}) AS ({{}}) {_TOTALS}"


def totals(cases):
    """The Totals of `cases` (a queryset): no case inside its aggregate counts twice."""
    found = Totals(given=FactorSet.objects.assumptions())
    try:
        chosen, parameters = _placed(cases).values_list(TOLD_APART, *_columns(_SUMMED)).query.sql_with_params()
    except EmptyResultSet:
        return found
    return _sum_up(found, rows_found(_CHOSEN.format(chosen), parameters, _ADDS_UP))


def parts_by_case(cases):
    """{primary key as text: what the case adds to the Totals, in the order of PARTS}, ready for JSON."""
    return {str(pk): parts for *parts, pk in _placed(cases).values_list(*_columns(PARTS), "pk")}


def totals_of_parts(parts, given):
    """The Totals of what `parts_by_case` gave of some cases, with the Assumptions `given`."""
    columns = ", ".join(f"(part->>{at})::{kind}" for at, kind in enumerate(PARTS.values()))
    statement = _CHOSEN.format(
        f"SELECT {told_apart_sql('counted', 'kw_best', 'gas')}, {', '.join(_SUMMED)}"  # noqa: S608 - our own names
        f" FROM (SELECT {columns} FROM jsonb_array_elements(%s) AS part) AS parts ({', '.join(PARTS)})"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [json.dumps([*parts], cls=DjangoJSONEncoder)])
        return _sum_up(Totals(given=given), cursor.fetchall())


def _placed(cases):
    """`cases` in no order, each with whether a map can draw it and whether only by its region."""
    placed = ExpressionWrapper(drawn(), BooleanField())
    coarse = ExpressionWrapper(ONLY_REGION_KNOWN, BooleanField())
    return cases.order_by().annotate(is_placed=placed, is_coarse=coarse)


_COLUMN_OF = {
    "counted": "counts_in_totals", "placed": "is_placed", "coarse": "is_coarse", "kg": "kg_co2_per_kwh",
    "gas": "grid_gas", "loss": "loss_amount", "currency": "loss_currency",
}  # fmt: skip


def _columns(parts):
    return [_COLUMN_OF.get(name, name) for name in parts]


def _sum_up(found, rows):
    losses, loads, carbon = {}, [], []
    for told_apart, placed, coarse, currency, cases, *sums in rows:
        found.cases += cases
        found.placed += cases if placed else 0
        found.coarse += cases if placed and coarse else 0
        if not told_apart & IS_COUNTED:
            continue
        rigs, rigs_cases, arrests, arrests_cases, t_co2_cases, loss, loss_cases, *bounds = sums
        found.counted += cases
        found.rigs += rigs or 0
        found.rigs_cases += rigs_cases
        found.arrests += arrests or 0
        found.arrests_cases += arrests_cases
        if loss_cases:
            so_far = losses.setdefault(currency, Loss(currency, 0, 0))
            so_far.amount += loss
            so_far.cases += loss_cases
        if told_apart & HAS_LOAD:
            found.kw_cases += cases
            loads.append(bounds[:3])
        if t_co2_cases:
            found.t_co2_cases += t_co2_cases
            found.t_co2_cases_co2e += t_co2_cases if told_apart & IS_IN_CO2E else 0
            carbon.append(bounds[3:])
    found.kw = _added(loads) if loads else None
    found.t_co2 = power.kwh_a_year(_added(carbon)) / 1000 if carbon else None
    found.losses = sorted(losses.values(), key=lambda loss: (-loss.cases, loss.currency))
    return found


def _added(ranges):
    """Their sum, in whatever order they come."""
    return power.Range(*map(math.fsum, zip(*ranges, strict=True)))


def t_co2_by_country(cases):
    """{country code: tCO₂ a year if the rigs of its counted cases ran}, of countries that have a figure."""
    rows = cases.order_by().filter(PLACED_ON_A_GRID).annotate(code=code_right_below(None)).values_list("code")
    sums = rows.annotate(Count("pk"), kg=Sum(F("kw_best") * F("kg_co2_per_kwh")))
    return {code: power.kwh_a_year(kg) / 1000 for code, _cases, kg in rows_of_query(sums, "=#+")}


@dataclass
class RegionRow:
    """Cases and rigs of one region and everything below it."""

    region: Region
    cases: int
    rigs: int | None
    rigs_cases: int
    kw: float | None


def by_region(cases, parent=None):
    """`cases` by the regions right below `parent`, or by country: a list of RegionRow, most cases first.

    Cases known only to `parent` itself are left out.
    """
    rows = cases.order_by().annotate(code=code_right_below(parent)).values_list("code")
    rows = rows.annotate(Count("pk"), **rig_sums(), kw=Sum("kw_best", filter=COUNTED_WITH_LOAD))
    return region_rows({code: sums for code, *sums in rows_of_query(rows, "=#+#+") if code})


def region_rows(of_code):
    """A list of RegionRow, most cases first, of {code: (cases, rigs, rigs_cases, kw)}."""
    regions = regions_by_code(of_code)
    listed = [RegionRow(regions[code], *sums) for code, sums in of_code.items()]
    return sorted(listed, key=lambda row: (-row.cases, row.region.name_en))
