"""Releases: the published record as of a day, whole or not at all, made again from the history byte by byte."""

import csv
import io
import json
import sqlite3
import threading
from contextlib import closing
from hashlib import sha256
from unittest.mock import patch

import duckdb
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import TestCase, TransactionTestCase
from openpyxl import load_workbook
from pyarrow import parquet

from cases.actions import publishing, signing, summing
from cases.actions.merging import merge_cases
from cases.models import Case, Raid, Seizure
from cases.releases import files, make
from cases.releases.shelf import release_called, releases, shelf
from cases.tests.builders import make_case, make_citation, make_office_number, make_raid, make_rig, make_seizure
from cases.tests.owner import as_owner
from regions.tests.builders import make_agency, make_person, make_region, make_source

SITE = "https://example.org"


@pytest.fixture(autouse=True)
def place(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def release(**options):
    said = io.StringIO()
    with as_owner():
        call_command("release", stdout=said, stderr=said, site=SITE, **options)
    return said.getvalue()


def faults_of(made):
    with as_owner():
        return make.faults_of(made)


class Record:
    @classmethod
    def make_record(cls):
        china = make_region(code="CN", name_en="China", name_zh="中国")
        cls.region = make_region(code="CN-NM", parent=china, name_en="Inner Mongolia")
        rig = make_rig(slug="s9", power_w=1400, kind="asic")
        cls.officer = make_person(
            "view_case", "change_case", "publish_case", "delete_case", username="officer", everywhere=True
        )
        with signing.changing(signing.Verb.ENTERED, cls.officer):
            cls.shown = cls.case("shown", note="=1+1", occurred_on="2021-09-01", date_precision="month")
            raid = make_raid(cls.shown, raided_on="2021-09-01", date_precision="month")
            cls.line = make_seizure(raid, rig=rig, kind="asic", count=10)
            make_citation(cls.shown, text="Notice 1")
            agency = make_agency(name_en="Bureau")
            cls.shown.agencies.add(agency)
            cls.twin, cls.leaving = cls.case("twin"), cls.case("leaving")
            hidden = cls.case("hidden", published=False, title_en="Clandestine mine", note="Clandestine")
            make_seizure(make_raid(hidden, raided_on="2021-01-01", place="Clandestine lane"), count=31337)
            hidden.sources.add(make_source(title="Clandestine news"))
            cls.case("guarded", sensitive=True, place="Clandestine farm", latitude=40.4242, longitude=107.2424,
                      location_precision="site")  # fmt: skip
            make_office_number(Case.objects.get(ref="guarded"), number="Clandestine 7")
            summing.sum_up(Case.objects.all())

    @classmethod
    def case(cls, ref, **values):
        case = make_case(ref=ref, region=cls.region, **{"published": True} | values)
        case.sources.add(make_source(title=f"News of {ref}", url=f"https://news.example/{ref}"))
        return case

    def change_record(self):
        with signing.changing(signing.Verb.EDITED, self.officer):
            Seizure.objects.filter(pk=self.line.pk).update(count=12)
            summing.sum_up(Case.objects.filter(pk=self.shown.pk))
            self.case("new")
        publishing.withdraw_case(self.leaving, by=self.officer, reason="Clandestine reason")
        merge_cases(self.twin, self.shown, by=self.officer)


class ReleaseTests(Record, TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.make_record()

    def test_it_is_the_published_record_in_every_format(self):
        self.assertIn("4 cases", release())
        made = releases()[0]
        refs = ["guarded", "leaving", "shown", "twin"]
        with (made.folder / "cases.csv").open(encoding="utf-8", newline="") as file:
            rows = {row["ref"]: row for row in csv.DictReader(file)}
        with self.subTest("CSV"):
            self.assertEqual(sorted(rows), refs)
            shown = rows["shown"]
            self.assertEqual((shown["rigs"], shown["occurred_on"], shown["note"]), ("10", "2021-09", "'=1+1"))
            self.assertEqual(shown["address"], f"{SITE}/cases/shown/")
            self.assertAlmostEqual(float(shown["kw_best"]), Case.objects.get(ref="shown").kw_best, places=3)
        with self.subTest("XLSX"):
            sheet = load_workbook(made.folder / "cases.xlsx")["cases"]
            self.assertEqual(sorted(row[0] for row in sheet.iter_rows(min_row=2, values_only=True)), refs)
        with self.subTest("GeoJSON"):
            features = json.loads((made.folder / "cases.geojson").read_bytes())["features"]
            self.assertEqual(sorted(feature["id"] for feature in features), refs)
        with self.subTest("Parquet"):
            table = parquet.read_table(made.folder / "cases.parquet").to_pylist()
            shown = next(row for row in table if row["ref"] == "shown")
            self.assertEqual((shown["rigs"], shown["note"], shown["agencies"]), (10, "=1+1", ["Bureau"]))
            [(total,)] = duckdb.read_parquet(str(made.folder / "cases.parquet")).sum("rigs").fetchall()
            self.assertEqual(total, 10)
        with self.subTest("SQLite"), closing(sqlite3.connect(made.folder / "record.sqlite")) as database:
            lines = database.execute(
                "SELECT cases.ref, seizures.count, rigs.power_w, raids.raided_on, regions.name_en FROM seizures"
                ' JOIN cases ON cases.ref = seizures."case" JOIN rigs ON rigs.slug = seizures.rig'
                " JOIN raids ON raids.id = seizures.raid JOIN regions ON regions.code = cases.region_code"
            ).fetchall()
            self.assertEqual(lines, [("shown", 10, 1400, "2021-09", "Inner Mongolia")])
            self.assertEqual(len(database.execute('PRAGMA foreign_key_list("seizures")').fetchall()), 3)

    def test_nothing_that_is_not_public_is_in_any_file(self):
        release()
        self.change_record()
        release()
        for made in releases():
            for path in made.folder.iterdir():
                content = path.read_bytes()
                if path.suffix == ".xlsx":
                    book = load_workbook(path)
                    content = repr([[*sheet.values] for sheet in book]).encode()
                elif path.suffix == ".parquet":
                    content = repr(parquet.read_table(path).to_pylist()).encode()
                for word in (b"Clandestine", b"31337", b"40.4242", b"107.2424", b"officer", b"hidden"):
                    with self.subTest(path.name, word=word):
                        self.assertNotIn(word, content)

    def test_it_says_what_changed_and_is_not_made_where_nothing_did(self):
        release()
        self.assertIn("Nothing has changed", release())
        publishing.publish_case(self.hidden_one(), by=self.officer)
        publishing.withdraw_case(self.hidden_one(), by=self.officer, reason="too early")
        self.assertIn("Nothing has changed", release())
        self.assertEqual([path.name for path in shelf().iterdir()], [releases()[0].version])
        self.change_record()
        release()
        newest, first = releases()
        self.assertEqual(newest.version, f"{first.version}.2")
        changes = newest.about["changes"]
        self.assertEqual(changes["new"], ["new"])
        self.assertEqual(changes["withdrawn"], [{"ref": "leaving"}, {"ref": "twin", "merged_into": "shown"}])
        [corrected] = changes["corrected"]
        self.assertEqual(corrected["ref"], "shown")
        self.assertLessEqual({"rigs", "kw_best", "seizures"}, set(corrected["fields"]))
        self.assertNotIn("title_en", corrected["fields"])

    def hidden_one(self):
        return Case.objects.get(ref="hidden")

    def test_it_is_made_again_from_the_history_after_everything_changed(self):
        release()
        self.change_record()
        release()
        Raid.objects.all().delete()
        Case.objects.get(ref="shown").delete()
        with signing.changing(signing.Verb.EDITED, self.officer):
            type(self.region).objects.filter(pk=self.region.pk).update(name_en="Elsewhere")
        self.assertIn("As they were made", release(check=""))
        newest, first = releases()
        for file in newest.files:
            content = bytearray(file.at.read_bytes())
            content[len(content) // 2] ^= 1
            file.at.write_bytes(content)
        self.assertEqual(
            faults_of(newest),
            [f"{newest.version}/{name} is not as it was made" for name in sorted(file.name for file in newest.files)],
        )
        with self.assertRaises(CommandError):
            release(check=newest.version)
        (first.folder / "cases.csv").rename(first.folder / "other.csv")
        self.assertEqual(
            faults_of(first),
            [f"{first.version}/cases.csv is missing", f"{first.version}/other.csv is no file of this release"],
        )

    def test_a_full_disk_leaves_nothing_and_what_was_killed_is_run_again(self):
        release()
        self.change_record()
        full = OSError(28, "No space left on device")
        for step in ("write_csv", "write_parquet"):
            with self.subTest(step), patch.object(files, step, side_effect=full), self.assertRaises(CommandError):
                release()
            self.assertEqual(len([*shelf().iterdir()]), 1)
        with patch.object(make.os, "rename", side_effect=full), self.assertRaises(CommandError):
            release()
        self.assertEqual(len([*shelf().iterdir()]), 1)
        killed = shelf() / make.MAKING
        killed.mkdir()
        (killed / "cases.csv").write_text("half of it")
        self.assertEqual([made.version for made in releases()], [releases()[-1].version])
        release()
        self.assertEqual(len(releases()), 2)
        self.assertIn("As they were made", release(check=releases()[0].version))

    def test_the_pages_offer_it_and_caches_may_keep_it(self):
        self.assertContains(self.client.get("/releases/"), "manage.py release")
        release()
        self.change_record()
        release()
        made = releases()[0]
        listed = self.client.get("/releases/")
        self.assertContains(listed, f"/releases/{made.version}/cases.parquet")
        page = self.client.get(f"/releases/{made.version}/")
        self.assertContains(page, "leaving")
        self.assertContains(page, "Power draw")
        cited = page.context["cited"]
        self.assertIn(f"release {made.version} [Data set]", cited.usual)
        self.assertIn("@dataset{", cited.bibtex)
        [item] = json.loads(cited.csl)
        self.assertEqual((item["type"], item["version"]), ("dataset", made.version))
        self.assertEqual(item["URL"], f"http://testserver/releases/{made.version}/")
        for file in made.files:
            answer = self.client.get(f"/releases/{made.version}/{file.name}")
            content = b"".join(answer.streaming_content)
            with self.subTest(file.name):
                self.assertEqual(content, file.at.read_bytes())
                self.assertTrue(not file.sha256 or sha256(content).hexdigest() == file.sha256)
                self.assertIn("immutable", answer["Cache-Control"])
        part = self.client.get(f"/releases/{made.version}/record.sqlite", headers={"Range": "bytes=0-5"})
        self.assertEqual((part.status_code, b"".join(part.streaming_content)), (206, b"SQLite"))
        for name in (".made", "..", "nothing.csv"):
            self.assertEqual(self.client.get(f"/releases/{made.version}/{name}").status_code, 404)
        self.assertEqual(self.client.get("/releases/2000-01-01/").status_code, 404)
        self.assertIsNone(release_called("../releases"))


class SameMomentTests(Record, TransactionTestCase):
    def test_who_writes_meanwhile_is_in_it_wholly_or_not_at_all(self):
        self.make_record()
        began, may_end = threading.Event(), threading.Event()
        marked = make.mark_now

        def mark_and_wait():
            mark = marked()
            began.set()
            may_end.wait(20)
            return mark

        def write():
            began.wait(20)
            try:
                self.change_record()
            finally:
                connection.close()
                may_end.set()

        writer = threading.Thread(target=write)
        writer.start()
        with patch.object(make, "mark_now", mark_and_wait):
            release()
        writer.join()
        [made] = releases()
        self.assertEqual((made.about["cases"], made.about["rigs"]), (4, 10))
        self.assertEqual(faults_of(made), [])
