"""Cases on a map: clustered in the database, so that no browser is sent a hundred thousand points."""

import math

from django.db.models import Avg, Count, F, FloatField, Func, Max, Min

from cases.models import Case

from .sums import rig_sums

MOST_FEATURES = 2_000
CLUSTER_PX = 56  # on a 256 px tile: two clusters do not overlap, neighbours still do not merge
DEEPEST_ZOOM = 18


def clusters(cases, box, zoom):
    """GeoJSON features of `cases` inside `box`, clustered on a Mercator grid of about 56 px at `zoom`.

    A feature is a cluster (`count`, `rigs`, `bbox`) or one case (`ref`, `title`, `rigs`, `occurred_on`,
    `precision`). Where that grid could give more than 2,000, a coarser one is taken.
    """
    cases = cases.placed().in_box(*box).order_by()
    size = 360 / 2 ** max(0, min(int(zoom), DEEPEST_ZOOM)) * CLUSTER_PX / 256
    if cases.count() > MOST_FEATURES:
        size = max(size, _coarsest(box))
    cells = (
        cases.annotate(column=_cell("{x}", "shown_longitude", size), row=_cell(NORTHING, "shown_latitude", size))
        .values("column", "row")
        .annotate(
            count=Count("pk"), first=Min("pk"),
            west=Min("shown_longitude"), east=Max("shown_longitude"),
            south=Min("shown_latitude"), north=Max("shown_latitude"),
            longitude=Avg("shown_longitude"), latitude=Avg("shown_latitude"), **rig_sums(),
        )
    )  # fmt: skip
    found = list(cells)
    single = Case.objects.in_bulk([row["first"] for row in found if row["count"] == 1])
    return [_single(single[row["first"]], row) if row["count"] == 1 else _cluster(row) for row in found]


# Degrees of a Mercator map north of the equator; the poles are cut as on every web map.
NORTHING = "degrees(ln(tan(pi() / 4 + radians(greatest(-85, least(85, {x}))) / 2)))"


def _coarsest(box):
    """The size of a cell, in degrees of the map, of which at most 2,000 cover `box`."""
    west, south, east, north = box
    width = east - west if east >= west else east - west + 360
    height = _northing(north) - _northing(south)
    # A grid that does not begin at the edge of the box has one more column and row.
    columns = math.sqrt(MOST_FEATURES * max(width, 1e-9) / max(height, 1e-9))
    return max(width / max(1, columns - 2), height / max(1, MOST_FEATURES / columns - 2))


def _northing(latitude):
    return math.degrees(math.log(math.tan(math.pi / 4 + math.radians(max(-85, min(85, latitude))) / 2)))


def _cell(template, column, size):
    """The number of the cell of `size` degrees that a coordinate falls in."""
    template = f"floor(({template.replace('{x}', '%(expressions)s')}) / {size!r})"
    return Func(F(column), template=template, output_field=FloatField())


def _cluster(row):
    properties = {
        "count": row["count"],
        "rigs": row["rigs_sum"],
        "bbox": [row["west"], row["south"], row["east"], row["north"]],
    }
    return _feature(row["longitude"], row["latitude"], properties)


def _single(case, row):
    properties = {
        "count": 1,
        "ref": case.ref,
        "title": case.title,
        "rigs": case.rigs,
        "occurred_on": case.occurred_on.isoformat(),
        "date_precision": case.date_precision,
        "precision": case.location_precision,
    }
    return _feature(row["longitude"], row["latitude"], properties)


def _feature(longitude, latitude, properties):
    point = {"type": "Point", "coordinates": [round(longitude, 5), round(latitude, 5)]}
    return {"type": "Feature", "geometry": point, "properties": properties}
