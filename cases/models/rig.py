from django.db import models
from django.utils.translation import gettext_lazy as _

from regions.grammar.constraints import in_range, known, known_or_unsaid
from regions.grammar.language import in_reading_language
from regions.models import Confidence


class RigKind(models.TextChoices):
    ASIC = "asic", _("ASIC miners")
    GPU = "gpu", _("Graphics-card rigs")
    MIXED = "mixed", _("Both kinds")
    UNKNOWN = "unknown", _("Not stated")


class HashrateUnit(models.TextChoices):
    TH = "TH/s", "TH/s"
    GH = "GH/s", "GH/s"
    MH = "MH/s", "MH/s"
    KSOL = "kSol/s", "kSol/s"


class RigQuerySet(models.QuerySet):
    def generic(self):
        """The rigs that stand in where no model is recorded."""
        return self.filter(is_generic=True)

    def generic_classes(self):
        """The generic rigs as `power.generic_line` takes them: [(kind, year of release, watts)]."""
        return list(self.generic().values_list("kind", "released_year", "power_w"))


class Rig(models.Model):
    """A machine model in the catalogue, or a generic row that stands in where no model is recorded."""

    slug = models.SlugField(_("reference"), max_length=100, unique=True)
    manufacturer = models.CharField(_("manufacturer"), max_length=60)
    model = models.CharField(_("model"), max_length=100)
    kind = models.CharField(_("kind"), max_length=8, choices=RigKind)
    algorithm = models.CharField(_("algorithm"), max_length=40, blank=True)
    hashrate = models.DecimalField(_("hashrate"), max_digits=12, decimal_places=4, null=True, blank=True)
    hashrate_unit = models.CharField(_("hashrate unit"), max_length=8, choices=HashrateUnit, blank=True)
    power_w = models.PositiveIntegerField(_("power, W"), help_text=_("Nameplate power, measured at the wall socket."))
    released_year = models.PositiveSmallIntegerField(_("release year"), null=True, blank=True)
    released_month = models.PositiveSmallIntegerField(_("release month"), null=True, blank=True)
    is_generic = models.BooleanField(_("generic"), default=False, help_text=_("Used when the model is not known."))
    confidence = models.CharField(_("confidence"), max_length=6, choices=Confidence)
    source_text = models.CharField(_("source"), max_length=250, blank=True)
    note = models.TextField(_("note"), blank=True)

    objects = RigQuerySet.as_manager()

    class Meta:
        ordering = ["manufacturer", "model"]
        verbose_name = _("rig")
        verbose_name_plural = _("rigs")
        constraints = [
            known("kind", RigKind),
            known_or_unsaid("hashrate_unit", HashrateUnit),
            known("confidence", Confidence),
            in_range("power_w", 1, 100_000, _("A rig draws between 1 W and 100 kW.")),
            in_range("released_year", 2009, 2100, _("The release year cannot be before 2009.")),
            models.CheckConstraint(
                name="rig_generic_names_its_year",
                condition=models.Q(is_generic=False) | models.Q(released_year__isnull=False),
                violation_error_message=_("A generic rig needs a release year."),
            ),
            in_range("released_month", 1, 12, _("The month must be from 1 to 12.")),
            models.UniqueConstraint(
                name="rig_model_listed_once",
                fields=["manufacturer", "model"],
                violation_error_message=_("This model is already in the catalogue."),
            ),
        ]

    def __str__(self):
        if not self.is_generic:
            return f"{self.manufacturer} {self.model}"
        return in_reading_language(self.model, f"通用{self.get_kind_display()}（{self.released_year}年档）")
