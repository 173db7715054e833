"""What was supplied to a feeder minus what its customers' meters saw, as Ibis expressions.

A thief's rigs have no meter. What is missing has three parts: losses in the copper grow with the square of the load,
neighbours who bypass their meters follow the habits of people, and rigs take the same at every hour. The hour of the
day in which least is missing shows the constant part; a straight line through (square of the load, what is missing)
leaves what neither copper nor rigs explain, as the load of a customer who is filed under no feeder.
"""

import ibis
from ibis import _

A_DAY, AN_HOUR = 86_400, 3_600


def gaps_of(readings: ibis.Table, customers: ibis.Table, supplies: ibis.Table) -> ibis.Table:
    """Each feeder at each time: `supplied`, `metered` and `gap`, kW.

    `customers` has `meter`, `feeder`, its `mean` and its `scale`, 0.001 where a register counts watts; `supplies` has
    `meter` and `feeder`. Where a customer's reading is missing its mean stands in: a radio that is silent is no theft.
    """
    whole = customers.group_by("feeder").aggregate(whole=(_["mean"] * _.scale).sum(), customers=_.count())
    roles = customers.select("meter", "feeder", "mean", "scale", is_supply=False).union(
        supplies.select("meter", "feeder", mean=ibis.literal(0.0), scale=ibis.literal(1.0), is_supply=True)
    )
    measured = roles.semi_join(supplies, "feeder")
    sums = (
        readings.join(measured, "meter")
        .group_by("feeder", "second")
        .aggregate(
            supplied=_.kw.mean(where=_.is_supply),
            seen=((_.kw - _["mean"]) * _.scale).sum(where=~_.is_supply).fill_null(0.0),
        )
    )
    return (
        sums.join(whole, "feeder")
        .mutate(metered=_.seen + _.whole)
        .filter(_.supplied > 0, _.metered > 0)
        .select("feeder", "second", "supplied", "metered", "customers", gap=_.supplied - _.metered)
    )


def losses_of(gaps: ibis.Table) -> ibis.Table:
    """A row for each feeder: the constant part of its gap in kW, the part that follows the load, how much is left over.

    `constant` is the median of the gap in the hour of the day that has the smallest: lamps are off at noon, people
    asleep at night, rigs run. `copper` is the share of the mean load that grows with its square; `loose` is how far
    the gap usually lies from the straight line, as a share of the mean supply.
    """
    scale = ibis.window(group_by="feeder")
    rows = gaps.mutate(usual=_.metered.mean().over(scale)).mutate(x=_.metered * _.metered / _.usual)
    sums = rows.group_by("feeder").aggregate(
        n=_.count(), customers=_.customers.max(), supplied=_.supplied.mean(), metered=_.metered.mean(),
        gap=_.gap.mean(), x=_.x.mean(), xx=(_.x * _.x).mean(), xy=(_.x * _.gap).mean(),
        by_night=_.gap.mean(where=(_.second % A_DAY // AN_HOUR < 5)),
        by_day=_.gap.mean(where=(_.second % A_DAY // AN_HOUR).between(9, 16)),
    )  # fmt: skip
    around = sums.mutate(x_var=_.xx - _.x * _.x, covary=_.xy - _.x * _.gap)
    lines = around.mutate(copper=ibis.ifelse(_.x_var > 1e-6 * _.x * _.x, _.covary / _.x_var, 0.0))
    hours = gaps.group_by("feeder", hour=_.second % A_DAY // AN_HOUR).aggregate(middle=_.gap.median().cast("float64"))
    least = hours.group_by("feeder").aggregate(constant=_.middle.min())
    left = rows.join(lines.select("feeder", "copper"), "feeder").mutate(rest=_.gap - _.copper * _.x)
    spread = left.group_by("feeder").aggregate(width=_.rest.quantile(0.84) - _.rest.quantile(0.16))
    found = lines.join(least, "feeder").join(spread, "feeder")
    return found.select(
        "feeder", "n", "customers", "supplied", "metered", "gap", "copper", "by_night", "by_day", "constant",
        loose=_.width / 2 / _.supplied,
    )  # fmt: skip
