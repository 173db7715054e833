"""The seals over the history."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from cases.actions.signing import Verb, changing
from cases.history import seals, tables
from cases.history import seals as seal
from cases.models import Case, HistorySeal, Raid
from cases.tests.builders import (
    make_case,
    make_raid,
)
from cases.tests.history.builders import made, raw, whole_case

pytestmark = pytest.mark.django_db


class TestSeal:
    def tampered(self, statement, *parameters):
        """What somebody does who owns the database."""
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(statement, parameters)
            cursor.execute("SET LOCAL session_replication_role = origin")

    def test_an_untouched_history_agrees_in_every_time_zone(self, region, monkeypatch):
        monkeypatch.setattr(seal, "EVENTS_A_SEAL", 3)
        whole_case(region)
        with changing(Verb.EDITED, "somebody", "A reason"):
            Case.objects.update(place="Hall")
        sealed = seals.seal_up(timedelta(0) - timedelta(minutes=1))
        assert sealed["cases_caseevent"] == 2
        assert sealed["regions_agencyevent"] == 4
        assert seals.seal_up(-timedelta(minutes=1)) == dict.fromkeys(sealed, 0)
        raw("SET LOCAL TimeZone = 'Asia/Shanghai'")
        assert seals.check() == []

    def test_what_is_young_is_left_for_later(self, region):
        make_case(region=region)
        assert set(seals.seal_up().values()) == {0}

    @pytest.mark.parametrize(
        ("statement", "what"),
        [
            ("UPDATE cases_raidevent SET place = 'x' WHERE pgh_id = %s", "changed"),
            ("DELETE FROM cases_raidevent WHERE pgh_id = %s", "missing"),
        ],
    )
    def test_a_row_that_was_changed_or_removed_is_named(self, region, statement, what):
        case = make_case(region=region)
        for _each in range(3):
            make_raid(case)
        seals.seal_up(-timedelta(minutes=1))
        second = tables.tables()[Raid].objects.order_by("pgh_id")[1].pgh_id
        self.tampered(statement, second)
        assert seals.check() == [("cases_raidevent", second, what)]
        with pytest.raises(CommandError, match="in 1 places"):
            call_command("seal_history", check=True, stderr=StringIO(), stdout=StringIO())

    def test_a_seal_and_who_it_was_are_guarded_too(self, region):
        made(lambda: make_case(region=region), "somebody")
        seals.seal_up(-timedelta(minutes=1))
        raw('UPDATE pghistory_context SET metadata = metadata || \'{"name": "another"}\'')
        ((table, _pgh_id, what),) = seals.check()
        assert (table, what) == ("cases_caseevent", "changed")
        HistorySeal.objects.filter(table="cases_caseevent").update(digests={})
        assert ("cases_caseevent", None, "seal") in seals.check()

    def test_the_command_says_what_it_did(self, region):
        make_case(region=region)
        said = StringIO()
        call_command("seal_history", minutes=-1, stdout=said)
        assert "cases_caseevent: 1" in said.getvalue()
        call_command("seal_history", check=True, stdout=said)
        assert "The history agrees with its seals." in said.getvalue()
        assert said.getvalue().count(seals.head()) == 2
