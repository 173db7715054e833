from datetime import date, timedelta

from django.test import TestCase
from django.urls import reverse
from django.utils.timezone import localdate

from cases.models import Case
from cases.pictures.strip import MOST_LISTED, MOST_MARKS
from cases.selection import rollups
from cases.tests.builders import make_case, make_measured_avoided
from regions.models import Policy, Position, Reading, Region
from regions.tests.builders import (
    make_indicator,
    make_person,
    make_policy,
    make_position,
    make_reading,
    make_region,
    make_savings_claim,
    make_source,
)
from regions.tests.pages import text_of

SECRET = "A raid nobody may read about yet"


class InnerMongolia(TestCase):
    """A country, a province, a prefecture, and another country that has nothing."""

    @classmethod
    def setUpTestData(cls):
        cls.china = make_region(code="CN", name_en="China", name_zh="中国")
        cls.province = make_region(code="CN-NM", parent=cls.china, name_en="Inner Mongolia", name_zh="内蒙古自治区")
        cls.prefecture = make_region(code="CN-150800", parent=cls.province, name_en="Bayannur", name_zh="巴彦淖尔市")
        cls.empty = make_region(code="DE", name_en="Germany", name_zh="德国")
        make_case(title_en="Warehouse raid", region=cls.prefecture, published=True)
        make_case(title_en=SECRET, region=cls.prefecture)

    def page(self, region):
        return self.client.get(reverse("regions:region-detail", args=[region.code]))


class RegionPageTests(InnerMongolia):
    def test_the_page_names_the_region_in_both_languages_and_all_its_ancestors(self):
        response = self.page(self.prefecture)
        self.assertContains(response, "Bayannur")
        self.assertContains(response, "巴彦淖尔市")
        self.assertEqual([above.code for above in response.context["page"].ancestors], ["CN", "CN-NM"])

    def test_a_region_that_is_not_there_is_404(self):
        self.assertEqual(self.client.get("/regions/NOWHERE/").status_code, 404)

    def test_cases_of_the_whole_subtree_are_listed(self):
        for region in (self.china, self.province, self.prefecture):
            with self.subTest(region.code):
                newest = self.page(region).context["page"].newest
                self.assertEqual([case.title_en for case in newest], ["Warehouse raid"])
        self.assertEqual(list(self.page(self.empty).context["page"].newest), [])

    def test_a_lead_has_the_newest_outcome_of_its_cases_as_far_as_told(self):
        told = {"lead_source": "grid_monitoring", "outcome": "Seized.", "region": self.empty, "published": True}
        for day in (1, 2, 3):
            make_case(occurred_on=date(2022, 1, day), **told | ({"outcome": ""} if day == 3 else {}))
        make_case(**told | {"lead_source": "audit"})
        cases = Case.objects.in_region(self.empty)
        for most_told, days in (
            (2, [date(2022, 1, 2), cases.get(lead_source="audit").occurred_on]),
            (1, [date(2022, 1, 2), None]),
        ):
            with self.subTest(most_told=most_told):
                leads = rollups.by_lead(cases, most_told, Case.objects.all())
                self.assertEqual([lead.cases for lead in leads], [3, 1])
                self.assertEqual([lead.newest and lead.newest.occurred_on for lead in leads], days)

    def test_many_cases_are_columns_and_the_newest_are_listed(self):
        for number in range(MOST_MARKS + 1):
            make_case(region=self.empty, published=True, occurred_on=date(2021, 1, 1) + timedelta(days=number))
        page = self.page(self.empty)
        self.assertContains(page, '<path class="column"', count=2)
        newest = [date(2021, 1, 1) + timedelta(days=MOST_MARKS - number) for number in range(MOST_LISTED)]
        self.assertEqual([event.day for event in page.context["page"].times.listed()], newest)
        self.assertEqual([case.occurred_on for case in page.context["page"].newest], newest[:4])

    def test_the_public_never_sees_an_internal_case_nor_counts_it(self):
        for region in (self.china, self.province, self.prefecture):
            with self.subTest(region.code):
                response = self.page(region)
                self.assertNotContains(response, SECRET)
                self.assertEqual(response.context["page"].totals.cases, 1)
                self.assertEqual([row.cases for row in response.context["page"].by_region] or [1], [1])

    def test_a_reader_with_the_right_sees_the_internal_case(self):
        self.client.force_login(make_person("view_case", regions=[self.china]))
        self.assertContains(self.page(self.province), SECRET)

    def test_the_position_of_the_nearest_ancestor_holds_and_is_said_to_be_its(self):
        make_position(region=self.china, stance="eliminated_class", first_day="2021-09-24")
        self.assertContains(self.page(self.prefecture), "by the law of China")
        make_position(region=self.province, stance="banned", first_day="2021-03-09")
        response = self.page(self.prefecture)
        self.assertEqual(response.context["page"].position.stance, "banned")
        self.assertContains(response, "by the law of Inner Mongolia")

    def test_an_ended_position_is_history_and_the_ancestors_holds_again(self):
        make_position(region=self.china, stance="eliminated_class", first_day="2021-09-24")
        make_position(region=self.province, stance="restricted", first_day="2021-06-09", last_day="2021-09-23")
        response = self.page(self.province)
        self.assertEqual(response.context["page"].position.stance, "eliminated_class")
        self.assertEqual([one.stance for one in response.context["page"].positions], ["restricted", "eliminated_class"])

    def test_no_position_is_not_known_and_never_allowed(self):
        response = self.page(self.empty)
        self.assertContains(response, "not known")
        self.assertContains(response, "No source states whether mining is allowed here; this does not mean that it is.")

    def test_own_and_inherited_policies_in_force_are_listed_and_said_which(self):
        make_policy(ref="own", region=self.province)
        make_policy(ref="above", region=self.china)
        make_policy(ref="below", region=self.prefecture)
        response = self.page(self.province)
        self.assertEqual([policy.ref for policy in response.context["page"].in_force], ["own", "above"])
        self.assertContains(response, '<small class="soft">from a higher level</small>', count=1)

    def test_a_passed_deadline_stays_in_sight_when_its_policy_is_superseded(self):
        make_policy(ref="draft", region=self.province, status="superseded", deadline_on="2021-04-30")
        make_policy(ref="final", region=self.province, deadline_on="2021-04-30", issued_on="2021-03-09")
        response = self.page(self.province)
        self.assertEqual([policy.ref for policy in response.context["page"].in_force], ["final"])
        self.assertEqual([policy.ref for policy in response.context["page"].not_in_force], ["draft"])
        self.assertEqual([policy.ref for policy in response.context["page"].deadlines], ["draft", "final"])
        self.assertContains(response, '<time datetime="2021-04-30">30 Apr 2021</time>', count=2)
        self.assertContains(response, "ago</small>")

    def test_a_deadline_ahead_says_how_many_days_are_left(self):
        make_policy(region=self.province, deadline_on=localdate() + timedelta(days=12))
        self.assertContains(self.page(self.province), "in 12 days")
        make_policy(region=self.china, deadline_on=localdate() + timedelta(days=1))
        self.assertContains(self.page(self.china), "in 1 day")

    def test_the_claimed_saving_stands_with_unit_basis_and_source(self):
        make_savings_claim(
            region=self.province,
            projects_closed=45,
            projects_unit="projects",
            energy_kwh_per_year=6_580_000_000,
            coal_tce=2_000_000,
            basis="theoretical",
            source=make_source(publisher="券商中国", url="https://example.org/45"),
        )
        for region in (self.province, self.china):
            with self.subTest(region.code):
                text = text_of(self.page(region))
                for words in (
                    "45 projects",
                    "6.58 TWh a year",
                    "2,000,000 tce",
                    "theoretical, not measured",
                    "券商中国",
                ):
                    self.assertIn(words, text)
                self.assertContains(self.page(region), "https://example.org/45")
        self.assertEqual(list(self.page(self.prefecture).context["page"].checks), [])

    def test_a_claim_that_is_not_a_saving_is_no_headline(self):
        make_savings_claim(region=self.province, kind="consumption", energy_kwh=1104, energy_basis="on_site_reading")
        response = self.page(self.province)
        self.assertEqual(response.context["page"].claimed, [])
        self.assertIn("1,104 kWh as read on site", text_of(response))

    def test_every_reading_of_an_indicator_is_shown_the_newest_first(self):
        malaysia = make_region(code="MY", name_en="Malaysia")
        share = make_indicator(region=malaysia, kind="hashrate_share", unit="%")
        make_reading(share, year=2021, month=4, value="3.44")
        make_reading(share, year=2022, month=1, value="2.5")
        response = self.page(malaysia)
        self.assertIn("2.5 % latest, Jan 2022", text_of(response))
        self.assertIn("Apr 2021 3.44 %", text_of(response))

    def test_the_page_in_chinese_reads_the_chinese_names(self):
        response = self.client.get(
            reverse("regions:region-detail", args=["CN-NM"]), headers={"accept-language": "zh-hans"}
        )
        self.assertContains(response, "<h1>内蒙古自治区")

    def test_the_page_carries_no_style_and_no_script_of_its_own(self):
        content = self.page(self.province).content.decode()
        self.assertNotIn("style=", content)
        self.assertNotRegex(content, r"<script(?![^>]*src=)")

    def beside(self, region):
        """What the page asks for in place: [(code, cases, rigs, claims)] of the region and its neighbours."""
        response = self.client.get(f"/regions/{region.code}/", headers={"HX-Request": "true"})
        self.assertContains(response, 'id="neighbours"')
        return [
            (place.region.code, place.cases, place.rigs, place.saved)
            for place in response.context_data["page"].neighbours
        ]

    def test_a_region_stands_beside_its_neighbours_most_cases_first(self):
        alone, busy = make_region(parent=self.china), make_region(parent=self.china)
        for counts in (True, False):
            case = make_case(region=busy, published=True, counts_in_totals=counts)
            Case.objects.filter(pk=case.pk).update(rigs=50, rigs_qualifier="exact")
        make_case(region=busy, title_en=SECRET)
        make_savings_claim(region=busy, energy_kwh_per_year=1000)
        make_savings_claim(region=busy, energy_kwh_per_year=3000)
        rows = self.beside(self.province)
        self.assertEqual([row[0] for row in rows], [busy.code, self.province.code])
        self.assertEqual(rows[0][1:], (2, 50, (1000, 3000)))
        self.assertIn(alone.code, [row[0] for row in self.beside(alone)])

    def test_neighbours_are_few_and_the_region_is_always_among_them(self):
        for _ in range(12):
            make_case(region=make_region(parent=self.china), published=True)
        lonely = make_region(parent=self.china)
        rows = self.beside(lonely)
        self.assertEqual((len(rows), rows[-1][0]), (8, lonely.code))

    def test_cases_by_year_with_the_one_that_is_not_over(self):
        for day in (localdate(), localdate().replace(year=localdate().year - 1)):
            make_case(region=self.empty, published=True, occurred_on=day)
        response = self.page(self.empty)
        self.assertEqual([row["unfinished"] for row in response.context["page"].years], [True, False])
        self.assertContains(response, "so far", count=1)

    def test_the_share_of_hashrate_is_drawn_from_two_readings_on(self):
        share = make_indicator(region=self.empty, kind="hashrate_share", unit="%")
        make_reading(share, year=2020, month=4, value="4.33")
        self.assertNotContains(self.page(self.empty), 'class="reading"')
        make_reading(share, year=2021, month=4, value="3.44")
        page = self.page(self.empty)
        self.assertContains(page, 'class="reading"', count=2)
        self.assertContains(page, "Apr 2021: 3.44 %</title>")

    def test_the_next_deadline_heads_the_page_or_the_last(self):
        make_policy(ref="draft", kind="draft", region=self.empty, deadline_on=localdate() + timedelta(days=1))
        self.assertIsNone(self.page(self.empty).context["page"].next_deadline)
        make_policy(ref="past", region=self.empty, deadline_on="2021-04-30")
        self.assertEqual(self.page(self.empty).context["page"].next_deadline.ref, "past")
        make_policy(ref="far", region=self.empty, deadline_on=localdate() + timedelta(days=90))
        make_policy(ref="near", region=self.empty, deadline_on=localdate() + timedelta(days=9))
        self.assertEqual(self.page(self.empty).context["page"].next_deadline.ref, "near")
        self.assertContains(self.page(self.empty), "in 9 days")

    def test_the_law_and_the_indicators_are_as_the_record_is_now(self):
        below = make_region(parent=self.province, name_en="Ordos", name_zh="鄂尔多斯市")
        policy = make_policy(region=self.province, title_en="Old rule", title_zh="旧规")
        reading = make_reading(make_indicator(region=self.province), value=12)
        make_case(region=below, published=True)
        self.page(self.province)
        for rows, change, written in [
            (Policy.objects.filter(pk=policy.pk), {"title_en": "New rule"}, "New rule"),
            (Region.objects.filter(pk=below.pk), {"name_en": "Ordos City"}, "Ordos City"),
            (Reading.objects.filter(pk=reading.pk), {"value": 7731}, "7731"),
        ]:
            with self.subTest(written):
                self.assertNotContains(self.page(self.province), written)
                rows.update(**change)
                self.assertContains(self.page(self.province), written)
        chinese = self.client.get(f"/regions/{self.province.code}/", headers={"accept-language": "zh-CN"})
        for written in ("旧规", "鄂尔多斯市"):
            self.assertContains(chinese, written)

    def test_query_count_does_not_grow_with_the_page(self):
        for number in (1, 2, 3):
            below = make_region(parent=self.province)
            make_measured_avoided(make_case(region=below, published=True, occurred_on=date(2022, 1, 1)))
            make_policy(region=self.province, deadline_on="2021-04-30")
            make_savings_claim(region=make_region(parent=self.province), energy_kwh_per_year=1000)
            make_reading(make_indicator(region=self.province))
            with self.subTest(rows=number), self.assertNumQueries(31):
                self.page(self.province)
            with self.subTest(rows=number, beside=True), self.assertNumQueries(8):
                self.client.get(f"/regions/{self.province.code}/", headers={"HX-Request": "true"})


class RegionListTests(InnerMongolia):
    def test_what_the_record_speaks_of_comes_first_and_the_rest_after(self):
        response = self.client.get("/regions/")
        self.assertEqual([branch.region.code for branch in response.context["branches"]], ["CN"])
        self.assertEqual([region.code for region in response.context["rest"]], ["DE"])

    def test_a_country_counts_its_subtree_and_names_its_provinces(self):
        make_policy(region=self.province)
        (branch,) = self.client.get("/regions/").context["branches"]
        self.assertEqual((branch.sums.cases, branch.policies), (1, 1))
        self.assertEqual([below.region.code for below in branch.below], ["CN-NM"])

    def test_each_row_is_as_the_record_is_now(self):
        position = make_position(region=self.province, stance="restricted")
        province, country = (Region.objects.filter(pk=region.pk) for region in (self.province, self.china))

        def rows(language="en"):
            page = self.client.get("/regions/", headers={"accept-language": language}).content.decode()
            return page.partition("<tbody>")[2].partition("</tbody>")[0]

        for word, change in (
            ("2 cases", lambda: make_case(region=self.prefecture, published=True)),
            ("140", lambda: Case.objects.filter(published=True).update(rigs=70)),
            ("Nei Mongol", lambda: province.update(name_en="Nei Mongol")),
            ("Zhongguo", lambda: country.update(name_en="Zhongguo")),
            ("Banned", lambda: Position.objects.filter(pk=position.pk).update(stance="banned")),
            ("?region=CN", lambda: make_policy(region=self.province)),
        ):
            with self.subTest(word):
                before = rows()
                change()
                self.assertGreater(rows().count(word), before.count(word))
        self.assertIn("2起案件", rows("zh-hans"))

    def test_an_internal_case_puts_no_region_on_the_list(self):
        make_case(region=self.empty, title_en=SECRET)
        response = self.client.get("/regions/")
        self.assertEqual([branch.region.code for branch in response.context["branches"]], ["CN"])

    def test_a_policy_a_position_or_a_claim_alone_puts_a_region_on_the_list(self):
        for maker in (make_policy, make_position, make_savings_claim):
            region = make_region()
            maker(region=make_region(parent=region))
            with self.subTest(maker.__name__):
                listed = {branch.region for branch in self.client.get("/regions/").context["branches"]}
                self.assertIn(region, listed)

    def test_q_finds_a_region_by_name_in_either_language_and_by_code(self):
        for words, expected in [
            ("mongol", ["CN-NM"]),
            ("内蒙古", ["CN-NM"]),
            ("cn-nm", ["CN-NM"]),
            ("nowhere at all", []),
        ]:
            with self.subTest(words):
                response = self.client.get(reverse("regions:region-list", query={"q": words}))
                self.assertEqual([region.code for region in response.context["found"]], expected)

    def test_a_question_that_is_not_understood_lists_nothing_and_says_so(self):
        for query in ({"name": "China"}, {"q": "x" * 201}):
            with self.subTest(query):
                response = self.client.get(reverse("regions:region-list", query=query))
                self.assertEqual(response.context["found"], [])
                self.assertEqual(response.context["branches"], [])
                self.assertContains(response, "Some filters are not valid")

    def test_query_count_does_not_grow_with_the_list(self):
        for number in (1, 3):
            for _extra in range(number):
                make_case(region=make_region(parent=make_region()), published=True)
                make_policy()
                make_position()
            with self.subTest(number), self.assertNumQueries(8):
                self.client.get("/regions/")


class RollupTests(TestCase):
    def test_sums_of_the_tree_agree_with_counting_each_region_by_hand(self):
        country = make_region()
        province, other = make_region(parent=country), make_region(parent=country)
        district = make_region(parent=province)
        for region, rigs, counts in [(district, 5, True), (province, None, True), (other, 7, True), (other, 3, False)]:
            case = make_case(region=region, counts_in_totals=counts)
            Case.objects.filter(pk=case.pk).update(rigs=rigs, rigs_qualifier="exact" if rigs else "")
        sums = rollups.by_code(Case.objects.all())
        for region in Region.objects.all():
            cases = [case for case in Case.objects.select_related("region") if case.region.path.startswith(region.path)]
            rigs = [case.rigs for case in cases if case.rigs is not None and case.counts_in_totals]
            with self.subTest(region.path):
                self.assertEqual(sums[region.code].cases, len(cases))
                self.assertEqual(sums[region.code].rigs, sum(rigs) if rigs else None)
