"""A reader can check every source of the record: it is no file number, no key and no memory."""

import csv
import re
from pathlib import Path

from django.conf import settings
from django.test import SimpleTestCase

FIXTURES = Path(settings.BASE_DIR) / "fixtures"
SOURCE_COLUMNS = {"source", "source_publisher", "source_title", "source_url", "cross_check_url", "origin", "claimed_by"}
# What a row must have: who said it, or where it is.
NAMED = {"cases": "source_publisher", "policies": "source_publisher", "savings": "source_publisher",
         "indicators": "source_publisher", "factors": "source", "rigs": "source", "regions": "origin"}  # fmt: skip
NOBODY_CAN_OPEN = re.compile(
    r"""
    github\s+(index\s+)?(file|spec|product|code)   # a file in an index of ours
    | \bfiles?\s+(no\.?\s*)?\d{3,}                 # the same by its number
    | recalled | \bmemory\b | 凭记忆                # nobody wrote it down
    | (general|own)\ knowledge | not\ looked\ up | 常识
    | seed/ | \.jsonl\b                             # a file of the compilers
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Texts of the record that stand on pages, and what none of them may say.
READ_BY_ALL = {"note", "note_zh", "outcome", "outcome_zh", "summary_en", "summary_zh", "text_en", "text_zh", "place_zh"}
OURS = re.compile(
    r"\b[a-z]+(?:_[a-z]+)+\b | \b(?:cases|policies|savings|factors|indicators)\.csv | \bseed\b"
    r"| 种子(?:数据|文章) | 一栏",
    re.IGNORECASE | re.VERBOSE,
)
A_KEY = re.compile(r"[\d\W_]+|[a-z0-9]+(?:[-_][a-z0-9]+)*[-_]\d+")


def rows_of(name):
    with open(FIXTURES / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tables():
    return sorted(path.stem for path in FIXTURES.glob("*.csv"))


class SourceTests(SimpleTestCase):
    def test_no_source_is_a_file_number_a_key_or_a_memory(self):
        looked_at = 0
        for name in tables():
            for line, row in enumerate(rows_of(name), start=2):
                for column in SOURCE_COLUMNS & row.keys():
                    looked_at += bool(row[column])
                    self.assertNotRegex(row[column], NOBODY_CAN_OPEN, f"{name}.csv, row {line}, {column}")
                    self.assertIsNone(A_KEY.fullmatch(row[column]), f"{name}.csv, row {line}: {row[column]!r}")
        self.assertGreater(looked_at, 7_000)

    def test_every_row_names_its_source(self):
        for name, column in NAMED.items():
            for line, row in enumerate(rows_of(name), start=2):
                self.assertTrue(row[column].strip(), f"{name}.csv, row {line} names none")

    def test_an_address_is_one(self):
        for name in tables():
            for line, row in enumerate(rows_of(name), start=2):
                for column in {"source_url", "cross_check_url"} & row.keys():
                    self.assertRegex(row[column], r"^(https?://\S+)?$", f"{name}.csv, row {line}, {column}")

    def test_what_no_source_was_found_for_is_of_low_confidence(self):
        unfound = 0
        for name in tables():
            for line, row in enumerate(rows_of(name), start=2):
                if row.get("source_basis") == "memory" or "figure not seen" in row.get("source", ""):
                    unfound += 1
                    self.assertEqual(row["confidence"], "low", f"{name}.csv, row {line}")
        self.assertGreater(unfound, 0)

    def test_the_pattern_knows_what_stood_in_the_record_once(self):
        for text in ("GitHub file 18672665361", "value recalled", "general knowledge", "GitHub spec table (late 2022)",
                     "not looked up; verify before publishing", "from memory"):  # fmt: skip
            with self.subTest(text):
                self.assertRegex(text, NOBODY_CAN_OPEN)
        for key in ("18672665361", "2021-11", "file-18672"):
            with self.subTest(key):
                self.assertTrue(A_KEY.fullmatch(key))

    def test_no_text_that_readers_see_names_a_column_a_file_or_a_key_of_ours(self):
        looked_at = 0
        for name in tables():
            for line, row in enumerate(rows_of(name), 2):
                for column in row.keys() & READ_BY_ALL:
                    with self.subTest(f"{name}.csv, row {line}, {column}"):
                        self.assertNotRegex(row[column], OURS)
                    looked_at += 1
        self.assertGreater(looked_at, 1_000)

    def test_the_readme_of_the_record_speaks_of_no_such_source(self):
        readme = (FIXTURES / "README.md").read_text(encoding="utf-8")
        self.assertNotRegex(readme, r"(?i)github file|recalled|general knowledge|not looked up")
