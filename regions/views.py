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
    features = [
        {
            "type": "Feature",
            "id": shape.region.code,
            "properties": {"code": shape.region.code, "name": shape.region.name},
            "geometry": shape.geometry,
        }
        for shape in shapes
    ]
    collection = {"type": "FeatureCollection", "features": features}
    text = json.dumps(collection, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(text, content_type="application/geo+json")


@require_safe
def region_at(request):
    """The region that a point lies in, from the country down to it; null at sea."""
    asked = {name: _degrees(request.GET.get(name, ""), most) for name, most in (("latitude", 90), ("longitude", 180))}
    wrong = {name: [_("Degrees as 40.743 are wanted.")] for name, value in asked.items() if value is None}
    if wrong:
        return JsonResponse({"errors": wrong}, status=400)
    region = places.region_at(**asked)
    if region is None:
        return JsonResponse({"region": None})
    path = [above.name for above in (*region.ancestors(), region)]
    return JsonResponse({"region": {"code": region.code, "name": region.name, "path": path}})


def _degrees(text, most):
    try:
        value = float(text) if text.isascii() and "_" not in text else math.nan
    except ValueError:
        return None
    return value if abs(value) <= most else None
