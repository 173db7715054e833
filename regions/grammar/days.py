"""A day, month or year as people write it, in our calendar or in another."""

import calendar
import datetime
import re

from django.db.models import TextChoices
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .dates import Precision
from .reading import any_case, in_chinese, normal_form, one_by_one, refusal
from .units import FORMAL_DIGITS

GENESIS = datetime.date(2009, 1, 3)

_DAY = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?\Z|(\d{4})\Z", re.ASCII)

# English, Malay and Indonesian, whole or shortened.
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januari", "february feb februari", "march mar mac maret mrt", "april apr", "may mei",
            "june jun juni", "july jul julai juli", "august aug ogos ogo agustus agu", "september sept sep",
            "october oct oktober okt", "november nov", "december dec disember dis desember des",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip

_MONTH = rf"(?P<name>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"

_CHINESE_DAY = re.compile(
    r"([零一二三四五六七八九]{4}) ?年 ?"
    r"(?:([一二三四五六七八九十]{1,3}) ?月 ?(?:([一二三四五六七八九十]{1,3}) ?[日号])?)?"
)

_DAYS = [
    any_case(r"(?P<year>\d{4})(?:(?P<by>[-/.])(?P<month>\d{1,2})(?:(?P=by)(?P<day>\d{1,2}))?)?"),
    any_case(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"),
    any_case(r"(?P<year>\d{4}) ?年 ?(?:(?P<month>\d{1,2}) ?月 ?(?:(?P<day>\d{1,2}) ?[日号])?)?"),
    any_case(rf"(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th|hb)?[ -](?:of )?)?{_MONTH}[ ,-] ?(?P<year>\d{{4}})"),
    any_case(rf"{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})"),
]

# A time of day after the day: the day is what counts.
_TIME = any_case(
    r"(?:T|,? +|(?<=[日号])) *(?:上午|下午|中午|晚上|凌晨|早上)? *\d{1,2}"
    r"(?:[:.]\d{2}(?:[:.]\d{2}(?:\.\d+)?)?|[时点](?:\d{1,2}分?(?:\d{1,2}秒)?|半)?|(?= ?[ap]m))"
    r"(?: ?[ap]\.?m\.?)?(?: ?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?\Z"
)
# A part of a month is stated to the month.
_PART_OF_MONTH = re.compile(r"(?<=\d)(?:月|[-/.])? ?(?:上旬|中旬|下旬|月?[初中底末]|旬)\Z")

_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})", re.ASCII)

_YEAR_OF_TWO_DIGITS = any_case(
    rf"\d{{1,2}}([-/.])\d{{1,2}}\1\d{{2}}|\d{{2}}年.*|(?:\d{{1,2}}[ -])?{_MONTH}[ -]'?\d{{2}}"
)

_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?", re.ASCII)

_SERIALS_BEGIN = datetime.date(1899, 12, 30)


def latest_today() -> datetime.date:
    """The day it is where it is latest, at UTC+14. Only what comes after it is in the future everywhere on Earth."""
    return (now().astimezone(datetime.UTC) + datetime.timedelta(hours=14)).date()


def when(text: str, *, today: datetime.date | None = None) -> tuple[datetime.date, Precision]:
    """The first day of the day, month or year that `text` names, and its precision. Raises ValidationError.

    Reads `2021-09-25`, `2021年9月`, `25 September 2021`, `25 Ogos 2021`, `2021`; of `2021-09-25 14:30` the day, of
    `2021年9月中旬` the month. Refuses days that have begun nowhere on Earth, days before Bitcoin, and a text that can
    mean two days.
    """
    plain = _without_time(text)
    if (without_part := _PART_OF_MONTH.sub("", plain)) != plain and re.fullmatch(
        r"\d{4}(年|[-/.])\d{1,2}", without_part
    ):
        plain = f"{without_part}月" if "年" in without_part else without_part
    year, month, day = _parts_of_day(plain, text)
    if year < GENESIS.year:
        raise refusal(_("“%(text)s” is before 2009-01-03, when the first bitcoin was mined."), text)
    if month is not None and not 1 <= month <= 12:
        raise refusal(_("“%(text)s”: month %(month)s does not exist."), text, month=month)
    if day is not None and not 1 <= day <= calendar.monthrange(year, month)[1]:
        there = {"month": f"{year}-{month:02}", "days": calendar.monthrange(year, month)[1]}
        raise refusal(_("“%(text)s”: %(month)s has %(days)s days."), text, **there)
    first = datetime.date(year, month or 1, day or 1)
    precision = Precision.DAY if day else Precision.MONTH if month else Precision.YEAR
    if first > (today or latest_today()):
        raise refusal(
            _("“%(text)s” is in the future: today is %(today)s."), text, today=(today or localdate()).isoformat()
        )
    if day and first < GENESIS:
        raise refusal(_("“%(text)s” is before 2009-01-03, when the first bitcoin was mined."), text)
    return first, precision


def day_or_month_first(text: str) -> tuple[str, str] | None:
    """The two days that `03/04/2021` can mean, the day first and the month first; None of a text that means one."""
    match = _YEAR_LAST.fullmatch(_without_time(text))
    if not match:
        return None
    first, second, year = int(match[1]), int(match[3]), match[4]
    if first == second or not (1 <= first <= 12 and 1 <= second <= 12):
        return None
    return f"{year}-{second:02}-{first:02}", f"{year}-{first:02}-{second:02}"


def _without_time(text):
    plain = normal_form(text)
    return _TIME.sub("", plain) or plain


def _parts_of_day(plain, text):
    for form in _DAYS:
        if match := form.fullmatch(plain):
            part = match.groupdict()
            month = _MONTHS[part["name"].lower()] if part.get("name") else part.get("month")
            return int(part["year"]), month and int(month), part.get("day") and int(part["day"])
    if match := _CHINESE_DAY.fullmatch(plain.translate(FORMAL_DIGITS)):
        year = int(one_by_one(match[1]))
        # 99 is no month and no day: what cannot be read is refused as such.
        month, day = (part and (in_chinese(part) or 99) for part in match.groups()[1:])
        return year, month, day
    if match := _YEAR_LAST.fullmatch(plain):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        if first <= 12 and second <= 12 and first != second:
            raise refusal(
                _("“%(text)s” can mean %(one)s or %(other)s: enter the date you mean."), text,
                one=f"{year:04}-{first:02}-{second:02}", other=f"{year:04}-{second:02}-{first:02}",
            )  # fmt: skip
        return (year, second, first) if first > 12 else (year, first, second)
    if _YEAR_OF_TWO_DIGITS.fullmatch(plain):
        raise refusal(_("“%(text)s”: write the year with four digits, for example 2021-09-25."), text)
    if match := _SERIAL.fullmatch(plain):
        raise refusal(
            _("“%(text)s” is a spreadsheet day number, probably %(day)s: enter it as a date."), text,
            day=(_SERIALS_BEGIN + datetime.timedelta(int(match[1]))).isoformat(),
        )  # fmt: skip
    raise refusal(_("“%(text)s” is not a date. Enter a day (2021-09-25), a month (2021-09) or a year."), text)


def day(text: str, *, last: bool = False) -> datetime.date:
    """The day that `text` names; the first day, or the `last`, of a month or a year. Raises ValidationError.

    Reads `2021-09-25`, `2021-09` and `2021`, as a filter and the API take them.
    """
    match = _DAY.match(normal_form(text, longest=None))
    try:
        if not match:
            raise ValueError
        year = int(match[1] or match[4])
        month = int(match[2]) if match[2] else (12 if last else 1)
        if match[3]:
            return datetime.date(year, month, int(match[3]))
        return datetime.date(year, month, calendar.monthrange(year, month)[1] if last else 1)
    except ValueError as problem:
        raise refusal(
            _("“%(text)s” is not a date. Enter a day (2021-09-25), a month (2021-09) or a year."), text
        ) from problem


class Calendar(TextChoices):
    ROC = "roc", gettext_lazy("Republic of China (民國): year 110 is 2021")
    BUDDHIST = "buddhist", gettext_lazy("Buddhist: year 2564 is 2021")
    IRANIAN = "iranian", gettext_lazy("Iranian: year 1400 begins in March 2021")


ROC_BEGINS, BUDDHIST_BEGINS = 1911, -543
_ROC = re.compile(r"(?:民國|民国|中華民國|中华民国|roc)?\s*(元|\d{1,3})(?=\s*(?:年|[-/.])|$)", re.IGNORECASE)
_BUDDHIST = re.compile(r"(?:พ\.?ศ\.?|b\.?e\.?)?\s*(?<!\d)(2[45]\d\d)(?!\d)", re.IGNORECASE)
_IRANIAN_YEAR_FIRST = re.compile(r"(1[34]\d\d)[-/.](\d{1,2})(?:[-/.](\d{1,2}))?")
_IRANIAN_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](1[34]\d\d)")
# The first day of 1400 of the Iranian calendar.
_OF_1400 = datetime.date(2021, 3, 21).toordinal()


def in_our_calendar(text: str, of: str) -> str:
    """The date `text` of the calendar `of`, with the year or the day of ours. Raises ValidationError.

    Years of the Republic of China and Buddhist years differ from ours by their number alone. The months of the Iranian
    calendar begin at the equinox: of it only a whole day has a day of ours.
    """
    plain = normal_form(text)
    if of == Calendar.ROC:
        return _with_year(_ROC, plain, text, ROC_BEGINS)
    if of == Calendar.BUDDHIST:
        return _with_year(_BUDDHIST, plain, text, BUDDHIST_BEGINS)
    return _from_iranian(plain, text)


def _with_year(pattern, plain, text, begins):
    match = pattern.match(plain) if pattern is _ROC else pattern.search(plain)
    if not match:
        raise refusal(_("“%(text)s” is not a date of the calendar that was chosen."), text)
    year = begins + (1 if match[1] == "元" else int(match[1]))
    return plain[: match.start()] + str(year) + plain[match.end() :]


def _from_iranian(plain, text):
    if match := _IRANIAN_YEAR_FIRST.fullmatch(plain):
        year, month, day = match.groups()
    elif match := _IRANIAN_YEAR_LAST.fullmatch(plain):
        day, month, year = match.groups()
    else:
        raise refusal(_("“%(text)s” is not a date of the calendar that was chosen."), text)
    if day is None:
        raise refusal(_("“%(text)s”: a month of the Iranian calendar lies in two of ours. Write a day."), text)
    year, month, day = int(year), int(month), int(day)
    if not 1 <= month <= 12 or not 1 <= day <= _iranian_days_of(year, month):
        raise refusal(_("“%(text)s” is not a date of the calendar that was chosen."), text)
    before = sum(_iranian_days_of(year, earlier) for earlier in range(1, month))
    ordinal = _OF_1400 + _iranian_days_before(year) - _iranian_days_before(1400) + before + day - 1
    return datetime.date.fromordinal(ordinal).isoformat()


def _iranian_days_of(year, month):
    if month <= 6:
        return 31
    return 30 if month < 12 or _is_iranian_leap(year) else 29


def _is_iranian_leap(year):
    """By the cycle of 33 years, which agrees with the observed equinox from 1178 to 1633."""
    return year % 33 in (1, 5, 9, 13, 17, 22, 26, 30)


def _iranian_days_before(year):
    return 365 * year + sum(_is_iranian_leap(earlier) for earlier in range(1300, year))
