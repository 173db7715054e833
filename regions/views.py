import json
import math

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from . import places
from .models import Boundary, Region


@require_safe
@cache_control(max_age=3600)
def boundaries(request, code=None):
    """The shapes of a region's children (of the countries without a code), with names in the reader's language."""
    parent = get_object_or_404(Region, code=code) if code else None
    shapes = Boundary.objects.right_below(parent).select_related("region").order_by("region__code")
    collection = {"type": "FeatureCollection", "features": [_feature(shape) for shape in shapes]}
    text = json.dumps(collection, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(text, content_type="application/geo+json")


def _feature(shape):
    region = shape.region
    properties = {"code": region.code, "name": region.name}
    return {"type": "Feature", "id": region.code, "properties": properties, "geometry": shape.geometry}


@require_safe
def region_at(request):
    """The region that holds a point, with the names from its country down to it; null at sea."""
    point = {name: _degrees(request.GET.get(name, ""), most) for name, most in (("latitude", 90), ("longitude", 180))}
    errors = {name: [_("Degrees as 40.743 are wanted.")] for name, value in point.items() if value is None}
    if errors:
        return JsonResponse({"errors": errors}, status=400)
    region = places.region_at(**point)
    return JsonResponse({"region": region and _with_names_above(region)})


def _with_names_above(region):
    names = [above.name for above in (*region.ancestors(), region)]
    return {"code": region.code, "name": region.name, "path": names}


def _degrees(text, most):
    try:
        value = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        return None
    return value if abs(value) <= most else None
