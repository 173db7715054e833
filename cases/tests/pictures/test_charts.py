"""The charts of a selection: they show what it holds, say what they leave out, and are there as files."""

import csv
import io
from datetime import date
from unittest.mock import patch

from defusedxml.ElementTree import fromstring
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.test import TestCase
from django.urls import reverse

from cases.actions import summing
from cases.models import Case
from cases.pictures import charts, export
from cases.selection.measures import COLUMNS, Metric
from cases.selection.selection import Selection
from cases.tests import builders as cases
from cases.tests import real_record
from regions.tests import builders as regions

QUESTIONS = [
    "",
    "region=CN",
    "region=MY&theft=true",
    "region=CN-NM",
    "kind=sweep&kind=raid",
    "q=warehouse",
    "rigs_min=1000",
]


def selection(query):
    return Selection(QueryDict(query), AnonymousUser())


class AgreementTests(TestCase):
    """A chart draws the figures of its selection, on the real record."""

    @classmethod
    def setUpTestData(cls):
        real_record.load()

    def test_the_sums_are_those_of_the_totals_whatever_they_are_sorted_by(self):
        for query in QUESTIONS:
            asked = selection(query)
            totals, measures = asked.totals(), asked.measures_of(Metric)
            with self.subTest(query):
                loss = totals.losses[0] if totals.losses else None
                total = measures.total
                self.assertEqual(total.cases, totals.cases)
                self.assertEqual(total.resting_on(Metric.RIGS), totals.rigs_cases)
                self.assertEqual(total.amount(Metric.RIGS), totals.rigs if totals.rigs_cases else None)
                self.assertAlmostEqual(total.amount(Metric.POWER) or 0, totals.kw.best if totals.kw else 0, places=3)
                self.assertEqual(total.resting_on(Metric.POWER), totals.kw_cases)
                if loss:
                    self.assertAlmostEqual(total.amount(Metric.LOSSES), float(loss.amount), places=1)
                    self.assertEqual(total.resting_on(Metric.LOSSES), loss.cases)
                groups = [list(measures.by[name].values()) for name in COLUMNS]
                groups.append([*measures.quarters.values(), *measures.year_only.values()])
                groups.append(list(measures.years.values()))
                for group in groups:
                    for metric in Metric:
                        summed = sum(amounts.amount(metric) or 0 for amounts in group)
                        self.assertAlmostEqual(summed, total.amount(metric) or 0, places=2)
                        resting_on = sum(amounts.resting_on(metric) for amounts in group)
                        self.assertEqual(resting_on, total.resting_on(metric))

    def test_a_metric_that_was_not_asked_for_is_not_nothing(self):
        with self.assertRaises(KeyError):
            selection("metric=cases").measures.total.amount(Metric.RIGS)

    def test_they_agree_with_the_facets_the_regions_and_the_months(self):
        for query in QUESTIONS:
            asked = selection(f"{query}&metric=rigs")
            free = [name for name in ("kind", "lead_source", "site_type") if name not in asked.chosen]
            with self.subTest(query):
                for name in free:
                    facet = {value["code"]: value["count"] for value in asked.facet(name)}
                    self.assertEqual({code: found.cases for code, found in asked.measures.by[name].items()}, facet)
                by_region = {row.region.code: (row.cases, row.rigs or 0) for row in asked.by_region(asked.region)}
                found = asked.measures.by["region"].items()
                rigs = {code: (one.cases, one.amount(Metric.RIGS) or 0) for code, one in found if code}
                self.assertEqual(rigs, by_region)
                months = sum(month["cases"] for month in asked.trend())
                self.assertEqual(sum(found.cases for found in asked.measures.quarters.values()), months)
                self.assertEqual(
                    sum(found.cases for found in asked.measures.year_only.values()), asked.undated()["cases"]
                )

    def test_every_link_of_a_bar_leads_to_as_many_cases(self):
        for query in ("", "region=MY&metric=rigs"):
            for chart in charts.charts_of(selection(query)):
                for name, measure, address in list(chart.rows_of_table())[:12]:
                    if address and chart.name != "trend":
                        with self.subTest(chart.name, name=name):
                            self.assertEqual(selection(address.partition("?")[2]).count, measure.cases)

    def test_the_page_draws_each_chart_and_the_switch_changes_all_of_them_in_place(self):
        for metric in Metric:
            page = self.client.get(
                reverse("cases:case-list"), {"metric": metric}, headers={"HX-Request": "true", "HX-Target": "charts"}
            )
            self.assertEqual([chart.metric for chart in page.context["charts"]], [metric] * 5)
            self.assertContains(page, 'aria-current="true"', count=1)
            self.assertNotContains(page, "<html")
        self.assertContains(self.client.get(reverse("cases:case-list")), 'class="upright')

    def test_the_metric_is_no_part_of_the_question(self):
        for metric in Metric:
            self.assertEqual(selection(f"metric={metric}&region=MY").count, selection("region=MY").count)
        self.assertIn("metric", selection("metric=tonnes").problems)


class WordsTests(TestCase):
    """What a chart says of itself."""

    @classmethod
    def setUpTestData(cls):
        cls.region = regions.make_region(code="MY", name_en="Malaysia")
        cls.today = date(2026, 11, 26)

    def make(self, day, rigs=None, **others):
        case = cases.make_case(region=self.region, occurred_on=day, published=True, **others)
        if rigs:
            cases.make_seizure(cases.make_raid(case, raided_on=day), count=rigs)
        return case

    def trend(self, query=""):
        summing.sum_up(Case.objects.all())
        with patch("cases.pictures.charts.localdate", return_value=self.today):
            chart = charts.ByTime(selection(query))
            return chart, chart.title, chart.source, chart.slots, chart.picture

    def test_few_cases_are_listed_some_more_are_drawn_by_year_and_many_by_quarter(self):
        for total, listed, column in ((5, 5, "year"), (6, None, "year"), (11, None, "year"), (12, None, "quarter")):
            while Case.objects.count() < total:
                self.make(f"2021-0{Case.objects.count() % 9 + 1}-05")
            chart, *_rest = self.trend()
            with self.subTest(total):
                self.assertEqual(None if chart.listed is None else len(chart.listed), listed)
                self.assertEqual(chart.column, column)

    def test_a_case_known_only_by_its_year_is_counted_and_not_drawn_by_quarter(self):
        for month in range(1, 13):
            self.make(f"2021-{month:02}-05")
        self.make("2021-01-01", date_precision="year")
        chart, _title, source, slots, _picture = self.trend()
        self.assertIn("13 cases. 1 case is known only by its year and is not drawn.", source)
        self.assertEqual(sum(slot.amount or 0 for slot in slots), 12)
        self.assertEqual(sum(measure.cases for _name, measure in chart.rows_of_file()), 13)

    def test_what_ended_lately_is_still_filling_up(self):
        for month in range(1, 13):
            self.make(f"2025-{month:02}-05")
        self.make("2026-02-01")
        _chart, _title, source, slots, picture = self.trend()
        self.assertEqual([slot.name for slot in slots if slot.unfinished], ["2026 Q1", "2026 Q2", "2026 Q3", "2026 Q4"])
        self.assertIn("still filling up", source)
        self.assertEqual(picture.unfinished_from, 50)

    def test_a_title_names_the_peak_where_one_stands_out(self):
        for year, number in ((2018, 1), (2019, 1), (2020, 2), (2021, 9), (2022, 8), (2025, 1)):
            for at in range(number):
                self.make(f"{year}-{at + 1:02}-01")
        self.assertEqual(self.trend()[1], "Cases peaked in 2021 and 2022")
        self.assertEqual(self.trend("occurred_before=2019-12-31")[1], "The cases, newest first")
        for year in (2010, 2011, 2012, 2013):
            for at in range(2):
                self.make(f"{year}-{at + 1:02}-01")
        self.assertEqual(self.trend("occurred_before=2014-01-01")[1], "Cases by year")

    def test_the_day_of_a_ban_is_drawn_in_the_region_that_is_looked_at(self):
        for month in range(1, 13):
            self.make(f"2021-{month:02}-05")
        self.assertIsNone(self.trend()[4].rule)
        regions.make_position(region=self.region, stance="banned", first_day="2021-06-01")
        self.assertEqual(self.trend()[4].rule.text, "1 Jun 2021: mining banned in Malaysia")
        self.assertEqual(self.trend("region=MY")[4].rule.text, "1 Jun 2021: mining banned in Malaysia")


class FileTests(TestCase):
    """A chart as SVG, PNG and CSV, and what the picture says beside its bars."""

    @classmethod
    def setUpTestData(cls):
        malaysia = regions.make_region(code="MY", name_en="Malaysia")
        places = [regions.make_region(code=f"MY-{name}", name_en=name, parent=malaysia) for name in ("Sabah", "Perak")]
        for month in range(1, 13):
            case = cases.make_case(
                region=places[month % 3 == 0], occurred_on=f"2021-{month:02}-05", published=True,
                site_type="factory" if month > 4 else "unknown", lead_source="public_tip" if month > 2 else "audit",
            )  # fmt: skip
            cases.make_figure(case, quantity="loss", basis="total", amount=1000 * month, currency="MYR")
            cases.make_seizure(cases.make_raid(case, raided_on=case.occurred_on), count=100 * month)
        cases.make_rig(manufacturer="generic", is_generic=True, released_year=2018, power_w=1400)
        summing.sum_up(Case.objects.all())

    def test_each_chart_is_there_in_each_format(self):
        for name in charts.CHARTS:
            for metric in Metric:
                query = {"region": "MY", "metric": metric}
                with self.subTest(name, metric=metric):
                    drawing = self.client.get(reverse("cases:chart-svg", args=[name]), query)
                    root = fromstring(drawing.content)
                    texts = " ".join(text for text in root.itertext())
                    for said in (
                        "Malaysia",
                        "12 cases",
                        "http://testserver/cases/",
                    ):
                        self.assertIn(said, texts)
                    self.assertNotIn("var(", drawing.content.decode())
        picture = self.client.get(reverse("cases:chart-png", args=["site_type"]), {"region": "MY", "metric": "mw"})
        self.assertEqual(picture.content[:8], b"\x89PNG\r\n\x1a\n")
        self.assertEqual(int.from_bytes(picture.content[16:20]), 1600)

    def test_the_csv_has_every_figure_of_the_selection(self):
        answer = self.client.get(reverse("cases:chart-csv", args=["region"]), {"metric": "rigs"})
        rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
        self.assertEqual(sum(int(row["cases"]) for row in rows), selection("").count)
        self.assertEqual(sum(int(row["rigs"] or 0) for row in rows), selection("").totals().rigs)

    def test_what_is_not_understood_is_refused_with_its_name(self):
        for name, query, status in (
            ("trend", "metric=tonnes", 400),
            ("trend", "kind=burglary", 400),
            ("nonsense", "", 404),
        ):
            for ending in ("svg", "png", "csv"):
                answer = self.client.get(reverse(f"cases:chart-{ending}", args=[name]) + f"?{query}")
                self.assertEqual(answer.status_code, status)
        nothing = self.client.get(reverse("cases:chart-svg", args=["trend"]), {"rigs_min": "999999"})
        self.assertEqual(nothing.status_code, 400)

    def test_words_that_were_searched_for_cannot_break_the_drawing(self):
        for words in ("<script>alert(1)</script>", "a\x0bb", "\u202e\ufffe]]>", "案" * 150):
            chart = charts.CHARTS["trend"](selection(""))
            with patch("cases.pictures.frame.describe", return_value=words):
                frame = export.svg("pictures/chart.svg", {"frame": _frame(chart)})
            self.assertNotIn("<script", frame)
            fromstring(frame)

    def test_without_a_chinese_font_the_picture_is_in_english_and_says_so(self):
        address = reverse("cases:chart-png", args=["lead_source"])
        with patch.object(export, "_painted", side_effect=lambda drawing, _scale: drawing.encode()):
            self.client.cookies["django_language"] = "zh-hans"
            with patch.object(export, "draws_chinese", return_value=True):
                drawing = self.client.get(address).content.decode()
                self.assertIn("群众举报", drawing)
            with patch.object(export, "draws_chinese", return_value=False):
                drawing = self.client.get(address).content.decode()
                self.assertIn("Public tip", drawing)
                self.assertIn("No Chinese font is installed", drawing)

    def test_whether_chinese_can_be_drawn_is_found_by_drawing(self):
        paint = export.resvg_py.svg_to_bytes

        def without_fonts(**options):
            return paint(**options, skip_system_fonts=True)

        with patch.object(export.resvg_py, "svg_to_bytes", side_effect=without_fonts):
            self.assertFalse(export.draws_chinese.__wrapped__())


def _frame(chart):
    from cases.pictures.frame import Framed

    return Framed(chart, "http://testserver/cases/", date(2026, 11, 26))
