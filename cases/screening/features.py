"""What a meter's readings say of it, as Ibis expressions: the same on DuckDB and on Spark.

Three passes over the readings, which may be hundreds of millions: by meter and day, by meter and step of load, by meter
and hour. All else is made from those small tables. Ratios, not kilowatts, are compared: a mine of ten rigs and one of a
thousand have one shape.

A table of readings has `meter`, `second` (of local time, since 1970) and `kw`.
"""

import ibis
import pyarrow as pa
from ibis import _

A_DAY, AN_HOUR = 86_400, 3_600
STEPS = 50  # of the histogram, from nothing to the usual top of a day
WORK, NIGHT, HOT, EVENING = (9, 17), (0, 5), (13, 18), (18, 21)


def days_of(readings: ibis.Table) -> ibis.Table:
    """A row for each meter and local day."""
    timed = readings.select(
        "meter", "kw", day=(_.second // A_DAY).cast("int32"), hour=(_.second % A_DAY // AN_HOUR).cast("int32")
    )

    def mean_between(hours):
        return _.kw.mean(where=(_.hour >= hours[0]) & (_.hour < hours[1]))

    return timed.group_by("meter", "day").aggregate(
        readings=_.count(),
        mean=_.kw.mean(),
        square=(_.kw * _.kw).mean(),
        low=_.kw.min(),
        high=_.kw.max(),
        night=mean_between(NIGHT),
        work=mean_between(WORK),
        hot=mean_between(HOT),
        evening=mean_between(EVENING),
    )


def steps_of(readings: ibis.Table, tops: ibis.Table) -> ibis.Table:
    """How many readings of each meter lie on each step of its load, and what they sum to."""
    found = readings.join(tops, "meter").select(
        "meter", "kw", step=ibis.greatest(ibis.least((_.kw / _.top * STEPS).floor(), STEPS * 2.0), -1.0).cast("int32")
    )
    return found.group_by("meter", "step").aggregate(count=_.count(), total=_.kw.sum(), square=(_.kw * _.kw).sum())


def hours_of(readings: ibis.Table, plateaus: ibis.Table) -> ibis.Table:
    """For each meter and hour of the day: its mean, and how many readings are on the plateau or clearly below it."""
    found = readings.join(plateaus.select("meter", "plateau_kw"), "meter").select(
        "meter", "kw", "plateau_kw", hour=(_.second % A_DAY // AN_HOUR).cast("int32")
    )
    return found.group_by("meter", "hour").aggregate(
        count=_.count(),
        on=((_.kw - _.plateau_kw).abs() < 0.06 * _.plateau_kw).sum(),
        off=(_.kw < 0.7 * _.plateau_kw).sum(),
        mean=_.kw.mean(),
    )


def tops_of(days: ibis.Table) -> ibis.Table:
    """The usual top of a day of each meter that has a load at all."""
    return days.group_by("meter").aggregate(top=_.high.median().cast("float64")).filter(_.top > 0)


def shape_of(days: ibis.Table) -> ibis.Table:
    """One row a meter: levels, ratios within a day, and how alike its days are."""
    in_order = ibis.window(group_by="meter", order_by="day")
    rows = days.mutate(
        before=_.mean.lag().over(in_order),
        spread=ibis.greatest(_.square - _.mean * _.mean, 0.0).sqrt(),
        weekend=((_.day + 3) % 7 >= 5),  # day 0, 1 January 1970, was a Thursday
    )
    used = _.mean > 0

    def usual(ratio, counts):  # Spark's median takes no condition: what does not count is NULL
        return ibis.ifelse(counts, ratio, None).median().cast("float64")

    found = rows.group_by("meter").aggregate(
        readings=_.readings.sum(),
        days=_.count(),
        first_day=_.day.min(),
        last_day=_.day.max(),
        usual_count=_.readings.median().cast("float64"),
        lowest=_.low.min(),
        highest=_.high.max(),
        mean=_.mean.mean(),
        base=_.low.median().cast("float64"),
        top=_.high.median().cast("float64"),
        zero_days=(_.high <= 0).sum(),
        unchanged_days=((_.high == _.low) & (_.high != 0)).sum(),
        # The load fell and came back, but not to nothing: that would be the mains. In part: not as a pump that stops.
        broken_days=((_.low < 0.8 * _.mean) & (_.low > 0.05 * _.mean)).sum(),
        partly_broken_days=((_.low < 0.8 * _.mean) & (_.low > 0.2 * _.mean)).sum(),
        load_factor=usual(_.mean / _.high, used),
        base_share=usual(_.low / _.mean, used),
        within_day=usual(_.spread / _.mean, used),
        night_to_work=usual(_.night / _.work, used & (_.work > 0)),
        evening_to_work=usual(_.evening / _.work, used & (_.work > 0)),
        hot_to_night=usual(_.hot / _.night, used & (_.night > 0)),
        day_to_day=usual((_.mean - _.before).abs() / ibis.greatest(_.mean, _.before), used & (_.before > 0)),
        on_weekends=_.mean.mean(where=_.weekend),
        on_weekdays=_.mean.mean(where=~_.weekend),
    )
    return found.mutate(weekend_to_week=_.on_weekends / _.on_weekdays.nullif(0)).drop("on_weekends", "on_weekdays")


def heat_of(days: ibis.Table, temperature: ibis.Table) -> ibis.Table:
    """How the load follows the weather: by day, and how afternoons fall behind nights on hot days.

    `temperature` has `day`, `celsius` and `hottest`. Slopes are shares of the mean a degree.
    """
    rows = days.join(temperature, "day").filter(_.mean > 0, _.night > 0).mutate(gap=_.hot / _.night)
    sums = rows.group_by("meter").aggregate(
        n=_.count(),
        x=_.celsius.mean(), xx=(_.celsius * _.celsius).mean(), y=_.mean.mean(), yy=(_.mean * _.mean).mean(),
        xy=(_.celsius * _.mean).mean(),
        u=_.hottest.mean(), uu=(_.hottest * _.hottest).mean(), v=_.gap.mean(), vv=(_.gap * _.gap).mean(),
        uv=(_.hottest * _.gap).mean(),
    )  # fmt: skip
    around = sums.filter(_.n >= 7).mutate(
        x_var=_.xx - _.x * _.x, y_var=_.yy - _.y * _.y, u_var=_.uu - _.u * _.u, v_var=_.vv - _.v * _.v
    )
    warm, hot = _.xy - _.x * _.y, _.uv - _.u * _.v
    return around.select(
        "meter",
        warmth=ibis.ifelse(_.x_var > 0.01, warm / _.x_var / _.y, None),
        warmth_fit=ibis.ifelse((_.x_var > 0.01) & (_.y_var > 1e-6 * _.y * _.y), warm / (_.x_var * _.y_var).sqrt(), 0.0),
        heat=ibis.ifelse(_.u_var > 0.01, hot / _.u_var, None),
        heat_fit=ibis.ifelse((_.u_var > 0.01) & (_.v_var > 1e-6), hot / (_.u_var * _.v_var).sqrt(), 0.0),
    )


def begun_of(days: ibis.Table, least: int = 3) -> ibis.Table:
    """The day that splits a meter's days best into two means: when something began, or ended, and how many kW.

    `split` is the share of the variation between days that the split explains.
    """
    until = ibis.window(group_by="meter", order_by="day", following=0)
    whole = ibis.window(group_by="meter")
    rows = days.select(
        "meter", "day",
        n=_.mean.count().over(until), total=_.mean.sum().over(until),
        all_n=_.mean.count().over(whole), all=_.mean.sum().over(whole), squares=(_.mean * _.mean).sum().over(whole),
    ).filter(_.n >= least, _.all_n - _.n >= least)  # fmt: skip
    means = rows.mutate(first=_.total / _.n, second=(_.all - _.total) / (_.all_n - _.n))
    apart = means.mutate(
        between=_.n * (_.all_n - _.n) / _.all_n * (_.second - _.first) * (_.second - _.first),
        within=_.squares - _.all * _.all / _.all_n,
    )
    best = ibis.window(group_by="meter", order_by=[ibis.desc("between"), "day"])
    return (
        apart.mutate(place=ibis.row_number().over(best))
        .filter(_.place == 0)
        .select(
            "meter",
            step_day=_.day + 1,
            step_kw=_.second - _.first,
            before_kw=_.first,
            after_kw=_.second,
            split=ibis.ifelse(_.within > 1e-9, _.between / _.within, 0.0),
        )
    )


def plateaus_of(steps: ibis.Table) -> ibis.Table:
    """Where a meter's load stays: the three neighbouring steps that hold most readings.

    `plateau` is the share of all readings there, `plateau_kw` their mean, `rough` how much they vary.
    """
    around = ibis.range_window(group_by="meter", order_by="step", preceding=1, following=1)
    every = ibis.window(group_by="meter")
    wide = steps.mutate(
        held=_["count"].sum().over(around), kw=_.total.sum().over(around), squares=_.square.sum().over(around),
        all=_["count"].sum().over(every),
    ).filter(_.step >= 3)  # fmt: skip
    best = ibis.window(group_by="meter", order_by=[ibis.desc("held"), ibis.desc("step")])
    modes = wide.mutate(place=ibis.row_number().over(best)).filter(_.place == 0)
    return modes.mutate(plateau_kw=_.kw / _.held).select(
        "meter", "plateau_kw",
        plateau=_.held / _.all,
        rough=ibis.greatest(_.squares / _.held - _.plateau_kw * _.plateau_kw, 0.0).sqrt() / _.plateau_kw,
    )  # fmt: skip


def profile_of(hours: ibis.Table) -> ibis.Table:
    """Which part of the readings is on the plateau, or clearly below it, in the hours that tariffs know; and the wave.

    `wave` is the difference between the highest and the lowest hour of the mean day, as a share of its mean.
    """

    def share(what, first, last):
        within = _.hour.between(first, last)
        return what.sum(where=within) / _["count"].sum(where=within).nullif(0)

    found = hours.group_by("meter").aggregate(
        on=_.on.sum() / _["count"].sum(),
        on_night=share(_.on, 0, 5),
        on_noon=share(_.on, 13, 15),
        off_night=share(_.off, 0, 5),
        off_morning=share(_.off, 10, 10),
        off_noon=share(_.off, 13, 15),
        off_evening=share(_.off, 18, 20),
        highest_hour=_.mean.max(),
        lowest_hour=_.mean.min(),
        middle_hour=_.mean.mean(),
    )
    return found.mutate(wave=(_.highest_hour - _.lowest_hour) / _.middle_hour.nullif(0)).drop(
        "highest_hour", "lowest_hour", "middle_hour"
    )


def since_of(days: ibis.Table, begun: ibis.Table) -> ibis.Table:
    """The shape of the days on the higher side of the step: what a mine that began or ended looked like."""
    rows = days.join(begun, "meter").filter((_.day >= _.step_day) == (_.step_kw > 0))
    shape = shape_of(rows.select(*days.columns))
    kept = ("mean", "load_factor", "base_share", "within_day", "day_to_day")
    return shape.select("meter", **{f"{name}_since": shape[name] for name in kept})


def none_of_them() -> pa.Table:
    """The columns of `shapes_of_meters` without a row: where there are only bills."""
    readings = ibis.table({"meter": "string", "second": "int64", "kw": "float64"})
    days = days_of(readings)
    plateaus = plateaus_of(steps_of(readings, tops_of(days)))
    return shapes_of_meters(days, plateaus, hours_of(readings, plateaus), None).schema().to_pyarrow().empty_table()


def shapes_of_meters(
    days: ibis.Table, plateaus: ibis.Table, hours: ibis.Table, temperature: ibis.Table | None
) -> ibis.Table:
    """One row a meter with all of the above."""
    found, begun = shape_of(days), begun_of(days)
    others = [begun, since_of(days, begun), plateaus, profile_of(hours)]
    if temperature is not None:
        others.append(heat_of(days, temperature))
    for other in others:
        found = found.left_join(other, "meter").drop("meter_right")
    return found
