from django.db import models
from django.utils.translation import gettext_lazy as _

from regions.grammar.language import in_reading_language

from .region import Region


class GridArea(models.Model):
    """The regions that one power grid supplies, where a factor holds for them and for no region of the tree.

    A region that is named here is meant with everything below it, unless a smaller area names what lies below.
    """

    slug = models.SlugField(_("reference"), max_length=60, unique=True)
    name_en = models.CharField(_("English name"), max_length=120)
    name_zh = models.CharField(_("Chinese name"), max_length=120, blank=True)
    regions = models.ManyToManyField(Region, related_name="grid_areas", verbose_name=_("regions"))
    source_text = models.CharField(_("source"), max_length=250)

    class Meta:
        ordering = ["name_en"]
        verbose_name = _("grid area")
        verbose_name_plural = _("grid areas")

    def __str__(self):
        return self.name

    @property
    def name(self):
        """The name in the reader's language; the English name where there is no Chinese."""
        return in_reading_language(self.name_en, self.name_zh)
