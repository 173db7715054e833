"""Workbooks that are no usual .xlsx: .ods, old .xls, Strict Open XML; and those that would take all memory."""

import io
import zipfile

import pytest

from cases.files import readers
from cases.files.tables import other_workbooks

from .tables import HEAD, ROW
from .test_mapping import asked_about
from .test_trials import FILES, workbook

NAMES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)


def ods(*sheets, mimetype="application/vnd.oasis.opendocument.spreadsheet"):
    """An .ods of `sheets`, (name, its rows as XML)."""
    tables = "".join(f'<table:table table:name="{name}">{rows}</table:table>' for name, rows in sheets)
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {NAMES}><office:body><office:spreadsheet>'
        f"{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{mimetype}"/></manifest:manifest>'
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", mimetype)
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return file.getvalue()


def row(*texts):
    return f"<table:table-row>{''.join(map(cell, texts))}</table:table-row>"


def cell(value):
    if isinstance(value, (int, float)):
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
    if value.startswith("2021-"):
        return f'<table:table-cell office:value-type="date" office:date-value="{value}"/>'
    return f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'


def strict(content):
    """A workbook with the names of Strict Open XML."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(file, "w") as copy:
        for entry in archive.infolist():
            part = archive.read(entry)
            for plain, name in other_workbooks.TRANSITIONAL.items():
                part = part.replace(name, plain)
            copy.writestr(entry.filename, part)
    return file.getvalue()


def test_an_ods_is_read_and_what_is_not_seen_is_said():
    content = ods(("Cases", row(*HEAD.split(",")) + row(*ROW.split(","))), ("Notes", row("x")))
    table = readers.read_table(content, "cases.ods")
    assert [(read.line, read.cells["ref"], read.cells["occurred_on"]) for read in table.rows] == [
        (2, "a-1", "2021-05-18")
    ]
    assert "The workbook is an .ods file: the stored values of its cells were read." in table.notes[0]


def test_an_old_xls_of_an_office_is_asked_about_with_its_lines():
    found = asked_about((FILES / "list.xls").read_bytes(), "list.xls").sketch
    assert found["head_line"] == 2
    assert [column["samples"] for column in found["columns"]] == [
        ["1", "2"], ["某仓库案", "某网吧案"], ["2021-09-25", "2021-10-02"], ["12", "3"], ["0", "2"],
    ]  # fmt: skip
    assert ".xls file" in found["notes"][0]
    assert "Hidden sheets: “hidden”." in found["notes"]


def test_strict_open_xml_is_read_as_the_usual_form():
    content = workbook(("Sheet", [HEAD.split(","), ROW.split(",")]))
    assert b"purl.oclc.org" in zipfile.ZipFile(io.BytesIO(strict(content))).read("xl/workbook.xml")
    tables = [readers.read_table(book, "x.xlsx") for book in (content, strict(content))]
    assert tables[0].rows == tables[1].rows != []


@pytest.mark.parametrize("rows", ["1048576", "1000000000"])
def test_an_ods_that_says_that_a_cell_is_repeated_without_end_is_refused(rows):
    bomb = (
        f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell office:value-type="string" '
        'table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell></table:table-row>'
    )
    content = ods(("Cases", row(*HEAD.split(",")) + bomb))
    assert len(content) < 2_000
    with pytest.raises(readers.Unreadable, match="too large"):
        readers.read_table(content, "cases.ods")


def test_a_packed_bomb_is_refused_before_it_is_unpacked():
    with pytest.raises(readers.Unreadable, match="was not opened"):
        readers.read_table(ods(("Cases", " " * 60_000_000)), "cases.ods")


def test_a_text_document_and_a_damaged_file_are_named():
    text = ods(("Cases", ""), mimetype="application/vnd.oasis.opendocument.text")
    for content in (text, (FILES / "list.xls").read_bytes()[:1_500]):
        with pytest.raises(readers.Unreadable):
            readers.read_table(content, "cases.xlsx")


def test_a_sheet_that_repeats_its_name_is_told_apart():
    content = ods(("A/B", row(*HEAD.split(",")) + row(*ROW.split(","))), ("A_B", row(*HEAD.split(","))))
    assert len(readers.read_table(content, "cases.ods").rows) == 1


def test_fifty_sheets_are_offered():
    sheets = [(f"Month {number}", [HEAD.split(","), ROW.split(",")]) for number in range(50)]
    with pytest.raises(readers.Unanswered) as refusal:
        readers.read_table(workbook(*sheets), "x.xlsx")
    assert len(refusal.value.questions[0].options) == 50
