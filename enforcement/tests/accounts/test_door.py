"""The door: who comes in, and who has to wait."""

import time
from datetime import timedelta
from unittest.mock import patch

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client, TestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from cases.leads import limits
from cases.tests.builders import make_saved_view
from enforcement import middleware, roles
from enforcement.accounts import sessions
from enforcement.accounts.sessions import browser_named
from regions.tests.builders import make_person, make_region

PASSWORD = "correct horse battery"


class DoorTests(TestCase):
    def setUp(self):
        limits.begin_anew()

    @classmethod
    def setUpTestData(cls):
        cls.officer = make_person("view_case", username="officer", password=PASSWORD)
        make_person(username="colleague", password=PASSWORD)
        make_person(username="gone", password=PASSWORD, is_active=False)

    def log_in(self, name="officer", password=PASSWORD, client=None, **more):
        return (client or self.client).post(reverse("login"), {"username": name, "password": password}, **more)

    def lock(self, name="officer", **more):
        for _try in range(settings.AXES_FAILURE_LIMIT):
            answer = self.log_in(name, "wrong", **more)
        return answer

    def test_the_right_password_opens_and_gives_a_new_session(self):
        self.client.get(reverse("login"))
        self.client.session["planted"] = "x"
        self.client.session.save()
        before = self.client.session.session_key
        self.assertRedirects(self.log_in(), reverse("dashboard"))
        self.assertNotEqual(self.client.session.session_key, before)

    def test_a_name_longer_than_any_is_refused_at_its_field(self):
        for length in (151, 256, 5000):
            with self.subTest(length):
                answer = self.log_in("x" * length)
                self.assertContains(answer, "at most 150 characters")
        self.assertEqual(AccessAttempt.objects.count(), 0)

    def test_after_five_wrong_tries_the_door_is_closed_for_a_while_and_says_for_how_long(self):
        answer = self.lock()
        self.assertEqual(answer.status_code, 429)
        self.assertContains(answer, "Try again in 15 minutes", status_code=429)
        self.assertAlmostEqual(int(answer["Retry-After"]), 900, delta=5)
        self.assertEqual(self.log_in().status_code, 429)
        self.assertFalse(self.client.session.get("_auth_user_id"))

    def test_others_and_other_places_are_not_locked_out_with_them(self):
        self.lock()
        self.assertRedirects(self.log_in("colleague"), reverse("dashboard"))
        self.assertRedirects(self.log_in(client=Client(REMOTE_ADDR="10.0.0.9")), reverse("dashboard"))

    def test_the_door_opens_again_and_more_tries_did_not_prolong_it(self):
        self.lock()
        last = AccessAttempt.objects.get().attempt_time
        self.log_in(password="wrong")
        self.assertEqual(AccessAttempt.objects.get().attempt_time, last)
        AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15, seconds=1))
        self.assertRedirects(self.log_in(), reverse("dashboard"))

    def test_a_forwarded_address_counts_only_behind_the_proxy(self):
        self.lock(headers={"X-Forwarded-For": "1.2.3.4"})
        self.assertEqual(self.log_in(headers={"X-Forwarded-For": "5.6.7.8"}).status_code, 429)
        with override_settings(HTTPS=True):
            self.lock("colleague", headers={"X-Forwarded-For": "9.9.9.9, 1.2.3.4"})
            self.assertEqual(self.log_in("colleague", headers={"X-Forwarded-For": "1.2.3.4"}).status_code, 429)
            self.assertEqual(self.log_in("colleague", headers={"X-Forwarded-For": "9.9.9.9"}).status_code, 302)

    def test_nobody_learns_which_names_exist(self):
        told = set()
        for name in ("officer", "nobody", "gone"):
            page = self.log_in(name, "wrong", client=Client()).content.decode()
            told.add(page[page.index("notice bad") : page.index("</div>", page.index("notice bad"))])
        self.assertEqual(len(told), 1)

    def test_the_way_back_leads_to_this_house_only(self):
        for next_page, to in [("/savings/", "/savings/"), ("//evil.example/", "/"), ("https://evil.example/", "/")]:
            with self.subTest(next_page):
                answer = Client().post(
                    reverse("login"), {"username": "officer", "password": PASSWORD, "next": next_page}
                )
                self.assertEqual(answer["Location"], to)

    def test_the_administration_has_no_door_of_its_own(self):
        self.assertRedirects(self.client.get("/admin/login/?next=/admin/"), "/login/?next=/admin/")
        self.assertRedirects(self.client.get("/admin/"), "/admin/login/?next=/admin/", fetch_redirect_response=False)

    def test_logging_out_takes_a_deliberate_step(self):
        self.log_in()
        self.assertEqual(self.client.get(reverse("logout")).status_code, 405)
        answer = self.client.post(reverse("logout"))
        self.assertFalse(self.client.session.get("_auth_user_id"))
        self.assertEqual(answer["Clear-Site-Data"], '"storage"')
        self.log_in()
        self.assertEqual(self.client.post("/admin/logout/")["Clear-Site-Data"], '"storage"')

    def test_cookies_are_safe(self):
        self.log_in()
        cookie = self.client.cookies[settings.SESSION_COOKIE_NAME]
        self.assertTrue(cookie["httponly"])
        self.assertEqual((cookie["samesite"], cookie["max-age"]), ("Lax", 12 * 3600))

    def test_what_one_sees_logged_in_is_kept_by_nobody_and_public_pages_stay_as_they_were(self):
        self.assertFalse(self.client.get(reverse("cases:case-list")).has_header("Cache-Control"))
        self.log_in()
        self.assertEqual(self.client.get(reverse("cases:case-list"))["Cache-Control"], "private, no-store")

    def test_a_session_is_renewed_by_work_and_not_at_every_page(self):
        self.log_in()
        self.client.get(reverse("method:savings"))
        renewed = self.client.session["renewed_at"]
        with self.assertNumQueries(7):  # session, person, two for their rights, regions, two for what was saved
            self.client.get(reverse("method:savings"))
        session = self.client.session
        session["renewed_at"] = renewed - 3_601
        session.save()
        self.client.get(reverse("method:savings"))
        self.assertGreaterEqual(self.client.session["renewed_at"], renewed)


class AccountTests(TestCase):
    def setUp(self):
        self.person = make_person(
            "view_case", username="officer", password=PASSWORD, regions=[make_region(name_en="Inner Mongolia")]
        )
        self.client.force_login(self.person)

    def change(self, new, client=None):
        typed = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
        return (client or self.client).post(reverse("password_change"), typed)

    def test_it_says_who_one_is_and_where_one_works(self):
        self.assertContains(self.client.get(reverse("account")), "Inner Mongolia")
        self.assertRedirects(Client().get(reverse("account")), "/login/?next=/account/")

    def test_a_weak_password_is_refused_and_the_old_one_stays(self):
        for weak in ("1234567890", "password", "password123", "officer-12", "nine char"):
            with self.subTest(weak):
                self.assertEqual(self.change(weak).status_code, 200)
        self.person.refresh_from_db()
        self.assertTrue(self.person.check_password(PASSWORD))

    def test_a_session_ends_after_a_week_but_not_while_something_is_sent(self):
        self.assertEqual(self.client.get(reverse("account")).status_code, 200)
        with patch.object(middleware, "time", lambda: time.time() + sessions.LONGEST - 60):
            self.assertEqual(self.client.get(reverse("account")).status_code, 200)
        with patch.object(middleware, "time", lambda: time.time() + sessions.LONGEST + 60):
            self.assertEqual(self.client.post(reverse("account-sessions"))["Location"], reverse("account"))
            self.assertRedirects(self.client.get(reverse("account")), "/login/?next=/account/")
            self.client.force_login(self.person)
        self.assertEqual(self.client.get(reverse("account")).status_code, 200)

    def test_another_password_ends_the_other_sessions_and_keeps_this_one(self):
        elsewhere = Client()
        elsewhere.force_login(self.person)
        self.assertRedirects(self.change("a quite long phrase 42"), reverse("account"))
        self.assertEqual(self.client.get(reverse("account")).status_code, 200)
        self.assertEqual(elsewhere.get(reverse("account")).status_code, 302)
        self.assertTrue(get_user_model().objects.get().check_password("a quite long phrase 42"))

    def test_in_chinese_too(self):
        for name in ("account", "password_change"):
            self.assertEqual(self.client.get(reverse(name), headers={"Accept-Language": "zh-Hans"}).status_code, 200)


class MineTests(TestCase):
    """What is somebody's own: role, views, sessions."""

    def setUp(self):
        roles.sync()
        self.person = make_person(username="analyst", password=PASSWORD)
        self.person.groups.add(Group.objects.get(name="Analyst"))
        self.client.force_login(self.person)

    def page(self):
        return self.client.get(reverse("account"))

    def test_the_role_is_said_in_words(self):
        self.assertContains(self.page(), "uses the API with a token")
        self.assertEqual(roles.IN_WORDS.keys(), roles.ROLES.keys())
        self.client.force_login(make_person(username="new"))
        self.assertContains(self.page(), "you see the same as the public")

    def test_own_views_are_listed_with_their_feed(self):
        make_saved_view(owner=self.person, name="Mine", query="")
        make_saved_view(name="Of another", shared=True)
        self.assertContains(self.page(), "Mine")
        self.assertContains(self.page(), "Make a password")
        self.assertNotContains(self.page(), "Of another")

    def test_sessions_are_listed_and_the_others_end(self):
        elsewhere, colleague = Client(), Client()
        elsewhere.force_login(self.person)
        elsewhere.get(reverse("account"), headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"})
        colleague.force_login(make_person(username="colleague"))
        page = self.page()
        self.assertContains(page, "Firefox, Linux")
        self.assertEqual([place.is_this for place in page.context["places"]], [True, False])
        self.assertContains(self.client.post(reverse("account-sessions"), follow=True), "1 other session has ended.")
        self.assertEqual(elsewhere.get(reverse("account")).status_code, 302)
        self.assertEqual(colleague.get(reverse("account")).status_code, 200)
        self.assertEqual(len(self.page().context["places"]), 1)

    def test_one_session_ends_and_the_page_names_it_by_no_key(self):
        others = [Client(), Client()]
        for other in others:
            other.force_login(self.person)
        page = self.page()
        for place in page.context["places"]:
            self.assertNotContains(page, place.key)
        first = next(place for place in page.context["places"] if place.key == others[0].session.session_key)
        self.client.post(reverse("account-sessions"), {"session": first.digest})
        self.assertEqual([other.get(reverse("account")).status_code for other in others], [302, 200])
        colleague = make_person(username="colleague")
        self.client.force_login(colleague)
        mine = sessions.places_of(self.person, "")[0]
        self.client.post(reverse("account-sessions"), {"session": mine.digest})
        self.assertEqual(others[1].get(reverse("account")).status_code, 200)

    def test_who_is_deactivated_is_logged_in_nowhere_also_when_they_come_back(self):
        for active in (False, True):
            self.person.is_active = active
            self.person.save()
            self.assertEqual(self.client.get(reverse("account")).status_code, 302)

    def test_a_browser_is_named_by_its_header(self):
        for agent, name in [
            ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
            ("Mozilla/5.0 (Linux; Android 14) Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari, iPhone"),
            ("curl/8.0", ""),
        ]:
            with self.subTest(agent):
                self.assertEqual(browser_named(agent), name)

    def test_all_of_it_asks_for_a_deliberate_step_and_a_login(self):
        for name in ("account-sessions",):
            with self.subTest(name):
                self.assertEqual(self.client.get(reverse(name)).status_code, 405)
                self.assertEqual(Client().post(reverse(name)).status_code, 302)
