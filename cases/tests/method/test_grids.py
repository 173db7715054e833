"""Grids are not provinces: which factor a place gets, and what is said about it."""

from django.test import TestCase
from django.urls import reverse

from cases.actions import factor_sets, summing
from cases.method.factors import GridFactors
from cases.models import Case, FactorSet
from cases.tests.builders import make_case, make_raid, make_rig, make_seizure
from regions.models import Factor
from regions.tests.builders import make_factor, make_grid_area, make_person, make_region

from .test_method import make_grid, text_of


class GridTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.malaysia = make_region(code="MY", name_en="Malaysia", name_zh="马来西亚")
        for code, name in [("MY-01", "Johor"), ("MY-12", "Sabah"), ("MY-15", "Labuan"), ("MY-13", "Sarawak")]:
            make_region(code=code, name_en=name, parent=cls.malaysia)
        cls.region = {region.code: region for region in type(cls.malaysia).objects.all()}
        make_region(code="MY-01-muar", level="admin2", name_en="Muar", parent=cls.region["MY-01"])
        cls.peninsula = make_grid_area(
            cls.region["MY-01"], slug="my-peninsular", name_en="Peninsular Malaysia grid", name_zh="马来西亚半岛电网"
        )
        cls.sabah = make_grid_area(cls.region["MY-12"], cls.region["MY-15"], name_en="Sabah and Labuan grid")
        make_grid(cls.malaysia, series="ember_average", year=2024, value="0.6044")
        commission = {"series": "my_energy_commission", "unit": "kgCO2e/kWh"}
        make_grid(cls.malaysia, scope="Peninsular Malaysia", grid=cls.peninsula, year=2021, value="0.758", **commission)
        make_grid(cls.malaysia, scope="Peninsular Malaysia", grid=cls.peninsula, year=2022, value="0.769", **commission)
        make_grid(cls.region["MY-12"], grid=cls.sabah, year=2024, value="0.539", **commission)
        make_grid(cls.region["MY-13"], year=2022, value="0.199", **commission)
        make_rig(manufacturer="generic", model="ASIC 2020", is_generic=True, released_year=2020, power_w=3334)

    def value(self, code, year):
        codes = type(self.malaysia).objects.get(code=code).codes_up()
        factor = GridFactors().of(codes, year)
        self.assertEqual(GridFactors(codes).of(codes, year), factor)  # read for this region alone
        return factor and float(factor.value)

    def test_a_place_gets_the_factor_of_its_own_grid(self):
        for code, value in [("MY-01", 0.769), ("MY-01-muar", 0.769), ("MY-13", 0.199), ("MY-12", 0.539),
                            ("MY-15", 0.539), ("MY", 0.6044)]:  # fmt: skip
            with self.subTest(code):
                self.assertEqual(self.value(code, 2022), value)

    def test_of_its_grid_the_nearest_year(self):
        self.assertEqual([self.value("MY-01", year) for year in (2009, 2021, 2022, 2030)], [0.758, 0.758, 0.769, 0.769])

    def test_a_province_comes_before_the_grid_of_several_and_a_part_in_another_grid_before_its_province(self):
        china = make_region(code="CN", name_en="China")
        mongolia, tibet = (
            make_region(code=code, name_en=name, parent=china)
            for code, name in [("CN-NM", "Inner Mongolia"), ("CN-XZ", "Tibet")]
        )
        east, west, odd = (
            make_region(code=code, level="admin2", name_en=code, parent=mongolia)
            for code in ("CN-150500", "CN-150800", "CN-159900")
        )
        north = make_grid_area(west, make_region(code="CN-SD", name_en="Shandong", parent=china))
        northeast = make_grid_area(east, make_region(code="CN-LN", name_en="Liaoning", parent=china))
        southwest = make_grid_area(tibet, make_region(code="CN-SC", name_en="Sichuan", parent=china))
        make_grid(china, year=2021, value="0.5568")
        make_grid(mongolia, year=2021, value="0.7025")
        make_grid(type(china).objects.get(code="CN-SD"), year=2021, value="0.6838")
        for grid, value in [(north, "0.712"), (northeast, "0.6012"), (southwest, "0.2113")]:
            make_grid(china, scope=grid.slug, grid=grid, year=2021, value=value)
        found = {code: self.value(code, 2021) for code in
                 ("CN-150500", "CN-150800", "CN-159900", "CN-NM", "CN-SD", "CN-LN", "CN-XZ", "CN")}  # fmt: skip
        self.assertEqual(found, {
            "CN-150500": 0.6012, "CN-150800": 0.712, odd.code: 0.7025, "CN-NM": 0.7025, "CN-SD": 0.6838,
            "CN-LN": 0.6012, "CN-XZ": 0.2113, "CN": 0.5568,
        })  # fmt: skip

    def test_only_averages_are_taken(self):
        for series, measure in [("mee_nbs_fossil", "fossil"), ("electricity_maps_lifecycle", "lifecycle")]:
            factor = make_grid(self.region["MY-13"], series=series, year=2022, value="0.9")
            self.assertEqual(factor.measure, measure)
        make_grid(self.region["MY-13"], series="mee_nbs", measure="fossil", year=2022, value="0.9")
        self.assertEqual(self.value("MY-13", 2022), 0.199)

    def test_the_gas_is_that_of_the_unit(self):
        for unit, gas in [("kgCO2/kWh", "co2"), ("tCO2/MWh", "co2"), ("kgCO2e/kWh", "co2e"), ("kgCO₂e/kWh", "co2e")]:
            with self.subTest(unit):
                factor = make_grid(self.region["MY-13"], series=f"as in {unit}", unit=unit, value="0.2")
                self.assertEqual(Factor.objects.get(pk=factor.pk).gas, gas)
        self.assertEqual(make_factor(kind="pue", unit="ratio", value="1.1", series="any").gas, "")

    def test_the_api_says_which_grid_and_which_gas(self):
        asked = {"rigs": 9, "region": "MY-01", "year": 2022}
        factor = self.client.get(reverse("api:estimate"), asked).json()["grid_factor"]
        self.assertEqual(
            (factor["value"], factor["year"], factor["gas"], factor["measure"]), (0.769, 2022, "co2e", "average")
        )
        self.assertEqual((factor["grid"]["slug"], factor["grid"]["regions"]), ("my-peninsular", ["MY-01"]))
        factor = self.client.get(reverse("api:estimate"), asked | {"region": "MY-13"}).json()["grid_factor"]
        self.assertEqual((factor["value"], factor["region"], factor["grid"]), (0.199, "MY-13", None))

    def test_the_pages_say_which_grid(self):
        asked = {"rigs": "9", "region": "MY-01", "year": "2022"}
        shown = text_of(self.client.get(reverse("method:calculator"), asked))
        self.assertIn("Nearest factor: Peninsular Malaysia grid, 2022.", shown)
        self.assertIn("t CO₂e", shown)
        method = text_of(self.client.get(reverse("method:method")))
        self.assertIn("Grid areas", method)
        self.assertIn("Sabah and Labuan grid", method)
        chinese = self.client.get(reverse("method:method"), headers={"Accept-Language": "zh-Hans"})
        self.assertContains(chinese, "马来西亚半岛电网")

    def machines(self, ref, region, **values):
        case = make_case(ref=ref, region=region, published=True, occurred_on="2022-05-18", **values)
        make_seizure(make_raid(case), count=9)
        summing.sum_up(Case.objects.filter(pk=case.pk))

    def test_a_total_says_how_many_cases_are_in_another_gas(self):
        self.machines("johor", self.region["MY-01"])
        alone = text_of(self.client.get(reverse("cases:case-list")))
        self.assertIn("t CO₂e", alone)
        self.machines("malaysia", self.malaysia)
        mixed = self.client.get(reverse("cases:totals")).json()
        self.assertEqual((mixed["t_co2_cases"], mixed["t_co2_cases_co2e"]), (2, 1))
        self.assertIn("1 of them in CO₂e", text_of(self.client.get(reverse("cases:case-list"))))
        self.assertIn("grid factor", text_of(self.client.get(reverse("cases:case-list"))))

    def test_a_new_grid_is_previewed_with_the_sum_of_its_country_and_the_old_set_is_kept(self):
        self.machines("johor", self.region["MY-01"])
        factor_sets.keep_up("As loaded")

        def change():
            self.peninsula.factors.filter(year=2022).update(value="0.8")

        registrar = make_person("add_factorset", "view_case", everywhere=True)
        before = self.client.get(reverse("cases:totals")).json()["t_co2"]["best"]
        effect = factor_sets.preview(change, by=registrar)
        [(country, was, will_be)] = effect.countries
        self.assertEqual((country.code, effect.cases), ("MY", 1))
        self.assertAlmostEqual(was, before)
        factor_sets.revise(change, by=registrar, reason="Corrected")
        self.assertAlmostEqual(self.client.get(reverse("cases:totals")).json()["t_co2"]["best"], will_be)
        kept = FactorSet.objects.get(number=1).factors
        self.assertIn(("my-peninsular", 2022, "0.769000"), {(row["grid"], row["year"], row["value"]) for row in kept})
