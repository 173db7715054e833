"""Days as sources give them: sometimes only the month or the year is known."""

from django.db.models import Case, CheckConstraint, DateField, DurationField, F, Q, TextChoices, Value, When
from django.db.models.functions import Cast
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _


class Precision(TextChoices):
    DAY = "day", _("Day")
    MONTH = "month", _("Month")
    YEAR = "year", _("Year")


def day_as_known(day, precision=Precision.DAY):
    """A day as far as it is known: 2021-09-25, 2021-09, 2021. An en dash where it is not said."""
    if day is None:
        return "–"
    if precision == Precision.YEAR:
        return str(day.year)
    return date_format(day, "YEAR_MONTH_FORMAT" if precision == Precision.MONTH else "DATE_FORMAT")


def coarse_dates_start_their_period(day, precision="date_precision"):
    """A date known only to the month or the year is stored as its first day."""
    return CheckConstraint(
        name="%(app_label)s_%(class)s_coarse_dates_start_their_period",
        condition=Q(**{f"{day}__isnull": True})
        | Q(**{precision: Precision.DAY})
        | Q(**{precision: Precision.MONTH, f"{day}__day": 1})
        | Q(**{precision: Precision.YEAR, f"{day}__day": 1, f"{day}__month": 1}),
        violation_error_message=_("A date known only to the month or the year is stored as its first day."),
    )


def last_possible_day(day, precision="date_precision"):
    """The last day that the stored date may stand for, as a database expression."""
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
    from django.db.models import Func

    return Func(Value(text), template="%(expressions)s::interval", output_field=DurationField())
