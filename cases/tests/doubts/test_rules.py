"""What looks wrong, each rule with one that does and one that does not."""

from collections import Counter
from dataclasses import replace
from datetime import date

from django.test import TestCase

from cases.doubts.rules import Facts, doubts, facts_of
from cases.models import Case
from cases.tests import real_record
from cases.tests.builders import make_rig
from regions import places
from regions.tests.builders import make_boundary, make_policy, make_region
from regions.tests.test_places import square


class DoubtTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.china = make_region(code="CN", name_en="China", currency="CNY")
        make_boundary(cls.china, geometry=square(73, 18, 135, 53))
        places.forget()
        cls.addClassCleanup(places.forget)

    def rules(self, **values):
        return [doubt.rule for doubt in self.doubts(**values)]

    def doubts(self, **values):
        return doubts(replace(Facts(self.china, date(2021, 9, 25), rigs=10_100), **values))

    def test_a_reading_that_cannot_be_the_consumption_says_stored(self):
        (doubt,) = self.doubts(energy_kwh=1104)
        self.assertEqual(doubt.text, "1,104 kWh ÷ 10,100 rigs = 0.11 kWh per rig: stored, not running.")
        self.assertEqual(self.rules(energy_kwh=1_104_000), [])  # no period: nothing to divide by

    def test_energy_of_a_period_is_divided_by_its_hours(self):
        self.assertEqual(self.rules(rigs=100, energy_kwh=100 * 1.4 * 24, energy_basis="per_day"), [])
        (doubt,) = self.doubts(rigs=5, energy_kwh=10_000_000, energy_basis="per_month")
        self.assertEqual(doubt.rule, "energy_per_rig")
        self.assertIn("10,000,000 kWh ÷ 5 rigs ÷ 730 h", doubt.text)

    def test_load_per_rig(self):
        self.assertEqual(self.rules(rigs=100, load_kw=140), [])
        (doubt,) = self.doubts(rigs=100, load_kw=1000)
        self.assertIn("1,000 kW ÷ 100 rigs = 10 kW per rig", doubt.text)
        self.assertEqual(self.rules(rigs=100, load_kw=10), ["load_per_rig"])
        self.assertEqual(self.rules(rigs=None, load_kw=10), [])
        self.assertEqual(self.rules(rigs=0, load_kw=10), [])

    def test_a_rule_is_cited_before_it_holds_or_after(self):
        later = make_policy(issued_on=date(2021, 10, 1))
        ended = make_policy(issued_on=date(2015, 1, 1), effective_on=date(2015, 1, 1), expires_on=date(2020, 1, 1))
        holds = make_policy(issued_on=date(2021, 9, 25))
        self.assertEqual(self.rules(policies=[later]), ["policy_not_in_force"])
        self.assertEqual(self.rules(policies=[ended]), ["policy_not_in_force"])
        self.assertEqual(self.rules(policies=[holds]), [])
        self.assertEqual(self.rules(policies=[later], occurred_on=date(2021, 1, 1), date_precision="year"), [])

    def test_a_point_elsewhere_exchanged_or_nowhere(self):
        self.assertEqual(self.rules(latitude=40.7, longitude=107.4, location_precision="site"), [])
        self.assertEqual(self.rules(latitude=4.4, longitude=113.9, location_precision="site"), ["point_off_region"])
        (doubt,) = self.doubts(latitude=31.0, longitude=204.0 - 180, location_precision="site")
        self.assertEqual(doubt.rule, "point_off_region")
        self.assertEqual(self.rules(latitude=85.0, longitude=31.0, location_precision="site"), ["point_swapped"])
        self.assertEqual(self.rules(latitude=0.0, longitude=0.0, location_precision="site"), ["point_nowhere"])

    def test_a_coarse_point_may_lie_a_little_outside(self):
        near = {"latitude": 53.4, "longitude": 120.0}  # 44 km
        self.assertEqual(self.rules(**near, location_precision="site"), ["point_off_region"])
        self.assertEqual(self.rules(**near, location_precision="admin2"), [])

    def test_many_rigs_for_a_home(self):
        self.assertEqual(self.rules(site_type="residential"), ["count_for_site"])
        self.assertEqual(self.rules(site_type="warehouse"), [])
        self.assertEqual(self.rules(site_type="residential", rigs=20), [])

    def test_money_of_another_country(self):
        self.assertEqual(self.rules(currencies=["MYR"]), ["currency_of_country"])
        self.assertEqual(self.rules(currencies=["CNY", "USD"]), [])
        below = make_region(parent=self.china)
        self.assertEqual(self.rules(region=below, currencies=["MYR"]), ["currency_of_country"])
        bulgaria = make_region(code="BG", currency="EUR")
        self.assertEqual(self.rules(region=bulgaria, currencies=["BGN"]), [])
        self.assertEqual(
            self.rules(region=bulgaria, currencies=["BGN"], occurred_on=date(2026, 1, 1)), ["currency_of_country"]
        )

    def test_a_model_that_was_not_on_sale_yet(self):
        self.assertEqual(self.rules(models=[make_rig(released_year=2023)]), ["rig_not_built_yet"])
        self.assertEqual(self.rules(models=[make_rig(released_year=2021)]), [])

    def test_many_people_held(self):
        self.assertEqual(self.rules(arrests=1001), ["many_arrests"])
        self.assertEqual(self.rules(arrests=22), [])

    def test_figures_that_contradict_each_other(self):
        total = [("loss", "total", "CNY", 5.0), ("loss", "total", "CNY", 7.0)]
        (doubt,) = self.doubts(amounts=total)
        self.assertEqual((doubt.rule, doubt.text), ("conflicting_figures", "Loss: 5 CNY or 7 CNY"))
        for apart in [
            [("loss", "total", "CNY", 5.0), ("loss", "total", "CNY", 5.0)],
            [("loss", "total", "CNY", 5.0), ("loss", "per_month", "CNY", 7.0)],
            [("loss", "total", "CNY", 5.0), ("loss", "total", "USD", 7.0)],
            [("loss", "total", "CNY", 5.0), ("equipment_value", "total", "CNY", 7.0)],
        ]:
            with self.subTest(apart):
                self.assertEqual(self.rules(amounts=apart), [])

    def test_a_factor_of_another_time(self):
        for year, expected in [(2019, []), (2023, []), (2018, ["old_factor"]), (2024, ["old_factor"]), (None, [])]:
            with self.subTest(year):
                self.assertEqual(self.rules(factor_year=year), expected)

    def test_nothing_said_nothing_doubted(self):
        self.assertEqual(doubts(Facts(None, None)), [])


class RecordTests(TestCase):
    def test_of_the_real_record_four_cases_are_doubted(self):
        real_record.load()
        places.forget()
        self.addCleanup(places.forget)
        found = Counter()
        for case in Case.objects.for_page():
            found.update((case.ref, doubt.rule.value) for doubt in doubts(facts_of(case)))
        doubted = {
            ("cn-bayannur-202109", "energy_per_rig"),
            ("ru-stpetersburg-20251001", "count_for_site"),
            ("th-samutsakhon-20251202", "count_for_site"),
            ("xk-nationwide-20220101b", "policy_not_in_force"),
        }
        self.assertEqual(found, Counter(doubted))
