"""Files read in parts: the parts make the whole, nobody gets those of another, and what is kept has a limit."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event
from unittest.mock import patch

from django.test import SimpleTestCase, TestCase, TransactionTestCase
from django.urls import reverse

from cases.files import parts
from cases.files.exports import Export
from cases.models import Case
from cases.tests.builders import make_case
from cases.views import exports
from regions.keeping import state_of_the_database
from regions.models import Scope
from regions.tests.builders import make_agency, make_person, make_region, make_source

FILES = ("export-csv", "export-geojson", "export-parquet", "export-xlsx")


class PartsTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.region = make_region(code="CN-NM", name_en="Inner Mongolia")
        values = {"region": cls.region, "published": True, "latitude": 40.8, "longitude": 111.7}
        cls.cases = [make_case(ref=f"case-{number}", location_precision="site", **values) for number in range(3)]

    def setUp(self):
        patcher = patch.object(exports, "_read_in_parts", parts.KeptFiles())
        patcher.start()
        self.addCleanup(patcher.stop)

    def part(self, asked, name="export-geojson", query="", **headers):
        return self.client.get(f"{reverse(f'cases:{name}')}?{query}", headers={"range": asked, **headers})

    def whole(self, **headers):
        return self.part("bytes=0-", **headers).getvalue()

    def test_the_length_is_told_first_and_parts_of_that_length_make_the_file(self):
        for name in FILES:
            with self.subTest(name):
                head = self.client.head(reverse(f"cases:{name}"))
                size = int(head["Content-Length"])
                self.assertEqual((head["Accept-Ranges"], head.content), ("bytes", b""))
                found = b""
                for first in range(0, size, 700):
                    part = self.part(f"bytes={first}-{first + 699}", name, **{"accept-encoding": "gzip"})
                    found += part.getvalue()
                    last = min(first + 700, size) - 1
                    self.assertEqual((part.status_code, part["ETag"]), (206, head["ETag"]))
                    self.assertEqual(part["Content-Range"], f"bytes {first}-{last}/{size}")
                    self.assertEqual(int(part["Content-Length"]), last + 1 - first)
                    self.assertEqual(part["Content-Type"], head["Content-Type"])
                self.assertEqual(len(found), size)
                if name == "export-geojson":
                    self.assertEqual(len(json.loads(found)["features"]), 3)

    def test_a_part_is_that_part_of_the_file_that_is_streamed(self):
        streamed = self.client.get(reverse("cases:export-csv"))
        self.assertEqual(streamed["Accept-Ranges"], "bytes")
        self.assertNotIn("Content-Length", streamed)
        streamed = streamed.getvalue()
        for asked, expected in [("0-0", streamed[:1]), ("-5", streamed[-5:]), ("7-", streamed[7:]),
                                ("5-99999999", streamed[5:]), ("-99999999", streamed)]:  # fmt: skip
            with self.subTest(asked):
                self.assertEqual(self.part(f"bytes={asked}", "export-csv").getvalue(), expected)

    def log_in_who_sees_all(self):
        self.client.force_login(make_person("view_case", everywhere=True))

    def test_a_download_that_broke_off_goes_on_where_it_was(self):
        for name in FILES:
            with self.subTest(name), patch("cases.files.exports.now") as clock:
                clock.return_value = datetime(2026, 11, 26, 12, 10, tzinfo=UTC)
                begun = self.client.get(reverse(f"cases:{name}"))
                self.assertNotIn("ETag", begun)  # it would tell when something was written that is hidden
                whole = begun.getvalue()
                clock.return_value = datetime(2026, 11, 26, 12, 40, tzinfo=UTC)
                rest = self.part("bytes=500-", name)
                self.assertEqual((rest.status_code, whole[:500] + rest.getvalue()), (206, whole))

    def test_who_sees_all_has_an_etag_to_go_on_with(self):
        self.log_in_who_sees_all()
        for name in FILES:
            with self.subTest(name):
                with patch("cases.files.exports.now", return_value=datetime(2026, 11, 26, 12, 10, tzinfo=UTC)):
                    begun = self.client.get(reverse(f"cases:{name}"))
                    whole = begun.getvalue()
                with patch("cases.files.exports.now", return_value=datetime(2026, 11, 26, 12, 40, tzinfo=UTC)):
                    for headers in ({}, {"if-range": begun["ETag"]}):
                        rest = self.part("bytes=500-", name, **headers)
                        self.assertEqual((rest.status_code, rest["ETag"]), (206, begun["ETag"]))
                        self.assertEqual(whole[:500] + rest.getvalue(), whole)

    def test_a_download_begins_anew_where_somebody_wrote_meanwhile(self):
        self.log_in_who_sees_all()
        for name in FILES:
            with self.subTest(name):
                begun = self.client.get(reverse(f"cases:{name}"))["ETag"]
                Case.objects.filter(pk=self.cases[0].pk).update(title_en=f"Told anew in {name}")
                again = self.part("bytes=500-", name, **{"if-range": begun})
                self.assertEqual(again.status_code, 200)
                self.assertNotEqual(again["ETag"], begun)
                self.assertEqual(again.getvalue(), self.client.get(reverse(f"cases:{name}")).getvalue())

    def test_only_texts_are_compressed_on_their_way_and_then_cannot_go_on(self):
        self.log_in_who_sees_all()
        for name in FILES:
            with self.subTest(name):
                answer = self.client.get(reverse(f"cases:{name}"), headers={"accept-encoding": "gzip"})
                is_text = name in ("export-csv", "export-geojson")
                self.assertEqual(answer["Content-Encoding"], "gzip" if is_text else "identity")
                self.assertEqual(answer["ETag"].startswith("W/"), is_text)
                rest = self.part("bytes=500-", name, **{"if-range": answer["ETag"]})
                self.assertEqual(rest.status_code, 200 if is_text else 206)

    def test_what_lies_behind_the_end_is_refused_with_the_length(self):
        size = len(self.whole())
        for asked in (f"bytes={size}-", f"bytes={size + 5}-{size + 9}", "bytes=-0"):
            with self.subTest(asked):
                refusal = self.part(asked)
                self.assertEqual((refusal.status_code, refusal["Content-Range"]), (416, f"bytes */{size}"))

    def test_a_range_that_is_none_and_a_part_of_another_file_get_the_whole(self):
        whole = self.whole()
        etag = self.part("bytes=0-1")["ETag"]
        for asked, headers in [("bytes=5-2", {}), ("lines=0-5", {}), ("bytes=0-1,4-5", {}), ("bytes=x-", {}),
                               ("bytes=-", {}), ("bytes=2-5", {"if-range": '"another"'})]:  # fmt: skip
            with self.subTest(asked):
                answer = self.part(asked, **headers)
                self.assertEqual((answer.status_code, answer.getvalue()), (200, whole))
        self.assertEqual(self.part("bytes=2-5", **{"if-range": etag}).getvalue(), whole[2:6])

    def test_what_is_not_understood_is_refused_and_not_cut(self):
        for ask in (self.client.get, self.client.head):
            refusal = ask(f"{reverse('cases:export-geojson')}?kind=feast", headers={"range": "bytes=0-5"})
            self.assertEqual(refusal.status_code, 400)

    def test_the_file_is_made_once_for_all_its_parts(self):
        with patch.object(Export, "geojson", autospec=True, side_effect=Export.geojson) as made:
            self.client.head(reverse("cases:export-geojson"))
            for first in range(0, 500, 50):
                self.part(f"bytes={first}-{first + 49}")
        self.assertEqual(made.call_count, 1)

    def test_two_processes_cut_their_parts_out_of_the_same_file(self):
        asked_at = datetime(2026, 11, 26, 12, 10, tzinfo=UTC)
        for name in FILES:
            with self.subTest(name):
                found = set()
                for seconds in (0, 90):
                    made_at = asked_at + timedelta(seconds=seconds)
                    with (
                        patch.object(exports, "_read_in_parts", parts.KeptFiles()),
                        patch("cases.files.exports.now", return_value=made_at),
                    ):
                        found.add(self.part("bytes=0-", name).getvalue())
                self.assertEqual(len(found), 1)

    def test_a_change_between_two_parts_is_seen_by_the_next(self):
        def withdraw():
            Case.objects.filter(pk=self.cases[0].pk).update(published=False)

        def tell_less():
            Case.objects.filter(pk=self.cases[1].pk).update(sensitive=True)

        def name_a_party():
            self.cases[2].agencies.add(make_agency(name_en="Clandestine bureau"))

        for change in (withdraw, tell_less, name_a_party):
            with self.subTest(change.__name__):
                before, etag = self.whole(), self.part("bytes=0-9")["ETag"]
                change()
                self.assertNotEqual(self.part("bytes=0-9")["ETag"], etag)
                self.assertNotEqual(self.whole(), before)
        self.assertNotIn(b"case-0", self.whole())

    def test_nobody_gets_the_parts_of_another(self):
        make_case(ref="hidden-case", region=self.region)
        officer = make_person("view_case", regions=[self.region])
        self.client.force_login(officer)
        self.assertIn(b"hidden-case", self.whole())
        Scope.objects.filter(user=officer).delete()
        self.assertNotIn(b"hidden-case", self.whole())
        self.client.force_login(make_person("view_case", username="another"))
        self.assertNotIn(b"hidden-case", self.whole())
        self.client.logout()
        self.assertNotIn(b"hidden-case", self.whole())

    def test_the_file_is_that_of_the_question_and_of_the_language(self):
        self.assertNotEqual(self.whole(), self.whole(**{"accept-language": "zh-hans"}))
        self.assertEqual(json.loads(self.part("bytes=0-", query="q=nothing+at+all").getvalue())["features"], [])
        named = self.part("bytes=0-", "export-csv", "columns=ref").getvalue()
        self.assertEqual(named.split(b"\r\n")[0], b"ref")
        self.assertTrue(self.part("bytes=0-", "export-csv", "bom=1").getvalue().startswith(b"\xef\xbb\xbf"))


class ManyCasesTests(TransactionTestCase):
    def test_of_many_cases_any_write_counts(self):
        make_case(region=make_region(), published=True)
        self.client.force_login(make_person("view_case", everywhere=True))

        states = []

        def noted():
            states.append(state_of_the_database())
            return states[-1]

        def etag():
            return self.client.get(reverse("cases:export-csv"))["ETag"]

        with (
            patch("cases.files.exports.MOST_TO_READ", 0),
            patch("cases.files.exports.state_of_the_database", noted),
        ):
            etag()  # the first visit writes the session
            before, again = etag(), etag()
            # Tests beside this one write to databases of the same server, which counts too.
            self.assertEqual(before == again, states[-2] == states[-1])
            make_source()  # of no case
            self.assertNotEqual(etag(), again)


class KeptFilesTests(SimpleTestCase):
    def setUp(self):
        self.kept, self.made = parts.KeptFiles(), []

    def get(self, key, size=10):
        def make():
            self.made.append(key)
            return io.BytesIO(b"x" * size)

        return self.kept.get(key, make)

    def test_the_oldest_goes_where_there_are_too_many(self):
        with patch.object(parts, "MOST_KEPT", 2):
            for key in "abcabca":
                self.get(key)
        self.assertEqual("".join(self.made), "abcabca")
        self.get("a")
        self.get("c")
        self.assertEqual("".join(self.made), "abcabca")

    def test_the_oldest_goes_where_there_are_too_many_bytes_and_the_newest_stays(self):
        with patch.object(parts, "MOST_BYTES", 25):
            for key, size in [("a", 10), ("b", 10), ("b", 10), ("c", 10), ("a", 10), ("large", 100), ("large", 100)]:
                self.get(key, size)
        self.assertEqual(self.made, ["a", "b", "c", "a", "large"])

    def test_it_is_made_again_when_it_is_old(self):
        with patch.object(parts, "monotonic", side_effect=lambda: self.now):
            self.now = 0
            self.get("a")
            self.now = parts.KEPT_SECONDS - 1
            self.get("a")
            self.assertEqual(len(self.made), 1)
            self.now = parts.KEPT_SECONDS + 1
            self.get("a")
        self.assertEqual(len(self.made), 2)

    def test_two_who_ask_at_once_wait_for_one_file(self):
        goes_on, began = Event(), Event()

        def make():
            self.made.append("slow")
            began.set()
            goes_on.wait(10)
            return io.BytesIO(b"x")

        with ThreadPoolExecutor(4) as threads:
            asked = [threads.submit(self.kept.get, "slow", make) for _number in range(4)]
            began.wait(10)
            self.get("another")  # does not wait
            goes_on.set()
            self.assertEqual(len({id(one.result(10)) for one in asked}), 1)
        self.assertEqual(self.made, ["slow", "another"])

    def test_a_file_that_could_not_be_made_is_not_kept(self):
        def fail():
            raise OSError("the disk is full")

        with self.assertRaises(OSError):
            self.kept.get("a", fail)
        self.assertEqual(self.get("a").size, 10)

    def test_who_reads_a_file_that_is_let_go_reads_to_its_end(self):
        reading = self.get("a", 200_000).part(0, 199_999)
        first = next(reading)
        with patch.object(parts, "MOST_KEPT", 1):
            self.get("b")
        self.assertEqual(len(first) + sum(map(len, reading)), 200_000)
