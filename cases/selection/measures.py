"""The figures that charts draw: cases, rigs, power draw and losses of a selection, by time, region and kind."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import EmptyResultSet
from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from regions.keeping import rows_found
from regions.models.region import code_right_below


class Metric(TextChoices):
    """What a chart shows of its cases."""

    CASES = "cases", pgettext_lazy("metric", "Cases")
    RIGS = "rigs", pgettext_lazy("metric", "Rigs")
    POWER = "mw", pgettext_lazy("metric", "Power draw")
    LOSSES = "losses", pgettext_lazy("metric", "Losses")


@dataclass
class Amounts:
    """Sums of some cases, each with the number of cases that it rests on. No case inside its aggregate counts twice."""

    cases: int = 0
    rigs: int = 0
    rigs_cases: int = 0
    kw: float = 0
    kw_cases: int = 0
    loss: float = 0
    loss_cases: int = 0

    def __add__(self, other):
        return Amounts(*(mine + theirs for mine, theirs in zip(self.values(), other.values(), strict=True)))

    def values(self):
        return self.cases, self.rigs, self.rigs_cases, self.kw, self.kw_cases, self.loss, self.loss_cases

    def amount(self, metric):
        """The sum that `metric` names, in its base unit; None where no case states it."""
        amounts = {Metric.CASES: self.cases, Metric.RIGS: self.rigs, Metric.POWER: self.kw, Metric.LOSSES: self.loss}
        return amounts[metric] if self.resting_on(metric) else None

    def resting_on(self, metric):
        """How many cases that sum rests on."""
        return {
            Metric.CASES: self.cases,
            Metric.RIGS: self.rigs_cases,
            Metric.POWER: self.kw_cases,
            Metric.LOSSES: self.loss_cases,
        }[metric]


@dataclass
class Measures:
    """The Amounts of a selection in all, by the code of each of its columns, and by time; losses in one `currency`."""

    currency: str
    total: Amounts = field(default_factory=Amounts)
    by: dict[str, dict[str, Amounts]] = field(default_factory=lambda: defaultdict(dict))
    quarters: dict[date, Amounts] = field(default_factory=dict)
    # Of the cases of which only the year is known.
    year_only: dict[int, Amounts] = field(default_factory=dict)

    @property
    def years(self):
        """{year: Amounts} of all cases."""
        found = dict(self.year_only)
        for quarter, measure in self.quarters.items():
            found[quarter.year] = found.get(quarter.year, Amounts()) + measure
        return found


COLUMNS = ("region", "kind", "lead_source", "site_type")
# A case outside the totals counts as a case, and its figures do not.
_SUMS = """
    count(*),
    coalesce(sum(rigs) FILTER (WHERE counted), 0), count(rigs) FILTER (WHERE counted),
    coalesce(sum(kw) FILTER (WHERE counted), 0), count(kw) FILTER (WHERE counted),
    coalesce(sum(loss) FILTER (WHERE counted AND currency = %s), 0)::double precision,
    count(loss) FILTER (WHERE counted AND currency = %s)
"""


def measures(cases, parent=None, currency=""):
    """The Measures of `cases`; their regions are those right below `parent`, or countries. One query."""
    found = Measures(currency)
    rows = cases.order_by().annotate(code=code_right_below(parent)).values_list(
        "code", "kind", "lead_source", "site_type", "occurred_on", "date_precision",
        "counts_in_totals", "rigs", "kw_best", "loss_amount", "loss_currency",
    )  # fmt: skip
    try:
        chosen, parameters = rows.query.sql_with_params()
    except EmptyResultSet:
        return found
    statement = f"""
        WITH chosen (
            region, kind, lead_source, site_type, day, precision, counted, rigs, kw, loss, currency
        ) AS ({chosen}),
        timed AS (SELECT *, date_trunc('quarter', day)::date AS quarter, precision = 'year' AS year_only FROM chosen)
        SELECT region, kind, lead_source, site_type, quarter, year_only,
            GROUPING(region, kind, lead_source, site_type, quarter), {_SUMS}
        FROM timed
        GROUP BY GROUPING SETS ((), (region), (kind), (lead_source), (site_type), (quarter, year_only))
    """  # noqa: S608 - our own names
    sums = rows_found(statement, [*parameters, currency, currency])
    for *codes, quarter, year_only, grouping, cases_, rigs, rigs_cases, kw, kw_cases, loss, loss_cases in sums:
        measure = Amounts(cases_, rigs, rigs_cases, kw, kw_cases, loss, loss_cases)
        # A bit of `grouping` is 0 for the column that a row sums, the first column being the highest bit.
        if grouping == 0b11111:
            found.total = measure
        elif grouping & 1:
            at = next(at for at in range(len(COLUMNS)) if not grouping >> (len(COLUMNS) - at) & 1)
            found.by[COLUMNS[at]][codes[at]] = measure
        elif year_only:
            found.year_only[quarter.year] = measure
        else:
            found.quarters[quarter] = measure
    return found
