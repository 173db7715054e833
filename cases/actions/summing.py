"""What is summed up on a case, so that lists sort, filter and add without reading its lines."""

from collections import defaultdict

from django.db import transaction

from cases import power
from cases.bulk import update_columns
from cases.doubts import open_doubts
from cases.method.factors import GridFactors
from cases.method.lines import line_of
from cases.models import Case, FactorSet, Figure, Rig, Seizure
from cases.models.case import ElectricityCheck
from cases.models.field import FigureBasis, Quantity
from cases.selection import search
from regions.models.region import codes_up, path_of

# What `sum_up` writes, with the type it has in the database.
SUMS = {
    "rigs": "int",
    "rigs_qualifier": "text",
    "kw_low": "float8",
    "kw_best": "float8",
    "kw_high": "float8",
    "kg_co2_per_kwh": "float8",
    "grid_gas": "text",
    "loss_amount": "numeric",
    "loss_currency": "text",
}


@transaction.atomic
def sum_up(cases) -> int:
    """Write what a list of cases sorts, sums and filters by: `rigs`, `kw_*`, the grid's factor, doubts and the words.

    Returns how many cases it wrote.
    """
    rows = sums_of(cases, FactorSet.objects.assumptions())
    # A case whose sums stay is not a changed case.
    changed_at = {"changed_at": "clock_timestamp()"}
    update_columns(Case, SUMS, rows, expressions=changed_at, unless_equal=True)
    written = search.index(cases)
    open_doubts.review([row[0] for row in rows])  # after the words, which it compares
    return written


def sums_of(cases, given):
    """[(primary key, a value for each of SUMS)] of `cases`, under the Assumptions `given`.

    `rigs` is NULL where no line states a count. `kw_*` is the load of the rigs if they run, and NULL where
    there is no count or where what was metered shows that they did not run: a rig in storage saves nothing.
    """
    classes = Rig.objects.generic_classes()
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
    factors, rows = GridFactors(), []
    for pk, path, day in cases.values_list("pk", path_of("region"), "occurred_on"):
        kw = power.running_kw(lines[pk], given) if pk in lines else (None, None, None)
        rigs = sum(count for count, _qualifier in counts[pk]) if counts[pk] else None
        qualifiers = {qualifier for _count, qualifier in counts[pk]}
        # Lines of different exactness add up to "about"; of one exactness, to that.
        qualifier = qualifiers.pop() if len(qualifiers) == 1 else "about" if qualifiers else ""
        factor = factors.of(codes_up(path), day.year)
        carbon = (float(factor.value), factor.gas) if factor else (None, "")
        rows.append((pk, rigs, qualifier, *kw, *carbon, *losses.get(pk, (None, ""))))
    return rows
