from django.db import models
from django.utils.translation import gettext_lazy as _

from regions.grammar.constraints import in_range, known, known_or_unsaid

from .grid import GridArea
from .region import Region
from .source import Confidence


class FactorKind(models.TextChoices):
    COAL_EQUIVALENT = "coal_equivalent", _("Coal factor of electricity")
    GRID_CO2 = "grid_co2", _("Grid emission factor")
    LIFECYCLE_CO2 = "lifecycle_co2", _("Life-cycle emission factor of electricity")
    PUE = "pue", _("Power usage effectiveness")
    PENALTY_TARIFF = "penalty_tariff", _("Penalty tariff")


class Gas(models.TextChoices):
    """What a factor of emissions counts: two quantities that are not added without a word."""

    CO2 = "co2", "CO₂"
    CO2E = "co2e", "CO₂e"


class Measure(models.TextChoices):
    """The question that a factor of emissions answers."""

    AVERAGE = "average", _("Average: what a load on the grid emits")
    RESIDUAL = "residual", _("Residual: the average without power sold as green")
    FOSSIL = "fossil", _("Marginal (fossil): what fossil plants emit for each kWh")
    LIFECYCLE = "lifecycle", _("Life cycle: with fuel supply and construction of the plants")


OF_EMISSIONS = [FactorKind.GRID_CO2.value, FactorKind.LIFECYCLE_CO2.value]
# What the series of the record measure; every other series of a grid is an average.
MEASURES = {
    "mee_nbs_residual": Measure.RESIDUAL,
    "mee_nbs_fossil": Measure.FOSSIL,
    "electricity_maps_lifecycle": Measure.LIFECYCLE,
}


def measure_of(kind, series):
    """The question that a factor of this kind and series answers, "" if it is no factor of emissions."""
    if kind == FactorKind.GRID_CO2:
        return MEASURES.get(series, Measure.AVERAGE)
    return Measure.LIFECYCLE if kind == FactorKind.LIFECYCLE_CO2 else ""


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
        help_text=_("The grid, power plant or situation that it covers; a region can have several grids."),
    )
    grid = models.ForeignKey(
        GridArea,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="factors",
        verbose_name=_("grid area"),
        help_text=_("If the factor holds for a grid and not for the whole region."),
    )
    series = models.CharField(_("series"), max_length=40)
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    value = models.DecimalField(_("value"), max_digits=12, decimal_places=6)
    unit = models.CharField(_("unit"), max_length=12)
    # What the unit says, so that the two never differ.
    gas = models.GeneratedField(
        expression=models.Case(
            models.When(~models.Q(kind__in=OF_EMISSIONS), then=models.Value("")),
            models.When(
                models.Q(*(("unit__contains", end) for end in ("2e", "2E", "₂e", "₂E")), _connector=models.Q.OR),
                then=models.Value(Gas.CO2E.value),
            ),
            default=models.Value(Gas.CO2.value),
        ),
        output_field=models.CharField(_("gas"), max_length=4, choices=Gas),
        db_persist=True,
    )
    measure = models.CharField(
        _("question it answers"), max_length=9, choices=Measure, blank=True,
        help_text=_("Empty: as the series says; of an unknown series an average."),
    )  # fmt: skip
    basis = models.CharField(_("basis"), max_length=200, blank=True)
    basis_zh = models.CharField(_("basis, in Chinese"), max_length=200, blank=True)
    confidence = models.CharField(_("confidence"), max_length=6, choices=Confidence)
    source_text = models.CharField(_("source"), max_length=250)
    source_text_zh = models.CharField(
        _("source, in Chinese"), max_length=250, blank=True,
        help_text=_("Only where the source is described in words; names and titles stay as published."),
    )  # fmt: skip
    note = models.TextField(_("note"), blank=True)
    note_zh = models.TextField(_("note, in Chinese"), blank=True)

    class Meta:
        ordering = ["kind", "region__code", "scope", "series", "-year"]
        verbose_name = _("factor")
        verbose_name_plural = _("factors")
        constraints = [
            known("kind", FactorKind),
            known_or_unsaid("measure", Measure),
            known("confidence", Confidence),
            in_range("year", 1990, 2100, _("The year must be from 1990 to 2100.")),
            models.CheckConstraint(
                name="factor_in_its_usual_range",
                condition=models.Q(
                    *(models.Q(kind=kind, value__gte=least, value__lte=most) for kind, (least, most) in USUAL.items()),
                    _connector=models.Q.OR,
                ),
                violation_error_message=_(
                    "Outside the usual range: coal 50 to 600 gce/kWh, grid 0 to 2 kgCO2/kWh (the same as "
                    "tCO2/MWh), life cycle 0 to 2,000 gCO2e/kWh, power usage effectiveness 1 to 3. Is the "
                    "unit right?"
                ),
            ),
            models.UniqueConstraint(
                name="factor_once_a_year",
                fields=["kind", "region", "scope", "series", "year"],
                nulls_distinct=False,
                violation_error_message=_("This factor is already on record for that year."),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}, {self.scope} {self.year or ''}: {self.value} {self.unit}"

    @property
    def area(self):
        """What it holds for: a grid area or a region, both with a `name`; None if it holds everywhere."""
        return self.grid or self.region

    @property
    def is_of_emissions(self):
        return self.kind in OF_EMISSIONS

    def save(self, *args, **kwargs):
        """Keep the question that the factor answers, also where nobody chose it."""
        self.measure = self.measure or measure_of(self.kind, self.series)
        super().save(*args, **kwargs)
