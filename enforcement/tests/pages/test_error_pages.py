from unittest.mock import patch

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.template.loader import get_template
from django.test import Client, RequestFactory, SimpleTestCase, TestCase
from django.views.defaults import permission_denied, server_error


class ErrorPageTests(TestCase):
    def test_an_unknown_address_is_404_and_offers_ways_on(self):
        response = self.client.get("/nowhere/")
        self.assertContains(response, "This page does not exist", status_code=404)
        self.assertContains(response, 'action="/search/"', status_code=404)

    def test_a_broken_address_is_400_and_says_why(self):
        self.assertContains(self.client.get("/cases/?q=%00"), "contains a NUL byte", status_code=400)
        response = self.client.get("/cases/", {"q": "x" * 9000})
        self.assertContains(response, "The query is too long", status_code=400)

    def test_403_names_the_account_or_offers_to_log_in(self):
        request = RequestFactory().get("/admin/?a=1&b=2")
        response = permission_denied(request, PermissionDenied())
        self.assertContains(response, "/login/?next=/admin/%3Fa%3D1%26b%3D2", status_code=403)
        request.user = User(username="officer-a")
        self.assertContains(permission_denied(request, PermissionDenied()), "officer-a", status_code=403)

    def test_a_stale_form_is_told_to_be_sent_again(self):
        response = Client(enforce_csrf_checks=True).post("/login/", {"username": "a", "password": "b"})
        self.assertContains(response, "please submit again", status_code=403)

    def test_a_database_that_is_away_is_503_with_retry_after(self):
        with patch("enforcement.pages.dashboard.Selection", side_effect=OperationalError("gone")):
            response = self.client.get("/")
        self.assertContains(response, "Temporarily unavailable", status_code=503)
        self.assertEqual(response["Retry-After"], "5")

    def test_the_login_page_says_what_is_wrong_and_keeps_where_to_go(self):
        response = self.client.post("/login/?next=/savings/", {"username": "nobody", "password": "x"})
        self.assertContains(response, 'role="alert"')
        self.assertContains(response, "nobody")
        User.objects.create_user("officer-a", password="right-horse")
        right = {"username": "officer-a", "password": "right-horse", "next": "/savings/"}
        self.assertRedirects(self.client.post("/login/", right), "/savings/")


class StandingAloneTests(SimpleTestCase):
    """SimpleTestCase forbids the database: these pages are shown when it is away."""

    def test_500_needs_no_context_and_no_database(self):
        response = server_error(RequestFactory().get("/"))
        self.assertContains(response, "Something went wrong", status_code=500)
        self.assertContains(response, "/static/css/enforcement", status_code=500)

    def test_503_needs_no_user_no_session_and_no_database(self):
        self.assertIn("Temporarily unavailable", get_template("503.html").render())
