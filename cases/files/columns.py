"""The columns of the sheet that people fill in: one row a case.

They are the columns of `fixtures/cases.csv`, of the template, of the export that is meant to be edited, and of the
import.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from cases.models.case import CaseKind, ElectricityCheck, LeadSource, LocationPrecision, SiteType
from cases.models.field import FigureBasis, Qualifier
from cases.models.rig import RigKind
from regions.grammar.dates import Precision
from regions.grammar.language import in_reading_language
from regions.models import Confidence

SHEET, GUIDE = "cases", "columns"  # the sheets of a workbook that we write
DAY = _("a day like 2021-09-25, a month like 2021-09, or a year")
MONEY = _("a number like 1430000, 143万 or RM1.43 million")
CURRENCY = _("three letters of ISO 4217, like CNY")
TRUTH = _("true or false; empty if not stated")
FROM_REGION = _("follows from region_code; can be empty")


@dataclass(frozen=True)
class SheetColumn:
    """A column. Columns of a `group` are read together; `right` says what a cell may contain."""

    name: str
    title_en: str
    title_zh: str
    right: str
    group: str = ""
    choices: type | None = None
    longest: int = 0
    required: bool = False  # of a new case
    width: int = 14

    @property
    def title(self):
        """Its name in the reader's language."""
        return in_reading_language(self.title_en, self.title_zh)

    @property
    def codes(self):
        return self.choices.values if self.choices else []


COLUMNS = {
    column.name: column
    for column in (
        SheetColumn("ref", "Reference", "编号",
                    _("like cn-ordos-20210925: letters, digits, hyphens; an existing reference changes that case"),
                    longest=80, required=True, width=24),
        SheetColumn("title_en", "English title", "英文标题",
                    _("up to 200 characters"), longest=200, required=True, width=50),
        SheetColumn("title_zh", "Chinese title", "中文标题", _("up to 200 characters"), longest=200, width=36),
        SheetColumn("occurred_on", "Date", "日期", DAY, "day", required=True),
        SheetColumn("date_precision", "Date precision", "日期精度",
                    _("day, month or year; if empty, as exact as the date"), "day", Precision),
        SheetColumn("country", "Country", "国家", _("two letters of ISO 3166, like CN"), "region"),
        SheetColumn("admin1_code", "Province or state, code", "省级代码", _("ISO 3166-2, like CN-NM"), "region"),
        SheetColumn("admin1_name", "Province or state, name", "省级名称", FROM_REGION, "from_region"),
        SheetColumn("admin2_name", "District or city", "地级名称",
                    _("the district, as named in the source"), "place", longest=250),
        SheetColumn("admin2_name_local", "District or city, local name", "地级本地名称", FROM_REGION, "from_region"),
        SheetColumn("locality", "Place", "地点",
                    _("the place, as named in the source"), "place", longest=250, width=24),
        SheetColumn("place_zh", "Place, in Chinese", "地点（中文）",
                    _("the place in Chinese, district first"), longest=250, width=24),
        SheetColumn("region_code", "Region", "地区代码",
                    _("a region code like CN-150800; empty: the province or country"), "region"),
        SheetColumn("latitude", "Latitude", "纬度", _("degrees north like 40.76, south like -33.9"), "point"),
        SheetColumn("longitude", "Longitude", "经度", _("degrees east like 107.39, west like -70.6"), "point"),
        SheetColumn("location_precision", "Location precision", "位置精度",
                    _("how exact the coordinates are"), "point", LocationPrecision),
        SheetColumn("site_type", "Type of site", "场所类型", _("a code"), choices=SiteType),
        SheetColumn("lead_source", "Lead", "线索来源", _("a code"), choices=LeadSource),
        SheetColumn("rigs_seized", "Rigs seized", "查获矿机数",
                    _("a whole number up to 1,000,000, like 10100, 1.01万 or 约3000台"), "rigs"),
        SheetColumn("rig_kind", "Type of rigs", "矿机种类", _("a code"), "rig_kind", RigKind),
        SheetColumn("rig_models", "Rig models", "矿机型号",
                    _("as published; several like this: Antminer S9 (136); Innosilicon T2 (56)"),
                    "rigs", longest=250),
        SheetColumn("equipment_value", "Value of the equipment", "设备价值", MONEY, "equipment_value"),
        SheetColumn("equipment_value_currency", "Value of the equipment, currency", "设备价值币种",
                    CURRENCY, "equipment_value"),
        SheetColumn("loss_amount", "Loss", "损失金额", MONEY, "loss"),
        SheetColumn("loss_currency", "Loss, currency", "损失币种", CURRENCY, "loss"),
        SheetColumn("loss_basis", "Loss, basis", "损失口径", _("in total, or per which period"), "loss", FigureBasis),
        SheetColumn("electricity_kwh", "Electricity used, kWh", "用电量（千瓦时）",
                    _("a number of kWh, or with its unit: 65.8亿千瓦时, 6.58 TWh"), "energy"),
        SheetColumn("electricity_basis", "Electricity used, basis", "用电量口径",
                    _("in total, or per which period"), "energy", FigureBasis),
        SheetColumn("power_kw", "Power draw, kW", "负荷（千瓦）",
                    _("a number of kW, or with its unit: 25 MW"), "power"),
        SheetColumn("electricity_theft", "Electricity theft", "是否窃电", TRUTH),
        SheetColumn("arrests", "People detained", "控制人数", _("a whole number up to 1,000,000")),
        SheetColumn("premises", "Premises", "场所数", _("a whole number up to 1,000,000")),
        SheetColumn("agencies", "Agencies", "查处机关",
                    _("names as in the record, in either language; separate several with ;"),
                    "agencies", width=30),
        SheetColumn("office_number", "Office number", "单位文号",
                    _("the number under which an agency keeps the case, like TNB/SP/21/001; separate several with ;"),
                    "office_number", width=24),
        SheetColumn("office_number_agency", "Agency that gave the number", "文号单位",
                    _("the agency that gave the number, as in agencies; one for each number, or one for all"),
                    "office_number", width=30),
        SheetColumn("legal_basis", "Rules cited", "法律依据",
                    _("as cited; separate several with ;"), "legal_basis", width=30),
        SheetColumn("outcome", "Outcome", "结果", _("text"), width=40),
        SheetColumn("outcome_zh", "Outcome, in Chinese", "结果（中文）", _("text"), width=40),
        SheetColumn("fine_amount", "Fine", "罚款金额", MONEY, "fine"),
        SheetColumn("fine_currency", "Fine, currency", "罚款币种", CURRENCY, "fine"),
        SheetColumn("source_publisher", "Source, publisher", "来源机构",
                    _("up to 200 characters"), "source", longest=200, required=True, width=24),
        SheetColumn("source_title", "Source, title", "来源标题",
                    _("up to 300 characters"), "source", longest=300, width=36),
        SheetColumn("source_url", "Source, address", "来源网址",
                    _("an address that starts with https:// or http://"), "source", longest=1000, width=36),
        SheetColumn("source_date", "Source, date", "来源日期", _("a day like 2021-09-25"), "source"),
        SheetColumn("note", "Note", "备注", _("text"), width=40),
        SheetColumn("note_zh", "Note, in Chinese", "备注（中文）", _("text"), width=40),
        SheetColumn("kind", "Type of case", "案件类型", _("a code"), choices=CaseKind, required=True),
        SheetColumn("confidence", "Confidence", "可信度", _("a code"), choices=Confidence, required=True),
        SheetColumn("part_of", "Part of the case", "属于",
                    _("the reference of the wider case whose figures include this case"), "part_of"),
        SheetColumn("counts_in_totals", "Counted in totals", "计入总数", _("true or false; if empty, true")),
        SheetColumn("rigs_qualifier", "How exact the count is", "数量限定",
                    _("how exact the count is in the source"), "rigs", Qualifier),
        SheetColumn("electricity_check", "Consumption compared with rigs", "用电核对",
                    _("a code"), choices=ElectricityCheck),
    )
}  # fmt: skip
