"""The names that the record knows: regions, agencies, models of rigs, provisions that cases cite."""

import csv
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from cases.models import Citation, Rig
from regions.grammar.language import simplified
from regions.models import Agency, Policy, Region

# What a Chinese name may leave out: 内蒙古 for 内蒙古自治区, 阿坝 or 阿坝州 for 阿坝藏族羌族自治州.
_PEOPLES = (
    "壮|回|藏|羌|彝|傣|景颇|哈尼|苗|侗|布依|土家|蒙古|朝鲜|哈萨克|柯尔克孜|白|傈僳|瑶|满|土|畲|黎|纳西|拉祜|佤|怒|独龙|水"
    "|仡佬|仫佬|毛南|达斡尔|东乡|保安|撒拉|裕固|锡伯|塔吉克|各"
)
_ENDINGS = re.compile(
    rf"(?:(?:{_PEOPLES})族|维吾尔|特别行政|(?<=.)(?:哈萨克|蒙古|柯尔克孜))*"
    r"(?:自治(?P<unit>[区州县旗])|特别行政区|地区|省|市|盟|县|区|州|府|旗|镇|乡)\Z"
)


def without_accents(name):
    return "".join(sign for sign in unicodedata.normalize("NFD", name) if not unicodedata.combining(sign))


class NamedPlace(NamedTuple):
    code: str
    level: str
    above: tuple[str, ...]  # codes, the country first, down to its own
    name_en: str
    name_zh: str

    @property
    def country(self):
        return next(code for code in self.above if len(code) == 2)

    @property
    def admin1(self):
        """The code as the record writes it: Hong Kong and Macao are CN-HK and CN-MO there."""
        if self.country in ("HK", "MO"):
            return f"CN-{self.country}"
        return self.above[1] if len(self.above) > 1 else ""


class KnownAgency(NamedTuple):
    name_en: str
    name_zh: str
    kind: str
    region: str
    names: tuple[str, ...]


class KnownProvision(NamedTuple):
    text: str
    country: str
    titles: tuple[str, ...]  # of the policy in the library, in both languages


@dataclass
class Gazetteer:
    places: dict[str, NamedPlace] = field(default_factory=dict)
    english: dict[str, list[NamedPlace]] = field(default_factory=lambda: defaultdict(list))
    chinese: dict[str, list[NamedPlace]] = field(default_factory=lambda: defaultdict(list))
    agencies: list[KnownAgency] = field(default_factory=list)
    rigs: list[tuple[str, str]] = field(default_factory=list)  # (slug, model)
    provisions: list[KnownProvision] = field(default_factory=list)

    @classmethod
    def of_record(cls) -> "Gazetteer":
        made = cls()
        rows = {row.pk: row for row in Region.objects.all()}
        for row in rows.values():
            made._add_place(row, rows)
        made._add_counties()
        for agency in Agency.objects.select_related("region"):
            names = (agency.name_en, agency.name_zh, *agency.aliases)
            region = agency.region.code if agency.region_id else ""
            made.agencies.append(
                KnownAgency(agency.name_en, agency.name_zh, agency.kind, region, tuple(filter(None, names)))
            )
        made.rigs = list(Rig.objects.exclude(model="").values_list("slug", "model"))
        titles = dict(Policy.objects.values_list("pk", "title_zh"))
        cited = Citation.objects.values_list("text", "case__region__code", "policy").distinct().order_by("text")
        for text, region, policy in cited:
            made.provisions.append(KnownProvision(text, region[:2], tuple(filter(None, [titles.get(policy)]))))
        return made

    def _add_counties(self):
        """Counties of China that the record lacks and that no other county is called as: each is in its prefecture."""
        with Path(__file__).with_name("counties.csv").open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                above = self.places.get(row["region"])
                if above and row["name"] not in self.chinese:
                    self.chinese[row["name"]].append(above._replace(level="county", name_en="", name_zh=row["name"]))

    def _add_place(self, row, rows):
        above, at = [], row
        while at is not None and at.level != "bloc":
            above.insert(0, at.code)
            at = rows.get(at.parent_id)
        if not above:
            return
        place = self.places[row.code] = NamedPlace(row.code, row.level, tuple(above), row.name_en, row.name_zh)
        for name in {row.name_en, row.name_en.removesuffix(" City")}:
            for spelling in {name.casefold(), without_accents(name.casefold())}:
                self.english[spelling].append(place)
        if row.name_zh:
            whole = simplified(row.name_zh).removeprefix("中国")
            ending = _ENDINGS.search(whole)
            short = whole[: ending.start()] if ending else whole
            with_unit = short + (ending["unit"] or "") if ending else whole
            for name in {whole, short, with_unit}:
                if len(name) > 1:
                    self.chinese[name].append(place)
