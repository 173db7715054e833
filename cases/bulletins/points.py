"""Where a case is on the map, where the text itself gives it in degrees."""

import re

from .facts import Fact

_DEGREES = r"\d{1,3}\.\d{2,8}"
_LATITUDE, _LONGITUDE = rf"(?P<latitude>{_DEGREES})", rf"(?P<longitude>{_DEGREES})"
_NORTH, _EAST = r"(?P<north>[北南])纬 ?", r"(?P<east>[东西])经 ?"
_AND = r" ?[度°]?[,、;和及 ]{0,3}"
POINTS = [
    re.compile(_NORTH + _LATITUDE + _AND + _EAST + _LONGITUDE),
    re.compile(_EAST + _LONGITUDE + _AND + _NORTH + _LATITUDE),
    re.compile(rf"(?<![\d.]){_LATITUDE} ?°? ?(?P<north>[NS])\b[,; ]{{0,3}}{_LONGITUDE} ?°? ?(?P<east>[EW])\b"),
    re.compile(
        r"(?i:coordinates|GPS|坐标)[^\d\n-]{0,12}"
        rf"(?P<latitude>-?{_DEGREES}) ?[,; ] ?(?P<longitude>-?{_DEGREES})(?P<north>)(?P<east>)"
    ),
]


def point(reading):
    """latitude and longitude, as the text has them."""
    for pattern in POINTS:
        for match in pattern.finditer(reading.plain, reading.start, reading.end):
            latitude = float(match["latitude"]) * (-1 if match["north"] in ("S", "南") else 1)
            longitude = float(match["longitude"]) * (-1 if match["east"] in ("W", "西") else 1)
            if abs(latitude) <= 90 and abs(longitude) <= 180:
                where = match.start(), match.end()
                return [Fact("latitude", latitude, *where), Fact("longitude", longitude, *where)]
    return []
