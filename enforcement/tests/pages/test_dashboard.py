"""The first page: the record in a sentence for the public, the morning of their region for who works in one."""

from datetime import date, timedelta
from unittest.mock import patch

from django.contrib.auth.models import Group
from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from cases.actions import summing
from cases.models import Case, Draft
from cases.tests.builders import make_case, make_lead, make_raid, make_rig, make_seizure
from enforcement import roles
from regions.tests.builders import make_person, make_policy, make_position, make_region, make_savings_claim
from regions.tests.pages import text_of

SECRET = "A raid nobody may read about yet"
TODAY = date(2026, 11, 24)


class FirstPage(TestCase):
    """Cases of two provinces of China and one of Malaysia; of an internal one only its region's people know."""

    @classmethod
    def setUpTestData(cls):
        roles.sync()
        cls.china = make_region(code="CN", name_en="China")
        cls.mongolia = make_region(code="CN-NM", name_en="Inner Mongolia", parent=cls.china)
        cls.bayannur = make_region(code="CN-150800", name_en="Bayannur", parent=cls.mongolia)
        cls.sichuan = make_region(code="CN-SC", name_en="Sichuan", parent=cls.china)
        cls.malaysia = make_region(code="MY", name_en="Malaysia")
        make_rig(manufacturer="generic", is_generic=True, released_year=2018, power_w=1400)
        cls.sweep = cls.make(cls.sichuan, 900, title_en="Sweep", kind="sweep", occurred_on="2022-03-05")
        cls.inside = cls.make(cls.sichuan, 800, title_en="Part", part_of=cls.sweep, counts_in_totals=False)
        cls.make(cls.bayannur, 50, title_en="Warehouse raid")
        cls.make(cls.malaysia, 40, title_en="Shophouse raid", occurred_on="2019-06-01", date_precision="month")
        cls.secret = cls.make(cls.bayannur, 5000, title_en=SECRET, published=False)
        summing.sum_up(Case.objects.all())

    @classmethod
    def make(cls, region, rigs, published=True, occurred_on="2021-09-05", **values):
        case = make_case(region=region, published=published, occurred_on=occurred_on, **values)
        make_seizure(make_raid(case, raided_on=occurred_on), count=rigs)
        return case

    def log_in(self, role, *regions):
        person = make_person(username=f"{role} {len(regions)}", regions=regions)
        person.groups.add(Group.objects.get(name=role))
        self.client.force_login(person)
        return person


class PublicTests(FirstPage):
    def test_an_empty_record_says_so(self):
        Case.objects.update(part_of=None)
        Case.objects.all().delete()
        self.assertContains(self.client.get("/"), "No cases yet")

    def test_it_begins_with_the_record_in_a_sentence_and_its_largest_caveat(self):
        said = text_of(self.client.get("/"))
        self.assertIn("4 times, authorities have acted against illegal crypto mining in 2 countries and areas.", said)
        self.assertIn("They report 990 rigs seized since 2019.", said)
        self.assertIn("One sweep in Sichuan in 2022 makes up 900 of the rigs.", said)
        self.assertIn("1 of the cases is part of a wider one and is not counted twice.", said)

    def test_no_case_is_named_beside_the_sum_that_is_a_small_part_of_it(self):
        for _number in range(12):
            self.make(self.malaysia, 890)
        summing.sum_up(Case.objects.all())
        self.assertNotIn("makes up", text_of(self.client.get("/")))

    def test_its_questions_are_made_from_the_record_and_each_leads_somewhere(self):
        make_position(region=self.china, stance="banned", first_day="2021-09-24")
        make_savings_claim(region=self.mongolia, energy_kwh_per_year=6_580_000_000)
        questions = list(self.client.get("/").context["page"].questions())
        self.assertEqual(
            [question for question, _address in questions],
            [
                "Where is mining banned, and since when?",
                "What was seized in China?",
                "What does the claim of 6.58 TWh saved in Inner Mongolia rest on?",
            ],
        )
        for _question, address in questions:
            self.assertEqual(self.client.get(address).status_code, 200)

    def test_the_largest_leave_out_what_lies_inside_a_wider_case(self):
        page = self.client.get("/").context["page"]
        self.assertEqual([case.title_en for case in page.largest], ["Sweep", "Warehouse raid", "Shophouse raid"])

    def test_an_internal_case_is_neither_seen_nor_counted_and_nobody_is_told_what_they_cannot_mend(self):
        response = self.client.get("/")
        self.assertNotContains(response, SECRET)
        self.assertNotContains(response, "Cases without a source")
        self.assertEqual(response.context["page"].totals.cases, 4)
        self.assertNotIn("visits", response.cookies)

    def test_one_switch_changes_map_and_charts_in_place(self):
        answer = self.client.get("/?metric=rigs", headers={"HX-Request": "true", "HX-Target": "figures"})
        self.assertNotContains(answer, "<html")
        page = answer.context["page"]
        self.assertEqual({chart.metric for chart in page.charts}, {"rigs"})
        self.assertContains(answer, "Where rigs were seized")
        for nonsense in ("tonnes", "", "<b>"):
            self.assertEqual(self.client.get("/", {"metric": nonsense}).context["page"].charts[0].metric, "cases")

    def test_its_figures_are_those_of_the_selection(self):
        rigs = self.client.get("/?metric=rigs").context["page"]
        self.assertEqual(rigs.record.measures.total.amount("rigs"), rigs.totals.rigs)
        page = self.client.get("/").context["page"]
        self.assertEqual(page.record.measures.total.cases, page.totals.cases)
        self.assertEqual(sum(row.amount for row in page.charts[1].rows), page.totals.cases)

    def test_query_count_does_not_grow_with_the_record(self):
        self.client.get("/")  # the shapes of the world are read once
        counts = []
        for number in (1, 3):
            for _extra in range(number):
                self.make(make_region(parent=make_region()), 7)
                make_policy(deadline_on="2021-04-30")
                make_savings_claim(region=make_region(), energy_kwh_per_year=1000)
            summing.sum_up(Case.objects.all())
            with CaptureQueriesContext(connection) as asked:
                self.client.get("/")
            counts.append(len(asked))
        self.assertLessEqual(counts[1], counts[0])
        self.assertLessEqual(counts[0], 20)


class MorningTests(FirstPage):
    def test_who_works_in_a_region_sees_it_first_and_the_whole_record_one_click_away(self):
        self.log_in("Case officer", self.mongolia)
        response = self.client.get("/")
        said = text_of(response)
        self.assertEqual(response.context["morning"].region, self.mongolia)
        self.assertIn("Inner Mongolia", said)
        self.assertIn(SECRET, said)
        self.assertNotIn("Shophouse raid", said)
        self.assertContains(response, "?view=all")
        self.assertIn("times, authorities have acted", text_of(self.client.get("/?view=all")))

    def test_what_waits_is_counted_and_each_number_leads_to_its_cases(self):
        officer = self.log_in("Case officer", self.mongolia)
        Draft.objects.create(by=officer, typed={"title_en": "typed"})
        Draft.objects.create(by=make_person(username="colleague"), typed={})
        response = self.client.get("/")
        morning = response.context["morning"]
        self.assertEqual(morning.drafts, 1)
        self.assertEqual([case.title_en for case in morning.internal], [SECRET])
        for count, address in ((morning.doubted, morning.doubted_address), (morning.lacking, morning.lacking_address)):
            with self.subTest(address):
                self.assertEqual(self.client.get(address).context["selection"].count, count)
        self.assertEqual(self.client.get(morning.address()).context["selection"].count, morning.totals.cases)

    def test_a_reader_is_not_asked_to_check(self):
        self.log_in("Reader", self.mongolia)
        response = self.client.get("/")
        self.assertNotContains(response, "Cases to check")
        self.assertNotContains(response, "Cases without a source")

    def test_what_is_overdue_is_said_in_years_and_of_the_region_and_those_above(self):
        for ref, region, day in (
            ("own", self.mongolia, "2021-04-30"), ("below", self.bayannur, "2020-04-30"),
            ("above", self.china, "2019-04-30"), ("beside", self.sichuan, "2021-05-30"),
            ("soon", self.mongolia, "2026-12-01"),
        ):  # fmt: skip
            make_policy(ref=ref, region=region, deadline_on=day, issued_on="2019-01-01")
        self.log_in("Case officer", self.mongolia)
        with patch("enforcement.pages.dashboard.localdate", return_value=TODAY):
            response = self.client.get("/")
        morning = response.context["morning"]
        self.assertEqual([policy.ref for policy, _words in morning.overdue], ["own", "below", "above"])
        self.assertEqual([policy.ref for policy, _words in morning.ahead], ["soon"])
        self.assertIn("passed 5½ years ago", text_of(response))
        self.assertNotIn("days ago", text_of(response))

    def test_several_regions_are_switched_among_and_no_other_is_shown(self):
        self.log_in("Case officer", self.mongolia, self.malaysia)
        self.assertEqual(self.client.get("/").context["morning"].region, self.mongolia)
        response = self.client.get("/?region=MY")
        self.assertEqual(response.context["morning"].region, self.malaysia)
        self.assertContains(response, 'aria-current="true">Malaysia')
        self.assertEqual(self.client.get("/?region=CN-SC").context["morning"].region, self.mongolia)

    def test_who_works_everywhere_sees_the_record_with_what_there_is_to_mend(self):
        self.log_in("Registrar")
        make_lead(region=self.mongolia, arrived_on="2020-01-01")
        response = self.client.get("/")
        leads, *of_cases = response.context["page"].chores
        self.assertEqual(self.client.get(leads.address).context["page"].paginator.count, leads.count)
        self.assertEqual(leads.count, 1)
        for item in of_cases:
            with self.subTest(item.what):
                self.assertEqual(self.client.get(item.address).context["selection"].count, item.count)
        self.assertContains(response, "Cases without a source")


class VisitTests(FirstPage):
    def setUp(self):
        self.log_in("Case officer", self.mongolia)

    def visit(self, days=0):
        with patch("enforcement.pages.attention.localdate", return_value=TODAY + timedelta(days=days)):
            return self.client.get("/")

    def new(self, response):
        morning = response.context["morning"]
        return morning.new_count if morning.before else None

    def test_what_is_new_since_the_visit_before(self):
        Case.objects.filter(region=self.bayannur).update(changed_at="2026-11-24T08:00Z")
        first = self.visit()
        self.assertContains(first, "From your next visit")
        self.assertIsNone(self.new(first))
        self.assertIsNone(self.new(self.visit()))  # the same day is the same visit
        for _ in range(2):
            second = self.visit(days=2)
            self.assertEqual(self.new(second), 2)
            address = second.context["morning"].new_address
            self.assertTrue(address.endswith("changed_after=2026-11-24"))
            self.assertEqual(self.client.get(address).context["selection"].count, 2)
        self.assertEqual(self.new(self.visit(days=3)), 0)

    def test_a_cookie_that_was_tampered_with_is_a_first_visit(self):
        for text in ("nonsense", "2026-13-45", "2026-01-01/2026-01-02/2026-01-03", "/", "2026-11-01/'><script>"):
            with self.subTest(text):
                self.client.cookies["visits"] = text
                self.assertContains(self.visit(), "From your next visit")
