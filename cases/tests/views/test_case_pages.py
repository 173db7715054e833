"""The list and the page of a case, as a reader meets them."""

from unittest.mock import patch

from django.test import TestCase
from django.urls import reverse

from cases.actions import summing
from cases.models import Case
from cases.tests.builders import make_case, make_citation, make_disposal, make_figure, make_raid, make_rig, make_seizure
from regions.tests.builders import make_agency, make_person, make_policy, make_region, make_source


def published_case(region, **values):
    case = make_case(region=region, published=True, **values)
    case.agencies.add(make_agency())
    case.sources.add(make_source())
    seizure = make_seizure(make_raid(case, raided_on="2021-05-18"), count=5)
    make_disposal(seizure)
    make_citation(case, policy=make_policy(region=region))
    make_figure(case)
    summing.sum_up(Case.objects.filter(pk=case.pk))
    return case


class CaseListTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region = make_region(code="CN", name_en="China", name_zh="中国")
        make_rig(is_generic=True, released_year=2017)

    def test_query_count_does_not_grow_with_the_list(self):
        asked = []
        for _ in (1, 3):
            while Case.objects.count() < _:
                published_case(self.region)
            # Ten of them are the counts and the plain lists of a few cases, of which the keys are found first; those of
            # the page are read where their versions are new.
            with self.subTest(cases=_), self.assertNumQueries(15):
                asked.append(self.client.get(reverse("cases:case-list")))
        self.assertEqual([len(response.context["page"]) for response in asked], [1, 3])

    def test_htmx_gets_results_and_counts_apart_and_caches_keep_them_apart(self):
        published_case(self.region)
        whole = self.client.get(reverse("cases:case-list"))
        results = self.client.get(reverse("cases:case-list"), headers={"HX-Request": "true", "HX-Target": "results"})
        counts = self.client.get(reverse("cases:case-list"), headers={"HX-Request": "true", "HX-Target": "insights"})
        self.assertContains(whole, "<html")
        for part, inside, outside in [(results, 'id="results"', "<fieldset>"), (counts, "<fieldset>", 'id="results"')]:
            self.assertNotContains(part, "<html")
            self.assertContains(part, inside)
            self.assertNotContains(part, outside)
            self.assertIn("HX-Request", part["Vary"])
            self.assertIn("HX-Target", part["Vary"])

    def test_of_many_cases_the_charts_come_with_an_answer_of_their_own(self):
        published_case(self.region)
        chart, to_come = 'id="chart-kind"', 'hx-trigger="load, answered from:body"'
        with patch("cases.views.cases.FEW", 0):
            whole = self.client.get(reverse("cases:case-list"))
            asked_for = self.client.get(reverse("cases:case-list"), {"show": "charts"})
        headers = {"HX-Request": "true", "HX-Target": "charts"}
        charts = self.client.get(reverse("cases:case-list"), headers=headers)
        self.assertContains(whole, to_come, 2)  # they and the counts
        self.assertNotContains(whole, chart)
        for answer in (charts, asked_for, self.client.get(reverse("cases:case-list"))):
            self.assertContains(answer, chart)
        self.assertNotContains(charts, to_come)
        wrong = self.client.get(reverse("cases:case-list"), {"kind": "nonsense"}, headers=headers)
        self.assertNotContains(wrong, "<section")

    def test_totals_say_how_many_cases_they_rest_on(self):
        published_case(self.region)
        make_case(region=self.region, published=True)
        self.assertContains(self.client.get(reverse("cases:case-list")), "1 of 2 cases state a count")

    def test_pages_keep_the_question(self):
        for _ in range(30):
            make_case(region=self.region, published=True, kind="sweep")
        response = self.client.get(reverse("cases:case-list"), {"per_page": 25, "kind": "sweep"})
        self.assertContains(response, "1–25 of 30")
        self.assertContains(response, "per_page=25&amp;kind=sweep&amp;page=2")
        second = self.client.get(reverse("cases:case-list"), {"per_page": 25, "kind": "sweep", "page": 2})
        self.assertEqual(len(second.context["page"]), 5)

    def test_no_answer_offers_the_filters_to_take_out(self):
        published_case(self.region)
        response = self.client.get(reverse("cases:case-list"), {"kind": "sweep"})
        self.assertContains(response, "Without the filter <strong>Sweep</strong> there is 1 case.")
        self.assertNotContains(response, "list-figures")


class CaseDetailTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region = make_region(code="CN", name_en="China", name_zh="中国")
        make_rig(is_generic=True, released_year=2017, power_w=1400)

    def test_everything_known_is_on_the_page(self):
        case = published_case(
            self.region, title_en="A warehouse", title_zh="一处仓库", outcome="Closed", note="From two papers",
            place="Pioneer park", theft=True, arrests=3,
        )  # fmt: skip
        case.sources.add(make_source(publisher="Xinhua", title="Rigs found", url="https://example.org/1"))
        response = self.client.get(case.get_absolute_url())
        for text in ("A warehouse", "一处仓库", "Closed", "From two papers", "Pioneer park", "Xinhua", "Rigs found",
                     "https://example.org/1", "1,104", "Destroyed", case.agencies.get().name_en, case.ref):  # fmt: skip
            self.assertContains(response, text)

    def test_query_count_does_not_grow_with_the_case(self):
        case = published_case(self.region)
        for lines in (1, 3):
            while case.agencies.count() < lines:
                case.agencies.add(make_agency())
                make_seizure(make_raid(case), count=1)
                make_citation(case, policy=make_policy(region=self.region))
            with self.subTest(lines=lines), self.assertNumQueries(17):
                self.client.get(case.get_absolute_url())

    def test_stored_rigs_are_said_to_be_stored_and_no_year_is_reckoned(self):
        case = published_case(self.region, electricity_check="implausible")
        response = self.client.get(case.get_absolute_url())
        self.assertContains(response, "Stored, not running")
        self.assertNotContains(response, "If these rigs ran all year")

    def test_an_internal_case_is_not_there_for_the_public_and_is_for_those_who_may_read_it(self):
        case = make_case(region=self.region, published=False)
        self.assertEqual(self.client.get(case.get_absolute_url()).status_code, 404)
        self.client.force_login(make_person("view_case", regions=[self.region]))
        self.assertContains(self.client.get(case.get_absolute_url()), "Internal")

    def test_a_wider_case_that_one_may_not_see_is_not_named(self):
        wider = make_case(region=self.region, published=False, title_en="Secret sweep")
        part = make_case(region=self.region, published=True, part_of=wider)
        make_case(region=self.region, published=False, part_of=part, title_en="Secret raid")
        response = self.client.get(part.get_absolute_url())
        self.assertNotContains(response, "Secret")

    def test_a_case_that_is_not_there_is_not_found(self):
        for ref in ("nothing", "1" * 5000, "a%00b"):
            with self.subTest(ref[:10]):
                self.assertIn(self.client.get(f"/cases/{ref}/").status_code, (400, 404))
