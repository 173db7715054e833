"""Files of a selection: the same cases in every format, nobody else's, told by a manifest that holds."""

import csv
import io
import json
import sys
import unicodedata
from hashlib import sha256
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import SimpleTestCase, TestCase, TransactionTestCase
from django.urls import reverse
from django.utils.timezone import localdate, now
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from pyarrow.parquet import read_table

from cases.files.csv_text import csv_lines, defused, quoted, undefused
from cases.files.exports import COLUMNS
from cases.models import Case
from cases.selection.selection import LIST_COLUMNS
from cases.tests.builders import make_case, make_citation
from regions.tests.builders import make_agency, make_person, make_region, make_source

FILES = ("export-csv", "export-xlsx", "export-geojson", "export-manifest")


class Files:
    """Asks for files as a browser would, and reads them as other programs do."""

    def ask(self, name, query="", status=200, **headers):
        response = self.client.get(f"{reverse(f'cases:{name}')}?{query}", headers=headers)
        self.assertEqual(response.status_code, status, query)
        return response

    def bytes(self, name, query="", **headers):
        response = self.ask(name, query, **headers)
        return b"".join(response.streaming_content) if response.streaming else response.content

    def csv(self, query="", **headers):
        text = self.bytes("export-csv", query, **headers).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))

    def workbook(self, query=""):
        return load_workbook(io.BytesIO(self.bytes("export-xlsx", query)))

    def xlsx(self, query=""):
        head, *rows = self.workbook(query)["cases"].values
        return [dict(zip(head, row, strict=True)) for row in rows]

    def geojson(self, query=""):
        return json.loads(self.bytes("export-geojson", query), parse_constant=self.fail)

    def manifest(self, query=""):
        return json.loads(self.bytes("export-manifest", query))["notes"][0]

    def log_in_as_reader(self):
        self.client.force_login(make_person("view_case", everywhere=True))


class SameSelectionTests(Files, TestCase):
    @classmethod
    def setUpTestData(cls):
        china = make_region(code="CN", name_en="China", name_zh="中国", latitude=35.0, longitude=103.0)
        inner = make_region(code="CN-NM", parent=china, name_en="Inner Mongolia", name_zh="内蒙古")
        chile = make_region(code="CL", name_en="Chile", latitude=-30.0, longitude=-71.0)
        cls.internal = make_case(ref="internal-sweep", region=china, kind="sweep", title_en="Not yet told")
        make_case(
            ref="big", region=inner, published=True, rigs=10100, rigs_qualifier="at_least", kw_low=1.25, kw_best=2.5,
            kw_high=5, occurred_on="2021-09-01", date_precision="month", lead_source="public_tip",
            latitude=40.743, longitude=107.388, location_precision="admin2", part_of=cls.internal,
        )  # fmt: skip
        make_case(
            ref="small", region=chile, published=True, kind="sweep", rigs=3, rigs_qualifier="exact", theft=True,
            latitude=-33.4489, longitude=-70.6693, location_precision="site", occurred_on="2020-02-29",
        )  # fmt: skip
        make_case(
            ref="secret", region=china, published=True, sensitive=True, latitude=31.2345, longitude=121.6789,
            location_precision="site", occurred_on="2019-01-01", date_precision="year",
        )  # fmt: skip
        make_case(ref="nowhere", region=chile, published=True, theft=False, counts_in_totals=False)

    QUESTIONS = {
        "": ["big", "nowhere", "small", "secret"],
        "sort=rigs": ["small", "big", "nowhere", "secret"],
        "region=CN": ["big", "secret"],
        "region=CN&region=CL&kind=sweep": ["small"],
        "kind__not=sweep": ["big", "nowhere", "secret"],
        "rigs_min=4": ["big"],
        "theft=true&theft=unknown": ["big", "small", "secret"],
        "empty=rigs": ["nowhere", "secret"],
        "bbox=-80,-40,-60,-20": ["nowhere", "small"],
        "q=nothing+of+the+kind": [],
        "per_page=25&page=1&kind=sweep": ["small"],
    }

    def test_every_format_has_exactly_the_cases_of_the_list_in_its_order(self):
        for query, refs in self.QUESTIONS.items():
            with self.subTest(query):
                listed = self.client.get(f"{reverse('cases:case-list')}?{query}").context["page"]
                self.assertEqual([case.ref for case in listed], refs)
                self.assertEqual([row["ref"] for row in self.csv(query)], refs)
                self.assertEqual([row["ref"] for row in self.xlsx(query)], refs)
                self.assertEqual([feature["id"] for feature in self.geojson(query)["features"]], refs)
                self.assertEqual(self.manifest(query)["rows"], len(refs))

    def test_an_internal_case_leaves_no_trace_in_a_file_of_the_public(self):
        for name in FILES:
            with self.subTest(name):
                content = self.bytes(name)
                if name == "export-xlsx":
                    content = repr([list(sheet.values) for sheet in self.workbook()]).encode()
                for word in (b"internal-sweep", b"Not yet told"):
                    self.assertNotIn(word, content)
                for place in (b"31.2345", b"121.6789"):
                    self.assertNotIn(place, content)

    def test_who_may_see_internal_cases_gets_them_marked_and_the_wider_case_by_its_reference(self):
        self.log_in_as_reader()
        rows = {row["ref"]: row for row in self.csv()}
        self.assertEqual(len(rows), 5)
        self.assertEqual((rows["internal-sweep"]["published"], rows["big"]["published"]), ("false", "true"))
        self.assertEqual(rows["big"]["part_of"], "internal-sweep")
        self.assertEqual((rows["secret"]["latitude"], rows["secret"]["location_precision"]), ("31.2345", "site"))

    def test_of_a_point_that_is_not_shown_nothing_is_said(self):
        secret = next(row for row in self.csv() if row["ref"] == "secret")
        of_the_point = [
            secret[name] for name in ("latitude", "longitude", "location_precision", "location_precision_label")
        ]
        self.assertEqual(of_the_point, ["", "", "", ""])
        self.assertEqual(secret["region_code"], "CN")

    def test_a_question_that_is_not_understood_gets_no_file_but_the_name_of_the_parameter(self):
        for name in FILES:
            for query, parameter in [
                ("region=nowhere", "region"), ("kind=feast", "kind"), ("colour=red", "colour"), ("sort=secret", "sort"),
                ("rigs_min=many", "rigs_min"), ("bbox=0,10,10,0", "bbox"), ("page=-1", "page"), ("bom=2", "bom"),
                ("bom=1&bom=0", "bom"), ("columns=ref,password", "columns"),
            ]:  # fmt: skip
                with self.subTest(file=name, query=query):
                    self.assertEqual(list(self.ask(name, query, status=400).json()["errors"]), [parameter])

    def test_the_columns_are_those_of_the_list_first_and_codes_stand_beside_their_labels(self):
        head = list(self.csv()[0])
        self.assertEqual(head, list(COLUMNS))
        first = ["occurred_on", "title_en", "region_code", "kind", "rigs", "kw_best", "lead_source", "source_titles"]
        self.assertEqual(sorted(first, key=head.index), first)
        for name in head:
            if name.endswith("_label"):
                self.assertEqual(head.index(name), head.index(name.removesuffix("_label")) + 1)

    def test_columns_can_be_chosen_and_ordered(self):
        for query, head in [
            ("columns=rigs,ref", ["rigs", "ref"]),
            ("columns=rigs&columns=ref&columns=rigs", ["rigs", "ref"]),
            ("columns=title,kw", ["title_en", "title_zh", "kw_low", "kw_best", "kw_high"]),
            ("columns=", list(COLUMNS)),
        ]:
            with self.subTest(query):
                self.assertEqual(list(self.csv(query)[0]), head)
                self.assertEqual(list(self.xlsx(query)[0]), head)
                in_properties = [
                    name for name in head if name not in ("latitude", "longitude")
                ]  # these are the geometry
                self.assertEqual(list(self.geojson(query)["features"][0]["properties"]), in_properties)
                self.assertEqual(self.manifest(query)["columns"], head)
        for name in LIST_COLUMNS:
            with self.subTest(name):
                self.assertEqual(len(self.csv(f"columns={name}")), 4)

    def test_a_value_is_the_same_in_every_format(self):
        row, cells = self.csv("rigs_min=4")[0], self.xlsx("rigs_min=4")[0]
        properties = self.geojson("rigs_min=4")["features"][0]["properties"]
        expected = {
            "occurred_on": "2021-09", "country_code": "CN", "region_name_zh": "内蒙古", "kind": "raid",
            "kind_label": "Raid", "lead_source_label": "Public tip", "rigs": 10100, "rigs_qualifier": "at_least",
            "kw_low": 1.25, "kw_best": 2.5, "kw_high": 5.0, "counts_in_totals": True,
            "address": "http://testserver/cases/big/",
        }  # fmt: skip
        self.assertEqual({name: properties[name] for name in expected}, expected)
        self.assertEqual({name: cells[name] for name in expected}, expected)
        in_text = {name: "true" if value is True else str(value) for name, value in expected.items()}
        self.assertEqual({name: row[name] for name in expected}, in_text)
        self.assertEqual((row["theft"], cells["theft"], properties["theft"]), ("", None, None))

    def test_parquet_has_the_same_values_with_lists_as_lists_and_nothing_for_what_is_not_said(self):
        big = Case.objects.get(ref="big")
        for english in ("Zunyi police", "Baotou grid"):
            big.agencies.add(make_agency(name_en=english))
        rows = read_table(io.BytesIO(self.bytes("export-parquet"))).to_pylist()
        properties = {feature["id"]: feature["properties"] for feature in self.geojson()["features"]}
        for row in rows:
            expected = properties[row["ref"]]
            without_place = {name: value for name, value in row.items() if name not in ("latitude", "longitude")}
            self.assertEqual(without_place, {name: None if value == "" else value for name, value in expected.items()})
        self.assertEqual([row["ref"] for row in rows], self.QUESTIONS[""])
        self.assertEqual((rows[0]["latitude"], rows[0]["agencies"]), (40.743, ["Baotou grid", "Zunyi police"]))

    def test_agencies_stand_by_their_english_names_and_their_chinese_names_in_step(self):
        case = Case.objects.get(ref="big")
        for english, chinese in (("Zunyi police", "甲"), ("Baotou grid", "丙"), ("Anshan court", "乙")):
            case.agencies.add(make_agency(name_en=english, name_zh=chinese))
        row = self.csv("rigs_min=4")[0]
        self.assertEqual(row["agencies"], "Anshan court; Baotou grid; Zunyi police")
        self.assertEqual(row["agencies_zh"], "乙; 丙; 甲")

    def test_a_day_is_a_date_in_a_sheet_and_a_month_or_a_year_is_as_much_as_is_known(self):
        days = {row["ref"]: row["occurred_on"] for row in self.xlsx()}
        self.assertEqual((days["big"], days["secret"]), ("2021-09", "2019"))
        self.assertEqual(days["small"].isoformat(), "2020-02-29T00:00:00")

    def test_labels_and_the_name_of_the_file_are_in_the_readers_language_and_names_of_columns_are_not(self):
        chinese = {"accept-language": "zh-hans"}
        row = self.csv("region=CN-NM", **chinese)[0]
        table = read_table(io.BytesIO(self.bytes("export-parquet", "region=CN-NM", **chinese)))
        self.assertEqual(table["kind_label"].to_pylist(), [row["kind_label"]])
        self.assertNotEqual(row["kind_label"], "Raid")
        self.assertEqual(list(row), list(COLUMNS))
        name = self.ask("export-csv", "region=CN-NM", **chinese)["Content-Disposition"]
        self.assertIn(f'filename="cases-inner-mongolia-{localdate()}.csv"', name)
        self.assertIn("%E5%86%85%E8%92%99%E5%8F%A4", name.split("filename*=UTF-8''")[1])

    def test_a_file_says_what_it_is(self):
        for name, media_type, ending in [
            ("export-csv", "text/csv; charset=utf-8; header=present", "csv"),
            ("export-geojson", "application/geo+json", "geojson"),
            ("export-xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
        ]:
            with self.subTest(name):
                response = self.ask(name, "region=CL")
                self.assertEqual(response["Content-Type"], media_type)
                self.assertIn(f'attachment; filename="cases-chile-{localdate()}.{ending}"',
                              response["Content-Disposition"])  # fmt: skip
                head = self.client.head(f"{reverse(f'cases:{name}')}?region=CL")
                self.assertEqual((head.status_code, head["Content-Type"], head.getvalue()), (200, media_type, b""))

    def test_a_byte_order_mark_is_there_where_it_is_asked_for(self):
        self.assertTrue(self.bytes("export-csv", "bom=1").startswith(b"\xef\xbb\xbfref,"))
        self.assertTrue(self.bytes("export-csv", "bom=0").startswith(b"ref,"))

    def test_the_sidecar_of_a_csv_holds_its_digest_its_rows_and_the_sentence_of_the_page(self):
        for query in ("", "region=CN&columns=ref,rigs", "bom=1", "q=nothing+of+the+kind", "sort=-rigs&theft__not=true"):
            with self.subTest(query):
                file = self.ask("export-csv", query)
                sent = b"".join(file.streaming_content)
                link, rest = file["Link"].split(">; ")
                self.assertEqual(rest, 'rel="describedby"; type="application/csvm+json"')
                described = self.client.get(link.removeprefix("<http://testserver"))
                self.assertEqual(described["Content-Type"], "application/csvm+json")
                manifest = described.json()["notes"][0]
                self.assertEqual(manifest["sha256"], sha256(sent).hexdigest())
                self.assertEqual(manifest["rows"], sent.count(b"\r\n") - 1)
                page = self.client.get(manifest["page"].removeprefix("http://testserver"))
                self.assertEqual(manifest["sentence"], page.context["sentence"])
                self.assertTrue(manifest["licence"] and manifest["caveats"] and manifest["made_at"])
                columns = [column["titles"] for column in described.json()["tableSchema"]["columns"]]
                self.assertEqual(",".join(columns).encode(), sent.removeprefix(b"\xef\xbb\xbf").split(b"\r\n")[0])

    def test_geojson_puts_cases_where_they_are_shown_and_carries_its_manifest(self):
        sent = self.bytes("export-geojson")
        answer = json.loads(sent)
        places = {
            feature["id"]: feature["geometry"] and feature["geometry"]["coordinates"] for feature in answer["features"]
        }
        expected = {"big": [107.388, 40.743], "small": [-70.6693, -33.4489], "secret": None, "nowhere": None}
        self.assertEqual(places, expected)
        features = sent[sent.index(b'"features":') + len(b'"features":') : sent.rindex(b',"manifest":')]
        self.assertEqual(answer["manifest"]["sha256"], sha256(features).hexdigest())
        self.assertEqual((answer["manifest"]["rows"], answer["manifest"]["sentence"]), (4, "4 cases"))
        self.assertEqual(answer["manifest"]["page"], "http://testserver/cases/")

    def test_a_workbook_tells_about_itself_with_the_digest_of_the_same_csv(self):
        about = dict(self.workbook("region=CN&columns=ref,rigs")["about"].values)
        self.assertEqual(about["Content"], "2 cases in China")
        self.assertEqual(about["Page with the same cases"], "http://testserver/cases/?region=CN")
        self.assertEqual(about["Rows"], 2)
        sent = self.bytes("export-csv", "region=CN&columns=ref,rigs")
        self.assertEqual(about["SHA-256"], sha256(sent).hexdigest())

    def test_more_cases_than_a_sheet_holds_are_refused_with_the_way_out(self):
        with patch("cases.views.exports.MOST_ROWS", 4):
            refusal = self.ask("export-xlsx", status=400).json()["errors"]
            self.assertIn("CSV", refusal["rows"][0])
            self.assertEqual(len(self.xlsx("region=CN")), 2)

    def test_the_cases_are_one_question_to_the_database_however_many_they_are(self):
        for rows in (1, 3):
            with self.subTest(rows_at_a_time=rows), patch("cases.files.exports.ROWS_AT_A_TIME", rows):
                with self.assertNumQueries(4):  # and the count and two others for the ETag
                    self.bytes("export-csv")
                with self.assertNumQueries(4):
                    self.bytes("export-geojson")


class NastyTextTests(Files, TestCase):
    """Texts that break naive files come out as they went in."""

    TEXTS = (
        'He said "no"', "one, two; three", "first\nsecond\r\nthird\rfourth", "  blanks  ", "矿机 💥 “挖矿”", "a\tb",
        "</t><script>&amp;", "=1+1", "+8613800000000", "-5", "@x", "\t=1", " =1", "＝1+1", "'=1", "''+1", "\u200b=1",
        "%0A", "|cmd", "'quoted'", "\x0bodd\x1f",
    )  # fmt: skip

    @classmethod
    def setUpTestData(cls):
        region = make_region(latitude=-1.5, longitude=-60.25)
        second = make_source(publisher="Zz; z")
        for number, text in enumerate(cls.TEXTS):
            case = make_case(
                ref=f"nasty-{number:02}", region=region, published=True, note=text, place=text, latitude=-1.5,
                longitude=-60.25, location_precision="site",
            )  # fmt: skip
            case.sources.add(make_source(publisher=text, title=str(number)), second)
            case.agencies.add(make_agency(name_en=f"Agency of {text}"))
            make_citation(case, text=text)

    def test_csv_gives_them_back_once_the_apostrophe_is_taken_away(self):
        rows = self.csv("sort=title")
        by_ref = {row["ref"]: row for row in rows}
        self.assertEqual(len(rows), len(self.TEXTS))
        for number, text in enumerate(self.TEXTS):
            with self.subTest(text):
                row = by_ref[f"nasty-{number:02}"]
                self.assertEqual(undefused(row["note"]), text)
                self.assertEqual(undefused(row["legal_basis"]), text)
                self.assertEqual(row["note"] == text, defused(text) == text)

    def test_no_cell_of_a_csv_begins_like_a_formula_and_numbers_stay_numbers(self):
        for row in self.csv():
            for name, value in row.items():
                if name in ("latitude", "longitude"):
                    self.assertEqual(value, {"latitude": "-1.5", "longitude": "-60.25"}[name])
                else:
                    self.assertFalse(looks_like_a_formula(value), (name, value))

    def test_a_sheet_holds_them_as_texts(self):
        sheet = self.workbook()["cases"]
        head = [cell.value for cell in sheet[1]]
        note, ref, latitude = (head.index(name) for name in ("note", "ref", "latitude"))
        for row in sheet.iter_rows(min_row=2):
            text = self.TEXTS[int(row[ref].value.removeprefix("nasty-"))]
            with self.subTest(text):
                written = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "").replace("\x1f", "")
                self.assertEqual((row[note].value, row[latitude].value), (written, -1.5))
                self.assertNotEqual(row[note].data_type, "e")
        self.assertNotIn(b"<f>", _part(self.bytes("export-xlsx"), "xl/worksheets/sheet1.xml"))

    def test_geojson_holds_them_as_they_are_and_lists_as_lists(self):
        for feature in self.geojson()["features"]:
            text = self.TEXTS[int(feature["id"].removeprefix("nasty-"))]
            with self.subTest(text):
                self.assertEqual(feature["properties"]["note"], text)
                self.assertEqual(sorted(feature["properties"]["source_publishers"]), sorted([text, "Zz; z"]))

    def test_a_list_in_a_cell_can_be_taken_apart_and_its_columns_stand_in_step(self):
        for row in self.csv():
            publishers, titles = row["source_publishers"].split("; "), row["source_titles"].split("; ")
            self.assertEqual((len(publishers), len(titles)), (2, 2))
            self.assertEqual(titles[publishers.index("Zz, z")], "")

    def test_a_line_of_a_csv_is_the_one_that_pythons_own_writer_writes(self):
        for query in ("", "columns=note", "columns=outcome"):  # the last of them is empty everywhere
            with self.subTest(query):
                sent = self.bytes("export-csv", query)
                rows = list(csv.reader(io.StringIO(sent.decode(), newline=""), strict=True))
                self.assertEqual(({len(row) for row in rows}, csv_lines(rows)), ({len(rows[0])}, sent))

    def test_files_are_the_same_whatever_is_remembered_of_the_rows_before(self):
        for name in ("export-csv", "export-geojson", "export-xlsx"):
            with self.subTest(name), patch("cases.files.exports.now", return_value=now()):
                sent = self.bytes(name)
                with patch("cases.files.exports.MOST_REMEMBERED", 0):
                    self.assertEqual(self.bytes(name), sent)

    def test_a_text_that_is_too_long_for_a_cell_is_cut_and_says_so(self):
        Case.objects.filter(ref="nasty-00").update(outcome="💥" * 20_000)
        outcome = next(row["outcome"] for row in self.xlsx() if row["ref"] == "nasty-00")
        self.assertEqual((outcome[-1], len(outcome.encode("utf-16-le")) // 2), ("…", 32_767))
        self.assertEqual(len(next(row["outcome"] for row in self.csv() if row["ref"] == "nasty-00")), 20_000)


class DefusingTests(SimpleTestCase):
    def test_no_character_before_a_sign_and_no_form_of_a_sign_gets_through(self):
        characters = [chr(point) for point in range(sys.maxunicode + 1)]
        through = [hex(ord(one)) for one in characters if looks_like_a_formula(defused(f"{one}=1+1"))]
        self.assertEqual(through, [])

    @given(st.text() | st.from_regex(r"\A['\s\u200b]*[=+\-@＝＋－＠]?.{0,3}\Z"))
    def test_a_defused_text_is_no_formula_and_comes_back_whole(self, text):
        self.assertFalse(looks_like_a_formula(defused(text)))
        self.assertEqual(undefused(defused(text)), text)

    @given(st.lists(st.text() | st.text(',"\r\n; \\\0'), min_size=2))
    def test_a_quoted_text_is_as_pythons_own_writer_quotes_it(self, texts):
        self.assertEqual(",".join(map(quoted, texts)).encode(errors="replace"), csv_lines([texts])[:-2])

    @given(st.text(st.characters(categories=["L", "N"]), min_size=1))
    def test_letters_and_digits_are_left_alone(self, text):
        if not looks_like_a_formula(text):
            self.assertEqual(defused(text), text)


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+86…",
        "-1",
        "@x",
        "\tx",
        "\rx",
        "\nx",
        " =1",
        "\u3000=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠x",
        "\ufeff=1",
        "|x",
    ],
)
def test_what_a_spreadsheet_might_run_is_defused(text):
    assert defused(text) == f"'{text}"


class HangUpTests(Files, TransactionTestCase):
    """As in production: every statement commits by itself, so a cursor must hold on, and let go."""

    def setUp(self):
        region = make_region()
        for _number in range(7):
            make_case(region=region, published=True)

    def open_cursors(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_cursors WHERE is_holdable")
            return cursor.fetchone()[0]

    def test_a_client_that_hangs_up_leaves_no_cursor_and_no_transaction(self):
        for name in ("export-csv", "export-geojson", "export-parquet"):
            with (
                self.subTest(name),
                patch("cases.files.exports.ROWS_AT_A_TIME", 2),
                patch("cases.files.parquet.ROWS_AT_A_TIME", 2),
                patch("cases.files.parquet.BATCHES_OF_A_GROUP", 1),
            ):
                response = self.ask(name)
                parts = iter(response.streaming_content)
                for _part_number in range(3):
                    next(parts)
                self.assertEqual(self.open_cursors(), 1)
                response.close()
                self.assertEqual(self.open_cursors(), 0)
                self.assertEqual(connection.connection.info.transaction_status, 0)
                self.assertEqual(len(self.csv()), 7)

    def test_a_file_begins_before_the_database_is_asked_for_its_rows(self):
        for name in ("export-csv", "export-geojson", "export-parquet"):
            with self.subTest(name):
                response = self.ask(name, "columns=ref")
                self.assertEqual(self.open_cursors(), 0)
                response.close()
                self.assertEqual(self.open_cursors(), 0)

    def test_a_file_that_was_read_to_its_end_leaves_nothing_either(self):
        with patch("cases.files.exports.ROWS_AT_A_TIME", 2):
            self.assertEqual(len(self.csv()), 7)
        self.xlsx()
        self.assertEqual(self.open_cursors(), 0)


def looks_like_a_formula(text):
    """Reckoned another way than the product does: what is left when all that cannot be seen is taken away."""
    if text[:1] in ("\t", "\r", "\n"):
        return True
    seen = [
        character
        for character in text
        if not character.isspace() and unicodedata.category(character) not in ("Cc", "Cf")
    ]
    first = unicodedata.normalize("NFKC", seen[0]) if seen else ""
    return first.startswith(("=", "+", "-", "@"))


def _part(archive, name):
    from zipfile import ZipFile

    return ZipFile(io.BytesIO(archive)).read(name)
