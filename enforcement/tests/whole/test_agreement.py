"""One question, one answer: list, facets, map, totals, files and API agree with each other and with a naive recount."""

import csv
import io
import json
from datetime import date, timedelta
from functools import cache
from urllib.parse import urlencode

import openpyxl
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pyarrow.parquet import read_table

from cases.loading import record
from cases.selection.selection import FACETS
from cases.tests import real_record

CODES = {
    "kind": ["raid", "closure_order", "sweep", "sanction", "customs_seizure", "system_misuse", "disposal"],
    "site_type": ["warehouse", "residential", "factory", "shophouse", "unknown", "other"],
    "lead_source": ["public_tip", "grid_monitoring", "utility_inspection", "police_intelligence", "unknown"],
    "rig_kind": ["asic", "gpu", "mixed", "unknown"],
    "confidence": ["high", "medium", "low"],
    "theft": ["true", "false", "unknown"],
    "region": ["CN", "CN-NM", "CN-150800", "CN-GD", "MY", "MY-13", "MY-13-miri", "RU", "HK", "KZ", "GE-AB"],
}
EMPTY = {
    "rigs": lambda row: not row["rigs_seized"],
    "arrests": lambda row: not row["arrests"],
    "theft": lambda row: not row["electricity_theft"],
    "loss": lambda row: not row["loss_amount"],
    "energy": lambda row: not row["electricity_kwh"],
    "policy": lambda row: not row["legal_basis"],
}
COLUMN = {"theft": "electricity_theft"}


@cache
def rows():
    with open(record.FIXTURES / "cases.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def ancestors():
    """region code → itself and every code above it."""
    with open(record.FIXTURES / "regions.csv", encoding="utf-8", newline="") as file:
        parents = {row["code"]: row["parent"] for row in csv.DictReader(file)}
    found = {}
    for code, parent in parents.items():
        found[code] = {code} | found.get(parent, set())
    return found


def last_day(row):
    first = date.fromisoformat(row["occurred_on"])
    if row["date_precision"] == "day":
        return first
    if row["date_precision"] == "year":
        return date(first.year, 12, 31)
    return (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def has(row, name, codes):
    if name == "region":
        return bool(ancestors()[row["region_code"]] & set(codes))
    return (row[COLUMN.get(name, name)] or "unknown") in codes


def naive(query):
    """The refs that `query` (name → list of values) selects, by reading the file row by row."""
    found = set()
    for row in rows():
        keep = True
        for name, values in query.items():
            if name.endswith("__not"):
                keep &= not has(row, name.removesuffix("__not"), values)
            elif name in CODES:
                keep &= has(row, name, values)
            elif name == "occurred_after":
                keep &= last_day(row) >= date.fromisoformat(values[0])
            elif name == "occurred_before":
                keep &= date.fromisoformat(row["occurred_on"]) <= date.fromisoformat(values[0])
            elif name == "rigs_min":
                keep &= bool(row["rigs_seized"]) and int(row["rigs_seized"]) >= int(values[0])
            elif name == "rigs_max":
                keep &= bool(row["rigs_seized"]) and int(row["rigs_seized"]) <= int(values[0])
            elif name == "empty":
                keep &= all(EMPTY[fact](row) for fact in values)
            elif name == "present":
                keep &= not any(EMPTY[fact](row) for fact in values)
            elif name == "bbox":
                west, south, east, north = map(float, values[0].split(","))
                longitude, latitude = float(row["longitude"]), float(row["latitude"])
                inside = west <= longitude <= east if west <= east else longitude >= west or longitude <= east
                keep &= inside and south <= latitude <= north
        if keep:
            found.add(row["ref"])
    return found


def some(values, most=3):
    return st.lists(st.sampled_from(values), min_size=1, max_size=most, unique=True)


days = st.dates(date(2016, 1, 1), date(2026, 12, 31)).map(lambda day: [day.isoformat()])
numbers = st.sampled_from([0, 1, 50, 100, 500, 1000, 10_100]).map(lambda number: [str(number)])
boxes = st.tuples(st.integers(-180, 180), st.integers(-60, 40), st.integers(-180, 180), st.integers(1, 50)).map(
    lambda box: [f"{box[0]},{box[1]},{box[2]},{box[1] + box[3]}"]
)
# Every parameter may be there or not; most questions have a few.
questions = st.dictionaries(
    st.sampled_from([*CODES, *(f"{name}__not" for name in CODES), "occurred_after", "occurred_before", "rigs_min",
                     "rigs_max", "empty", "present", "bbox"]),
    st.none(), max_size=4,
).flatmap(lambda names: st.fixed_dictionaries({name: strategy(name) for name in names}))  # fmt: skip


def strategy(name):
    plain = name.removesuffix("__not")
    if plain in CODES:
        return some(CODES[plain])
    return {"empty": some(list(EMPTY), 2), "present": some(list(EMPTY), 2), "bbox": boxes}.get(
        name, numbers if name.startswith("rigs") else days
    )


class AgreementTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        real_record.load()

    def ask(self, address, query, **more):
        response = self.client.get(address, {**query, **more})
        self.assertEqual(response.status_code, 200, f"{address}?{urlencode(query, doseq=True)}")
        return response

    @settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(questions)
    @example({})
    @example({"region": ["CN-NM"]})
    @example({"region": ["MY"], "kind__not": ["sweep"]})
    @example({"theft": ["unknown"], "empty": ["rigs"]})
    @example({"bbox": ["170,-60,-170,60"]})
    @example({"occurred_after": ["2021-09-30"], "occurred_before": ["2021-09-30"]})
    @example({"kind": ["raid"], "kind__not": ["raid"]})
    def test_every_view_of_a_question_agrees(self, query):
        expected = naive(query)
        page = self.ask("/cases/", query, per_page=100)
        self.assertEqual(page.context["selection"].count, len(expected))
        self.assertLessEqual({case.ref for case in page.context["page"]}, expected)

        totals = self.ask("/cases/totals.json", query).json()
        stated = [
            row for row in rows() if row["ref"] in expected and row["counts_in_totals"] == "true" and row["rigs_seized"]
        ]
        self.assertEqual(totals["cases"], len(expected))
        self.assertEqual(totals["rigs"], sum(int(row["rigs_seized"]) for row in stated))
        self.assertEqual(totals["rigs_cases"], len(stated))

        facets = self.ask("/cases/facets.json", query).json()
        for name in FACETS:
            wanted = query.get(name)
            counted = sum(one["count"] for one in facets[name] if not wanted or one["code"] in wanted)
            self.assertEqual(counted, len(expected), name)

        features = self.ask("/cases/map.geojson", {"bbox": ["-180,-90,180,90"]} | query, zoom=4).json()["features"]
        on_map = sum(one["properties"]["count"] for one in features)
        self.assertEqual(on_map, totals["placed"])

        sheet = b"".join(self.ask("/cases/export.csv", query).streaming_content).decode()
        self.assertEqual({row["ref"] for row in csv.DictReader(io.StringIO(sheet, newline=""), strict=True)}, expected)
        geojson = json.loads(b"".join(self.ask("/cases/export.geojson", query).streaming_content))
        self.assertEqual({one["properties"]["ref"] for one in geojson["features"]}, expected)
        table = read_table(io.BytesIO(b"".join(self.ask("/cases/export.parquet", query).streaming_content)))
        self.assertEqual({one["ref"] for one in table.to_pylist()}, expected)
        book = openpyxl.load_workbook(io.BytesIO(b"".join(self.ask("/cases/export.xlsx", query).streaming_content)))
        self.assertEqual(book.worksheets[0].max_row - 1, len(expected))
        self.assertEqual(self.ask("/api/v1/cases/", query).json()["count"], len(expected))
