"""Passwords: which are refused, who chose them, and the ways to a new one."""

import hashlib
import re
from datetime import timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.auth.password_validation import get_default_password_validators, validate_password
from django.core import mail
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management import CommandError, call_command
from django.test import Client, TestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from cases.leads import limits
from enforcement import env, roles
from enforcement.accounts import passwords
from enforcement.accounts.models import GivenPassword
from regions.tests.builders import make_agency, make_person

PASSWORD, OTHER = "correct horse battery", "a quite long phrase 42"


class AtOnce:
    """A thread that does its work before anybody goes on."""

    def __init__(self, target, args, kwargs):
        self.start = lambda: target(*args, **kwargs)


class RuleTests(TestCase):
    def test_names_from_here_with_a_little_beside_them_are_refused(self):
        make_agency(name_en="Sarawak Energy Berhad", name_zh="砂拉越能源公司", aliases=["SEB Kuching"])
        for bad in (
            "MiningEnforcement1!",
            "sarawak-energy-berhad",
            "SEB kuching 2026",
            "砂拉越能源公司2026",
            "bitcoin2026!",
        ):
            with self.subTest(bad), self.assertRaises(ValidationError):
                validate_password(bad)
        for good in (PASSWORD, "mining sarawak by the river", "砂拉越能源公司的老司机爱喝茶"):
            with self.subTest(good):
                validate_password(good)


class CommonTests(TestCase):
    def test_more_than_three_thousand_common_passwords_of_the_allowed_length_are_refused(self):
        by_rule = {type(rule).__name__: rule for rule in get_default_password_validators()}
        shortest = by_rule["MinimumLengthValidator"].min_length
        self.assertGreater(
            sum(len(common) >= shortest for common in by_rule["CommonPasswordValidator"].passwords), 3_000
        )
        for common in ("qwertyuiop", "Password123", "football12"):
            with self.subTest(common), self.assertRaises(ValidationError):
                validate_password(common)


class BreachedTests(TestCase):
    def setUp(self):
        self.path = Path(self.enterContext(TemporaryDirectory())) / "breached"
        named = {"NAME": "enforcement.accounts.passwords.NotBreachedValidator", "OPTIONS": {"path": self.path}}
        self.enterContext(override_settings(AUTH_PASSWORD_VALIDATORS=[*settings.AUTH_PASSWORD_VALIDATORS, named]))

    def write(self, *words, end=":7\r\n", length=40):
        digests = sorted(_sha1(word)[:length] for word in words)
        self.path.write_bytes("".join(f"{digest}{end}" for digest in digests).encode())

    def test_without_its_file_no_password_is_taken(self):
        with self.assertLogs("enforcement.accounts"), self.assertRaisesMessage(ValidationError, "Try again later"):
            validate_password("a word of nobody's 9")

    def test_each_password_of_the_file_is_refused_and_no_other(self):
        words = [f"a word of theirs {number}" for number in range(300)]
        for listed in (words, words[:1], words[:2]):
            for form in ({}, {"end": "\n"}, {"length": 10, "end": "\n"}):
                self.write(*listed, **form)
                refused = [word for word in words if passwords.is_listed(self.path, _sha1(word))]
                self.assertEqual(refused, listed)

    def test_the_words_say_why(self):
        self.write(OTHER)
        with self.assertRaisesMessage(ValidationError, "This password was in a breach of another site"):
            validate_password(OTHER)
        validate_password(PASSWORD)

    def test_a_long_file_is_not_loaded(self):
        self.write(*map(str, range(200_000)), OTHER)
        read = []
        with mock.patch("enforcement.accounts.passwords._digits_of", side_effect=_counting(read)):
            self.assertTrue(passwords.is_listed(self.path, _sha1(OTHER)))
        self.assertLess(len(read), 30)

    def test_what_is_no_such_file_stops_the_start(self):
        for content in (None, b"", b"password\n"):
            with self.subTest(content), mock.patch.dict("os.environ", {"ENFORCEMENT_X": str(self.path)}):
                if content is not None:
                    self.path.write_bytes(content)
                with self.assertRaises(ImproperlyConfigured):
                    env.digests("ENFORCEMENT_X")
        self.write(OTHER)
        with mock.patch.dict("os.environ", {"ENFORCEMENT_X": str(self.path)}):
            self.assertEqual(env.digests("ENFORCEMENT_X"), self.path.resolve())


def _sha1(word):
    return hashlib.sha1(word.encode(), usedforsecurity=False).hexdigest().upper()


def _counting(read):
    """Note each line that is read."""
    digits_of = passwords._digits_of

    def noted(line):
        read.append(line)
        return digits_of(line)

    return noted


class ByMailTests(TestCase):
    def setUp(self):
        self.person = make_person(username="officer", password=PASSWORD, email="officer@office.example")
        limits.begin_anew()
        self.enterContext(mock.patch("enforcement.accounts.door.Thread", AtOnce))

    def ask(self, address="officer@office.example", **more):
        return self.client.post(reverse("password_reset"), {"email": address}, **more)

    def link(self):
        return re.search(r"http://testserver(/\S+)", mail.outbox[-1].body)[1]

    def choose(self, link, new=OTHER, client=None):
        client = client or self.client
        page = client.get(link, follow=True)
        if not page.context["validlink"]:
            return page
        return client.post(page.redirect_chain[-1][0], {"new_password1": new, "new_password2": new}, follow=True)

    def test_a_link_comes_by_mail_works_once_and_ends_all_sessions(self):
        elsewhere = Client()
        elsewhere.force_login(self.person)
        self.ask()
        self.assertEqual(mail.outbox[0].to, ["officer@office.example"])
        link = self.link()
        self.assertContains(self.choose(link, "qwertyuiop"), "too common")
        self.assertContains(self.choose(link), "The password is set")
        self.assertEqual(elsewhere.get(reverse("account")).status_code, 302)
        self.assertTrue(get_user_model().objects.get().check_password(OTHER))
        self.assertContains(self.choose(link), "no longer works")

    def test_the_answer_tells_nothing_of_which_accounts_there_are(self):
        said = {
            self.ask(address).content.decode().replace(address, "").partition("<main")[2]
            for address in ("officer@office.example", "nobody@office.example")
        }
        self.assertEqual(len(said), 1)
        self.assertEqual(len(mail.outbox), 1)

    def test_an_address_asks_for_five_mails_an_hour(self):
        for _time in range(7):
            self.assertEqual(self.ask().status_code, 200)
        self.assertEqual(len(mail.outbox), 5)

    def test_a_link_ends_after_a_day_or_with_the_next_login(self):
        self.ask()
        with override_settings(PASSWORD_RESET_TIMEOUT=-1):
            self.assertContains(self.choose(self.link()), "no longer works")
        Client().post(reverse("login"), {"username": "officer", "password": PASSWORD})
        self.assertContains(self.choose(self.link()), "no longer works")

    def test_in_chinese_and_where_no_mail_is_sent_the_page_says_so(self):
        self.ask(headers={"Accept-Language": "zh-Hans"})
        self.assertIn("密码", mail.outbox[0].subject)
        with mock.patch.dict("enforcement.accounts.door.Forgotten.extra_context", {"mail_is_sent": False}):
            self.assertContains(self.client.get(reverse("password_reset")), "sends no mail")


@override_settings(DEMO=False)
class GivenTests(TestCase):
    """A password that somebody else set is changed first; outside the demonstration."""

    def setUp(self):
        self.person = make_person(username="officer", password=PASSWORD)
        passwords.give(self.person)

    def log_in(self):
        return self.client.post(reverse("login"), {"username": "officer", "password": PASSWORD})

    def test_nothing_else_is_open_until_it_is_changed(self):
        self.log_in()
        for name in ("account", "dashboard", "cases:case-list"):
            self.assertRedirects(self.client.get(reverse(name)), reverse("password_change"))
        self.assertEqual(self.client.get("/api/v1/cases/").status_code, 403)
        self.assertContains(self.client.get(reverse("password_change")), "Choose your own")
        self.assertRedirects(self.change(OTHER), reverse("account"))
        self.assertEqual(self.client.get(reverse("account")).status_code, 200)
        self.assertFalse(GivenPassword.objects.exists())

    def change(self, new):
        typed = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
        return self.client.post(reverse("password_change"), typed)

    def test_a_first_password_is_good_for_a_week(self):
        GivenPassword.objects.update(given_at=timezone.now() - timedelta(days=8))
        self.assertContains(self.log_in(), "not used for a week")
        self.assertFalse(self.client.session.get("_auth_user_id"))

    def test_one_may_log_out_instead_and_a_demonstration_asks_nothing(self):
        self.log_in()
        self.assertRedirects(self.client.post(reverse("logout")), reverse("dashboard"))
        with override_settings(DEMO=True):
            self.assertRedirects(self.log_in(), reverse("dashboard"))


class RegistrarTests(TestCase):
    """Registrars make accounts and links; none that may do more than a role."""

    def setUp(self):
        roles.sync()
        self.registrar = make_person(username="registrar", password=PASSWORD, is_staff=True)
        self.registrar.groups.add(Group.objects.get(name="Registrar"))
        self.person = make_person(username="officer", password=PASSWORD)
        self.root = make_person(username="root", is_staff=True, is_superuser=True)
        self.client.force_login(self.registrar)

    def page(self, what, person=None):
        return reverse(f"admin:auth_user_{what}", args=[(person or self.person).pk])

    def test_a_link_is_shown_once_works_and_is_in_the_history_of_the_account(self):
        self.assertNotContains(self.client.get(self.page("link")), "/account/password/choose/")
        link = re.search(r"<code>http://testserver(\S+)</code>", self.client.post(self.page("link")).content.decode())[
            1
        ]
        entry = LogEntry.objects.get()
        self.assertEqual((entry.user, entry.object_id), (self.registrar, str(self.person.pk)))
        self.assertNotIn(link.split("/")[-2], entry.change_message)
        page = Client().get(link, follow=True)
        self.assertTrue(page.context["validlink"])

    def test_a_password_that_a_registrar_sets_is_noted_as_given(self):
        typed = {"password1": OTHER, "password2": OTHER, "usable_password": "true"}
        self.client.post(reverse("admin:auth_user_password_change", args=[self.person.pk]), typed)
        self.assertTrue(GivenPassword.objects.filter(user=self.person).exists())
        self.client.post(reverse("admin:auth_user_add"), {"username": "new", **typed})
        self.assertTrue(GivenPassword.objects.filter(user__username="new").exists())
        self.assertContains(self.client.get(reverse("admin:auth_user_changelist")), "set by somebody else")

    def test_a_registrar_gives_nobody_more_than_a_role_and_touches_no_administrator(self):
        fields = self.client.get(self.page("change")).context["adminform"].form.fields
        self.assertEqual({"is_superuser", "user_permissions"} & fields.keys(), set())
        typed = {"username": "officer", "is_active": "on", "is_superuser": "on", "scopes-TOTAL_FORMS": 0}
        self.client.post(self.page("change"), typed | {"scopes-INITIAL_FORMS": 0})
        self.person.refresh_from_db()
        self.assertFalse(self.person.is_superuser)
        above = make_person(username="above")
        above.user_permissions.add(Permission.objects.first())
        for person in (self.root, above):
            self.assertEqual(self.client.post(self.page("link", person)).status_code, 403)
            self.assertEqual(self.client.post(self.page("password_change", person)).status_code, 403)
            self.assertEqual(self.client.post(self.page("change", person), {"username": "mine"}).status_code, 403)

    def test_a_command_prints_a_link_for_when_no_registrar_can_log_in(self):
        passwords.give(self.root)
        GivenPassword.objects.update(given_at=timezone.now() - timedelta(days=8))
        told = StringIO()
        call_command("password_link", "root", site="https://rigs.example/", stdout=told)
        link = told.getvalue().strip().removeprefix("https://rigs.example")
        page = Client().get(link, follow=True)
        self.assertTrue(page.context["validlink"])
        with self.assertRaisesRegex(CommandError, "no active account"):
            call_command("password_link", "nobody")

    def test_who_is_no_registrar_makes_no_link(self):
        self.client.force_login(make_person(username="clerk", is_staff=True))
        self.assertEqual(self.client.post(self.page("link")).status_code, 403)
