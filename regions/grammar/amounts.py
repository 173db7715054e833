"""Quantities and days as people and press releases write them, in both languages.

Python's own readers take `1_000` and digits of other scripts, cn2an answers in floats and knows neither
余 nor 约: here is the one reader of digits. Whatever the text, it is read or refused by a ValidationError
that names what was read and what to write instead. Values are exact.
"""

import calendar
import datetime
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from . import quantities
from .dates import Precision
from .language import simplified

LARGEST = 10**12
LONGEST = 80  # characters; as published is kept as long
MOST_DECIMALS = 9
GENESIS = datetime.date(2009, 1, 3)


@dataclass(frozen=True)
class Amount:
    """What a text states: `value` in its base unit, and how exact the source says it is.

    Of a range `value` is the lower end, `low` and `high` are both. `qualifier` is a code of cases' Qualifier.
    """

    value: Decimal
    unit: str = ""  # rigs, people, kWh, kW, t, or the ISO 4217 code of a currency
    qualifier: str = "exact"
    low: Decimal | None = None
    high: Decimal | None = None


# Words: what stands before and after the digits


def _units():
    """Every name of a unit → (the base unit, how many of it)."""
    names = {}
    prefixes = {
        "": ("", "", "0.001"),
        "k": ("kilo", "千", "1"),
        "m": ("mega", "兆", "1000"),
        "g": ("giga", "吉", "1000000"),
        "t": ("tera", "太", "1000000000"),
    }
    for letter, (english, chinese, size) in prefixes.items():
        load = [f"{letter}w", f"{english}watt", f"{english}watts", f"{chinese}瓦"]
        energy = [f"{letter}w{dot}h" for dot in ("", "·", "-", " ")]
        energy += [f"{english}watt{dot}hour{s}" for dot in ("-", " ") for s in ("", "s")]
        energy += [f"{chinese}瓦{hour}" for hour in ("时", "·时", "小时")]
        names |= dict.fromkeys(load, ("kW", Decimal(size))) | dict.fromkeys(energy, ("kWh", Decimal(size)))
    names |= dict.fromkeys(("度", "度电"), ("kWh", Decimal(1)))

    machines = ("rig", "machine", "miner", "unit", "set", "device", "asic", "asic miner")
    mining = ("", "mining ", "bitcoin ", "bitcoin mining ", "crypto mining ", "cryptocurrency mining ")
    rigs = [f"{what}{machine}{s}" for what in mining for machine in machines for s in ("", "s")]
    kinds = ("矿机", "比特币矿机", "挖矿机", "设备", "机器")
    rigs += [f"{counter}{kind}" for counter in ("台", "部", "套", "") for kind in kinds]
    names |= dict.fromkeys((*rigs, "台", "台套", "台(套)", "部", "套"), ("rigs", Decimal(1)))
    names |= dict.fromkeys(("person", "persons", "people", "suspects", "人", "名", "位"), ("people", Decimal(1)))
    names |= dict.fromkeys(("个", "处", "家", "起", "次"), ("", Decimal(1)))
    tonnes = "t|tonne|tonnes|ton|tons|tce|t tce|tco2|t co2|吨|吨标准煤|吨标煤|吨二氧化碳"
    names |= dict.fromkeys(tonnes.split("|"), ("t", Decimal(1))) | {"kt": ("t", Decimal(1000))}
    for code, words in _MONEY.items():
        names |= dict.fromkeys(words.split("|"), (code, Decimal(1)))
    return names


_MONEY = {
    "CNY": "cny|rmb|yuan|renminbi|元|块|人民币|元人民币",
    "EUR": "eur|€|euro|euros|欧元",
    "GBP": "gbp|£|pounds|英镑",
    "HKD": "hkd|港元|港币",
    "IDR": "idr|rupiah|印尼盾",
    "INR": "inr|₹|卢比",
    "JPY": "jpy|yen|日元",
    "KGS": "kgs|som|soms|索姆",
    "KRW": "krw|₩|韩元",
    "KZT": "kzt|₸|tenge|坚戈",
    "MYR": "myr|rm|ringgit|林吉特|令吉|马币",
    "RUB": "rub|₽|rouble|roubles|ruble|rubles|卢布",
    "SGD": "sgd|新加坡元|新元",
    "THB": "thb|฿|baht|泰铢",
    "TWD": "twd|新台币|台币",
    "USD": "usd|$|us$|dollar|dollars|us dollars|美元|美金",
    "VND": "vnd|₫|dong|越南盾",
}
_SIGNS = {"¥": "CNY", "hk$": "HKD", "s$": "SGD", "a$": "AUD", "c$": "CAD", "r$": "BRL", "nt$": "TWD", "人民币": "CNY"}
# In capitals alone: "all" and "try" are English words before they are a lek and a lira.
_CODES = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP
CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR
IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR
MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD
SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF
XPF YER ZAR ZMW ZWG
""".split()  # noqa: SIM905 as a list these were a page

_SAID_BEFORE = {
    "at_least": "more than|over|at least|upwards of|above|exceeding|no fewer than|no less than|not less than|>|>=|≥"
    "|超过|超|逾|至少|不少于|不低于|多于|大于",
    "about": "about|around|approximately|approx.|approx|some|roughly|circa|c.|ca.|ca|an estimated|estimated|~|≈"
    "|约|大约|约为|大概|估计",
    "nearly": "nearly|almost|close to|just under|up to|as many as|less than|fewer than|under|at most|no more than"
    "|<|<=|≤|近|将近|接近|最多|至多|不超过|不到|不足|少于|小于",
    "exact": "exactly|a total of|total of|total|共|共计|合计|总计|达|达到|高达|从",
}  # fmt: skip
_SAID_AFTER = {
    "at_least": "+|plus|or more|and more|odd|-odd|以上|余|多|有余",
    "about": "or so|approximately|左右|上下|来",
    "nearly": "以内",
    "exact": "in total|in all|altogether|之多|不等",
}
_SCALES = {
    "dozen": 12, "hundred": 100, "thousand": 10**3, "k": 10**3,
    "million": 10**6, "millions": 10**6, "mln": 10**6, "mn": 10**6, "m": 10**6,
    "billion": 10**9, "billions": 10**9, "bn": 10**9, "b": 10**9, "trillion": 10**12,
    "十": 10, "百": 100, "千": 10**3, "万": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7,
    "亿": 10**8, "十亿": 10**9, "百亿": 10**10, "千亿": 10**11, "万亿": 10**12,
}  # fmt: skip
_WORDS = {
    "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
}  # fmt: skip
_CHINESE = "零一二两三四五六七八九十百千万亿"
_FORMAL = str.maketrans("〇壹贰叁肆伍陆柒捌玖拾佰仟", "零一二三四五六七八九十百千")


def _codes(words):
    return {word: code for code, names in words.items() for word in names.split("|")}


def _one_of(words):
    """Longest first; a word of letters does not end, or begin, inside another."""
    return "|".join(
        ("(?<![a-z])" if word[0].isascii() and word[0].isalpha() else "")
        + re.escape(word)
        + ("(?![a-z])" if word[-1].isascii() and word[-1].isalpha() else "")
        for word in sorted(words, key=len, reverse=True)
    )


def _any_case(pattern):
    return re.compile(pattern, re.ASCII | re.IGNORECASE)


_UNITS = _units()
_QUALIFIERS = _codes(_SAID_BEFORE) | {"上": "at_least"}
_QUALIFIERS_AFTER = _codes(_SAID_AFTER)
_CURRENCIES = _codes(_MONEY) | _SIGNS
_QUALIFIER_BEFORE = _any_case(rf"(?:({_one_of(_codes(_SAID_BEFORE))})|(上)(?=[百千万亿]))\s*")
_QUALIFIER_AFTER = _any_case(rf"\s*({_one_of(_QUALIFIERS_AFTER)})\Z")
_CURRENCY_BEFORE = _any_case(rf"({_one_of(_CURRENCIES)})\s*")
_UNIT_AFTER = _any_case(rf"[\s-]*({_one_of(_UNITS)})\Z")
_CODE_BEFORE = re.compile(rf"({'|'.join(_CODES)})(?![A-Za-z])\s*")
_CODE_AFTER = re.compile(rf"\s*(?<![A-Za-z])({'|'.join(_CODES)})\Z")

# Digits

_DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d+)(?:\.\d+)?"
_NUMBER = re.compile(rf"-?{_DIGITS}", re.ASCII)
_SCALED = _any_case(rf"({_DIGITS}|(?:{_one_of(_WORDS)})(?= ?))(?:[ -]?({_one_of(_SCALES)}))?")
_TERM = re.compile(rf"({_DIGITS})([十百千]?[万亿]|[十百千])?", re.ASCII)
_IN_CHINESE = re.compile(rf"([{_CHINESE}]+?)(?:点([零一二三四五六七八九]+))?(万亿|万|亿)?")
_ODD_WITHIN = re.compile(r"(.+)[余多]([十百千]?[万亿]+|[十百千])")  # 3000余万
_BETWEEN = _any_case(
    rf"(?<!RM)(?<=[\da-z{_CHINESE}元瓦时度台吨特])\s*(?:[-‐‑‒–—―~〜至到]|(?<![a-z])to(?![a-z]))"
    rf"\s*(?=[\d{_CHINESE}$€£¥₽₸]|RM|US\$)"
)
_BETWEEN_AND = _any_case(r"between ([^–]+) and ([^–]+)")
_MINUS = _any_case(r"[-−–—负]|minus ")
_DECIMAL_COMMA = re.compile(r"\d+,\d+", re.ASCII)
_THOUSANDS_OR_THOUSANDTHS = re.compile(r"([1-9]\d{0,2})\.(\d{3})(?!\d)", re.ASCII)
_NO_NUMBER = _any_case(
    r"几|数[十百千万亿]|若干|许多|大量|成千上万|不详|未知|不明|[^\d]*\b(?:tens|dozens|scores|hundreds|thousands|millions"
    r"|billions|several|many|numerous|various|few|couple|unknown|n/a)\b[^\d]*\Z"
)
_PER_SOMETHING = _any_case(r"\d.*(?:/ ?[^\d ]|每|(?<![a-z])(?:per|an?|each|every) ?(?:year|month|day|hour|annum))")
_DIGITS_AND_REST = _any_case(rf"{_DIGITS}\s*([^\d\s].*)")


def number(text):
    """The Decimal that `text` states in digits: `1200`, `1,200`, `１２００`, `12.5`. Raises ValidationError."""
    plain = _plain(text, longest=None)
    if not _NUMBER.fullmatch(plain):
        raise _refused(_("“%(text)s” is not a number."), text)
    return _within(Decimal(re.sub("[ ,]", "", plain)), LARGEST, text)


def amount(text, *, unit=None, most=LARGEST):
    """The Amount that `text` states: `1.01万`, `RM1.43 million`, `2.6万余台`, `10–20`. Raises ValidationError.

    `unit` is what the field wants: rigs, people, kWh, kW, t, money (any currency, or none said), plain (no unit).
    MW becomes kW; energy where a load is wanted is refused. A text without a unit has that of the field.
    """
    plain = _plain(text).translate(_FORMAL).removesuffix("。").removesuffix(".")
    if _NO_NUMBER.match(plain) or re.search(r"几|数[十百千万亿]|若干", plain):
        raise _refused(
            _("“%(text)s” is not a number. Where the source gives none, leave it empty and say it in the note."), text
        )
    if _PER_SOMETHING.search(plain):
        raise _refused(_("“%(text)s”: write the amount alone; a year or a day has its own field."), text)
    if between := _BETWEEN_AND.fullmatch(plain):
        plain = f"{between[1]}–{between[2]}"
    said_first = _QUALIFIER_BEFORE.match(plain)
    begins = said_first.end() if said_first else 0  # the "to" of "up to 300" is no range
    sides = _BETWEEN.split(plain[begins:])
    sides[0] = plain[:begins] + sides[0]
    if len(sides) > 2:
        raise _refused(_("“%(text)s” is not a number as 1,200, 1.2万 or 1.2 million."), text)
    low, high = _Side(sides[0], text), (_Side(sides[1], text) if len(sides) == 2 else None)
    if high:
        low.completed_by(high)
    kind = low.kind or ""
    if high and (high.kind or kind) != kind:
        raise _refused(_("“%(text)s” names two units."), text)
    kind = _wanted(kind, unit, [low, high] if high else [low], text)
    values = [_without_zeros(_within(side.value, most, text)) for side in (low, high) if side]
    if kind in ("rigs", "people"):
        for value in values:
            _counted_whole(value, kind, text)
    if not high:
        return Amount(values[0], kind, low.qualifier or "exact")
    if values[0] >= values[1]:
        raise _refused(_("“%(text)s” runs from more to less: a range is written as 10–20."), text)
    about = "about" in (low.qualifier, high.qualifier)
    return Amount(values[0], kind, "about" if about else "at_least", *values)


class _Side:
    """One end of a range, or the whole of an amount: what remains when qualifier and unit are taken off."""

    def __init__(self, side, text):
        self.qualifier, self.kind, self.size = "", None, Decimal(1)
        self.said_unit = False
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
        if (match := _MINUS.match(rest)) and re.search(rf"[\d{_CHINESE}]", rest[match.end() :]):
            raise _refused(_("“%(text)s” is negative."), text)
        self.number, self.scale, self.by_letter = self._read(rest, text)

    @property
    def value(self):
        return self.number * self.scale * self.size

    def completed_by(self, high):
        """10–20万 are both ten thousands, 8000–1万 are not; a unit said once holds for both."""
        if self.scale == 1 and self.number < high.number:
            self.scale = high.scale
        if self.kind is None:
            self.kind, self.size, self.said_unit = high.kind, high.size, high.said_unit
        elif high.kind is None:
            high.kind, high.size, high.said_unit = self.kind, self.size, self.said_unit

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
            self._measure(_UNITS[match[1].lower()], text)
            return rest[: match.start()]
        return rest

    def _measure(self, measure, text):
        if self.said_unit and measure != (self.kind, self.size):
            raise _refused(_("“%(text)s” names two units."), text)
        (self.kind, self.size), self.said_unit = measure, True

    def _read(self, rest, text):
        """(number, scale, whether the scale is a mere letter) of `1.2万`, `two million`, `1亿2000万`, `三万六千`."""
        if match := _SCALED.fullmatch(rest):
            word, scale = match[1].lower(), (match[2] or "").lower()
            if word != "a" or scale:
                digits = Decimal(_WORDS[word]) if word in _WORDS else _decimal(word, text)
                return digits, Decimal(_SCALES.get(scale, 1)), scale in ("k", "m", "b")
        if set(rest) <= set("0123456789., 十百千万亿") and (total := self._sum_of_terms(rest, text)):
            return total, Decimal(1), False
        if match := _IN_CHINESE.fullmatch(rest):
            whole, decimals, scale = match.groups()
            # Of 一亿二千万 the last 万 is not the scale of the whole.
            if scale and re.search("[万亿]", whole):
                whole, scale = whole + scale, None
            if not (decimals and re.search("[万亿]", whole)) and (found := _in_chinese(whole)) is not None:
                value = _decimal(f"{found}.{_one_by_one(decimals)}", text) if decimals else Decimal(found)
                return value, Decimal(_SCALES.get(scale, 1)), False
        if set(rest) <= set(_CHINESE) and rest and self.qualifier not in ("", "exact"):
            found = _in_chinese(f"一{rest}")  # 上千, 百余, 近万: only where it is qualified
            if rest[0] in "百千万亿" and found is not None:
                return Decimal(found), Decimal(1), False
        if _DECIMAL_COMMA.search(rest) and not re.search(r"[^\d,. ]", rest):
            raise _refused(_("“%(text)s”: write thousands as 1,500 and decimals as 1.5."), text)
        if (match := _DIGITS_AND_REST.fullmatch(rest)) and not re.match(rf"[.,_e+\-{_CHINESE}]", match[1]):
            raise _refused(_("“%(text)s”: “%(unit)s” is not a unit that is known here."), text, unit=match[1])
        raise _refused(_("“%(text)s” is not a number as 1,200, 1.2万 or 1.2 million."), text)

    def _sum_of_terms(self, rest, text):
        """1亿2000万, 3万6千, 3万6000; None of 3万6, which may be 36,000 or 30,006."""
        total, last, at = Decimal(0), None, 0
        while at < len(rest):
            match = _TERM.match(rest, at)
            if not match:
                return None
            scale = _SCALES.get(match[2], 1)
            term = _decimal(match[1], text) * scale
            if last and (term >= last or total % last or (scale == 1 and term * 10 < last)):
                return None
            total, last, at = total + term, scale, match.end()
            if last == 1 and at < len(rest):
                return None
        return total


def _one_by_one(text):
    return "".join(str("零一二三四五六七八九".index(digit)) for digit in text)


def _in_chinese(text):
    """The int, or None. A row of digits alone is refused: 三四台 is three or four, not thirty-four."""
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


def _wanted(kind, unit, sides, text):
    """The unit of the field, if `kind` is one that it takes."""
    money = kind in _CODES
    if unit is None or (unit == "money" and (money or not kind)) or (unit == "plain" and not kind) or unit == kind:
        wanted = kind
    elif not kind and unit not in ("money", "plain"):
        wanted = unit
    else:
        is_what = {
            "rigs": _("a count of rigs"), "people": _("a count of people"), "kWh": _("energy, kWh"),
            "kW": _("a load, kW"), "t": _("a mass, tonnes"),
        }.get(kind) or _("money, %(currency)s") % {"currency": kind}  # fmt: skip
        wanted_here = {
            "rigs": _("a count of rigs"), "people": _("a count of people"), "kWh": _("an energy in kWh"),
            "kW": _("a load in kW"), "t": _("a mass in tonnes"), "money": _("a sum of money"),
            "plain": _("a number without a unit"),
        }[unit]  # fmt: skip
        raise _refused(_("“%(text)s” is %(what)s; %(wanted)s is wanted here."), text, what=is_what, wanted=wanted_here)
    if wanted in ("kW", "kWh") and any(side.by_letter and not side.said_unit for side in sides):
        raise _refused(_("“%(text)s”: write the unit, as 12 MW or 12 million kW."), text)
    return wanted


def _counted_whole(value, kind, text):
    match = _THOUSANDS_OR_THOUSANDTHS.search(unicodedata.normalize("NFKC", text))
    if match and value < 1000:
        decimals = f"{match[1]}.{match[2]}".rstrip("0").rstrip(".")
        raise _refused(
            _("“%(text)s”: Is it %(thousands)s or %(decimals)s?"), text,
            thousands=f"{match[1]},{match[2]}", decimals=decimals,
        )  # fmt: skip
    if value != value.to_integral_value():
        counted_whole = {"rigs": _("Rigs are counted whole."), "people": _("People are counted whole.")}[kind]
        raise _refused(_("“%(text)s” is %(value)s: %(rule)s"), text, value=_exactly(value), rule=counted_whole)


def said(amount):
    """How an amount is echoed to who typed it: “read as at least 26,000 rigs”."""
    shown = _measured(amount.value, amount.unit)
    if amount.high is not None:
        ends = {"low": _exactly(amount.low), "high": _measured(amount.high, amount.unit), "kept": shown}
        if amount.qualifier == "about":
            return _("read as %(low)s to %(high)s, kept as about %(kept)s") % ends
        return _("read as %(low)s to %(high)s, kept as at least %(kept)s") % ends
    return {
        "at_least": _("read as at least %(amount)s"),
        "about": _("read as about %(amount)s"),
        "nearly": _("read as nearly %(amount)s"),
    }.get(amount.qualifier, _("read as %(amount)s")) % {"amount": shown}


def _measured(value, unit):
    """`6,580,000,000 kWh (6.58 TWh)`: every digit, and again in the size that people speak of."""
    if unit in ("rigs", "people"):
        words = {
            "rigs": ngettext("%(count)s rig", "%(count)s rigs", int(value)),
            "people": ngettext("%(count)s person", "%(count)s people", int(value)),
        }
        return words[unit] % {"count": _exactly(value)}
    if unit == "t":
        return _("%(count)s tonnes") % {"count": _exactly(value)}
    if not unit:
        return _exactly(value)
    scaled = {"kWh": quantities.energy, "kW": quantities.load}.get(unit, lambda sum_: quantities.money(sum_, unit))
    base, shown = scaled(0)[1], scaled(value)
    exact = f"{_exactly(value)} {base}"
    return exact if shown[1] == base else f"{exact} ({shown[0]} {shown[1]})"


def _exactly(value):
    value = _without_zeros(value)
    return number_format(value, decimal_pos=max(0, -value.as_tuple().exponent), use_l10n=True, force_grouping=True)


# Days

_DAY = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?\Z|(\d{4})\Z", re.ASCII)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    "(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_CHINESE_DAY = re.compile(
    r"([零一二三四五六七八九]{4}) ?年 ?"
    r"(?:([一二三四五六七八九十]{1,3}) ?月 ?(?:([一二三四五六七八九十]{1,3}) ?[日号])?)?"
)
_DAYS = [
    _any_case(r"(?P<year>\d{4})(?:(?P<by>[-/.])(?P<month>\d{1,2})(?:(?P=by)(?P<day>\d{1,2}))?)?"),
    _any_case(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})"),
    _any_case(r"(?P<year>\d{4}) ?年 ?(?:(?P<month>\d{1,2}) ?月 ?(?:(?P<day>\d{1,2}) ?[日号])?)?"),
    _any_case(rf"(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[ -](?:of )?)?{_MONTH}[ ,-] ?(?P<year>\d{{4}})"),
    _any_case(rf"{_MONTH} (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})"),
]
_YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})", re.ASCII)
_YEAR_OF_TWO_DIGITS = _any_case(
    rf"\d{{1,2}}([-/.])\d{{1,2}}\1\d{{2}}|\d{{2}}年.*|(?:\d{{1,2}}[ -])?{_MONTH}[ -]'?\d{{2}}"
)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?", re.ASCII)
_SERIALS_BEGIN = datetime.date(1899, 12, 30)


def when(text, *, today=None):
    """(the first day of it, Precision) of the day, month or year that `text` names. Raises ValidationError.

    `2021-09-25`, `2021年9月`, `25 September 2021`, `2021`. Refused are days to come, days before Bitcoin, and
    whatever could be two days.
    """
    today = today or localdate()
    plain = re.sub(r"[T ]0?0:00(:00(\.0+)?)?Z?\Z", "", _plain(text))  # as spreadsheets write a day
    year, month, day = _parts_of_day(plain, text)
    if year < GENESIS.year:
        raise _refused(_("“%(text)s” is before 2009-01-03, when the first bitcoin was mined."), text)
    if month is not None and not 1 <= month <= 12:
        raise _refused(_("“%(text)s”: There is no month %(month)s."), text, month=month)
    if day is not None and not 1 <= day <= calendar.monthrange(year, month)[1]:
        there = {"month": f"{year}-{month:02}", "days": calendar.monthrange(year, month)[1]}
        raise _refused(_("“%(text)s”: %(month)s has %(days)s days."), text, **there)
    first = datetime.date(year, month or 1, day or 1)
    precision = Precision.DAY if day else Precision.MONTH if month else Precision.YEAR
    if first > today:
        raise _refused(_("“%(text)s” is in the future: today is %(today)s."), text, today=today.isoformat())
    if day and first < GENESIS:
        raise _refused(_("“%(text)s” is before 2009-01-03, when the first bitcoin was mined."), text)
    return first, precision


def _parts_of_day(plain, text):
    for form in _DAYS:
        if match := form.fullmatch(plain):
            part = match.groupdict()
            month = _MONTHS.index(part["name"][:3].lower()) + 1 if part.get("name") else part.get("month")
            return int(part["year"]), month and int(month), part.get("day") and int(part["day"])
    if match := _CHINESE_DAY.fullmatch(plain.translate(_FORMAL)):
        year = int(_one_by_one(match[1]))
        # 99 is no month and no day: what cannot be read is refused as such.
        month, day = (part and (_in_chinese(part) or 99) for part in match.groups()[1:])
        return year, month, day
    if match := _YEAR_LAST.fullmatch(plain):
        one, two, year = int(match[1]), int(match[3]), int(match[4])
        if one <= 12 and two <= 12 and one != two:
            raise _refused(
                _("“%(text)s” may be %(one)s or %(other)s: write the one that is meant."), text,
                one=f"{year:04}-{one:02}-{two:02}", other=f"{year:04}-{two:02}-{one:02}",
            )  # fmt: skip
        return (year, two, one) if one > 12 else (year, one, two)
    if _YEAR_OF_TWO_DIGITS.fullmatch(plain):
        raise _refused(_("“%(text)s”: write the year with four digits, as 2021-09-25."), text)
    if match := _SERIAL.fullmatch(plain):
        raise _refused(
            _("“%(text)s” is how a spreadsheet counts days, probably %(day)s: write it so."), text,
            day=(_SERIALS_BEGIN + datetime.timedelta(int(match[1]))).isoformat(),
        )  # fmt: skip
    raise _refused(_("“%(text)s” is not a day as 2021-09-25, a month as 2021-09 or a year."), text)


def day(text, *, last=False):
    """The day that `text` names: `2021-09-25`; of `2021-09` or `2021` the first, or the `last`.

    Raises ValidationError.
    """
    match = _DAY.match(_plain(text, longest=None))
    try:
        if not match:
            raise ValueError
        year = int(match[1] or match[4])
        month = int(match[2]) if match[2] else (12 if last else 1)
        if match[3]:
            return datetime.date(year, month, int(match[3]))
        return datetime.date(year, month, calendar.monthrange(year, month)[1] if last else 1)
    except ValueError as problem:
        raise _refused(_("“%(text)s” is not a day as 2021-09-25, a month as 2021-09 or a year."), text) from problem


# What is common to them


def _plain(text, longest=LONGEST):
    """`text` with one form of each digit, sign, space and Chinese character. Raises ValidationError."""
    text = text.strip(" \t\r\n\u3000\u00a0").replace("CO₂", "CO2")
    if longest and len(text) > longest:
        raise _refused(_("“%(text)s” is longer than %(longest)s characters."), text, longest=longest)
    for character in text:
        category = unicodedata.category(character)
        if category in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
            raise _refused(
                _("“%(text)s” holds a character that cannot be seen (%(code)s): type it anew."),
                text, code=f"U+{ord(character):04X}",
            )  # fmt: skip
        # 5² is not 52, and ٣ is not for us to read; full-width digits are the same digits.
        if category[0] == "N" and not character.isascii() and character != "〇" and not _full_width(character):
            raise _refused(
                _("“%(text)s” is not a number: write “%(character)s” with the digits 0 to 9."),
                text,
                character=character,
            )
    plain = unicodedata.normalize("NFKC", text).strip()
    return simplified(plain) if re.search("[\u3400-\u9fff]", plain) else plain


def _full_width(character):
    return unicodedata.decomposition(character).startswith("<wide>")


def _decimal(digits, text=""):
    """The Decimal of digits that a pattern here has let through."""
    digits = digits.replace(",", "").replace(" ", "")
    if len(digits.partition(".")[2]) > MOST_DECIMALS:
        raise _refused(_("“%(text)s” has more than %(most)s decimals."), text or digits, most=MOST_DECIMALS)
    return Decimal(digits)


def _without_zeros(value):
    """12.50 as 12.5 and 5500.0 as 5500, never as 5.5E+3."""
    return value.to_integral_value() if value == value.to_integral_value() else value.normalize()


def _within(value, most, text):
    if value < 0:
        raise _refused(_("“%(text)s” is negative."), text)
    if value > most:
        raise _refused(_("“%(text)s” is over the limit of %(most)s."), text, most=_exactly(Decimal(most)))
    return value


def _refused(message, text, **names):
    shown = "".join(c for c in text if unicodedata.category(c)[0] != "C")  # a lone surrogate cannot be sent
    return ValidationError(message % {"text": shown if len(shown) <= 40 else f"{shown[:40]}…", **names})
