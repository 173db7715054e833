from django.test import TestCase

from cases.models import Case
from cases.tests.builders import make_case
from enforcement.tests.pages.test_regions import text_of
from regions.tests.builders import make_factor, make_region, make_savings_claim


class SavingsPageTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region = make_region(code="CN", name_en="China")
        cls.province = make_region(code="CN-NM", parent=cls.region, name_en="Inner Mongolia")
        cls.claim = make_savings_claim(
            ref="forty-five", region=cls.province, projects_closed=45, projects_unit="projects",
            energy_kwh_per_year=6_580_000_000, coal_tce=2_000_000, basis="theoretical", stated_on="2021-09-25",
        )  # fmt: skip
        make_savings_claim(ref="reading", kind="consumption", energy_kwh=1104, energy_basis="on_site_reading")
        make_savings_claim(ref="stolen", kind="loss", loss_amount=2_000_000, loss_currency="USD", loss_basis="total")

    def saving(self):
        (saving,) = self.client.get("/savings/").context["page"].claimed
        return saving

    def test_claims_stand_in_groups_and_only_the_saving_is_called_one(self):
        response = self.client.get("/savings/")
        groups = [(kind.value, [claim.claim.ref for claim in rows]) for kind, rows in response.context["page"].groups]
        self.assertEqual(groups, [("saving", ["forty-five"]), ("consumption", ["reading"]), ("loss", ["stolen"])])
        self.assertIn("They overlap and are never added", text_of(response))
        self.assertNotIn("This is not a saving", text_of(response))

    def test_each_kind_is_a_tab_and_an_unknown_one_opens_the_first(self):
        first = ("forty-five", True)
        for asked, shown, is_saving in (("loss", "stolen", False), ("", *first), ("noise", *first)):
            with self.subTest(asked):
                response = self.client.get(f"/savings/?kind={asked}")
                self.assertEqual([check.claim.ref for check in response.context["page"].chosen[1]], [shown])
                self.assertEqual("This is not a saving." not in text_of(response), is_saving)

    def test_the_heading_says_what_the_claim_comes_to(self):
        def heading():
            return self.client.get("/savings/").context["page"].headline

        claimed = "1 authority claims a saving of power: 6.58 TWh a year in Inner Mongolia."
        self.assertEqual(heading(), f"{claimed} Its figures fit together, but nothing on record can confirm the size.")
        self.claim.coal_tce = 1_000_000
        self.claim.save()
        self.assertEqual(heading(), f"{claimed} Its figures do not fit together.")
        self.claim.delete()
        self.assertEqual(heading(), "No authority on record has claimed a saving of power.")

    def test_the_claim_is_shown_as_stated(self):
        text = text_of(self.client.get("/savings/"))
        for words in ("45 projects", "6.58 TWh a year", "2 million tce", "theoretical, not measured"):
            with self.subTest(words):
                self.assertIn(words, text)

    def test_its_coal_is_checked_against_both_bases(self):
        self.assertEqual(round(self.saving().gce_per_kwh, 2), round(2_000_000 * 1e6 / 6.58e9, 2))
        self.assertTrue(self.saving().is_on_generation_basis)
        text = text_of(self.client.get("/savings/"))
        self.assertIn("303.95 gce/kWh", text)
        self.assertIn("close to the 305.5 gce/kWh", text)
        self.claim.coal_tce = 808_682
        self.claim.save()
        self.assertFalse(self.saving().is_on_generation_basis)

    def test_its_average_load_names_the_hours_it_was_divided_by(self):
        text = text_of(self.client.get("/savings/"))
        self.assertIn("6.58 TWh ÷ 8,766 h 751 MW", text)
        self.assertIn("751 MW ÷ 45 16.7 MW", text)

    def test_carbon_is_given_with_the_nearest_grid_factor_or_not_at_all(self):
        self.assertIsNone(self.saving().t_co2)
        make_factor(
            kind="grid_co2", region=self.province, scope="Inner Mongolia", series="mee_nbs", year=2021, value="0.7025",
            unit="kgCO2/kWh",
        )  # fmt: skip
        self.assertEqual(round(self.saving().t_co2), round(6.58e9 * 0.7025 / 1000))
        self.assertIn("4.62 Mt CO₂", text_of(self.client.get("/savings/")))

    def test_a_claim_without_coal_or_projects_is_checked_as_far_as_it_goes(self):
        make_savings_claim(ref="bare", energy_kwh_per_year=1_000_000)
        response = self.client.get("/savings/")
        bare = response.context["page"].claimed[-1]
        self.assertEqual((bare.claim.ref, bare.gce_per_kwh, bare.kw_a_project), ("bare", None, None))

    def test_the_cases_beside_the_claim_are_those_the_reader_may_see(self):
        for published in (True, False):
            case = make_case(region=self.province, published=published)
            Case.objects.filter(pk=case.pk).update(kw_low=10, kw_best=10, kw_high=10)
        self.assertEqual(self.saving().sums.cases, 1)
        self.assertEqual(self.saving().kwh_if_run, 10 * 8766)
        self.assertIn("1 case in Inner Mongolia", text_of(self.client.get("/savings/")))

    def test_the_cases_beside_the_claim_are_those_of_its_time(self):
        self.claim.period_end = "2021-09-25"
        self.claim.save()
        make_case(region=self.province, published=True, occurred_on="2022-01-01")
        make_case(region=self.province, published=True, occurred_on="2021-01-01", date_precision="year")
        self.assertEqual(self.saving().sums.cases, 1)  # the year has days before the claim's last

    def test_a_loss_is_put_beside_what_cases_lost_in_that_currency(self):
        malaysia = make_region(code="MY", name_en="Malaysia")
        make_savings_claim(
            region=malaysia, kind="loss", loss_amount=1000, loss_currency="MYR", loss_basis="total",
            period_start="2021-01-01", period_end="2021-12-31",
        )  # fmt: skip
        for amount, currency in ((30, "MYR"), (12, "MYR"), (5, "USD")):
            case = make_case(region=malaysia, published=True)
            Case.objects.filter(pk=case.pk).update(loss_amount=amount, loss_currency=currency)
        groups = dict(self.client.get("/savings/").context["page"].groups)
        (loss,) = [one for one in groups["loss"] if one.claim.region == malaysia]
        self.assertEqual((loss.loss, loss.sums.cases), (42, 3))

    def test_claims_that_contradict_each_other_stand_side_by_side_and_are_not_averaged(self):
        malaysia = make_region(code="MY", name_en="Malaysia")
        told = {"region": malaysia, "kind": "loss", "loss_currency": "MYR", "loss_basis": "total"}
        yearly = {2020: "5922976", 2021: "140454624", 2022: "124963423"}
        for year, amount in yearly.items():
            make_savings_claim(
                **told, loss_amount=amount, period_start=f"{year}-01-01", period_end=f"{year}-12-31",
                claimed_by="Police", stated_on="2024-10-24",
            )  # fmt: skip
        self.assertEqual(self.client.get("/savings/").context["page"].disagreements, [])  # one after the other
        make_savings_claim(
            **told, loss_amount="4570000000", period_start="2020-01-01", period_end="2025-08-31", claimed_by="Minister"
        )
        make_savings_claim(**told | {"loss_currency": "USD"}, loss_amount=7, period_end="2021-01-01")
        response = self.client.get("/savings/")
        ((found, picture),) = response.context["page"].disagreements
        # What was stated first is highest where it is largest, and each line is as long as its period.
        by_height = sorted(picture.spans, key=lambda span: span.y)
        self.assertEqual((by_height[0].left, by_height[0].speaker != by_height[1].speaker), (0, True))
        self.assertAlmostEqual(sum(span.right - span.left for span in by_height[1:]), 50, delta=1)
        self.assertEqual(sorted(one.claimed_by for one in found.claims), ["Minister", "Police", "Police", "Police"])
        ((chain, together),) = found.sequences
        self.assertEqual((len(chain), int(together)), (3, sum(map(int, yearly.values()))))
        text = text_of(response)
        self.assertIn("4.57", text)
        self.assertNotIn(
            "average",
            text.lower().replace("average load", "").replace("average across", "").replace("not averaged", ""),
        )

    def test_query_count_does_not_grow_with_the_claims(self):
        for number in (1, 3):
            for _extra in range(number):
                make_savings_claim(energy_kwh_per_year=1000)
                make_savings_claim(kind="loss")
            with self.subTest(number), self.assertNumQueries(6):
                self.client.get("/savings/")


class NoClaims(TestCase):
    def test_an_empty_page_says_what_will_stand_there(self):
        self.assertContains(self.client.get("/savings/"), "No claim yet")
