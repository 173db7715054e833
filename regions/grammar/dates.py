"""Stored days with their precision: of some, the source names only the month or the year."""

import datetime

from django.db.models import Case, CheckConstraint, DateField, DurationField, F, Func, Q, TextChoices, Value, When
from django.db.models.functions import Cast
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from .language import reads_chinese


class Precision(TextChoices):
    DAY = "day", _("Day")
    MONTH = "month", _("Month")
    YEAR = "year", _("Year")


def day_as_known(day: datetime.date | None, precision: str = Precision.DAY) -> str:
    """A day with its precision, as people write it: 25 Sep 2021, Sep 2021 or 2021. A dash where it is not known."""
    if day is None:
        return "–"
    if precision == Precision.YEAR:
        return f"{day.year}年" if reads_chinese() else str(day.year)
    return date_format(day, "YEAR_MONTH_FORMAT" if precision == Precision.MONTH else "DATE_FORMAT")


def days_on(day: datetime.date, number: int) -> datetime.date:
    """The day that many days later, or earlier; where the calendar ends, its last or first day.

    Nothing forbids anybody to ask for 9999-12-31, or the administration to store it.
    """
    try:
        return day + datetime.timedelta(days=number)
    except OverflowError:
        return datetime.date.max if number > 0 else datetime.date.min


def moment(at: datetime.datetime | None, clock: str = "%H:%M") -> str:
    """A moment in the time zone of the office, with that zone: 25 Sep 2021, 10:02 UTC+8. A dash where there is none."""
    if at is None:
        return "–"
    local = localtime(at)
    return f"{date_format(local.date())}{'' if reads_chinese() else ','} {clock_time(at, clock)}"


def clock_time(at: datetime.datetime, clock: str = "%H:%M") -> str:
    """The time of a moment in the time zone of the office, with that zone: 10:02 UTC+8. `clock` as strftime has it."""
    local = localtime(at)
    minutes = int(local.utcoffset().total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    zone = f"{'-' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}" if minutes else ""
    return f"{local:{clock}} UTC{zone}"


def coarse_dates_start_their_period(day: str, precision: str = "date_precision") -> CheckConstraint:
    """A date known only to the month or the year is stored as its first day."""
    return CheckConstraint(
        name="%(app_label)s_%(class)s_coarse_dates_start_their_period",
        condition=Q(**{f"{day}__isnull": True})
        | Q(**{precision: Precision.DAY})
        | Q(**{precision: Precision.MONTH, f"{day}__day": 1})
        | Q(**{precision: Precision.YEAR, f"{day}__day": 1, f"{day}__month": 1}),
        violation_error_message=_("A date known only to the month or year is stored as the first day of that period."),
    )


def last_possible_day(day: str, precision: str = "date_precision") -> Cast:
    """The last day of the day, month or year that is stored, as a database expression."""
    return Cast(
        F(day)
        + Case(
            When(**{precision: Precision.MONTH}, then=_interval("1 month -1 day")),
            When(**{precision: Precision.YEAR}, then=_interval("1 year -1 day")),
            default=_interval("0"),
            output_field=DurationField(),
        ),
        DateField(),
    )


def _interval(text):
    return Func(Value(text), template="%(expressions)s::interval", output_field=DurationField())
