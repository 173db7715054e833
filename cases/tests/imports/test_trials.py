"""Small inputs that other systems failed on, as offices send them: each is read right, or asked about."""

import io
from pathlib import Path

import openpyxl
import pytest

from cases.files import readers, sheet_files
from cases.files.tables import encodings, headings, not_cases
from cases.imports.agency_names import names_of_agencies
from cases.models import Case
from regions.tests.builders import make_agency, make_region

from .tables import HEAD, ROW, bring_in, check, new_row, table_of

FILES = Path(__file__).parent / "files"


@pytest.fixture
def ordos(db):
    country = make_region(code="CN", currency="CNY", name_en="China")
    make_region(code="CN-150400", parent=country, name_en="Chifeng")
    return make_region(code="CN-150800", parent=country, name_en="Bayannur")


def trial(name, **answers):
    return readers.read_table((FILES / name).read_bytes(), name, answers)


def read(table, **answers):
    return check(table, answers=answers)


def workbook(*sheets, hidden=()):
    """The bytes of a workbook of `sheets`, (title, rows)."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if title in hidden else "visible"
    return saved(book)


def saved(book):
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def one_sheet(*rows):
    return readers.read_table(workbook(("Sheet", [HEAD.split(","), *rows])), "x.xlsx")


def cells_of(report):
    return [row.cells for row in report.created]


def asked(found):
    return {question.key: question for question in found.questions}


# Dates


@pytest.mark.parametrize(
    ("number_format", "day", "precision"),
    [
        ('yyyy"年"m"月"', "2021-09-01", "month"),
        ("mmm-yy", "2021-09-01", "month"),
        ("[$-409]mmmm\\ yyyy;@", "2021-09-01", "month"),
        ("yyyy", "2021-01-01", "year"),
        ("yyyy-mm-dd", "2021-09-17", "day"),
        ("d-mmm", "2021-09-17", "day"),
        ('m"月"d"日"', "2021-09-17", "day"),
        ("yyyy/m/d h:mm", "2021-09-17", "day"),
    ],
)
def test_a_date_cell_is_as_exact_as_its_format_shows(region, number_format, day, precision):
    import datetime

    book = openpyxl.Workbook()
    book.active.append(HEAD.split(","))
    book.active.append(ROW.split(","))
    book.active["C2"].value = datetime.datetime(2021, 9, 17)  # noqa: DTZ001
    book.active["C2"].number_format = number_format
    report = check(readers.read_table(saved(book), "x.xlsx"))
    assert report.errors == []
    assert (report.created[0].cells["occurred_on"], report.created[0].cells["date_precision"]) == (day, precision)
    assert bool(report.echoes) == (precision != "day")


def test_the_month_cell_of_the_trial_is_a_month_and_is_echoed(ordos):
    report = check(trial("month-cell.xlsx"))
    assert [(cells["occurred_on"], cells["date_precision"]) for cells in cells_of(report)] == [("2021-09-01", "month")]
    assert "2021-09" in [read for _line, _column, _written, read in report.echoes]


def test_date_columns_of_the_template_have_the_text_format():
    file = io.BytesIO()
    file.writelines(sheet_files.xlsx_of_sheet([]))
    sheet = openpyxl.load_workbook(file)["cases"]
    dated = {cell.value for cell in sheet[1] if sheet.column_dimensions[cell.column_letter].number_format == "@"}
    assert dated == {"occurred_on", "source_date"}


def test_of_a_date_with_a_time_the_day_is_taken_and_echoed(ordos):
    report = check(trial("date-with-time.xlsx"))
    assert report.errors == []
    assert cells_of(report)[0]["occurred_on"] == "2021-09-25"
    assert (2, "occurred_on", "2021-09-25 14:30:00", "2021-09-25 (Day)") in report.echoes


def test_a_source_date_with_a_time_is_echoed_too(region):
    report = check(new_row(source_date="2021/09/25 08:00:00"))
    assert report.errors == []
    assert (2, "source_date", "2021/09/25 08:00:00", "2021-09-25") in report.echoes


def test_whether_the_day_or_the_month_comes_first_is_asked_for_the_whole_file(region):
    report = check(new_row(occurred_on="03/04/2021"))
    assert [problem.column for problem in report.errors] == ["occurred_on"]
    assert [label for _value, label in asked(report)["dates"].options] == [
        "03/04/2021 = 2021-04-03",
        "03/04/2021 = 2021-03-04",
    ]
    for answer, day in (("first", "2021-04-03"), ("second", "2021-03-04")):
        report = read(new_row(occurred_on="03/04/2021"), dates=[answer])
        assert (report.errors, cells_of(report)[0]["occurred_on"]) == ([], day)


# Encodings

WRITTEN = {
    "big5": "內蒙古巴彥淖爾查獲礦機",
    "cp1252": "Beschlagnahme in Köln, Überprüfung",
    "cp1250": "Zaseg rudarjev, Žalec in Črnomelj",
    "cp1251": "Изъятие майнеров в Алматы",
    "cp949": "가상화폐 채굴 단속",
    "cp932": "マイニング機器の押収",
}


@pytest.mark.parametrize("encoding", WRITTEN)
def test_what_is_not_utf_8_is_asked_and_the_right_encoding_is_first(encoding):
    text = f'{HEAD}\na-1,"{WRITTEN[encoding]}",2021-05-18,XX,A paper,raid,high\n'
    with pytest.raises(readers.Unanswered) as refusal:
        readers.read_table(text.encode(encoding), "x.csv")
    [question] = refusal.value.questions
    likely = [value for value, _label in question.options][:2]
    right = next(value for value in likely if WRITTEN[encoding] in question.previews[value][0])
    table = readers.read_table(text.encode(encoding), "x.csv", {"encoding": [right]})
    assert table.rows[0].cells["title_en"] == WRITTEN[encoding]
    assert table.encoding == right


@pytest.mark.parametrize("name", ["big5.csv", "cp1252.csv"])
def test_the_trial_files_are_not_read_before_the_encoding_is_chosen(name):
    with pytest.raises(readers.Unanswered, match="In which encoding"):
        trial(name)


def test_the_trial_files_are_right_in_the_encoding_that_is_chosen():
    assert trial("big5.csv", encoding=["big5hkscs"]).rows[0].cells["title_zh"] == WRITTEN["big5"]
    assert trial("cp1252.csv", encoding=["cp1252"]).rows[0].cells["title_en"] == "Beschlagnahme in Köln"


@pytest.mark.parametrize(
    "text", ["榆林", "内蒙古自治区巴彦淖尔市临河区查获虚拟货币“挖矿”设备1.01万台，涉案金额50万元。", "四川省"]
)
def test_simplified_chinese_in_gb18030_needs_no_question(text):
    assert encodings.decoded(text.encode("gb18030"), {}) == (text, "gb18030", [])


def test_letters_that_were_lost_before_are_said():
    assert "�" in " ".join(table_of("a-1,Kö\ufffdln,2021-05-18,XX,A paper,raid,high").notes)


# Sheets


def test_the_visible_sheet_is_read_and_the_hidden_one_is_named():
    table = trial("hidden-first-sheet.xlsx")
    assert [row.cells["ref"] for row in table.rows] == ["t-from-visible"]
    assert "Hidden sheets: “old”." in table.notes
    assert not asked(table)["sheets"].is_open
    table = trial("hidden-first-sheet.xlsx", sheets=["old"])
    assert [row.cells["ref"] for row in table.rows] == ["t-from-hidden"]


def test_a_sheet_that_is_hidden_is_never_read_unasked():
    rows = [HEAD.split(","), ROW.split(",")]
    content = workbook(("front", [["x"]]), ("data", rows), hidden=["data"])
    with pytest.raises(readers.Unanswered, match="Only a hidden sheet"):
        readers.read_table(content, "x.xlsx")
    assert len(readers.read_table(content, "x.xlsx", {"sheets": ["data"]}).rows) == 1


def test_a_cover_sheet_is_named_and_the_sheet_behind_it_is_read():
    table = trial("cover-sheet-first.xlsx")
    assert [row.cells["ref"] for row in table.rows] == ["t-cover"]
    assert "“说明”" in table.notes[0]


def test_of_several_sheets_the_officer_picks_any(ordos):
    with pytest.raises(readers.Unanswered) as refusal:
        trial("two-sheets.xlsx")
    assert [value for value, _label in refusal.value.questions[0].options] == ["2020", "2021"]
    assert [row.cells["ref"] for row in trial("two-sheets.xlsx", sheets=["2021"]).rows] == ["t-y2021"]
    both = trial("two-sheets.xlsx", sheets=["2020", "2021"])
    assert [(str(row.line), row.cells["ref"]) for row in both.rows] == [("2020: 2", "t-y2020"), ("2021: 2", "t-y2021")]
    bring_in(both)
    assert Case.objects.count() == 2


def test_lines_of_several_sheets_are_told_apart(ordos):
    head = HEAD.split(",")
    rows = [["a-1", "", "2021-05-18", "CN", "A paper", "raid", "high"]]
    sheets = ("one", [head, *rows]), ("two", [head, *rows])
    report = check(readers.read_table(workbook(*sheets), "x.xlsx", {"sheets": ["one", "two"]}))
    assert [str(problem.line) for problem in report.errors] == ["one: 2", "two: 2"]
    assert "one: 2" in report.errors[1].problem


def test_sheets_with_different_columns_are_not_mixed():
    head, row = HEAD.split(","), ROW.split(",")
    content = workbook(("one", [head, row]), ("two", [[*head, "note"], [*row, "n"]]))
    with pytest.raises(readers.Unreadable, match="different columns \\(note\\)"):
        readers.read_table(content, "x.xlsx", {"sheets": ["one", "two"]})


# Head


def test_the_head_is_found_below_a_title_and_the_line_is_said(ordos):
    table = trial("title-row.xlsx")
    assert [(row.line, row.cells["ref"]) for row in table.rows] == [(3, "t-title")]
    assert "The column names are in line 2." in table.notes[0]
    assert "2021年查处情况统计表" in table.notes[0]
    assert len(readers.read_table(f"表一,,,,,,\n\n单位：台,,,,,,\n{HEAD}\n{ROW}".encode(), "x.csv").rows) == 1
    assert check(table).errors == []


def test_a_head_below_twenty_lines_is_not_looked_for():
    lines = "\n".join(f"line {number},x" for number in range(25))
    with pytest.raises(readers.Unreadable, match="first 20 lines"):
        readers.read_table(f"{lines}\n{HEAD}\n{ROW}".encode(), "x.csv")


@pytest.mark.parametrize(
    ("text", "column", "unit"),
    [
        ("rigs_seized", "rigs_seized", ""),
        ("查获矿机数（台）", "rigs_seized", ""),
        ("rigs_seized 查获矿机数", "rigs_seized", ""),
        ("查获矿机数 / rigs seized", "rigs_seized", ""),
        ("查获矿机数\nRigs seized", "rigs_seized", ""),
        ("Rigs (units)", "rigs_seized", ""),
        ("用电量（千瓦时）", "electricity_kwh", ""),
        ("electricity_kwh 用电量（千瓦时）", "electricity_kwh", ""),
        ("electricity_kwh (MWh)", "electricity_kwh", "MWh"),
        ("损失金额（万元）", "loss_amount", "万元"),
        ("loss_amount (RM)", "loss_amount", "RM"),
        ("power_kw (MW)", "power_kw", "MW"),
        ("power_kw (kWh)", None, ""),
        ("编号 / ref", "ref", ""),
        ("英文标题 Title", "title_en", ""),
        ("地点 source_title", None, ""),
        ("序号", None, ""),
        ("No.", None, ""),
    ],
)
def test_a_heading_has_our_names_or_both_or_a_unit(text, column, unit):
    found = headings.heading_of(text)
    assert (found.column, found.unit) == (column, unit)


def test_numbers_below_a_unit_are_in_this_unit_and_echoed(region):
    table = table_of(f"{ROW},3.5,1.2万元,25", head=f"{HEAD},损失金额（万元）,fine_amount (元),power_kw (MW)")
    report = check(table)
    assert report.errors == []
    cells = cells_of(report)[0]
    assert (cells["loss_amount"], cells["loss_currency"], cells["fine_amount"]) == ("35000", "CNY", "12000")
    assert cells["power_kw"] == "25000"
    assert {echo[1] for echo in report.echoes} >= {"loss_amount", "fine_amount", "power_kw"}
    assert any("万元" in note for note in table.notes)


@pytest.mark.parametrize("name", ["header-with-unit.csv", "header-bilingual.csv", "empty-column.csv"])
def test_heads_of_the_trials_need_no_question(ordos, name):
    table = trial(name)
    assert (table.questions, len(table.rows)) == ([], 1)
    assert check(table).errors == []


# Rows that are no cases


@pytest.mark.parametrize(
    "text", ["合计", "合 计", "总计", "小计：", "Total", "TOTAL", "Sub-total", "Jumlah", "JUMLAH BESAR", "合计（台）"]
)
def test_totals_are_known(text):
    assert not_cases.looks_like_total(text)


@pytest.mark.parametrize(
    "text",
    [
        "制表人：张三",
        "填表人",
        "审核：",
        "审核人： 复核人：",
        "Prepared by: Ali",
        "Disediakan oleh Ali",
        "填报日期：2021年",
    ],
)
def test_signatures_are_known(text):
    assert not_cases.looks_like_signature(text)


@pytest.mark.parametrize(
    "text", ["cn-ordos-20210925", "total-loss-2021", "审计局查处某矿场", "合计矿业公司案", "统计局", "Sum Tower raid"]
)
def test_references_and_titles_are_neither(text):
    assert not not_cases.looks_like_total(text)
    assert not not_cases.looks_like_signature(text)


def test_totals_and_signatures_are_asked_about_and_never_counted(ordos):
    report = check(trial("totals-row.csv"))
    assert asked(report)["totals"].is_open
    assert "Line 3 looks like a total." in asked(report)["totals"].text
    assert (len(report.created), report.errors) == (1, [])
    assert not asked(trial("totals-row.csv", totals=["leave_out"]))["totals"].is_open
    assert len(trial("totals-row.csv", totals=["keep"]).rows) == 2
    signed = table_of(ROW, "制表人：张三,,,,,,", "合计,,,,,,")
    assert "Line 4 looks like a total. Line 3 looks like a signature line." in asked(signed)["totals"].text
    assert len(signed.rows) == 1


def test_hidden_lines_and_columns_are_said(ordos):
    assert asked(trial("filtered-row.xlsx"))["hidden_lines"].is_open
    assert len(trial("filtered-row.xlsx", hidden_lines=["keep"]).rows) == 2
    assert [row.cells["ref"] for row in trial("filtered-row.xlsx", hidden_lines=["leave_out"]).rows] == ["t-h1"]
    book = openpyxl.load_workbook(FILES / "filtered-row.xlsx")
    book.active.column_dimensions["F"].hidden = True
    assert any("F (rigs_seized)" in note for note in readers.read_table(saved(book), "x.xlsx").notes)


# Cells


def test_the_stored_value_of_a_formula_is_offered_and_echoed(ordos):
    report = check(trial("formula-with-value.xlsx"))
    assert [problem.problem for problem in report.errors] == ["F2 is a formula. Paste its value."]
    assert "F2 (100)" in asked(report)["formulas"].text
    report = check(trial("formula-with-value.xlsx", formulas=["stored"]))
    assert (report.errors, cells_of(report)[0]["rigs_seized"]) == ([], "100")
    assert (2, "rigs_seized", "=SUM(50,50)", "100") in report.echoes


def test_a_merged_cell_is_named_as_one(region):
    book = openpyxl.Workbook()
    for row in (HEAD.split(","), ROW.split(","), ROW.replace("a-1", "a-2").split(",")):
        book.active.append(row)
    book.active.merge_cells("E2:E3")
    [problem] = check(readers.read_table(saved(book), "x.xlsx")).errors
    assert (problem.line, problem.column) == (3, "source_publisher")
    assert "merged cells E2:E3; their value is in E2" in problem.problem


def test_placeholders_say_nothing_and_none_may_be_zero(ordos):
    report = check(trial("placeholders.csv"))
    assert [problem.column for problem in report.errors] == ["arrests"]
    assert (2, "loss_amount", "—", "not stated") in report.echoes
    for answer, arrests in (("none", "0"), ("not_stated", "")):
        report = read(trial("placeholders.csv"), none_arrests=[answer])
        assert (report.errors, cells_of(report)[0]["arrests"]) == ([], arrests)


@pytest.mark.parametrize("text", ["—", "-", "/", "n/a", "N/A", "不详", "未知", "tidak diketahui", "……", "－"])
@pytest.mark.parametrize("column", ["rigs_seized", "loss_amount", "electricity_kwh", "arrests", "agencies", "note"])
def test_a_placeholder_is_not_stated_in_every_column(region, column, text):
    report = check(new_row(**{column: text}))
    assert (report.errors, cells_of(report)[0][column]) == ([], "")
    assert (2, column, text, "not stated") in report.echoes


@pytest.mark.parametrize("text", ["无", "nil", "Tiada", "none", "没有"])
def test_none_is_not_stated_where_it_cannot_be_zero_and_asked_where_it_can(region, text):
    assert cells_of(check(new_row(loss_amount=text)))[0]["loss_amount"] == ""
    for column in ("arrests", "premises", "rigs_seized", "electricity_theft"):
        report = check(new_row(**{column: text}))
        assert [problem.column for problem in report.errors] == [column]
        assert f"none_{column}" in asked(report)


def test_codes_and_titles_are_no_placeholders(region):
    make_region(code="NA", name_en="Namibia")
    report = check(new_row(region_code="NA", title_en="Unknown", site_type="unknown", electricity_theft="no"))
    assert report.errors == []
    assert report.created[0].region.code == "NA"
    assert cells_of(report)[0]["title_en"] == "Unknown"
    assert cells_of(report)[0]["electricity_theft"] == "false"


def test_dotted_thousands_are_asked_about_once_for_the_file(ordos):
    report = check(trial("dotted-thousands.csv"))
    assert [problem.column for problem in report.errors] == ["electricity_kwh", "loss_amount"]
    assert [label for _value, label in asked(report)["dots"].options] == ["12.500 = 12,500", "12.500 = 12.5"]
    for answer, kwh, loss in (("first", "12500", "250000"), ("second", "12.5", "250")):
        report = read(trial("dotted-thousands.csv"), dots=[answer])
        cells = cells_of(report)[0]
        assert (report.errors, cells["electricity_kwh"], cells["loss_amount"]) == ([], kwh, loss)
        assert (2, "electricity_kwh", "12.500") in [echo[:3] for echo in report.echoes]


@pytest.mark.parametrize("text", ["۱۲۰۰", "١٢٠٠", "1200（台）", "1200 GPU", "1200张显卡", "1200 PCS", "1200 buah"])
def test_counts_of_other_scripts_and_words_are_read_and_echoed(region, text):
    report = check(new_row(rigs_seized=text))
    assert (report.errors, cells_of(report)[0]["rigs_seized"]) == ([], "1200")
    assert (2, "rigs_seized", text, "read as 1,200 rigs") in report.echoes


# Agencies


def test_agencies_are_separated_by_the_chinese_comma_too(ordos):
    for name in ("内蒙古自治区发展和改革委员会", "内蒙古自治区公安厅"):
        make_agency(name_en=name, name_zh=name)
    report = check(trial("agencies-dun-comma.csv"))
    assert (report.errors, len(report.created[0].agencies)) == ([], 2)
    report = check(trial("agencies-dun-comma.csv"), makes_agencies=True)
    assert report.new_agencies == {}


def test_unknown_agencies_are_two_not_one(ordos):
    report = check(trial("agencies-dun-comma.csv"), makes_agencies=True)
    assert list(report.new_agencies) == ["内蒙古自治区发展和改革委员会", "内蒙古自治区公安厅"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A、B", ["A", "B"]),
        ("A;B、C", ["A", "B", "C"]),
        ("X、Y", ["X、Y"]),
        ("A、X、Y、B", ["A", "X、Y", "B"]),
        ("A, B", ["A", "B"]),
        ("A\nB", ["A", "B"]),
        ("Ministry of Energy, Water", ["Ministry of Energy, Water"]),
        ("A、new", ["A", "new"]),
    ],
)
def test_a_name_that_is_in_the_record_as_a_whole_wins(text, names):
    assert list(names_of_agencies(text, {"A", "B", "C", "X、Y"}.__contains__)) == names
