from django.db import models
from django.utils.translation import gettext_lazy as _

from .region import Region


class Boundary(models.Model):
    """The simplified shape of a region: a GeoJSON geometry, degrees, WGS 84."""

    region = models.OneToOneField(Region, models.CASCADE, primary_key=True, verbose_name=_("region"))
    geometry = models.JSONField(_("geometry"))
    origin = models.CharField(_("origin"), max_length=200)

    class Meta:
        verbose_name = _("boundary")
        verbose_name_plural = _("boundaries")
        constraints = [
            models.CheckConstraint(
                name="boundary_is_an_area",
                condition=models.Q(geometry__has_key="type", geometry__type__in=["Polygon", "MultiPolygon"]),
                violation_error_message=_("A boundary is a GeoJSON Polygon or MultiPolygon."),
            )
        ]

    def __str__(self):
        return str(self.region)
