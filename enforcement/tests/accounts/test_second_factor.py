"""The second factor: set up, asked at the login, lost, and demanded by role."""

from base64 import b32decode
from unittest import mock

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.test import Client, TestCase, override_settings
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import totp

from cases.leads import limits
from enforcement import roles
from enforcement.accounts import second_factor
from enforcement.accounts.models import RecoveryCode, SecondFactor
from regions.tests.builders import make_person

PASSWORD = "correct horse battery"
PAGE = "/account/second-factor/"


def code_of(key, ahead=0):
    return f"{totp(key, drift=ahead):06}"


class SecondFactorTests(TestCase):
    def setUp(self):
        limits.begin_anew()
        # The clock of codes stands still: a test may take longer than the step of 30 seconds.
        self.enterContext(mock.patch("django_otp.oath.time", return_value=1_800_000_000))
        self.person = make_person(username="officer", password=PASSWORD)
        self.client.force_login(self.person)

    def set_up(self):
        """The key of the app and the recovery codes."""
        self.client.post(PAGE, {"password": PASSWORD})
        key = b32decode(self.client.get(PAGE).context["key"])
        answer = self.client.post(PAGE, {"add_app": "", "code": code_of(key)})
        return key, answer.context["codes"]

    def log_in(self, client, next_page=""):
        typed = {"username": "officer", "password": PASSWORD, "next": next_page}
        return client.post(reverse("login"), typed)

    def give(self, client, code):
        SecondFactor.objects.update(wait_until=None)
        return client.post(reverse("login-code"), {"code": code})

    def test_it_is_changed_by_who_gives_the_password(self):
        for typed in ({"add_app": "", "code": "123456"}, {"new_codes": ""}, {"password": "wrong"}):
            self.client.post(PAGE, typed)
        self.assertNotContains(self.client.get(PAGE), 'class="qr"')
        self.assertFalse(SecondFactor.objects.exists())
        _key, codes = self.set_up()
        self.assertTrue(SecondFactor.objects.filter(user=self.person).exists())
        self.assertEqual(len(set(codes)), 10)
        self.assertNotContains(self.client.get(PAGE), codes[0])

    def test_passwords_are_not_guessed_there(self):
        for _try in range(12):
            page = self.client.post(PAGE, {"password": "wrong"})
        self.assertContains(page, "Try again in an hour", status_code=400)
        self.assertContains(self.client.post(PAGE, {"password": PASSWORD}), "Try again", status_code=400)

    def test_the_picture_holds_the_key_and_no_style(self):
        self.client.post(PAGE, {"password": PASSWORD})
        page = self.client.get(PAGE)
        self.assertContains(page, '<div class="qr"><svg')
        self.assertNotContains(page, "style=")
        self.assertEqual(page["Cache-Control"], "private, no-store")

    def test_the_database_holds_neither_key_nor_codes(self):
        key, codes = self.set_up()
        row = str(SecondFactor.objects.values().get()) + str([*RecoveryCode.objects.values()])
        sealed = bytes(SecondFactor.objects.get().sealed_key)
        self.assertNotIn(key, sealed)
        self.assertNotIn(codes[0].replace("-", ""), row)
        with override_settings(SECRET_KEY="another" * 10):
            self.assertIsNone(second_factor.opened_key(sealed))

    def test_the_password_alone_opens_nothing_and_a_code_opens_once(self):
        key, _codes = self.set_up()
        client = Client()
        self.assertRedirects(self.log_in(client, "/savings/"), reverse("login-code"))
        self.assertEqual(client.get(reverse("account")).status_code, 302)
        self.assertContains(self.give(client, "000000"), "not right", status_code=400)
        used = code_of(key)
        self.assertContains(self.give(client, used), "not right", status_code=400)  # it turned the app on
        before = client.session.session_key
        self.assertRedirects(self.give(client, code_of(key, 1)), "/savings/")
        self.assertNotEqual(client.session.session_key, before)
        self.assertEqual(client.get(reverse("account")).status_code, 200)
        again = Client()
        self.log_in(again)
        self.assertEqual(self.give(again, code_of(key, 1)).status_code, 400)

    def test_a_recovery_code_opens_once_however_it_is_typed(self):
        _key, codes = self.set_up()
        for typed, status in [(codes[0].upper().replace("-", " "), 302), (codes[0], 400), ("", 400), ("x" * 500, 400)]:
            client = Client()
            self.log_in(client)
            self.assertEqual(self.give(client, typed).status_code, status)
        self.assertContains(self.client.get(PAGE), "Recovery codes left: 9")
        made = self.client.post(PAGE, {"new_codes": ""}).context["codes"]
        client = Client()
        self.log_in(client)
        self.assertEqual(self.give(client, codes[1]).status_code, 400)
        self.assertEqual(self.give(client, made[0]).status_code, 302)

    def test_wrong_codes_make_the_next_one_wait_twice_as_long(self):
        _key, codes = self.set_up()
        client = Client()
        self.log_in(client)
        waits = []
        for _try in range(13):
            self.give(client, "000000")
            waits.append(round((SecondFactor.objects.get().wait_until - timezone.now()).total_seconds()))
        self.assertEqual(waits[:5], [1, 2, 4, 8, 16])
        self.assertEqual(waits[-1], 900)
        page = client.post(reverse("login-code"), {"code": codes[0]})
        self.assertContains(page, "Too many wrong codes", status_code=400)

    def test_a_login_is_finished_within_five_minutes_and_with_the_same_password(self):
        _key, codes = self.set_up()
        for spoil in ("late", "password", "gone", "none"):
            client = Client()
            if spoil != "none":
                self.log_in(client)
            session = client.session
            if spoil == "late":
                session["half_way_in"] = session["half_way_in"] | {"until": 0}
                session.save()
            if spoil == "password":
                self.person.set_password("another phrase of four")
                self.person.save()
            if spoil == "gone":
                self.person.set_password(PASSWORD)
                self.person.is_active = False
                self.person.save()
            self.assertRedirects(self.give(client, codes[0]), reverse("login"))

    def test_it_is_turned_off_and_then_the_password_is_enough(self):
        self.set_up()
        self.client.post(PAGE, {"remove_app": ""})
        self.assertFalse(SecondFactor.objects.exists())
        self.assertRedirects(self.log_in(Client()), reverse("dashboard"))

    def test_what_is_no_passkey_is_refused(self):
        self.client.post(PAGE, {"password": PASSWORD})
        for answer in (
            "",
            "{}",
            "[1]",
            "null",
            '{"id": "x", "rawId": "x", "type": "public-key", "response": {}}',
        ):
            with self.subTest(answer):
                page = self.client.post(PAGE, {"add_passkey": "1", "credential": answer, "name": "x"})
                self.assertContains(page, "made no passkey", status_code=400)
        self.set_up()
        client = Client()
        self.log_in(client)
        for answer in ("{}", "[1]", "null", '{"id": "eA", "rawId": "eA", "type": "public-key", "response": {}}'):
            self.assertEqual(client.post(reverse("login-code"), {"credential": answer}).status_code, 400)
        for number in ("", "x", "7", "9" * 30):
            self.assertEqual(self.client.post(PAGE, {"remove_passkey": number}).status_code, 404)

    @override_settings(SECOND_FACTOR_ROLES=["Registrar"])
    def test_a_role_may_have_to_set_one_up(self):
        roles.sync()
        self.person.groups.add(Group.objects.get(name="Registrar"))
        client = Client()
        self.log_in(client)
        self.assertRedirects(client.get(reverse("account")), PAGE)
        self.assertContains(client.get(PAGE), "Your role logs in with a second factor")
        self.client = client
        self.set_up()
        self.assertEqual(client.get(reverse("account")).status_code, 200)
        client.post(PAGE, {"remove_app": ""})
        self.assertRedirects(client.get(reverse("account")), PAGE)

    def test_a_registrar_takes_it_away_from_who_lost_it_and_that_is_in_the_history(self):
        self.set_up()
        roles.sync()
        registrar = make_person(username="registrar", is_staff=True)
        registrar.groups.add(Group.objects.get(name="Registrar"))
        client = Client()
        client.force_login(registrar)
        address = reverse("admin:auth_user_second_factor", args=[self.person.pk])
        self.assertContains(client.get(address), "Make sure")
        self.assertContains(client.get(reverse("admin:auth_user_changelist")), "icon-yes")
        self.assertRedirects(client.post(address), reverse("admin:auth_user_change", args=[self.person.pk]))
        self.assertFalse(SecondFactor.objects.exists())
        self.assertEqual(self.client.get(reverse("account")).status_code, 302)
        self.assertEqual(LogEntry.objects.get().user, registrar)
        self.assertRedirects(self.log_in(Client()), reverse("dashboard"))
