"""Cases on a map: clustered in the database, so that no browser is sent a hundred thousand points."""

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import BooleanField, ExpressionWrapper

from cases.models import Case, versions
from cases.models.case import COUNTED_WITH_RIGS, ONLY_REGION_KNOWN
from regions.keeping import made_while_nobody_writes, row_over, rows_of_now
from regions.models import Region
from regions.models.region import code_right_below

WORLD = (-180.0, -85.0, 180.0, 85.0)
MOST_FEATURES = 2_000
CLUSTER_PX = 22  # of a map whose world is 256 px wide at zoom 0: circles nearer than this are one
DEEPEST_ZOOM = 18
SHOWN_OF_ONE = (
    "ref", "title_en", "title_zh", "rigs", "occurred_on", "date_precision", "location_precision",
    "region__level", "region__name_en", "region__name_zh",
)  # fmt: skip

# The cases of each country in each cell of a Mercator grid, as the values of `_Cell`: %r is the size of a cell in
# degrees. Where a case is drawn may have to be worked out for its reader, and is so once.
_CELLS = """
    SELECT floor(x / %r), floor(degrees(ln(tan(pi() / 4 + radians(greatest(-85, least(85, y))) / 2))) / %r),
        vague, country, CASE WHEN y IS NULL THEN region END AS pointless_in,
        count(*), sum(pk), sum(CASE WHEN counted THEN rigs END),
        min(x), max(x), min(y), max(y), sum(x), sum(y)
    FROM ({}) AS points (pk, x, y, vague, country, region, rigs, counted) GROUP BY 1, 2, 3, 4, 5
"""


def clusters(cases, box, zoom):
    """GeoJSON features of `cases`, all inside `box`: circles of one country that are 22 px or more apart at `zoom`.

    A feature is a cluster (`count`, `rigs`, `bbox`) or one case (`ref`, `title`, `rigs`, `occurred_on`, `precision`).
    A case without a point is drawn in the middle of its region, and its `precision` is the level of that region.
    `coarse` says how many of a feature are known no finer than to a province or to their region. Where there could be
    more than 2,000 features, circles merge from farther away.
    """
    cases = cases.order_by()
    size, coarsest = 360 / 2 ** max(0, min(zoom, DEEPEST_ZOOM)) * CLUSTER_PX / 256, _coarsest(box)
    points, middles = _points(cases), _middles_of_regions()
    found = made_while_nobody_writes(
        ("circles", size, coarsest), points, lambda: _circles(points, size, coarsest, middles)
    )
    cases = Case.objects.select_related("region").only(*SHOWN_OF_ONE)
    single = cases.in_bulk([circle.keys for circle in found if circle.count == 1])
    there = [circle for circle in found if circle.count > 1 or circle.keys in single]  # one may have gone meanwhile
    return [_single(single[circle.keys], circle) if circle.count == 1 else _cluster(circle) for circle in there]


def _circles(points, size, coarsest, middles):
    """The cases of `points` as circles that are `size` apart; as `coarsest`, where more than MOST_FEATURES could be."""
    size, finer = max(size, coarsest), size
    cells = _cells(points, size)
    if size > finer and sum(cell.count for cell in cells) <= MOST_FEATURES:
        size, cells = finer, _cells(points, finer)
    return _apart([cell.circle(middles) for cell in cells], size)


def _cells(points, size):
    return [_Cell(*row) for row in rows_of_now(points, _CELLS % (size, size), "=====##+<><>++")]


def extent(cases):
    """What a map of all `cases` must show: (west, south, east, north), None without any."""
    points = cases.on_map().order_by().values_list("map_longitude", "map_latitude")
    edges = row_over(points, "SELECT min(x), min(y), max(x), max(y) FROM ({}) AS points (x, y)", "<<>>")
    return edges if edges and edges[0] is not None else None


@dataclass
class _Circle:
    """Cases that a map draws as one."""

    country: str
    count: int
    coarse: int  # how many of them are known no finer than to a province or to their region
    pointless: int  # and how many of these have no point of their own
    keys: int  # the sum of their primary keys: of one case, its own
    west: float
    south: float
    east: float
    north: float
    longitude: float
    latitude: float
    rigs: int | None

    def __post_init__(self):
        self.coarse, self.pointless = self.coarse or 0, self.pointless or 0
        self._northing = None

    @property
    def northing(self):
        if self._northing is None:  # as most circles are only summed, nobody asks
            self._northing = _northing(self.latitude)
        return self._northing

    def take_in(self, other):
        """Draw the cases of `other` here too, in the middle of all."""
        self.keys += other.keys
        both = self.count + other.count
        self.longitude += (other.longitude - self.longitude) * other.count / both
        self.latitude += (other.latitude - self.latitude) * other.count / both
        self._northing = None
        self.west, self.east = min(self.west, other.west), max(self.east, other.east)
        self.south, self.north = min(self.south, other.south), max(self.north, other.north)
        self.count, self.coarse = both, self.coarse + other.coarse
        self.pointless += other.pointless
        if other.rigs is not None:
            self.rigs = (self.rigs or 0) + other.rigs

    def distance(self, other):
        return math.hypot(self.longitude - other.longitude, self.northing - other.northing)


def _points(cases):
    """Where a map draws `cases`, as a queryset of the values that `_CELLS` names."""
    return cases.annotate(
        vague=ExpressionWrapper(ONLY_REGION_KNOWN, BooleanField()), country=code_right_below(None),
        counted=ExpressionWrapper(COUNTED_WITH_RIGS, BooleanField()),
    ).values_list(
        "pk", "shown_longitude", "shown_latitude", "vague", "country", "region", "rigs", "counted"
    )  # fmt: skip


class _Cell(NamedTuple):
    """The cases of a country in one cell, as the database sums them; those known only to a province or region apart.

    What has no point is drawn in the middle of its region, apart from what lies in the cell by chance.
    """

    column: float | None
    row: float | None
    vague: bool
    country: str
    pointless_in: int | None
    count: int
    keys: int
    rigs: int | None
    west: float | None
    east: float | None
    south: float | None
    north: float | None
    longitudes: float | None  # their sum
    latitudes: float | None

    def circle(self, middles):
        """This cell as a circle; `middles` are where regions are drawn: {primary key: (longitude, latitude)}."""
        pointless = self.longitudes is None
        if pointless:
            longitude, latitude = middles[self.pointless_in]
            west, south, east, north = longitude, latitude, longitude, latitude
        else:
            longitude, latitude = self.longitudes / self.count, self.latitudes / self.count
            west, south, east, north = self.west, self.south, self.east, self.north
        return _Circle(
            country=self.country, count=self.count, coarse=self.count * self.vague, pointless=self.count * pointless,
            keys=self.keys, west=west, south=south, east=east, north=north, longitude=longitude, latitude=latitude,
            rigs=self.rigs,
        )  # fmt: skip


def _middles_of_regions():
    """{primary key: (longitude, latitude)} of all regions: their middle, or that of the region above.

    Read once while nobody writes the standing record, and not joined: on tables that were filled a moment ago the
    planner would look at every region for every region for every cell.
    """
    return versions.of_standing("middles", _read_middles)


def _read_middles():
    found = {}
    names = ("longitude", "latitude", "parent__longitude", "parent__latitude")
    for pk, longitude, latitude, above_longitude, above_latitude in Region.objects.values_list("pk", *names):
        found[pk] = (above_longitude, above_latitude) if latitude is None else (longitude, latitude)
    return found


def _merged(circles, size):
    """`circles` until no two of a country are nearer than `size`; the larger takes in the smaller, and the older ones,
    by their keys, those as large: whoever summed them, and in whatever order."""
    merged = True
    while merged:
        merged, kept, cells = False, [], defaultdict(list)
        for circle in sorted(circles, key=lambda circle: (-circle.count, circle.keys)):
            column, row = int(circle.longitude // size), int(circle.northing // size)
            host = next((near for near in _around(cells, circle, column, row) if near.distance(circle) < size), None)
            if host is None:
                kept.append(circle)
                cells[circle.country, column, row].append(circle)
            else:
                host.take_in(circle)
                merged = True
        circles = kept
    return circles


def _apart(circles, size):
    """`circles` as `_merged`, and at most MOST_FEATURES of them."""
    found = _merged(circles, size)
    while len(found) > MOST_FEATURES:
        size *= 1.5
        found = _merged(found, size)
    return found


def _around(cells, circle, column, row):
    """The circles of the country of `circle` in its cell and in those beside it."""
    for x in (column, column - 1, column + 1):
        for y in (row, row - 1, row + 1):
            yield from cells.get((circle.country, x, y), ())


def _coarsest(box):
    """The size of a cell, in degrees of the map, of which at most 2,000 cover `box`."""
    west, south, east, north = box
    width = east - west if east >= west else east - west + 360
    height = _northing(north) - _northing(south)
    # A grid that does not begin at the edge of the box has one more column and row.
    columns = math.sqrt(MOST_FEATURES * max(width, 1e-9) / max(height, 1e-9))
    return max(width / max(1, columns - 2), height / max(1, MOST_FEATURES / columns - 2))


def _northing(latitude):
    """Degrees of a Mercator map north of the equator; the poles are cut as on every web map."""
    return math.degrees(math.log(math.tan(math.pi / 4 + math.radians(max(-85, min(85, latitude))) / 2)))


def _cluster(circle):
    properties = {
        "count": circle.count,
        "rigs": circle.rigs,
        "coarse": circle.coarse,
        "bbox": [circle.west, circle.south, circle.east, circle.north],
    }
    return _feature(circle, properties)


def _single(case, circle):
    properties = {
        "count": 1,
        "ref": case.ref,
        "title": case.title,
        "rigs": case.rigs,
        "region": case.region.name,
        "occurred_on": case.occurred_on.isoformat(),
        "date_precision": case.date_precision,
        "coarse": circle.coarse,
        "precision": case.region.level if circle.pointless else case.location_precision,
    }
    return _feature(circle, properties)


def _feature(circle, properties):
    point = {"type": "Point", "coordinates": [round(circle.longitude, 5), round(circle.latitude, 5)]}
    return {"type": "Feature", "geometry": point, "properties": properties}
