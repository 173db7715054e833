"""The figures that charts draw: cases, rigs, power draw and losses of a selection, by time, region and kind."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from django.core.exceptions import EmptyResultSet
from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from regions.keeping import rows_found
from regions.models import Region


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
    # What the database said of them, as one text, in which what was summed in another order is another sum.
    rows: str = field(default="", compare=False)
    total: Amounts = field(default_factory=Amounts)
    by: dict[str, dict[str, Amounts]] = field(default_factory=lambda: defaultdict(dict))
    months: dict[date, Amounts] = field(default_factory=dict)  # by their first days, in order
    # Of the cases of which only the year is known.
    year_only: dict[int, Amounts] = field(default_factory=dict)

    @cached_property
    def quarters(self):
        """{first day: Amounts} of the cases of which more than the year is known."""
        found = {}
        for month, amounts in self.months.items():
            quarter = month.replace(month=month.month - (month.month - 1) % 3)
            found[quarter] = found.get(quarter, Amounts()) + amounts
        return found

    @cached_property
    def years(self):
        """{year: Amounts} of all cases."""
        found = dict(self.year_only)
        for month, amounts in self.months.items():
            found[month.year] = found.get(month.year, Amounts()) + amounts
        return found


COLUMNS = ("region", "kind", "lead_source", "site_type")
# What a case adds, and the type of the sum: one outside the totals counts as a case, and its figures do not.
_ADDED = {
    Metric.RIGS: ("CASE WHEN counted THEN rigs END", "bigint"),
    Metric.POWER: ("CASE WHEN counted THEN kw END", "double precision"),
    Metric.LOSSES: ("CASE WHEN counted AND currency = %s THEN loss::double precision END", "double precision"),
}

# Grouped as the columns stand, and what there are then is made codes and months of: some thousand rows, not all.
_GROUPED = """
    WITH chosen (region, kind, lead_source, site_type, day, precision, counted, rigs, kw, loss, currency) AS ({chosen}),
    place (id, code) AS ({places}),
    added AS (SELECT region, kind, lead_source, site_type, day, precision{added} FROM chosen),
    grouped AS (
        SELECT {by}, day, precision = 'year' AS year_only, GROUPING({by}, day) AS sets, count(*) AS cases{sums}
        FROM added GROUP BY GROUPING SETS ((), {alone}, (day, precision))
    )
    SELECT {codes}, date_trunc('month', day)::date, year_only, sets, sum(cases)::bigint{both}
    FROM grouped LEFT JOIN place ON place.id = region GROUP BY {all}
"""


def measures(cases, metrics, parent=None, currency="", by=COLUMNS):
    """The Measures of `cases` with the sums of `metrics`; their regions are those right below `parent`, or countries.

    One query, and each sum, or column of `by` after the region, that it need not make is a fifth of it.
    """
    found = Measures(currency)
    rows = cases.order_by().values_list(
        "region_id", "kind", "lead_source", "site_type", "occurred_on", "date_precision",
        "counts_in_totals", "rigs", "kw_best", "loss_amount", "loss_currency",
    )  # fmt: skip
    try:
        chosen, parameters = rows.query.sql_with_params()
    except EmptyResultSet:
        return found
    places, where = Region.objects.with_code_right_below(parent).query.sql_with_params()
    summed = [metric for metric in metrics if metric in _ADDED]  # cases are counted anyway
    statement = _GROUPED.format(
        chosen=chosen, places=places, by=", ".join(by), alone=", ".join(f"({column})" for column in by),
        codes=", ".join(["place.code", *by[1:]]), all=", ".join(str(place) for place in range(1, len(by) + 4)),
        added="".join(f", {_ADDED[name][0]} AS {name}" for name in summed),
        sums="".join(f", sum({name}) AS {name}, count({name}) AS {name}_cases" for name in summed),
        both="".join(f", coalesce(sum({name}), 0)::{_ADDED[name][1]}, sum({name}_cases)::bigint" for name in summed),
    )  # fmt: skip
    currencies = [currency] if Metric.LOSSES in summed else []
    rows = rows_found(statement, [*parameters, *where, *currencies], "=" * (len(by) + 3) + "#" + "##" * len(summed))
    found.rows = "\n".join(sorted(map(repr, rows)))
    of_all = (1 << len(by) + 1) - 1
    for row in rows:
        codes, (month, year_only, grouping, number, *sums) = row[: len(by)], row[len(by) :]
        amounts = Amounts(number, dict(zip(summed, zip(sums[::2], sums[1::2], strict=True), strict=True)))
        # A bit of `grouping` is 0 for the column that a row sums, the first column being the highest bit.
        if grouping == of_all:
            found.total = amounts
        elif grouping & 1:
            at = next(at for at in range(len(by)) if not grouping >> (len(by) - at) & 1)
            found.by[by[at]][codes[at]] = amounts
        elif year_only:
            found.year_only[month.year] = found.year_only.get(month.year, Amounts()) + amounts
        else:
            found.months[month] = amounts
    found.months = dict(sorted(found.months.items()))
    return found
