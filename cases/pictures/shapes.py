"""Boundaries as the paths of a picture: over the antimeridian in one piece, in pixels, simplified together, rounded."""

import math
from dataclasses import dataclass

import numpy as np
import shapely

# What lies far from the main parts of a region does not make its map smaller: this share of it is framed.
FRAMED_SHARE = 0.97
LARGE_ISLAND, NEAR = 0.001, 1.08  # of the area of the region; what it may add to the frame
SMALLEST = 0.8  # square pixels: a smaller island is not drawn
SMALLEST_HOLE = 6.0
ALIKE = 0.5  # degrees: the shapes of two levels do not begin at quite the same longitude
TURNS = (-360, 0, 360)  # degrees: once around the earth too


@dataclass(frozen=True)
class Frame:
    """Degrees to pixels: an equirectangular map, true at `latitude`, of the longitudes from `start` on."""

    start: float
    latitude: float
    scale: float
    left: float
    top: float
    width: int
    height: int

    @property
    def box(self):
        return shapely.box(0, 0, self.width, self.height)

    def holds(self, pixel):
        return 0 < pixel[0] < self.width and 0 < pixel[1] < self.height

    def pixels(self, points):
        """An array of (longitude, latitude) as one of (x, y)."""
        points = np.asarray(points, dtype=float)
        x = (points[:, 0] * math.cos(math.radians(self.latitude)) - self.left) * self.scale
        y = (self.top - points[:, 1]) * self.scale
        return np.column_stack([x, y])

    def pixel(self, longitude, latitude):
        """(x, y) of a point, on this side of the antimeridian."""
        return self.pixels_of([(longitude, latitude)])[0]

    def pixels_of(self, points):
        """The same of each of `points`: (longitude, latitude)."""
        if not points:
            return []
        wrapped = [(self.wrapped_longitude(longitude), latitude) for longitude, latitude in points]
        return list(map(tuple, self.pixels(wrapped).tolist()))

    def wrapped_longitude(self, longitude):
        return longitude + 360 if longitude < self.start - ALIKE else longitude

    def degrees(self, box):
        """(west, south, east, north) of a box in pixels."""
        across = math.cos(math.radians(self.latitude)) * self.scale
        left, top, right, bottom = box
        west, east = left / across, right / across
        shift = self.left * self.scale / across
        return west + shift, self.top - bottom / self.scale, east + shift, self.top - top / self.scale


def from_geojson(texts):
    """Shapes of GeoJSON texts as the build of boundaries made them: valid areas."""
    return [polygons(shape) for shape in shapely.from_geojson(list(texts))]


def polygons(shape):
    """`shape` as a MultiPolygon of its areas."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.multipolygons(parts[(shapely.get_type_id(parts) == 3) & (shapely.area(parts) > 0)])


def first_longitude(shape):
    """Where the longitudes of `shape` begin, so that it is in one piece: behind the widest gap around the earth."""
    bounds = shapely.bounds(shapely.get_parts(shape))
    spans = sorted(zip(bounds[:, 0], bounds[:, 2], strict=True))
    reached, widest, start = spans[0][1], 0.0, spans[0][0]
    for west, east in spans[1:]:
        if west - reached > widest:
            widest, start = west - reached, west
        reached = max(reached, east)
    around = spans[0][0] + 360 - reached
    return float(spans[0][0] if around >= widest else start)


def in_one_piece(shape, start):
    """`shape` with what lies west of `start` moved once around the earth, and the halves of a polygon joined."""
    parts = shapely.get_parts(shape)
    west = shapely.bounds(parts)[:, 0] < start - ALIKE
    if not west.any():
        return shape
    moved = shapely.transform(parts[west], lambda points: points + np.array([360, 0]))
    joined = shapely.union_all(np.concatenate([parts[~west], moved]), grid_size=1e-6)
    return polygons(joined)


def reach_into(shapes, frame_box):
    """Which of `shapes` may have anything in a box of degrees, by their bounds alone: an array of bool."""
    west, south, east, north = frame_box
    left, bottom, right, top = shapely.bounds(np.array(shapes, dtype=object)).reshape(-1, 4).T
    beside = [(right + shift > west) & (left + shift < east) for shift in TURNS]
    return np.any(beside, axis=0) & (top > south) & (bottom < north)


def clipped_to(shape, frame_box):
    """The parts of `shape` that lie in a box of degrees, once around the earth too."""
    parts = shapely.get_parts(shape)
    found = []
    for shift in TURNS:
        west, south, east, north = frame_box
        bounds = shapely.bounds(parts)
        inside = (bounds[:, 2] + shift > west) & (bounds[:, 0] + shift < east)
        inside &= (bounds[:, 3] > south) & (bounds[:, 1] < north)
        if inside.any():
            moved = shapely.transform(parts[inside], lambda points, shift=shift: points + np.array([shift, 0]))
            found.extend(shapely.clip_by_rect(moved, west, south, east, north))
    return polygons(shapely.geometrycollections(found)) if found else None


def main_parts(shape):
    """What a map of `shape` is fitted to: the largest parts, nearly all of it, and large islands near them."""
    parts = shapely.get_parts(shape)
    areas = shapely.area(parts)
    order = np.argsort(-areas)
    enough = int(np.searchsorted(np.cumsum(areas[order]), FRAMED_SHARE * areas.sum())) + 1
    framed = list(order[:enough])
    for island in order[enough:]:
        frame = shapely.box(*shapely.total_bounds(parts[framed]))
        wider = shapely.box(*shapely.total_bounds(parts[[*framed, island]]))
        if areas[island] >= LARGE_ISLAND * areas.sum() and wider.area <= NEAR * frame.area:
            framed.append(island)
    return shapely.multipolygons(parts[framed])


def frame_around(shape, width, height, padding):
    """(The Frame in which `shape` is as large as it can be, `shape` in one piece)."""
    start = first_longitude(shape)
    shape = in_one_piece(shape, start)
    west, south, east, north = main_parts(shape).bounds
    latitude = (south + north) / 2
    squeeze = math.cos(math.radians(latitude))
    across, up = max((east - west) * squeeze, 1e-3), max(north - south, 1e-3)
    scale = min((width - 2 * padding) / across, (height - 2 * padding) / up)
    left = west * squeeze - (width / scale - across) / 2
    top = north + (height / scale - up) / 2
    return Frame(start, latitude, scale, left, top, width, height), shape


def thinned(shapes, tolerance):
    """`shapes` in pixels with fewer corners; neighbours go on sharing their edges."""
    return list(shapely.coverage_simplify(np.array(shapes), tolerance)) if len(shapes) else []


def without_islets(shape, smallest=SMALLEST):
    """`shape` without islands and holes that nobody would see; its largest part always stays."""
    parts = shapely.get_parts(shape)
    if not len(parts):
        return shape
    areas = shapely.area(parts)
    kept = parts[(areas >= smallest) | (areas == areas.max())]
    return shapely.multipolygons([_without_small_holes(part) for part in kept])


def _without_small_holes(polygon):
    holes = [ring for ring in polygon.interiors if shapely.Polygon(ring).area >= SMALLEST_HOLE]
    return shapely.Polygon(polygon.exterior, holes)


def path_data(shape):
    """The `d` of a path: tenths of pixels, each corner told from the one before it."""
    return "".join(
        _ring(np.asarray(ring.coords)) for part in shapely.get_parts(shape) for ring in (part.exterior, *part.interiors)
    )


def _ring(points):
    tenths = np.rint(points[:-1] * 10).astype(int)
    steps = np.diff(tenths, axis=0)
    steps = steps[steps.any(axis=1)]
    if len(steps) < 2:
        return ""
    numbers = [_tenths(number) for number in steps.ravel()]
    joined = "".join(number if number[0] == "-" else f" {number}" for number in numbers).lstrip()
    return f"M{_tenths(tenths[0][0])} {_tenths(tenths[0][1])}l{joined}z"


def _tenths(number):
    """12 as `1.2`, -5 as `-.5`, 30 as `3`."""
    whole, rest = divmod(abs(int(number)), 10)
    text = f"{whole or ''}.{rest}" if rest else str(whole)
    return f"-{text}" if number < 0 else text
