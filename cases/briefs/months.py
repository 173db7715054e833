"""The cases of a brief by month; by year where there are many months."""

from calendar import monthrange
from datetime import date

from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.pictures import bars
from regions.grammar.dates import days_on
from regions.grammar.language import between_sentences, reads_chinese
from regions.grammar.quantities import figure

from .period import LATE

MOST_MONTHS = 36


class ByMonth:
    """Bars of how many cases of `selection` each month of `period` has, as `cases.pictures.frame.Framed` draws them."""

    name = "trend"

    def __init__(self, selection, period, today):
        self.selection, self.period, self.today = selection, period, today

    @cached_property
    def by_year(self):
        return len(self._months) > MOST_MONTHS

    @cached_property
    def _months(self):
        """The first days of its months, until that of today."""
        first, last = self.period.first, min(self.period.last, self.today)
        count = range(12 * first.year + first.month - 1, 12 * last.year + last.month)
        return [date(month // 12, month % 12 + 1, 1) for month in count]

    @cached_property
    def slots(self):
        if not self.by_year:
            found = {row["month"]: row["cases"] for row in self.selection.trend()}
            return [self._slot(month, found.get(month, 0)) for month in self._months]
        found = {year: amounts.cases for year, amounts in self.selection.measures.years.items()}
        years = range(self._months[0].year, self._months[-1].year + 1)
        return [self._slot(date(year, 1, 1), found.get(year, 0)) for year in years]

    def _slot(self, day, cases):
        last = date(day.year, 12, 31) if self.by_year else day.replace(day=monthrange(day.year, day.month)[1])
        name = str(day.year) if self.by_year else date_format(day, "YEAR_MONTH_FORMAT")
        return bars.Slot(
            day,
            last,
            cases,
            name,
            unfinished=days_on(last, LATE.days) > self.today,
            words=f"{name}: {figure(cases)}",
            address=self.selection.address(occurred_after=day.isoformat(), occurred_before=last.isoformat(), page=None),
        )

    @property
    def is_drawn(self):
        """One bar says nothing that the sum does not, and no bar says nothing at all."""
        return len(self.slots) > 1 and any(slot.amount for slot in self.slots)

    @cached_property
    def picture(self):
        by_month = len(self.slots) <= bars.MOST_NAMED and not self.by_year
        return bars.columns(
            self.slots,
            lambda amount: figure(amount),
            still_filling_up=_("still filling up"),
            **({"named": _month} if by_month else {}),
        )

    @property
    def title(self):
        return _("Cases by year") if self.by_year else _("Cases by month")

    subtitle = title

    @property
    def in_words(self):
        """The chart for whoever does not see it."""
        highest = max(self.slots, key=lambda slot: slot.amount)
        return _("The highest bar is %(bar)s.") % {"bar": highest.words}

    def source_of(self, most):
        """What is not drawn, and what to be careful with."""
        told, left_out = [], 0 if self.by_year else self.selection.undated()["cases"]
        if left_out:
            text = ngettext(
                "%(count)s case is known only by its year and is not drawn.",
                "%(count)s cases are known only by their year and are not drawn.",
                left_out,
            )
            told.append(text % {"count": figure(left_out)})
        if any(slot.unfinished for slot in self.slots):
            told.append(_("On grey: still filling up, because cases reach the record late."))
        return between_sentences().join(told)

    @property
    def source(self):
        return self.source_of(0)


def _month(slot):
    return f"{slot.first_day.month}月" if reads_chinese() else date_format(slot.first_day, "M")
