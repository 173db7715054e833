"""A Chinese page of the record is Chinese: what is not is a name, a source, or says its language."""

import csv
import re
from html.parser import HTMLParser

from django.test import Client, SimpleTestCase, TestCase

from cases.loading import record
from cases.models import Case
from cases.tests import real_record
from regions.models import Agency, Policy, Region, Source

VOID = {"meta", "link", "input", "br", "img", "hr", "circle", "path", "line", "rect"}
# Four English words in a row; an address of a source is none.
SENTENCE = re.compile(r"(?<![\w./-])[A-Za-z]{2,}(?:[ ,;:’'-]+[A-Za-z]{2,}){3,}")
COUNTRIES = ("CN", "HK", "MY", "TW")


class Texts(HTMLParser):
    """The texts of a page, without what is marked as English and without its sources."""

    def __init__(self):
        super().__init__()
        self.open, self.found = [], []

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            marks = dict(attributes)
            apart = marks.get("lang") == "en" or marks.get("aria-labelledby") == "source-head"
            inside = bool(self.open) and self.open[-1][1]
            self.open.append((tag, inside or apart or tag in ("script", "style", "title", "code")))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if data.strip() and not (self.open and self.open[-1][1]):
            self.found.append(" ".join(data.split()))


class FixturesTests(SimpleTestCase):
    def test_every_text_in_our_own_words_is_there_in_chinese(self):
        """Regions apart, whose names may have no Chinese form; sources are in our words only where they say so."""
        for path in sorted(record.FIXTURES.glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
            for name in rows[0]:
                english = name.removesuffix("_zh")
                english = english if english in rows[0] else f"{english}_en"
                if not name.endswith("_zh") or english not in rows[0] or path.stem == "regions" or name == "source_zh":
                    continue
                with self.subTest(table=path.stem, column=name):
                    self.assertEqual([row[english] for row in rows if row[english] and not row[name]], [])
                    alien = [row[name] for row in rows if row[name] and not re.search("[\u3400-\u9fff]", row[name])]
                    self.assertEqual([text for text in alien if SENTENCE.search(text)], [])


class OneLanguageTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        real_record.load()
        cls.names = {
            *Source.objects.values_list("publisher", flat=True),
            *Source.objects.values_list("title", flat=True),
            *Region.objects.values_list("name_en", flat=True),
            *Agency.objects.values_list("name_en", flat=True),
        }

    def english_of(self, address):
        """The English sentences on the Chinese page at `address`, names and what is marked as English apart."""
        page = Texts()
        answer = Client(headers={"accept-language": "zh-hans"}).get(address)
        self.assertEqual(answer.status_code, 200)
        page.feed(answer.content.decode())
        return [text for text in page.found if SENTENCE.search(text) and text.strip(" ·") not in self.names]

    def test_no_english_sentence_stands_on_the_chinese_page_of_a_case(self):
        countries = Region.objects.filter(code__in=COUNTRIES)
        for ref in Case.objects.in_region(*countries).values_list("ref", flat=True):
            with self.subTest(ref):
                self.assertEqual(self.english_of(f"/cases/{ref}/"), [])

    def test_no_english_sentence_stands_on_the_chinese_pages_of_the_standing_record(self):
        measured = Region.objects.filter(indicators__isnull=False).distinct().values_list("code", flat=True)
        policies = Policy.objects.values_list("ref", flat=True)
        for address in (
            "/method/", "/savings/", "/policies/", "/policies/liability/", "/regions/positions/",
            "/savings/calculator/?rigs=100&watts=3250&region=CN-NM&year=2021",
            "/savings/calculator/?rigs=100&watts=3250&region=MY-01&year=2022",
            *(f"/regions/{code}/" for code in measured), *(f"/policies/{ref}/" for ref in policies),
        ):  # fmt: skip
            with self.subTest(address):
                self.assertEqual(self.english_of(address), [])
