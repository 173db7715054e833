"""One search: what has a name is found however it is typed, and nothing else of it is told than pages tell."""

from unittest import mock

from django.contrib.auth.models import AnonymousUser
from django.test import TestCase
from django.urls import reverse

from cases.actions import summing
from cases.models import Case
from cases.tests.builders import make_case, make_rig
from enforcement.pages import finder
from regions.models import Agency, Region
from regions.tests.builders import make_agency, make_person, make_policy, make_position, make_region

NUMBER = "发改运行〔2021〕1283号"


class FinderTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        china = make_region(code="CN", name_en="China", name_zh="中国", level="country")
        cls.inner = make_region(
            code="CN-NM", parent=china, name_en="Inner Mongolia", name_zh="内蒙古自治区", level="admin1"
        )
        shaanxi = make_region(code="CN-SN", parent=china, name_en="Shaanxi", name_zh="陕西省", level="admin1")
        make_region(code="CN-610100", parent=shaanxi, name_en="Xi'an", name_zh="西安市", level="admin2")
        make_region(code="CN-420600", parent=shaanxi, name_en="Xiangyang", name_zh="襄阳市", level="admin2")
        make_region(code="GE", name_en="Georgia", name_zh="格鲁吉亚", level="country")
        america = make_region(code="US", name_en="United States", level="country")
        make_region(code="US-GA", parent=america, name_en="Georgia", level="admin1")
        make_region(
            code="CH-ZH", parent=make_region(code="CH", name_en="Switzerland"), name_en="Zürich", level="admin1"
        )
        make_position(region=china, stance="eliminated_class", first_day="2022-01-01")
        make_position(region=cls.inner, stance="banned", first_day="2021-03-09")
        cls.notice = make_policy(
            ref="cn-1283",
            region=china,
            title_en="Notice on rectifying mining",
            title_zh="关于整治虚拟货币挖矿活动的通知",
            document_number=NUMBER,
            issued_on="2021-09-03",
            effective_on="2021-09-24",
            status="in_force",
        )
        make_policy(ref="nm-eight", region=cls.inner, title_en="Eight measures", issued_on="2021-05-25")
        cls.raid = make_case(
            ref="bayannur", region=cls.inner, published=True, occurred_on="2021-09-01", date_precision="month",
            title_en="Warehouse of rigs", title_zh="仓库查获矿机", place="Pioneer park",
        )  # fmt: skip
        make_case(ref="hidden", region=cls.inner, title_en="Clandestine warehouse", occurred_on="2021-08-01")
        make_agency(slug="nm-drc", name_en="Inner Mongolia Development Commission", kind="development_commission")
        make_rig(slug="s19-pro", manufacturer="Bitmain", model="Antminer S19 Pro", kind="asic", power_w=3250)
        summing.sum_up(Case.objects.all())

    def found(self, question, **headers):
        answer = self.client.get(reverse("search"), {"q": question, "all": 1}, headers=headers)
        return {group.key: [hit.name.text for hit in group.hits] for group in answer.context["finder"].groups}

    def lines(self, question, key):
        answer = self.client.get(reverse("search"), {"q": question, "all": 1})
        [group] = [group for group in answer.context["finder"].groups if group.key == key]
        return [[piece.text for piece in hit.line] for hit in group.hits]

    def leads_to(self, question):
        answer = self.client.get(reverse("search"), {"q": question})
        return answer["Location"] if answer.status_code == 302 else None

    def test_everything_that_has_a_name_is_found_in_its_group(self):
        self.assertEqual(
            self.found("inner mong"),
            {
                "regions": ["Inner Mongolia"],
                "policies": ["Eight measures"],
                "cases": ["Warehouse of rigs"],
                "agencies": ["Inner Mongolia Development Commission"],
            },
        )
        self.assertEqual(self.found("s19 pro"), {"rigs": ["Bitmain Antminer S19 Pro"]})

    def test_a_name_is_found_however_it_is_typed(self):
        for question, name in [
            ("内蒙", "Inner Mongolia"), ("內蒙古", "Inner Mongolia"), ("INNER MONGOLIA", "Inner Mongolia"),
            ("innermongolia", "Inner Mongolia"), ("ｉｎｎｅｒ　ｍｏｎｇ", "Inner Mongolia"),
            ("cn-nm", "Inner Mongolia"),
            ("mongolia china", "Inner Mongolia"), ("zurich", "Zürich"), ("ZÜRICH", "Zürich"), ("xian", "Xi'an"),
            ("xi’an", "Xi'an"), ("西安", "Xi'an"),
        ]:  # fmt: skip
            with self.subTest(question):
                self.assertEqual(self.found(question)["regions"][0], name)
        self.assertNotIn("regions", self.found("ngolia"))  # the middle of a word

    def test_a_document_number_is_found_with_and_without_brackets_and_blanks(self):
        for question in (
            NUMBER, "发改运行[2021]1283", "发改运行(2021)1283号", "发改运行 2021 1283", "发改运行20211283",
            "發改運行〔2021〕1283號", " 发改运行【２０２１】１２８３ ",
        ):  # fmt: skip
            with self.subTest(question):
                self.assertEqual(self.found(question), {"policies": ["Notice on rectifying mining"]})
                self.assertEqual(self.leads_to(question), "/policies/cn-1283/")

    def test_each_has_one_line_of_what_matters(self):
        self.assertEqual(self.lines("inner mong", "regions"), [["Banned since 9 Mar 2021", "1 case", "China"]])
        self.assertEqual(
            self.lines("shaanxi", "regions")[0],
            ["Industry to be eliminated in China since 1 Jan 2022", "0 cases", "China"],
        )
        self.assertEqual(self.lines("notice", "policies"), [["In force since 24 Sep 2021", NUMBER, "China"]])
        self.assertEqual(self.lines("warehouse", "cases"), [["Sep 2021", "Pioneer park", "Inner Mongolia"]])
        self.assertEqual(self.lines("s19", "rigs"), [["ASIC miners", "3,250 W"]])

    def test_the_other_name_is_shown_where_it_was_asked_for(self):
        self.assertEqual(self.lines("内蒙", "regions")[0][0], "内蒙古自治区")
        answer = self.client.get(reverse("search"), {"q": "内蒙", "all": 1})
        self.assertContains(answer, '<span lang="zh-Hans">')
        self.assertContains(answer, "<mark>内蒙</mark>")

    def test_a_name_that_one_page_has_leads_there(self):
        for question, page in [
            ("Inner Mongolia", "/regions/CN-NM/"), ("内蒙古自治区", "/regions/CN-NM/"), ("內蒙古", "/regions/CN-NM/"),
            ("inner mong", "/regions/CN-NM/"), ("georgia", "/regions/GE/"), ("xi'an", "/regions/CN-610100/"),
            ("eight measures", "/policies/nm-eight/"), ("Warehouse of rigs", "/cases/bayannur/"),
            ("bayannur", "/cases/bayannur/"),
        ]:  # fmt: skip
            with self.subTest(question):
                self.assertEqual(self.leads_to(question), page)
        for question in ("xia", "warehouse", "s19 pro", "nothing at all", "", "中"):
            with self.subTest(question):
                self.assertIsNone(self.leads_to(question))

    def test_typing_gets_the_same_as_options_and_the_plain_one_is_marked(self):
        answer = self.client.get(reverse("search"), {"q": "inner mong"}, headers={"HX-Request": "true"})
        self.assertEqual(answer.status_code, 200)
        self.assertNotContains(answer, "<html")
        self.assertContains(answer, 'role="option"', count=6)  # four, all cases, all results
        self.assertContains(answer, "<kbd", count=1)
        self.assertContains(answer, "/cases/?q=inner+mong")
        self.assertIn("HX-Request", answer["Vary"])

    def test_all_cases_are_as_many_as_their_list_has(self):
        answer = self.client.get(reverse("search"), {"q": "warehouse"})
        self.assertContains(answer, "1 case with “warehouse”")
        self.client.force_login(make_person("view_case", regions=[self.inner]))
        answer = self.client.get(reverse("search"), {"q": "warehouse"})
        self.assertContains(answer, "All 2 cases with “warehouse”")
        self.assertEqual(self.client.get("/cases/?q=warehouse").context["selection"].count, 2)

    def test_nothing_found_says_so_and_offers_other_words(self):
        answer = self.client.get(reverse("search"), {"q": "warehuose"})
        self.assertContains(answer, "Nothing found")
        self.assertContains(answer, 'href="/search/?q=warehouse"')
        answer = self.client.get(reverse("search"), {"q": "clandestin"})
        self.assertNotContains(answer, "clandestine")  # a word of a case that one may not see is not offered

    def test_any_text_is_answered(self):
        for question in ("〔〕", "'", "%", "a" * 200, "a" * 201, "<b>", "\u202e", "发" * 200, "1 " * 100, "&|!:*"):
            with self.subTest(question):
                answer = self.client.get(reverse("search"), {"q": question})
                self.assertEqual(answer.status_code, 200)
                self.assertNotContains(answer, "<b>")
        self.assertContains(self.client.get(reverse("search"), {"q": "a" * 201}), "The text is too long")

    def test_a_change_of_a_name_is_found_at_once(self):
        self.assertNotIn("regions", self.found("nei menggu"))
        Region.objects.filter(pk=self.inner.pk).update(name_en="Nei Menggu")
        self.assertEqual(self.found("nei menggu")["regions"], ["Nei Menggu"])
        Agency.objects.all().delete()
        self.assertNotIn("agencies", self.found("commission"))

    def test_the_number_of_queries_does_not_grow_with_what_is_found(self):
        self.found("inner mong")
        with self.assertNumQueries(9):
            self.found("inner mong")
        for number in range(5):
            region = make_region(code=f"CN-NM-{number}", parent=self.inner, name_en=f"Inner Mongolia {number}")
            make_position(region=region, stance="banned", first_day="2021-03-09")
            make_policy(ref=f"p-{number}", region=region, title_en=f"Inner Mongolia rule {number}")
            make_case(ref=f"c-{number}", region=region, title_en="In Inner Mongolia", published=True)
            make_agency(slug=f"a-{number}", name_en=f"Inner Mongolia bureau {number}", region=region)
            make_rig(slug=f"r-{number}", manufacturer="Inner Mongolia", model=f"M{number}")
        summing.sum_up(Case.objects.all())
        self.found("inner mong")  # the names are read again once
        with self.assertNumQueries(10):  # and one for rigs, of which there were none
            self.found("inner mong")

    def test_more_cases_than_are_counted_are_said_to_be_more(self):
        for number in range(2):
            make_case(ref=f"more-{number}", title_en="Warehouse", region=self.inner, published=True)
        summing.sum_up(Case.objects.all())
        with mock.patch.object(finder, "MOST_COUNTED", 1):
            answer = self.client.get(reverse("search"), {"q": "warehouse"})
        self.assertContains(answer, "All cases with “warehouse” (more than 1)")
        self.assertEqual(len(answer.context["finder"].groups[0].hits), 3)

    def test_who_asks_decides_what_is_found(self):
        self.assertEqual(finder.Finder("clandestine", AnonymousUser(), 10).groups, [])
        colleague = make_person("view_case", regions=[self.inner])
        self.assertEqual([group.key for group in finder.Finder("clandestine", colleague, 10).groups], ["cases"])
