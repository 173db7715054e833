"""A sheet that is written quickly is, to the byte, the one that XlsxWriter writes cell by cell."""

import io
from datetime import date
from zipfile import ZipFile

import xlsxwriter
from django.test import SimpleTestCase
from openpyxl import load_workbook

from cases.files.text import cell_text
from cases.files.xlsx import DIMENSION, Sheet, workbook_parts

ROWS = [
    [
        "a",
        "",
        None,
        "矿机 💥 “挖矿”",
        'x & y < z > "q"',
        " before",
        "after\u3000",
        "a\tb",
        "a\r\nb\n",
        "_x0041_ _x",
        "=1+1",
    ],
    [True, False, 0, 1, -5, 10_100, 12.5, 0.1 + 0.2, 1e20, 1e-7, 123_456_789_012_345],
    [date(1900, 1, 1), date(1900, 2, 28), date(1900, 3, 1), date(2021, 9, 25), *[None] * 7],
    ["\x0bodd\x1f", "\ufffe", "x" * 33_000, "💥" * 20_000, "a" * 32_767, "_X0041_", "\n", *[None] * 4],
    ["last", *[None] * 10],
]
HEAD = [f"column {at}" for at in range(11)]


def cell_by_cell(rows, formats):
    """The XML of a sheet that XlsxWriter's own methods wrote; `formats` are those of its columns."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
    text = book.add_format({"num_format": "@"})
    for each in (bold, day, text):
        each._get_xf_index()  # else they would be numbered as they are used
    sheet = book.add_worksheet("cases")
    sheet.freeze_panes(1, 0)
    for at in range(len(HEAD)):
        sheet.set_column(at, at, 9, text if at in formats else None)
        sheet.write_string(0, at, HEAD[at], bold)
    for line, row in enumerate(rows, 1):
        for at, value in enumerate(row):
            if value in (None, ""):
                continue
            if isinstance(value, str):
                sheet.write_string(line, at, cell_text(value))
            elif isinstance(value, bool):
                sheet.write_boolean(line, at, value)
            elif isinstance(value, date):
                sheet.write_datetime(line, at, value, day)
            else:
                sheet.write_number(line, at, value)
    sheet.autofilter(0, 0, len(rows), len(HEAD) - 1)
    book.close()
    return DIMENSION.sub(b"", ZipFile(file).read("xl/worksheets/sheet1.xml"))


def written(rows, **options):
    return io.BytesIO(b"".join(workbook_parts([Sheet("cases", HEAD, [9] * len(HEAD), rows, **options)])))


class SheetTests(SimpleTestCase):
    def test_every_kind_of_cell_is_written_as_xlsxwriter_does(self):
        texts = [row for row in ROWS if all(value is None or isinstance(value, str) for value in row)]
        for rows, text_columns in ((ROWS, ()), ([], ()), (texts, {0, 3, 7})):
            with self.subTest(rows=len(rows), text_columns=text_columns):
                ours = ZipFile(written(rows, text_columns=text_columns)).read("xl/worksheets/sheet1.xml")
                self.assertEqual(ours, cell_by_cell(rows, text_columns))

    def test_a_text_that_looks_like_markup_of_a_sheet_stays_text(self):
        text = "<r><t>bold</t> & 1 < 2</r>"
        sheet = load_workbook(written([[text, *[None] * 10]]))["cases"]
        self.assertEqual(sheet["A2"].value, text)

    def test_what_is_no_number_leaves_its_cell_empty(self):
        sheet = load_workbook(written([[float("nan"), float("inf"), 1, *[None] * 8]]))["cases"]
        self.assertEqual([cell.value for cell in sheet[2]][:3], [None, None, 1])

    def test_it_is_sent_as_it_is_made(self):
        asked = []

        def rows(name, number):
            for at in range(number):
                asked.append(name)
                yield [f"{name} {at}"]

        sheets = [Sheet("cases", ["a"], [9], rows("a case", 5_000)), Sheet("about", ["b"], [9], rows("about", 1))]
        parts = workbook_parts(sheets)
        first = next(parts)
        self.assertTrue(first.startswith(b"PK") and b"[Content_Types].xml" in first)
        self.assertEqual(asked, [])
        whole = first + next(parts)
        self.assertLess(len(asked), 1_002)
        book = load_workbook(io.BytesIO(whole + b"".join(parts)))
        self.assertEqual([book["cases"].auto_filter.ref, book["about"].auto_filter.ref], ["A1:A5001", "A1:A2"])
        self.assertEqual([book["cases"]["A5001"].value, book["about"]["A2"].value], ["a case 4999", "about 0"])

    def test_a_sheet_of_many_rows_may_be_larger_than_two_gigabytes(self):
        (start, end) = (ZipFile(written([["a", *[None] * 10]], expected=many)).infolist()[4] for many in (0, 300_000))
        self.assertEqual((start.extract_version, end.extract_version), (20, 45))
