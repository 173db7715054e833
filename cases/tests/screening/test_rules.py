"""What the rules and marks make of loads of one shape; and old runs stay readable when the rules change."""

from dataclasses import dataclass, field

import ibis
import numpy as np
import pyarrow as pa
from django.test import SimpleTestCase
from django.utils import translation

from cases.screening import features, feeders
from cases.screening.on_file import OnFile
from cases.screening.reasons import reasons_of
from cases.screening.rules import MARKS, RULES
from cases.screening.score import feeder_findings_of, findings_of, meters_of
from cases.screening.words import NAMES

DAYS, SLOTS = 50, 96
HOUR = np.arange(DAYS * SLOTS) % SLOTS / 4
DAY = np.arange(DAYS * SLOTS) // SLOTS
# The rules and marks of version 1, which stored runs have points of.
FIRST_VERSION = {
    "flat", "peers", "unlike", "larger", "load", "days", "peak", "night", "begun", "heat",
    "cooling", "business", "wave", "lamps", "small", "unit", "stuck",
}  # fmt: skip


def flat_load(chance, kw):
    return kw * (1 + 0.006 * chance.standard_normal(DAYS * SLOTS))


def with_restarts(chance, load, days, left):
    """For a quarter of an hour on some days, `left` of the load."""
    load = load.copy()
    for day in chance.choice(DAYS, days, replace=False):
        load[day * SLOTS + chance.integers(SLOTS)] *= left
    return load


def load_of_works(chance, kw):
    """Never off; machines come and go within hours."""
    knots = chance.standard_normal(DAYS * 12 + 2) * 0.1
    return kw * (1 + np.interp(np.arange(DAYS * SLOTS) / 8, np.arange(len(knots)), knots))


def shop_load(chance):
    return (1 + 5 * ((HOUR > 8) & (HOUR < 20))) * chance.lognormal(0, 0.25, DAYS * SLOTS)


def screened_loads(loads, classes):
    """{meter: Suspect}, as a run finds them."""
    con = ibis.duckdb.connect()
    rows = pa.table(
        {
            "meter": np.repeat(list(loads), DAYS * SLOTS),
            "second": np.tile(np.arange(DAYS * SLOTS, dtype=np.int64) * 900, len(loads)),
            "kw": np.concatenate(list(loads.values())),
        }
    )
    con.con.register("readings", rows)
    readings = con.table("readings")
    days = con.create_table("days", features.days_of(readings))
    plateaus = features.plateaus_of(features.steps_of(readings, features.tops_of(days)))
    found = con.to_pyarrow(
        features.shapes_of_meters(days, plateaus, features.hours_of(readings, plateaus), temperature=None)
    )
    on_file = OnFile({meter: {"meter": meter, "class": classes[meter]} for meter in loads})
    return {suspect.meter: suspect for suspect in findings_of(*meters_of(found, on_file), on_file)}


class LoadTests(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        chance = np.random.default_rng(7)
        cls.loads = {f"shop {number}": shop_load(chance) for number in range(30)} | {
            "mine": with_restarts(chance, flat_load(chance, 40), 6, 0.5),
            "servers": flat_load(chance, 40),
            "works": load_of_works(chance, 40),
            "mine as data centre": with_restarts(chance, flat_load(chance, 8), 6, 0.5),
            "data centre": flat_load(chance, 8),
            "pump": with_restarts(chance, flat_load(chance, 8), 6, 0.01),
            "mine as pump": with_restarts(chance, flat_load(chance, 8), 6, 0.5),
            "pump of a farm": with_restarts(chance, flat_load(chance, 8), 6, 0.1),
            "shop that stops": with_restarts(chance, flat_load(chance, 8), 6, 0.1),
            "hotel": (3 + shop_load(chance) / 2),
            "family": (3 + shop_load(chance) / 2),
            **{f"house {number}": shop_load(chance) for number in range(20)},
        }
        classes = dict.fromkeys(cls.loads, "shop") | {
            "mine as data centre": "data centre", "data centre": "data centre",
            "pump": "pumping", "mine as pump": "pumping", "pump of a farm": "farm", "family": "household",
            **{f"house {number}": "household" for number in range(20)},
        }  # fmt: skip
        cls.found = screened_loads(cls.loads, classes)

    def test_rigs_restart_and_servers_on_batteries_do_not(self):
        mine, servers = self.found["mine"], self.found["servers"]
        self.assertEqual((mine.parts.get("restarts"), mine.parts.get("unbroken")), (12, None))
        self.assertIn("On 6 of 50 days part of the load fell and came back", " ".join(mine.reasons))
        self.assertEqual((servers.parts.get("restarts"), servers.parts.get("unbroken")), (None, -110))
        self.assertIn("On none of 50 days did part of the load fall and come back", servers.reasons[-1])
        self.assertGreater(mine.points, 80)
        self.assertLess(servers.points, 5)

    def test_a_pump_stops_as_a_whole(self):
        parts = [
            self.found[name].parts.get("unbroken") for name in ("pump of a farm", "shop that stops", "mine as pump")
        ]
        self.assertEqual(parts, [-110, None, None])

    def test_a_high_base_load_that_is_not_flat_counts_in_families_and_not_in_trades(self):
        family, hotel = self.found["family"], self.found["hotel"]
        self.assertGreater(family.parts["peers"], 5)
        self.assertNotIn("peers", hotel.parts)

    def test_works_move_at_all_hours_and_a_mine_does_not(self):
        self.assertLess(self.found["works"].parts["restless"], -50)
        self.assertRegex(self.found["works"].reasons[-1], r"moves by \d+\.\d% more than its usual day")
        self.assertNotIn("restless", self.found["mine"].parts)

    def test_a_class_explains_a_flat_load_less_if_it_restarts(self):
        for honest, mine in (("data centre", "mine as data centre"), ("pump", "mine as pump")):
            with self.subTest(honest):
                self.assertLess(self.found[honest].parts["business"], self.found[mine].parts["business"] - 10)
                self.assertLess(self.found[honest].points, self.found[mine].points - 20)

    def test_each_reason_is_said_in_both_languages(self):
        for meter in ("mine", "servers", "works"):
            with self.subTest(meter):
                english = self.found[meter].reasons
                with translation.override("zh-hans"):
                    chinese = self.found[meter].reasons
                for said, in_chinese in zip(english, chinese, strict=True):
                    self.assertNotEqual(said, in_chinese)


@dataclass
class Stored:
    """A meter of a run of version 1, as the database has it."""

    parts: dict
    figures: dict
    tariff_class: str = "shop"
    feeder: str = "F1"
    reasons: list = field(default_factory=list)


class OldRunTests(SimpleTestCase):
    def test_the_rules_of_the_first_version_still_have_names_and_sentences(self):
        self.assertLessEqual(FIRST_VERSION, set(RULES) | set(MARKS))
        self.assertEqual(set(NAMES), set(RULES) | set(MARKS) | {"feeder"})
        stored = Stored(dict.fromkeys([*FIRST_VERSION, "feeder"], 5.0), {"base_share": 0.98, "unchanged_days": 40.0})
        said = [reason.text for reason in reasons_of(stored)]
        self.assertEqual(len(said), len(FIRST_VERSION) + 1)
        self.assertIn("The register is stuck: 40 days without any change. A fault, not a load.", said)


class LossTests(SimpleTestCase):
    """Feeders whose customers take between 60 and 140 kW, with what is missing on each."""

    def findings(self, **missing):
        chance = np.random.default_rng(3)
        metered = 100 + 40 * np.sin((HOUR - 12) / 24 * 2 * np.pi) + chance.standard_normal(DAYS * SLOTS)
        tables = []
        for feeder, kw in missing.items():
            gap = 0.01 * metered + 0.02 * metered**2 / metered.mean() + kw + 0.2 * chance.standard_normal(len(metered))
            rows = {"second": np.arange(DAYS * SLOTS, dtype=np.int64) * 900, "supplied": metered + gap}
            tables.append(pa.table({"feeder": [feeder] * len(metered), **rows, "metered": metered, "gap": gap}))
        con = ibis.duckdb.connect()
        con.con.register("gaps", pa.concat_tables(tables))
        gaps = con.table("gaps").mutate(customers=20)
        losses = con.to_pyarrow(feeders.losses_of(gaps))
        found = feeder_findings_of(losses, {f"{feeder}-top": feeder for feeder in missing})
        return {suspect.feeder: suspect for suspect in found}

    def test_what_is_missing_at_every_hour_is_suspicious_and_what_comes_and_goes_is_not(self):
        by_night = 20.0 * ((HOUR < 6) | (HOUR > 19))
        knots = np.random.default_rng(5).standard_normal(200)
        wandering = 8 + 6 * np.interp(np.arange(DAYS * SLOTS) / 40, np.arange(200), knots)
        found = self.findings(mine=8.0, nothing=0.0, lamps=by_night, customer=wandering)
        self.assertGreater(found["mine"].points, 55)
        self.assertAlmostEqual(found["mine"].kw, 8, delta=1)
        for honest in ("nothing", "lamps"):
            with self.subTest(honest):
                self.assertLess(found[honest].points, 5)
        self.assertLess(found["customer"].points, 20)
