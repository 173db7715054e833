"""Maps that the server draws: a region with its parts and its cases, the world, the place of one case.

Each function returns plain data that `templates/pictures/map.svg` draws. What is drawn never hides a case: `placed` and
`unplaced` together are all.
"""

import math
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from itertools import compress, product

import shapely
from django.db.models import Count, Max, TextField
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases.models import Case, versions
from cases.models.case import LocationPrecision
from cases.selection.sentence import cases_in_words
from regions.grammar.quantities import figure
from regions.keeping import made_of_tables, rows_over
from regions.models import Boundary, Region
from regions.models.region import Level, code_right_below, codes_up, path_of, regions_by_code

from . import shapes
from .classes import class_of, classes, none_on_record
from .labels import PlacedName, Room, short_name

WIDTH, HEIGHT = 632, 440
PADDING = 24  # a circle at the border of the region stays inside, also on a phone
MOST_SPOTS = 36  # circles on one map; more are merged
PHONE_WIDTH = 328  # px of the same picture on a phone
# What each has: its class, the size of its signs, and the px between the middles of two circles, on phones of fingers.
LAYERS = (("at-desk", 1.0, 22), ("at-hand", WIDTH / PHONE_WIDTH, 34))
LARGEST_PATHS = 44_000  # bytes: with names and links the picture stays under 60 KB
TOO_SMALL = 14.0  # square pixels that nobody sees
# A point stands for a region of this level; finer ones for a place.
LEVEL_OF = {LocationPrecision.ADMIN1: Level.ADMIN1, LocationPrecision.ADMIN2: Level.ADMIN2}


@dataclass
class Area:
    """A shape: its `d`, what it is (`q1` to `q5`, `none`, `around`), its name and value for a tooltip, its link."""

    d: str
    css: str
    name: str = ""
    link: str = ""
    is_known: bool = False  # has a value


@dataclass
class Spot:
    """A circle: cases of one place, or a region too small to be seen."""

    x: float
    y: float
    r: float
    css: str
    name: str
    count: int = 1
    link: str = ""


@dataclass
class Overlay:
    """What depends on the size at which the picture is shown: names and circles, in units of the picture."""

    css: str
    size: float  # of 12 px, in units of the picture
    spots: list = field(default_factory=list)
    labels: list = field(default_factory=list)
    leaders: list = field(default_factory=list)  # (x, y, x, y)


@dataclass
class Picture:
    """A map. `legend` are the classes of its fill, `unplaced` the cases known only to be in the region."""

    name: str
    width: int = WIDTH
    height: int = HEIGHT
    css: str = "region"
    around: list = field(default_factory=list)
    areas: list = field(default_factory=list)
    outline: str = ""
    layers: list = field(default_factory=list)
    legend: list = field(default_factory=list)
    quantity: str = ""
    placed: int = 0
    unplaced: int = 0
    note: str = ""

    @property
    def label(self):
        return _("Map: %(name)s") % {"name": self.name}

    @property
    def shows_exact(self):
        return self._has("exact")

    @property
    def shows_coarse(self):
        return self._has("coarse")

    @property
    def shows_small(self):
        return self._has("small")

    def _has(self, kind):
        return any(spot.css.split()[0] == kind for layer in self.layers for spot in layer.spots)

    @property
    def has_legend(self):
        return bool(self.legend or any(layer.spots for layer in self.layers))

    @property
    def none_on_record(self):
        return none_on_record()


# A region and its cases


def of_region(region, cases, values, quantity="", standing=None):
    """The map of `region`: its parts filled by `values` ({code: number}), `cases` (a queryset) as circles.

    None where neither the region nor one above it has a shape. `standing` is as to `ground_of`.
    """
    return _of_region(region, ground_of(region, standing), cases, values, quantity)


def ground_of(region, standing=None):
    """(the _Drawing of `region` or of the nearest above it that has a shape, {code: name}); None where none has.

    Kept until somebody writes the standing record, whose versions are `standing`, where they are known.
    """

    def made():
        drawn = _drawing(region)
        return drawn and (drawn, drawn.names())

    return versions.of_standing((get_language(), region.pk, "ground"), made, standing)


def _of_region(region, ground, cases, values, quantity="", is_one_case=False):
    if ground is None:
        return None
    (drawn, names), found = ground, classes(values.values())
    picture = Picture(
        name=region.name, around=_around(drawn, names), areas=_parts(drawn, names, values, found, quantity),
        outline=drawn.outline_path, legend=found if drawn.parts else [], quantity=quantity,
    )  # fmt: skip
    if drawn.code != region.code:
        picture.note = _("No outline of %(name)s is on record; the map shows %(wider)s.") % {
            "name": region.name, "wider": names[drawn.code]
        }  # fmt: skip
    places, picture.unplaced = _places(
        drawn, region, cases, is_one_case or region.level in (Level.ADMIN2, Level.ADMIN3)
    )
    picture.placed = sum(place.count for place in places)
    groups = [spots_merged(places, distance * size) for _css, size, distance in LAYERS]
    links = _links_of_single_cases([group for layer in groups for group in layer])
    all_cases = f"{reverse('cases:case-list')}?region={region.code}"
    picture.layers = [
        _layer(drawn, names, css, size, values, found, [_spot(group, all_cases, size, links) for group in merged])
        for (css, size, _distance), merged in zip(LAYERS, groups, strict=True)
    ]
    return picture


def of_case(case, ground):
    """The map of where `case` (of `visible_to`) was: the region it is known for, or the nearest above with a shape.

    `ground` is the `ground_of` its region.
    """
    region = case.region
    row = {
        "codes": region.codes_up(), "location_precision": case.location_precision, "count": 1, "keys": case.pk,
        "x": case.shown_longitude, "y": case.shown_latitude,
    }  # fmt: skip
    picture = _of_region(region, ground, [row], {}, is_one_case=True)
    for spot in [spot for layer in picture.layers for spot in layer.spots] if picture else []:
        spot.name, spot.link = case.title, ""
    return picture


@dataclass(frozen=True)
class Shape:
    code: str
    shape: object  # in pixels
    d: str


@dataclass(frozen=True, eq=False)
class _Drawing:
    """The shapes of a region's map, the same for every reader."""

    code: str
    frame: shapes.Frame
    shape: object  # of the region, in pixels
    outline: object  # with a margin that no name may touch
    outline_path: str
    parts: tuple
    neighbours: tuple

    @cached_property
    def middles(self):
        """{code: where a part is drawn that has no point}."""
        return {part.code: part.shape.representative_point().coords[0] for part in self.parts}

    def names(self):
        codes = [self.code, *(part.code for part in (*self.parts, *self.neighbours))]
        return {region.code: region.name for region in Region.objects.filter(code__in=codes).order_by("code")}


def _drawing(region):
    """The _Drawing of `region` or of the nearest above it that has a shape; None where none has."""
    codes = region.codes_up()
    outlined = set(Boundary.objects.filter(region__code__in=codes).values_list("region__code", flat=True))
    code = next((code for code in codes if code in outlined), None)
    return _drawing_of(code, edition()) if code else None


def edition():
    """What stands for the shapes that are stored now: another one means that a command has written them."""
    return made_of_tables(
        "edition", [Boundary._meta.db_table], lambda: tuple(Boundary.objects.aggregate(Count("pk"), Max("pk")).values())
    )


@lru_cache(maxsize=512)  # more than the record has regions with cases; each a tenth of a megabyte
def _drawing_of(code, stored):
    region = Region.objects.select_related("parent").get(code=code)
    ((_code, shape),) = read_boundaries(Boundary.objects.filter(region=region))
    frame, whole = shapes.frame_around(shape, WIDTH, HEIGHT, PADDING)
    parts = [(code, shapes.in_one_piece(part, frame.start)) for code, part in level_below(region.pk, stored)]
    around = _read_around(region, frame, stored)
    for tolerance in (0.6, 0.9, 1.3, 2.0, 3.0):
        drawn = _simplified(region, frame, whole, parts, around, tolerance)
        if _bytes(drawn) <= LARGEST_PATHS:
            break
    return drawn


def _bytes(drawn):
    return len(drawn.outline_path) + sum(len(shape.d) for shape in (*drawn.parts, *drawn.neighbours))


def read_boundaries(boundaries):
    """[(code, shape)] of a queryset of boundaries."""
    rows = list(boundaries.order_by("region__code").values_list("region__code", Cast("geometry", TextField())))
    return list(zip((code for code, _text in rows), shapes.from_geojson(text for _code, text in rows), strict=True))


@lru_cache(maxsize=128)
def level_below(parent, _edition):
    """((code, shape)) of the regions right below `parent`, a primary key; None for the countries."""
    return tuple(read_boundaries(Boundary.objects.right_below(parent)))


def _read_around(region, frame, stored):
    """What lies around `region` in `frame`, level by level: [[(code, shape)]], the coarsest first."""
    box = frame.degrees((0, 0, frame.width, frame.height))
    found, below = [], region
    while below is not None:
        level = [row for row in level_below(below.parent_id, stored) if row[0] != below.code]
        level = compress(level, shapes.reach_into([shape for _code, shape in level], box))
        level = [(code, shapes.clipped_to(shape, box)) for code, shape in level]
        found.append([(code, shape) for code, shape in level if shape is not None and not shape.is_empty])
        below = below.parent
    return found[::-1]


def _in_pixels(frame, shape):
    return shapely.transform(shape, frame.pixels)


def _simplified(region, frame, whole, parts, around, tolerance):
    drawn = shapes.thinned([_in_pixels(frame, shape) for _code, shape in parts], tolerance)
    if parts:
        outline = shapely.union_all([shapes.polygons(shape) for shape in drawn], grid_size=0.01)
    else:
        outline = shapes.thinned([_in_pixels(frame, whole)], tolerance)[0]
    outline = shapes.without_islets(shapes.polygons(outline), 2.0)
    neighbours = []
    for level in around:
        coarse = shapes.thinned([_in_pixels(frame, shape) for _code, shape in level], 2 * tolerance)
        neighbours += [
            made(code, shape) for (code, _shape), shape in zip(level, coarse, strict=True) if not shape.is_empty
        ]
    return _Drawing(
        region.code, frame, outline, _margin(outline), shapes.path_data(outline),
        tuple(made(code, shape) for (code, _shape), shape in zip(parts, drawn, strict=True) if not shape.is_empty),
        tuple(neighbours),
    )  # fmt: skip


def _margin(outline):
    """The line around `outline`, wide enough for names to keep away from it."""
    margin = outline.boundary.simplify(1.0).buffer(3.0, quad_segs=2)
    shapely.prepare(margin)
    return margin


def made(code, shape):
    shape = shapes.without_islets(shapes.polygons(shape))
    shapely.prepare(shape)
    return Shape(code, shape, shapes.path_data(shape))


def _around(drawn, names):
    return [Area(shape.d, "around", names.get(shape.code, "")) for shape in drawn.neighbours if shape.d]


def _parts(drawn, names, values, found, quantity):
    if not drawn.parts:
        return [Area(drawn.outline_path, "none", names.get(drawn.code, ""))]
    parts = [part for part in drawn.parts if part.d]
    return [
        Area(
            part.d,
            class_of(values.get(part.code), found),
            with_value(names.get(part.code, part.code), values.get(part.code), quantity),
            address_of_region(part.code),
            bool(values.get(part.code)),
        )
        for part in parts
    ]


@lru_cache(maxsize=10_000)  # more than there are regions; a map names all parts of one
def address_of_region(code):
    return reverse("regions:region-detail", args=[code])


def with_value(name, value, quantity):
    if not value:
        return f"{name}: {none_on_record()}"
    return f"{name}: {figure(value)} {quantity}".strip()


@dataclass
class _Place:
    """Cases of one spot: where, how many, whether the spot is a place (and not the middle of a region)."""

    x: float
    y: float
    count: int
    is_exact: bool
    country: str
    keys: int | None = None  # the sum of the primary keys of the cases: of one case, its own


def _places(drawn, region, cases, shows_middle):
    """(the _Places of `cases`, how many are not drawn because they are known only to be in `region`).

    With `shows_middle` these are drawn too, at the middle of the region: where nothing finer is to be told apart.
    """
    rows = cases if isinstance(cases, list) else _grouped(drawn.frame, cases)
    ranks = {level: rank for rank, level in enumerate(Level.values)}
    coarse, own = ranks[Level.ADMIN1], ranks[region.level]
    middles = dict(drawn.middles)
    vague = {row["codes"][0] for row in rows} - set(middles)
    for below in regions_by_code(vague).values():
        if below.latitude is not None:
            middles[below.code] = drawn.frame.pixel(below.longitude, below.latitude)
    if shows_middle:
        middles.setdefault(drawn.code, drawn.shape.representative_point().coords[0])
    points = iter(drawn.frame.pixels_of([(row["x"], row["y"]) for row in rows if row["y"] is not None]))
    stands_for = cache(lambda precision: ranks.get(LEVEL_OF.get(precision), len(ranks)))
    found, unplaced = [], 0
    for row in rows:
        codes = row["codes"]  # its own first
        point = next(points) if row["y"] is not None else None
        if point is None or not drawn.frame.holds(point):
            point, is_exact = next((middles[code] for code in codes if code in middles), None), False
            is_here_alone = codes[0] == region.code
        else:
            rank = stands_for(row["location_precision"])
            is_exact, is_here_alone = rank > coarse, rank <= own
        if point is None or not drawn.frame.holds(point) or (is_here_alone and not shows_middle):
            unplaced += row["count"]
        else:
            found.append(_Place(*point, row["count"], is_exact, codes[-1], row["keys"]))
    return found, unplaced


CELL = 8  # px: what lies nearer together is one spot, however many cases there are
# {width} and {height} are those of a cell in degrees, {west} to {north} the edges of the map.
_GROUPED = """
    SELECT CASE WHEN x > {west!r} AND x < {east!r} AND y > {south!r} AND y < {north!r} THEN country ELSE path END,
        location_precision, floor(x / {width!r}), floor(y / {height!r}), count(*), sum(pk), sum(x), sum(y)
    FROM ({{}}) AS points (pk, x, y, path, country, location_precision)
    GROUP BY 1, 2, 3, 4
"""


def _grouped(frame, cases):
    """`cases` by precision and cell of the map, those outside by region: as few rows as the picture has room for."""
    west, south, east, north = frame.degrees((0, 0, CELL, CELL))
    width, height = east - west, north - south
    west, south, east, north = frame.degrees((0, 0, frame.width, frame.height))
    statement = _GROUPED.format(west=west, south=south, east=east, north=north, width=width, height=height)
    points = cases.order_by().annotate(country=code_right_below(None))
    names = "pk", "shown_longitude", "shown_latitude", path_of("region"), "country", "location_precision"
    codes_of = cache(codes_up)  # many are of one place
    return [
        {
            "codes": codes_of(place), "location_precision": precision, "count": count, "keys": keys,
            "x": None if x is None else x / count, "y": None if y is None else y / count,
        }
        for place, precision, _x, _y, count, keys, x, y in rows_over(points.values_list(*names), statement, "====##++")
    ]  # fmt: skip


def spots_merged(places, distance):
    """`places` in groups: those nearer than `distance` to the largest of a group belong to it, of one country each.

    Where there would be too many circles, the distance grows.
    """
    places = sorted(places, key=lambda place: (-place.count, place.x, place.y))
    groups = _grouped_by_distance(places, distance)
    while len(groups) > MOST_SPOTS:
        distance *= max(1.2, math.sqrt(len(groups) / MOST_SPOTS))  # as many as would do if they lay evenly
        groups = _grouped_by_distance(places, distance)
    return groups


def _grouped_by_distance(places, distance):
    groups, around = [], defaultdict(list)  # {(country, column, row): the groups that begin in it or beside it}
    for place in places:
        column, row = int(place.x // distance), int(place.y // distance)
        for group in around[place.country, column, row]:  # the oldest first
            if math.hypot(group[0].x - place.x, group[0].y - place.y) < distance:
                group.append(place)
                break
        else:
            groups.append([place])
            for beside in product((column - 1, column, column + 1), (row - 1, row, row + 1)):
                around[place.country, *beside].append(groups[-1])
    return groups


def radius_of(count):
    """Of a circle that holds its number."""
    return 6 if count == 1 else 5 + 3 * len(figure(count))


def _is_one_case(group):
    return len(group) == 1 and group[0].count == 1


def _links_of_single_cases(groups):
    """{primary key: address} of the cases that have a circle of their own."""
    single = {group[0].keys for group in groups if _is_one_case(group)}
    refs = Case.objects.filter(pk__in=single).values_list("pk", "ref")
    return {pk: reverse("cases:case-detail", args=[ref]) for pk, ref in refs}


def _spot(group, all_cases, size, links):
    count = sum(place.count for place in group)
    is_exact = any(place.is_exact for place in group)
    name = cases_in_words(count)
    if not is_exact:
        name = _("%(cases)s, only the region is known") % {"cases": name}
    link = links.get(group[0].keys, all_cases) if _is_one_case(group) else all_cases  # it may have gone meanwhile
    r = radius_of(count) * size
    x, y = min(max(group[0].x, r), WIDTH - r), min(max(group[0].y, r), HEIGHT - r)  # the whole circle is on the map
    return Spot(x, y, r, "exact" if is_exact else "coarse", name, count, link)


def _layer(drawn, names, css, size, values, found, spots):
    layer = Overlay(css, 12 * size)
    layer.spots = spots + list(_too_small(drawn, names, values, found, layer.spots, size))
    taken = tuple((spot.x, spot.y, spot.r) for spot in layer.spots)
    known = frozenset(code for code, value in values.items() if value)
    layer.labels = _labels(drawn, tuple(names.items()), known, taken, size)
    return layer


@lru_cache(maxsize=4096)  # each of a few kilobytes
def _labels(drawn, names, known, taken, size):
    """The names on a map, those of parts with a value first; `taken` are the circles (x, y, r)."""
    room = Room((3, 3, drawn.frame.width - 3, drawn.frame.height - 3), drawn.outline, size)
    for x, y, r in taken:
        room.take(x, y, 2 * r, 2 * r)
    parts = sorted(drawn.parts, key=lambda part: (part.code not in known, -part.shape.area))
    if not parts:
        parts = [Shape(drawn.code, drawn.shape, "")]
    neighbours = sorted(drawn.neighbours, key=lambda shape: -shape.shape.area)
    kinds = [(part, "part known" if part.code in known else "part") for part in parts]
    names, found = dict(names), []
    for shape, kind in kinds + [(neighbour, "neighbour") for neighbour in neighbours]:
        text = short_name(names.get(shape.code, ""))
        middle = room.place(text, shape.shape) if text else None
        if middle:
            found.append(PlacedName(*middle, text, kind))
    return found


def _too_small(drawn, names, values, found, spots, size):
    """Circles for the parts with a value that nobody could see, where no case is drawn on them."""
    for part in drawn.parts:
        if part.shape.area >= TOO_SMALL or not values.get(part.code):
            continue
        x, y = part.shape.representative_point().coords[0]
        if any(math.hypot(spot.x - x, spot.y - y) < spot.r for spot in spots):
            continue
        link = address_of_region(part.code)
        name = f"{names.get(part.code, part.code)}: {figure(values[part.code])}"
        yield Spot(x, y, 6 * size, f"small {class_of(values[part.code], found)}", name, 1, link)
