"""Quantities as people write them, in the reader's language: 10,100 · 6.58 TWh · 65.8亿千瓦时.

Each function takes a number in the base unit and returns its figure and its unit; `with_unit` puts them together. None
gives an en dash: the source does not say.
"""

from decimal import Decimal
from functools import lru_cache

from django.utils.formats import number_format
from django.utils.translation import get_language, pgettext

from .language import in_readers_script, reads_chinese

Number = Decimal | float | int | None

UNSAID = "–"
NOT_SAID = (None, "")  # "" is what a template makes of an attribute of None


def figure(value: Number, digits: int = 3) -> str:
    """`value` with thousands separators and about `digits` significant digits, never fewer than its integer part."""
    return UNSAID if value in NOT_SAID else _figure(value, digits, get_language())


@lru_cache(maxsize=20_000)  # a page has hundreds, most of them small numbers
def _figure(value, digits, _language):
    value = Decimal(str(value))
    if value == value.to_integral_value():
        return number_format(value.to_integral_value(), decimal_pos=0, use_l10n=True, force_grouping=True)
    places = max(0, digits - max(1, value.adjusted() + 1))
    text = number_format(round(value, places), decimal_pos=places, use_l10n=True, force_grouping=True)
    return text.rstrip("0").rstrip(".") if "." in text else text


def _scaled(value, steps):
    """`value` in the last of `steps`, (from, size, unit) ascending, that begins at or below it."""
    if value in NOT_SAID:
        return UNSAID, ""
    _from, size, unit = next((step for step in reversed(steps) if abs(value) >= step[0]), steps[0])
    return figure(value if size == 1 else Decimal(str(value)) / size), in_readers_script(unit)


def _in_wan(value, unit):
    """`value` counted as Chinese counts: by 万, 亿 and 万亿."""
    return _scaled(value, [(0, 1, unit), *((size, size, f"{word}{unit}") for word, size in WAN.items())])


WAN = {"万": 10**4, "亿": 10**8, "万亿": 10**12}


def with_unit(pair: tuple[str, str]) -> str:
    """A figure with its unit: 6.58 TWh, 65.8亿千瓦时. Chinese has no blank between them."""
    shown, unit = pair
    return f"{shown}{'' if reads_chinese() and not unit.isascii() else ' '}{unit}" if unit else shown


UNITS = {
    "gce": "克标准煤", "gCO2e": "克二氧化碳当量", "kgCO2": "千克二氧化碳", "kgCO2e": "千克二氧化碳当量",
    "tCO2": "吨二氧化碳", "tCO2e": "吨二氧化碳当量", "kW": "千瓦", "kWh": "千瓦时", "MWh": "兆瓦时",
}  # fmt: skip


def unit(written: str) -> str:
    """A unit of the record as people write it: kgCO2/kWh is kgCO₂/kWh, in Chinese 千克二氧化碳/千瓦时."""
    if not reads_chinese():
        return "/".join(CURRENCIES_IN_ENGLISH.get(part, part) for part in written.replace("CO2", "CO₂").split("/"))
    return in_readers_script("/".join((UNITS | CURRENCIES_IN_CHINESE).get(part, part) for part in written.split("/")))


def between(low: tuple[str, str], high: tuple[str, str]) -> str:
    """A range of two quantities of one kind: 305–889 MW, 900 kW–1.2 MW, 30.5万–88.9万千瓦."""
    if low == high:
        return with_unit(low)
    shown, unit = low
    if unit == high[1]:
        # 万千瓦 is 万 and 千瓦: the scale stays with its figure, the unit is named once.
        scale = next((word for word in reversed(WAN) if unit.startswith(in_readers_script(word))), "")
        return f"{shown}{in_readers_script(scale)}–{with_unit(high)}"
    return f"{with_unit(low)}–{with_unit(high)}"


def energy(kwh: Number) -> tuple[str, str]:
    """Kilowatt-hours."""
    if reads_chinese():
        return _in_wan(kwh, "千瓦时")
    return _scaled(kwh, [(0, 1, "kWh"), (10**4, 10**3, "MWh"), (10**6, 10**6, "GWh"), (10**9, 10**9, "TWh")])


def power_draw(kw: Number) -> tuple[str, str]:
    """Kilowatts."""
    if reads_chinese():
        return _in_wan(kw, "千瓦")
    return _scaled(kw, [(0, 1, "kW"), (10**3, 10**3, "MW"), (10**6, 10**6, "GW")])


def coal(tce: Number) -> tuple[str, str]:
    """Tonnes of standard coal equivalent."""
    if reads_chinese():
        return _in_wan(tce, "吨标准煤")
    return _scaled(tce, [(0, 1, "tce"), (10**5, 10**3, "kt tce"), (10**6, 10**6, "million tce")])


def carbon(tonnes: Number, gas: str = "co2") -> tuple[str, str]:
    """Tonnes of carbon dioxide, or of what counts other gases as much of it: of CO₂e."""
    if reads_chinese():
        return _in_wan(tonnes, "吨二氧化碳当量" if gas == "co2e" else "吨二氧化碳")
    name = "CO₂e" if gas == "co2e" else "CO₂"
    return _scaled(tonnes, [(0, 1, f"t {name}"), (10**5, 10**3, f"kt {name}"), (10**6, 10**6, f"Mt {name}")])


def money(amount: Number, currency: str) -> tuple[str, str]:
    """An amount of `currency`, by its ISO 4217 code: RM68.1 million, 6,806万马来西亚林吉特."""
    if reads_chinese():
        shown, scale = _in_wan(amount, "")
    else:
        shown, scale = _scaled(amount, [(0, 1, ""), (10**6, 10**6, "million"), (10**9, 10**9, "billion")])
    return priced(shown, scale, currency) if amount not in NOT_SAID else (shown, scale)


def priced(shown: str, scale: str, currency: str) -> tuple[str, str]:
    """A figure as an amount of `currency`; `scale` is what it is counted in: "", million, 万.

    English has the sign where only one currency has it; ¥ and a bare $ have several. Chinese has the name.
    """
    if reads_chinese():
        return shown, scale + in_readers_script(CURRENCIES_IN_CHINESE.get(currency, f" {currency}"))
    if currency in CURRENCY_SIGNS:
        sign = "-" if shown.startswith("-") else ""
        return f"{sign}{CURRENCY_SIGNS[currency]}{shown.removeprefix('-')}", scale
    return shown, f"{scale} {CURRENCIES_IN_ENGLISH.get(currency, currency)}".strip()


CURRENCY_SIGNS = {"EUR": "€", "GBP": "£", "HKD": "HK$", "MYR": "RM", "SGD": "S$", "TWD": "NT$", "USD": "US$"}
CURRENCIES_IN_ENGLISH = {"CNY": "yuan", "RUB": "roubles", "THB": "baht"}
CURRENCIES_IN_CHINESE = {
    "BGN": "保加利亚列弗", "BRL": "巴西雷亚尔", "CNY": "元", "DZD": "阿尔及利亚第纳尔", "EUR": "欧元", "GBP": "英镑",
    "GEL": "格鲁吉亚拉里", "HKD": "港元", "IDR": "印尼盾", "INR": "印度卢比", "IRR": "伊朗里亚尔", "JPY": "日元",
    "KGS": "吉尔吉斯斯坦索姆", "KRW": "韩元", "KZT": "哈萨克斯坦坚戈", "MYR": "马来西亚林吉特", "PYG": "巴拉圭瓜拉尼",
    "RUB": "俄罗斯卢布", "SGD": "新加坡元", "THB": "泰铢", "TJS": "塔吉克斯坦索莫尼", "TWD": "新台币",
    "UAH": "乌克兰格里夫纳", "USD": "美元", "UZS": "乌兹别克斯坦苏姆", "VND": "越南盾",
}  # fmt: skip


def rigs(count: int | None, qualifier: str = "") -> str:
    """A count of rigs as the source words it, where a label names them: 110 or more, about 300; 110台以上, 约300台."""
    if count is None:
        return UNSAID
    shown = f"{figure(count)}台" if reads_chinese() else figure(count)
    return {
        "at_least": pgettext("a count", "%(count)s or more"),
        "about": pgettext("a count", "about %(count)s"),
        "nearly": pgettext("a count", "nearly %(count)s"),
    }.get(qualifier, "%(count)s") % {"count": shown}


def rigs_named(count: int | None, qualifier: str = "") -> str:
    """A count of rigs as the source words it, in a sentence: 110 or more rigs; 110台以上矿机."""
    if count is None:
        return UNSAID
    return f"{rigs(count, qualifier)}{'' if reads_chinese() else ' '}{rigs_word(count)}"


def rigs_word(count: int | None) -> str:
    """What a count of rigs is followed by where no label names them: rig, rigs; after 110台以上: 矿机."""
    if reads_chinese():
        return in_readers_script("矿机")
    return "rig" if count == 1 else "rigs"
