"""The method as people meet it: its page, the calculator, and what another factor changes."""

from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import TestCase
from django.urls import reverse

from cases import power
from cases.actions import factor_sets, summing
from cases.models import Case, FactorSet
from cases.tests.builders import make_case, make_figure, make_raid, make_rig, make_seizure
from regions.models import Factor
from regions.tests.builders import (
    make_factor,
    make_indicator,
    make_person,
    make_reading,
    make_region,
    make_savings_claim,
)
from regions.tests.pages import text_of


def make_grid(region, **values):
    values = {"kind": "grid_co2", "series": "mee_nbs", "unit": "kgCO2/kWh", "scope": region.name_en} | values
    return make_factor(region=region, **values)


class MethodPageTests(TestCase):
    def test_both_checks_come_out_to_the_last_digit(self):
        text = text_of(self.client.get(reverse("method:method")))
        for figure in ("328.25 / 357.5 / 390.0 kW", "3,133.8 MWh", "957.4 tce", "385.1 tce", "1,820.8 tCO₂"):
            with self.subTest(figure):
                self.assertIn(figure, text)
        for figure in ("303.95 gce/kWh", "generation basis", "751 MW", "16.7 MW"):
            with self.subTest(figure):
                self.assertIn(figure, text)

    def test_every_factor_stands_there_with_its_source(self):
        make_grid(make_region(name_en="Sarawak"), year=2021, value="0.198", source_text="Energy Commission 2023")
        text = text_of(self.client.get(reverse("method:method")))
        self.assertIn("Sarawak", text)
        self.assertIn("0.198 kgCO₂/kWh", text)
        self.assertIn("Energy Commission 2023", text)

    def test_a_set_that_is_not_there_is_said_not_to_be(self):
        for asked in ("99", "x", "1" * 30):
            with self.subTest(asked):
                self.assertContains(
                    self.client.get(reverse("method:method"), {"set": asked}), "There is no method version"
                )

    def test_in_chinese_too(self):
        response = self.client.get(reverse("method:method"), headers={"Accept-Language": "zh-Hans"})
        self.assertContains(response, "957.4")


class CalculatorTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.china = make_region(code="CN", name_en="China", name_zh="中国")
        cls.mongolia = make_region(code="CN-NM", name_en="Inner Mongolia", name_zh="内蒙古", parent=cls.china)
        make_grid(cls.china, year=2021, value="0.5810")
        make_rig(manufacturer="generic", model="ASIC 2020", is_generic=True, released_year=2020, power_w=3334)
        cls.s19 = make_rig(slug="s19-pro", manufacturer="Bitmain", model="Antminer S19 Pro", power_w=3250)

    def found(self, **asked):
        return self.client.get(reverse("method:calculator"), asked).context.get("found")

    def errors(self, **asked):
        response = self.client.get(reverse("method:calculator"), asked)
        self.assertEqual(response.status_code, 200)
        self.assertNotIn("found", response.context)
        return response.context["form"].errors

    def test_a_hundred_s19_pro_in_china(self):
        found = self.found(rigs="100", rig="s19-pro", region="CN", year="2021")
        self.assertAlmostEqual(found.estimate.kw.best, 357.5)
        self.assertAlmostEqual(found.estimate.kwh.best, 3_133_845)
        self.assertAlmostEqual(found.estimate.t_co2.best, 1820.8, places=1)

    def test_names_and_numbers_are_taken_as_people_write_them(self):
        found = self.found(rigs="１，０００", rig="Antminer S19 Pro", region="内蒙古", year="2021", hours="10")
        self.assertEqual((found.line.count, found.region, found.estimate.hours), (1000, self.mongolia, 10))
        self.assertEqual(found.factor.region, self.china)

    def test_the_form_comes_back_with_names_not_with_codes(self):
        link = {"rigs": "1", "rig": "s19-pro", "region": "CN-NM", "year": "2021"}
        response = self.client.get(reverse("method:calculator"), link)
        self.assertContains(response, 'value="Inner Mongolia"')
        self.assertContains(response, 'value="Bitmain Antminer S19 Pro"')
        again = self.found(**link | {"rig": "Bitmain Antminer S19 Pro", "region": "Inner Mongolia"})
        self.assertEqual(again.estimate, response.context["found"].estimate)
        make_region(code="XX-IM", name_en="Inner Mongolia", parent=self.china)
        response = self.client.get(reverse("method:calculator"), link)
        self.assertContains(response, 'value="Inner Mongolia · CN-NM"')

    def test_units_are_in_the_language_of_the_page(self):
        link = {"rigs": "1", "rig": "s19-pro", "region": "CN-NM", "year": "2021"}
        text = text_of(self.client.get(reverse("method:calculator"), link))
        self.assertIn("× 305.5 gce/kWh", text)
        self.assertIn("× 0.581 kgCO₂/kWh", text)
        text = text_of(self.client.get(reverse("method:calculator"), link, headers={"Accept-Language": "zh-Hans"}))
        self.assertIn("× 305.5克标准煤/千瓦时", text)
        self.assertIn("千克二氧化碳/千瓦时", text)

    def test_the_nearest_factor_is_named_with_its_region_and_year(self):
        text = text_of(self.client.get(reverse("method:calculator"), {"rigs": "5", "region": "CN-NM", "year": "2016"}))
        self.assertIn("Nearest factor: China, 2021.", text)

    def test_a_region_without_a_factor_has_no_carbon_and_says_why(self):
        make_region(code="MY-13", name_en="Sarawak", parent=make_region(code="MY", name_en="Malaysia"))
        response = self.client.get(reverse("method:calculator"), {"rigs": "5", "region": "MY-13", "year": "2021"})
        self.assertIsNone(response.context["found"].estimate.t_co2)
        self.assertContains(response, "Neither Sarawak nor its parent regions have a grid factor")

    def test_an_unknown_model_is_the_generic_rig_of_its_year_and_flagged(self):
        found = self.found(rigs="1069", kind="asic", year="2021")
        self.assertTrue(found.line.is_generic)
        self.assertEqual(found.line.watts.best, 3334)

    def test_nonsense_is_said_at_its_field_and_nothing_is_reckoned(self):
        for asked, field in [
            ({"rigs": "0"}, "rigs"),
            ({"rigs": ""}, "rigs"),
            ({"rigs": "-5"}, "rigs"),
            ({"rigs": "1.5"}, "rigs"),
            ({"rigs": "10000000000000"}, "rigs"),
            ({"rigs": "5", "watts": "0"}, "watts"),
            ({"rigs": "5", "hours": "0"}, "hours"),
            ({"rigs": "5", "year": "1999"}, "year"),
            ({"rigs": "5", "region": "Atlantis"}, "region"),
            ({"rigs": "5", "rig": "Abacus"}, "rig"),
            ({"rigs": "5", "rig": "s19-pro", "watts": "100"}, "watts"),
            ({"rigs": "5", "kind": "gpu"}, "kind"),
            ({"rigs": "5", "kind": "zz"}, "kind"),
        ]:
            with self.subTest(asked):
                self.assertEqual(list(self.errors(**asked)), [field])

    def test_the_same_figures_come_from_the_api(self):
        asked = {"rigs": "100", "rig": "s19-pro", "region": "CN", "year": "2021"}
        told = self.client.get("/api/v1/estimate/", asked).json()
        self.assertEqual(told["kw"]["best"], pytest.approx(357.5))
        self.assertEqual(round(told["tce"]["best"], 1), 957.4)
        self.assertEqual(round(told["tce_calorific"]["best"], 1), 385.1)
        self.assertEqual(round(told["t_co2"]["best"], 1), 1820.8)
        self.assertEqual(told["factor_set"], 0)
        make_savings_claim(
            ref="inner-mongolia", region=self.mongolia, energy_kwh_per_year="6580000000", coal_tce="2000000",
            projects_closed=45,
        )  # fmt: skip
        check = self.client.get("/api/v1/savings/inner-mongolia/").json()["check"]
        self.assertEqual((round(check["gce_per_kwh"], 2), check["stands_on"]), (303.95, "generation"))
        self.assertEqual((round(check["kw"] / 1000), round(check["kw_a_project"] / 1000, 1)), (751, 16.7))
        refused = self.client.get("/api/v1/estimate/", {"rigs": "0"})
        self.assertEqual((refused.status_code, list(refused.json()["errors"])), (400, ["rigs"]))


class CaseArithmeticTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.malaysia = make_region(code="MY", name_en="Malaysia")
        cls.sarawak = make_region(code="MY-13", name_en="Sarawak", parent=cls.malaysia)
        make_grid(cls.malaysia, year=2021, value="0.758", series="my_energy_commission")
        make_grid(cls.sarawak, year=2021, value="0.198", series="my_energy_commission")
        make_rig(manufacturer="generic", model="ASIC 2017", is_generic=True, released_year=2017, power_w=1400)
        make_rig(manufacturer="generic", model="ASIC 2020", is_generic=True, released_year=2020, power_w=3334)

    def case(self, **values):
        case = make_case(region=self.sarawak, published=True, occurred_on="2021-08-05", **values)
        make_seizure(make_raid(case), count=1069)
        summing.sum_up(Case.objects.all())
        case.refresh_from_db()
        return case

    def test_miri_is_reckoned_with_the_grid_of_sarawak_and_the_generic_rig_of_its_year(self):
        response = self.client.get(self.case().get_absolute_url())
        reckoned = response.context["page"].electricity
        self.assertEqual(reckoned["factor"].value, Decimal("0.198"))
        kw = reckoned["if_run"].kw
        self.assertAlmostEqual(kw.best, 1069 * 3.334 * 1.10)
        self.assertLess(kw.low, kw.best)
        self.assertContains(response, "1,069 × 3,334 W")
        self.assertContains(response, "default method")

    def test_what_was_used_until_the_raid_follows_from_the_day_it_ran_since(self):
        case = self.case(running_since="2021-07-26", theft=True)
        indicator = make_indicator(region=self.sarawak, kind="industrial_tariff", series="industrial", unit="MYR/kWh")
        make_reading(indicator, year=2015, value="0.26")
        metered = make_figure(case, amount=5000, basis="per_month")
        energies = self.client.get(case.get_absolute_url()).context["energies"]
        self.assertEqual([one.what for one in energies], ["Metered", "Used until the raid", "Avoided after the raid"])
        self.assertEqual(energies[0].kwh.best, float(metered.amount))
        self.assertAlmostEqual(energies[1].kwh.best, case.kw_best * 240)
        (loss,) = energies[1].costs
        self.assertEqual((loss.currency, round(loss.amount.best, 2)), ("MYR", round(case.kw_best * 240 * 0.26, 2)))
        self.assertEqual(energies[0].costs, [])  # a month of it is not what was lost

    def test_a_price_that_came_later_is_not_taken(self):
        case = self.case(running_since="2021-07-26", theft=True)
        indicator = make_indicator(region=self.malaysia, kind="industrial_tariff", series="industrial", unit="MYR/kWh")
        make_reading(indicator, year=2026, value="0.40")
        self.assertEqual(self.client.get(case.get_absolute_url()).context["energies"][0].costs, [])


class RevisionTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        china, malaysia = make_region(code="CN", name_en="China"), make_region(code="MY", name_en="Malaysia")
        cls.grid = make_grid(china, year=2021, value="0.5810")
        make_grid(malaysia, year=2021, value="0.758")
        make_rig(manufacturer="generic", model="ASIC 2020", is_generic=True, released_year=2020, power_w=3334)
        for region, ref in ((china, "there"), (malaysia, "elsewhere")):
            make_seizure(
                make_raid(make_case(ref=ref, region=region, published=True, occurred_on="2021-05-18")), count=9
            )
        summing.sum_up(Case.objects.all())
        cls.registrar = make_person("add_factorset", "view_case", everywhere=True)

    def stored(self):
        return {case.ref: (case.kw_best, case.kg_co2_per_kwh) for case in Case.objects.all()}

    def change_grid(self):
        Factor.objects.filter(pk=self.grid.pk).update(value="0.6000")

    def test_a_factor_changes_exactly_what_uses_it(self):
        before = self.stored()
        effect = factor_sets.revise(self.change_grid, by=self.registrar, reason="MEE 2022")
        self.assertEqual((effect.number, effect.cases), (1, 1))
        self.assertEqual(self.stored(), before | {"there": (before["there"][0], 0.6)})
        self.assertGreater(effect.after.t_co2.best, effect.before.t_co2.best)
        self.assertEqual(effect.after.kw, effect.before.kw)

    def test_a_preview_leaves_everything_as_it_was(self):
        before = self.stored()
        effect = factor_sets.preview(self.change_grid, by=self.registrar)
        self.assertEqual(effect.cases, 1)
        self.assertEqual(self.stored(), before)
        self.assertEqual(FactorSet.objects.count(), 0)
        self.grid.refresh_from_db()
        self.assertEqual(self.grid.value, Decimal("0.5810"))

    def test_an_old_set_keeps_what_it_stood_for(self):
        factor_sets.keep_up("As loaded.")
        factor_sets.revise(self.change_grid, by=self.registrar, reason="MEE 2022")
        old, new = (FactorSet.objects.get(number=number) for number in (1, 2))
        values = [{row["region"]: row["value"] for row in one.factors} for one in (old, new)]
        self.assertEqual([one["CN"] for one in values], ["0.581000", "0.600000"])
        self.assertContains(self.client.get(reverse("method:method"), {"set": "1"}), "0.581")
        self.assertContains(self.client.get(reverse("method:method")), "0.6")

    def test_another_assumption_reckons_every_load_again_and_its_number_stands_beside_the_figures(self):
        before = self.stored()
        factor_sets.revise(lambda: {"pue_best": 1.15}, by=self.registrar, reason="Measured in Sichuan")
        for ref, (kw, _kg) in self.stored().items():
            self.assertAlmostEqual(kw, before[ref][0] / 1.10 * 1.15)
        self.assertContains(self.client.get(reverse("cases:case-list")), "Method v1")
        self.assertContains(self.client.get(reverse("cases:case-detail", args=["there"])), "Method v1")

    def test_coal_alone_reckons_no_load_again(self):
        effect = factor_sets.revise(lambda: {"gce_generation": 300.0}, by=self.registrar, reason="NEA 2024")
        self.assertEqual(effect.cases, 0)
        self.assertAlmostEqual(effect.after.tce.best / effect.before.tce.best, 300 / 305.5)

    def test_a_factor_in_the_wrong_unit_is_refused_with_the_usual_range(self):
        for wrong in ({"gce_generation": 0.3055}, {"pue_best": 110.0}, {"nameplate_low": 5.0}):
            with self.subTest(wrong), self.assertRaises(ValidationError):
                factor_sets.revise(lambda wrong=wrong: wrong, by=self.registrar, reason="x")
        self.assertEqual(FactorSet.objects.count(), 0)

    def test_who_may_not_revises_nothing(self):
        with self.assertRaises(PermissionDenied):
            factor_sets.revise(self.change_grid, by=make_person("view_case"), reason="x")
        for name, arguments in (("method:revise", []), ("method:revise-factor", [self.grid.pk])):
            self.client.force_login(make_person("view_case"))
            self.assertEqual(self.client.get(reverse(name, args=arguments)).status_code, 403)

    def test_the_page_shows_what_changes_before_it_is_saved(self):
        self.client.force_login(self.registrar)
        page = reverse("method:revise-factor", args=[self.grid.pk])
        typed = {
            "kind": "grid_co2", "region": "CN", "scope": "China", "series": "mee_nbs", "year": "2021",
            "value": "581", "grid": "", "measure": "", "unit": "kgCO2/kWh",
            "confidence": "high", "source_text": "MEE", "reason": "Corrected",
        }  # fmt: skip
        refused = self.client.post(page, typed | {"preview": "1"})
        self.assertEqual(refused.status_code, 400)
        self.assertContains(refused, "usual range", status_code=400)
        shown = self.client.post(page, typed | {"value": "0.6", "preview": "1"})
        self.assertContains(shown, "1 case would be recalculated")
        self.grid.refresh_from_db()
        self.assertEqual(self.grid.value, Decimal("0.5810"))
        saved = self.client.post(page, typed | {"value": "0.6", "save": "1"}, follow=True)
        self.assertContains(saved, "Method v1 is in force")
        self.assertEqual(self.stored()["there"][1], 0.6)


def test_a_figure_is_the_same_by_the_page_and_by_hand():
    line = power.Line.of_model(1069, 3334)
    kw = power.running_kw([line], power.Assumptions(nameplate=power.EXACTLY))
    assert power.Estimate(kw, 0.198).t_co2.best == pytest.approx(1069 * 3.334 * 1.1 * 8766 * 0.198 / 1000)
