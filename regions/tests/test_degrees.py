"""Degrees as people write them."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from regions.grammar.degrees import degrees, in_wgs84, meant, written


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("40.743", 40.743), ("-33.9", -33.9), ("−33.9", -33.9), ("33.9°S", -33.9), ("33.9 s", -33.9),
        ("４０．７", 40.7), ("40.", 40), (".5", 0.5), ("1e-05", 0.00001), ("90", 90),
    ],
)  # fmt: skip
def test_a_latitude_is_read(text, value):
    assert degrees(text, "latitude") == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("40,8", "Not a valid number of degrees. Did you mean 40.8?"),
        ("111,7", "Not a valid number of degrees."),  # no latitude with a point either
        ("abc", "Not a valid number of degrees."),
        ("40.8E", "Not a valid number of degrees."),
        ("-40.8S", "Not a valid number of degrees."),
        ("nan", "Not a valid number of degrees."),
        ("1_0", "Not a valid number of degrees."),
        ("٣٤", "Not a valid number of degrees."),
        ("9" * 5000, "Not a valid number of degrees."),
        ("90.1", "Must be from -90 to 90."),
    ],
)
def test_what_is_no_latitude_is_refused(text, message):
    with pytest.raises(ValidationError) as problem:
        degrees(text, "latitude")
    assert problem.value.messages == [message]


@given(st.floats(-180, 180))
def test_what_is_stored_is_read_again(value):
    if abs(value) > 1e-99 or not value:
        assert written(str(value)) == value


@given(st.text())
def test_any_text_is_read_or_refused(text):
    assert written(text) is None or abs(written(text)) < 1000
    meant(text, "longitude")


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
