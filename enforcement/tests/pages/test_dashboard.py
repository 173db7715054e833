"""What needs attention, on the first page: each number leads to what it counts; a visit is a day."""

from datetime import date, timedelta
from unittest.mock import patch

from django.test import TestCase

from cases.models import Case
from cases.tests import real_record
from cases.tests.builders import make_case


class AttentionTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        real_record.load()

    def test_the_dashboard_counts_what_its_links_list(self):
        for item in self.client.get("/").context["attention"]:
            with self.subTest(item.what):
                if "/cases/" in item.address:
                    self.assertEqual(self.client.get(item.address).context["selection"].count, item.count)
                else:
                    self.assertEqual(self.client.get(item.address).context["page"].paginator.count, item.count)


class VisitTests(TestCase):
    def setUp(self):
        make_case(published=True)
        self.today = date(2026, 11, 24)

    def visit(self, days=0):
        with patch("enforcement.pages.attention.localdate", return_value=self.today + timedelta(days=days)):
            return self.client.get("/")

    def new(self, response):
        return next((item for item in response.context["attention"] if item.what == "New or changed cases"), None)

    def test_what_is_new_since_the_visit_before(self):
        Case.objects.update(changed_at="2026-11-24T08:00Z")
        first = self.visit()
        self.assertContains(first, "From your next visit")
        self.assertIsNone(self.new(first))
        self.assertIsNone(self.new(self.visit()))  # the same day is the same visit
        for _ in range(2):
            second = self.visit(days=2)
            self.assertEqual(self.new(second).count, 1)
            self.assertTrue(self.new(second).address.endswith("?changed_after=2026-11-24"))
        self.assertEqual(self.new(self.visit(days=3)).count, 0)

    def test_a_cookie_that_was_tampered_with_is_a_first_visit(self):
        for text in ("nonsense", "2026-13-45", "2026-01-01/2026-01-02/2026-01-03", "/", "2026-11-01/'><script>"):
            with self.subTest(text):
                self.client.cookies["visits"] = text
                self.assertContains(self.visit(), "From your next visit")
