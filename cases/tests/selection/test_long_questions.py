"""What one question may cost: the same value twice is asked once, and too many are refused by name."""

from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.test import TestCase

from cases.selection.selection import Selection
from regions.filters.base import MOST_VALUES


class LongQuestionTests(TestCase):
    def test_the_same_value_twice_is_asked_once(self):
        selection = Selection(QueryDict("kind=raid&kind=raid&columns=rigs,rigs,kind,rigs"), AnonymousUser())
        self.assertEqual(selection.query.getlist("kind"), ["raid"])
        self.assertEqual(selection.query["columns"], "rigs,kind")

    def test_too_many_values_are_refused_by_the_name_of_their_parameter(self):
        question = "&".join(f"region=CN-{number}" for number in range(MOST_VALUES + 1))
        for address in ("/cases/totals.json", "/api/v1/cases/", "/cases/export.csv"):
            with self.subTest(address):
                answer = self.client.get(f"{address}?{question}")
                self.assertEqual((answer.status_code, list(answer.json()["errors"])), (400, ["region"]))
        self.assertContains(self.client.get(f"/cases/?{question}"), "51 values are too many")

    def test_a_page_never_repeats_a_question_of_kilobytes(self):
        for question in (
            "columns=" + "rigs," * 1500,
            "&".join(f"columns={c * 900}" for c in "abcdefgh"),
            "q=" + "x" * 7_900,
        ):
            with self.subTest(question[:20]):
                self.assertLess(len(self.client.get(f"/cases/?{question}").content), 150_000)
