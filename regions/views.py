import json

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from .models import Boundary, Region


@require_safe
@cache_control(max_age=3600)
def boundaries(request, code=None):
    """The shapes of a region's children (of the countries without a code), with names in the reader's language."""
    parent = get_object_or_404(Region, code=code) if code else None
    shapes = Boundary.objects.filter(region__parent=parent).select_related("region").order_by("region__code")
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
