"""Rules in time: what stood on a day, who was liable, what was found after a deadline, and the map of positions."""

from datetime import date

from django.test import TestCase
from django.urls import reverse
from django.utils.timezone import localdate

from cases.models import Case
from cases.tests import real_record
from cases.tests.builders import make_case, make_citation
from regions.models import Policy, Provision
from regions.tests.builders import (
    make_boundary,
    make_person,
    make_policy,
    make_position,
    make_provision,
    make_region,
    make_savings_claim,
)
from regions.tests.pages import text_of


class StandingTests(TestCase):
    def standing(self, policy, day):
        return (
            Policy.objects.as_of(date.fromisoformat(day))
            .filter(pk=policy.pk)
            .values_list("standing", flat=True)
            .first()
        )

    def test_a_policy_is_issued_begins_and_ends(self):
        policy = make_policy(issued_on="2021-01-01", effective_on="2021-03-01", expires_on="2021-12-31")
        for day, standing in [
            ("2020-12-31", None),
            ("2021-01-01", "to_come"),
            ("2021-03-01", "in_force"),
            ("2021-12-30", "in_force"),
            ("2021-12-31", "ended"),
        ]:
            with self.subTest(day):
                self.assertEqual(self.standing(policy, day), standing)

    def test_one_that_was_replaced_ended_when_its_successor_began(self):
        old = make_policy(issued_on="2019-01-01", status="superseded")
        make_policy(issued_on="2021-01-01", supersedes=old)
        self.assertEqual(self.standing(old, "2020-12-31"), "in_force")
        self.assertEqual(self.standing(old, "2021-01-01"), "ended")

    def test_an_end_that_is_not_known_is_said_not_to_be(self):
        self.assertEqual(
            self.standing(make_policy(issued_on="2019-01-01", status="repealed"), "2021-01-01"), "end_unknown"
        )

    def test_a_draft_stays_one(self):
        self.assertEqual(self.standing(make_policy(issued_on="2019-01-01", status="draft"), "2021-01-01"), "draft")

    def test_a_provision_holds_in_its_own_time_and_that_of_its_policy(self):
        policy = make_policy(issued_on="1990-01-01")
        make_provision(policy, number="old", last_day="2015-12-31")
        make_provision(policy, number="new", first_day="2016-01-01")
        make_provision(make_policy(issued_on="2020-01-01"), number="later")
        for day, numbers in [("2015-12-31", ["old"]), ("2016-01-01", ["new"])]:
            with self.subTest(day):
                held = Provision.objects.on(date.fromisoformat(day))
                self.assertEqual([one.number for one in held], numbers)


class LibraryTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region = make_region(code="CN-NM", parent=make_region(code="CN"), name_en="Inner Mongolia")
        cls.policy = make_policy(ref="measures", region=cls.region, issued_on="2021-03-09", deadline_on="2021-04-30")
        make_policy(ref="later", region=cls.region, issued_on="2021-09-24")

    def test_the_deadline_is_one_day_over_on_the_day_after(self):
        text = text_of(self.client.get(reverse("policies:policy-list"), {"on": "2021-05-01"}))
        self.assertIn("30 Apr 2021 passed 1 day ago", text)
        self.assertIn("in 1 day", text_of(self.client.get(reverse("policies:policy-list"), {"on": "2021-04-29"})))

    def test_what_was_not_issued_yet_is_not_listed(self):
        page = self.client.get(reverse("policies:policy-list"), {"on": "2021-05-01"}).context["page"]
        self.assertEqual([policy.ref for policy in page], ["measures"])

    def test_what_was_found_after_the_deadline_is_counted_as_far_as_the_reader_may_see(self):
        for day, published in [("2021-04-30", True), ("2021-05-01", True), ("2021-06-01", True), ("2021-06-01", False)]:
            make_case(region=self.region, occurred_on=day, published=published)
        self.assertContains(self.client.get(reverse("policies:policy-list")), "2 cases found after it")
        self.client.force_login(make_person("view_case", regions=[self.region]))
        self.assertContains(self.client.get(reverse("policies:policy-list")), "3 cases found after it")

    def test_a_day_that_is_none_lists_nothing_and_says_so_at_its_field(self):
        for day in ("2021-02-31", "yesterday", "0000-00-00"):
            with self.subTest(day):
                response = self.client.get(reverse("policies:policy-list"), {"on": day})
                self.assertEqual((response.status_code, list(response.context["page"])), (200, []))
                self.assertContains(response, 'id="on-error"')

    def test_who_is_liable_for_what_on_a_day(self):
        make_provision(
            self.policy,
            number="1",
            targets=["industrial_park"],
            sanction_kinds=["fine"],
            fine_max=5,
            fine_currency="CNY",
        )
        response = self.client.get(reverse("policies:liability"), {"on": "2021-05-01"})
        ((target, cells),) = response.context["rows"]
        self.assertEqual(target, "industrial_park")
        self.assertEqual([(kind, [one.number for one in some]) for kind, some in cells], [("fine", ["1"])])
        self.assertContains(self.client.get(reverse("policies:liability"), {"on": "2020-01-01"}), "No provisions match")
        self.assertContains(self.client.get(reverse("policies:liability"), {"on": "x"}), "x")


class PolicyPageTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region = make_region(code="CN-NM", parent=make_region(code="CN"), name_en="Inner Mongolia")
        draft = make_policy(
            ref="draft", region=cls.region, issued_on="2021-02-25", status="draft", title_en="The draft"
        )
        cls.policy = make_policy(ref="measures", region=cls.region, issued_on="2021-03-09", supersedes=draft)
        make_policy(
            ref="local", region=cls.region, issued_on="2021-06-01", implements=cls.policy, title_en="Local rules"
        )

    def page(self):
        return self.client.get(reverse("policies:policy-detail", args=["measures"]))

    def test_cases_of_its_region_and_time_that_do_not_cite_it(self):
        for ref, day in [("before", "2021-03-08"), ("cites", "2021-05-01"), ("could", "2021-05-02")]:
            make_case(ref=ref, region=self.region, occurred_on=day, published=True)
        make_case(ref="secret", region=self.region, occurred_on="2021-05-02")
        make_case(ref="elsewhere", occurred_on="2021-05-02", published=True)
        make_citation(Case.objects.get(ref="cites"), policy=self.policy)
        response = self.page()
        self.assertEqual([case.ref for case in response.context["page"].could_cite], ["could"])
        link = "/cases/?region=CN-NM&amp;occurred_after=2021-03-09&amp;policy__not=measures"
        self.assertContains(response, link)
        listed = self.client.get(link.replace("&amp;", "&")).context["page"]
        self.assertEqual([case.ref for case in listed], ["could"])

    def test_the_months_around_its_day_with_years_apart_and_the_last_one_marked(self):
        for day, precision in [
            ("2021-02-10", "day"),
            ("2021-03-01", "month"),
            ("2021-01-01", "year"),
            ("2019-01-01", "day"),
        ]:
            make_case(region=self.region, occurred_on=day, date_precision=precision, published=True)
        response = self.page()
        counted = {month.distance: month.sums.cases for month in response.context["page"].months if month.sums.cases}
        self.assertEqual(counted, {-1: 1, 0: 1})
        self.assertEqual(len(response.context["page"].months), 25)
        self.assertEqual(response.context["page"].known_only_to_the_year, 1)
        self.assertNotContains(response, "not over yet")
        now = make_policy(ref="new", region=self.region, issued_on=localdate().isoformat())
        self.assertContains(self.client.get(now.get_absolute_url()), "not over yet")

    def test_its_family_stands_in_the_order_of_days(self):
        family = [(said, one.ref) for said, one in self.page().context["page"].family]
        self.assertEqual(
            family, [("draft of this policy", "draft"), ("", "measures"), ("implements this policy", "local")]
        )


class PositionMapTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        square = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]}
        cls.china = make_region(code="CN", name_en="China")
        cls.mongolia = make_region(code="CN-NM", name_en="Inner Mongolia", parent=cls.china)
        cls.sichuan = make_region(code="CN-SC", name_en="Sichuan", parent=cls.china)
        cls.chile = make_region(code="CL", name_en="Chile")
        for region in (cls.china, cls.mongolia, cls.sichuan, cls.chile):
            make_boundary(region, geometry=square)
        make_position(region=cls.china, stance="eliminated_class", first_day="2021-12-30")
        make_position(region=cls.mongolia, stance="banned", first_day="2021-03-09")

    def places(self, **asked):
        response = self.client.get(reverse("regions:positions"), asked)
        self.assertEqual(response.status_code, 200)
        return {place.region.code: place for place in response.context["page"].places}

    def test_a_region_has_its_own_position_or_that_of_the_one_above_on_the_day(self):
        found = self.places(region="CN", on="2021-05-18")
        self.assertEqual({code: place.position.stance for code, place in found.items()}, {"CN-NM": "banned"})
        found = self.places(region="CN", on="2022-01-01")
        said = {code: (place.position.stance, place.inherited) for code, place in found.items()}
        self.assertEqual(said, {"CN-NM": ("banned", False), "CN-SC": ("eliminated_class", True)})
        self.assertEqual(self.places(on="2021-05-18"), {})

    def test_power_counts_what_the_reader_may_see_and_claims_are_not_added(self):
        for published in (True, False):
            case = make_case(region=self.mongolia, published=published)
            Case.objects.filter(pk=case.pk).update(kw_low=10, kw_best=10, kw_high=10)
        for amount in (5, 7):
            make_savings_claim(region=self.mongolia, energy_kwh_per_year=amount)
        place = self.places(region="CN")["CN-NM"]
        self.assertEqual((place.kw, place.saved), (10, (5, 7)))

    def test_nonsense_is_said_and_shows_nothing(self):
        for asked in ({"on": "x"}, {"region": "nowhere"}, {"show": "colour"}):
            with self.subTest(asked):
                self.assertEqual(self.places(**asked), {})


class RecordTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        real_record.load()

    def test_section_37_had_another_penalty_before_2016(self):
        for day, fine, years in [("2015-12-31", "100,000", 5), ("2016-01-02", "1,000,000", 10)]:
            with self.subTest(day):
                response = self.client.get(reverse("policies:policy-list"), {"region": "MY", "on": day})
                act = Policy.objects.get(ref="my-esa-1990")
                held = response.context["penalties"][act.pk]
                (first,) = [one for one in held if one.number.startswith("s37(1)")]
                self.assertEqual((f"{first.fine_max:,.0f}", first.imprisonment_max_years), (fine, years))
                self.assertContains(response, first.number)

    def test_the_deadline_of_inner_mongolia_is_one_day_over_on_the_first_of_may(self):
        text = text_of(self.client.get(reverse("policies:policy-list"), {"region": "CN-NM", "on": "2021-05-01"}))
        self.assertIn("30 Apr 2021 passed 1 day ago", text)
