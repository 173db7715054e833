"""A case in a list of the API is kept for as long as all that is told of it is as it was."""

from unittest.mock import patch

from django.test import TestCase

from cases.api.serializers import CaseFields
from cases.models import Case
from cases.tests.builders import make_case
from regions.models import Region
from regions.tests.builders import make_person, make_region, make_source


class KeptCasesTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region = make_region(code="CN", name_en="China", name_zh="中国", level="country")
        cls.case = make_case(ref="a-case", region=cls.region, published=True, title_en="A farm", title_zh="一处矿场")

    def cases(self, language="en", **headers):
        answer = self.client.get("/api/v1/cases/", headers={"accept-language": language, **headers})
        return {case["ref"]: case for case in answer.json()["results"]}

    def test_it_is_made_once(self):
        first = self.cases()
        with patch.object(CaseFields, "to_representation", return_value={"ref": "made anew"}):
            self.assertEqual(self.cases(), first)
            Case.objects.update(arrests=5)
            self.assertEqual(list(self.cases()), ["made anew"])

    def test_what_is_told_of_it_is_as_it_is_now(self):
        source = make_source(publisher="A paper")
        wider = make_case(ref="wider", region=self.region, published=True, title_en="A campaign")
        for word, change in [
            ("A shed", lambda: Case.objects.filter(ref="a-case").update(title_en="A shed")),
            ("Zhongguo", lambda: Region.objects.update(name_en="Zhongguo")),
            ("A paper", lambda: self.case.sources.add(source)),
            ("A campaign", lambda: Case.objects.filter(ref="a-case").update(part_of=wider)),
            ("A drive", lambda: Case.objects.filter(ref="wider").update(title_en="A drive")),
        ]:
            with self.subTest(word):
                self.assertNotIn(word, str(self.cases()["a-case"]))
                change()
                self.assertIn(word, str(self.cases()["a-case"]))

    def test_each_language_has_its_own(self):
        for _turn in range(2):
            self.assertEqual(self.cases()["a-case"]["title"], "A farm")
            self.assertEqual(self.cases("zh-hans")["a-case"]["title"], "一处矿场")

    def test_who_may_see_more_sees_it_and_nobody_else(self):
        wider = make_case(ref="hidden", region=self.region)
        Case.objects.filter(ref="a-case").update(part_of=wider, sensitive=True, place="A lane")
        officer = make_person("view_case", regions=[self.region])
        for _turn in range(2):
            told = self.cases()
            self.assertEqual((list(told), told["a-case"]["part_of"], told["a-case"]["place"]), (["a-case"], None, None))
            self.client.force_login(officer)
            told = self.cases()
            self.assertEqual(told["a-case"]["part_of"]["ref"], "hidden")
            self.assertEqual(told["a-case"]["place"], "A lane")
            self.client.logout()
