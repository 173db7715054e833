"""The arithmetic, against figures worked out by hand and against its own laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import power

CLASSES = [("asic", 2017, 1400), ("asic", 2020, 3334), ("gpu", 2018, 1000), ("gpu", 2021, 1250)]


def test_a_hundred_s19_pro_come_out_as_the_method_says():
    kw = power.running_kw([power.Line.of_model(100, 3250)], power.Assumptions(nameplate=power.EXACTLY))
    assert kw == pytest.approx((328.25, 357.5, 390.0))
    kwh = power.kwh_a_year(kw)
    assert round(kwh.best / 1000, 1) == 3133.8
    # By hand: 3,133,845 kWh × 305.5 g, × 122.9 g, × 0.5810 kg.
    assert round(power.tce(kwh, power.DEFAULTS.gce_generation).best, 1) == 957.4
    assert round(power.tce(kwh, power.DEFAULTS.gce_calorific).best, 1) == 385.1
    assert round(power.t_co2(kwh, 0.5810).best, 1) == 1820.8


def test_the_claim_of_inner_mongolia_stands_on_the_generation_basis():
    implied = power.gce_per_kwh(2_000_000, 6.58e9)
    assert round(implied, 2) == 303.95
    assert power.stands_on_generation(implied)
    assert not power.stands_on_generation(122.9)


def test_an_unknown_model_takes_the_newest_class_on_the_market_and_the_range_of_all():
    assert power.generic_line(10, "unknown", 2021, CLASSES).watts == (1400, 3334, 3334)
    assert power.generic_line(10, "unknown", 2018, CLASSES).watts == (1400, 1400, 1400)
    assert power.generic_line(10, "gpu", 2021, CLASSES).watts == (1000, 1250, 1250)
    assert power.generic_line(10, "asic", 2012, CLASSES).watts == (1400, 1400, 1400)
    assert power.generic_line(10, "mixed", 2021, CLASSES).is_generic


def test_a_catalogue_without_a_generic_row_is_an_error():
    with pytest.raises(ValueError, match="no generic gpu"):
        power.generic_line(1, "gpu", 2021, CLASSES[:2])


lines = st.lists(st.builds(power.Line.of_model, st.integers(0, 10**6), st.integers(1, 10**5)), max_size=6)


@given(lines)
def test_low_is_below_best_and_best_below_high(some):
    low, best, high = power.running_kw(some)
    assert low <= best <= high


@given(lines, lines)
def test_a_load_is_the_sum_of_its_parts(some, others):
    together = power.running_kw(some + others)
    apart = power.running_kw(some) + power.running_kw(others)
    assert together == pytest.approx(apart)


@given(lines, st.floats(0.01, 2000))
def test_units_cancel(some, gce):
    kw = power.running_kw(some)
    assert power.tce(power.kwh_a_year(kw), gce).best * 1e6 == pytest.approx(kw.best * 8766 * gce)
