"""What is summed up on a case, so that lists sort, filter and add without reading its lines."""

from collections import defaultdict

from django.db import connection, transaction

from cases import power
from cases.doubts import open_doubts
from cases.method.factors import GridFactors
from cases.method.lines import line_of
from cases.models import FactorSet, Figure, Rig, Seizure
from cases.models.case import ElectricityCheck
from cases.models.field import FigureBasis, Quantity
from cases.selection import search


@transaction.atomic
def sum_up(cases) -> int:
    """Write what a list of cases sorts, sums and filters by: `rigs`, `kw_*`, the grid's factor, doubts and the words.

    `rigs` is NULL where no line states a count. `kw_*` is the load of the rigs if they run, and NULL where
    there is no count or where what was metered shows that they did not run: a rig in storage saves nothing.
    Returns how many cases it wrote.
    """
    classes = list(Rig.objects.filter(is_generic=True).values_list("kind", "released_year", "power_w"))
    seized = Seizure.objects.filter(raid__case__in=cases, count__isnull=False)
    lines, counts = defaultdict(list), defaultdict(list)
    for seizure in seized.select_related("rig", "raid__case").order_by("pk"):
        case = seizure.raid.case
        counts[case.pk].append((seizure.count, seizure.qualifier))
        if case.electricity_check != ElectricityCheck.IMPLAUSIBLE:
            lines[case.pk].append(line_of(seizure, case.occurred_on.year, classes))
    # A line that the catalogue cannot rate leaves the case without a load: part of one would mislead.
    lines = {pk: rated for pk, rated in lines.items() if None not in rated}
    losses = {}
    stated = Figure.objects.filter(case__in=cases, quantity=Quantity.LOSS, basis=FigureBasis.TOTAL)
    for pk, amount, currency in stated.order_by("pk").values_list("case", "amount", "currency"):
        # A second amount is the same loss in another currency or by another source, not another loss.
        losses.setdefault(pk, (amount, currency))
    factors, given = GridFactors(), FactorSet.objects.assumptions()
    rows = []
    for pk, path, day in cases.values_list("pk", "region__path", "occurred_on"):
        kw = power.running_kw(lines[pk], given) if pk in lines else (None, None, None)
        rigs = sum(count for count, _qualifier in counts[pk]) if counts[pk] else None
        qualifiers = {qualifier for _count, qualifier in counts[pk]}
        # Lines of different exactness add up to "about"; of one exactness, to that.
        qualifier = qualifiers.pop() if len(qualifiers) == 1 else "about" if qualifiers else ""
        factor = factors.of(path, day.year)
        kg_co2_per_kwh = float(factor.value) if factor else None
        rows.append((pk, rigs, qualifier, *kw, kg_co2_per_kwh, *losses.get(pk, (None, ""))))
    _write(rows)
    open_doubts.review([row[0] for row in rows])
    return search.index(cases)


# What `sum_up` writes, with the type it has in the database.
SUMS = {
    "rigs": "int",
    "rigs_qualifier": "text",
    "kw_low": "float8",
    "kw_best": "float8",
    "kw_high": "float8",
    "kg_co2_per_kwh": "float8",
    "loss_amount": "numeric",
    "loss_currency": "text",
}


def _write(rows):
    """One statement for all `rows`, (pk, *SUMS). A case whose sums stay is not a changed case."""
    arrays = ", ".join(f"%s::{kind}[]" for kind in ("bigint", *SUMS.values()))
    change = ", ".join(f"{name} = new.{name}" for name in SUMS)
    stored, new = (", ".join(f"{table}.{name}" for name in SUMS) for table in ("cases_case", "new"))
    statement = (
        f"UPDATE cases_case SET {change}, changed_at = clock_timestamp()"  # noqa: S608 - our own names
        f" FROM unnest({arrays}) AS new (id, {', '.join(SUMS)})"
        f" WHERE cases_case.id = new.id AND ({stored}) IS DISTINCT FROM ({new})"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)] or [[]] * (len(SUMS) + 1))
