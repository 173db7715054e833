"""Days of other calendars, and coordinates of Chinese maps."""

import pytest
from django.core.exceptions import ValidationError

from regions.grammar.calendars import in_our_calendar
from regions.grammar.datums import in_wgs84
from regions.grammar.days import when


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


# The examples that eviltransform and coordtransform publish.
@pytest.mark.parametrize(
    ("datum", "shown", "point", "metres"),
    [
        ("gcj02", (31.17530398364597, 121.531541859215), (31.1774276, 121.5272106), 0.1),
        ("gcj02", (39.91334545536069, 116.38404722455657), (39.911954, 116.377817), 0.1),
        ("bd09", (39.915, 116.404), in_wgs84(39.90865673957631, 116.39762729119315, "gcj02"), 1),
        ("gcj02", (5.4164, -100.3327), (5.4164, -100.3327), 0.1),
    ],
)
def test_a_point_of_a_chinese_map_is_a_point_of_wgs_84(datum, shown, point, metres):
    assert in_wgs84(*shown, datum) == pytest.approx(point, abs=metres / 100_000)
