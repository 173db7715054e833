"""What the page of a region keeps of claims, policies and indicators is as it is now, in the reader's language."""

from datetime import date
from unittest.mock import patch

from django.test import TestCase

from cases.actions import summing
from cases.models import Case
from cases.tests.builders import make_case
from regions.models import Indicator, Policy, Reading, Region, SavingsClaim, Source
from regions.tests.builders import (
    make_indicator,
    make_person,
    make_policy,
    make_reading,
    make_region,
    make_savings_claim,
    make_source,
)


class KeptPartsTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region = make_region(code="CN", name_en="China", name_zh="中国", level="country")
        source = make_source(publisher="An office")
        make_policy(region=cls.region, title_en="A ban", deadline_on="2021-12-31")
        make_savings_claim(
            region=cls.region, claimed_by="A ministry", source=source, energy_kwh_per_year=1000,
            period_start="2021-01-01", period_end="2021-12-31",
        )  # fmt: skip
        make_reading(indicator=make_indicator(region=cls.region), source=source, value="12")

    def page(self, language="en"):
        return self.client.get("/regions/CN/", headers={"accept-language": language}).content.decode()

    def test_what_they_show_is_as_it_is_now(self):
        for change, word in [
            (lambda: Policy.objects.update(title_en="A prohibition"), "A prohibition"),
            (lambda: SavingsClaim.objects.update(claimed_by="A bureau"), "A bureau"),
            (lambda: Source.objects.filter(publisher="An office").update(publisher="A printer"), "A printer"),
            (lambda: Reading.objects.update(value="34.5"), "34.5"),
            (lambda: Indicator.objects.update(unit="megs"), "megs"),
            (lambda: Region.objects.update(name_en="Zhongguo"), "Zhongguo"),
        ]:
            with self.subTest(word):
                self.assertNotIn(word, self.page())
                change()
                self.assertIn(word, self.page())

    def test_a_deadline_is_as_far_off_as_it_is_on_the_day(self):
        def told():
            return self.page().partition('<table class="policies')[2].partition("</table>")[0]

        with patch("enforcement.pages.regions.localdate", return_value=date(2021, 12, 1)):
            self.assertIn("in 30 days", told())
        with patch("enforcement.pages.regions.localdate", return_value=date(2022, 1, 2)):
            self.assertIn("passed", told())

    def test_each_language_has_its_own(self):
        for _turn in range(2):
            self.assertIn("confidence:", self.page())
            self.assertNotIn("confidence:", self.page("zh-hans"))

    def test_the_cases_beside_a_claim_are_those_that_the_reader_sees(self):
        make_case(region=self.region, occurred_on="2021-05-01")
        summing.sum_up(Case.objects.all())
        officer = make_person("view_case", everywhere=True)
        for _turn in range(2):
            self.assertNotIn("1 recorded case", self.page())
            self.client.force_login(officer)
            self.assertIn("1 recorded case", self.page())
            self.client.logout()

    def test_they_are_made_once(self):
        self.page()
        for model, name in [(Reading, "when_in_words"), (Policy, "standing_label"), (SavingsClaim, "get_kind_display")]:
            with self.subTest(name), patch.object(model, name, "made anew"):
                self.assertEqual(self.page().count("made anew"), 0)
