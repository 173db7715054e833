"""Years and days of other calendars, as days of ours."""

import datetime
import re

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .reading import normal_form, refusal


class Calendar(TextChoices):
    ROC = "roc", gettext_lazy("Republic of China (民國): year 110 is 2021")
    BUDDHIST = "buddhist", gettext_lazy("Buddhist: year 2564 is 2021")
    IRANIAN = "iranian", gettext_lazy("Iranian: year 1400 begins in March 2021")


ROC_BEGINS, BUDDHIST_BEGINS = 1911, -543
_ROC = re.compile(r"(?:民國|民国|中華民國|中华民国|roc)?\s*(元|\d{1,3})(?=\s*(?:年|[-/.])|$)", re.IGNORECASE)
_BUDDHIST = re.compile(r"(?:พ\.?ศ\.?|b\.?e\.?)?\s*(?<!\d)(2[45]\d\d)(?!\d)", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"(1[34]\d\d)[-/.](\d{1,2})(?:[-/.](\d{1,2}))?")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](1[34]\d\d)")
# The first day of 1400 of the Iranian calendar.
_OF_1400 = datetime.date(2021, 3, 21).toordinal()


def in_our_calendar(text: str, calendar: str) -> str:
    """The date `text` of a `calendar`, with the year or the day of ours. Raises ValidationError.

    Years of the Republic of China and Buddhist years differ from ours by their number alone. The months of the Iranian
    calendar begin at the equinox: of it only a whole day has a day of ours.
    """
    plain = normal_form(text)
    if calendar == Calendar.ROC:
        return _with_year(_ROC, plain, text, ROC_BEGINS)
    if calendar == Calendar.BUDDHIST:
        return _with_year(_BUDDHIST, plain, text, BUDDHIST_BEGINS)
    return _from_iranian(plain, text)


def _with_year(pattern, plain, text, begins):
    match = pattern.match(plain) if pattern is _ROC else pattern.search(plain)
    if not match:
        raise refusal(_("“%(text)s” is not a date of the calendar that was chosen."), text)
    year = begins + (1 if match[1] == "元" else int(match[1]))
    return plain[: match.start()] + str(year) + plain[match.end() :]


def _from_iranian(plain, text):
    if match := _YEAR_FIRST.fullmatch(plain):
        year, month, day = match.groups()
    elif match := _YEAR_LAST.fullmatch(plain):
        day, month, year = match.groups()
    else:
        raise refusal(_("“%(text)s” is not a date of the calendar that was chosen."), text)
    if day is None:
        raise refusal(_("“%(text)s”: a month of the Iranian calendar lies in two of ours. Write a day."), text)
    year, month, day = int(year), int(month), int(day)
    if not 1 <= month <= 12 or not 1 <= day <= _days_of(year, month):
        raise refusal(_("“%(text)s” is not a date of the calendar that was chosen."), text)
    before = sum(_days_of(year, earlier) for earlier in range(1, month))
    ordinal = _OF_1400 + _days_before(year) - _days_before(1400) + before + day - 1
    return datetime.date.fromordinal(ordinal).isoformat()


def _days_of(year, month):
    if month <= 6:
        return 31
    return 30 if month < 12 or _is_leap(year) else 29


def _is_leap(year):
    """By the cycle of 33 years, which agrees with the observed equinox from 1178 to 1633."""
    return year % 33 in (1, 5, 9, 13, 17, 22, 26, 30)


def _days_before(year):
    return 365 * year + sum(_is_leap(earlier) for earlier in range(1300, year))
