from django.db import models
from django.utils.translation import gettext_lazy as _

from regions.grammar.constraints import in_range, known

from .region import Region
from .source import Confidence


class FactorKind(models.TextChoices):
    COAL_EQUIVALENT = "coal_equivalent", _("Standard coal of a kilowatt-hour")
    GRID_CO2 = "grid_co2", _("Carbon dioxide of grid electricity")
    LIFECYCLE_CO2 = "lifecycle_co2", _("Life-cycle carbon dioxide of electricity")
    PUE = "pue", _("Power usage effectiveness")
    PENALTY_TARIFF = "penalty_tariff", _("Penalty tariff")


# All published values lie in these ranges; a value a thousand times as large has the wrong unit.
USUAL = {
    FactorKind.COAL_EQUIVALENT: (50, 600),
    FactorKind.GRID_CO2: (0, 2),
    FactorKind.LIFECYCLE_CO2: (0, 2_000),
    FactorKind.PUE: (1, 3),
    FactorKind.PENALTY_TARIFF: (0, 10**5),
}


class Factor(models.Model):
    """A conversion: grams of standard coal or kilograms of CO₂ a kWh, cooling overhead, penalty tariff."""

    kind = models.CharField(_("kind"), max_length=16, choices=FactorKind)
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="factors", verbose_name=_("region")
    )
    scope = models.CharField(
        _("what it covers"),
        max_length=80,
        help_text=_("The grid, plant or case; several grids can share a region."),
    )
    series = models.CharField(_("series"), max_length=40)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    value = models.DecimalField(_("value"), max_digits=12, decimal_places=6)
    unit = models.CharField(_("unit"), max_length=12)
    basis = models.CharField(_("basis"), max_length=200, blank=True)
    confidence = models.CharField(_("confidence"), max_length=6, choices=Confidence)
    source_text = models.CharField(_("source"), max_length=250)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        ordering = ["kind", "region__code", "scope", "series", "-year"]
        verbose_name = _("factor")
        verbose_name_plural = _("factors")
        constraints = [
            known("kind", FactorKind),
            known("confidence", Confidence),
            in_range("year", 1990, 2100, _("Years run from 1990 to 2100.")),
            models.CheckConstraint(
                name="factor_in_its_usual_range",
                condition=models.Q(
                    *(models.Q(kind=kind, value__gte=least, value__lte=most) for kind, (least, most) in USUAL.items()),
                    _connector=models.Q.OR,
                ),
                violation_error_message=_(
                    "This is outside the usual range: coal 50 to 600 gce/kWh, grid 0 to 2 kgCO2/kWh (the same as "
                    "tCO2/MWh), life cycle 0 to 2,000 gCO2e/kWh, power usage effectiveness 1 to 3. Is the unit right?"
                ),
            ),
            models.UniqueConstraint(
                name="factor_once_a_year",
                fields=["kind", "region", "scope", "series", "year"],
                nulls_distinct=False,
                violation_error_message=_("This factor is already listed for that year."),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.scope} {self.year or ''}: {self.value} {self.unit}"
