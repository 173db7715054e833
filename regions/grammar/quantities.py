"""Quantities as people write them, in the reader's language: 10,100 · 6.58 TWh · 65.8亿千瓦时.

Each function takes a number in the base unit and returns its figure and its unit. None gives an en dash: the source
does not say.
"""

from decimal import Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from .language import reads_chinese

Number = Decimal | float | int | None

UNSAID = "–"
NOT_SAID = (None, "")  # "" is what a template makes of an attribute of None


def figure(value: Number, digits: int = 3) -> str:
    """`value` with thousands separators and about `digits` significant digits, never fewer than its integer part."""
    if value in NOT_SAID:
        return UNSAID
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
    return figure(value if size == 1 else Decimal(str(value)) / size), unit


def with_unit(pair: tuple[str, str]) -> str:
    """A figure with its unit: 6.58 TWh, 65.8亿千瓦时. Chinese has no blank between them."""
    shown, unit = pair
    return f"{shown}{'' if reads_chinese() and not unit.isascii() else ' '}{unit}" if unit else shown


def energy(kwh: Number) -> tuple[str, str]:
    """Kilowatt-hours."""
    if reads_chinese():
        return _scaled(kwh, [(0, 1, "千瓦时"), (10**5, 10**4, "万千瓦时"), (10**8, 10**8, "亿千瓦时")])
    return _scaled(kwh, [(0, 1, "kWh"), (10**4, 10**3, "MWh"), (10**6, 10**6, "GWh"), (10**9, 10**9, "TWh")])


def power_draw(kw: Number) -> tuple[str, str]:
    """Kilowatts."""
    if reads_chinese():
        return _scaled(kw, [(0, 1, "千瓦"), (10**4, 10**4, "万千瓦")])
    return _scaled(kw, [(0, 1, "kW"), (10**3, 10**3, "MW"), (10**6, 10**6, "GW")])


def coal(tce: Number) -> tuple[str, str]:
    """Tonnes of standard coal equivalent."""
    if reads_chinese():
        return _scaled(tce, [(0, 1, "吨标准煤"), (10**4, 10**4, "万吨标准煤")])
    return _scaled(tce, [(0, 1, "tce"), (10**5, 10**3, "kt tce"), (10**6, 10**6, "million tce")])


def carbon(tonnes: Number, gas: str = "co2") -> tuple[str, str]:
    """Tonnes of carbon dioxide, or of what counts other gases as much of it: of CO₂e."""
    if reads_chinese():
        name = "二氧化碳当量" if gas == "co2e" else "二氧化碳"
        return _scaled(tonnes, [(0, 1, f"吨{name}"), (10**4, 10**4, f"万吨{name}")])
    name = "CO₂e" if gas == "co2e" else "CO₂"
    return _scaled(tonnes, [(0, 1, f"t {name}"), (10**5, 10**3, f"kt {name}"), (10**6, 10**6, f"Mt {name}")])


def money(amount: Number, currency: str) -> tuple[str, str]:
    """An amount of `currency`, by its ISO 4217 code: the code is exact where a sign is not."""
    if reads_chinese():
        text, unit = _scaled(amount, [(0, 1, ""), (10**4, 10**4, "万"), (10**8, 10**8, "亿")])
    else:
        text, unit = _scaled(amount, [(0, 1, ""), (10**6, 10**6, "million"), (10**9, 10**9, "billion")])
    return text, f"{unit} {currency}".strip()


def rigs(count: int | None, qualifier: str = "") -> tuple[str, str]:
    """A count of rigs with the sign of its qualifier: ≥ 1,000 · ≈ 300."""
    sign = {"at_least": "≥ ", "about": "≈ ", "nearly": "≲ "}.get(qualifier, "")
    return (f"{sign}{figure(count)}" if count is not None else UNSAID), _("rigs")
