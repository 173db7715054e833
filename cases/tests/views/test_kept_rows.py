"""A row of the list, a chart, the facets: each is kept for as long as all that it shows is as it was."""

from unittest.mock import patch

from django.conf import settings
from django.db import connection
from django.template import Engine, Origin, Template
from django.template.base import UNKNOWN_SOURCE
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext

from cases.actions import summing
from cases.models import Case, OfficeNumber, versions
from cases.selection import matches
from cases.templatetags import kept
from cases.tests.builders import make_case
from regions.models import Agency, Region, Source
from regions.tests.builders import make_agency, make_person, make_position, make_region


class KeptRowTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.country = make_region(code="CN", name_en="China", name_zh="中国", level="country")
        cls.region = make_region(code="CN-NM", name_en="Inner Mongolia", name_zh="内蒙古", parent=cls.country)
        cls.case = make_case(ref="a-case", region=cls.region, published=True, title_en="A farm", title_zh="一处矿场")
        summing.sum_up(Case.objects.all())  # its words are found then

    def rows(self, query="", **headers):
        page = self.client.get(f"/cases/?{query}", headers={"accept-language": "en", **headers}).content.decode()
        return page.partition("<tbody>")[2].partition("</tbody>")[0]

    def test_of_a_page_that_is_as_it_was_no_case_is_read(self):
        for number, query in enumerate(["", "q=farm", "q=inner", "columns=title&columns=office_number"]):
            with self.subTest(query), patch("cases.views.cases.FEW", 0):
                first = self.rows(query)
                self.assertIn("a-case", first)
                make_case(ref=f"elsewhere-{number}", region=self.region, published=False)  # not of this page
                with CaptureQueriesContext(connection) as queries:
                    self.assertEqual(self.rows(query), first)
                self.assertFalse([query for query in queries if "title_en" in query["sql"]])
        self.assertNotEqual(self.rows("sort=title&columns=title"), self.rows())

    def test_a_page_that_comes_back_shows_nothing_of_another_moment(self):
        of_a_list = versions.of_a_list

        def then_publish(cases):
            found = of_a_list(cases)
            Case.objects.filter(ref="meanwhile").update(published=True)
            return found

        make_case(ref="meanwhile", region=self.region, title_en="A barn", occurred_on="2025-01-01")
        with patch("regions.keeping.MOST_SORTED", 0):  # as of many, read in their order
            with patch("cases.selection.selection.versions.of_a_list", then_publish):
                self.rows()
            Case.objects.filter(ref="meanwhile").update(published=False)
            self.assertNotIn("A barn", self.rows())

    def test_the_same_cases_in_another_order_are_another_page(self):
        make_case(ref="b-case", region=self.region, published=True, title_en="A barn")
        for sort in ("title", "-title", "title"):
            rows = self.rows(f"sort={sort}")
            self.assertEqual(rows.index("A barn") < rows.index("A farm"), sort == "title")

    def test_it_is_made_once(self):
        first = self.rows()
        with patch.object(Case, "get_absolute_url", autospec=True, return_value="/cases/a-case/") as shown:
            self.assertEqual(self.rows(), first)
            self.assertEqual(shown.call_count, 0)
            Case.objects.update(arrests=5)
            self.rows()
        self.assertEqual(shown.call_count, 2)  # in its row, and beside the list, where few cases are named

    def test_where_its_words_are_is_found_once_and_anew_when_it_says_something_else(self):
        def change(**texts):
            Case.objects.filter(pk=self.case.pk).update(**texts)
            summing.sum_up(Case.objects.all())

        change(outcome="The police took a transformer away")
        with patch("cases.templatetags.cases.matches.match_in", wraps=matches.match_in) as looked:
            self.assertIn("<mark>transformer</mark>", self.rows("q=transformer"))
            self.assertIn("<mark>transformer</mark>", self.rows("q=transformer"))
            self.assertEqual(looked.call_count, 1)
        change(outcome="A transformer was left")
        self.assertIn("A <mark>transformer</mark> was left", self.rows("q=transformer"))
        agency = make_agency(name_en="Bureau of Energy")
        self.case.agencies.add(agency)
        change()
        self.assertIn("<mark>Energy</mark>", self.rows("q=energy"))
        Agency.objects.filter(pk=agency.pk).update(name_en="Office for Energy")
        self.assertIn("Office for <mark>Energy</mark>", self.rows("q=energy"))

    def test_whatever_it_shows_is_shown_as_it_is_now(self):
        source = Source.objects.create(url="https://example.org/a", publisher="A paper")
        changes = [
            ("A shed", lambda: Case.objects.update(title_en="A shed")),
            ("1,234", lambda: Case.objects.update(rigs=1234)),
            ("Nei Mongol", lambda: Region.objects.filter(pk=self.region.pk).update(name_en="Nei Mongol")),
            ("Zhongguo", lambda: Region.objects.filter(pk=self.country.pk).update(name_en="Zhongguo")),
            ("A paper", lambda: self.case.sources.add(source)),
            ("Another paper", lambda: Source.objects.filter(pk=source.pk).update(publisher="Another paper")),
        ]
        for word, change in changes:
            with self.subTest(word):
                self.assertNotIn(word, self.rows())
                change()
                self.assertIn(word, self.rows())
        self.case.sources.clear()
        self.assertNotIn("Another paper", self.rows())
        OfficeNumber.objects.create(case=self.case, agency=make_agency(), number="No. 7")
        summing.sum_up(Case.objects.all())
        self.assertIn("No. 7", self.rows("columns=office_number"))
        self.assertIn("No. 7", self.rows("columns=office_number&q=shed"))
        OfficeNumber.objects.update(number="No. 8")
        self.assertIn("No. 8", self.rows("columns=office_number"))
        self.assertIn("No. 8", self.rows("columns=office_number&q=shed"))

    def test_each_language_and_choice_of_columns_and_search_has_its_own(self):
        for _turn in range(2):
            self.assertIn("A farm", self.rows())
            self.assertIn("一处矿场", self.rows(**{"accept-language": "zh-hans"}))
            self.assertNotIn("Inner Mongolia", self.rows("columns=title"))
            self.assertIn("<mark>farm</mark>", self.rows("q=farm"))
            self.assertIn("A farm", self.rows("q=Inner+Mongolia"))
            self.assertIn("<mark>Inner</mark>", self.rows("q=Inner+Mongolia"))

    def test_who_may_see_more_sees_it_and_nobody_else(self):
        hidden = make_case(ref="hidden", region=self.region, title_en="A secret")
        self.client.force_login(make_person("view_case", regions=[self.region]))
        self.assertIn("internal", self.rows())
        self.client.logout()
        self.assertNotIn("A secret", self.rows())
        Case.objects.filter(pk=hidden.pk).update(published=True)
        self.assertIn("A secret", self.rows())
        self.assertNotIn("internal", self.rows())

    def test_what_is_told_to_some_readers_is_kept_for_them(self):
        OfficeNumber.objects.create(case=self.case, agency=make_agency(), number="No. 7")
        Case.objects.update(sensitive=True)
        summing.sum_up(Case.objects.all())
        officer = make_person("view_case", regions=[self.region])
        for query in ("columns=office_number", "q=farm&columns=office_number"):
            for _turn in range(2):
                self.client.force_login(officer)
                self.assertIn("No. 7", self.rows(query))
                self.client.logout()
                rows = self.rows(query)
                self.assertIn("a-case", rows)
                self.assertNotIn("No. 7", rows)

    def test_each_place_is_told_apart_and_has_the_same_name_in_all_processes(self):
        def places(*names):
            engine = Engine(dirs=settings.TEMPLATES[0]["DIRS"], libraries={"kept": "cases.templatetags.kept"})
            texts = ["{% load kept %}{% kept 1 %}{% kept 2 %}{% endkept %}{% endkept %}" for _name in names]
            found = [Template(text, Origin(name), engine=engine) for text, name in zip(texts, names, strict=True)]
            return [node.place for one in found for node in one.nodelist.get_nodes_by_type(kept.KeptPart)]

        self.assertEqual(len({*places("a.html", "b.html")}), 4)
        self.assertEqual(places("a.html", "b.html"), places("a.html", "b.html"))
        self.assertEqual(len({*places(UNKNOWN_SOURCE, UNKNOWN_SOURCE)}), 4)  # of texts
        with override_settings(DEBUG=True):  # a file may be another by then
            self.assertNotEqual(places("a.html"), places("a.html"))

    def test_no_more_are_kept_than_fit(self):
        with patch.object(kept, "parts", kept.KeptParts(1)):
            make_case(ref="b-case", region=self.region, published=True, title_en="A barn")
            for _turn in range(2):
                rows = self.rows()
                self.assertIn("A barn", rows)
                self.assertIn("A farm", rows)


class KeptChartsAndFacetsTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.country = make_region(code="CN", name_en="China", name_zh="中国", level="country")
        cls.most = make_region(code="MY", name_en="Malaysia", name_zh="马来西亚", level="country")
        for number in range(14):
            region = cls.country if number % 2 else cls.most
            make_case(ref=f"case-{number}", region=region, published=True, occurred_on=f"2021-0{1 + number % 9}-01")
        summing.sum_up(Case.objects.all())

    def page(self, query="", language="en"):
        return self.client.get(f"/cases/?{query}", headers={"accept-language": language}).content.decode()

    def parts(self, query="", language="en"):
        """(the facets, the charts) of the list."""
        page = self.page(query, language)
        facets = page.partition('id="insights"')[2].partition("</form>")[0].partition("insights-data")[0]
        return facets, page.partition('id="charts"')[2].partition("more-figures")[0]

    def test_they_are_made_once(self):
        first = self.parts()
        with patch("cases.pictures.charts.ByCode.title", "Made anew"):
            self.assertEqual(self.parts(), first)
            Case.objects.filter(ref="case-1").update(kind="sweep")
            changed = self.parts()
        self.assertNotEqual(changed[0], first[0])
        self.assertIn("Made anew", changed[1])

    def test_what_they_show_is_as_it_is_now(self):
        for change, word in [
            (lambda: Region.objects.filter(code="CN").update(name_en="Zhongguo"), "Zhongguo"),
            (lambda: Case.objects.filter(ref="case-1").update(lead_source="public_tip"), "public_tip"),
            (lambda: make_case(ref="new", region=make_region(code="LA", name_en="Laos"), published=True), "Laos"),
        ]:
            with self.subTest(word):
                self.assertFalse(any(word in part for part in self.parts()))
                change()
                self.assertTrue(all(word in part for part in self.parts()))
        self.assertNotIn("mining banned in Malaysia", self.parts()[1])
        make_position(region=self.most, stance="banned", first_day="2021-05-21")
        self.assertIn("mining banned in Malaysia", self.parts()[1])

    def test_each_question_and_language_has_its_own(self):
        for _turn in range(2):
            for part in self.parts():
                self.assertIn("Malaysia", part)
                self.assertNotIn("status=found", part)
            for part in self.parts("status=found&status=opened&status=sanctioned&status=disposed&status=dropped"):
                self.assertIn("status=found", part)
            for part in self.parts(language="zh-hans"):
                self.assertIn("马来西亚", part)
                self.assertNotIn("Malaysia", part)

    def test_who_may_see_more_sees_it_and_nobody_else(self):
        before = self.parts()
        make_case(ref="hidden", region=make_region(code="LA", name_en="Laos"), kind="sweep")
        self.client.force_login(make_person("view_case", everywhere=True))
        for part in self.parts():
            self.assertIn("Laos", part)
        self.client.logout()
        self.assertEqual(self.parts(), before)
