"""Accounts, and what the office arranges, are in the history too: kept by the database, shown to who makes accounts."""

from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.test import TestCase
from django.urls import reverse

from cases.actions.signing import Verb, changing
from cases.history import sense, tables, undo
from cases.models import FactorSet, Import, SavedView
from cases.tests.owner import as_owner
from enforcement import roles
from enforcement.accounts.models import Account, AccountRole
from regions.models import OF_THE_OFFICE, Scope
from regions.operations import history_begins
from regions.tests.builders import make_person, make_region


class OfficeHistoryTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        roles.sync()
        cls.person, cls.region = make_person(username="officer"), make_region(name_en="Inner Mongolia")
        cls.registrar = make_person(username="registrar")
        cls.registrar.groups.add(Group.objects.get(name="Registrar"))
        cls.registrar.is_staff = True
        cls.registrar.save()

    def kept(self, model):
        return tables.all_tables()[model].objects.order_by("pgh_id")

    def page(self, reader, row):
        self.client.force_login(reader)
        return self.client.get(reverse(f"admin:{row._meta.label_lower.replace('.', '_')}_history", args=[row.pk]))

    def test_what_became_of_an_account_is_told_to_a_registrar_and_to_nobody_else(self):
        group = Group.objects.get(name="Analyst")
        with changing(Verb.EDITED, "somebody", "A new colleague"):
            self.person.groups.add(group)
            scope = Scope.objects.create(user=self.person, region=self.region)
            self.person.email = "officer@example.org"
            self.person.save()
        with changing(Verb.EDITED, "somebody", "Another office"):
            scope.delete()
        page = self.page(self.registrar, self.person)
        for told in ("A new colleague", "Another office", "Analyst", "Inner Mongolia", "officer@example.org"):
            self.assertContains(page, told)
        self.assertEqual([event.pgh_label for event in self.kept(Scope)], ["insert", "delete"])
        staff = make_person("view_case", username="staff", is_staff=True)
        self.assertEqual(self.page(staff, self.person).status_code, 403)

    def test_passwords_secrets_and_logins_are_no_part_of_it(self):
        before = self.kept(Account).count()
        self.person.set_password("a-long-word-of-theirs")
        self.person.save()
        self.client.force_login(self.person)
        self.assertEqual(self.kept(Account).count(), before)
        view = SavedView.objects.create(slug="a", name="A", owner=self.person)
        SavedView.objects.filter(pk=view.pk).update(feed_digest="d" * 64)
        SavedView.objects.filter(pk=view.pk).update(shared=True)
        self.assertEqual([event.pgh_label for event in self.kept(SavedView)], ["insert", "update"])
        hidden = {"password", "last_login", "feed_digest", "report"}
        for model in OF_THE_OFFICE:
            self.assertFalse(hidden & {field.name for field in tables.kept_fields(model)}, model)
        self.assertContains(self.page(self.registrar, view), "Kept by the database")

    def test_it_is_kept_and_sealed_but_not_undone_with_what_an_import_brought(self):
        with changing(Verb.IMPORTED, "somebody") as change:
            row = Import.objects.create(by=self.person, file="ab/ab", file_name="a.csv", sha256="a" * 64, state="done")
            FactorSet.objects.create(number=1)
        self.assertEqual(self.kept(Import).get().state, "done")
        self.assertEqual(self.kept(FactorSet).get().pgh_context_id, change.id)
        self.assertIn("accounts_accountroleevent", tables.tables_of_events())
        self.assertNotIn(Import, tables.tables())
        self.assertFalse(undo._written(str(change.id)))
        self.assertContains(self.page(self.registrar, row), "Kept by the database")

    def test_rows_of_before_there_was_a_history_are_its_beginning(self):
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for model in (Account, AccountRole):
                cursor.execute(f"DELETE FROM {tables.all_tables()[model]._meta.db_table}")  # noqa: S608
            cursor.execute("SET LOCAL session_replication_role = origin")
        self.person.is_active = False
        self.person.save()
        self.assertIn("accounts_accountevent", {table for table, _pgh_id in sense.unexplained()})
        with as_owner(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("DELETE FROM accounts_accountevent")
            cursor.execute("SET LOCAL session_replication_role = origin")
        with as_owner(), connection.schema_editor() as editor:
            history_begins("accounts.Account", "accounts.AccountRole").code(apps, editor)
        self.person.is_active = True
        self.person.save()
        self.assertEqual(sense.unexplained(), [])
