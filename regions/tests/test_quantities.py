"""Quantities as people write them, in the three languages of the interface."""

from decimal import Decimal

import pytest
from django.utils.translation import override

from regions.grammar import quantities
from regions.grammar.quantities import (
    between,
    carbon,
    coal,
    energy,
    figure,
    money,
    power_draw,
    rigs,
    rigs_named,
    rigs_word,
    with_unit,
)

# What, English, Chinese.
QUANTITIES = [
    (lambda: quantities.unit("kgCO2/kWh"), "kgCO₂/kWh", "千克二氧化碳/千瓦时"),
    (lambda: quantities.unit("gce/kWh"), "gce/kWh", "克标准煤/千瓦时"),
    (lambda: quantities.unit("CNY/kWh"), "yuan/kWh", "元/千瓦时"),
    (lambda: quantities.unit("EH/s"), "EH/s", "EH/s"),
    (lambda: figure(None), "–", "–"),
    (lambda: figure(0), "0", "0"),
    (lambda: figure(-1234), "-1,234", "-1,234"),
    (lambda: figure(2000), "2,000", "2,000"),
    (lambda: figure(10**15), "1,000,000,000,000,000", "1,000,000,000,000,000"),
    (lambda: figure(Decimal("0.0521")), "0.05", "0.05"),
    (lambda: with_unit(energy(None)), "–", "–"),
    (lambda: with_unit(energy(0)), "0 kWh", "0千瓦时"),
    (lambda: with_unit(energy(1104)), "1,104 kWh", "1,104千瓦时"),
    (lambda: with_unit(energy(6_580_000_000)), "6.58 TWh", "65.8亿千瓦时"),
    (lambda: with_unit(energy(10**15)), "1,000,000 TWh", "1,000万亿千瓦时"),
    (lambda: with_unit(energy(-6_580_000_000)), "-6.58 TWh", "-65.8亿千瓦时"),
    (lambda: with_unit(power_draw(305_000)), "305 MW", "30.5万千瓦"),
    (lambda: with_unit(power_draw(9_999)), "10 MW", "9,999千瓦"),
    (lambda: with_unit(coal(2_000_000)), "2 million tce", "200万吨标准煤"),
    (lambda: with_unit(carbon(1821)), "1,821 t CO₂", "1,821吨二氧化碳"),
    (lambda: with_unit(carbon(1821, "co2e")), "1,821 t CO₂e", "1,821吨二氧化碳当量"),
    (lambda: with_unit(money(68_060_000, "MYR")), "RM68.1 million", "6,806万马来西亚林吉特"),
    (lambda: with_unit(money(-5, "MYR")), "-RM5", "-5马来西亚林吉特"),
    (lambda: with_unit(money(295_000, "CNY")), "295,000 yuan", "29.5万元"),
    (lambda: with_unit(money(10**12, "ISK")), "1,000 billion ISK", "1万亿 ISK"),
    (lambda: with_unit(money(None, "MYR")), "–", "–"),
    (lambda: between(power_draw(305_000), power_draw(889_000)), "305–889 MW", "30.5万–88.9万千瓦"),
    (lambda: between(power_draw(900), power_draw(1_200)), "900 kW–1.2 MW", "900–1,200千瓦"),
    (lambda: between(power_draw(9_000), power_draw(12_000)), "9–12 MW", "9,000千瓦–1.2万千瓦"),
    (lambda: between(energy(5), energy(5)), "5 kWh", "5千瓦时"),
    (lambda: between(money(10**6, "MYR"), money(3 * 10**6, "MYR")), "RM1–RM3 million", "100万–300万马来西亚林吉特"),
    (lambda: rigs(None, "at_least"), "–", "–"),
    (lambda: rigs(0), "0", "0台"),
    (lambda: rigs(110, "at_least"), "110 or more", "110台以上"),
    (lambda: rigs(1069, "about"), "about 1,069", "约1,069台"),
    (lambda: rigs(4000, "nearly"), "nearly 4,000", "近4,000台"),
    (lambda: rigs_named(1), "1 rig", "1台矿机"),
    (lambda: rigs_word(1), "rig", "矿机"),
    (lambda: rigs_word(None), "rigs", "矿机"),
    (lambda: quantities.unit("kW"), "kW", "千瓦"),
    (lambda: rigs_named(110, "at_least"), "110 or more rigs", "110台以上矿机"),
]  # fmt: skip


@pytest.mark.parametrize(("shown", "english", "chinese"), QUANTITIES)
def test_a_quantity_in_words(shown, english, chinese):
    with override("en"):
        assert shown() == english
    with override("zh-hans"):
        assert shown() == chinese


def test_who_reads_traditional_chinese_gets_its_characters():
    with override("zh-hant"):
        assert with_unit(energy(6_580_000_000)) == "65.8億千瓦時"
        assert with_unit(money(68_060_000, "MYR")) == "6,806萬馬來西亞林吉特"
        assert between(power_draw(305_000), power_draw(889_000)) == "30.5萬–88.9萬千瓦"
        assert rigs_named(4000, "nearly") == "近4,000台礦機"


def test_every_currency_of_our_own_has_three_letters():
    for names in (quantities.CURRENCY_SIGNS, quantities.CURRENCIES_IN_ENGLISH, quantities.CURRENCIES_IN_CHINESE):
        assert all(len(code) == 3 and code.isupper() for code in names)
