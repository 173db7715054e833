"""A map of the world: countries filled by a number, the largest named."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from django.utils.translation import gettext as _

from regions.grammar.quantities import figure
from regions.keeping import made_of_tables
from regions.models import Region

from . import shapes
from .classes import class_of, classes
from .labels import HEIGHT as LINE
from .labels import PlacedName, Room, short_name, width_of
from .maps import (
    PHONE_WIDTH,
    TOO_SMALL,
    Area,
    Overlay,
    Picture,
    Spot,
    address_of_region,
    edition,
    level_below,
    made,
    with_value,
)

# Alaska is left and Chukotka right of the first longitude; south of the last latitude there is only Antarctica.
START, MIDDLE = -169.5, 11.0
SOUTH, NORTH = -56.0, 80.0
PADDING = 4
NARROW, WIDE = 760, 1000  # px: the map of the first page, that of the list of regions
LARGEST_PATHS = 42_000  # bytes
# Where a name may stand beside its country, px from its middle: right, left, below, above, near ones first.
ASIDE = [
    (math.cos(math.radians(angle)) * distance, math.sin(math.radians(angle)) * distance)
    for distance in (28, 44, 64, 88, 116, 150)
    for angle in (20, 160, -20, -160, 60, 120, -60, -120, 90, -90)
]


def draw_ahead():
    """Make the shapes that the pages with a map of the world draw: a third of a second for each width."""
    for width in (NARROW, WIDE):
        _countries(width, edition())


def world(values, *, quantity="", top=8, width=NARROW):
    """A map of the world, a Picture: countries filled by `values` ({ISO code: number}), the `top` largest named.

    Draw it with `{% include "pictures/map.svg" with picture=picture only %}` and below it
    `{% include "pictures/_map_legend.html" with picture=picture only %}`. `quantity` is the word behind a number in a
    tooltip (cases, rigs). A country with a value is a link to its page; where it is too small to be seen, a circle is.
    """
    countries, height = _countries(width, edition())
    tops = made_of_tables("tops", [Region._meta.db_table], lambda: list(Region.objects.tops()))
    names = tuple((region.code, region.name) for region in tops)
    return _drawn(countries, height, names, tuple(sorted(values.items())), str(quantity), top, width)


@dataclass(frozen=True)
class Outline:
    """A country on a map that a script fills: `spot` is the middle of a circle where it is too small to be seen."""

    code: str
    d: str
    spot: tuple | None


def outlines(width=NARROW):
    """(the Outline of each country, the height of their map): for a map that is filled where it is read."""
    countries, height = _countries(width, edition())
    return [
        Outline(
            country.code,
            country.d,
            country.shape.representative_point().coords[0] if country.shape.area < TOO_SMALL else None,
        )
        for country in countries
    ], height


@lru_cache(maxsize=16)
def _drawn(countries, height, names, values, quantity, top, width):
    names, values = dict(names), dict(values)
    found = classes(values.values())
    picture = Picture(_("World"), width, height, "world", legend=found, quantity=quantity)
    picture.areas = [
        Area(
            country.d,
            class_of(values.get(country.code), found),
            with_value(names[country.code], values.get(country.code), quantity),
            address_of_region(country.code) if values.get(country.code) else "",
            bool(values.get(country.code)),
        )
        for country in countries
    ]
    known = [country for country in countries if values.get(country.code)]
    known.sort(key=lambda country: -values[country.code])
    on_phones = width / PHONE_WIDTH
    picture.layers = [
        _layer("at-desk", 1.0, known, top, names, values, found, picture),
        _layer("at-hand", on_phones, known, min(top, 5), names, values, found, picture),
    ]
    return picture


@lru_cache(maxsize=4)
def _countries(width, stored):
    """(the shapes of the countries in pixels, the height of their map)."""
    rows = [(code, _flat(shape)) for code, shape in level_below(None, stored) if code != "AQ"]
    edge = _equal_earth(np.array([(START, 0.0), (START + 360, 0.0), (MIDDLE, NORTH), (MIDDLE, SOUTH)]))
    left, right, top, bottom = edge[0][0], edge[1][0], edge[2][1], edge[3][1]
    scale = (width - 2 * PADDING) / (right - left)
    height = math.ceil((top - bottom) * scale) + 2 * PADDING

    def pixels(points):
        return np.column_stack([(points[:, 0] - left) * scale, (top - points[:, 1]) * scale]) + PADDING

    in_pixels = [shapely.transform(shape, pixels) for _code, shape in rows]
    for tolerance in (0.5, 0.7, 1.0, 1.4):
        drawn = shapes.thinned(in_pixels, tolerance)
        found = [made(code, shape) for (code, _shape), shape in zip(rows, drawn, strict=True) if not shape.is_empty]
        if sum(len(shape.d) for shape in found) <= LARGEST_PATHS:
            break
    return tuple(found), height


def _flat(shape):
    """`shape` on the flat map, in units of the earth's radius."""
    shape = shapes.in_one_piece(shape, START)
    shape = shapes.polygons(shapely.clip_by_rect(shape, START, SOUTH, START + 360, NORTH))
    return shapely.transform(shape, _equal_earth)


def _equal_earth(points):
    """The Equal Earth projection (Šavrič, Patterson and Jenny, 2018): areas keep their sizes."""
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    longitude, latitude = np.radians(points[:, 0] - MIDDLE), np.radians(points[:, 1])
    theta = np.arcsin(np.sqrt(3) / 2 * np.sin(latitude))
    square = theta**2
    sixth = square**3
    x = 2 * np.sqrt(3) * longitude * np.cos(theta) / (
        3 * (9 * a4 * square * sixth + 7 * a3 * sixth + 3 * a2 * square + a1)
    )  # fmt: skip
    y = theta * (a1 + a2 * square + sixth * (a3 + a4 * square))
    return np.column_stack([x, y])


def _layer(css, size, known, top, names, values, found, picture):
    layer = Overlay(css, 12 * size)
    for country in known:
        if country.shape.area < TOO_SMALL * size:
            x, y = country.shape.representative_point().coords[0]
            name = with_value(names[country.code], values[country.code], picture.quantity)
            css_class = f"small {class_of(values[country.code], found)}"
            link = address_of_region(country.code)
            layer.spots.append(Spot(x, y, 4 * size, css_class, name, 1, link))
    room = Room((2, 2, picture.width - 2, picture.height - 2), None, size)
    for spot in layer.spots:
        room.take(spot.x, spot.y, 2 * spot.r, 2 * spot.r)
    coloured = shapely.geometrycollections([part for country in known for part in country.shape.geoms])
    for country in known[:top]:
        _name(layer, room, country, f"{short_name(names[country.code])} {figure(values[country.code])}", coloured, size)
    return layer


def _name(layer, room, country, text, coloured, size):
    """The name in its country where it fits, else beside it with a line that leads there."""
    middle = room.place(text, country.shape, share=0.97)
    if middle:
        layer.labels.append(PlacedName(*middle, text, "part known"))
        return
    x, y = _middle(country.shape)
    width, height = width_of(text, size), LINE * size
    for across, down in ASIDE:
        end_x, end_y = x + across * size, y + down * size
        text_x = end_x + math.copysign(width / 2, across)
        box = (text_x - width / 2, end_y - height / 2, text_x + width / 2, end_y + height / 2)
        if not room.is_free(np.array([box]))[0] or shapely.intersects(coloured, shapely.box(*box)):
            continue
        if _crosses(shapely.LineString([(x, y), (end_x, end_y)]), room):
            continue
        room.take(text_x, end_y, width, height)
        layer.labels.append(PlacedName(text_x, end_y, text, "part known"))
        layer.leaders.append((x, y, end_x, end_y))
        return


def _crosses(line, room):
    """Whether `line` runs over something that was placed, other than where it begins."""
    taken = shapely.box(*room.taken.T)
    return bool(np.any(shapely.intersects(line, taken) & ~shapely.contains(taken, line.interpolate(0))))


def _middle(shape):
    """A point well inside the largest part of `shape`."""
    largest = max(shapely.get_parts(shape), key=lambda part: part.area)
    return shapely.maximum_inscribed_circle(largest, 1.0).coords[0]
