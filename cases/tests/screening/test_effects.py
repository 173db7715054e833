"""Consumption before and after a raid."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.contrib.auth.models import AnonymousUser
from django.test import SimpleTestCase, TestCase
from django.urls import reverse
from django.utils import timezone

from cases.models import MeasuredAvoided, ScreeningRun
from cases.models.history import MeterLook
from cases.screening.results import effects, kept
from cases.screening.results.pictures import EPOCH
from cases.tests.builders import make_case, make_lead, make_screened_meter, make_screening_run
from regions.tests.builders import make_person, make_region

from .test_runs import ReadingsInAFolder

RAID = date(2026, 6, 15)
DAYS = [date(2026, 4, 1) + timedelta(days=number) for number in range(150)]


def noise(seed=1):
    """Of each of DAYS, where a day resembles the one before."""
    chance, found = np.random.default_rng(seed), [0.0]
    for _day in DAYS[1:]:
        found.append(0.7 * found[-1] + float(chance.normal(0, 2)))
    return found


def loads(less=40.0, seed=1, warm=0.0):
    celsius = {day: 20 + 12 * np.sin((day - DAYS[0]).days / 24) for day in DAYS}
    kw = {
        day: 100 + 8 * (day.weekday() >= 5) + warm * max(celsius[day] - 22, 0) - less * (day > RAID) + wander
        for day, wander in zip(DAYS, noise(seed), strict=True)
    }
    return kw, celsius


class LessTests(SimpleTestCase):
    def test_a_known_change_is_found_and_lies_in_its_interval(self):
        inside = 0
        for seed in range(40):
            less = effects.less_since(loads(40, seed)[0], (RAID, RAID), {})
            self.assertAlmostEqual(less.kw_best, 40, delta=6)
            inside += less.kw_low <= 40 <= less.kw_high
        self.assertGreaterEqual(inside, 34)  # of 40; as if days were independent it is 31

    def test_warm_weather_is_no_change(self):
        kw, celsius = loads(0, warm=6)
        blind = effects.less_since(kw, (RAID, RAID), {})
        seen = effects.less_since(kw, (RAID, RAID), celsius)
        self.assertLess(abs(seen.kw_best), 3)
        self.assertGreater(abs(blind.kw_best), 3 * abs(seen.kw_best))
        self.assertEqual(seen.adjusted_for, ["weekend", "temperature"])
        self.assertTrue(seen.kw_low <= 0 <= seen.kw_high)

    def test_a_year_before_tells_the_season(self):
        days = [RAID + timedelta(days=number) for number in range(-366, 91)]
        kw = {day: 100 + 30 * np.sin(day.timetuple().tm_yday / 365.25 * 2 * np.pi) - 20 * (day > RAID) for day in days}
        less = effects.less_since(kw, (RAID, RAID), {})
        self.assertAlmostEqual(less.kw_best, 20, delta=0.5)
        self.assertIn("season", less.adjusted_for)

    def test_too_few_days_are_said(self):
        kw = {day: 1.0 for day in DAYS if day < RAID + timedelta(days=5)}
        with self.assertRaisesMessage(effects.TooLittle, "It takes 14 days on each side; known are 75 before and 4"):
            effects.less_since(kw, (RAID, RAID), {})


class MeasuringTests(ReadingsInAFolder, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region, elsewhere = make_region(), make_region()
        cls.officer = make_person("work_on_leads", regions=[cls.region], username="officer")
        cls.stranger = make_person("work_on_leads", regions=[elsewhere], username="stranger")
        cls.case = make_case(region=cls.region, occurred_on=RAID, published=True, title_en="Shed")
        cls.address = reverse("screening:measured", args=[cls.case.ref])
        cls.screening = make_screening_run(region=cls.region, first_day=DAYS[0], last_day=DAYS[-1])
        lead = make_lead(region=cls.region, state="led_to_case", led_to=cls.case)
        make_screened_meter(cls.screening, meter="mine", feeder="F1", region=cls.region, lead=lead)
        make_screened_meter(cls.screening, meter="shop", feeder="F1", region=cls.region)
        make_screened_meter(cls.screening, meter="supply", feeder="F1", is_feeder=True)
        write_hours(cls.screening, {"mine": loads(40)[0], "shop": loads(0, seed=2)[0], "supply": loads(40, seed=3)[0]})

    def ask(self, subject, name):
        return self.client.get(self.address, {"subject": subject, "name": name})

    def test_the_meter_its_feeder_and_the_area_are_offered_and_measured(self):
        self.client.force_login(self.officer)
        page = self.client.get(self.address).context["page"]
        offered = [(subject, name) for subject, name, _title in page.choices]
        self.assertEqual(offered, [("meter", "mine"), ("feeder", "F1"), ("area", self.region.code)])
        for subject, name in offered:
            less = self.ask(subject, name).context["page"].less
            self.assertAlmostEqual(less.kw_best, 40, delta=8)
        self.assertAlmostEqual(less.kw_before, 200, delta=10)  # the area: both customers, not their supply meter
        self.assertEqual([look.meter for look in MeterLook.objects.filter(meter="mine")], ["mine"])

    def test_what_is_kept_is_shown_to_who_may_see_it_and_can_be_removed(self):
        self.client.force_login(self.officer)
        for subject, name in (("meter", "mine"), ("feeder", "F1"), ("meter", "mine")):
            self.client.post(self.address, {"act": "keep", "subject": subject, "name": name})
        self.assertEqual(MeasuredAvoided.objects.count(), 2)
        shown = [self.case.get_absolute_url(), reverse("method:savings"), self.region.get_absolute_url()]
        for page in shown:
            with self.subTest(page):
                self.client.force_login(self.officer)
                self.assertContains(self.client.get(page), "Meter mine")
                self.assertContains(self.client.get(page), "Feeder F1")
                for reader in (self.stranger, None):
                    if reader:
                        self.client.force_login(reader)
                    else:
                        self.client.logout()
                    self.assertContains(self.client.get(page), "Feeder F1")
                    self.assertNotContains(self.client.get(page), "Meter mine")
        number = MeasuredAvoided.objects.get(subject="meter").pk
        self.client.force_login(self.officer)
        self.client.post(self.address, {"act": "remove", "number": number})
        self.assertNotContains(self.client.get(shown[0]), "Meter mine")

    def test_nobody_else_measures(self):
        self.client.force_login(self.stranger)
        self.assertEqual(self.ask("meter", "mine").status_code, 404)
        self.assertEqual(
            self.client.post(self.address, {"act": "keep", "subject": "feeder", "name": "F1"}).status_code, 404
        )
        self.client.logout()
        self.assertEqual(self.ask("meter", "mine").status_code, 302)
        self.assertFalse(MeasuredAvoided.objects.exists())
        self.assertEqual(effects.runs_about(self.case, AnonymousUser()), [])

    def test_nonsense_is_said_and_keeps_nothing(self):
        self.client.force_login(self.officer)
        self.assertContains(self.ask("meter", "nobody's"), "No screening of this region has")
        self.assertEqual(self.ask("meter", "\0").status_code, 400)
        self.client.post(self.address, {"act": "keep", "subject": "planet", "name": "F1"})
        self.client.post(self.address, {"act": "remove", "number": "9" * 40})
        self.assertEqual(self.client.post(self.address, {"act": "eat"}).status_code, 404)
        self.assertFalse(MeasuredAvoided.objects.exists())
        ScreeningRun.objects.update(purged_at=timezone.now())
        self.assertContains(self.client.get(self.address), "No readings")


def write_hours(run, days_of_meters):
    """The file of hours of a run whose meters took the same in each hour of a day."""
    rows = [
        (meter, (day - EPOCH).days, hour, kw)
        for meter, days in days_of_meters.items()
        for day, kw in days.items()
        for hour in range(24)
    ]
    columns = zip(("meter", "day", "hour", "kw"), map(list, zip(*rows, strict=True)), strict=True)
    path = Path(kept.hours_file(run))
    path.parent.mkdir(parents=True)
    pq.write_table(pa.table(dict(columns)), path)
