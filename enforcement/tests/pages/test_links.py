"""What a link to a page says of it: title, description, language, picture; and how a page is cited."""

import json
import re

from django.test import TestCase
from django.urls import reverse
from django.utils.html import escape
from django.utils.timezone import localdate

from cases.actions import summing
from cases.models import Case
from cases.pictures import export
from cases.pictures.elsewhere.card import Card
from cases.tests.builders import make_case, make_raid, make_saved_view, make_seizure
from regions.tests.builders import make_person, make_policy, make_region

PAGES = [
    "/", "/cases/?region=MY", "/cases/raid/", "/regions/MY/", "/policies/", "/policies/rule/", "/savings/", "/method/",
]  # fmt: skip


class LinkTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region = make_region(code="MY", name_en="Malaysia", name_zh="马来西亚")
        case = make_case(ref="raid", region=cls.region, title_en='A "large" <raid>', title_zh="大案", published=True)
        make_seizure(make_raid(case), count=300)
        make_case(ref="hidden", region=cls.region, title_en="Clandestine")
        make_policy(ref="rule", region=cls.region)
        summing.sum_up(Case.objects.all())

    def test_every_page_has_a_title_a_description_one_address_and_one_for_each_language(self):
        for path in (
            "/",
            "/cases/?region=MY",
            "/cases/raid/",
            "/regions/MY/",
            "/policies/",
            "/policies/rule/",
            "/savings/",
            "/method/",
        ):
            page = self.client.get(path).content.decode()
            with self.subTest(path):
                (canonical,) = re.findall(r'rel="canonical" href="([^"]*)"', page)
                self.assertEqual(canonical, f"http://testserver{path}")
                languages = re.findall(r'hreflang="([^"]*)" href="([^"]*)"', page)
                self.assertEqual([code for code, _address in languages], ["en", "zh-Hans", "zh-Hant", "x-default"])
                title = re.search(r"<title>([^<]+) · ", page)[1]
                self.assertIn(f'property="og:title" content="{title}"', page)
                self.assertGreater(len(re.search(r'name="description" content="([^"]*)"', page)[1]), 10)

    def test_a_title_cannot_break_the_head(self):
        page = self.client.get("/cases/raid/").content.decode()
        self.assertIn('property="og:title" content="A &quot;large&quot; &lt;raid&gt;"', page)

    def test_what_carriers_append_is_no_part_of_the_address(self):
        page = self.client.get("/cases/?region=MY&utm_source=mail&lang=en")
        self.assertContains(page, 'rel="canonical" href="http://testserver/cases/?region=MY"')

    def test_the_language_of_an_address_answers_and_stays_and_is_no_question(self):
        page = self.client.get("/cases/?region=MY&lang=zh-hans")
        self.assertContains(page, '<html lang="zh-Hans"')
        self.assertEqual(page.context["selection"].problems, {})
        self.assertNotContains(page, "&amp;lang=zh-hans&")
        self.assertContains(self.client.get("/cases/raid/"), '<html lang="zh-Hans"')
        self.assertContains(self.client.get("/cases/raid/?lang=en"), '<html lang="en"')
        for nonsense in ("xx", "", "zh-hans'><script>", "%00"):
            answer = self.client.get(f"/cases/raid/?lang={nonsense}")
            self.assertIn(answer.status_code, (200, 400))
            self.assertNotIn("django_language", answer.cookies)

    def test_a_picture_has_the_size_that_messengers_ask_for_and_changes_nobodys_language(self):
        for path in (
            reverse("cases:case-picture", args=["raid"]),
            reverse("cases:picture") + "?region=MY",
            reverse("regions:region-picture", args=["MY"]),
        ):
            answer = self.client.get(path + ("&" if "?" in path else "?") + "lang=zh-hans")
            with self.subTest(path):
                self.assertEqual(answer.content[:8], b"\x89PNG\r\n\x1a\n")
                size = [int.from_bytes(answer.content[at : at + 4]) for at in (16, 20)]
                self.assertEqual(size, [1200, 630])
                self.assertIn("public", answer["Cache-Control"])
                self.assertNotIn("django_language", answer.cookies)
        self.assertEqual(self.client.get(reverse("cases:picture") + "?kind=burglary").status_code, 400)

    def test_a_page_names_its_picture_only_where_everybody_may_see_it(self):
        self.assertContains(self.client.get("/cases/raid/"), "/cases/raid/picture.png?lang=en")
        self.assertEqual(self.client.get(reverse("cases:case-picture", args=["hidden"])).status_code, 404)

    def test_the_same_picture_is_painted_once(self):
        export._painted.cache_clear()
        for _again in range(3):
            self.client.get(reverse("cases:case-picture", args=["raid"]))
        self.assertEqual(export._painted.cache_info().misses, 1)

    def test_long_and_strange_names_stay_inside_the_picture(self):
        for name in ("案" * 200, "w" * 250, "a b " * 60, "\u202eevil", "<b>&", ""):
            card = Card("", name, [("1", "case")], "")
            self.assertLessEqual(len(card.name_lines), 3)
            drawing = export.svg("pictures/card.svg", {"card": card})
            self.assertNotIn("<b>", drawing)

    def test_a_page_is_cited_with_its_permanent_address_and_the_day(self):
        page = self.client.get("/cases/raid/?utm_source=mail")
        self.assertContains(page, "from http://testserver/cases/raid/<")
        self.assertContains(page, "@online{mining-enforcement-cases-raid,")
        self.client.cookies["django_language"] = "zh-hans"
        self.assertContains(self.client.get("/cases/raid/"), "大案[DB/OL].")

    def test_every_view_says_how_to_cite_it(self):
        for path in (
            "/cases/", "/cases/raid/", "/cases/figures/?region=MY", "/cases/quality/", "/regions/", "/regions/MY/",
            "/regions/MY/brief/?from=2021-01-01&to=2021-12-31", "/regions/positions/?date=2022-01-01", "/policies/",
            "/policies/liability/", "/savings/", "/savings/calculator/", "/method/", "/method/screening/", "/releases/",
        ):  # fmt: skip
            page = self.client.get(path, follow=True)
            with self.subTest(path):
                self.assertContains(page, f", from http://testserver{escape(path)}<")

    def test_a_question_is_cited_as_it_is_asked_and_a_shared_view_with_its_own_address(self):
        def cited(query):
            return self.client.get(f"/cases/?{query}").context["cited"]

        self.assertEqual(
            cited("region=MY&page=1&per_page=50&metric=rigs").address, "http://testserver/cases/?region=MY"
        )
        make_saved_view(slug="malaysia", query="region=MY", shared=True)
        self.assertEqual(cited("view=malaysia").address, "http://testserver/cases/v/malaysia/")
        self.assertIn("theft=true", cited("view=malaysia&theft=true").address)
        [item] = json.loads(cited("region=MY").csl)
        today = localdate()
        self.assertEqual(item["accessed"]["date-parts"], [[today.year, today.month, today.day]])
        self.assertEqual((item["type"], item["URL"]), ("webpage", "http://testserver/cases/?region=MY"))


class SameForAllTests(TestCase):
    """A picture is cached by others: it shows to nobody more than to the public."""

    def test_a_picture_tells_nothing_of_an_internal_case_whoever_asks(self):
        region = make_region(code="MY", name_en="Malaysia")
        make_case(ref="shown", region=region, published=True)
        secret = make_case(ref="secret", region=region, title_en="Clandestine")
        summing.sum_up(Case.objects.all())
        addresses = [
            "/cases/picture.png",
            "/cases/picture.png?region=MY",
            "/regions/MY/picture.png",
            "/cases/shown/picture.png",
            "/embed/number/",
            "/embed/number.svg?region=MY",
            "/embed/map.svg",
            "/embed/kind.png?region=MY",
        ]

        everybody = {"": None, "registrar": make_person("cases.view_case", username="r", everywhere=True)}
        found = []
        for there in (True, False):
            if not there:
                secret.delete()
            for person in everybody.values():
                if person:
                    self.client.force_login(person)
                else:
                    self.client.logout()
                found.append([self.client.get(address).content for address in addresses])
                self.assertEqual(self.client.get("/cases/secret/picture.png").status_code, 404)
        self.assertEqual(found, [found[0]] * 4)
