"""The real record: what it must say once it is loaded, and what a broken row does."""

import csv
import shutil
import tempfile
from collections import Counter
from io import StringIO
from pathlib import Path
from unittest import mock

from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Q
from django.test import TestCase
from django.urls import reverse

from cases.actions.signing import Verb, changing
from cases.loading import record
from cases.models import Case, Disposal, Seizure
from cases.tests import real_record
from cases.tests.builders import make_case
from cases.tests.owner import as_owner
from regions.loading.edits import overwriting
from regions.loading.record import load_standing
from regions.loading.rows import BrokenRow
from regions.models import Boundary, Region, SavingsClaim, Source


class RecordTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.tallies = record.load()

    def totals(self, **query):
        return self.client.get(reverse("cases:totals"), query).json()

    def refs(self, **query):
        response = self.client.get(reverse("cases:case-list"), {"per_page": 100} | query)
        return {case.ref for case in response.context["page"]}

    def test_every_table_has_its_rows(self):
        found = {}
        for tally in self.tallies:
            found[tally.name] = max(tally.total, found.get(tally.name, 0))
        for name, rows in [
            ("cases", 343), ("policies", 102), ("provisions", 132), ("positions", 45), ("savings claims", 71),
            ("indicator readings", 191), ("rigs", 96), ("factors", 177), ("agencies", 366),
        ]:  # fmt: skip
            with self.subTest(name):
                self.assertEqual(found[name], rows)

    def test_a_second_load_changes_nothing_and_says_so(self):
        before = list(Case.objects.order_by("pk").values())
        out = StringIO()
        call_command("load_record", stdout=out)
        self.assertIn("nothing changed", out.getvalue())
        self.assertEqual(list(Case.objects.order_by("pk").values()), before)

    def test_a_load_keeps_what_somebody_changed_and_says_so(self):
        with changing(Verb.EDITED, "officer"):
            Case.objects.filter(ref="cn-bayannur-202109").update(title_en="Something else")
        out = StringIO()
        call_command("load_record", stdout=out)
        self.assertEqual(Case.objects.get(ref="cn-bayannur-202109").title_en, "Something else")
        self.assertIn("title_en: kept 'Something else'; fixtures/ has", out.getvalue())

    def test_a_load_takes_the_fixtures_where_it_is_told_to(self):
        with changing(Verb.EDITED, "officer"):
            Case.objects.filter(ref="cn-bayannur-202109").update(title_en="Something else")
        tally = next(tally for tally in record.load(overwrite=True) if tally.name == "cases")
        self.assertEqual((tally.new, tally.changed), (0, 1))
        self.assertNotEqual(Case.objects.get(ref="cn-bayannur-202109").title_en, "Something else")

    def test_a_load_does_not_bring_back_what_somebody_deleted(self):
        case = Case.objects.get(ref="cn-bayannur-202109")
        with changing(Verb.EDITED, "officer"):
            Case.agencies.through.objects.filter(case=case).first().delete()
            Case.objects.get(ref="cn-zhaodong-20160429").delete()
        agencies = case.agencies.count()
        record.load()
        self.assertFalse(Case.objects.filter(ref="cn-zhaodong-20160429").exists())
        self.assertEqual(case.agencies.count(), agencies)

    def test_a_load_corrects_what_nobody_changed_whatever_else_they_changed(self):
        """A corrected day moves the raid; a corrected count goes beside an officer's title; the old source goes."""
        with changing(Verb.EDITED, "officer"):
            Case.objects.filter(ref="cn-bayannur-202109").update(title_zh="另一个标题")
        with tempfile.TemporaryDirectory() as folder:
            files = shutil.copytree(record.FIXTURES, Path(folder) / "fixtures")
            text = (files / "cases.csv").read_text(encoding="utf-8")
            with open(files / "cases.csv", encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
            for row in rows:
                if row["ref"] == "cn-bayannur-202109":
                    row |= {
                        "occurred_on": "2021-09-24",
                        "date_precision": "day",
                        "rigs_seized": "10101",
                        "source_title": "Another report",
                    }
            with open(files / "cases.csv", "w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, text.splitlines()[0].split(","), lineterminator="\r\n")
                writer.writeheader()
                writer.writerows(rows)
            record.load(files)
        case = Case.objects.get(ref="cn-bayannur-202109")
        self.assertEqual((case.title_zh, case.rigs, str(case.occurred_on)), ("另一个标题", 10101, "2021-09-24"))
        self.assertEqual([str(raid.raided_on) for raid in case.raids.all()], ["2021-09-24"])
        self.assertEqual([source.title for source in case.sources.all()], ["Another report"])

    def test_what_other_tests_copy_is_the_record_that_was_loaded(self):
        with as_owner(), connection.cursor() as cursor:
            loaded = real_record.kept(cursor)
            self.assertLess({"cases_case", "cases_caseevent", "regions_region", "pghistory_context"}, set(loaded))
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute(f"TRUNCATE {', '.join(loaded)} CASCADE")
            real_record.bring_back(cursor, loaded)
            self.assertEqual(real_record.kept(cursor), loaded)
        self.assertGreater(make_case().pk, 343)

    def test_the_whole_record_sums_up_as_its_readme_says(self):
        for query, cases, rigs in [({}, 343, 238_691), ({"region": "CN"}, 83, 33_221), ({"region": "MY"}, 81, 21_243)]:
            with self.subTest(query):
                totals = self.totals(**query)
                self.assertEqual((totals["cases"], totals["rigs"]), (cases, rigs))
        self.assertEqual(self.totals()["rigs_cases"], 221)

    def test_the_sums_agree_with_a_naive_reading_of_the_file(self):
        with open(record.FIXTURES / "cases.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for country in sorted({row["country"] for row in rows}):
            with self.subTest(country):
                of_country = [row for row in rows if row["country"] == country]
                stated = [
                    int(row["rigs_seized"])
                    for row in of_country
                    if row["rigs_seized"] and row["counts_in_totals"] == "true"
                ]
                totals = self.totals(region=country)
                self.assertEqual(totals["cases"], len(of_country))
                self.assertEqual((totals["rigs"], totals["rigs_cases"]), (sum(stated), len(stated)))

    def test_every_case_keeps_how_it_came_to_light(self):
        with open(record.FIXTURES / "cases.csv", encoding="utf-8", newline="") as file:
            written = {row["ref"]: row["lead_source"] or "unknown" for row in csv.DictReader(file)}
        self.assertEqual(dict(Case.objects.values_list("ref", "lead_source")), written)
        self.assertGreater(Counter(written.values())["public_tip"], 30)

    def test_inner_mongolia_has_bayannur_and_nothing_from_elsewhere(self):
        refs = self.refs(region="CN-NM")
        self.assertIn("cn-bayannur-202109", refs)
        # The codes of its prefectures begin with 15, as its division code does.
        codes = Q(region__code="CN-NM") | Q(region__code__startswith="CN-15")
        inside = set(Case.objects.filter(codes).values_list("ref", flat=True))
        self.assertEqual(refs, inside)

    def test_sarawak_has_miri_with_its_rigs_and_their_end(self):
        self.assertIn("my-miri-20210201", self.refs(region="MY-13"))
        page = self.client.get("/cases/my-miri-20210201/")
        self.assertContains(page, "1,069")
        self.assertContains(page, "6 raids")
        self.assertContains(page, "Destroyed")
        self.assertEqual(Disposal.objects.filter(seizure__raid__case__ref="my-miri-20210201").count(), 1)

    def test_bayannur_is_found_in_three_ways_of_writing(self):
        for words in ("内蒙古", "內蒙古", "Inner Mongolia"):
            with self.subTest(words):
                self.assertIn("cn-bayannur-202109", self.refs(q=words))

    def test_bayannur_is_stored_and_claims_no_saving(self):
        case = Case.objects.get(ref="cn-bayannur-202109")
        self.assertEqual((case.rigs, case.kw_best), (10_100, None))
        self.assertContains(self.client.get(case.get_absolute_url()), "0.11 kWh per rig")

    def test_the_map_holds_every_case_that_has_a_place(self):
        for query in ({}, {"region": "MY"}):
            with self.subTest(query):
                box = {"bbox": "-180,-85,180,85", "zoom": 2}
                features = self.client.get(reverse("cases:map"), box | query).json()["features"]
                placed = self.totals(present="coordinates", **query)["cases"]
                self.assertEqual(sum(feature["properties"]["count"] for feature in features), placed)

    def test_models_that_add_up_become_lines_of_their_own(self):
        lines = Seizure.objects.filter(raid__case__rigs=332).values_list("models_as_published", "count")
        self.assertEqual(set(lines), {("AladdinMiner", 140), ("Antminer S9J", 136), ("Innosilicon T2", 56)})

    def test_every_region_has_its_ancestors_and_every_case_a_source_and_a_region(self):
        for region in Region.objects.exclude(parent=None).select_related("parent"):
            self.assertEqual(region.path, f"{region.parent.path}{region.code}/")
        self.assertFalse(Case.objects.filter(sources=None).exists())
        self.assertGreater(Boundary.objects.filter(region__level="country").count(), 200)

    def test_the_claim_of_inner_mongolia_is_there_with_its_source(self):
        claim = SavingsClaim.objects.get(ref="cn-nm-2021-45-projects")
        self.assertEqual(
            (claim.projects_closed, claim.energy_kwh_per_year, claim.coal_tce), (45, 6_580_000_000, 2_000_000)
        )
        self.assertIn("券商中国", claim.source.publisher)


class WithAFolderToBreak(TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        shutil.copytree(record.FIXTURES, self.folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("boundaries"))
        (self.folder / "boundaries").mkdir()

    def break_cell(self, table, line, column, value):
        path = self.folder / f"{table}.csv"
        with open(path, encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        rows[line - 1][rows[0].index(column)] = value
        with open(path, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)

    def is_named(self, table, line, column, value, reason):
        """Whether the load stops at a cell that is broken so, and names it; it is mended again."""
        path = self.folder / f"{table}.csv"
        whole = path.read_bytes()
        self.break_cell(table, line, column, value)
        complaint = self.complaint()
        path.write_bytes(whole)
        for said in (f"{table}.csv, line ", column, reason):
            self.assertIn(said, complaint)

    def complaint(self):
        before = self.counts()
        with self.assertRaises(BrokenRow) as broken:
            record.load(self.folder)
        self.assertEqual(self.counts(), before)
        return str(broken.exception)

    def counts(self):
        return Region.objects.count(), Source.objects.count(), Case.objects.count()


class BrokenCaseTests(WithAFolderToBreak):
    """The cells of cases, where the standing record, which comes first, is loaded already."""

    @classmethod
    def setUpTestData(cls):
        with overwriting(False), changing(Verb.LOADED, "load_record"):
            cls.tallies = list(load_standing(record.FIXTURES))

    def test_a_broken_cell_is_named_by_file_line_column_and_reason(self):
        for broken in [
            (5, "rigs_seized", "many", "is not a whole number"),
            (5, "rigs_seized", "1_000", "is not a whole number"),
            (5, "rigs_seized", "３４", "is not a whole number"),
            (6, "occurred_on", "2021-02-30", "is not a date"),
            (7, "kind", "burglary", "is none of"),
            (8, "region_code", "CN-ZZ", "no region is called"),
            (9, "part_of", "nothing", "no case is called"),
            (9, "agencies", "Nobody At All", "no agency is called"),
            (9, "office_number", "A/1; A/2", "0 agencies for 2 numbers"),
            (10, "counts_in_totals", "perhaps", "neither true nor false"),
            (11, "latitude", "95", "90"),
            (4, "arrests", "-3", "0"),
        ]:
            with self.subTest(broken), mock.patch("regions.loading.record.load_standing", return_value=[]):
                self.is_named("cases", *broken)


class BrokenRecordTests(WithAFolderToBreak):
    """A row that cannot be right stops the load with its place, and nothing is written."""

    def test_a_broken_cell_is_named_by_file_line_column_and_reason(self):
        for broken in [
            ("cases", 5, "rigs_seized", "many", "is not a whole number"),
            ("policies", 3, "jurisdiction_code", "ZZ", "no region is called"),
            ("provisions", 3, "targets", "everyone", "is none of"),
            ("positions", 3, "policy_ref", "nothing", "no policy is called"),
            ("regions", 300, "parent", "ZZ", "no region"),
        ]:
            with self.subTest(broken):
                self.is_named(*broken)

    def test_a_broken_file_is_named_too(self):
        path = self.folder / "rigs.csv"
        whole = path.read_text(encoding="utf-8")
        for name, text, reason in [
            ("open quote", whole + '"never closed', "unexpected end of data"),
            ("short row", whole + "Bitmain,S99\n", "the row has 2 cells"),
            ("another header", whole.replace("power_w", "watts"), "the header"),
            ("empty", "", "the header"),
            ("a twin", whole + whole.splitlines()[1] + "\n", "the same as line 2"),
        ]:
            with self.subTest(name):
                path.write_text(text, encoding="utf-8")
                complaint = self.complaint()
                self.assertIn("rigs.csv, line ", complaint)
                self.assertIn(reason, complaint)

    def test_the_command_says_it_in_one_line(self):
        self.break_cell("cases", 5, "rigs_seized", "many")
        with (
            mock.patch("cases.loading.record.load", lambda quiet, overwrite: load(self.folder, quiet=quiet)),
            self.assertRaises(CommandError) as refusal,
        ):
            call_command("load_record")
        self.assertIn("Nothing was loaded. cases.csv, line 5, column rigs_seized", str(refusal.exception))


load = record.load
