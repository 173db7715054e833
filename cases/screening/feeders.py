"""What was supplied to a feeder minus what its customers' meters saw, as Ibis expressions.

A thief's rigs have no meter. What is missing has three parts: losses in the copper grow with the square of the load,
neighbours who bypass their meters follow the habits of people, and rigs take the same at every hour. A straight line
through (square of the load, what is missing) tells the constant part from the rest.
"""

import ibis
from ibis import _

A_DAY, AN_HOUR = 86_400, 3_600


def gaps_of(readings: ibis.Table, customers: ibis.Table, supplies: ibis.Table) -> ibis.Table:
    """Each feeder at each time: `supplied`, `metered` and `gap`, kW.

    `customers` has `meter`, `feeder` and its `mean`; `supplies` has `meter` and `feeder`. Where a customer's reading is
    missing its mean stands in: a radio that is silent is no theft.
    """
    whole = customers.group_by("feeder").aggregate(whole=_["mean"].sum(), customers=_.count())
    roles = customers.select("meter", "feeder", "mean", is_supply=False).union(
        supplies.select("meter", "feeder", mean=ibis.literal(0.0), is_supply=True)
    )
    measured = roles.semi_join(supplies, "feeder")
    sums = (
        readings.join(measured, "meter")
        .group_by("feeder", "second")
        .aggregate(
            supplied=_.kw.mean(where=_.is_supply),
            seen=(_.kw - _["mean"]).sum(where=~_.is_supply).fill_null(0.0),
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

    `constant` is the gap where the line meets an empty feeder; `copper` the share of the mean load that grows with its
    square; `loose` the standard deviation that the line leaves, as a share of the mean supply.
    """
    scale = ibis.window(group_by="feeder")
    rows = gaps.mutate(usual=_.metered.mean().over(scale)).mutate(x=_.metered * _.metered / _.usual)
    sums = rows.group_by("feeder").aggregate(
        n=_.count(), customers=_.customers.max(), supplied=_.supplied.mean(), metered=_.metered.mean(),
        gap=_.gap.mean(), x=_.x.mean(), xx=(_.x * _.x).mean(), yy=(_.gap * _.gap).mean(), xy=(_.x * _.gap).mean(),
        by_night=_.gap.mean(where=(_.second % A_DAY // AN_HOUR < 5)),
        by_day=_.gap.mean(where=(_.second % A_DAY // AN_HOUR).between(9, 16)),
    )  # fmt: skip
    around = sums.mutate(x_var=_.xx - _.x * _.x, y_var=_.yy - _.gap * _.gap, covary=_.xy - _.x * _.gap)
    slope = ibis.ifelse(_.x_var > 1e-6 * _.x * _.x, _.covary / _.x_var, 0.0)
    return around.mutate(copper=slope).select(
        "feeder", "n", "customers", "supplied", "metered", "gap", "copper", "by_night", "by_day",
        constant=_.gap - _.copper * _.x,
        loose=ibis.greatest(_.y_var - _.copper * _.covary, 0.0).sqrt() / _.supplied,
    )  # fmt: skip
