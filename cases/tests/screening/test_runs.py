"""Screenings in the product: from files to a ranking on the pages, seen by who works for the region alone."""

import csv
import io
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import TestCase, TransactionTestCase, override_settings
from django.urls import reverse
from django.utils import timezone

from cases.actions.working import working_on
from cases.leads.handling import change_state, record_inspection
from cases.locks import Purpose
from cases.models import Inspection, Lead, ScreenedMeter, ScreeningRun
from cases.models.history import MeterLook
from cases.models.screening import RunState, ScreeningRunQuerySet
from cases.screening.results import kept, leading
from cases.screening.rules import VERSION
from cases.screening.trial.measured import TRIALS
from cases.tests.builders import make_screened_meter, make_screening_run
from regions.tests.builders import make_person, make_region

from .test_screen import DAYS, LOADS, TIMES

CLOCK = [f"{hour:02}:00" for hour in range(24)]
RUNS = "/screening/"


def wide_csv(meters=LOADS, clock=CLOCK):
    """A row for each meter and day, a column for each hour."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["meter", "date", *clock])
    step = 96 // len(clock)
    for meter in meters:
        for day in range(DAYS):
            values = LOADS[meter][day * 96 : day * 96 + 96 : step]
            writer.writerow([meter, TIMES[day * 96].date(), *(f"{kw:.3f}" for kw in values)])
    return text.getvalue().encode()


def on_file(region):
    rows = ["meter,class,feeder,region,latitude,longitude", f"M001,warehouse,F1,{region.code},40.8,107.4"]
    return "\n".join([*rows, *(f"S{number:03},shop,F1,,," for number in range(30))]).encode()


def upload(content, name="june.csv"):
    return SimpleUploadedFile(name, content)


class ReadingsInAFolder:
    """A folder for the readings of these tests."""

    @classmethod
    def setUpClass(cls):
        folder = TemporaryDirectory()
        settings = override_settings(READINGS=Path(folder.name))
        settings.enable()
        super().setUpClass()
        cls.addClassCleanup(folder.cleanup)
        cls.addClassCleanup(settings.disable)


def make_run(region, **values):
    """A run whose files wait."""
    run = ScreeningRun(
        region=region, **{"file_name": "june.csv", "time_zone": "Asia/Shanghai", "unit": "kw", "tariff": 0.5} | values
    )
    kept.receive_readings(run, [upload(wide_csv())], {"meters": upload(on_file(region), "meters.csv")})
    return run


class RunTests(ReadingsInAFolder, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region = make_region(currency="CNY")
        cls.below, cls.elsewhere = make_region(parent=cls.region), make_region()
        cls.officer = make_person("work_on_leads", regions=[cls.region], username="officer")
        cls.screening = make_run(cls.region, by=cls.officer)
        kept.screen_files(cls.screening)
        cls.address = cls.screening.get_absolute_url()
        cls.flat = cls.screening.meters.get(meter="M001")

    def setUp(self):
        self.client.force_login(self.officer)

    def page(self, address, **query):
        return self.client.get(address, query).content.decode()

    def test_the_ranking_shows_the_flat_load_first_with_its_picture_and_reasons(self):
        self.assertEqual(
            (self.screening.state, self.screening.readings, self.screening.meters.count()), ("done", DAYS * 24 * 31, 31)
        )
        page = self.page(self.address)
        first, second = page.index(">M001</a>"), page.index(">S0")
        self.assertLess(first, second)
        self.assertIn('class="load"', page)
        self.assertIn("The same by day and night", page)
        self.assertIn("no temperatures", page)
        found = self.page(self.flat.get_absolute_url())
        for part in ('class="carpet"', 'class="peers"', "Rank 1", "yuan", "warehouse"):
            self.assertIn(part, found)

    def test_filters_of_the_ranking(self):
        for query, expected in [
            ({}, 31), ({"class": "warehouse"}, 1), ({"class": ["warehouse", "shop"]}, 31), ({"feeder": "F1"}, 31),
            ({"feeder": "F2"}, 0), ({"points": "30"}, 1), ({"lead": "yes"}, 0), ({"lead": ["yes", "no"]}, 31),
            ({"mark": "none", "class": "warehouse"}, 1), ({"class": "nothing"}, 0),
        ]:  # fmt: skip
            with self.subTest(query):
                self.assertEqual(
                    len(self.client.get(self.address, query).context["page_of_run"].question.found), expected
                )
        for query in ({"colour": "red"}, {"points": "many"}, {"mark": "evil"}):
            with self.subTest(query):
                self.assertIn("Some filters are not valid", self.page(self.address, **query))
                self.assertEqual(self.client.get(f"{self.address[:-1]}.geojson", query).status_code, 400)

    def test_the_queries_of_the_ranking_do_not_grow_with_it(self):
        self.client.get(self.address)
        for query in ({"points": "30"}, {}):
            with self.subTest(query), self.assertNumQueries(19):
                self.client.get(self.address, query)

    def test_a_lead_is_made_once_of_a_meter_and_a_later_run_knows_it(self):
        chosen = {"act": "leads", "meter": ["M001", "S001"]}
        self.client.post(self.address, chosen)
        lead = Lead.objects.get(hits__meter="M001")
        self.assertEqual((lead.kind, lead.region, lead.latitude), ("hit", self.region, 40.8))
        self.assertIn("The same by day and night", lead.summary)
        self.assertEqual(Lead.objects.count(), 2)
        self.assertIn(
            "has a lead already",
            self.client.post(self.address, chosen | {"meter": "M001"}, follow=True).content.decode(),
        )
        later = make_screening_run(region=self.below)
        make_screened_meter(later, meter="M001")
        self.assertEqual(leading.make_leads(later, ["M001"], by=self.officer), ([], [lead]))
        self.assertEqual(Lead.objects.count(), 2)
        self.assertIn(lead.ref, self.page(later.get_absolute_url()))

    def test_what_inspections_found_comes_back(self):
        address = reverse("screening:run-quality")
        self.assertIn("No inspection has come back yet", self.page(address))
        leading.make_leads(self.screening, ["M001", "S001", "S002"], by=self.officer)
        hit, miss, _open = (Lead.objects.get(hits__meter=meter) for meter in ("M001", "S001", "S002"))
        record_inspection(hit, Inspection(visited_on="2026-11-20", found="stopped"), by=self.officer)
        change_state(miss, "not_mining", by=self.officer, reason="A bakery")
        found = self.client.get(address).context["found"]
        self.assertEqual((found.whole.hits, found.whole.misses, found.waiting), (1, 1, 1))
        self.assertEqual({name: tally.percent for name, tally in found.by_class.items()}, {"warehouse": 100, "shop": 0})
        self.assertEqual(found.by_rule["flat"].percent, 100)
        self.assertEqual(found.among_the_first[10].hits, 1)
        self.client.force_login(make_person("work_on_leads", regions=[self.elsewhere]))
        self.assertIn("No inspection has come back yet", self.page(address))

    def test_the_method_says_where_it_fails_to_everybody(self):
        self.client.logout()
        page = self.page(reverse("method:screening"))
        for part in (
            "Flat load",
            "without restarts",
            f"Weights of version {VERSION}",
            "ranks low",
            TRIALS[0].first_day,
        ):
            self.assertIn(part, page)

    def test_who_looked_at_a_meter_is_kept_and_shown(self):
        page = self.page(self.flat.get_absolute_url())
        [look] = MeterLook.objects.all()
        self.assertEqual((look.meter, look.pgh_context.metadata["name"]), ("M001", "officer"))
        self.assertIn("officer", page[page.index("Who looked") :])

    def exits(self):
        yield RUNS, "june.csv"
        yield self.address, "june.csv"
        yield f"{self.address[:-1]}.geojson", "warehouse"
        yield self.flat.get_absolute_url(), 'class="carpet"'

    def seen(self, person):
        """The exits that tell `person` of the meter or of the file."""
        self.client.logout()
        if person:
            self.client.force_login(person)
        return [(address, word) for address, word in self.exits() if word in self.page(address)]

    def test_no_exit_shows_a_reading_to_who_does_not_work_for_the_region(self):
        others = {
            "public": None,
            "of another region": make_person("work_on_leads", regions=[self.elsewhere]),
            "of a part": make_person("work_on_leads", regions=[self.below]),
            "without leads": make_person("view_case", regions=[self.region]),
        }
        for name, person in others.items():
            with self.subTest(name):
                self.assertEqual(self.seen(person), [])
                self.assertIn(
                    self.client.post(self.address, {"act": "leads", "meter": "M001"}).status_code, (302, 403, 404)
                )
                self.assertFalse(Lead.objects.exists())
        self.assertEqual(self.seen(self.officer), [*self.exits()])
        self.assertEqual(self.seen(make_person("work_on_leads", everywhere=True)), [*self.exits()])
        # If the rule were dropped, this test would see it.
        with mock.patch.object(ScreeningRunQuerySet, "visible_to", lambda runs, user: runs):
            self.assertEqual(self.seen(others["of another region"]), [*self.exits()])

    def test_old_readings_are_purged_and_the_results_stay(self):
        call_command("purge_readings", stdout=io.StringIO())
        self.assertTrue(kept.hours_file(self.screening).exists())
        run = make_run(self.region, by=self.officer, state=RunState.DONE)
        make_screened_meter(run, meter="M001")
        stray = kept.folder_of(ScreeningRun())
        stray.mkdir()
        ScreeningRun.objects.filter(pk=run.pk).update(started_at=timezone.now() - timedelta(days=181))
        self.assertEqual(kept.purge_readings(), 1)
        self.assertFalse(kept.folder_of(run).exists())
        self.assertTrue(stray.exists(), "perhaps an upload")
        page = self.page(run.get_absolute_url())
        self.assertIn(">M001</a>", page)
        self.assertNotIn('class="load"', page)
        self.assertIn("The readings of this run were deleted", self.page(f"{run.get_absolute_url()}M001/"))

    def test_a_run_that_nobody_works_on_is_shown_as_interrupted_and_has_no_meters(self):
        run = make_run(self.region, by=self.officer)
        self.assertIn("Interrupted", self.page(run.get_absolute_url()))
        self.assertIn("Interrupted", self.page(RUNS))
        with working_on(Purpose.WORK_ON_SCREENING, run.pk) as report:
            time.sleep(0.21)
            report(42, 100)
            page = self.page(run.get_absolute_url())
            self.assertIn("42 %", page)
            self.assertNotIn("Interrupted", page)
        with mock.patch(
            "cases.screening.results.kept.ScreenedMeter.objects.bulk_create", side_effect=KeyboardInterrupt
        ):
            self.assertRaises(KeyboardInterrupt, kept.screen_files, run)
        self.assertFalse(ScreenedMeter.objects.filter(run=run).exists())
        self.assertIn("Interrupted", self.page(run.get_absolute_url()))
        with mock.patch("cases.screening.results.kept.begin_screening", kept.screen_files):
            self.client.post(run.get_absolute_url(), {"act": "again"})
        self.assertEqual(run.meters.count(), 31)

    def test_what_an_upload_has_wrong_is_said_at_its_place(self):
        address = reverse("screening:run-new")
        good = {"files": upload(wide_csv(["M001"])), "region": self.region.code}
        for name, sent, message in [
            ("no file", {"files": ""}, "This field is required."),
            ("no such zone", {"time_zone": "Mars/Olympus"}, "There is no time zone"),
            ("another region", {"region": self.elsewhere.code}, "not among your regions of work"),
            ("a picture", {"files": upload(b"x", "meter.jpg")}, "not meter.jpg"),
            ("no number", {"tariff": "dear"}, "Enter a number."),
            ("a NUL byte", {"region": "a\0b"}, "Null characters are not allowed."),
        ]:
            with self.subTest(name):
                good["files"].seek(0)
                response = self.client.post(address, good | sent)
                self.assertContains(response, message, status_code=400)
        self.assertEqual(ScreeningRun.objects.count(), 1)
        large = self.client.post(address, good, CONTENT_LENGTH=str(500_000_001))
        self.assertContains(large, "This is more than", status_code=413)


class ThreadTests(ReadingsInAFolder, TransactionTestCase):
    def settled(self, address):
        for _time in range(400):
            page = self.client.get(address)
            if page.context["run"].state != RunState.RUNNING:
                return page
            time.sleep(0.05)
        raise AssertionError("it does not come to an end")

    def test_what_a_file_leaves_open_is_asked_and_two_runs_go_on_at_once(self):
        region = make_region()
        self.client.force_login(make_person("work_on_leads", regions=[region]))
        new = reverse("screening:run-new")
        addresses = [
            self.client.post(new, {"files": upload(wide_csv()), "region": region.code, "unit": "kw"}).url
            for _run in range(2)
        ]
        for address in addresses:
            page = self.settled(address)
            self.assertEqual((page.context["run"].state, page.context["run"].asks), ("asking", "time_zone"))
            self.assertContains(page, "The times have no time zone")
            self.client.post(address, {"act": "answer", "time_zone": "Nowhere"})
            self.client.post(address, {"act": "answer", "time_zone": "Asia/Shanghai"})
        for address in addresses:
            self.assertEqual(self.settled(address).context["run"].meters.count(), 31)
        address = self.client.post(new, {"files": upload(b"a,b\n1,2\n"), "region": region.code}).url
        self.assertContains(self.settled(address), "need the columns meter")
        self.assertFalse(kept.folder_of(self.settled(address).context["run"]).exists())
