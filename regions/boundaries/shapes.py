"""Shapes: put on one grid, simplified together so that neighbours share their edges, written as GeoJSON."""

import gzip
import json
from collections import defaultdict

import numpy as np
import shapely

# About 11 m: corners of the two sources that mean one place meet on it.
GRID = 1e-4


def polygons_of(shape):
    """Only the polygons of `shape`, valid, as one MultiPolygon: no lines or points that repairs leave behind."""
    parts = shapely.get_parts(shapely.make_valid(shape))
    parts = shapely.get_parts(parts[np.isin(shapely.get_type_id(parts), (3, 6))])
    return shapely.multipolygons(parts[shapely.area(parts) > 0])


def on_grid(shape, size=GRID):
    """`shape` with its corners on a grid, so that two sources' equal corners are equal numbers."""
    return polygons_of(shapely.set_precision(polygons_of(shape), size))


def coverage(shapes, gap=None, heirs=()):
    """The same shapes without overlaps, neighbours sharing every corner: what coverage_simplify needs.

    Where two shapes overlap, the earlier keeps the place. Places inside `gap` that nobody owns go to the one
    of `heirs` (codes) they share the longest border with, or to nobody.
    """
    codes = list(shapes)
    outlines = [shapes[code] for code in codes] + ([gap] if gap is not None else [])
    lines = shapely.union_all(shapely.boundary(np.array(outlines)))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines)))
    parts, index = shapely.get_parts(np.array(outlines), return_index=True)
    shapely.prepare(parts)
    tree = shapely.STRtree(parts)
    inside = shapely.point_on_surface(faces)
    owner = np.full(len(faces), -1)
    hits, holders = tree.query(inside, predicate="intersects")
    order = np.argsort(-index[holders], kind="stable")
    owner[hits[order]] = index[holders[order]]
    if gap is not None:
        face_tree = shapely.STRtree(faces)
        may_inherit = {codes.index(code) for code in heirs}
        for lost in np.flatnonzero(owner == len(codes)):
            shared = defaultdict(float)
            for other in face_tree.query(faces[lost], predicate="intersects"):
                if owner[other] in may_inherit:
                    shared[owner[other]] += faces[lost].boundary.intersection(faces[other].boundary).length
            best = max(sorted(shared), key=shared.get, default=-1)
            owner[lost] = best if shared.get(best) else -1
    return {
        code: shapely.multipolygons(shapely.get_parts(shapely.union_all(faces[owner == number])))
        for number, code in enumerate(codes)
        if (owner == number).any()
    }


def without_specks(shape, smallest):
    """`shape` without parts smaller than `smallest` square degrees; the largest part always stays."""
    parts = shapely.get_parts(shape)
    areas = shapely.area(parts)
    return shapely.multipolygons(parts[(areas >= smallest) | (areas == areas.max())])


def rounded(shape, decimals):
    """`shape` on `decimals` decimal places, valid and wound as RFC 7946 wants, or empty if it is too small."""
    on_places = polygons_of(shapely.transform(shape, lambda points: np.round(points, decimals)))
    return shapely.orient_polygons(shapely.remove_repeated_points(on_places))


def touching(shapes):
    """{code: codes whose shapes touch it} for `shapes`."""
    codes, outlines = list(shapes), np.array(list(shapes.values()))
    found = {code: [] for code in codes}
    for shape, neighbour in zip(*shapely.STRtree(outlines).query(outlines, predicate="intersects"), strict=True):
        if shape != neighbour:
            found[codes[shape]].append(codes[neighbour])
    return found


def alone(shape, tolerance, decimals):
    """`shape` with fewer corners when no neighbour depends on them; a small one keeps more of its form."""
    size = shape.area**0.5
    if size > 8 * tolerance:
        # Near the poles a degree of longitude is short: Antarctica and Greenland would be most of the world's file.
        tolerance /= np.cos(np.radians(min(80, abs(shape.centroid.y))))
    else:
        shape, tolerance, decimals = without_specks(shape, shape.area / 50), min(tolerance, size / 10), decimals + 1
    return rounded(shapely.coverage_simplify([without_specks(shape, tolerance**2)], tolerance)[0], decimals)


def with_fewer_corners(shapes, tolerance, decimals):
    """`shapes` (a coverage) with fewer corners, neighbours still sharing edges. None vanishes."""
    neighbours = touching(shapes)
    joined = [code for code in shapes if neighbours[code]]
    result = {}
    if joined:
        without = [without_specks(shapes[code], (1.5 * tolerance) ** 2) for code in joined]
        thin = shapely.coverage_simplify(np.array(without), tolerance)
        result = {code: rounded(shape, decimals) for code, shape in zip(joined, thin, strict=True)}
    for code, shape in shapes.items():
        if not neighbours[code]:
            result[code] = alone(shape, tolerance, decimals)
        elif shape.area < (8 * tolerance) ** 2 and result[code].area < 0.7 * shape.area:
            # A city state would be left a triangle: it keeps its form, cut out of those around it.
            result[code] = alone(shape, tolerance, decimals)
            for other in neighbours[code]:
                result[other] = rounded(result[other].difference(result[code]), decimals + 1)
        if result[code].is_empty:
            result[code] = rounded(without_specks(shape, shape.area), 6)
    return {code: result[code] for code in shapes}


def fitted(shapes, tolerance, decimals, budget):
    """Simplify until the features fit `budget` gzipped bytes; returns them and the tolerance in degrees."""
    while True:
        thin = with_fewer_corners(shapes, tolerance, decimals)
        if len(gzip.compress(feature_lines(thin).encode(), mtime=0)) <= budget:
            return thin, tolerance
        tolerance *= 1.08


def starting_tolerance(shapes):
    """A tolerance a screen filled by these shapes hardly shows: a thousandth of their extent."""
    largest = [max(shapely.get_parts(shape), key=lambda part: part.area) for shape in shapes.values()]
    west, south, east, north = shapely.total_bounds(np.array(largest))
    return min(0.03, max(0.002, 0.001 * ((east - west) * (north - south)) ** 0.5))


def label_point(shape):
    """(latitude, longitude) well inside the largest part of `shape`, to three decimals."""
    parts = shapely.get_parts(shape)
    heights = np.cos(np.radians(shapely.get_y(shapely.centroid(parts))))
    largest = parts[np.argmax(shapely.area(parts) * heights)]
    spot = shapely.get_point(shapely.maximum_inscribed_circle(largest), 0)
    return f"{spot.y:.3f}", f"{spot.x:.3f}"


def plain_number(value):
    return int(value) if value == int(value) else value


def coordinates_of(shape):
    """GeoJSON type and coordinates; a single part is written as a Polygon."""
    parts = [
        [[[plain_number(x), plain_number(y)] for x, y in ring.coords] for ring in (part.exterior, *part.interiors)]
        for part in shapely.get_parts(shape)
    ]
    if len(parts) == 1:
        return {"type": "Polygon", "coordinates": parts[0]}
    return {"type": "MultiPolygon", "coordinates": parts}


def feature_lines(shapes):
    """One GeoJSON feature a line, ordered by code."""
    return ",\n".join(
        json.dumps(
            {"type": "Feature", "id": code, "properties": {"code": code}, "geometry": coordinates_of(shapes[code])},
            separators=(",", ":"),
        )
        for code in sorted(shapes)
    )


def collection_text(shapes, origin):
    """A FeatureCollection whose differences a reviewer can read line by line."""
    head = f'{{"type":"FeatureCollection","origin":{json.dumps(origin)},"features":[\n'
    return f"{head}{feature_lines(shapes)}\n]}}\n"
