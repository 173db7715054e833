"""What every answer carries, and what bad addresses get."""

import io
from unittest import mock

from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client, TestCase, override_settings
from django.test.client import MULTIPART_CONTENT
from django.urls import reverse

from cases.tests.builders import make_case
from cases.tests.owner import as_owner
from regions.models import Region
from regions.tests.builders import make_person, make_region

PAGES = [
    "dashboard",
    "cases:case-list",
    "regions:region-list",
    "policies:policy-list",
    "method:savings",
    "login",
    "healthz",
]


class HeaderTests(TestCase):
    def test_every_answer_carries_the_security_headers(self):
        for address in [*map(reverse, PAGES), "/nowhere/", "/cases/?q=%00", "/cases/totals.json?kind=x"]:
            with self.subTest(address):
                response = self.client.get(address)
                policy = response["Content-Security-Policy"]
                self.assertIn("default-src 'none'", policy)
                self.assertIn("script-src 'self'", policy)
                self.assertNotIn("unsafe", policy)
                self.assertEqual(response["X-Content-Type-Options"], "nosniff")
                self.assertEqual(response["X-Frame-Options"], "DENY")
                self.assertEqual(response["Referrer-Policy"], "same-origin")
                self.assertEqual(response["Cross-Origin-Resource-Policy"], "same-origin")
                self.assertIn("camera=()", response["Permissions-Policy"])

    def test_reading_pages_refuse_other_methods(self):
        for method in ("put", "delete", "trace", "patch"):
            with self.subTest(method):
                response = getattr(self.client, method)(reverse("cases:case-list"))
                self.assertEqual(response.status_code, 405)


class BadAddressTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        make_case(region=make_region(), published=True, title_en="Must not be listed")

    def test_a_nul_byte_anywhere_is_400_and_nothing_is_listed(self):
        for address in ("/cases/?q=%00", "/cases/a%00b/", "/regions/%00/", "/%00", "/cases/totals.json?region=%00"):
            with self.subTest(address):
                response = self.client.get(address)
                self.assertEqual(response.status_code, 400)
                self.assertNotIn(b"Must not be listed", response.content)

    def test_a_hundred_kilobytes_of_question_are_400(self):
        response = self.client.get("/cases/?q=" + "x" * 100_000)
        self.assertContains(response, "too long", status_code=400)

    def test_two_thousand_parameters_are_400(self):
        self.assertEqual(self.client.get("/cases/?" + "a=1&" * 1999).status_code, 400)

    def test_addresses_that_lead_nowhere_are_404(self):
        for address in (
            "/nowhere/",
            "/cases/none/",
            "/regions/ZZ/",
            "/policies/none/",
            "/regions/ZZ/boundaries.geojson",
        ):
            with self.subTest(address):
                self.assertEqual(self.client.get(address).status_code, 404)

    def test_a_host_that_is_not_ours_is_400(self):
        response = Client(headers={"host": "evil.example"}).get("/cases/")
        self.assertEqual(response.status_code, 400)


class BadRequestTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.case = make_case(ref="twin", region=make_region())
        cls.root = make_person(username="root", is_staff=True, is_superuser=True)

    def setUp(self):
        self.client.force_login(self.root)

    def test_a_nul_byte_in_a_form_is_400_with_the_name_of_the_field(self):
        for address, field in [
            ("/cases/twin/merge/", "into"),
            ("/cases/twin/delete/", "reason"),
            ("/login/", "username"),
            ("/admin/cases/case/", "_selected_action"),
        ]:
            for body, content_type in [
                ({field: "a\0b"}, MULTIPART_CONTENT),
                (f"{field}=a%00b", "application/x-www-form-urlencoded"),
            ]:
                with self.subTest(address, content_type=content_type):
                    response = self.client.post(address, body, content_type=content_type)
                    self.assertContains(response, f"“{field}” contains a NUL byte.", status_code=400)

    def test_a_nul_byte_in_the_name_of_a_view_is_said_at_the_name(self):
        response = self.client.post("/cases/v/save/", {"name": "a\0b"})
        self.assertContains(response, "invisible character (U+0000)", status_code=400)

    def test_a_nul_byte_in_the_name_of_a_field_or_a_file_is_400(self):
        self.assertEqual(self.client.post("/cases/twin/delete/", {"a\0b": "x"}).status_code, 400)
        file = io.BytesIO(b"x")
        file.name = "x.txt"
        self.assertEqual(self.client.post("/cases/twin/documents/", {"files\0": file}).status_code, 400)

    def test_where_a_case_is_typed_a_nul_byte_beside_its_forms_is_left_out(self):
        for name in ("into", "why", "reason-twin", "then", "base", "key"):
            with self.subTest(name):
                response = self.client.post("/cases/new/", {name: "a\0b"})
                self.assertEqual(response.status_code, 404 if name == "into" else 400)

    def test_a_cookie_that_writes_a_nul_byte_is_as_none(self):
        self.client.cookies.clear()
        for cookie in ('sessionid="\\000aaaaaaaaaaaa"', "sessionid=aaaaaaaaaaaa\0"):
            with self.subTest(cookie):
                response = self.client.get("/cases/twin/", HTTP_COOKIE=cookie)
                self.assertIn(response.status_code, (400, 404))
        self.assertEqual(self.client.get("/", HTTP_COOKIE='sessionid="\\000aaaaaaaaaaaa"').status_code, 200)

    def test_a_header_that_cannot_be_read_is_400(self):
        for header in ({"HTTP_USER_AGENT": "a\0b"}, {"HTTP_HX_TARGET": "\0"}, {"CONTENT_LENGTH": "abc"}):
            with self.subTest(header):
                self.assertEqual(
                    self.client.post("/login/", {"username": "a", "password": "b"}, **header).status_code, 400
                )


class HealthTests(TestCase):
    def test_alive_and_ready(self):
        self.assertEqual(self.client.get("/healthz").content, b"ok\n")
        self.assertEqual(self.client.get("/readyz").content, b"ready\n")

    def test_not_ready_while_a_migration_is_missing(self):
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE app = 'cases'")
        self.assertEqual(self.client.get("/readyz").status_code, 503)

    def test_a_database_that_is_away_is_503_with_a_time_to_come_back(self):
        with mock.patch(
            "cases.views.cases.Selection", side_effect=OperationalError("the server closed the connection")
        ):
            response = self.client.get(reverse("cases:case-list"))
        self.assertEqual(response.status_code, 503)
        self.assertEqual(response["Retry-After"], "5")


class LanguageTests(TestCase):
    def test_the_choice_holds_and_the_address_stays(self):
        make_region(code="CN", name_en="China", name_zh="中国")
        address = reverse("cases:case-list") + "?region=CN"
        response = self.client.post(reverse("set_language"), {"language": "zh-hans", "next": address})
        self.assertRedirects(response, address)
        self.assertContains(self.client.get(address), "中国")
        self.assertContains(self.client.get(address), 'lang="zh-Hans"')
        self.client.post(reverse("set_language"), {"language": "en", "next": address})
        self.assertContains(self.client.get(address), 'lang="en"')

    def test_a_browser_that_asks_for_chinese_gets_it_in_the_script_of_its_country(self):
        for asked, given in [
            ("zh-CN,zh;q=0.9", "zh-Hans"),
            ("zh", "zh-Hans"),
            ("zh-SG", "zh-Hans"),
            ("zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant"),
            ("zh-HK", "zh-Hant"),
            ("zh-MO", "zh-Hant"),
            ("zh-Hant", "zh-Hant"),
            ("zh-Hant-HK", "zh-Hant"),
        ]:
            with self.subTest(asked):
                response = self.client.get("/", headers={"accept-language": asked})
                self.assertContains(response, f'<html lang="{given}">')

    def test_stored_texts_are_shown_in_the_script_of_the_reader(self):
        make_region(code="CN", name_en="China", name_zh="中国")
        make_region(
            code="CN-NM", name_en="Inner Mongolia", name_zh="内蒙古自治区", parent=Region.objects.get(code="CN")
        )
        for asked, name in [("zh-CN", "内蒙古自治区"), ("zh-TW", "內蒙古自治區"), ("en", "Inner Mongolia")]:
            with self.subTest(asked):
                response = self.client.get("/regions/CN-NM/", headers={"accept-language": asked})
                self.assertContains(response, f"<h1>{name}")


class PrivateOfficeTests(TestCase):
    @override_settings(MIDDLEWARE=[*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"])
    def test_an_office_that_is_not_public_asks_everyone_to_log_in(self):
        for address in ("/", "/cases/", "/cases/totals.json", "/regions/boundaries.geojson", "/savings/"):
            with self.subTest(address):
                self.assertRedirects(self.client.get(address), f"/login/?next={address}", fetch_redirect_response=False)
        for address in ("/healthz", "/readyz", "/login/"):
            with self.subTest(address):
                self.assertEqual(self.client.get(address).status_code, 200)
