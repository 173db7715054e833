"""Degrees of latitude and longitude as people write them, of WGS 84 or of a Chinese map."""

import re
import unicodedata
from math import atan2, cos, pi, sin, sqrt

from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MOST = {"latitude": 90, "longitude": 180}
LETTERS = {"latitude": "NS", "longitude": "EW"}

# An exponent is written by computers: 0.00001 is 1e-05.
_NUMBER = r"(?:\d{1,3}(?:\.\d{0,20})?|\.\d{1,20})(?:e-\d{1,2})?"
_WRITTEN = re.compile(rf"([-+−]?)({_NUMBER})\s*°?\s*([NSEW]?)", re.ASCII | re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"([-+−]?\d{1,3}),(\d{1,20}\s*°?\s*[NSEW]?)", re.ASCII | re.IGNORECASE)


def written(text: str, letters: str = "NSEW") -> float | None:
    """The number of degrees that `text` writes, in whatever range; None if it writes none."""
    match = _WRITTEN.fullmatch(_plain(text))
    if not match or (match[3] and (match[3].upper() not in letters or match[1])):
        return None
    return float(match[2]) * (-1 if match[1] in ("-", "−") or match[3].upper() in ("S", "W") else 1)


def meant(text: str, name: str) -> str:
    """What a `text` with a decimal comma probably means; "" where that is no latitude or longitude (`name`) either."""
    match = _DECIMAL_COMMA.fullmatch(_plain(text))
    suggestion = f"{match[1]}.{match[2]}" if match else ""
    value = written(suggestion, LETTERS[name])
    return suggestion if value is not None and abs(value) <= MOST[name] else ""


def degrees(text: str, name: str) -> float:
    """The latitude or longitude (`name`) that `text` writes: `40.743`, `-33.9`, `33.9°S`. Raises ValidationError."""
    value = written(text, LETTERS[name])
    if value is None:
        suggestion = meant(text, name)
        question = " " + _("Did you mean %(some)s?") % {"some": suggestion} if suggestion else ""
        raise ValidationError(_("Not a valid number of degrees.") + question)
    if abs(value) > MOST[name]:
        raise ValidationError(_("Must be from -%(most)s to %(most)s.") % {"most": MOST[name]}, code="range")
    return value


def _plain(text):
    return unicodedata.normalize("NFKC", text).strip()


class Datum(TextChoices):
    """The coordinate systems of Chinese maps.

    Maps that are sold in China must show places shifted by up to 700 m: GCJ-02, which AMap and Tencent use, and BD-09,
    which Baidu makes of it. The formulas were never published; these are the ones that everybody uses, as in
    eviltransform (https://github.com/googollee/eviltransform) and coordtransform
    (https://github.com/wandergis/coordtransform). Compared with surveyed points they are right to some metres.
    """

    GCJ02 = "gcj02", gettext_lazy("GCJ-02 (AMap, Tencent, Google in China)")
    BD09 = "bd09", gettext_lazy("BD-09 (Baidu)")


EXACT_TO = 5  # metres
DIGITS = 6  # after the point: 0.1 m
_AXIS, _ECCENTRICITY = 6_378_245.0, 0.006_693_421_622_965_943  # of the ellipsoid of Krasovsky
_BAIDU = pi * 3000 / 180


def in_wgs84(latitude: float, longitude: float, datum: str) -> tuple[float, float]:
    """(latitude, longitude) of WGS 84 of a point in `datum`. Outside China GCJ-02 shifts nothing."""
    if datum == Datum.BD09:
        latitude, longitude = _from_baidu(latitude, longitude)
    if not (0.8293 < latitude < 55.8271 and 72.004 < longitude < 137.8347):
        return latitude, longitude
    there = latitude, longitude
    for _step in range(10):  # each step is closer by three digits
        shift = _shift(*there)
        there = latitude - shift[0], longitude - shift[1]
    return round(there[0], DIGITS), round(there[1], DIGITS)


def _from_baidu(latitude, longitude):
    y, x = latitude - 0.006, longitude - 0.0065
    distance = sqrt(x * x + y * y) - 0.00002 * sin(y * _BAIDU)
    angle = atan2(y, x) - 0.000003 * cos(x * _BAIDU)
    return distance * sin(angle), distance * cos(angle)


def _shift(latitude, longitude):
    """By how many degrees GCJ-02 shows a point of WGS 84 further north and east."""
    x, y = longitude - 105.0, latitude - 35.0
    root, both = sqrt(abs(x)), (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + both
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + both
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    flat = 1 - _ECCENTRICITY * sin(latitude / 180 * pi) ** 2
    meridian = _AXIS * (1 - _ECCENTRICITY) / (flat * sqrt(flat)) * pi / 180
    parallel = _AXIS / sqrt(flat) * cos(latitude / 180 * pi) * pi / 180
    return north / meridian, east / parallel
