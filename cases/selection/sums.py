"""Sums over cases, each with the number of cases it rests on. No case inside its aggregate counts twice."""

from dataclasses import dataclass, field

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, F, Q, Sum

from cases import power
from cases.models import FactorSet
from cases.models.case import COUNTED, COUNTED_WITH_LOAD, COUNTED_WITH_RIGS, ONLY_REGION_KNOWN, drawn
from regions.models import Region
from regions.models.factor import Gas
from regions.models.region import code_right_below

PLACED_ON_A_GRID = COUNTED_WITH_LOAD & Q(kg_co2_per_kwh__isnull=False)
_THEFT = {True: "true", False: "false", None: "unknown"}


def counts(cases, names):
    """How many of `cases` have each code: {name: {code: count}}, in one query for all `names`."""
    found = {name: {} for name in names}
    try:
        chosen, parameters = cases.order_by().values_list(*names).query.sql_with_params()
    except EmptyResultSet:
        return found
    columns = ", ".join(names)
    sets = ", ".join(f"({name})" for name in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {columns}, count(*), GROUPING({columns}) FROM ({chosen}) AS chosen ({columns})"  # noqa: S608 - our names
            f" GROUP BY GROUPING SETS ({sets})",
            parameters,
        )
        for *codes, count, grouping in cursor.fetchall():
            # A bit of `grouping` is 0 for the column that a row counts, the first column being the highest bit.
            at = next(at for at in range(len(names)) if not grouping >> (len(names) - 1 - at) & 1)
            code = _THEFT[codes[at]] if names[at] == "theft" else codes[at]
            found[names[at]][code] = count
    return found


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

    cases: int
    counted: int
    rigs: int
    rigs_cases: int
    kw: power.Range | None
    kw_cases: int
    arrests: int
    arrests_cases: int
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


def totals(cases):
    """The Totals of `cases` (a queryset): no case inside its aggregate counts twice."""
    held = COUNTED & Q(arrests__isnull=False)
    sums = cases.order_by().aggregate(
        cases=Count("pk"),
        counted=Count("pk", filter=COUNTED),
        placed=Count("pk", filter=drawn()),
        coarse=Count("pk", filter=drawn() & ONLY_REGION_KNOWN),
        rigs_sum=Sum("rigs", filter=COUNTED_WITH_RIGS, default=0),
        rigs_cases=Count("pk", filter=COUNTED_WITH_RIGS),
        kw_cases=Count("pk", filter=COUNTED_WITH_LOAD),
        t_co2_cases=Count("pk", filter=PLACED_ON_A_GRID),
        t_co2_cases_co2e=Count("pk", filter=PLACED_ON_A_GRID & Q(grid_gas=Gas.CO2E)),
        arrests_sum=Sum("arrests", filter=held, default=0),
        arrests_cases=Count("pk", filter=held),
        **{f"{bound}_kw": Sum(f"kw_{bound}", filter=COUNTED_WITH_LOAD) for bound in power.Range._fields},
        **{
            f"{bound}_co2": Sum(F(f"kw_{bound}") * F("kg_co2_per_kwh"), filter=PLACED_ON_A_GRID)
            for bound in power.Range._fields
        },
    )
    kw = power.Range(*(sums.pop(f"{bound}_kw") for bound in power.Range._fields))
    kg_an_hour = power.Range(*(sums.pop(f"{bound}_co2") for bound in power.Range._fields))
    return Totals(
        rigs=sums.pop("rigs_sum"),
        arrests=sums.pop("arrests_sum"),
        kw=kw if kw.best is not None else None,
        t_co2=power.kwh_a_year(kg_an_hour) / 1000 if kg_an_hour.best is not None else None,
        losses=_losses(cases.filter(COUNTED)),
        given=FactorSet.objects.assumptions(),
        **sums,
    )


def t_co2_by_country(cases):
    """{country code: tCO₂ a year if the rigs of its counted cases ran}, of countries that have a figure."""
    rows = cases.order_by().filter(PLACED_ON_A_GRID).annotate(code=code_right_below(None)).values_list("code")
    sums = rows.annotate(kg=Sum(F("kw_best") * F("kg_co2_per_kwh")))
    return {code: power.kwh_a_year(kg) / 1000 for code, kg in sums}


def _losses(cases):
    rows = cases.order_by().filter(loss_amount__isnull=False).values_list("loss_currency")
    found = [Loss(*row) for row in rows.annotate(Sum("loss_amount"), Count("pk"))]
    return sorted(found, key=lambda loss: (-loss.cases, loss.currency))


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
    rows = cases.order_by().annotate(code=code_right_below(parent)).values("code")
    found = {
        row.pop("code"): row
        for row in rows.annotate(cases=Count("pk"), kw=Sum("kw_best", filter=COUNTED_WITH_LOAD), **rig_sums())
    }
    found.pop("", None)
    regions = Region.objects.filter(code__in=found).in_bulk(field_name="code")
    listed = [RegionRow(regions[code], rigs=row.pop("rigs_sum"), **row) for code, row in found.items()]
    return sorted(listed, key=lambda row: (-row.cases, row.region.name_en))
