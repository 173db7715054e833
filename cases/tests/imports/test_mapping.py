"""Sheets as offices keep them: what their columns are is guessed, said, and read."""

import io

import openpyxl
import pytest
from django.urls import reverse

from cases.files import readers
from cases.files.tables import guesses
from cases.files.tables.mapping import Mapping, Rule, keys_of
from cases.imports import layouts, run
from cases.imports.mapping_page import MappingPage, remembered
from cases.models import Case, Import
from regions.tests.builders import make_agency, make_person, make_region

from .tables import HEAD, ROW, bring_in, check
from .test_page import upload, when_settled
from .test_trials import FILES, one_sheet, workbook

OFFICE = {"kind": "raid", "confidence": "high", "source_publisher": "The office"}


def asked_about(content, name="x.xlsx"):
    with pytest.raises(readers.Unmapped) as refusal:
        readers.read_table(content, name)
    return refusal.value


def guessed(content, name="x.xlsx"):
    return Mapping.from_json(asked_about(content, name).sketch["mapping"])


def read_as(text, rules, answers=None, user=None, **for_all):
    """The Report of a CSV file whose columns are `rules`."""
    mapping = Mapping(rules, {"region_code": "XX"} | OFFICE | for_all)
    table = readers.read_table(text.encode(), "x.csv", answers, mapping)
    return check(table, user)


def one_column(text, *, heading="Theirs", to="occurred_on", **how):
    """The Report of a sheet of one case with a title, a date and a column of theirs."""
    rules = {"Title": Rule("title_en"), "Date": Rule("occurred_on"), heading: Rule(to, **how)}
    if to == "occurred_on":
        rules["Date"] = Rule("leave_out")
    return read_as(f'Title;Date;{heading}\nA title;2021-05-18;"{text}"', rules)


# The sheets of the trials


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("county-police.xlsx", {
            "序号": "leave_out", "案件名称": "title_zh", "查处时间": "occurred_on", "地点": "locality",
            "查获矿机数量（台）": "rigs_seized", "矿机型号": "rig_models", "用电量（千瓦时）": "electricity_kwh",
            "涉案金额（万元）": "loss_amount", "抓获人数": "arrests", "查处单位": "agencies", "备注": "note",
        }),
        ("malaysian-utility.xlsx", {
            "Bil.": "leave_out", "No. Kes (Case No.)": "office_number", "Tarikh (Date)": "occurred_on",
            "Alamat / Address": "locality", "Daerah": "admin2_name", "Bil. Mesin": "rigs_seized",
            "Kerugian (RM)": "loss_amount", "Tangkapan": "arrests", "Catatan": "note",
        }),
    ],
)  # fmt: skip
def test_the_columns_of_the_trials_are_guessed(name, columns):
    mapping = guessed((FILES / name).read_bytes(), name)
    assert {key: rule.to for key, rule in mapping.rules.items()} == columns


def mapped_trial(name, region, legends, content=None, **for_all):
    content = content or (FILES / name).read_bytes()
    mapping = guessed(content, name)
    mapping.for_all |= OFFICE | {"region_code": region} | for_all
    for key, legend in legends.items():
        mapping.rules[key].legend = legend
    return readers.read_table(content, name, {"totals": ["leave_out"]}, mapping)


@pytest.fixture
def china(db):
    return make_region(code="CN", currency="CNY", name_en="China")


def test_the_list_of_the_county_police_is_read_whole(china):
    report = check(mapped_trial("county-police.xlsx", "CN", {"抓获人数": {"无": "0"}}), makes_agencies=True)
    assert report.errors == []
    names = ("title_zh", "occurred_on", "date_precision", "rigs_seized", "rigs_qualifier", "electricity_kwh",
             "loss_amount", "loss_currency", "arrests")  # fmt: skip
    assert [tuple(row.cells[name] for name in names) for row in report.created] == [
        ("某仓库“挖矿”案", "2021-09-25", "day", "10100", "exact", "1104", "", "", "0"),
        ("某网吧“挖矿”案", "2021-09-01", "month", "120", "exact", "", "35000", "CNY", "2"),
        ("某养殖场窃电“挖矿”案", "2021-09-01", "month", "300", "at_least", "12000", "120000", "CNY", "3"),
    ]
    assert list(report.new_agencies) == ["巴彦淖尔市发改委", "临河区公安分局", "临河区供电分公司"]
    assert all(row.cells["ref"].startswith("cn-china-2021") for row in report.created)


def test_the_list_of_the_utility_is_read_whole_and_ditto_is_said(db):
    make_agency(name_en="TNB", region=make_region(code="MY", currency="MYR", name_en="Malaysia"))
    legends = {"Tangkapan": {"Tiada": "0"}}
    report = check(mapped_trial("malaysian-utility.xlsx", "MY", legends, office_number_agency="TNB"))
    assert report.errors == []
    names = (
        "title_en",
        "occurred_on",
        "admin2_name",
        "rigs_seized",
        "rigs_qualifier",
        "loss_amount",
        "arrests",
        "note",
        "office_number",
    )
    assert [tuple(row.cells[name] for name in names) for row in report.created] == [
        ("No. 12, Jln Bunga, Tmn Desa, Kulim", "2021-09-25", "Kulim", "45", "exact", "1250000", "2",
         "Meter dipintas", "TNB/SP/21/001"),
        ("Lot 8, Kg. Datuk O'Brien, Miri", "2021-04-03", "Miri", "1069", "exact", "8400000", "0",
         "", "TNB/SP/21/002"),
        ("Lot 8, Kg. Datuk O'Brien, Miri", "2021-08-01", "Miri", "30", "about", "750000", "",
         "", "TNB/SP/21/003"),
    ]  # fmt: skip
    assert (5, "admin2_name", '"', "Miri") in report.echoes
    assert {row.cells["loss_currency"] for row in report.created} == {"MYR"}


def test_the_list_of_next_month_brings_its_new_rows_and_doubles_nothing(china):
    head = ["序号", "案件名称", "查处时间", "查获矿机数量（台）"]
    rows = [
        ["1", "某仓库案", "2021年9月25日", "12台"],
        ["2", "某网吧案", "2021年9月", "3台"],
        ["3", "某网吧案", "2021年9月", "3台"],
    ]
    more = [
        ["4", "某学校案", "2021年10月2日", "5台"],
        ["5", "某工厂案", "2021年10月2日", "7台"],
        ["6", "某仓库案", "2021年10月25日", "1台"],
    ]
    mapping = guessed(workbook(("1", [head, *rows])))
    mapping.for_all = OFFICE | {"region_code": "CN"}
    bring_in(readers.read_table(workbook(("1", [head, *rows])), "x.xlsx", {}, mapping))
    assert Case.objects.count() == 3
    report = check(readers.read_table(workbook(("1", [head, *rows, *more])), "x.xlsx", {}, mapping))
    assert (len(report.created), report.unchanged, report.changed, report.errors) == (3, 3, [], [])
    assert "3 of its 6 rows are cases of the record" in report.notes[-1]
    bring_in(readers.read_table(workbook(("1", [head, *rows, *more])), "x.xlsx", {}, mapping))
    assert Case.objects.count() == 6
    assert len(set(Case.objects.values_list("ref", flat=True))) == 6


@pytest.mark.parametrize(
    ("name", "region", "column", "none", "total", "more"),
    [
        ("county-police.xlsx", "CN", "抓获人数", "无", 7, [
            (4, "某机房“挖矿”案", "2021年10月12日", "西环办", "15台", None, "8000", 1.5, "1人", "临河区公安分局", None),
            (5, "某商铺“挖矿”案", "2021年10月", "团结办", "２０台", "显卡", "不详", None, "无", "临河区公安分局", None),
            (6, "某粮库“挖矿”案", "2021年10月19日", "狼山镇", "60余台", None, "0.9万度", 4, "2名", None, None),
        ]),
        ("malaysian-utility.xlsx", "MY", "Tangkapan", "Tiada", 6, [
            (4, "TNB/SP/21/004", "05/10/2021", "No. 3, Jln Raya", "Kulim", "12 unit", "RM 90,000.00", "1 orang", "-"),
            (5, "TNB/SP/21/005", "27/10/2021", "Lot 2, Kg. Baru", "Miri", "60 unit", "RM0.4 juta", "Tiada", None),
            (6, "TNB/SP/21/006", "Oktober 2021", "s.d.a.", '"', "± 15", "50k", None, None),
        ]),
    ],
)  # fmt: skip
def test_a_list_of_the_trials_that_comes_again_with_three_rows_more_doubles_nothing(
    db, name, region, column, none, total, more
):
    place = make_region(code=region, currency="CNY" if region == "CN" else "MYR", name_en=region)
    make_agency(name_en="TNB", region=place)
    said = {"legends": {column: {none: "0"}}} | ({"office_number_agency": "TNB"} if region == "MY" else {})
    bring_in(mapped_trial(name, region, **said), makes_agencies=True)
    assert Case.objects.count() == 3

    book = openpyxl.load_workbook(FILES / name)
    sheet = book.worksheets[-1]
    sheet.insert_rows(total, len(more))
    for line, row in enumerate(more, total):
        for at, value in enumerate(row, 1):
            sheet.cell(line, at, value)
    file = io.BytesIO()
    book.save(file)
    for created, unchanged in ((3, 3), (0, 6)):
        report = check(mapped_trial(name, region, content=file.getvalue(), **said), makes_agencies=True)
        assert (len(report.created), report.unchanged, report.changed, report.errors) == (created, unchanged, [], [])
        if created:
            bring_in(mapped_trial(name, region, content=file.getvalue(), **said), makes_agencies=True)
    assert Case.objects.count() == 6


def test_references_are_the_same_in_the_check_and_in_the_import(china):
    table = lambda: mapped_trial("county-police.xlsx", "CN", {"抓获人数": {"无": "0"}})  # noqa: E731
    first, second = (check(table(), makes_agencies=True) for _time in range(2))
    assert [row.cells["ref"] for row in first.created] == [row.cells["ref"] for row in second.created]


# Guesses


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("查獲礦機數量（臺）", "rigs_seized"),
        ("*查处时间", "occurred_on"),
        ("查处时间（必填）", "occurred_on"),
        ("Tarikh / Date", "occurred_on"),
        ("No.", "leave_out"),
        ("序 号", "leave_out"),
        ("Bil. Mesin", "rigs_seized"),
        ("案号", "office_number"),
        ("Weather", None),
    ],
)
def test_a_heading_is_known_by_the_names_that_people_use(heading, column):
    assert guesses.guessed_heading(heading).column == column


def test_a_column_that_nobody_knows_is_kept_and_an_empty_one_left_out():
    mapping = guessed(workbook(("1", [["案件名称", "Weather", "", "rigs_siezed"], ["某案", "sunny", None, 3]])))
    assert [rule.to for rule in mapping.rules.values()] == ["title_zh", "keep_in_note", "leave_out", "rigs_seized"]


def test_a_column_of_numbers_is_no_reference_and_none_of_ours_is_named_twice():
    mapping = guessed(workbook(("1", [["编号", "日期", "查处时间"], [1, "2021", "2021"], [2, "2021", "2022"]])))
    assert [rule.to for rule in mapping.rules.values()] == ["leave_out", "occurred_on", "keep_in_note"]


@pytest.mark.parametrize(
    ("cells", "order", "calendar"),
    [
        (["25/09/2021", "03/04/2021"], "day_first", ""),
        (["03/25/2021"], "month_first", ""),
        (["03/04/2021"], "", ""),
        (["25/09/2021", "09/25/2021"], "", ""),
        (["110年9月25日", "110/10/2"], "", "roc"),
        (["25/09/2564"], "day_first", "buddhist"),
        (["1400/07/03", "1400/07/04"], "", "iranian"),
        (["2021-09-25"], "", ""),
    ],
)
def test_dates_show_their_order_and_their_calendar(cells, order, calendar):
    mapping = guesses.guess(["d"], ["Date"], [cells])
    assert (mapping.rules["d"].order, mapping.rules["d"].calendar) == (order, calendar)


def test_names_of_columns_are_told_apart():
    assert keys_of(["A\nB", "", "A B", "{x}"]) == ["A B", "[B]", "A B (2)", "(x)"]


def test_a_head_that_names_nothing_we_know_is_asked_about_too():
    found = asked_about(workbook(("1", [["Datum", "Ort", "Geräte"], ["18.05.2021", "Köln", 3]])))
    assert [column["heading"] for column in found.sketch["columns"]] == ["Datum", "Ort", "Geräte"]


def test_a_sheet_in_our_columns_needs_no_mapping_and_shows_what_it_is():
    table = one_sheet(ROW.split(","))
    assert table.sketch["mapping"]["rules"]["kind"] == {"to": "kind"}
    assert not table.makes_refs


def test_two_columns_of_one_name_and_a_sheet_without_ref_are_asked_about():
    for text in (f"{HEAD},ref\n{ROW},x", "title_en,kind\nx,raid"):
        assert asked_about(text.encode(), "x.csv")


# Cells


@pytest.mark.parametrize(
    ("text", "how", "column", "read"),
    [
        ("03/04/2021", {"order": "day_first"}, "occurred_on", "2021-04-03"),
        ("03/04/2021", {"order": "month_first"}, "occurred_on", "2021-03-04"),
        ("民國110年9月25日", {"calendar": "roc"}, "occurred_on", "2021-09-25"),
        ("03/04/2564", {"calendar": "buddhist", "order": "day_first"}, "occurred_on", "2021-04-03"),
        ("1400/07/03", {"calendar": "iranian"}, "occurred_on", "2021-09-25"),
        ("12.500", {"decimal": "."}, "electricity_kwh", "12.5"),
        ("12.500", {"decimal": ","}, "electricity_kwh", "12500"),
        ("1.250,50", {"decimal": ","}, "electricity_kwh", "1250.5"),
        ("1,250.00", {"decimal": "."}, "electricity_kwh", "1250"),
        ("12", {"unit": "MWh"}, "electricity_kwh", "12000"),
        ("3", {"unit": "万千瓦时"}, "electricity_kwh", "30000"),
        ("2", {"unit": "千元"}, "loss_amount", "2000"),
        ("仓", {"legend": {"仓": "warehouse"}}, "site_type", "warehouse"),
        ("X", {"nothing": "X, Y"}, "outcome", ""),
        ("无", {"legend": {"无": "0"}}, "arrests", "0"),
        ("无", {"legend": {"无": ""}}, "arrests", ""),
    ],
)
def test_a_cell_is_read_as_its_rule_says_and_echoed(region, text, how, column, read):
    report = one_column(text, to=column, **how)
    assert report.errors == []
    assert report.created[0].cells[column] == read
    assert any(echo[:3] == (2, column, text) for echo in report.echoes)


def test_what_a_rule_cannot_read_is_an_error_of_its_cell(region):
    [problem] = one_column("1400/07", calendar="iranian").errors
    assert (problem.line, problem.column, problem.value) == (2, "occurred_on", "1400/07")
    assert "lies in two of ours" in problem.problem


def test_a_point_of_a_chinese_map_is_converted_and_kept_in_the_note(region):
    rules = {
        "Title": Rule("title_en"), "Date": Rule("occurred_on"),
        "lat": Rule("latitude", datum="gcj02"), "lng": Rule("longitude", datum="gcj02"),
    }  # fmt: skip
    report = read_as(
        "Title;Date;lat;lng\nA;2021;31.17530398364597;121.531541859215\nB;2021;;", rules, location_precision="site"
    )
    assert report.errors == []
    first, second = (row.cells for row in report.created)
    assert (first["latitude"], first["longitude"]) == ("31.177428", "121.527211")
    assert "31.17530398364597, 121.531541859215 in GCJ02; converted to WGS 84, right to 5 m" in first["note"]
    assert (second["latitude"], second["location_precision"], second["note"]) == ("", "", "")


def test_names_of_regions_are_codes_and_are_kept_as_the_place(region):
    rules = {
        "Title": Rule("title_en"),
        "Where": Rule("region_code", legend={"Ex town": "XX"}),
        "D": Rule("occurred_on"),
    }
    mapping = Mapping(rules, dict(OFFICE))
    report = check(readers.read_table(b"Title;Where;D\nA;Ex town;2021", "x.csv", None, mapping))
    assert report.errors == []
    assert (report.created[0].region.code, report.created[0].cells["admin2_name"]) == ("XX", "Ex town")


# Rows and files


def test_rows_that_are_no_cases_are_named_with_the_reason():
    head = ["案件名称", "查处时间", "地点", "查获矿机数量"]
    rows = [
        ["甲案", "2021", "x", 3],
        head,
        ["二、乡镇", None, None, None],
        ["注：不含在办案件", None, None, None],
        ["合计", None, None, 3],
    ]
    found = asked_about(workbook(("1", [head, *rows])))
    [question] = [question for question in found.questions if question.key == "totals"]
    for text in (
        "Line 6 looks like a total.", "Line 5 looks like a note.", "Line 3 repeats the column names.",
        "Line 4 has a single cell, like a title.",
    ):  # fmt: skip
        assert text in question.text
    assert found.sketch["rows"] == 1


def test_a_head_that_changes_half_way_is_asked_about():
    head, other = ["案件名称", "查处时间", "地点"], ["案件名称", "查获矿机数量", "抓获人数"]
    content = workbook(("1", [head, ["甲案", "2021", "x"], other, ["乙案", 3, 1]]))
    found = asked_about(content)
    [question] = [question for question in found.questions if question.key == "second_head"]
    assert "Line 3 names other columns: 案件名称 | 查获矿机数量 | 抓获人数." in question.text
    assert found.sketch["rows"] == 1
    with pytest.raises(readers.Unmapped) as refusal:
        readers.read_table(content, "x.xlsx", {"second_head": ["keep"]})
    assert refusal.value.sketch["rows"] == 3


def test_the_line_of_the_head_the_separator_and_the_sheet_can_be_chosen():
    text = "a;b;c\n案件名称;查处时间;地点\nx;2021;y"
    found = asked_about(text.encode(), "x.csv").sketch
    assert found["head_line"] == 2
    assert [question["key"] for question in found["reading"]] == ["head", "separator"]
    with pytest.raises(readers.Unmapped) as refusal:
        readers.read_table(text.encode(), "x.csv", {"head": ["1"]})
    assert [column["key"] for column in refusal.value.sketch["columns"]] == ["a", "b", "c"]


def test_a_line_that_says_the_separator_is_no_row():
    table = readers.read_table(f"sep=;\r\n{HEAD}\r\n{ROW}\r\n".replace(",", ";").encode(), "x.csv")
    assert [(row.line, row.cells["ref"]) for row in table.rows] == [(3, "a-1")]


def test_a_column_more_is_asked_about_and_not_lost():
    mapping = guessed(b"title,date,address\nA,2021,B", "x.csv")
    with pytest.raises(readers.Unmapped) as refusal:
        readers.read_table(b"title,date,address,rigs\nA,2021,B,3", "x.csv", {}, mapping)
    assert refusal.value.unmapped == ["rigs"]


def test_a_mapping_that_names_a_column_that_is_not_ours_is_refused():
    with pytest.raises(readers.Unreadable, match="do not have: colour"):
        Mapping.from_json({"rules": {"A": {"to": "colour"}}, "for_all": {}})
    for kept in ([], {"rules": {"A": {"into": "kind"}}, "for_all": {}}, {"rules": 3, "for_all": {}}):
        with pytest.raises(readers.Unreadable, match="no mapping"):
            Mapping.from_json(kept)


def test_two_hundred_columns_are_shown():
    head = [f"Column {number}" for number in range(200)]
    found = asked_about(workbook(("1", [head, list(range(200))])))
    assert len(found.sketch["columns"]) == 200


# The page


def form_of(page, **said):
    """What a browser would send of the page of a mapping, with what somebody changes in it."""
    data = {"asked": [question["key"] for question in page.questions]}
    for question in page.questions:
        data[f"answer_{question['key']}"] = [option["value"] for option in question["options"] if option["chosen"]]
    for column in page.columns:
        data |= {f"{column.name}_to": column.rule.to, f"{column.name}_shown": column.rule.to}
        data |= {f"{column.name}_{name}": value for name, _label, _options, value, _shown in column.settings}
        data |= {
            f"{column.name}_v{number}": chosen or "" for number, _text, _count, _options, chosen, _must in column.legend
        }
    return data | {f"all_{column.name}": value for column, value, _must in page.for_all} | said


FORM = {"all_region_code": "XX", "all_kind": "raid", "all_confidence": "high", "all_source_publisher": "The office"}


@pytest.mark.django_db(transaction=True)
def test_from_a_sheet_of_theirs_to_the_record(client, officer, region):
    client.force_login(officer)
    content = b"No.;Case name;Date;Place;Machines;Arrests\n1;A farm;03/04/2021;Ex;12;nil\n2;A mill;May 2021;Ex;3;2\n"
    address = upload(client, content + b"Total;;;;15;\n").url
    page = when_settled(client, address)
    assert page.status_code == 302
    page = client.get(page.url)
    for text in ("Columns of the sheet", "A farm", "Line 4 looks like a total.", "rigs_seized"):
        assert text in page.content.decode(), text
    assert page.context["page"].mapping.for_all["region_code"] == "XX"  # the only one where the officer works

    sent = form_of(page.context["page"])
    refused = client.post(f"{address}mapping/", sent)
    assert refused.status_code == 400
    for text in (
        "say whether the day or the month is first: 03/04/2021",
        "say what “nil” means",
        "New cases need values for all rows: Type of case",
    ):
        assert text in refused.content.decode(), text

    said = form_of(refused.context["page"], **FORM, c2_order="day_first", c5_v0="0")
    assert client.post(f"{address}mapping/", said).status_code == 302
    page = when_settled(client, address)
    assert page.context["report"]["errors"] == 0
    assert page.context["ready"]
    assert [row[4] for row in page.context["report"]["first_created"]] == ["2021-04-03", "2021-05"]
    assert [text in page.content.decode() for text in ("Change the mapping", "Answers about the file")] == [True, True]
    assert Import.objects.get().report["mapping"]["rules"]["Case name"] == {"to": "title_en"}
    assert client.get(f"{address}mapping/").context["page"].mapping.for_all["region_code"] == "XX"
    client.post(f"{address}run/")
    assert when_settled(client, address).context["import"].state == "done"
    case = Case.objects.get(title_en="A farm")
    assert (Case.objects.count(), case.occurred_on.isoformat(), case.rigs, case.arrests) == (2, "2021-04-03", 12, 0)
    assert case.ref.startswith("xx-exland-20210403-")


@pytest.mark.django_db(transaction=True)
def test_a_changed_column_is_asked_what_its_values_mean(client, officer, region):
    client.force_login(officer)
    address = upload(client, b"Case name;Date;Where\nA;2021;shed\n").url
    page = client.get(when_settled(client, address).url).context["page"]
    refused = client.post(f"{address}mapping/", form_of(page, **FORM, c2_to="site_type"))
    assert "Say below what its values mean" in refused.content.decode()
    page = refused.context["page"]
    client.post(f"{address}mapping/", form_of(page, **FORM, c2_v0="warehouse"))
    when_settled(client, address)
    assert Import.objects.get().report["mapping"]["rules"]["Where"] == {
        "to": "site_type",
        "legend": {"shed": "warehouse"},
    }
    assert Import.objects.get().report["created"] == 1


@pytest.mark.django_db
def test_a_page_of_a_mapping_is_of_an_import_that_waits_for_it(client, officer, region):
    client.force_login(officer)
    the_import = run.receive(b"", "x.csv", by=officer)
    address = reverse("cases:import-mapping", args=[the_import.pk])
    assert client.get(address).status_code == 302
    client.logout()
    assert "login" in client.get(address).url


@pytest.mark.django_db
def test_names_of_regions_where_the_officer_works_are_offered_as_their_codes(officer, region):
    the_import = run.receive(b"Case name;Region\nA;exland\n", "x.csv", by=officer)
    run.dry_run(the_import, officer)
    [column] = [column for column in MappingPage(the_import, officer).columns if column.rule.to == "region_code"]
    assert [(text, chosen) for _number, text, _count, _options, chosen, _must in column.legend] == [("exland", "XX")]


@pytest.mark.django_db
def test_an_unknown_agency_of_a_sheet_is_matched_to_a_known_one_and_the_answer_stays_with_the_layout(officer, region):
    make_agency(name_en="Linhe Police", name_zh="临河区公安分局", region=region)
    content = "案件名称;查处时间;查处单位\n甲案;2021;临河公安\n乙案;2021;临河区公安分局\n".encode()
    the_import = run.receive(content, "x.csv", by=officer)
    run.dry_run(the_import, officer)
    page = MappingPage(the_import, officer)
    [column] = [column for column in page.columns if column.rule.to == "agencies"]
    assert [(text, chosen) for _number, text, _count, _options, chosen, _must in column.legend] == [("临河公安", "")]
    assert page.agencies == ["Linhe Police", "临河区公安分局"]
    form = form_of(page, **FORM, layout="The police") | {f"{column.name}_v0": "Linhe Police"}
    page = MappingPage(the_import, officer, form)
    assert page.problems == []
    page.keep_layout()
    kept = layouts.recognised(officer, ["案件名称", "查处时间", "查处单位"]).mapping
    assert kept["rules"]["查处单位"] == {"to": "agencies", "legend": {"临河公安": "Linhe Police"}}
    report = check(readers.read_table(content, "x.csv", {}, Mapping.from_json(kept)))
    assert report.errors == []
    assert [row.cells["agencies"] for row in report.created] == ["Linhe Police", "Linhe Police"]


# What was said before


MONTHLY = "Case name;Date;Place\nA farm;2021-05-18;Ex\n"


def done(client, content, **said):
    """The address of the import of a sheet whose mapping was said, and which is in the record."""
    address = upload(client, content.encode()).url
    page = client.get(when_settled(client, address).url).context["page"]
    client.post(f"{address}mapping/", form_of(page, **FORM | said))
    when_settled(client, address)
    client.post(f"{address}run/")
    assert when_settled(client, address).context["import"].state == "done"
    return address


@pytest.mark.django_db(transaction=True)
def test_numbers_of_an_office_need_the_agency_that_gave_them(client, officer, region):
    client.force_login(officer)
    address = upload(client, b"Case No.;Case name;Date\nA/1;A farm;2021-06-01\n").url
    page = client.get(when_settled(client, address).url).context["page"]
    assert "office_number_agency" in [column.name for column, _value, must in page.for_all if must]
    refused = client.post(f"{address}mapping/", form_of(page, **FORM))
    assert "New cases need a value for all rows: Agency that gave the number." in refused.content.decode()


@pytest.mark.django_db(transaction=True)
def test_what_was_said_of_a_sheet_is_filled_in_next_month_and_a_new_column_is_asked_about(client, officer, region):
    client.force_login(officer)
    done(client, MONTHLY, c2_to="outcome")
    address = upload(client, f"{MONTHLY}A shop;2021-06-01;Ey\n".encode()).url
    page = client.get(when_settled(client, address).url)
    assert "The same choices are filled in." in page.content.decode()
    page = page.context["page"]
    assert page.mapping.rules["Place"].to == "outcome"
    client.post(f"{address}mapping/", form_of(page))
    report = when_settled(client, address).context["report"]
    assert (report["created"], report["unchanged"], report["errors"]) == (1, 1, 0)

    address = upload(client, b"Case name;Date;Place;Rigs\nA shop;2021-06-01;Ey;3\n").url
    page = client.get(when_settled(client, address).url)
    assert "new in this sheet" in page.content.decode()
    refused = client.post(f"{address}mapping/", form_of(page.context["page"]))
    assert "Say what the column “Rigs” is." in refused.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_mapping_is_shared_with_colleagues_of_the_region_and_nobody_else(client, officer, region):
    client.force_login(officer)
    done(client, MONTHLY)
    colleague = make_person("add_import", "view_case", "add_case", regions=[region], username="colleague")
    stranger = make_person("add_import", regions=[make_region(code="YY")], username="stranger")
    keys = ["Case name", "Date", "Place"]
    assert remembered(colleague, keys)[0].by == officer
    assert remembered(stranger, keys) is None
    assert remembered(colleague, ["Name", "Day", "Place"]) is None
