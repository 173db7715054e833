import json

from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from . import places
from .grammar import degrees
from .models import Boundary, Region


@require_safe
@cache_control(max_age=3600)
def boundaries(request, code=None):
    """The shapes of a region's children (of the countries without a code), with names in the reader's language.

    `at` is where a map writes the name: longitude and latitude well inside the shape.
    """
    return HttpResponse(shapes_below(code), content_type="application/geo+json")


def shapes_below(code=None) -> str:
    """The same as GeoJSON text."""
    parent = get_object_or_404(Region, code=code) if code else None
    shapes = Boundary.objects.right_below(parent).select_related("region").order_by("region__code")
    collection = {"type": "FeatureCollection", "features": [_feature(shape) for shape in shapes]}
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":"))


def _feature(shape):
    region = shape.region
    properties = {"code": region.code, "name": region.name}
    if region.longitude is not None:
        properties["at"] = [region.longitude, region.latitude]
    return {"type": "Feature", "id": region.code, "properties": properties, "geometry": shape.geometry}


@require_safe
def region_at(request):
    """The region that holds a point, with the names from its country down to it; null at sea."""
    point, errors = {}, {}
    for name in degrees.MOST:
        try:
            point[name] = degrees.degrees(request.GET.get(name, ""), name)
        except ValidationError as problem:
            errors[name] = problem.messages
    if errors:
        return JsonResponse({"errors": errors}, status=400)
    region = places.region_at(**point)
    return JsonResponse({"region": region and _with_names_above(region)})


def _with_names_above(region):
    names = [above.name for above in (*region.ancestors(), region)]
    return {"code": region.code, "name": region.name, "path": names}
