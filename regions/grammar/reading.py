"""Digits and Chinese numerals as people write them, and the refusal of everything else."""

import re
import unicodedata
from decimal import Decimal
from functools import cache

from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from .language import simplified

LONGEST = 80  # characters, as in the columns that hold a text as published
MOST_DECIMALS = 9


def whole_number(text: str | None, *, digits: int = 18) -> int | None:
    """The number that `text` writes with the digits 0 to 9 and nothing else, at most `digits` of them; else None."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= digits else None


def any_case(pattern: str) -> re.Pattern:
    return re.compile(pattern, re.ASCII | re.IGNORECASE)


def one_by_one(text: str) -> str:
    """Chinese digits as 0 to 9: 二〇 is 20, place by place."""
    return "".join(str("零一二三四五六七八九".index(digit)) for digit in text)


def in_chinese(text: str) -> int | None:
    """The number that Chinese numerals state. None of digits in a row: 三四台 is three or four, not thirty-four."""
    if len(text) > 1 and not re.search("[十百千万亿]", text):
        return None
    try:
        found = _chinese_reader()(text, "normal")
    except (ValueError, KeyError, IndexError):
        return None
    return found if isinstance(found, int) else None


@cache
def _chinese_reader():
    from cn2an import cn2an  # compiles its patterns and reads a dictionary: not at start-up

    return cn2an


def exactly(value: Decimal) -> str:
    """Every digit of `value`, in groups of three."""
    value = without_zeros(value)
    return number_format(value, decimal_pos=max(0, -value.as_tuple().exponent), use_l10n=True, force_grouping=True)


def normal_form(text: str, longest: int | None = LONGEST) -> str:
    """`text` with a single form of each digit, sign, space and Chinese character. Raises ValidationError."""
    text = text.strip(" \t\r\n\u3000\u00a0").replace("CO₂", "CO2")
    if longest and len(text) > longest:
        raise refusal(_("“%(text)s” is longer than %(longest)s characters."), text, longest=longest)
    for character in text:
        category = unicodedata.category(character)
        if category in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
            raise refusal(
                _("“%(text)s” contains an invisible character (%(code)s): type it again."),
                text, code=f"U+{ord(character):04X}",
            )  # fmt: skip
        # 5² is not 52; the decimal digits of every script (Nd) are digits.
        if category in ("Nl", "No") and character != "〇":
            raise refusal(
                _("“%(text)s” is not a number: write “%(character)s” with the digits 0 to 9."),
                text,
                character=character,
            )
    plain = with_ascii_digits(unicodedata.normalize("NFKC", text)).strip()
    return simplified(plain) if re.search("[\u3400-\u9fff]", plain) else plain


def with_ascii_digits(text: str) -> str:
    """`text` with 0 to 9 for the decimal digits of every script, and with , and . for the Arabic separators."""
    if text.isascii():
        return text
    digits = {ord(character): str(unicodedata.decimal(character)) for character in text if character.isdecimal()}
    return text.translate(digits | {0x66B: ".", 0x66C: ","})


def decimal_of(digits: str, text: str = "") -> Decimal:
    """The Decimal of digits that a pattern has matched. Raises ValidationError where it has too many decimals."""
    digits = digits.replace(",", "").replace(" ", "")
    if len(digits.partition(".")[2]) > MOST_DECIMALS:
        raise refusal(_("“%(text)s” has more than %(most)s decimal places."), text or digits, most=MOST_DECIMALS)
    return Decimal(digits)


def without_zeros(value: Decimal) -> Decimal:
    """12.50 as 12.5 and 5500.0 as 5500, never as 5.5E+3."""
    return value.to_integral_value() if value == value.to_integral_value() else value.normalize()


def within(value: Decimal, most: int, text: str) -> Decimal:
    """`value` where it lies between 0 and `most`. Raises ValidationError."""
    if value < 0:
        raise refusal(_("“%(text)s” is negative."), text)
    if value > most:
        raise refusal(_("“%(text)s” is over the limit of %(most)s."), text, most=exactly(Decimal(most)))
    return value


def refusal(message: str, text: str, **names) -> ValidationError:
    """The error that quotes `text`, shortened, in `message`."""
    shown = "".join(c for c in text if unicodedata.category(c)[0] != "C")  # a lone surrogate cannot be sent
    return ValidationError(message % {"text": shown if len(shown) <= 40 else f"{shown[:40]}…", **names})
