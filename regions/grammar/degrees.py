"""Degrees of latitude and longitude as people write them."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

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
