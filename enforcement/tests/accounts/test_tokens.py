"""Tokens of the API: made and revoked by their owner, kept as digests, good for reading only."""

from datetime import timedelta
from importlib import import_module
from io import StringIO

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone
from rest_framework.exceptions import PermissionDenied
from rest_framework.test import APIRequestFactory

from cases.tests.owner import as_owner
from enforcement import roles
from enforcement.accounts import tokens
from enforcement.accounts.models import ApiToken
from regions.tests.builders import make_person


class TokenTests(TestCase):
    def setUp(self):
        roles.sync()
        self.person = make_person(username="analyst")
        self.person.groups.add(Group.objects.get(name="Analyst"))
        self.client.force_login(self.person)

    def page(self):
        return self.client.get(reverse("account"))

    def make(self, name="nightly", days=30):
        return self.client.post(reverse("account-token"), {"name": name, "days": days})

    def ask(self, token, method="get", path="/api/v1/cases/"):
        return getattr(Client(), method)(path, headers={"Authorization": f"Token {token}"})

    def test_a_token_is_shown_once_and_only_its_digest_is_kept(self):
        page = self.make()
        token = page.context["made"]
        self.assertContains(page, token)
        self.assertEqual(page["Cache-Control"], "private, no-store")
        self.assertNotContains(self.page(), token)
        self.assertContains(self.page(), f"…{token[-4:]}")
        row = ApiToken.objects.values().get()
        self.assertNotIn(token, str(row))
        self.assertEqual(self.ask(token).status_code, 200)

    def test_the_day_of_its_last_use_is_kept_and_written_once_a_day(self):
        self.assertContains(self.page(), "Make a token")
        token = self.make().context["made"]
        self.assertContains(self.page(), "never used")
        self.ask(token)
        self.assertEqual(ApiToken.objects.get().used_on, timezone.localdate())
        self.assertContains(self.page(), "last used on")
        with self.assertNumQueries(1):
            tokens.ReadingToken().authenticate_credentials(token)

    def test_it_changes_nothing_anywhere(self):
        token = self.make().context["made"]
        for method in ("post", "put", "patch", "delete"):
            self.assertEqual(self.ask(token, method).status_code, 405, method)
            request = getattr(APIRequestFactory(), method)("/", headers={"Authorization": f"Token {token}"})
            with self.assertRaisesRegex(PermissionDenied, "only reads"):
                tokens.ReadingToken().authenticate(request)
        self.assertEqual(self.ask(token, "get", reverse("account")).status_code, 302)

    def test_it_expires_is_revoked_and_ends_with_the_account(self):
        first, second, third = (self.make(name).context["made"] for name in ("a", "b", "c"))
        ApiToken.objects.filter(name="a").update(expires_at=timezone.now() - timedelta(seconds=1))
        self.assertContains(self.ask(first), "has expired", status_code=401)
        self.assertContains(self.page(), "expired")
        self.client.post(reverse("account-token-revoke", args=[ApiToken.objects.get(name="b").pk]))
        self.assertEqual(self.ask(second).status_code, 401)
        self.person.is_active = False
        self.person.save()
        self.assertEqual(self.ask(third).status_code, 401)
        self.person.is_active = True
        self.person.save()
        self.assertEqual(self.ask(third).status_code, 401)
        self.assertFalse(ApiToken.objects.exists())

    def test_names_and_numbers_have_limits_and_mistakes_come_back(self):
        self.make()
        self.assertContains(self.make(), "You have a token with this name.", status_code=400)
        self.assertEqual(self.make("x", days=36500).status_code, 400)
        self.assertEqual(self.make("").status_code, 400)
        for number in range(tokens.MOST - 1):
            self.make(f"n{number}")
        self.assertContains(self.make("more"), "ten tokens", status_code=400)

    def test_nobody_revokes_the_token_of_another_and_a_role_without_tokens_makes_none(self):
        self.make()
        reader = make_person(username="reader")
        reader.groups.add(Group.objects.get(name="Reader"))
        self.client.force_login(reader)
        revoke = reverse("account-token-revoke", args=[ApiToken.objects.get().pk])
        self.assertEqual(self.client.post(revoke).status_code, 404)
        self.assertEqual(self.make().status_code, 403)
        for address in (revoke, reverse("account-token")):
            self.assertEqual(self.client.get(address).status_code, 405)
            self.assertEqual(Client().post(address).status_code, 302)

    def test_the_command_prints_one(self):
        told = StringIO()
        call_command("make_token", "analyst", days=5, stdout=told)
        self.assertEqual(self.ask(told.getvalue().strip()).status_code, 200)
        for arguments, said in [(["nobody"], "no active account"), (["analyst"], "choose another name")]:
            with self.assertRaisesRegex(CommandError, said):
                call_command("make_token", *arguments)

    def test_tokens_of_before_keep_working_and_are_marked_as_old(self):
        kind = ContentType.objects.get(app_label="accounts", model="apitoken")
        Permission.objects.filter(content_type=kind, codename="add_apitoken").update(codename="add_token")
        ContentType.objects.filter(pk=kind.pk).update(app_label="authtoken", model="token")
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("CREATE TABLE authtoken_token (key varchar(40), user_id int, created timestamptz)")
            cursor.execute("INSERT INTO authtoken_token VALUES (%s, %s, now())", ["k" * 40, self.person.pk])
            with connection.schema_editor() as editor:
                import_module("enforcement.accounts.migrations.0002_api_tokens").take_over(apps, editor)
        self.assertEqual(self.ask("k" * 40).status_code, 200)
        self.assertContains(self.page(), "old, without an end")
        self.assertNotIn("authtoken_token", connection.introspection.table_names())
        self.assertTrue(self.person.has_perm("accounts.add_apitoken"))
