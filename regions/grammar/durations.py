"""How long something took, and how far off a day is, as people say it: nearly two years · passed 5½ years ago.

English counts days up to two months, months up to two years, then half years. Chinese says years and months, which is
as short: 5年6个月. What is a translation of the other would be read as one, so each language has its own phrases here.
"""

import datetime

from .language import in_readers_script, reads_chinese

NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def duration(first: datetime.date, last: datetime.date) -> str:
    """From `first` to `last`: 1 day, 25 days, 7 months, nearly a year, nearly two years, 5½ years; 5年6个月."""
    days, months = (last - first).days, _whole_months(first, last)
    if reads_chinese():
        return in_readers_script(f"{days}天" if months < 2 else _years_and_months(*divmod(months, 12)))
    if months < 2:
        return f"{days} day{'s' if days != 1 else ''}"
    if months < 24 and months not in (11, 12, 22, 23):
        return f"{months} months"
    years, rest = divmod(months, 12)
    if rest >= 9:
        return f"nearly {_years(years + 1)}"
    return f"{years}½ years" if rest >= 3 else _years(years)


def distance(day: datetime.date, today: datetime.date) -> str:
    """How far off a deadline is: today, in 3 months, passed 5½ years ago; 今天, 还有3个月, 已过5年6个月."""
    if reads_chinese():
        if day == today:
            return "今天"
        ahead = day > today
        return in_readers_script("还有" if ahead else "已过") + duration(min(day, today), max(day, today))
    if day == today:
        return "today"
    return f"in {duration(today, day)}" if day > today else f"passed {duration(day, today)} ago"


def _whole_months(first, last):
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)


def _years(count):
    if count == 1:
        return "a year"
    return f"{NUMBERS[count] if count < len(NUMBERS) else count} years"


def _years_and_months(years, months):
    return f"{years}年" * bool(years) + f"{months}个月" * bool(months)
