"""Amounts as people and press releases write them, in both languages.

Python's own readers take `1_000` and digits of other scripts; cn2an answers in floats and knows neither 余 nor 约.
So all digits are read here. A text is read, or refused by a ValidationError that names what was read and what to
write instead. Values are exact.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from . import quantities
from .reading import (
    any_case,
    decimal_of,
    exactly,
    in_chinese,
    normal_form,
    one_by_one,
    refusal,
    with_ascii_digits,
    within,
    without_zeros,
)
from .units import (
    ALSO_COUNTERS,
    CHINESE_DIGITS,
    COUNTER,
    CURRENCY_CODES,
    FORMAL_DIGITS,
    MONEY,
    QUALIFIERS_AFTER,
    QUALIFIERS_BEFORE,
    SCALES,
    SIGNS,
    WORDS,
    all_units,
)

LARGEST = 10**12


@dataclass(frozen=True)
class Amount:
    """What a text states: `value` in its base unit, and how exact the source says it is.

    `low` and `high` are the ends of a range; its `value` is the lower end. `qualifier` is a code of Qualifier in cases.
    """

    value: Decimal
    unit: str = ""  # rigs, people, kWh, kW, t, or the ISO 4217 code of a currency
    qualifier: str = "exact"
    low: Decimal | None = None
    high: Decimal | None = None


def _codes(words):
    """{word: code} of {code: "word|word"}."""
    return {word: code for code, names in words.items() for word in names.split("|")}


def _any_of(words):
    """A pattern for any of `words`, the longest first. A word of letters does not begin or end inside another."""
    return "|".join(
        ("(?<![a-z])" if word[0].isascii() and word[0].isalpha() else "")
        + re.escape(word)
        + ("(?![a-z])" if word[-1].isascii() and word[-1].isalpha() else "")
        for word in sorted(words, key=len, reverse=True)
    )


_UNITS = all_units()
_QUALIFIERS = _codes(QUALIFIERS_BEFORE) | {"上": "at_least"}
_QUALIFIERS_AFTER = _codes(QUALIFIERS_AFTER)
_CURRENCIES = _codes(MONEY) | SIGNS
_QUALIFIER_BEFORE = any_case(rf"(?:({_any_of(_codes(QUALIFIERS_BEFORE))})|(上)(?=[百千万亿]))\s*")
_QUALIFIER_AFTER = any_case(rf"\s*({_any_of(_QUALIFIERS_AFTER)})\Z")
_CURRENCY_BEFORE = any_case(rf"({_any_of(_CURRENCIES)})\s*")
_UNIT_AFTER = any_case(rf"[\s-]*({_any_of(_UNITS)})\Z")
_CODE_BEFORE = re.compile(rf"({'|'.join(CURRENCY_CODES)})(?![A-Za-z])\s*")
_CODE_AFTER = re.compile(rf"\s*(?<![A-Za-z])({'|'.join(CURRENCY_CODES)})\Z")

_DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d+)(?:\.\d+)?"
_NUMBER = re.compile(rf"-?{_DIGITS}", re.ASCII)
_SCALED = any_case(rf"({_DIGITS}|(?:{_any_of(WORDS)})(?= ?))(?:[ -]?({_any_of(SCALES)}))?")
_TERM = re.compile(rf"({_DIGITS})([十百千]?[万亿]|[十百千])?", re.ASCII)
_IN_CHINESE = re.compile(rf"([{CHINESE_DIGITS}]+?)(?:点([零一二三四五六七八九]+))?(万亿|万|亿)?")
_ODD_WITHIN = re.compile(r"(.+)[余多]([十百千]?[万亿]+|[十百千])")  # 3000余万
_BETWEEN = any_case(
    rf"(?<!RM)(?<=[\da-z{CHINESE_DIGITS}元瓦时度台吨特])\s*(?:[-‐‑‒–—―~〜至到]|(?<![a-z])to(?![a-z]))"
    rf"\s*(?=[\d{CHINESE_DIGITS}$€£¥₽₸]|RM|US\$)"
)
_BETWEEN_AND = any_case(r"between ([^–]+) and ([^–]+)")
_MINUS = any_case(r"[-−–—负]|minus ")
_DECIMAL_COMMA = re.compile(r"\d+,\d+", re.ASCII)
# Nobody writes a scale after thousands: 1.200万 is 12,000.
_THOUSANDS_OR_THOUSANDTHS = any_case(rf"(?<![\d.,])([1-9]\d{{0,2}})\.(\d{{3}})(?![\d.])(?![ -]?(?:{_any_of(SCALES)}))")
_DOTTED_MILLIONS = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:\.\d{3}){2,}(?![\d.,])", re.ASCII)  # 1.250.000
_TERM_WITHOUT_SCALE = re.compile(r"(\d+)([百千万亿])([1-9])", re.ASCII)  # 3万2
_UNIT_IN_BRACKETS = re.compile(r"\s*[(\[]\s*([^()\[\]\d]+(?:\(套\))?)\s*[)\]]\Z")  # 1200（台）
_NO_NUMBER = any_case(
    r"几|数[十百千万亿]|若干|许多|大量|成千上万|不详|未知|不明|[^\d]*\b(?:tens|dozens|scores|hundreds|thousands|millions"
    r"|billions|several|many|numerous|various|few|couple|unknown|n/a|beberapa|puluhan|ratusan|ribuan|berpuluh|beratus|beribu)"
    r"\b[^\d]*\Z"
)
_PER_SOMETHING = any_case(
    r"\d.*(?:/ ?[^\d 套]|每|(?<![a-z])(?:per|an?|each|every) ?(?:year|month|day|hour|annum)"
    r"|(?<![a-z])(?:setahun|sebulan|sehari|sejam|seminggu)(?![a-z]))"
)
_DIGITS_AND_REST = any_case(rf"{_DIGITS}\s*([^\d\s].*)")


def number(text: str) -> Decimal:
    """The Decimal that `text` states in digits: `1200`, `1,200`, `１２００`, `12.5`. Raises ValidationError."""
    plain = normal_form(text, longest=None)
    if not _NUMBER.fullmatch(plain):
        raise refusal(_("“%(text)s” is not a number."), text)
    return within(Decimal(re.sub("[ ,]", "", plain)), LARGEST, text)


def amount(text: str, *, unit: str | None = None, most: int = LARGEST) -> Amount:
    """The Amount that `text` states: `1.01万`, `RM1.43 million`, `2.6万余台`, `10–20`. Raises ValidationError.

    `unit` is what the field takes: rigs, people, kWh, kW, t, money (any currency, or none), plain (no unit). MW becomes
    kW; energy is refused where a load is wanted. A text without a unit has the unit of the field.
    """
    plain = normal_form(text).translate(FORMAL_DIGITS).removesuffix("。").removesuffix(".")
    plain = _DOTTED_MILLIONS.sub(lambda match: match[0].replace(".", ""), plain)
    if (match := _UNIT_IN_BRACKETS.search(plain)) and match[1].strip().lower() in _UNITS:
        plain = f"{plain[: match.start()]}{' ' if match[1].isascii() else ''}{match[1]}"
    if _NO_NUMBER.match(plain) or re.search(r"几|数[十百千万亿]|若干", plain):
        raise refusal(
            _("“%(text)s” is not a number. If the source gives no number, leave this empty and explain in the note."),
            text,
        )
    if _PER_SOMETHING.search(plain):
        raise refusal(_("“%(text)s”: enter only the amount; years and dates have their own fields."), text)
    if between := _BETWEEN_AND.fullmatch(plain):
        plain = f"{between[1]}–{between[2]}"
    before = _QUALIFIER_BEFORE.match(plain)
    begins = before.end() if before else 0  # the "to" of "up to 300" is no range
    sides = _BETWEEN.split(plain[begins:])
    sides[0] = plain[:begins] + sides[0]
    if len(sides) > 2:
        raise refusal(_("“%(text)s” is not a number. Examples: 1,200, 1.2万 or 1.2 million."), text)
    low, high = _Side(sides[0], text, unit), (_Side(sides[1], text, unit) if len(sides) == 2 else None)
    if high:
        low.completed_by(high)
    kind = low.kind or ""
    if high and (high.kind or kind) != kind:
        raise refusal(_("“%(text)s” has two units."), text)
    kind = _wanted(kind, unit, [low, high] if high else [low], text)
    values = [without_zeros(within(side.value, most, text)) for side in (low, high) if side]
    if unit or kind in ("rigs", "people"):
        refuse_dotted_thousands(text)
    if kind in ("rigs", "people"):
        for value in values:
            _counted_whole(value, kind, text)
    if not high:
        return Amount(values[0], kind, low.qualifier or "exact")
    if values[0] >= values[1]:
        raise refusal(_("“%(text)s” goes from high to low: write a range as 10–20."), text)
    about = "about" in (low.qualifier, high.qualifier)
    return Amount(values[0], kind, "about" if about else "at_least", *values)


class _Side:
    """One end of a range, or a whole amount: its qualifier, its unit, and the number that remains without them."""

    def __init__(self, side, text, wanted):
        self.wanted = wanted
        self.qualifier, self.kind, self.size = "", None, Decimal(1)
        self.has_unit = False
        rest = side.strip()
        while True:
            shorter = self._without_qualifier(rest)
            if shorter == rest:
                shorter = self._without_unit(rest, text)
            if shorter == rest:
                break
            rest = shorter
        if match := _ODD_WITHIN.fullmatch(rest):
            self.qualifier, rest = self.qualifier or "at_least", match[1] + match[2]
        if (match := _MINUS.match(rest)) and re.search(rf"[\d{CHINESE_DIGITS}]", rest[match.end() :]):
            raise refusal(_("“%(text)s” is negative."), text)
        self.number, self.scale, self.by_letter = self._read(rest, text)

    @property
    def value(self):
        return self.number * self.scale * self.size

    def completed_by(self, high):
        """Take scale and unit from the upper end: 10–20万 are both ten thousands, 8000–1万 are not."""
        if self.scale == 1 and self.number < high.number:
            self.scale = high.scale
        if self.kind is None:
            self.kind, self.size, self.has_unit = high.kind, high.size, high.has_unit
        elif high.kind is None:
            high.kind, high.size, high.has_unit = self.kind, self.size, self.has_unit

    def _without_qualifier(self, rest):
        if match := _QUALIFIER_BEFORE.match(rest):
            self._qualify(_QUALIFIERS[(match[1] or match[2]).lower()])
            return rest[match.end() :]
        if match := _QUALIFIER_AFTER.search(rest):
            self._qualify(_QUALIFIERS_AFTER[match[1].lower()])
            return rest[: match.start()]
        return rest

    def _qualify(self, qualifier):
        if self.qualifier in ("", "exact"):
            self.qualifier = qualifier

    def _without_unit(self, rest, text):
        minus = _MINUS.match(rest)
        at = minus.end() if minus else 0  # -$5 is found negative later
        if match := _CODE_BEFORE.match(rest, at):
            self._measure((match[1], Decimal(1)), text)
            return rest[:at] + rest[match.end() :]
        if match := _CURRENCY_BEFORE.match(rest, at):
            self._measure((_CURRENCIES[match[1].lower()], Decimal(1)), text)
            return rest[:at] + rest[match.end() :]
        if match := _CODE_AFTER.search(rest):
            self._measure((match[1], Decimal(1)), text)
            return rest[: match.start()]
        if match := _UNIT_AFTER.search(rest):
            word = match[1].lower()
            counts = word in ALSO_COUNTERS and self.wanted in ("rigs", "people", "plain")
            self._measure((COUNTER, Decimal(1)) if counts else _UNITS[word], text)
            return rest[: match.start()]
        return rest

    def _measure(self, measure, text):
        if self.has_unit and measure != (self.kind, self.size):
            raise refusal(_("“%(text)s” has two units."), text)
        (self.kind, self.size), self.has_unit = measure, True

    def _read(self, rest, text):
        """(number, scale, whether the scale is a mere letter) of `1.2万`, `two million`, `1亿2000万`, `三万六千`."""
        if match := _SCALED.fullmatch(rest):
            word, scale = match[1].lower(), (match[2] or "").lower()
            if word != "a" or scale:
                digits = Decimal(WORDS[word]) if word in WORDS else decimal_of(word, text)
                return digits, Decimal(SCALES.get(scale, 1)), scale in ("k", "m", "b")
        if match := _TERM_WITHOUT_SCALE.fullmatch(rest):
            scale = SCALES[match[2]]
            long, short = int(match[1]) * scale + int(match[3]) * scale // 10, int(match[1]) * scale + int(match[3])
            raise refusal(
                _("“%(text)s”: is it %(long)s or %(short)s?"), text,
                long=exactly(Decimal(long)), short=exactly(Decimal(short)),
            )  # fmt: skip
        if set(rest) <= set("0123456789., 十百千万亿") and (total := self._sum_of_terms(rest, text)):
            return total, Decimal(1), False
        if match := _IN_CHINESE.fullmatch(rest):
            whole, decimals, scale = match.groups()
            # Of 一亿二千万 the last 万 is not the scale of the whole.
            if scale and re.search("[万亿]", whole):
                whole, scale = whole + scale, None
            if not (decimals and re.search("[万亿]", whole)) and (found := in_chinese(whole)) is not None:
                value = decimal_of(f"{found}.{one_by_one(decimals)}", text) if decimals else Decimal(found)
                return value, Decimal(SCALES.get(scale, 1)), False
        if set(rest) <= set(CHINESE_DIGITS) and rest and self.qualifier not in ("", "exact"):
            found = in_chinese(f"一{rest}")  # 上千, 百余, 近万: only where it is qualified
            if rest[0] in "百千万亿" and found is not None:
                return Decimal(found), Decimal(1), False
        if _DECIMAL_COMMA.search(rest) and not re.search(r"[^\d,. ]", rest):
            raise refusal(_("“%(text)s”: write thousands as 1,500 and decimals as 1.5."), text)
        if (match := _DIGITS_AND_REST.fullmatch(rest)) and not re.match(rf"[.,_e+\-{CHINESE_DIGITS}]", match[1]):
            raise refusal(_("“%(text)s”: unknown unit “%(unit)s”."), text, unit=match[1])
        raise refusal(_("“%(text)s” is not a number. Examples: 1,200, 1.2万 or 1.2 million."), text)

    def _sum_of_terms(self, rest, text):
        """1亿2000万, 3万6千, 3万6000; None of 3万6, which may be 36,000 or 30,006."""
        total, last, at = Decimal(0), None, 0
        while at < len(rest):
            match = _TERM.match(rest, at)
            if not match:
                return None
            scale = SCALES.get(match[2], 1)
            term = decimal_of(match[1], text) * scale
            if last and (term >= last or total % last or (scale == 1 and term * 10 < last)):
                return None
            total, last, at = total + term, scale, match.end()
            if last == 1 and at < len(rest):
                return None
        return total


def _wanted(kind, unit, sides, text):
    """The unit of the amount; raises ValidationError where the field does not take the `kind` that the text names."""
    if kind == COUNTER:
        if unit not in (None, "plain", "rigs", "people"):
            raise refusal(
                _("“%(text)s” counts things; enter %(wanted)s here."), text,
                wanted={
                    "kWh": _("energy (kWh)"), "kW": _("power (kW)"), "t": _("mass (tonnes)"),
                    "money": _("an amount of money"),
                }[unit],
            )  # fmt: skip
        kind = ""
    money = kind in CURRENCY_CODES
    if unit is None or (unit == "money" and (money or not kind)) or (unit == "plain" and not kind) or unit == kind:
        wanted = kind
    elif not kind and unit not in ("money", "plain"):
        wanted = unit
    else:
        is_what = {
            "rigs": _("a number of rigs"), "people": _("a number of people"), "kWh": _("energy (kWh)"),
            "kW": _("power (kW)"), "t": _("mass (tonnes)"),
        }.get(kind) or _("money (%(currency)s)") % {"currency": kind}  # fmt: skip
        wanted_here = {
            "rigs": _("a number of rigs"), "people": _("a number of people"), "kWh": _("energy (kWh)"),
            "kW": _("power (kW)"), "t": _("mass (tonnes)"), "money": _("an amount of money"),
            "plain": _("a number without a unit"),
        }[unit]  # fmt: skip
        raise refusal(_("“%(text)s” is %(what)s; enter %(wanted)s here."), text, what=is_what, wanted=wanted_here)
    if wanted in ("kW", "kWh") and any(side.by_letter and not side.has_unit for side in sides):
        raise refusal(_("“%(text)s”: add the unit, for example 12 MW or 12 million kW."), text)
    return wanted


def dotted(text: str) -> tuple[str, str] | None:
    """How `12.500` reads as thousands and as a decimal: (12,500, 12.5). None of a text that reads in one way."""
    plain = with_ascii_digits(unicodedata.normalize("NFKC", text))
    thousands = _THOUSANDS_OR_THOUSANDTHS.sub(r"\1,\2", plain)
    if thousands == plain:
        return None
    decimals = _THOUSANDS_OR_THOUSANDTHS.sub(lambda match: match[0].rstrip("0").rstrip("."), plain)
    return thousands, decimals


def refuse_dotted_thousands(text: str) -> None:
    """Raise ValidationError of what may be thousands or thousandths: 12.500."""
    if readings := dotted(text):
        thousands, decimals = readings
        raise refusal(
            _("“%(text)s”: is it %(thousands)s or %(decimals)s?"), text, thousands=thousands, decimals=decimals
        )


def _counted_whole(value, kind, text):
    if value != value.to_integral_value():
        counted_whole = {
            "rigs": _("The number of rigs must be a whole number."),
            "people": _("The number of people must be a whole number."),
        }[kind]
        raise refusal(_("“%(text)s” is %(value)s: %(rule)s"), text, value=exactly(value), rule=counted_whole)


def echo(amount: Amount) -> str:
    """What a person who typed the amount is shown: “read as at least 26,000 rigs”."""
    shown = _measured(amount.value, amount.unit)
    if amount.high is not None:
        ends = {"low": exactly(amount.low), "high": _measured(amount.high, amount.unit), "kept": shown}
        if amount.qualifier == "about":
            return _("read as %(low)s to %(high)s, saved as about %(kept)s") % ends
        return _("read as %(low)s to %(high)s, saved as at least %(kept)s") % ends
    return {
        "at_least": _("read as at least %(amount)s"),
        "about": _("read as about %(amount)s"),
        "nearly": _("read as nearly %(amount)s"),
    }.get(amount.qualifier, _("read as %(amount)s")) % {"amount": shown}


def _measured(value, unit):
    """`6,580,000,000 kWh (6.58 TWh)`: every digit, then the unit that people use for it."""
    if unit in ("rigs", "people"):
        words = {
            "rigs": ngettext("%(count)s rig", "%(count)s rigs", int(value)),
            "people": ngettext("%(count)s person", "%(count)s people", int(value)),
        }
        return words[unit] % {"count": exactly(value)}
    if unit == "t":
        return _("%(count)s tonnes") % {"count": exactly(value)}
    if not unit:
        return exactly(value)
    of_unit = {"kWh": quantities.energy, "kW": quantities.power_draw}
    if unit in of_unit:
        shown = of_unit[unit](value)
        exact = exactly(value), of_unit[unit](0)[1]
    else:
        shown = quantities.money(value, unit)
        exact = quantities.priced(exactly(value), "", unit)
    if shown[1] == exact[1]:
        return quantities.with_unit(exact)
    named = {"exact": quantities.with_unit(exact), "short": quantities.with_unit(shown)}
    return pgettext("a quantity twice", "%(exact)s (%(short)s)") % named
