from datetime import timedelta

import pytest
from django.test import TestCase
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import override

from cases.tests.builders import make_case, make_citation
from regions.models import Provision
from regions.tests.builders import make_agency, make_policy, make_position, make_provision, make_region, make_source
from regions.tests.pages import text_of

SECRET = "A raid nobody may read about yet"


@pytest.mark.parametrize(
    ("number", "chinese"),
    [
        ("art. 71", "第71条"),
        ("art. 6 bis", "第6之二条"),
        ("s37(3)(A)(i)", "第37(3)(A)(i)条"),
        ("s37(1) (from 1 Jan 2016)", "第37(1)条（2016年1月1日起）"),
        ("s37(1) (to 31 Dec 2015)", "第37(1)条（2015年12月31日止）"),
        ("s33(5) (reported to 2023)", "第33(5)条（2023年止）"),
        ("possession", "possession"),
        ("1", "第1条"),
    ],
)
def test_the_number_of_a_provision_in_chinese(number, chinese):
    assert Provision(number=number).label == number
    with override("zh-hans"):
        assert Provision(number=number).label == chinese


class PolicyListTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        china = make_region(code="CN", name_en="China")
        province = make_region(code="CN-NM", parent=china, name_en="Inner Mongolia")
        make_region(code="DE", name_en="Germany")
        make_policy(
            ref="national", region=china, title_en="Notice on rectifying mining",
            title_zh="关于整治虚拟货币“挖矿”活动的通知",
            document_number="发改运行〔2021〕1283号", issued_on="2021-09-03",
        )  # fmt: skip
        make_policy(
            ref="measures", region=province, kind="measure", issued_on="2021-03-09", deadline_on="2021-04-30",
            summary_en="All mining projects leave by the end of April.",
        )  # fmt: skip
        make_policy(ref="draft", region=province, kind="draft", status="draft", issued_on="2021-02-25")
        make_policy(ref="russian", issued_on="2024-08-08", deadline_on=localdate() + timedelta(days=30))

    def test_a_deadline_at_the_end_of_the_calendar_is_a_deadline(self):
        make_policy(ref="late", region=make_region(), deadline_on="9999-12-31", expires_on="9999-12-31")
        for address in ("/policies/", "/policies/?on=9999-12-31", "/policies/late/", "/policies/late/?on=9999-12-31"):
            with self.subTest(address):
                self.assertEqual(self.client.get(address).status_code, 200)

    def test_filters(self):
        for query, expected in [
            ({}, ["russian", "national", "measures", "draft"]),
            ({"region": "CN"}, ["national", "measures", "draft"]),
            ({"region": "CN-NM"}, ["measures", "draft"]),
            ({"region": "DE"}, []),
            ({"kind": "measure"}, ["measures"]),
            ({"status": "draft"}, ["draft"]),
            ({"region": "CN", "status": "in_force"}, ["national", "measures"]),
            ({"q": "rectifying"}, ["national"]),
            ({"q": "挖矿"}, ["national"]),
            ({"q": "1283"}, ["national"]),
            ({"q": "mining april"}, ["measures"]),
            ({"q": "%"}, []),
            ({"deadline": "passed"}, ["measures"]),
            ({"deadline": "ahead"}, ["russian"]),
            ({"q": "", "region": "", "kind": ""}, ["russian", "national", "measures", "draft"]),
        ]:
            with self.subTest(query):
                response = self.client.get(reverse("policies:policy-list", query=query))
                self.assertEqual([policy.ref for policy in response.context["page"]], expected)
                self.assertEqual(response.context["question"].problems, {})

    def test_a_question_that_is_not_understood_has_no_answers_and_says_so_at_the_field(self):
        for query, label in [
            ({"region": "nowhere"}, "Region"),
            ({"kind": "song"}, "Type"),
            ({"status": "asleep"}, "Status"),
            ({"deadline": "soon"}, "Deadline"),
            ({"q": "x" * 201}, "Keywords"),
            ({"colour": "red"}, "colour"),
            ({"kind": ["law", "notice"]}, "Type"),
            ({"page": "2"}, "Page"),
            ({"page": "0"}, "Page"),
            ({"page": "x"}, "Page"),
            ({"page": "9" * 300}, "Page"),
        ]:
            with self.subTest(query):
                response = self.client.get(reverse("policies:policy-list", query=query))
                self.assertEqual(response.status_code, 200)
                self.assertEqual(list(response.context["page"]), [])
                (parameter,) = query
                self.assertEqual(list(response.context["question"].problems), [parameter])
                self.assertRegex(text_of(response), f"so nothing is listed. {label} ?:")
        response = self.client.get("/policies/?kind=song")
        self.assertContains(response, 'aria-describedby="kind-error"')
        self.assertContains(response, "“song” is not a valid choice.")

    def test_what_was_chosen_stays_chosen_in_the_form(self):
        response = self.client.get("/policies/?region=CN-NM&kind=measure&q=april")
        self.assertContains(response, '<option value="CN-NM" selected>China › Inner Mongolia</option>', html=True)
        self.assertContains(response, '<option value="measure" selected>')
        self.assertContains(response, 'value="april"')

    def test_a_list_longer_than_a_page_has_a_next_page_of_the_same_question(self):
        for _number in range(51):
            make_policy(kind="law")
        response = self.client.get("/policies/?kind=law")
        self.assertEqual(len(response.context["page"]), 50)
        self.assertContains(response, 'href="?kind=law&amp;page=2"')
        self.assertEqual(len(self.client.get("/policies/?kind=law&page=2").context["page"]), 1)

    def test_it_is_sorted_by_a_column_and_what_has_no_day_comes_last(self):
        def listed(sort):
            response = self.client.get("/policies/", {"sort": sort})
            return [policy.deadline_on for policy in response.context["page"].object_list], response

        days, response = listed("deadline")
        stated = [day for day in days if day]
        self.assertEqual(days, sorted(stated) + [None] * (len(days) - len(stated)))
        self.assertContains(response, 'aria-sort="ascending"', count=1)
        days, _response = listed("-deadline")
        self.assertEqual(days, sorted(stated, reverse=True) + [None] * (len(days) - len(stated)))
        self.assertContains(listed("loudness")[1], "No policies match")

    def test_query_count_does_not_grow_with_the_list(self):
        for number in (1, 3):
            for _extra in range(number):
                make_policy(region=make_region(parent=make_region()))
            with self.subTest(number), self.assertNumQueries(8):
                self.client.get("/policies/")


class PolicyPageTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region = make_region(code="MY", name_en="Malaysia")
        cls.old = make_policy(ref="old", title_en="The old act", region=cls.region, status="superseded")
        cls.policy = make_policy(
            ref="act-447", title_en="Electricity Supply Act 1990", title_zh="1990年电力供应法", region=cls.region,
            kind="law", supersedes=cls.old, confidence="medium", cross_check_url="https://example.org/second",
            source=make_source(publisher="The Gazette", url="https://example.org/act"),
        )  # fmt: skip
        cls.policy.issuers.add(make_agency(name_en="Parliament of Malaysia", kind="legislature"))
        cls.provision = make_provision(
            cls.policy, number="37(1)", text_en="Tampering with a wire", targets=["individual"],
            sanction_kinds=["fine", "imprisonment"], fine_max=100_000, fine_currency="MYR", imprisonment_max_years=5,
        )  # fmt: skip
        make_position(region=cls.region, policy=cls.policy, stance="not_prohibited", first_day="1990-09-01")
        make_citation(
            make_case(title_en="A known raid", region=cls.region, published=True), text="Electricity Supply Act s37(1)",
            policy=cls.policy, provision=cls.provision,
        )  # fmt: skip
        make_citation(make_case(title_en=SECRET, region=cls.region), policy=cls.policy)

    def test_everything_known_of_it_is_on_the_page(self):
        response = self.client.get("/policies/act-447/")
        for words in [
            "Electricity Supply Act 1990", "1990年电力供应法", "Parliament of Malaysia", "The old act", "37(1)",
            "Tampering with a wire", "Individuals", "Fine, Imprisonment", "up to 5 years", "Not prohibited",
            "The Gazette", "https://example.org/act", "https://example.org/second", "confidence: medium",
        ]:  # fmt: skip
            with self.subTest(words):
                self.assertContains(response, words)

    def test_a_fine_names_its_bounds_and_its_currency(self):
        for bounds, words in [
            ({"fine_min": 20_000, "fine_max": 100_000}, "RM20,000 to RM100,000"),
            ({"fine_max": 1_000_000}, "up to RM1 <small>million</small>"),
            ({"fine_min": 500}, "at least RM500"),
            ({"fine_min": 700, "fine_max": 700}, "RM700"),
        ]:
            policy = make_policy()
            make_provision(policy, fine_currency="MYR", **bounds)
            with self.subTest(bounds):
                self.assertContains(self.client.get(policy.get_absolute_url()), words)

    def test_the_superseded_policy_names_its_successor(self):
        self.assertContains(self.client.get("/policies/old/"), "Electricity Supply Act 1990")

    def test_cases_that_cite_it_are_listed_with_the_provision_and_lead_to_their_selection(self):
        response = self.client.get("/policies/act-447/")
        self.assertEqual([citation.case.title_en for citation in response.context["page"].citations], ["A known raid"])
        self.assertContains(response, "37(1)")
        self.assertContains(response, "/cases/?policy=act-447")
        self.assertEqual(self.client.get("/cases/?policy=act-447").context["selection"].count, 1)

    def test_the_public_never_sees_an_internal_case_nor_counts_it(self):
        response = self.client.get("/policies/act-447/")
        self.assertNotContains(response, SECRET)
        self.assertEqual(response.context["page"].citing_count, 1)

    def test_a_policy_that_is_not_there_is_404(self):
        self.assertEqual(self.client.get("/policies/nothing/").status_code, 404)

    def test_query_count_does_not_grow_with_the_page(self):
        for number in (1, 3):
            for _extra in range(number):
                make_provision(self.policy)
                make_position(policy=self.policy)
                make_citation(make_case(published=True), policy=self.policy)
            with self.subTest(number), self.assertNumQueries(12):
                self.client.get("/policies/act-447/")
