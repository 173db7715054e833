"""The sheet that people fill in: one row a case, in the columns of `fixtures/cases.csv`.

It is the shape of the template, of the export that is meant to be edited, and of what is imported. A cell has one
canonical text; `rows_of` writes it, `imports` reads whatever else people type into it. So what was exported and is
imported again differs in no cell.

What a sheet cannot say is told as far as it goes: several members are joined by "; ", several lines of seizures are
"Model (136); Model (56)" beside their sum, of several figures of a quantity, raids or sources the first is told.
"""

import io
from csv import writer
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from cases.models.case import CaseKind, ElectricityCheck, LeadSource, LocationPrecision, SiteType
from cases.models.field import FigureBasis, Qualifier, Quantity
from cases.models.rig import RigKind
from regions.grammar.dates import Precision
from regions.models import Confidence, Region
from regions.models.policy import SanctionKind

from .csv_text import BYTE_ORDER_MARK, defused
from .xlsx import Workbook

ROWS_AT_A_TIME = 2_000
BETWEEN = "; "
SHEET = "cases"
DAY = _("a day as 2021-09-25, a month as 2021-09, or a year")
MONEY = _("a number as 1430000, 143万 or RM1.43 million")
CURRENCY = _("three letters of ISO 4217, as CNY")
TRUTH = _("true or false; empty: not said")
FROM_REGION = _("follows from region_code; may be left empty")


@dataclass(frozen=True)
class Column:
    """One column. `group` names the columns that say one thing together; `right` is what a cell may hold."""

    name: str
    title_zh: str
    right: str
    group: str = ""
    choices: type | None = None
    longest: int = 0
    required: bool = False  # of a new case
    width: int = 14

    @property
    def codes(self):
        return self.choices.values if self.choices else []


COLUMNS = {
    column.name: column
    for column in (
        Column("ref", "编号", _("as cn-ordos-20210925: letters, digits, hyphens; that of a case we have changes it"),
               longest=80, required=True, width=24),
        Column("title_en", "英文标题", _("up to 200 characters"), longest=200, required=True, width=50),
        Column("title_zh", "中文标题", _("up to 200 characters"), longest=200, width=36),
        Column("occurred_on", "日期", DAY, "day", required=True),
        Column("date_precision", "日期精度", _("day, month or year; empty: as the date is written"), "day", Precision),
        Column("country", "国家", _("two letters of ISO 3166, as CN"), "region"),
        Column("admin1_code", "省级代码", _("ISO 3166-2, as CN-NM"), "region"),
        Column("admin1_name", "省级名称", FROM_REGION, "told"),
        Column("admin2_name", "地级名称", _("the district as the source names it"), "place", longest=250),
        Column("admin2_name_local", "地级本地名称", FROM_REGION, "told"),
        Column("locality", "地点", _("the place as the source names it"), "place", longest=250, width=24),
        Column("region_code", "地区代码", _("a region, as CN-150800; empty: the province or country"), "region"),
        Column("latitude", "纬度", _("degrees north as 40.76, south as -33.9"), "point"),
        Column("longitude", "经度", _("degrees east as 107.39, west as -70.6"), "point"),
        Column("location_precision", "位置精度", _("what the point stands for"), "point", LocationPrecision),
        Column("site_type", "场所类型", _("a code"), choices=SiteType),
        Column("lead_source", "线索来源", _("a code"), choices=LeadSource),
        Column("rigs_seized", "查获矿机数", _("a whole number up to 1,000,000, as 10100, 1.01万 or 约3000台"), "rigs"),
        Column("rig_kind", "矿机种类", _("a code"), "rig_kind", RigKind),
        Column("rig_models", "矿机型号", _("as published; several as Antminer S9 (136); Innosilicon T2 (56)"), "rigs",
               longest=250),
        Column("equipment_value", "设备价值", MONEY, "equipment_value"),
        Column("equipment_value_currency", "设备价值币种", CURRENCY, "equipment_value"),
        Column("loss_amount", "损失金额", MONEY, "loss"),
        Column("loss_currency", "损失币种", CURRENCY, "loss"),
        Column("loss_basis", "损失口径", _("in total or by which time"), "loss", FigureBasis),
        Column("electricity_kwh", "用电量（千瓦时）", _("a number of kWh, or with its unit: 65.8亿千瓦时, 6.58 TWh"),
               "energy"),
        Column("electricity_basis", "用电量口径", _("in total or by which time"), "energy", FigureBasis),
        Column("power_kw", "负荷（千瓦）", _("a number of kW, or with its unit: 25 MW"), "power"),
        Column("electricity_theft", "是否窃电", TRUTH),
        Column("arrests", "控制人数", _("a whole number up to 1,000,000")),
        Column("premises", "场所数", _("a whole number up to 1,000,000")),
        Column("agencies", "查处机关", _("names as in the record, in either language; several parted by ;"), "agencies",
               width=30),
        Column("legal_basis", "法律依据", _("as cited; several parted by ;"), "legal_basis", width=30),
        Column("outcome", "结果", _("a text"), width=40),
        Column("fine_amount", "罚款金额", MONEY, "fine"),
        Column("fine_currency", "罚款币种", CURRENCY, "fine"),
        Column("source_publisher", "来源机构", _("up to 200 characters"), "source", longest=200, required=True,
               width=24),
        Column("source_title", "来源标题", _("up to 300 characters"), "source", longest=300, width=36),
        Column("source_url", "来源网址", _("an address that begins with https:// or http://"), "source", longest=1000,
               width=36),
        Column("source_date", "来源日期", _("a day as 2021-09-25"), "source"),
        Column("note", "备注", _("a text"), width=40),
        Column("kind", "案件类型", _("a code"), choices=CaseKind, required=True),
        Column("confidence", "可信度", _("a code"), choices=Confidence, required=True),
        Column("part_of", "属于", _("the reference of the wider case whose figures include this one"), "part_of"),
        Column("counts_in_totals", "计入总数", _("true or false; empty: true")),
        Column("rigs_qualifier", "数量限定", _("how exact the source says the count is"), "rigs", Qualifier),
        Column("electricity_check", "用电核对", _("a code"), choices=ElectricityCheck),
    )
}  # fmt: skip


# Stored cases as rows


def rows_of(cases, user):
    """A row {column: text} for each of `cases` (a queryset) as `user` may see it, in its order.

    Memory does not grow with their number.
    """
    for _case, row in stored_of(cases, user):
        yield row


def stored_of(cases, user):
    """(case, row) for each of `cases`; the case comes with everything that its row tells of."""
    visible = Case.objects.visible_to(user)
    wider = visible.filter(pk=OuterRef("part_of")).order_by().values("ref")[:1]
    admin = _Admin()
    found = cases.annotate(wider_ref=Subquery(wider)).select_related("region").prefetch_related(
        "agencies", "sources", "citations", "figures", "sanctions", "raids__seizures__rig"
    )  # fmt: skip
    for case in found.iterator(chunk_size=ROWS_AT_A_TIME):
        yield case, _row(case, admin)


class _Admin:
    """The cells of a row that name its place in the tree of regions, computed once a region."""

    def __init__(self):
        self.regions = {region.code: region for region in Region.objects.all()}
        self.known = {}

    def cells(self, region):
        if region.code not in self.known:
            above = {self.regions[code].level: self.regions[code] for code in region.codes_up()}
            country, admin1, admin2 = (above.get(level) for level in ("country", "admin1", "admin2"))
            self.known[region.code] = {
                "country": country.code if country else "",
                "admin1_code": admin1.code if admin1 else "",
                "admin1_name": admin1.name_en if admin1 else "",
                "admin2_name_local": admin2.name_zh if admin2 else "",
                "region_code": region.code,
            }
        return self.known[region.code]


def _row(case, admin):
    raids = case.raids.all()
    lines = [line for raid in raids for line in raid.seizures.all()]
    figures = {figure.quantity: figure for figure in sorted(case.figures.all(), key=lambda one: -one.pk)}
    source = next(iter(sorted(case.sources.all(), key=lambda one: one.pk)), None)
    fine = next((one for one in case.sanctions.all() if one.kind == SanctionKind.FINE), None)
    locality, admin2_name = _place_parted(case, raids)
    energy, load, loss, value = (figures.get(quantity) for quantity in Quantity)
    row = admin.cells(case.region) | {
        "ref": case.ref,
        "title_en": case.title_en,
        "title_zh": case.title_zh,
        "occurred_on": case.occurred_on.isoformat(),
        "date_precision": case.date_precision,
        "admin2_name": admin2_name,
        "locality": locality,
        "latitude": _degrees(case.shown_latitude),
        "longitude": _degrees(case.shown_longitude),
        "location_precision": case.location_precision if case.shown_latitude is not None else "",
        "site_type": case.site_type,
        "lead_source": case.lead_source,
        **_rigs(lines),
        "rig_kind": case.rig_kind,
        "equipment_value": canonical(value.amount) if value else "",
        "equipment_value_currency": value.currency if value else "",
        "loss_amount": canonical(loss.amount) if loss else "",
        "loss_currency": loss.currency if loss else "",
        "loss_basis": loss.basis if loss else "",
        "electricity_kwh": canonical(energy.amount) if energy else "",
        "electricity_basis": energy.basis if energy else "",
        "power_kw": canonical(load.amount) if load else "",
        "electricity_theft": _truth(case.theft),
        "arrests": canonical(case.arrests),
        "premises": canonical(case.premises),
        "agencies": BETWEEN.join(sorted(agency.name_en for agency in case.agencies.all())),
        "legal_basis": BETWEEN.join(sorted(citation.text for citation in case.citations.all())),
        "outcome": case.outcome,
        "fine_amount": canonical(fine.amount) if fine else "",
        "fine_currency": fine.currency if fine else "",
        "source_publisher": source.publisher if source else "",
        "source_title": source.title if source else "",
        "source_url": source.url if source else "",
        "source_date": source.published_on.isoformat() if source and source.published_on else "",
        "note": case.note,
        "kind": case.kind,
        "confidence": case.confidence,
        "part_of": case.wider_ref or "",
        "counts_in_totals": _truth(case.counts_in_totals),
        "electricity_check": case.electricity_check,
    }
    return {name: row[name] for name in COLUMNS}


def _place_parted(case, raids):
    """(locality, admin2_name) of a place, which is both joined by ", "."""
    place, region = case.place, case.region.name_en
    at = next((raid.place for raid in raids if raid.place), "")
    if at and place.startswith(f"{at}, "):
        return at, place.removeprefix(f"{at}, ")
    if place.endswith(f", {region}"):
        return place.removesuffix(f", {region}"), region
    return ("", place) if place == region else (place, "")


def place_of(locality, admin2_name):
    """The two as one place."""
    return ", ".join(part for part in (locality, admin2_name) if part)


def _rigs(lines):
    """How many of what: the sum of the lines that state a count, and the models."""
    counts = [line.count for line in lines if line.count is not None]
    qualifiers = {line.qualifier for line in lines if line.count is not None}
    models = [line.models_as_published or (line.rig.model if line.rig else "") for line in lines]
    told = [(model, line.count) for model, line in zip(models, lines, strict=True) if model]
    if len(lines) > 1:
        told = [(f"{model} ({count})" if count is not None else model, None) for model, count in told]
    return {
        "rigs_seized": canonical(sum(counts)) if counts else "",
        "rigs_qualifier": qualifiers.pop() if len(qualifiers) == 1 else Qualifier.ABOUT.value if qualifiers else "",
        "rig_models": BETWEEN.join(model for model, _count in told),
    }


def canonical(number):
    """A number as a cell has it: 5000000, 12.5. Empty where it is not said."""
    if number is None:
        return ""
    if isinstance(number, int):
        return str(number)
    return format(number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize(), "f")


def _degrees(value):
    if value is None:
        return ""
    return str(int(value)) if value == int(value) else repr(value)


def _truth(value):
    return {True: "true", False: "false", None: ""}[value]


# Files


def csv(rows):
    """The bytes of a CSV file of `rows`, with a byte-order mark for spreadsheets; formulas are defused."""
    yield BYTE_ORDER_MARK + _lines([list(COLUMNS)])
    rows = iter(rows)
    while some := list(islice(rows, ROWS_AT_A_TIME)):
        yield _lines([row[name] for name in COLUMNS] for row in some)


def csv_of(rows):
    """The bytes of a small CSV file of any `rows`, with a byte-order mark; formulas are defused."""
    return BYTE_ORDER_MARK + _lines([str(cell) for cell in row] for row in rows)


def _lines(rows):
    text = io.StringIO(newline="")
    writer(text, lineterminator="\r\n").writerows([defused(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def write_xlsx(rows, file):
    """A workbook of `rows` into `file`: the sheet "cases", and "columns" that explains them."""
    workbook = Workbook(file)
    widths = [max(column.width, len(column.name) + 2) for column in COLUMNS.values()]
    workbook.sheet(SHEET, list(COLUMNS), widths, ([row[name] for name in COLUMNS] for row in rows))
    head = [str(_("column")), "中文", str(_("what it may hold")), str(_("codes")), str(_("a new case needs it"))]
    workbook.sheet("columns", head, [28, 20, 60, 80, 20], _explained(), wrapped=True)
    workbook.close()


def _explained():
    for column in COLUMNS.values():
        codes = ", ".join(f"{code} ({label})" for code, label in column.choices.choices) if column.choices else ""
        yield column.name, column.title_zh, str(column.right), codes, str(_("yes")) if column.required else ""
