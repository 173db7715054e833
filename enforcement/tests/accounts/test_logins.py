"""The log of logins: what it keeps, who reads it, that nobody changes it, and when it forgets."""

from datetime import timedelta
from io import StringIO

from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import ProgrammingError, connection, transaction
from django.test import Client, TestCase, override_settings
from django.urls import reverse
from django.utils import timezone
from django_otp.oath import totp

from cases.leads import limits
from cases.tests.owner import as_owner
from enforcement import roles
from enforcement.accounts import logins, second_factor
from enforcement.accounts.models import LoginEvent, SecondFactor
from enforcement.management.commands import purge_logins
from regions.tests.builders import make_person

PASSWORD = "correct horse battery"


class LoginLogTests(TestCase):
    def setUp(self):
        limits.begin_anew()
        self.person = make_person(username="officer", password=PASSWORD)

    def log_in(self, password=PASSWORD, name="officer"):
        return self.client.post(reverse("login"), {"username": name, "password": password})

    def kept(self):
        """What is kept of the account, the oldest first."""
        return [(event.step, event.way) for event in self.person.login_events.order_by("pk")]

    def test_logins_refusals_and_logouts_are_kept_with_their_way(self):
        self.log_in("wrong")
        self.log_in()
        self.client.post(reverse("logout"))
        self.client.post(reverse("logout"))
        self.assertEqual(self.kept(), [("refused", "password"), ("in", "password"), ("out", "")])

    def test_a_second_factor_counts_when_it_is_given(self):
        key = b"k" * 20
        second_factor.turn_on(self.person, key, f"{totp(key):06}")
        self.log_in()
        self.assertEqual(self.kept(), [])
        self.client.post(reverse("login-code"), {"code": "000000x"})
        self.client.post(reverse("login-code"), {"credential": "{}"})
        SecondFactor.objects.update(wait_until=None)
        self.client.post(reverse("login-code"), {"code": f"{totp(key, drift=1):06}"})
        self.assertEqual(self.kept(), [("refused", "code"), ("refused", "passkey"), ("in", "code")])

    def test_names_of_nobody_addresses_and_browsers_are_not_kept(self):
        self.log_in(name="a name that nobody has")
        self.assertEqual(LoginEvent.objects.count(), 0)
        kept = {field.name for field in LoginEvent._meta.concrete_fields}
        self.assertEqual(kept, {"id", "user", "at", "step", "way"})

    def test_guessing_does_not_fill_it(self):
        for _try in range(70):
            logins.note_refusal(self.person, "password")
        self.assertEqual(LoginEvent.objects.count(), 60)

    def test_the_owner_sees_theirs_and_a_registrar_everybodys(self):
        roles.sync()
        make_person(username="other", password=PASSWORD)
        self.log_in("wrong")
        self.log_in()
        self.assertContains(self.client.get(reverse("account")), "Refused · password")
        other = Client()
        other.post(reverse("login"), {"username": "other", "password": PASSWORD})
        self.assertNotContains(other.get(reverse("account")), "Refused")
        address = reverse("admin:auth_user_logins", args=[self.person.pk])
        self.assertEqual(other.get(address).status_code, 302)
        registrar = make_person(username="registrar", is_staff=True)
        self.client.force_login(registrar)
        self.assertEqual(self.client.get(address).status_code, 403)
        registrar.groups.add(Group.objects.get(name="Registrar"))
        self.assertContains(self.client.get(address), "Refused · password")
        self.assertContains(self.client.get(reverse("admin:auth_user_change", args=[self.person.pk])), address)
        self.assertEqual(self.client.get(reverse("admin:auth_user_logins", args=[0])).status_code, 404)

    def test_it_stays_when_the_account_is_deleted(self):
        self.log_in()
        self.person.delete()
        self.assertEqual(LoginEvent.objects.count(), 1)

    def test_the_application_only_adds(self):
        self.log_in()
        for forbidden in (LoginEvent.objects.all().delete, lambda: LoginEvent.objects.update(way="code")):
            with self.assertRaisesMessage(ProgrammingError, "permission denied"), transaction.atomic():
                forbidden()
        with connection.cursor() as cursor:
            cursor.execute("SELECT forget_logins(-1)")
        self.assertEqual(LoginEvent.objects.count(), 1, "it forgets nothing younger than a month")

    @override_settings(LOGINS_DAYS=40)
    def test_what_is_old_is_forgotten(self):
        self.log_in("wrong")
        self.log_in()
        with as_owner():
            LoginEvent.objects.filter(step="refused").update(at=timezone.now() - timedelta(days=41))
        said = StringIO()
        call_command(purge_logins.Command(), dry_run=True, stdout=said)
        self.assertEqual(len(self.kept()), 2)
        call_command(purge_logins.Command(), stdout=said)
        self.assertEqual(self.kept(), [("in", "password")])
        self.assertIn("Would delete 1 logins.\nDeleted 1 logins, older than 40 days.", said.getvalue())
