"""A map for forms that have a latitude and a longitude."""

from django import forms
from django.conf import settings
from django.forms import Script
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _


def whereabouts(region):
    """What a map needs to open at `region`: its code, the address of the shapes that it is one of, and its centre."""
    if region is None:
        return {"code": "", "shapes": "", "start": ""}
    above = region.codes_up()[1:2]
    centre = f"{region.latitude} {region.longitude}" if region.latitude is not None else ""
    return {"code": region.code, "shapes": reverse("regions:boundaries", args=above or None), "start": centre}


class PointMap(forms.Widget):
    """Shows the point of the form's `latitude` and `longitude` inputs, and sets them by click or drag.

    Its field has no value: the form sends the two inputs, which also work without JavaScript.
    Without a point the map opens at `region` and draws its shapes.
    """

    def __init__(self, attrs=None, latitude="latitude", longitude="longitude"):
        super().__init__(attrs)
        self.latitude, self.longitude = latitude, longitude
        self.region = None

    class Media:
        css = {"all": ["leaflet/leaflet.css"]}
        js = ["leaflet/leaflet.js", Script("js/point-map.js", type="module")]

    def render(self, name, value, attrs=None, renderer=None):
        prefix = f"{name.rpartition('-')[0]}-" if "-" in name else ""
        around = whereabouts(self.region)
        return format_html(
            '<div data-point-map data-latitude="{}" data-longitude="{}" data-boundaries="{}" data-code="{}"'
            ' data-shapes="{}" data-start="{}" data-tiles="{}" data-label="{}" hidden></div>',
            prefix + self.latitude,
            prefix + self.longitude,
            " ".join(self.boundaries()),
            around["code"],
            around["shapes"],
            around["start"],
            settings.TILES,
            _("Click on the map or drag the point. You can also type latitude and longitude."),
        )

    def boundaries(self):
        """The addresses of the shapes to draw: the countries, then what lies in each region down to `region`."""
        codes = self.region.codes_down() if self.region else []
        return [reverse("regions:boundaries"), *(reverse("regions:boundaries", args=[code]) for code in codes)]

    def value_omitted_from_data(self, data, files, name):
        return False

    def id_for_label(self, id_):
        return ""  # no element of it takes a value
