"""Monthly bills: how they may look, what they say of a meter, with readings and without."""

from calendar import monthrange
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import openpyxl
from django.test import SimpleTestCase, TestCase

from cases.models.screening import RunState
from cases.screening.bills import apart, month_said, read_bills
from cases.screening.readings import ReadingsRefused
from cases.screening.results import kept
from cases.screening.run import screened
from regions.tests.builders import make_person, make_region

from .test_runs import ReadingsInAFolder, upload, wide_csv

MONTHS = [f"{2024 + number // 12}-{number % 12 + 1:02}" for number in range(18)]


def bills_of_a_street():
    """{meter: kWh of each month}: thirty houses with seasons, one always even and large, one that grew to ten times."""
    chance = np.random.default_rng(1)
    season = 300 + 150 * np.cos(np.arange(18) / 12 * 2 * np.pi)
    houses = {f"H{number:02}": season * chance.lognormal(0, 0.4) * chance.lognormal(0, 0.1, 18) for number in range(30)}
    hours = [24 * monthrange(*map(int, month.split("-")))[1] for month in MONTHS]
    even = 27 * np.array(hours) * (1 + 0.005 * chance.standard_normal(18))
    grown = houses["H00"] * np.where(np.arange(18) < 12, 1, 10)
    return {**houses, "EVEN": even, "GROWN": grown}


BILLS = bills_of_a_street()


def long_bills(bills=BILLS, months=MONTHS):
    rows = [
        f"{meter},{month},{kwh:.0f}" for meter, line in bills.items() for month, kwh in zip(months, line, strict=True)
    ]
    return "\n".join(["meter,month,kwh", *rows])


class InAFolder(SimpleTestCase):
    def setUp(self):
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, text, name="bills.csv"):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


class FilesOfBillsTests(InAFolder):
    def test_a_month_is_written_in_many_ways_and_another_day_is_none(self):
        march = 2026 * 12 + 2
        for text in (
            "2026-03",
            "2026/3",
            "2026年3月",
            "2026年03月",
            "202603",
            "2026-03-01",
            "2026-03-01 00:00:00",
            "20260301",
        ):
            self.assertEqual(month_said(text), march, text)
        for text in (
            "2026-13",
            "2026-03-15",
            "03/2026",
            "1/2/2026",
            "26-03",
            "2026",
            "0003-01",
            "",
            "p1",
            "20263",
            "\0",
        ):
            self.assertIsNone(month_said(text), text)

    def test_long_wide_and_workbooks_are_the_same_bills(self):
        known = read_bills([self.write(long_bills())])
        wide = "\n".join(
            [",".join(["户号", *MONTHS]), *(f"{m}," + ",".join(f"{v:.0f}" for v in BILLS[m]) for m in BILLS)]
        )
        book = openpyxl.Workbook()
        book.active.append(["户号", "月份", "电量"])
        for meter, line in BILLS.items():
            for month, kwh in zip(MONTHS, line, strict=True):
                book.active.append([meter, date.fromisoformat(f"{month}-01"), round(kwh)])
        book.save(self.folder / "bills.xlsx")
        for path in (self.write(wide, "wide.csv"), self.folder / "bills.xlsx"):
            with self.subTest(path.name):
                self.assertEqual(apart([path]), ([], [path]))
                found = read_bills([path])
                self.assertEqual((found.meters, found.first_month), (known.meters, known.first_month))
                np.testing.assert_array_equal(found.kwh, known.kwh)
        self.assertEqual((known.first_day, known.last_day), (date(2024, 1, 1), date(2025, 6, 30)))

    def test_what_is_wrong_with_bills_is_counted_and_nothing_is_guessed(self):
        rows = (
            "A,2025-01,100",
            "A,2025-01,120",
            "A,2025-02,x",
            "A,1/2/2025,5",
            "A,2199-01,7",
            "B,2025-02,-30",
            "C,2025-02,",
        )
        bills = read_bills([self.write("\n".join(["meter,month,kwh", *rows]))])
        self.assertEqual(bills.meters, ["A", "B"])
        np.testing.assert_array_equal(bills.kwh, [[120, np.nan], [np.nan, -30]])
        self.assertEqual(bills.counted, {"bills_twice": 1, "numbers": 1, "times": 1, "to_come": 1, "negative": 1})
        self.assertEqual(bills.examples["times"], "bills.csv, 5: 1/2/2025")
        for text, message in (
            ("meter,month,kwh\n", "no bills in these files"),
            ("meter,month,money\nA,2025-01,3\n", "bills need the columns meter, month and kWh"),
        ):
            with self.subTest(message), self.assertRaisesMessage(ReadingsRefused, message):
                read_bills([self.write(text)])


class RankingOfBillsTests(InAFolder):
    def test_even_bills_and_grown_bills_come_first_with_reasons(self):
        ranking = screened([self.write(long_bills())])
        even, grown, third = ranking.findings[:3]
        self.assertEqual([even.meter, grown.meter], ["EVEN", "GROWN"])
        self.assertGreater(grown.points, 20 + max(0, third.points))
        self.assertIn("One month is like the next", " ".join(even.reasons))
        self.assertIn("The bills grew from a mean of", " ".join(grown.reasons))
        self.assertAlmostEqual(even.kw, 27, delta=0.5)
        self.assertEqual((ranking.readings, ranking.first_day), (32 * 18, date(2024, 1, 1)))

    def test_bills_beside_readings_say_more_of_a_meter_and_judge_those_without(self):
        readings = self.folder / "june.csv"
        readings.write_bytes(wide_csv())
        grown = {"M001": np.where(np.arange(18) < 12, 3_000, 30_000), "EVEN": BILLS["EVEN"]}
        options = {"time_zone": "Asia/Shanghai", "unit": "kw"}
        alone = screened([readings], **options)
        both = screened([readings, self.write(long_bills(grown))], **options)
        then, now = ({found.meter: found for found in ranking.findings} for ranking in (alone, both))
        self.assertEqual(set(now) - set(then), {"EVEN"})
        self.assertEqual(now["M001"].parts.pop("grown"), 25)
        self.assertEqual(now["M001"].parts.keys(), then["M001"].parts.keys())
        self.assertEqual(now["M001"].kw, then["M001"].kw)  # what readings say of the load goes before what bills say


class RunOfBillsTests(ReadingsInAFolder, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region = make_region()
        cls.officer = make_person("work_on_leads", regions=[cls.region])

    def test_bills_are_uploaded_ranked_drawn_and_purged(self):
        self.client.force_login(self.officer)
        with self.captureOnCommitCallbacks():
            run = kept.ScreeningRun(region=self.region, by=self.officer, file_name="bills.csv")
            kept.receive_readings(run, [upload(long_bills().encode(), "bills.csv")], {})
            kept.screen_files(run)
        self.assertEqual((run.state, run.readings, run.problem), (RunState.DONE, 32 * 18, ""))
        self.assertEqual([path.name for path in kept.folder_of(run).rglob("*") if path.is_file()], ["bills.parquet"])
        page = self.client.get(run.get_absolute_url()).content.decode()
        self.assertIn("One month is like the next", page)
        self.assertIn('aria-label="Monthly bills"', page)
        page = self.client.get(run.meters.get(meter="GROWN").get_absolute_url()).content.decode()
        self.assertIn("Bills that grew", page)
        self.assertEqual(page.count("h0.8V100z"), 18)
        self.assertNotIn("were deleted", page)
