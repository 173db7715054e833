from django.db import models
from django.utils.translation import gettext_lazy as _

from .region import Region


class BoundaryQuerySet(models.QuerySet):
    def right_below(self, parent):
        """The shapes of the regions right below `parent`; without `parent`, of the countries.

        Two queries, because the planner knows no sizes of tables that were just filled: a join would then compare
        thousands of regions with as many shapes, pair by pair.
        """
        regions = Region.objects.filter(parent=parent)
        return self.filter(pk__in=list(regions.values_list("pk", flat=True)))


class Boundary(models.Model):
    """The simplified shape of a region: a GeoJSON geometry, degrees, WGS 84."""

    region = models.OneToOneField(Region, models.CASCADE, primary_key=True, verbose_name=_("region"))
    geometry = models.JSONField(_("geometry"))
    origin = models.CharField(_("origin"), max_length=200)

    objects = BoundaryQuerySet.as_manager()

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
