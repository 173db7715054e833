"""Words find cases in both scripts, whatever way they are typed."""

from django.contrib.auth.models import User
from django.test import TestCase
from django.urls import reverse

from cases.actions import summing
from cases.models import Case
from cases.tests.builders import make_case, make_citation, make_document
from regions.tests.builders import make_agency, make_region


class SearchTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        china = make_region(code="CN", name_en="China", name_zh="中国")
        inner = make_region(code="CN-NM", parent=china, name_en="Inner Mongolia", name_zh="内蒙古自治区")
        urumqi = make_region(code="CN-XJ", parent=china, name_en="Ürümqi", name_zh="乌鲁木齐市")
        bayannur = make_case(
            ref="bayannur", region=inner, published=True, occurred_on="2021-09-01", title_zh="仓库查获矿机",
            title_en="Warehouse of rigs", place="Pioneer park",
        )  # fmt: skip
        bayannur.agencies.add(make_agency(name_en="Development Commission", name_zh="发展和改革委员会"))
        other = make_case(
            ref="urumqi", region=urumqi, published=True, occurred_on="2021-08-01", title_en="Office cleared",
            outcome="Power cut-off", note="Two sources differ",
        )  # fmt: skip
        make_citation(other, text="Penal Code s379")
        make_case(ref="hidden", region=inner, published=False, title_zh="仓库", title_en="Warehouse")
        summing.sum_up(Case.objects.all())

    def find(self, words):
        response = self.client.get(reverse("cases:case-list"), {"q": words})
        return [case.ref for case in response.context["page"]]

    def test_a_word_is_found_exactly_where_the_texts_hold_it(self):
        make_case(ref="tnb", published=True, title_en="TNB raid", title_zh="TNB查获S19矿机68台", note="in Xi’an")
        make_case(ref="many", published=True, title_en="A hall", outcome="Police took 11,000 rigs", place="Xianyang")
        make_case(ref="zh", published=True, title_en="Another hall", outcome_zh="查获1.1万台矿机，涉及内蒙古自治区")
        summing.sum_up(Case.objects.all())
        for words, expected in [
            ("矿机", {"bayannur", "tnb", "zh"}),
            ("S19", {"tnb"}),
            ("s19矿机", {"tnb"}),
            ("矿机S19", set()),
            ("68", {"tnb"}),
            ("68台", {"tnb"}),
            ("TNB", {"tnb"}),
            ("11000", {"many", "zh"}),
            ("11,000", {"many", "zh"}),
            ("1.1万", {"many", "zh"}),
            ("1100", set()),
            ("Xi'an", {"tnb"}),
            ("xian", {"tnb", "many"}),
            ("内蒙古", {"bayannur", "zh"}),
            ("蒙古内", set()),
            ("机", {"bayannur", "tnb", "zh"}),
        ]:
            with self.subTest(words):
                self.assertEqual(set(self.find(words)), expected)

    def test_a_match_is_marked_and_shown_where_it_is(self):
        page = self.client.get(reverse("cases:case-list"), {"q": "pioneer warehouse"}).content.decode()
        self.assertIn("<mark>Warehouse</mark> of rigs", page)
        self.assertIn("<mark>Pioneer</mark> park", page)
        page = self.client.get(reverse("cases:case-list"), {"q": "改革"}).content.decode()
        self.assertIn("<mark>改革</mark>", page)

    def test_sorting_by_relevance_puts_titles_first_and_needs_words(self):
        make_case(ref="noted", published=True, title_en="Hall", note="a warehouse", occurred_on="2024-01-01")
        summing.sum_up(Case.objects.all())
        asked = {"q": "warehouse", "sort": "relevance"}
        refs = [case.ref for case in self.client.get(reverse("cases:case-list"), asked).context["page"]]
        self.assertEqual(refs, ["bayannur", "noted"])
        response = self.client.get(reverse("cases:case-list"), {"sort": "relevance"})
        self.assertEqual(response.context["selection"].problems, {})

    def test_a_search_that_finds_nothing_offers_the_nearest_words(self):
        response = self.client.get(reverse("cases:case-list"), {"q": "warehose"})
        self.assertContains(response, "?q=warehouse")
        self.assertNotContains(self.client.get(reverse("cases:case-list"), {"q": "zzzzzz"}), "Did you mean")

    def test_documents_are_found_by_their_names_by_who_may_read_them(self):
        case = Case.objects.get(ref="urumqi")
        make_document(case, title="Receipt of the grid company", file_name="IMG_2041.jpg")
        self.assertEqual(self.find("receipt"), [])
        self.client.force_login(User.objects.create_superuser("registrar"))
        self.assertEqual(self.find("receipt"), ["urumqi"])
        self.assertEqual(self.find("img_2041"), ["urumqi"])

    def test_words_find_titles_places_outcomes_notes_agencies_law_and_regions(self):
        for words, expected in [
            ("内蒙古", ["bayannur"]),
            ("內蒙古", ["bayannur"]),
            ("Inner Mongolia", ["bayannur"]),
            ("mongol inner", ["bayannur"]),
            ("仓库", ["bayannur"]),
            ("倉庫", ["bayannur"]),
            ("蒙", ["bayannur"]),
            ("改革委员会", ["bayannur"]),
            ("development", ["bayannur"]),
            ("pioneer", ["bayannur"]),
            ("urumqi", ["urumqi"]),
            ("ÜRÜMQI", ["urumqi"]),
            ("power cut", ["urumqi"]),
            ("s379", ["urumqi"]),
            ("differ", ["urumqi"]),
            ("中国", ["bayannur", "urumqi"]),
            ("warehouse urumqi", []),
            ("nothing like it", []),
            ("!!!", []),
            ("' | hidden:*", []),
        ]:
            with self.subTest(words):
                self.assertEqual(self.find(words), expected)
