"""Numbers and days as people type them. Python's own readers take `1_000` and digits of other scripts."""

import calendar
import datetime
import re
import unicodedata
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LARGEST = 10**12
_NUMBER = re.compile(r"-?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?\Z", re.ASCII)
_DAY = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?\Z|(\d{4})\Z", re.ASCII)


def number(text):
    """The Decimal that `text` states: `1200`, `1,200`, `１２００`, `12.5`. Raises ValidationError."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not _NUMBER.match(plain):
        raise ValidationError(_("“%(text)s” is not a number.") % {"text": _shortened(text)})
    value = Decimal(plain.replace(",", ""))
    if value < 0:
        raise ValidationError(_("“%(text)s” is negative.") % {"text": _shortened(text)})
    if value > LARGEST:
        raise ValidationError(_("“%(text)s” is over the limit of 1,000,000,000,000.") % {"text": _shortened(text)})
    return value


def day(text, *, last=False):
    """The day that `text` names: `2021-09-25`; of `2021-09` or `2021` the first, or the `last`.

    Raises ValidationError.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    match = _DAY.match(plain)
    try:
        if not match:
            raise ValueError
        year = int(match[1] or match[4])
        month = int(match[2]) if match[2] else (12 if last else 1)
        if match[3]:
            return datetime.date(year, month, int(match[3]))
        return datetime.date(year, month, calendar.monthrange(year, month)[1] if last else 1)
    except ValueError as problem:
        raise ValidationError(
            _("“%(text)s” is not a day as 2021-09-25, a month as 2021-09 or a year.") % {"text": _shortened(text)}
        ) from problem


def _shortened(text):
    return text if len(text) <= 40 else f"{text[:40]}…"
