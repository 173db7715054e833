"""The region that a point lies in, and the distance from a point to the region where it should lie."""

import difflib
import threading
from contextlib import contextmanager
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import shapely
from django.db.models import Count, Max

from .geos import one_at_a_time
from .models import Boundary, Region
from .models.region import Level


class _Shapes(NamedTuple):
    tree: shapely.STRtree
    shapes: list
    regions: list  # (primary key, depth in the tree)
    by_code: dict


def region_at(latitude, longitude):
    """The smallest Region whose shape holds the point. None at sea, or where no shape is known."""
    held = _shapes()
    with one_at_a_time:
        found = held.tree.query(shapely.Point(longitude, latitude), predicate="intersects")
    if not len(found):
        return None
    deepest = max((held.regions[at] for at in found), key=lambda region: region[1])
    return Region.objects.get(pk=deepest[0])


def far_off(region, latitude, longitude):
    """The kilometres from a point to `region`: 0 inside it; None where no shape of it or a region above is known."""
    shape = _shape_for(region.codes_up())
    if shape is None:
        return None
    point = shapely.Point(longitude, latitude)
    with one_at_a_time:
        if shape.intersects(point):
            return 0.0
        nearest = shapely.shortest_line(shape, point).coords[0]
    return km_between(nearest[1], nearest[0], latitude, longitude)


def swapped_fits(region, latitude, longitude):
    """Whether the point lies outside `region`, but inside it with latitude and longitude exchanged."""
    shape = _shape_for(region.codes_up())
    if shape is None or abs(longitude) > 90:
        return False
    with one_at_a_time:
        return not shape.intersects(shapely.Point(longitude, latitude)) and shape.intersects(
            shapely.Point(latitude, longitude)
        )


def km_between(latitude, longitude, other_latitude, other_longitude):
    """The great circle between two points, km (haversine, a sphere of 6,371 km); of columns of points, a column."""
    here, there = np.radians(latitude), np.radians(other_latitude)
    across = np.radians(other_longitude - longitude)
    half = np.sin((there - here) / 2) ** 2 + np.cos(here) * np.cos(there) * np.sin(across / 2) ** 2
    return 2 * 6371 * np.arcsin(np.sqrt(np.minimum(1.0, half)))


def nearest_names(text, names, most=3):
    """Those of `names` that `text` may be a misspelling of, the nearest first."""
    by_fold = {name.casefold(): name for name in names}
    return [by_fold[near] for near in difflib.get_close_matches(text.casefold(), by_fold, n=most, cutoff=0.6)]


def read_ahead():
    """Read the shapes of all the world now: a second, which the first who needs them would wait."""
    _shapes()


def forget():
    """Read the shapes again at the next question, after this process has changed them."""
    _read.cache_clear()
    _read_one.cache_clear()


@contextmanager
def at_once():
    """Inside, the database is asked once whether its shapes have changed, and not for each point."""
    _inside.held = _shapes()
    try:
        yield
    finally:
        _inside.held = None


_inside = threading.local()


def _shape_for(codes):
    """The shape of the first of the regions `codes` that has one, else None.

    Outside `at_once` it alone is read: to prepare the shapes of all the world takes a second and more.
    """
    if getattr(_inside, "held", None) is not None:
        return next((_inside.held.by_code[code] for code in codes if code in _inside.held.by_code), None)
    return _read_one(tuple(codes), _stored())


def _shapes():
    if getattr(_inside, "held", None) is not None:
        return _inside.held
    return _read(_stored())


def _stored():
    # Only a command writes shapes: another number of them, or other rows, means that it ran in the meantime.
    return tuple(Boundary.objects.aggregate(number=Count("pk"), last=Max("pk")).values())


@lru_cache(maxsize=64)
def _read_one(codes, _state):
    rows = dict(Boundary.objects.filter(region__code__in=codes).values_list("region__code", "geometry"))
    return next((_prepared(rows[code]) for code in codes if code in rows), None)


@lru_cache(maxsize=1)
def _read(_state):
    depth = {level: rank for rank, level in enumerate(Level.values)}
    shapes, regions, by_code = [], [], {}
    rows = Boundary.objects.select_related("region").values_list("region", "region__level", "region__code", "geometry")
    for pk, level, code, geometry in rows.iterator():
        shape = _prepared(geometry)
        shapes.append(shape)
        regions.append((pk, depth[level]))
        by_code[code] = shape
    return _Shapes(shapely.STRtree(shapes), shapes, regions, by_code)


def _prepared(geometry):
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    shape = shapely.make_valid(shapely.MultiPolygon([(rings[0], rings[1:]) for rings in polygons]))
    shapely.prepare(shape)
    return shape
