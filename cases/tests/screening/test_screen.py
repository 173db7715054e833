"""From files as offices keep them to a ranking; and what is wrong with a file is said, not guessed."""

import csv
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from django.core.management import CommandError, call_command
from django.test import TestCase

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAYS = 10


def loads():
    """{meter: kW of each quarter hour}: thirty shops that close at night, and one flat load."""
    chance = np.random.default_rng(1)
    hour = np.arange(DAYS * 96) % 96 / 4
    shops = {
        f"S{number:03}": (1 + 5 * ((hour > 8) & (hour < 20))) * chance.lognormal(0, 0.25, len(hour))
        for number in range(30)
    }
    return {**shops, "M001": 40 * (1 + 0.01 * chance.standard_normal(len(hour)))}


LOADS = loads()
TIMES = [datetime(2026, 6, 1, tzinfo=SHANGHAI) + timedelta(minutes=15 * slot) for slot in range(DAYS * 96)]


def long_rows(written="%Y-%m-%d %H:%M", meters=LOADS, scale=1.0):
    return [
        (meter, at.strftime(written), f"{kw * scale:.4f}")
        for meter in meters
        for at, kw in zip(TIMES, LOADS[meter], strict=True)
    ]


class ScreenTests(TestCase):
    def setUp(self):
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, rows, head=("meter", "at", "kw"), name="readings.csv", encoding="utf-8"):
        path = self.folder / name
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file).writerows([head, *rows])
        return path

    def screen(self, *paths, **options):
        self.out = StringIO()
        ranking = self.folder / "ranking.csv"
        options = {"time_zone": "Asia/Shanghai", "verbosity": 0, **options}
        call_command("screen", *paths, out=ranking, stdout=self.out, **options)
        with ranking.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            self.assertEqual(reader.fieldnames[0], "meter")
            return list(reader)

    def test_the_flat_load_is_first_with_reasons_and_a_range_of_rigs(self):
        first, second, *_others = rows = self.screen(self.write(long_rows()))
        self.assertEqual((first["meter"], len(rows)), ("M001", 31))
        self.assertGreater(float(first["points"]), float(second["points"]) + 30)
        self.assertAlmostEqual(float(first["kw"]), 39, delta=1.5)
        self.assertIn("The same by day and night: base load 0.98 of the mean", first["reasons"])
        self.assertIn("of 31 comparable meters 96.8% lie under it", first["reasons"])
        self.assertAlmostEqual(float(first["kwh_a_year"]), float(first["kw"]) * 8766, delta=100)

    def test_each_way_to_keep_readings_gives_the_same_points(self):
        expected = [(row["meter"], row["points"], row["kw"]) for row in self.screen(self.write(long_rows()))]
        wide = [
            (
                meter,
                TIMES[day * 96].strftime("%Y/%m/%d"),
                *(f"{kw:.4f}" for kw in LOADS[meter][day * 96 : day * 96 + 96]),
            )
            for meter in LOADS
            for day in range(DAYS)
        ]
        clock = [f"{slot // 4:02}:{slot % 4 * 15:02}" for slot in range(96)]
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        sheet.append(["户号", "日期", *clock])
        for row in wide:
            sheet.append([row[0], row[1], *map(float, row[2:])])
        book.save(self.folder / "wide.xlsx")
        parquet = {
            "meter": [meter for meter in LOADS for _at in TIMES],
            "at": pa.array([at for _meter in LOADS for at in TIMES], pa.timestamp("ms", "Asia/Shanghai")),
            "kw": [round(float(kw), 4) for values in LOADS.values() for kw in values],
        }
        pq.write_table(pa.table(parquet), self.folder / "long.parquet")
        ways = {
            "Chinese dates, GB18030": (
                self.write(long_rows("%Y年%m月%d日 %H:%M"), ("表号", "时间", "功率"), "zh.csv", "gb18030"),
                {},
            ),
            "the offset in each time": (self.write(long_rows("%Y-%m-%dT%H:%M:%S%z"), name="offset.csv"), {}),
            "kWh of each quarter hour": (self.write(long_rows(scale=0.25), ("meter", "at", "kWh"), "kwh.csv"), {}),
            "96 columns": (self.write(wide, ("meter", "date", *clock), "wide.csv"), {"unit": "kw"}),
            "96 numbered columns": (
                self.write(wide, ("meter", "date", *(f"P{n}" for n in range(1, 97))), "p.csv"),
                {"unit": "kw"},
            ),
            "a workbook": (self.folder / "wide.xlsx", {"unit": "kw"}),
            "Parquet": (self.folder / "long.parquet", {"time_zone": None}),
        }
        for name, (path, options) in ways.items():
            with self.subTest(name):
                rows = [(row["meter"], row["points"], row["kw"]) for row in self.screen(path, **options)]
                self.assertEqual([row[0] for row in rows[:1]], ["M001"])
                for found, wanted in zip(sorted(rows), sorted(expected), strict=True):
                    self.assertAlmostEqual(float(found[1]), float(wanted[1]), delta=0.2)
                    self.assertAlmostEqual(float(found[2]), float(wanted[2]), delta=0.02)

    def test_what_a_file_leaves_open_or_has_wrong_is_said_in_one_line(self):
        few = long_rows(meters=["M001"])[:300]
        (self.folder / "nul.csv").write_bytes(b"meter,at,kw\nA,2026-01-01 00:00,\x00\n")
        (self.folder / "empty.csv").write_bytes(b"")
        (self.folder / "no.parquet").write_bytes(b"nothing")
        (self.folder / "no.xlsx").write_bytes(b"nothing")
        for name, path, options, message in [
            (
                "no time zone",
                self.write(few),
                {"time_zone": None},
                "have no time zone (“2026-06-01 00:00”). Say --time-zone",
            ),
            ("no such zone", self.write(few), {"time_zone": "Mars/Olympus"}, "There is no time zone “Mars/Olympus”"),
            (
                "day or month",
                self.write([("A", "01/02/2026 00:15", "1")], name="d.csv"),
                {},
                "line 2: “01/02/2026 00:15” may begin with",
            ),
            ("no unit", self.write(few, ("meter", "at", "value"), "u.csv"), {}, "Say --unit kw or --unit kwh"),
            ("no meter", self.write(few, ("id", "at", "kw"), "m.csv"), {}, "need the columns meter, at and kW"),
            ("a column twice", self.write(few, ("meter", "at", "at"), "t.csv"), {}, "The column “at” is there twice."),
            ("a short row", self.write([*few, ("A", "2026-06-01")], name="s.csv"), {}, "Expected 3 columns, got 2"),
            ("NUL", self.folder / "nul.csv", {}, "contains NUL"),
            ("empty", self.folder / "empty.csv", {}, "is empty"),
            ("no rows", self.write([], name="h.csv"), {}, "There are no readings"),
            ("no Parquet", self.folder / "no.parquet", {}, "is no Parquet"),
            ("no workbook", self.folder / "no.xlsx", {}, "no.xlsx is not read"),
            ("no file", self.folder / "nowhere.csv", {}, "There is no file"),
        ]:
            with self.subTest(name):
                with self.assertRaises(CommandError) as refused:
                    self.screen(path, **options)
                self.assertIn(message, str(refused.exception))
                self.assertNotIn("\n", str(refused.exception))
                self.assertFalse((self.folder / "ranking.csv").exists(), "no half result")

    def test_faults_of_the_readings_are_counted_and_no_meter_is_hidden(self):
        rows = long_rows()
        stuck = [("STUCK", at.strftime("%Y-%m-%d %H:%M"), "12.5") for at in TIMES]
        zeros = [("ZERO", at.strftime("%Y-%m-%d %H:%M"), "0") for at in TIMES]
        solar = [("SUN", at.strftime("%Y-%m-%d %H:%M"), "-1.5" if at.hour == 12 else "2") for at in TIMES]
        odd = [
            ("S000", "2026-06-01 00:00", "1e9"),
            ("S000", "2026-06-31 00:00", "1"),
            ("S000", "2026-06-02 00:07", "abc"),
            ("ONE", "2026-06-01 00:00", "1"),
        ]
        found = self.screen(
            self.write([*rows[:-900], *rows[-400:], *rows[:40], *stuck, *zeros, *solar, *odd]), verbosity=1
        )
        said = self.out.getvalue()
        for sentence in (
            "times that were not understood: 1", "values that are no numbers: 1", "left out: 1", "that came twice: 40",
            "below zero (solar): 1", "zero all the time: 1", "a single reading: 1", "stuck, a fault and not a load: 1",
            "2026-06-31 00:00", "no temperatures",
        ):  # fmt: skip
            with self.subTest(sentence):
                self.assertIn(sentence, said)
        self.assertRegex(said, "readings that are missing: 595")
        self.assertLessEqual({"STUCK", "ZERO", "SUN", "ONE"}, {row["meter"] for row in found})
        self.assertLess(float(next(row for row in found if row["meter"] == "STUCK")["points"]), 0)

    def test_two_meters_of_one_number_are_said(self):
        self.screen(
            self.write([*long_rows(), *(("M001", at, "3") for _meter, at, _kw in long_rows(meters=["S001"]))]),
            verbosity=1,
        )
        self.assertIn(f"perhaps two meters of one number: {DAYS}", self.out.getvalue())

    def test_a_customer_larger_than_its_feeder_does_not_hide_what_is_missing(self):
        supplied = [
            ("F-TOP", at.strftime("%Y-%m-%d %H:%M"), f"{kw * 1.01 + 30:.3f}")
            for at, kw in zip(TIMES, sum(LOADS.values()), strict=True)
        ]
        in_watts = long_rows(meters=["S000"], scale=1000)  # and nothing on file says what is contracted
        readings = [row for row in long_rows() if row[0] != "S000"] + in_watts + supplied
        rows = self.screen(
            self.write(readings),
            meters=self.write([(meter, "F1") for meter in LOADS], ("meter", "feeder"), "meters.csv"),
            feeders=self.write([("F1", "F-TOP")], ("feeder", "supply_meter"), "feeders.csv"),
            verbosity=1,
        )
        feeder = next(row for row in rows if row["meter"] == "F-TOP")
        self.assertAlmostEqual(float(feeder["kw"]), 28, delta=4)
        self.assertGreater(float(feeder["points"]), 30)
        self.assertIn("more than their whole feeder, not counted on it: 1", self.out.getvalue())

    def test_what_is_supplied_and_not_metered_is_a_finding_of_its_own(self):
        total = sum(LOADS.values())
        supplied = [
            ("F-TOP", at.strftime("%Y-%m-%d %H:%M"), f"{kw * 1.01 + 30:.3f}")
            for at, kw in zip(TIMES, total, strict=True)
        ]
        meters = self.write([(meter, "F1", "") for meter in LOADS], ("meter", "feeder", "class"), "meters.csv")
        feeders = self.write([("F1", "F-TOP")], ("feeder", "supply_meter"), "feeders.csv")
        rows = self.screen(self.write([*long_rows(), *supplied]), meters=meters, feeders=feeders)
        feeder = next(row for row in rows if row["meter"] == "F-TOP")
        self.assertEqual((feeder["what"], feeder["feeder"]), ("feeder", "F1"))
        self.assertAlmostEqual(float(feeder["kw"]), 28, delta=2)
        self.assertIn("are missing at every hour", feeder["reasons"])
        self.assertEqual({row["meter"] for row in rows[:2]}, {"M001", "F-TOP"})

    def test_a_wrong_feeder_on_file_and_a_register_that_counts_watts_are_no_theft(self):
        true = {meter: "F1" if place % 2 else "F2" for place, meter in enumerate(LOADS)}
        filed = true | {"M001": "F1" if true["M001"] == "F2" else "F2"}
        middles = {"F1": 40.8, "F2": 40.9}
        on_file = [
            (meter, filed[meter], f"{middles[true[meter]] + 0.001 * (place % 5)}", "110", "10" if place else "")
            for place, meter in enumerate(LOADS, 1)
        ]
        supplied = [
            (f"{feeder}-TOP", at.strftime("%Y-%m-%d %H:%M"), f"{kw * 1.01:.3f}")
            for feeder in middles
            for at, kw in zip(
                TIMES, sum(LOADS[meter] for meter in LOADS if true[meter] == feeder), strict=True
            )
        ]  # fmt: skip
        in_watts = long_rows(meters=["S000"], scale=1000)
        readings = [row for row in long_rows() if row[0] != "S000"] + in_watts + supplied
        rows = self.screen(
            self.write(readings),
            meters=self.write(on_file, ("meter", "feeder", "latitude", "longitude", "contracted_kw"), "meters.csv"),
            feeders=self.write([(name, f"{name}-TOP") for name in middles], ("feeder", "supply_meter"), "feeders.csv"),
            verbosity=1,
        )
        for feeder in (row for row in rows if row["what"] == "feeder"):
            self.assertLess(float(feeder["points"]), 1, feeder)
        self.assertIn(
            "filed under a feeder far away, counted on the feeder of their neighbours: 1", self.out.getvalue()
        )
        self.assertIn("meters in a wrong unit, by what is contracted: 1", self.out.getvalue())
