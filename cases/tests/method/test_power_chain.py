"""The whole chain, from seizure lines to the figures people read, against the laws of arithmetic."""

from math import fsum, isclose

from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from cases import power
from cases.actions import factor_sets, summing
from cases.method import estimate
from cases.models import Case, FactorSet
from cases.selection.measures import Metric
from cases.selection.selection import Selection
from cases.tests.builders import make_case, make_figure, make_raid, make_rig, make_seizure
from regions.models import Factor
from regions.tests.builders import make_factor, make_person, make_region

QUIET = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
PLACES = ["CN", "CN-NM", "MY", "XX"]  # a province with its country's factor, and a country without one
seizures = st.lists(
    st.tuples(
        st.none() | st.integers(0, 20_000), st.sampled_from(["s19", "m20", None]), st.sampled_from(["asic", "gpu"])
    ),
    min_size=1,
    max_size=3,
)
cases = st.lists(
    st.fixed_dictionaries({
        "place": st.sampled_from(PLACES), "year": st.integers(2017, 2025), "lines": seizures,
        "counts": st.booleans(), "stored": st.booleans(),
    }),
    min_size=1, max_size=5,
)  # fmt: skip


def same(one, other):
    """Equal up to rounding; ranges value by value, None only to None."""
    if one is None or other is None:
        return one is other
    if isinstance(one, tuple):
        return all(map(same, one, other))
    return isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def total(ranges):
    """The sum of ranges, each value for itself; None of none."""
    ranges = list(ranges)
    return power.Range(*(fsum(values) for values in zip(*ranges, strict=True))) if ranges else None


class ChainTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        china, malaysia = make_region(code="CN", name_en="China"), make_region(code="MY", name_en="Malaysia")
        cls.regions = {
            "CN": china, "MY": malaysia, "CN-NM": make_region(code="CN-NM", parent=china), "XX": make_region(code="XX"),
        }  # fmt: skip
        cls.grids = [
            make_factor(
                kind="grid_co2", region=region, scope=region.name_en, series="mee_nbs", year=year, value=value,
                unit="kgCO2/kWh",
            )
            for region, year, value in [(china, 2019, "0.6"), (china, 2022, "0.5366"), (malaysia, 2021, "0.54")]
        ]  # fmt: skip
        cls.rigs = {"s19": make_rig(slug="s19", power_w=3250), "m20": make_rig(slug="m20", power_w=3360), None: None}
        for kind, year, watts in [("asic", 2017, 1400), ("asic", 2020, 3334), ("gpu", 2018, 1000)]:
            make_rig(manufacturer="generic", kind=kind, is_generic=True, released_year=year, power_w=watts)
        cls.registrar = make_person("add_factorset", "view_case", everywhere=True)

    def record(self, some):
        """Store what was drawn, as entry and import do: rows, then `actions.sum_up`."""
        for number, drawn in enumerate(some):
            case = make_case(
                ref=f"drawn-{number}", region=self.regions[drawn["place"]], published=True,
                occurred_on=f"{drawn['year']}-05-01", counts_in_totals=drawn["counts"],
                electricity_check="implausible" if drawn["stored"] else "",
            )  # fmt: skip
            raid = make_raid(case)
            for count, rig, kind in drawn["lines"]:
                make_seizure(raid, count=count, rig=self.rigs[rig], kind=kind)
            if drawn["stored"]:
                make_figure(case, amount=1)
        summing.sum_up(Case.objects.all())

    def parts(self):
        """[(case, its Estimate or None)] as the page of each case reckons it."""
        return [(case, estimate.if_run(case).get("if_run")) for case in Case.objects.for_page().order_by("ref")]

    @QUIET
    @given(cases)
    def test_totals_are_the_sums_of_their_parts(self, some):
        self.record(some)
        record = Selection(QueryDict(), self.registrar)
        parts = [(case, reckoned) for case, reckoned in self.parts() if case.counts_in_totals]
        run = [reckoned for _case, reckoned in parts if reckoned]
        totals = record.totals()
        assert totals.rigs == sum(case.rigs or 0 for case, _reckoned in parts)
        assert same(totals.kw, total(one.kw for one in run))
        assert same(totals.kwh_a_year, total(one.kwh for one in run))
        assert same(totals.tce, total(one.tce for one in run))
        assert same(totals.tce_calorific, total(one.tce_calorific for one in run))
        assert same(totals.t_co2, total(one.t_co2 for one in run if one.t_co2 is not None))
        for rows in (
            [row.kw for row in record.by_region()],
            [amounts.amount(Metric.POWER) for amounts in record.measures_of([Metric.POWER]).years.values()],
        ):
            known = [kw for kw in rows if kw is not None]
            assert same(fsum(known) if known else None, totals.kw and totals.kw.best)
        page = self.client.get("/cases/totals.json").json()
        assert same(page["kw"] and page["kw"]["best"], totals.kw and totals.kw.best)

    @QUIET
    @given(cases)
    def test_low_is_below_best_and_best_below_high_at_every_step(self, some):
        self.record(some)
        for case, reckoned in self.parts():
            if case.electricity_check:
                assert reckoned is None
            if reckoned is None:
                assert case.kw_best is None
                continue
            for low, best, high in (reckoned.kw, reckoned.kwh, reckoned.tce, reckoned.tce_calorific):
                assert 0 <= low <= best <= high
            if reckoned.t_co2 is not None:
                assert 0 <= reckoned.t_co2.low <= reckoned.t_co2.best <= reckoned.t_co2.high

    @QUIET
    @given(cases, st.integers(2, 9))
    def test_as_many_times_the_rigs_are_as_many_times_of_everything(self, some, times):
        self.record(some)
        before = Selection(QueryDict(), self.registrar).totals()
        Case.objects.all().delete()
        self.record([one | {"lines": [(n and n * times, *line) for n, *line in one["lines"]]} for one in some])
        after = Selection(QueryDict(), self.registrar).totals()
        assert after.rigs == before.rigs * times
        for name in ("kw", "kwh_a_year", "tce", "tce_calorific", "t_co2"):
            one, other = getattr(before, name), getattr(after, name)
            assert same(one and one * times, other)

    @QUIET
    @given(cases, st.sampled_from([0, 1, 2]), st.sampled_from(["0.3", "0.9"]))
    def test_a_factor_of_a_grid_changes_exactly_what_uses_it(self, some, at, value):
        self.record(some)
        grid = self.grids[at]
        before = {case.ref: (case, reckoned) for case, reckoned in self.parts()}
        used_by = {
            case.ref for case, _reckoned in before.values()
            if case.kg_co2_per_kwh is not None and isclose(case.kg_co2_per_kwh, float(grid.value))
        }  # fmt: skip
        factor_sets.revise(
            lambda: Factor.objects.filter(pk=grid.pk).update(value=value) and None, by=self.registrar, reason="A test"
        )
        for case, reckoned in self.parts():
            was, reckoned_before = before[case.ref]
            assert (case.kw_low, case.kw_best, case.kw_high) == (was.kw_low, was.kw_best, was.kw_high)
            assert case.kg_co2_per_kwh == (float(value) if case.ref in used_by else was.kg_co2_per_kwh)
            if reckoned:
                assert reckoned.kwh == reckoned_before.kwh
                assert reckoned.tce == reckoned_before.tce
                assert reckoned.t_co2 == reckoned_before.t_co2 or case.ref in used_by

    @QUIET
    @given(
        cases,
        st.sampled_from([("pue_best", 1.15), ("nameplate_high", 1.1), ("uptime_low", 0.9), ("gce_generation", 300.0)]),
    )
    def test_an_assumption_changes_exactly_its_own_step(self, some, assumed):
        self.record(some)
        name, value = assumed
        given_before = FactorSet.objects.assumptions()
        before = {case.ref: reckoned for case, reckoned in self.parts()}
        factor_sets.revise(lambda: {name: value}, by=self.registrar, reason="A test")
        at = ("low", "best", "high").index(name.rpartition("_")[2]) if not name.startswith("gce") else None
        for case, reckoned in self.parts():
            old = before[case.ref]
            if old is None:
                assert reckoned is None
                continue
            ratios = [1.0, 1.0, 1.0]
            if at is not None:
                ratios[at] = value / getattr(given_before, name.rpartition("_")[0])[at]
            assert same(tuple(reckoned.kw), tuple(one * ratio for one, ratio in zip(old.kw, ratios, strict=True)))
            assert same(reckoned.tce_calorific, old.tce_calorific * tuple(ratios))
            coal = value / given_before.gce_generation if at is None else 1.0
            assert same(reckoned.tce, old.tce * tuple(ratio * coal for ratio in ratios))
            assert reckoned.t_co2 is None or same(reckoned.t_co2, old.t_co2 * tuple(ratios))
