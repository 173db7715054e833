from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from regions.models import Region

LONGEST_NAME = 120


class SheetLayoutQuerySet(models.QuerySet):
    def shared_with(self, user):
        """Those of the regions of `user`, of regions below and above them, and those of everywhere."""
        if user.has_perm("regions.work_everywhere"):
            return self
        above = {code for scope in user.scopes.select_related("region") for code in scope.region.codes_up()}
        worked = Region.objects.worked_in_by(user).values("pk")
        return self.filter(Q(region=None) | Q(region__in=worked) | Q(region__code__in=above))

    def deletable_by(self, user):
        """Those of the regions that `user` works in; those of everywhere for who works everywhere."""
        if user.has_perm("regions.work_everywhere"):
            return self
        return self.filter(region__in=Region.objects.worked_in_by(user).values("pk"))

    def newest(self):
        """The last version of each."""
        return self.order_by("name", "region_id", "-version").distinct("name", "region_id")


class SheetLayout(models.Model):
    """How an office keeps its sheet, under a name: a mapping of its columns. A change makes another version.

    It is shared within `region`; without one everywhere. `mapping` is a `cases.files.tables.mapping.Mapping` as JSON.
    """

    name = models.CharField(_("name"), max_length=LONGEST_NAME)
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("region")
    )
    version = models.PositiveIntegerField(_("version"), default=1)
    mapping = models.JSONField(_("mapping"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("saved by")
    )
    saved_at = models.DateTimeField(_("saved at"), auto_now_add=True)

    objects = SheetLayoutQuerySet.as_manager()

    class Meta:
        ordering = ["name", "region", "-version"]
        verbose_name = _("layout")
        verbose_name_plural = _("layouts")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                name="sheet_layout_version_once",
                fields=["name", "region", "version"],
                nulls_distinct=False,
                violation_error_message=_("This version of the layout is already saved."),
            )
        ]

    def __str__(self):
        return f"{self.name} ({self.version})"
