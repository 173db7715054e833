"""Pieces of a selection in other sites: the public record in a frame, without a cookie."""

import html
import re
from urllib.parse import urlsplit
from xml.etree import ElementTree

from django.conf import settings
from django.test import TestCase

from cases.actions import summing
from cases.models import Case
from cases.pictures.elsewhere.embeds import PIECES
from cases.tests.builders import make_case, make_raid, make_rig, make_seizure
from regions.models import Boundary
from regions.tests.builders import make_person, make_region

SQUARE = {"type": "Polygon", "coordinates": [[[100, 0], [110, 0], [110, 8], [100, 8], [100, 0]]]}


class EmbedTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        make_rig(manufacturer="generic", is_generic=True, released_year=2018, power_w=1400, kind="asic")
        malaysia = make_region(code="MY", name_en="Malaysia", name_zh="马来西亚", latitude=4.0, longitude=105.0)
        Boundary.objects.create(region=malaysia, geometry=SQUARE)
        for number in range(12):
            case = make_case(region=malaysia, published=True, occurred_on=f"2021-{number + 1:02}-01")
            make_seizure(make_raid(case), count=100, kind="asic")
        hidden = make_case(region=malaysia, title_en="Clandestine")
        make_seizure(make_raid(hidden), count=31337)
        summing.sum_up(Case.objects.all())

    def test_each_piece_says_its_figure_its_source_and_its_day(self):
        for what, _label, height in PIECES:
            page = self.client.get(f"/embed/{what}/?region=MY&metric=rigs&lang=en")
            picture = self.client.get(page.context["picture"])
            text = " ".join(ElementTree.fromstring(picture.content).itertext())  # noqa: S314 - we wrote it
            with self.subTest(what):
                self.assertContains(page, 'href="http://testserver/cases/?region=MY"')
                self.assertIn("12 of 12 cases state rigs", text)
                self.assertIn("http://testserver/cases/?region=MY", text)
                self.assertLessEqual(page.context["frame"].height, height)
                self.assertTrue(self.client.get(f"/embed/{what}.png?region=MY").content.startswith(b"\x89PNG"))
        self.assertContains(self.client.get("/embed/number.svg?metric=rigs&lang=en"), ">1,200<")
        self.assertContains(self.client.get("/embed/number.svg?metric=mw&lang=zh-hans"), "千瓦")
        self.assertContains(self.client.get("/embed/number.svg?rigs_min=5000&lang=en"), ">0<")

    def test_only_these_may_be_framed_and_no_cookie_is_taken_or_set(self):
        person = make_person("view_case", username="registrar", everywhere=True)
        nobody = self.client.get("/embed/number/?lang=zh-hans")
        self.client.force_login(person)
        self.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
        known = self.client.get("/embed/number/?lang=zh-hans")
        self.assertEqual(known.content, nobody.content)
        for path in ("/embed/map/?lang=zh-hans", "/embed/map.svg?lang=zh-hans", "/embed/map.png", "/embed/map/?bad=1"):
            answer = self.client.get(path)
            with self.subTest(path):
                self.assertEqual(answer.cookies, {})
                self.assertEqual(answer["Cross-Origin-Resource-Policy"], "cross-origin")
        for path in ("/embed/map/", "/embed/map/?bad=1"):
            answer = self.client.get(path)
            self.assertIn("frame-ancestors *", answer["Content-Security-Policy"])
            self.assertNotIn("X-Frame-Options", answer)
        page = self.client.get("/cases/?region=MY&metric=rigs")
        self.assertIn("frame-ancestors 'none'", page["Content-Security-Policy"])
        self.assertEqual(page["X-Frame-Options"], "DENY")
        self.assertContains(page, "&lt;iframe src=&quot;http://testserver/embed/number/?region=MY&amp;amp;metric=rigs")

    def test_each_chart_and_map_has_its_frame_beside_it(self):
        for path, least in [
            ("/cases/?region=MY&metric=rigs", {"trend", "kind"}), ("/", {"map", "trend"}),
            ("/regions/MY/", {"map"}),
        ]:  # fmt: skip
            page = self.client.get(path).content.decode()
            beside = re.sub(r'<ul class="plain elsewhere">.*?</ul>', "", page, flags=re.DOTALL)
            framed = re.findall(r"iframe src=&quot;http://testserver(/embed/(\w+)/\?.*?)&quot;", beside)
            with self.subTest(path):
                self.assertLessEqual(least, {what for _address, what in framed})
                for address, _what in framed:
                    asked = html.unescape(html.unescape(address))
                    self.assertEqual(self.client.get(asked).status_code, 200)
                    for part in urlsplit(path).query.split("&"):
                        self.assertIn(part, asked)

    def test_what_cannot_be_drawn_is_said(self):
        self.assertContains(self.client.get("/embed/map/?region=nowhere"), "nowhere", status_code=400)
        self.assertContains(
            self.client.get("/embed/kind/?rigs_min=5000&lang=en"), "There is nothing to draw", status_code=400
        )
        self.assertEqual(self.client.get("/embed/kind.svg?rigs_min=5000").status_code, 400)
        self.assertEqual(self.client.get("/embed/secret/").status_code, 404)
