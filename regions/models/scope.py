from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from .region import Region, path_of


class Scope(models.Model):
    """A region that a person works for, with all regions below it. A person may have several."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="scopes", verbose_name=_("person"))
    region = models.ForeignKey(Region, models.PROTECT, related_name="scopes", verbose_name=_("region"))

    class Meta:
        ordering = ["user", path_of("region")]
        verbose_name = _("region of work")
        verbose_name_plural = _("regions of work")
        permissions = [("work_everywhere", _("Can work in every region"))]
        constraints = [
            models.UniqueConstraint(
                name="scope_once_a_person",
                fields=["user", "region"],
                violation_error_message=_("This person already works for that region."),
            )
        ]

    def __str__(self):
        return str(self.region)
