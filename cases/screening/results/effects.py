"""What a meter, a feeder or an area took before and after a raid: avoided energy as measured.

Days are compared with days, by a regression over the mean load of each: how much less it is since the raid, beside
what weekends, the temperature (from 15 °C down and 22 °C up) and, over more than a year, the season explain. That is
option C of the International Performance Measurement and Verification Protocol (whole facility). Days resemble the
days before them, so the 95 % interval uses the covariance of Newey and West (Econometrica 55, 1987).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from math import tau
from zoneinfo import ZoneInfo

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Case, MeasuredAvoided, ScreenedMeter, ScreeningRun
from cases.models.screening import RunState, Subject
from regions.models import Region

from .kept import folder_of, hours_file
from .pictures import EPOCH

LONGEST = 366  # days that are looked at on each side
LEAST = 14  # days on each side
LEAST_HOURS = 18  # of a day
A_YEAR = 365  # days before, of which the season can be told
HEATED_BELOW, COOLED_ABOVE = 15, 22  # °C
RESEMBLE = 7  # days: as long as the days before tell something of a day
SURE = 1.96  # standard errors, of a 95 % interval
KNOWN = 0.9  # of the days: a meter of an area that is known on fewer is left out

ADJUSTMENTS = {
    "weekend": gettext_lazy("weekends"),
    "temperature": gettext_lazy("temperature"),
    "season": gettext_lazy("season"),
}


class TooLittle(Exception):
    """What is missing to compare, as a text for people."""


@dataclass(frozen=True)
class Less:
    """How much less is taken since the raid: kW, the interval and what it was adjusted for."""

    kw_before: float
    kw_after: float
    kw_low: float
    kw_best: float
    kw_high: float
    days_before: int
    days_after: int
    first_day: date
    last_day: date
    adjusted_for: list[str]


def less_since(days: dict[date, float], raided: tuple[date, date], celsius: dict[date, float]) -> Less:
    """Compare `days`, the mean load of each in kW, before and after the first and last day on which the raid may be.

    Raises TooLittle.
    """
    first, last = raided
    long = timedelta(LONGEST)
    before = sorted(day for day in days if first - long <= day < first)
    after = sorted(day for day in days if last < day <= last + long)
    if min(len(before), len(after)) < LEAST:
        told = {"before": len(before), "after": len(after), "least": LEAST}
        raise TooLittle(
            _("It takes %(least)s days on each side; known are %(before)s before and %(after)s after.") % told
        )
    compared = before + after
    kw = np.array([days[day] for day in compared])
    since = np.array([day > last for day in compared], float)
    columns = {"weekend": [np.array([day.weekday() >= 5 for day in compared], float)]}
    if all(day in celsius for day in compared):
        degrees = np.array([celsius[day] for day in compared])
        columns["temperature"] = [np.maximum(HEATED_BELOW - degrees, 0), np.maximum(degrees - COOLED_ABOVE, 0)]
    if (before[-1] - before[0]).days >= A_YEAR - 1:
        angle = np.array([tau * day.timetuple().tm_yday / 365.25 for day in compared])
        columns["season"] = [np.sin(angle), np.cos(angle)]
    used = {name: [column for column in its if np.ptp(column) > 0] for name, its in columns.items()}
    shape = np.column_stack([since, np.ones(len(compared)), *(column for its in used.values() for column in its)])
    change, error = _first_coefficient(shape, kw)
    return Less(
        float(kw[since == 0].mean()), float(kw[since == 1].mean()), -change - SURE * error, -change,
        -change + SURE * error, len(before), len(after), compared[0], compared[-1],
        [name for name, its in used.items() if its],
    )  # fmt: skip


def _first_coefficient(shape, values):
    """(the first coefficient of a least-squares fit, its standard error after Newey and West)"""
    inverse = np.linalg.pinv(shape.T @ shape)
    fitted = inverse @ shape.T @ values
    scores = shape * (values - shape @ fitted)[:, None]
    middle = scores.T @ scores
    for lag in range(1, min(RESEMBLE, len(values) - 1) + 1):
        product = scores[lag:].T @ scores[:-lag]
        middle += (1 - lag / (RESEMBLE + 1)) * (product + product.T)
    spread = inverse @ middle @ inverse * len(values) / (len(values) - shape.shape[1])
    return float(fitted[0]), float(np.sqrt(max(spread[0, 0], 0)))


def runs_about(case: Case, user) -> list[ScreeningRun]:
    """The runs with readings that `user` may see, over regions around the case or within its own; oldest first."""
    runs = ScreeningRun.objects.visible_to(user).about(case.region).filter(state=RunState.DONE, purged_at=None)
    return [run for run in runs.order_by("first_day", "started_at") if hours_file(run).exists()]


def subjects_of(case: Case, runs: Iterable[ScreeningRun]) -> list[tuple[Subject, str]]:
    """What can be measured for `case`: the meters whose lead led to it, their feeders, and its region."""
    screened = ScreenedMeter.objects.filter(run__in=runs)
    led = list(screened.filter(lead__led_to=case).order_by("rank"))
    found = [(Subject.FEEDER, hit.feeder) if hit.is_feeder else (Subject.METER, hit.meter) for hit in led]
    supplied = screened.filter(is_feeder=True, feeder__in={hit.feeder for hit in led} - {""})
    found += [(Subject.FEEDER, name) for name in supplied.order_by("feeder").values_list("feeder", flat=True)]
    if _customers_in(case.region, screened).exists():
        found.append((Subject.AREA, case.region.code))
    return list(dict.fromkeys(found))


def _customers_in(region, screened):
    return screened.filter(is_feeder=False, region__in=Region.objects.within(region).values("pk"))


def meters_behind(subject: str, name: str, case: Case, runs: Iterable[ScreeningRun]) -> set[str]:
    """The numbers of the meters that show what the subject takes; of a feeder its supply meter."""
    screened = ScreenedMeter.objects.filter(run__in=runs)
    if subject == Subject.AREA:
        return set(_customers_in(case.region, screened).values_list("meter", flat=True))
    named = screened.filter(is_feeder=True, feeder=name) if subject == Subject.FEEDER else screened.filter(meter=name)
    return set(named.values_list("meter", flat=True))


def daily_loads(runs: Iterable[ScreeningRun], meters: set[str]) -> dict[date, float]:
    """{day: the mean load of `meters` together, kW}. Where runs overlap, the later one is believed.

    Of several meters those that are known on most days count; on a day when some are silent, the others stand for them.
    """
    import pyarrow.parquet as pq  # only who measures loads it

    loads = {}
    for run in runs:
        hours = pq.read_table(hours_file(run), filters=[("meter", "in", sorted(meters))])
        means = hours.group_by(["meter", "day"]).aggregate([("kw", "mean"), ("kw", "count")]).to_pylist()
        for row in means:
            if row["kw_count"] >= LEAST_HOURS:
                loads.setdefault(row["meter"], {})[row["day"]] = row["kw_mean"]
    days = sorted({day for its in loads.values() for day in its})
    usual = {
        meter: sum(its.values()) / len(its) for meter, its in loads.items() if len(its) >= KNOWN * len(days)
    }  # fmt: skip
    together, found = sum(usual.values()), {}
    for day in days:
        known = [meter for meter in usual if day in loads[meter]]
        expected = sum(usual[meter] for meter in known)
        whole = sum(loads[meter][day] for meter in known)
        if known:
            scale = together / expected if len(known) < len(usual) and expected > 0 else 1
            found[EPOCH + timedelta(days=day)] = whole * scale
    return found


def celsius_of(runs: Iterable[ScreeningRun]) -> dict[date, float]:
    """{day: mean temperature, °C} of the weather that came with `runs`."""
    from cases.screening.on_file import read_on_file

    found = {}
    for run in runs:
        path = folder_of(run) / "temperature.csv"
        if path.is_file():
            weather = read_on_file(None, ZoneInfo(run.time_zone or "UTC"), temperature=path).weather
            found |= {EPOCH + timedelta(days=day): float(np.mean(degrees)) for day, degrees in weather.items()}
    return found


def keep_measured(case: Case, subject: str, name: str, less: Less, run: ScreeningRun, *, by) -> MeasuredAvoided:
    """Store what was measured, in place of what was measured of the same before."""
    values = {**vars(less), "run": run, "by": by}
    kept, _is_new = MeasuredAvoided.objects.update_or_create(case=case, subject=subject, name=name, defaults=values)
    return kept
