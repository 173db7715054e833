"""Words find cases in both scripts, whatever way they are typed."""

from django.test import TestCase
from django.urls import reverse

from cases.actions import summing
from cases.models import Case
from cases.tests.builders import make_case, make_citation
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
