"""What forms and lists share: sealed states, digits in a query string, pages."""

from django.test import SimpleTestCase, TestCase

from regions import edit_states
from regions.grammar.reading import whole_number
from regions.models import Region
from regions.paging import ListPaginator, page_number
from regions.tests.builders import make_region


class EditStateTests(SimpleTestCase):
    def test_a_form_gives_back_the_state_that_was_sealed_into_it(self):
        sealed = edit_states.seal({"case place": "Mine"}, salt="a")
        self.assertEqual(edit_states.unseal(sealed, salt="a"), {"case place": "Mine"})

    def test_a_state_that_is_missing_forged_or_of_another_form_is_empty(self):
        sealed = edit_states.seal({"case place": "Mine"}, salt="a")
        for text in ("", "forged", sealed[:-1], sealed):
            with self.subTest(text):
                self.assertEqual(edit_states.unseal(text, salt="b"), {})

    def test_a_value_that_differs_or_is_new_has_changed(self):
        before, now = {"a": "1", "b": "2", "gone": "3"}, {"a": "1", "b": "3", "new": "4", "empty": ""}
        self.assertEqual(edit_states.changed_since(before, now), {"b", "new", "empty"})
        self.assertEqual(edit_states.changed_since(before, now, missing=""), {"b", "new"})


class NumberTests(SimpleTestCase):
    def test_a_whole_number_is_written_with_the_digits_0_to_9_alone(self):
        for text, number in {"0": 0, "007": 7, "50": 50, "9" * 18: 10**18 - 1}.items():
            with self.subTest(text):
                self.assertEqual(whole_number(text), number)
        for text in (None, "", "-1", "+1", "1.0", "1_000", " 1", "５０", "²", "abc", "9" * 19):
            with self.subTest(text):
                self.assertIsNone(whole_number(text))
        self.assertIsNone(whole_number("100", digits=2))

    def test_pages_count_from_one(self):
        self.assertEqual([page_number(text) for text in ("1", "12", "0", "x", "1" * 10)], [1, 12, None, None, None])


class PageTests(TestCase):
    def test_a_known_count_is_not_asked_for(self):
        region = make_region()
        with self.assertNumQueries(1):
            page = ListPaginator(Region.objects.all(), 25, count=1).page(1)
            self.assertEqual(list(page), [region])
        with self.assertNumQueries(1):
            self.assertEqual(ListPaginator(Region.objects.all(), 25).count, 1)

    def test_an_empty_page_takes_the_place_of_one_that_does_not_exist(self):
        make_region()
        with self.assertNumQueries(0):
            page = ListPaginator(Region.objects.all(), 25).empty_page()
            self.assertEqual((list(page), page.number, page.paginator.num_pages), ([], 1, 1))
