"""A page of the record is in one language: what is not is a name, a source, a unit, or says its language."""

import csv
import re
from html.parser import HTMLParser

from django.test import Client, SimpleTestCase, TestCase

from cases.loading import record
from cases.models import Case, Rig
from cases.tests import real_record
from regions.models import Agency, Factor, GridArea, Policy, Region, SavingsClaim, Source

VOID = {
    "meta", "link", "input", "br", "img", "hr", "wbr", "circle", "path", "line", "rect", "polyline", "polygon", "use",
}  # fmt: skip
# Four English words in a row; an address of a source is none.
SENTENCE = re.compile(r"(?<![\w./-])[A-Za-z]{2,}(?:[ ,;:’'-]+[A-Za-z]{2,}){3,}")
COUNTRIES = ("CN", "HK", "MY", "TW")
LETTER, HAN = re.compile("[A-Za-z]"), re.compile("[\u3400-\u9fff]")
ONLY_SIMPLIFIED = re.compile("[获矿处电该项关设区县发监万亿时]")
SERIES_WITH_NAMES = ("Electricity Maps", "Ember", "Our World in Data")
MOST = 0.02  # of the letters and characters of a page may be in the other language
_WORD = r"(?<![A-Za-z])(?:{})(?![A-Za-z])"  # \b sees none between a character and a letter
# Units, formats of files, codes (CN-NM, MYR, cn-bayannur-202109), addresses, and a proper name inside a Chinese phrase.
NO_WORDS = re.compile(
    r"https?://\S+|[\w.-]+\.(?:com|org|net|my|cn|ru|nz)(?![a-z])\S*|"
    + _WORD.format(
        r"[kgt]?CO[2₂]e?|kgCO2e?|gCO2e?|tCO2|[kMGTP]?Wh?|[EPT]H/s|Mbps|k?gce|[kt]ce|[th]|[A-Z]{2,}(?:-[A-Za-z0-9]+)*"
        r"|[a-z0-9]+(?:-[a-z0-9]+)+|JavaScript|GeoJSON|Excel|Atom|[ivx]+"
    )
    + r"|(?<=[\u3400-\u9fff（：])(?:[A-Z][A-Za-z]+ ?\d*)+|(?:[A-Z][A-Za-z]+ ?\d*)+(?=[\u3400-\u9fff）])"
)


class Texts(HTMLParser):
    """The texts of a page, without what is marked as another language than `own` and without its sources."""

    def __init__(self, own="zh"):
        super().__init__()
        self.own, self.open, self.found = own, [], []

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            marks = dict(attributes)
            language = marks.get("lang") or self.own
            apart = not language.startswith(self.own) or marks.get("aria-labelledby") == "source-head"
            inside = bool(self.open) and self.open[-1][1]
            self.open.append((tag, inside or apart or tag in ("script", "style", "title", "cite", "code")))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if data.strip() and not (self.open and self.open[-1][1]):
            self.found.append(" ".join(data.split()))


def texts_of(client, address, own):
    page = Texts(own)
    page.feed(client.get(address).content.decode())
    return page.found


def every(number, rows):
    return [rows[at] for at in range(0, len(rows), max(1, len(rows) // number))][:number]


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
        children = Region.objects.filter(parent__code__in=["CN-NM", "MY"]).values_list("code", flat=True)
        cls.of_children = [f"/regions/{code}/" for code in children]
        cls.pages = [
            "/", "/cases/", "/cases/figures/", "/regions/", "/regions/positions/", "/savings/", "/method/",
            "/policies/", "/policies/liability/",
            *(f"/regions/{code}/" for code in ("CN", "CN-NM", "MY")),
            *(f"/policies/{ref}/" for ref in every(10, Policy.objects.order_by("ref").values_list("ref", flat=True))),
            *(f"/cases/{ref}/" for ref in every(10, Case.objects.order_by("ref").values_list("ref", flat=True))),
            "/cases/cn-bayannur-202109/",
        ]  # fmt: skip
        cls.names = {
            *Source.objects.values_list("publisher", flat=True),
            *Source.objects.values_list("title", flat=True),
            *Region.objects.values_list("name_en", flat=True),
            *Agency.objects.values_list("name_en", flat=True),
        }

    def english_of(self, address):
        """The English sentences on the Chinese page at `address`, names and what is marked as English apart."""
        found = texts_of(Client(headers={"accept-language": "zh-hans"}), address, "zh")
        series = re.compile("|".join(map(re.escape, SERIES_WITH_NAMES)))
        found = [series.sub("", text) for text in found if text.strip(" ·") not in self.names]
        return [text for text in found if SENTENCE.search(text)]

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

    def test_a_chinese_page_has_hardly_any_english_that_is_not_marked(self):
        names = {
            *Source.objects.values_list("publisher", flat=True),
            *Factor.objects.values_list("source_text", flat=True),
            *GridArea.objects.values_list("source_text", flat=True),
            *SavingsClaim.objects.values_list("claimed_by_zh", flat=True),  # Tavanir has no Chinese name
            *Agency.objects.values_list("name_zh", flat=True),
            *SERIES_WITH_NAMES,
            *(str(rig) for rig in Rig.objects.filter(is_generic=False)),
        } - {""}
        longest_first = re.compile("|".join(re.escape(name) for name in sorted(names, key=len, reverse=True)))
        client = Client(headers={"accept-language": "zh-hans"})
        for address in (*self.pages, *self.of_children):
            with self.subTest(address):
                found = [NO_WORDS.sub("", longest_first.sub("", text)) for text in texts_of(client, address, "zh")]
                written = "".join(found)
                english, chinese = len(LETTER.findall(written)), len(HAN.findall(written))
                self.assertGreater(chinese, 0)
                self.assertLess(english / (english + chinese), MOST, [text for text in found if LETTER.search(text)])

    def test_an_english_page_has_no_chinese_that_is_not_marked(self):
        client = Client(headers={"accept-language": "en"})
        for address in self.pages:
            with self.subTest(address):
                self.assertEqual([text for text in texts_of(client, address, "en") if HAN.search(text)], [])

    def test_a_page_in_traditional_chinese_has_no_simplified_character_that_is_not_marked(self):
        client = Client(headers={"accept-language": "zh-TW"})
        for address in self.pages:
            with self.subTest(address):
                found = texts_of(client, address, "zh-Hant")
                self.assertEqual([text for text in found if ONLY_SIMPLIFIED.search(text)], [])
