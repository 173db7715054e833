"""Keys and references count nothing: no gap tells how many rows are hidden."""

import threading
import time
from itertools import pairwise

from django.apps import apps
from django.db import connection, connections
from django.db.models import BigAutoField
from django.test import TestCase

from cases.models import Raid
from cases.tests.builders import make_case, make_raid
from regions.grammar.keys import UNMISTAKABLE, new_keys, unguessable

# Everybody sees all rows of these, or nobody sees their keys.
MAY_COUNT = {
    "Factor", "FactorSet", "GridArea", "GridArea_regions", "HistorySeal", "Indicator", "Policy", "Policy_issuers",
    "Position", "Provision", "Reading", "Region", "Rig", "SavingsClaim", "Scope", "ScreenedMeter",
    "WeightSet",
}  # fmt: skip


def _is_event(model):
    return hasattr(model, "pgh_obj") or model.__name__.endswith("Event")


class KeyTests(TestCase):
    def test_every_table_that_may_hide_rows_has_moments_for_keys(self):
        counting = set()
        for model in [*apps.get_app_config("cases").get_models(True), *apps.get_app_config("regions").get_models(True)]:
            if not isinstance(model._meta.pk, BigAutoField) or _is_event(model) or model._meta.proxy:
                continue
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT column_default FROM information_schema.columns"
                    " WHERE table_name = %s AND column_name = 'id'",
                    [model._meta.db_table],
                )
                (default,) = cursor.fetchone()
            if not (default or "").startswith("next_moment("):
                counting.add(model.__name__)
        self.assertEqual(counting, MAY_COUNT)

    def test_a_key_is_the_moment_in_which_its_row_was_made(self):
        case = make_case()
        before = time.time_ns() // 1000
        first, second = make_raid(case), make_raid(case)
        self.assertLess(before, first.pk)
        self.assertLess(first.pk + 1, second.pk)
        self.assertLess(second.pk, time.time_ns() // 1000)
        self.assertLess(second.pk, 2**53)

    def test_rows_of_one_statement_keep_their_order(self):
        case = make_case()
        made = Raid.objects.bulk_create([Raid(case=case, note=str(number)) for number in range(300)])
        self.assertEqual([raid.note for raid in sorted(made, key=lambda raid: raid.pk)], [raid.note for raid in made])
        self.assertEqual(len({raid.pk for raid in made}), 300)

    def test_no_two_sessions_get_the_same_key(self):
        found = []

        def work():
            try:
                for _time in range(20):
                    found.extend(new_keys(Raid, 100))
            finally:
                connections.close_all()

        workers = [threading.Thread(target=work) for _worker in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.assertEqual((len(found), len(set(found))), (8_000, 8_000))

    def test_thousands_of_keys_are_moments_of_the_past_and_do_not_count_their_rows(self):
        before = new_keys(Raid, 1)[0]
        time.sleep(0.02)
        keys = new_keys(Raid, 1_000)
        now = time.time_ns() // 1000
        self.assertEqual((len(keys), keys), (1_000, sorted(set(keys))))
        self.assertTrue(before < keys[0] and keys[-1] <= now < make_raid(make_case()).pk)
        self.assertGreater(len({later - key for key, later in pairwise(keys)}), 3)
        self.assertEqual(new_keys(Raid, 0), [])

    def test_a_key_asked_for_in_vain_keeps_nobody_waiting(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 'cases_raid_id_seq'::regclass::oid::bigint")
            (name,) = cursor.fetchone()
            cursor.execute("SELECT next_moment('cases_raid_id_seq')")
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s", [name])
            self.assertEqual(cursor.fetchone(), (0,))

    def test_an_ending_is_never_that_of_another(self):
        taken = {unguessable("a", ()) for _time in range(200)}
        self.assertNotIn(unguessable("a", taken), taken)
        self.assertTrue(all(set(name.removeprefix("a-")) <= set(UNMISTAKABLE) for name in taken))
