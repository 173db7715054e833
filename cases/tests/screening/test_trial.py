"""Trial readings: whole, repeatable, with labels apart, and with nothing but their loads to tell a mine by."""

import csv
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow.parquet as pq
from django.core.management import CommandError, call_command
from django.test import SimpleTestCase

from cases.screening.trial.clock import SLOTS
from cases.screening.trial.kinds import KINDS, LOOKALIKES, OTHER_MINES, STEADY, counts_of


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def make_readings(folder, **options):
    out = StringIO()
    call_command("make_readings", out=folder, stdout=out, verbosity=0, **{"meters": 150, "days": 2, **options})
    return out.getvalue()


class TrialTests(SimpleTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name) / "trial"
        cls.said = make_readings(cls.folder, seed=3, mines=0.1, lookalikes=0.3)
        cls.table = pq.read_table(cls.folder / "readings")
        cls.labels = {row["meter"]: row["kind"] for row in rows_of(cls.folder / "labels.csv")}

    def test_the_readings_have_meter_time_and_kilowatts(self):
        self.assertEqual(self.table.column_names, ["meter", "at", "kw"])
        self.assertEqual(str(self.table.schema.field("at").type), "timestamp[ms, tz=Asia/Shanghai]")
        self.assertIn(f"{len(self.table):,} readings of 150 meters", self.said)
        whole = 2 * SLOTS * len(self.labels)
        self.assertTrue(0.9 * whole < len(self.table) < whole, "gaps, but few")

    def test_every_meter_has_a_label_and_the_mines_are_as_many_as_asked(self):
        read = set(self.table["meter"].unique().to_pylist())
        self.assertLessEqual(read, set(self.labels))
        self.assertGreater(len(read), 0.95 * len(self.labels), "few are silent for all of these days")
        kinds = list(self.labels.values())
        self.assertEqual(sum(kind.startswith("mine") for kind in kinds), 15)
        self.assertEqual(kinds.count(STEADY), 8)
        self.assertLessEqual({*OTHER_MINES, *LOOKALIKES}, {*kinds})

    def test_the_number_of_a_meter_does_not_tell_a_mine(self):
        places = np.flatnonzero([self.labels[meter].startswith("mine") for meter in sorted(self.labels)])
        self.assertTrue(0.35 < places.mean() / len(self.labels) < 0.65, places)

    def test_what_is_on_file_does_not_say_what_a_meter_is(self):
        for name in ("meters.csv", "feeders.csv", "temperature.csv"):
            self.assertNotIn("mine", (self.folder / name).read_text(encoding="utf-8"))
        on_file = rows_of(self.folder / "meters.csv")
        supplies = {row["supply_meter"] for row in rows_of(self.folder / "feeders.csv")} - {""}
        self.assertEqual({row["meter"] for row in on_file}, set(self.labels) - supplies)

    def test_a_steady_mine_is_flat_and_no_reading_is_like_another_by_design(self):
        mine = next(meter for meter, kind in self.labels.items() if kind == STEADY)
        kw = self.table.filter(np.array(self.table["meter"].to_pylist()) == mine)["kw"].to_numpy()
        self.assertGreater(np.median(kw) / kw.max(), 0.7)
        self.assertGreater(len(np.unique(kw)), 20)

    def test_one_seed_makes_the_same_files_and_another_seed_others(self):
        with TemporaryDirectory() as folder:
            made = {seed: Path(folder) / str(seed) for seed in (3, 4)}
            for seed, path in made.items():
                make_readings(path, seed=seed, mines=0.1, lookalikes=0.3)
            for path in sorted(self.folder.rglob("*.*")):
                name = path.relative_to(self.folder)
                with self.subTest(name):
                    self.assertEqual((made[3] / name).read_bytes(), path.read_bytes())
                    self.assertNotEqual((made[4] / name).read_bytes(), path.read_bytes())

    def test_a_folder_with_other_things_in_it_is_left_alone(self):
        with TemporaryDirectory() as folder:
            (Path(folder) / "mine.txt").write_text("keep", encoding="utf-8")
            for options in ({}, {"overwrite": True}):
                with self.assertRaisesMessage(CommandError, "is not empty"):
                    make_readings(Path(folder), **options)
            self.assertEqual([path.name for path in Path(folder).iterdir()], ["mine.txt"])

    def test_shares_and_counts_that_make_no_sense_are_refused(self):
        for wrong in ({"meters": 0}, {"days": 0}, {"mines": 1.2}, {"mines": 0.6, "lookalikes": 0.5}, {"seed": -1}):
            with self.subTest(wrong), TemporaryDirectory() as folder, self.assertRaises(CommandError):
                make_readings(Path(folder) / "new", **wrong)

    def test_ten_thousand_meters_have_a_hundred_mines_of_which_half_are_steady(self):
        counts = counts_of(10_000, mines=0.01, steady=0.5, lookalikes=0.08)
        self.assertEqual(sum(counts.values()) - counts["mine-unmetered"], 10_000)
        self.assertEqual(sum(count for name, count in counts.items() if name.startswith("mine")), 100)
        self.assertEqual(counts[STEADY], 50)
        self.assertEqual({counts[name] for name in LOOKALIKES}, {100})
        self.assertLessEqual(set(counts) - {"mine-unmetered"}, set(KINDS))
