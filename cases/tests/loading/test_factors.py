"""The factors of the real record: which a place gets, and what a load over an older record says of them."""

import os
from io import StringIO
from unittest import skipUnless

from django.core.management import call_command
from django.test import TestCase
from django.urls import reverse

from cases.actions import factor_sets, summing
from cases.loading import record
from cases.models import Case, FactorSet
from regions.models import Factor, GridArea, Region


class FactorTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        record.load()

    def factor(self, region, year):
        asked = {"rigs": 9, "kind": "asic", "region": region, "year": year}
        return self.client.get(reverse("api:estimate"), asked).json()["grid_factor"]

    def test_each_part_of_malaysia_has_the_factor_of_its_grid(self):
        for region, year, value in [
            ("MY-01", 2022, 0.769), ("MY-10-klang", 2022, 0.769), ("MY-14", 2021, 0.758), ("MY-13", 2022, 0.199),
            ("MY-12", 2022, 0.531), ("MY-15", 2022, 0.531), ("MY-15", 2024, 0.539), ("MY", 2022, 0.6044),
        ]:  # fmt: skip
            with self.subTest(region, year=year):
                self.assertEqual(self.factor(region, year)["value"], value)

    def test_inner_mongolia_lies_in_two_grids_and_tibet_has_that_of_the_southwest(self):
        for region, value in [("CN-150800", 0.6776), ("CN-150500", 0.5564), ("CN-NM", 0.6849), ("CN-XZ", 0.2268)]:
            with self.subTest(region):
                self.assertEqual(self.factor(region, 2022)["value"], value)

    def test_every_province_lies_in_a_grid_and_inner_mongolia_in_two(self):
        named = {region.code for grid in GridArea.objects.all() for region in grid.regions.all()}
        provinces = Region.objects.filter(parent__code__in=["CN", "MY"]).exclude(code="CN-NM")
        leagues = Region.objects.filter(parent__code="CN-NM")
        self.assertEqual({region.code for region in [*provinces, *leagues]} - named, set())

    @skipUnless(os.environ.get("HOSTILE_FULL"), "--full: the record is loaded three times over")
    def test_a_load_over_the_older_record_says_what_changes_and_keeps_the_old_set(self):
        """As it was before there were grid areas: the peninsula had the average of all Malaysia."""
        Factor.objects.filter(grid__slug__in=["my-peninsular", "my-sabah"]).update(grid=None)
        factor_sets.keep_up("As it was")
        summing.sum_up(Case.objects.all())
        older, before = FactorSet.objects.first(), self.malaysia()
        said = StringIO()
        call_command("load_record", preview=True, stdout=said)
        self.assertEqual(self.malaysia(), before)
        self.assertIn("nothing was changed", said.getvalue())
        preview = next(line for line in said.getvalue().splitlines() if line.startswith("  MY: "))
        call_command("load_record", stdout=(said := StringIO()))
        self.assertIn(preview, said.getvalue())
        self.assertEqual(preview, f"  MY: {before:,.0f} before, {self.malaysia():,.0f} now")
        self.assertIn("cases get another grid factor", said.getvalue())
        self.assertIn("the earlier versions are kept", said.getvalue())
        self.assertEqual(FactorSet.objects.first().number, older.number + 1)
        self.assertEqual(FactorSet.objects.get(pk=older.pk).factors, older.factors)
        call_command("load_record", stdout=(said := StringIO()))
        self.assertIn("nothing changed", said.getvalue())

    def malaysia(self):
        return self.client.get(reverse("cases:totals"), {"region": "MY"}).json()["t_co2"]["best"]
