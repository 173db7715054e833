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
    """Sums of some cases by metric, each with the number of cases that it rests on, as (sum, cases).

    No case inside its aggregate counts twice. A metric that was not asked for is not there.
    """

    cases: int = 0
    sums: dict[Metric, tuple[float, int]] = field(default_factory=dict)

    def __add__(self, other):
        sums = dict(self.sums)
        for metric, (amount, cases) in other.sums.items():
            so_far, resting_on = sums.get(metric, (0, 0))
            sums[metric] = so_far + amount, resting_on + cases
        return Amounts(self.cases + other.cases, sums)

    def amount(self, metric):
        """The sum that `metric` names, in its base unit; None where no case states it."""
        amount, resting_on = self._of(metric)
        return amount if resting_on else None

    def resting_on(self, metric):
        """How many cases that sum rests on."""
        return self._of(metric)[1]

    def _of(self, metric):
        if metric == Metric.CASES:
            return self.cases, self.cases
        return self.sums[metric] if self.cases else (0, 0)


@dataclass
class Measures:
    """The Amounts of a selection in all, by the code of each of its columns, and by time; losses in one `currency`."""

    currency: str
    # What the database said of them, as one text.
    rows: str = ""
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
# What a case adds: one outside the totals counts as a case, and its figures do not.
_ADDED = {
    Metric.RIGS: "CASE WHEN counted THEN rigs END",
    Metric.POWER: "CASE WHEN counted THEN kw END",
    Metric.LOSSES: "CASE WHEN counted AND currency = %s THEN loss::double precision END",
}


def measures(cases, metrics, parent=None, currency=""):
    """The Measures of `cases` with the sums of `metrics`; their regions are those right below `parent`, or countries.

    One query, and each sum that it need not make is a fifth of it.
    """
    found = Measures(currency)
    rows = cases.order_by().annotate(code=code_right_below(parent)).values_list(
        "code", "kind", "lead_source", "site_type", "occurred_on", "date_precision",
        "counts_in_totals", "rigs", "kw_best", "loss_amount", "loss_currency",
    )  # fmt: skip
    try:
        chosen, parameters = rows.query.sql_with_params()
    except EmptyResultSet:
        return found
    summed = [metric for metric in metrics if metric in _ADDED]  # cases are counted anyway
    added = "".join(f", {_ADDED[metric]} AS {metric.value}" for metric in summed)
    sums = "".join(f", coalesce(sum({metric.value}), 0), count({metric.value})" for metric in summed)
    statement = f"""
        WITH chosen (
            region, kind, lead_source, site_type, day, precision, counted, rigs, kw, loss, currency
        ) AS ({chosen}),
        timed AS (
            SELECT region, kind, lead_source, site_type,
                date_trunc('quarter', day)::date AS quarter, precision = 'year' AS year_only{added}
            FROM chosen
        )
        SELECT region, kind, lead_source, site_type, quarter, year_only,
            GROUPING(region, kind, lead_source, site_type, quarter), count(*){sums}
        FROM timed
        GROUP BY GROUPING SETS ((), (region), (kind), (lead_source), (site_type), (quarter, year_only))
    """  # noqa: S608 - our own names
    currencies = [currency] if Metric.LOSSES in summed else []
    rows = rows_found(statement, [*parameters, *currencies])
    found.rows = "\n".join(sorted(map(repr, rows)))
    for row in rows:
        codes, (quarter, year_only, grouping, number, *sums) = row[: len(COLUMNS)], row[len(COLUMNS) :]
        amounts = Amounts(number, dict(zip(summed, zip(sums[::2], sums[1::2], strict=True), strict=True)))
        # A bit of `grouping` is 0 for the column that a row sums, the first column being the highest bit.
        if grouping == 0b11111:
            found.total = amounts
        elif grouping & 1:
            at = next(at for at in range(len(COLUMNS)) if not grouping >> (len(COLUMNS) - at) & 1)
            found.by[COLUMNS[at]][codes[at]] = amounts
        elif year_only:
            found.year_only[quarter.year] = amounts
        else:
            found.quarters[quarter] = amounts
    return found
