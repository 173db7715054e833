"""The days that a brief is about, and those it is compared with."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from cases.pictures.charts import LATE
from regions.filters.base import DayField
from regions.grammar.dates import Precision, day_as_known, days_on

LONGEST = 30  # years
FIRST_YEAR = 2009  # of mining; nothing before it is compared with
# WeChat appends to a shared link from where it was opened, under the name of our parameter.
OPENED_IN_WECHAT = {"singlemessage", "groupmessage", "timeline"}


@dataclass(frozen=True)
class BriefPeriod:
    """From `first` to `last`, both included."""

    first: date
    last: date

    @property
    def months(self):
        """How many whole calendar months it is; None where it begins or ends inside one."""
        if self.first.day != 1 or self.last != _end_of_month(self.last):
            return None
        return 12 * (self.last.year - self.first.year) + self.last.month - self.first.month + 1

    @property
    def in_words(self):
        """2021 · March 2021 · January 2021 – March 2021 · 3 Mar 2021 – 9 Mar 2021."""
        if self.months == 12 and self.first.month == 1:
            return day_as_known(self.first, Precision.YEAR)
        if self.months:
            ends = [date_format(day, "YEAR_MONTH_FORMAT") for day in (self.first, self.last)]
        else:
            ends = [day_as_known(self.first), day_as_known(self.last)]
        return " – ".join(dict.fromkeys(ends))

    def before(self):
        """The period of the same length that ends the day before; None before there was mining."""
        if self.months:
            return _if_mined(self._moved(-self.months))
        length = self.last - self.first
        last = days_on(self.first, -1)
        return _if_mined(BriefPeriod(days_on(last, -length.days), last))

    def a_year_before(self):
        """The same days of the year before; None before there was mining, or where they are those of `before`."""
        found = _if_mined(self._moved(-12))
        return None if found == self.before() else found

    def is_unfinished(self, today):
        """Whether cases of it still reach the record, as they do for some months."""
        return days_on(self.last, LATE.days) > today

    def _moved(self, months):
        ends = (_in_other_month(self.first, months), _in_other_month(self.last, months))
        return BriefPeriod(ends[0], _end_of_month(ends[1])) if self.months else BriefPeriod(*ends)


def _if_mined(period):
    return period if period.first.year >= FIRST_YEAR else None


def _in_other_month(day, months):
    years, month = divmod(12 * day.year + day.month - 1 + months, 12)
    if years < 1:
        return date.min
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def _end_of_month(day):
    return day.replace(day=monthrange(day.year, day.month)[1])


def last_month(today):
    last = today.replace(day=1) - timedelta(days=1)
    return BriefPeriod(last.replace(day=1), last)


def usual_periods(today):
    """[(name, BriefPeriod)] of what a superior asks for."""
    month = last_month(today)
    quarter_begins = date(today.year, 3 * ((today.month - 1) // 3) + 1, 1)
    quarter = BriefPeriod(_in_other_month(quarter_begins, -3), quarter_begins - timedelta(days=1))
    year = today.year - 1
    return [
        (pgettext_lazy("period", "Last month"), month),
        (pgettext_lazy("period", "Last quarter"), quarter),
        (pgettext_lazy("period", "This year"), BriefPeriod(date(today.year, 1, 1), today)),
        (pgettext_lazy("period", "Last year"), BriefPeriod(date(year, 1, 1), date(year, 12, 31))),
    ]


class PeriodForm(forms.Form):
    """`from` and `to`: a day, a month or a year each. Without both the days that the question to the cases names.

    Without those it is the last whole month.
    """

    use_required_attribute = False

    def __init__(self, data, today=None):
        self.today = today or localdate()
        usual = last_month(self.today)
        given = {name: _given(data.getlist(name)) for name in ("from", "to")}
        if not any(given.values()):
            given = {"from": data.get("occurred_after", ""), "to": data.get("occurred_before", "")}
        if not any(given.values()):
            given = {"from": usual.first.isoformat(), "to": usual.last.isoformat()}
        super().__init__(given, label_suffix="")
        self.fields["from"] = DayField(label=gettext_lazy("From"), required=False)
        self.fields["to"] = DayField(label=gettext_lazy("To"), required=False, last=True)

    def clean(self):
        if self.errors:
            return
        first, last = self.cleaned_data.get("from"), self.cleaned_data.get("to")
        last = last or self.today
        first = first or date(last.year, 1, 1)
        if last < first:
            raise ValidationError({"to": _("The end cannot be before the start.")})
        if last.year - first.year >= LONGEST:
            raise ValidationError({"from": _("A brief covers at most %(years)s years.") % {"years": LONGEST}})
        self.cleaned_data["period"] = BriefPeriod(first, last)

    @property
    def period(self):
        """The BriefPeriod asked for; None where it cannot be read, with the reason in `errors`."""
        return self.cleaned_data.get("period") if self.is_valid() else None


def _given(values):
    return next((value for value in values if value not in OPENED_IN_WECHAT), "")
