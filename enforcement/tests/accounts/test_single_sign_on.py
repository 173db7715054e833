"""Single sign-on: a real provider on this machine, who is let in by it, and every answer that is not to be believed."""

import re
import time
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import requests
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.test import Client, TestCase, override_settings
from django.urls import reverse
from django_otp.oath import totp

from enforcement import roles
from enforcement.accounts import second_factor
from enforcement.accounts.models import GivenPassword, ProviderIdentity
from enforcement.tests.accounts.provider import CLIENT, SECRET, provider_running
from regions.tests.builders import make_person

BEGIN, BACK = "/login/provider/", "/login/provider/back/"
NOT_VALID = "The answer of the single sign-on is not valid here."


class SingleSignOnCase(TestCase):
    def setUp(self):
        self.provider = self.enterContext(provider_running())
        self.enterContext(override_settings(OIDC_ISSUER=self.provider.issuer, OIDC_CLIENT=CLIENT, OIDC_SECRET=SECRET))
        self.person = make_person(username="officer")
        ProviderIdentity.objects.create(user=self.person, subject="person-1")

    def begin(self, next_page="", client=None):
        """The address to which the provider sends the browser back."""
        page = (client or self.client).post(BEGIN, {"next": next_page})
        self.assertContains(page, "Go on to the single sign-on")
        address = page["Refresh"].removeprefix("0; url=")
        return requests.get(address, allow_redirects=False, timeout=5).headers["Location"]

    def sign_on(self, next_page="", client=None):
        return (client or self.client).get(self.begin(next_page, client), follow=True)

    def is_in(self, client=None):
        return get_user_model().objects.filter(pk=(client or self.client).session.get("_auth_user_id")).first()

    def refused(self, said, answer=None):
        with self.assertLogs("enforcement.accounts.provider", "WARNING"):
            page = answer() if answer else self.sign_on()
        self.assertContains(page, said)
        self.assertContains(page, 'name="password"')
        self.assertIsNone(self.is_in())


class ComingInTests(SingleSignOnCase):
    def test_a_linked_account_comes_in_where_it_wanted_to_go(self):
        login = self.client.get(reverse("login"), {"next": "/account/"})
        self.assertContains(login, f'action="{BEGIN}"')
        page = self.sign_on("/account/")
        self.assertEqual(page.redirect_chain, [("/account/", 302)])
        self.assertEqual(self.is_in(), self.person)
        self.assertEqual(self.provider.asked_for.count("token"), 1)
        self.assertEqual([*self.person.login_events.values_list("step", "way")], [("in", "provider")])

    def test_the_question_has_state_nonce_and_a_challenge_and_keeps_the_secrets(self):
        page = self.client.post(BEGIN)
        asked = parse_qs(urlsplit(page["Refresh"].removeprefix("0; url=")).query)
        self.assertEqual(asked["code_challenge_method"], ["S256"])
        self.assertEqual(asked["response_type"], ["code"])
        self.assertEqual(asked["redirect_uri"], ["http://testserver" + BACK])
        self.assertGreater(min(len(asked[name][0]) for name in ("state", "nonce", "code_challenge")), 19)
        self.assertNotIn(SECRET, page.content.decode() + page["Refresh"])
        self.assertNotIn("code_verifier", asked)

    def test_a_foreign_next_leads_home(self):
        for foreign in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
            with self.subTest(foreign):
                page = self.sign_on(foreign, Client())
                self.assertEqual(page.redirect_chain, [("/", 302)])

    def test_where_no_provider_is_set_there_is_no_way(self):
        with override_settings(OIDC_ISSUER=""):
            self.assertNotContains(self.client.get(reverse("login")), "single sign-on")
            self.assertEqual(self.client.post(BEGIN).status_code, 404)
            self.assertEqual(self.client.get(BACK).status_code, 404)

    def test_a_form_of_another_site_does_not_begin_it(self):
        self.assertEqual(Client(enforce_csrf_checks=True).post(BEGIN).status_code, 403)
        self.assertEqual(self.client.get(BEGIN).status_code, 405)


class WhoTests(SingleSignOnCase):
    def test_who_is_not_linked_is_told_what_to_ask_for_and_no_account_is_made(self):
        before = get_user_model().objects.count()
        self.provider.claims = {"sub": "<b>stranger</b>", "email": self.person.email, "email_verified": True}
        page = self.sign_on()
        self.assertContains(page, "Ask a registrar to link yours to “&lt;b&gt;stranger&lt;/b&gt;”")
        self.assertIsNone(self.is_in())
        self.assertEqual(get_user_model().objects.count(), before)

    def test_the_same_subject_of_another_provider_is_somebody_else(self):
        ProviderIdentity.objects.update(issuer="https://other.example")
        self.assertContains(self.sign_on(), "No account is linked")
        self.assertIsNone(self.is_in())

    def test_a_closed_account_stays_closed(self):
        get_user_model().objects.update(is_active=False)
        self.assertContains(self.sign_on(), "This account is closed.")
        self.assertIsNone(self.is_in())
        self.assertEqual([*self.person.login_events.values_list("step", "way")], [("refused", "provider")])

    def test_a_registrar_links_accounts_below_theirs_and_it_is_in_the_history(self):
        roles.sync()
        registrar = make_person(username="registrar", is_staff=True)
        registrar.groups.add(Group.objects.get(name="Registrar"))
        self.client.force_login(registrar)
        other = make_person(username="other")
        address = reverse("admin:auth_user_change", args=[other.pk])
        form = self.client.get(address).context["adminform"].form
        typed = {name: form.get_initial_for_field(field, name) or "" for name, field in form.fields.items()}
        typed = {name: value for name, value in typed.items() if name in ("username", "is_active")}
        typed |= {
            "scopes-TOTAL_FORMS": "0", "scopes-INITIAL_FORMS": "0",
            "identities-TOTAL_FORMS": "1", "identities-INITIAL_FORMS": "0",
            "identities-0-issuer": self.provider.issuer, "identities-0-user": other.pk,
            "date_joined_0": "2026-11-01", "date_joined_1": "10:00:00",
        }  # fmt: skip
        taken = self.client.post(address, typed | {"identities-0-subject": "person-1"})
        self.assertContains(taken, "This identity is linked to an account already.")
        done = self.client.post(address, typed | {"identities-0-subject": "person-2"})
        self.assertEqual(done.status_code, 302, done.context and done.context["errors"])
        self.assertContains(self.client.get(reverse("admin:auth_user_history", args=[other.pk])), "person-2")
        above = make_person(username="administrator", is_superuser=True)
        self.client.post(reverse("admin:auth_user_change", args=[above.pk]), typed | {"identities-0-subject": "me"})
        self.assertFalse(ProviderIdentity.objects.filter(user=above).exists())


class FactorTests(SingleSignOnCase):
    def setUp(self):
        super().setUp()
        self.enterContext(mock.patch("django_otp.oath.time", return_value=1_800_000_000))

    def test_an_account_with_a_second_factor_is_asked_for_it_unless_the_provider_was_given_one(self):
        key = b"k" * 20
        second_factor.turn_on(self.person, key, f"{totp(key):06}")
        self.assertEqual(self.sign_on("/account/").redirect_chain, [("/login/code/", 302)])
        self.assertIsNone(self.is_in())
        code = {"code": f"{totp(key, drift=1):06}"}
        self.assertRedirects(self.client.post("/login/code/", code), "/account/", fetch_redirect_response=False)
        self.assertEqual(self.is_in(), self.person)
        for told, led in (({"amr": ["pwd"]}, "/login/code/"), ({"amr": ["pwd", "mfa"]}, "/account/")):
            with self.subTest(told):
                self.provider.claims = {"sub": "person-1"} | told
                self.assertEqual(self.sign_on("/account/", Client()).redirect_chain, [(led, 302)])
        with override_settings(OIDC_SECOND_FACTOR=["urn:office:two"]):
            self.provider.claims = {"sub": "person-1", "acr": "urn:office:two"}
            self.assertEqual(self.sign_on("/account/", Client()).redirect_chain, [("/account/", 302)])

    @override_settings(SECOND_FACTOR_ROLES=["Analyst"])
    def test_a_role_that_demands_one_is_not_passed_by(self):
        roles.sync()
        self.person.groups.add(Group.objects.get(name="Analyst"))
        page = self.sign_on()
        self.assertEqual(page.redirect_chain[-1][0], "/account/second-factor/")
        self.assertEqual(self.client.get("/cases/").status_code, 302)
        self.provider.claims = {"sub": "person-1", "amr": ["mfa"]}
        client = Client()
        self.sign_on(client=client)
        self.assertEqual(client.get("/cases/").status_code, 200)

    @override_settings(DEMO=False)
    def test_a_password_that_was_given_is_owed_only_by_who_uses_it(self):
        GivenPassword.objects.create(user=self.person)
        self.assertEqual(self.sign_on("/account/").redirect_chain, [("/account/", 302)])


class HostileTests(SingleSignOnCase):
    def test_what_the_token_must_not_say(self):
        now = int(time.time())
        for wrong in (
            {"iss": "https://evil.example"},
            {"aud": "another-site"},
            {"aud": ["another-site"]},
            {"aud": []},
            {"aud": [CLIENT, "another-site"]},  # without azp
            {"azp": "another-site"},
            {"exp": now - 300, "iat": now - 600},
            {"nonce": "of another login"},
            {"nonce": None},
            {"sub": ""},
            {"sub": ["person-1"]},
            {"amr": "mfa"},
            {"iat": now + 3_600},
        ):
            with self.subTest(wrong):
                self.provider.claims = {"sub": "person-1"} | wrong
                self.refused(NOT_VALID)

    def test_signatures_that_are_none(self):
        public = self.provider.key.as_pem(private=False)
        for name, header, key in (
            ("no algorithm", {"alg": "none"}, None),
            ("the key of somebody else", {"alg": "RS256"}, self.provider.other_key),
            ("a key that is not published", {"alg": "RS256", "kid": "2"}, self.provider.other_key),
            ("the public key as a secret", {"alg": "HS256"}, public),
            ("the secret of the site", {"alg": "HS256"}, SECRET.encode()),
        ):
            with self.subTest(name):
                self.provider.header, self.provider.signs_with = header, key
                self.refused(NOT_VALID)

    def test_an_answer_counts_once_and_only_where_it_was_asked_for(self):
        back = self.begin()
        self.refused(NOT_VALID, lambda: self.client.get(re.sub("state=[^&]*", "state=made-up", back), follow=True))
        elsewhere = Client()
        with self.assertLogs("enforcement.accounts.provider", "WARNING"):
            self.assertContains(elsewhere.get(back, follow=True), NOT_VALID)
        self.client.get(back)
        self.assertEqual(self.is_in(), self.person)
        self.client.post(reverse("logout"))
        self.refused(NOT_VALID, lambda: self.client.get(back, follow=True))
        self.refused(NOT_VALID, lambda: self.client.get(BACK, follow=True))
        before = self.provider.asked_for.count("token")
        self.assertEqual(before, 1, "no code was tried without its state")

    def test_a_code_of_another_login_does_not_fit_its_proof(self):
        stolen = parse_qs(urlsplit(self.begin(client=Client())).query)["code"][0]
        back = re.sub("code=[^&]*", f"code={stolen}", self.begin())
        self.refused(NOT_VALID, lambda: self.client.get(back, follow=True))

    def test_another_issuer_in_the_metadata(self):
        self.provider.metadata = {"issuer": "https://evil.example"}
        self.refused(NOT_VALID, lambda: self.client.post(BEGIN, follow=True))

    def test_a_provider_that_is_away_is_a_sentence_on_the_login_page(self):
        away = "The single sign-on does not answer."
        back = self.begin("/account/")
        self.provider.statuses = {"openid-configuration": 503}
        self.refused(away, lambda: self.client.get(back, follow=True))
        self.refused(away, lambda: self.client.post(BEGIN, {"next": "/account/"}, follow=True))
        with override_settings(OIDC_ISSUER="http://127.0.0.1:9"):
            self.refused(away, lambda: self.client.post(BEGIN, follow=True))
            chinese = self.client.post(BEGIN, follow=True, headers={"accept-language": "zh-hans"})
        self.assertContains(chinese, "单点登录没有响应")
        self.assertContains(chinese, "稍后再试")

    def test_metadata_of_any_shape_is_no_error_of_ours(self):
        for told in ({"jwks_uri": None}, {"token_endpoint": 7}, {"jwks_uri": f"{self.provider.issuer}/elsewhere"}):
            with self.subTest(told):
                back = self.begin()
                self.provider.metadata = told
                self.refused("single sign-on", lambda back=back: self.client.get(back, follow=True))
                self.provider.metadata = {}

    def test_who_refuses_there_is_told_so(self):
        back = self.begin("/account/")
        refused = re.sub("code=[^&]*", "error=access_denied", back)
        page = self.client.get(refused, follow=True)
        self.assertContains(page, "The single sign-on was cancelled.")
        self.assertContains(page, 'value="/account/"')
        self.refused(NOT_VALID, lambda: self.client.get(BACK + "?error=<b>&error_description=x", follow=True))
