"""The application owns nothing: what it may do in its database, and what PostgreSQL refuses."""

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError
from django.db import ProgrammingError, connection, transaction
from django.test import TestCase

from cases.actions.signing import Verb, changing
from cases.history import seals
from cases.models import Case, HistorySeal
from cases.tests.builders import make_case
from cases.tests.owner import as_owner
from enforcement import rights
from enforcement.accounts.models import LoginEvent
from enforcement.apps import has_a_role_of_its_own, settle_rights

pytestmark = pytest.mark.skipif(not settings.EMBEDDED_POSTGRES, reason="DATABASE_URL names another server")
ALL, ADD, READ = {"SELECT", "INSERT", "UPDATE", "DELETE"}, {"SELECT", "INSERT"}, {"SELECT"}
REFUSED = [
    "UPDATE {} SET {} = {}",
    "DELETE FROM {}",
    "TRUNCATE {}",
    "ALTER TABLE {} DISABLE TRIGGER ALL",
    "ALTER TABLE {} ADD COLUMN x int",
    "DROP TABLE {}",
    "CREATE INDEX ON {} ({})",
    "CREATE RULE x AS ON INSERT TO {} DO INSTEAD NOTHING",
]
REFUSED_ALWAYS = [
    "INSERT INTO pghistory_context SELECT * FROM pghistory_context",
    "ALTER TABLE cases_case DISABLE TRIGGER ALL",
    "DROP TABLE cases_case",
    "TRUNCATE cases_case CASCADE",
    "CREATE TABLE x ()",
    "CREATE TEMPORARY TABLE cases_caseevent ()",  # it would be found before the real one
    "CREATE SCHEMA x",
    "CREATE FUNCTION x() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "ALTER FUNCTION _pgh_attach_context SECURITY INVOKER",
    "CREATE ROLE x",
    "SET SESSION session_replication_role = replica",
    "SET ROLE postgres",
    "COPY cases_case TO PROGRAM 'cat'",
    "SELECT pg_read_file('PG_VERSION')",
    "SELECT wait_for_writers('cases_case')",
    "DELETE FROM django_migrations",
]


class RightsTests(TestCase):
    def do(self, statement, *parameters):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else None

    def test_each_table_has_its_rights_and_those_of_the_history_only_grow(self):
        self.assertEqual(self.do("SELECT current_user"), [(rights.APPLICATION,)])
        names = connection.introspection.table_names()
        added_to = {*seals.tables_of_events(), HistorySeal._meta.db_table, LoginEvent._meta.db_table}
        self.assertLess(added_to, set(names))
        for name in names:
            has = {
                right
                for right in (*ALL, "TRUNCATE", "REFERENCES", "TRIGGER")
                if self.do("SELECT has_table_privilege(%s, %s)", name, right)[0][0]
            }
            should = READ if name in ("django_migrations", "pghistory_context") else ADD if name in added_to else ALL
            with self.subTest(name):
                self.assertEqual(has, should)

    def test_what_would_change_the_history_or_the_schema_is_refused(self):
        history = [*seals.tables_of_events(), HistorySeal._meta.db_table, "pghistory_context"]
        columns = {name: "pgh_id" if name.endswith(("event", "look")) else "id" for name in history}
        tried = [each.format(name, *[columns[name]] * 2) for name in history for each in REFUSED]
        for statement in [*tried, *REFUSED_ALWAYS]:
            with self.subTest(statement), self.assertRaises(Exception) as refused:
                self.do(statement)
            with self.subTest(statement):
                self.assertRegex(str(refused.exception), "permission denied|must be owner|has no events")

    def test_a_change_is_kept_whatever_its_session_asks_and_who_made_it_stays(self):
        case = make_case()
        events = apps.get_model("cases", "CaseEvent").objects
        names = [name for (name,) in self.do("SELECT tgname FROM pg_trigger WHERE tgrelid = 'cases_case'::regclass")]
        self.do("SELECT set_config('pgtrigger.ignore', %s, true)", "{" + ",".join(names) + "}")
        with changing(Verb.EDITED, "somebody") as change:
            Case.objects.filter(pk=case.pk).update(place="Hall")
            with changing(Verb.EDITED, "somebody", "A reason"):
                Case.objects.filter(pk=case.pk).update(place="Shed")
        self.assertEqual(events.filter(pgh_context=change.id, pgh_context__metadata__reason="A reason").count(), 2)
        with as_owner():
            self.do("UPDATE pghistory_context SET created_at = now() - interval '6 minutes'")
        self.do("SELECT set_config('pghistory.context_id', %s, true)", str(change.id))
        self.do("SELECT set_config('pghistory.context_metadata', '{\"name\": \"another\"}', true)")
        with self.assertRaisesRegex(Exception, "older than five minutes"):
            self.do("UPDATE cases_case SET place = 'Barn'")

    def test_a_role_that_could_become_the_owner_is_refused_and_a_new_table_is_not_forgotten(self):
        with as_owner():
            with transaction.atomic():
                self.do("CREATE TABLE x (id serial)")
                settle_rights("default")
                self.assertTrue(self.do("SELECT has_table_privilege(%s, 'x', 'UPDATE')", rights.APPLICATION)[0][0])
                self.do(f"GRANT postgres TO {rights.APPLICATION}")
                with self.assertRaisesRegex(CommandError, "can become their owner"):
                    settle_rights("default")
                transaction.set_rollback(True)
            with self.settings(APPLICATION_ROLE="nobody"), self.assertRaisesRegex(CommandError, "no role nobody"):
                settle_rights("default")
        with self.assertRaises(ProgrammingError):
            self.do("SELECT * FROM x")

    def test_check_deploy_says_where_the_application_owns_its_database(self):
        self.assertEqual(has_a_role_of_its_own(), [])
        with self.settings(APPLICATION_ROLE=""):
            self.assertEqual([found.id for found in has_a_role_of_its_own()], ["enforcement.W001"])
