"""Days, moments and durations as people write them; what fields hold stays ISO 8601."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.forms import DateInput
from django.utils.timezone import override as in_zone
from django.utils.translation import override

from regions.grammar.dates import clock_time, day_as_known, moment
from regions.grammar.days import in_our_calendar, when
from regions.grammar.durations import distance, duration

AT = datetime(2021, 9, 25, 23, 2, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "precision", "english", "chinese"),
    [
        (date(2026, 2, 5), "day", "5 Feb 2026", "2026年2月5日"),
        (date(2026, 2, 1), "month", "Feb 2026", "2026年2月"),
        (date(2026, 1, 1), "year", "2026", "2026年"),
        (None, "day", "–", "–"),
    ],
)
def test_a_day_with_its_precision(day, precision, english, chinese):
    for language, words in [("en", english), ("zh-hans", chinese), ("zh-hant", chinese)]:
        with override(language):
            assert day_as_known(day, precision) == words


def test_a_moment_names_the_zone_of_the_office():
    for zone, english in [("UTC", "25 Sep 2021, 23:02 UTC"), ("Asia/Kuching", "26 Sep 2021, 07:02 UTC+8"),
                          ("Asia/Kolkata", "26 Sep 2021, 04:32 UTC+5:30")]:  # fmt: skip
        with in_zone(ZoneInfo(zone)), override("en"):
            assert moment(AT) == english
    with in_zone(ZoneInfo("Asia/Shanghai")), override("zh-hans"):
        assert moment(AT) == "2021年9月26日 07:02 UTC+8"
        assert moment(AT, "%H:%M:%S") == "2021年9月26日 07:02:07 UTC+8"
        assert clock_time(AT) == "07:02 UTC+8"
        assert moment(None) == "–"


@pytest.mark.parametrize("language", ["en", "zh-hans", "zh-hant"])
def test_a_field_shows_its_day_as_iso_8601(language):
    with override(language):
        assert DateInput().format_value(date(2026, 2, 5)) == "2026-02-05"


TODAY = date(2026, 11, 26)

# The first day, the last, what English says, what Chinese says.
DURATIONS = [
    (date(2026, 11, 26), date(2026, 11, 26), "0 days", "0天"),
    (date(2026, 11, 25), date(2026, 11, 26), "1 day", "1天"),
    (date(2026, 10, 1), date(2026, 11, 26), "56 days", "56天"),
    (date(2026, 9, 26), date(2026, 11, 26), "2 months", "2个月"),
    (date(2025, 11, 27), date(2026, 11, 26), "nearly a year", "11个月"),  # 364 days
    (date(2025, 11, 26), date(2026, 11, 26), "a year", "1年"),
    (date(2025, 10, 26), date(2026, 11, 26), "13 months", "1年1个月"),
    (date(2025, 5, 26), date(2026, 11, 26), "18 months", "1年6个月"),
    (date(2024, 12, 25), date(2026, 11, 26), "nearly two years", "1年11个月"),  # 701 days
    (date(2024, 11, 26), date(2026, 11, 26), "two years", "2年"),
    (date(2021, 4, 30), date(2026, 11, 26), "5½ years", "5年6个月"),
    (date(2021, 2, 20), date(2026, 11, 26), "nearly six years", "5年9个月"),
    (date(2015, 12, 1), date(2026, 11, 26), "nearly 11 years", "10年11个月"),
    (date(2024, 2, 29), date(2025, 2, 28), "nearly a year", "11个月"),
]


@pytest.mark.parametrize(("first", "last", "english", "chinese"), DURATIONS)
def test_a_duration_in_words(first, last, english, chinese):
    with override("en"):
        assert duration(first, last) == english
    with override("zh-hans"):
        assert duration(first, last) == chinese


@pytest.mark.parametrize(
    ("days", "english", "chinese", "traditional"),
    [
        (0, "today", "今天", "今天"),
        (1, "in 1 day", "还有1天", "還有1天"),
        (92, "in 3 months", "还有3个月", "還有3個月"),
        (-1, "passed 1 day ago", "已过1天", "已過1天"),
        (-702, "passed nearly two years ago", "已过1年11个月", "已過1年11個月"),
        (-2036, "passed 5½ years ago", "已过5年6个月", "已過5年6個月"),
    ],
)
def test_how_far_off_a_deadline_is(days, english, chinese, traditional):
    for language, words in [("en", english), ("zh-hans", chinese), ("zh-hant", traditional)]:
        with override(language):
            assert distance(TODAY + timedelta(days), TODAY) == words


def test_a_longer_time_is_never_said_to_be_shorter():
    """Day by day over twelve years, the words stand for months that never go down."""
    seen = []
    with override("en"):
        for days in range(4_400):
            words = duration(TODAY - timedelta(days), TODAY)
            if not seen or seen[-1] != words:
                assert words not in seen
                seen.append(words)


@pytest.mark.parametrize(
    ("calendar", "text", "day"),
    [
        ("roc", "民國110年9月25日", "2021-09-25"),
        ("roc", "110/9/25", "2021-09-25"),
        ("roc", "110.09.25", "2021-09-25"),
        ("roc", "110年9月", "2021-09-01"),
        ("roc", "１１０年", "2021-01-01"),
        ("buddhist", "25/09/2564", "2021-09-25"),
        ("buddhist", "พ.ศ. 2564", "2021-01-01"),
        ("iranian", "1400/01/01", "2021-03-21"),
        ("iranian", "1399/12/30", "2021-03-20"),
        ("iranian", "1403/12/30", "2025-03-20"),
        ("iranian", "1404/01/01", "2025-03-21"),
        ("iranian", "۱۴۰۰/۰۷/۰۳", "2021-09-25"),
        ("iranian", "03-07-1400", "2021-09-25"),
        ("iranian", "1395/12/30", "2017-03-20"),
    ],
)
def test_a_day_of_another_calendar_is_a_day_of_ours(calendar, text, day):
    assert when(in_our_calendar(text, calendar))[0].isoformat() == day


@pytest.mark.parametrize(
    ("calendar", "text"),
    [
        ("iranian", "1400/07"),
        ("iranian", "1400/12/30"),
        ("iranian", "2021-09-25"),
        ("roc", "soon"),
        ("buddhist", "2021"),
    ],
)
def test_what_is_no_date_of_the_calendar_is_refused(calendar, text):
    with pytest.raises(ValidationError):
        in_our_calendar(text, calendar)
