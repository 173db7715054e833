"""A Chinese page of the record is Chinese: what is not is a name, a source, or says its language."""

import re
from html.parser import HTMLParser

from django.test import Client, TestCase

from cases.models import Case
from cases.tests import real_record
from regions.models import Region, Source

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
            self.open.append((tag, inside or apart or tag in ("script", "style", "title")))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if data.strip() and not (self.open and self.open[-1][1]):
            self.found.append(" ".join(data.split()))


class OneLanguageTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        real_record.load()

    def test_no_english_sentence_stands_on_the_chinese_page_of_a_case(self):
        names = {*Source.objects.values_list("publisher", flat=True), *Region.objects.values_list("name_en", flat=True)}
        client = Client(headers={"accept-language": "zh-hans"})
        countries = Region.objects.filter(code__in=COUNTRIES)
        for ref in Case.objects.in_region(*countries).values_list("ref", flat=True):
            with self.subTest(ref):
                page = Texts()
                page.feed(client.get(f"/cases/{ref}/").content.decode())
                english = [text for text in page.found if SENTENCE.search(text) and text.strip(" ·") not in names]
                self.assertEqual(english, [])
