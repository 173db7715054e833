import datetime
from calendar import monthrange

from django.db import models
from django.utils.translation import gettext_lazy as _

from regions.grammar.constraints import in_range, known
from regions.grammar.dates import Precision, day_as_known

from .region import Region
from .source import Confidence, Source


class IndicatorKind(models.TextChoices):
    HASHRATE_SHARE = "hashrate_share", _("Share of the world's bitcoin hashrate")
    MONTHLY_HASHRATE = "monthly_hashrate_ehs", _("Bitcoin hashrate")
    GRID_CO2 = "grid_co2_t_per_mwh", _("Grid emission factor")
    COAL = "coal_gce_per_kwh", _("Coal factor of electricity")
    TARIFF = "industrial_tariff", _("Electricity price")


class Indicator(models.Model):
    """A series measured for a region, by one method and in one unit."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="indicators", verbose_name=_("region"))
    kind = models.CharField(_("indicator"), max_length=24, choices=IndicatorKind)
    series = models.CharField(_("series"), max_length=40, help_text=_("The method or group of sources."))
    unit = models.CharField(_("unit"), max_length=20)

    class Meta:
        ordering = ["region_id", "kind", "series"]
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        constraints = [
            known("kind", IndicatorKind),
            models.UniqueConstraint(
                name="indicator_series_once_a_region",
                fields=["region", "kind", "series", "unit"],
                violation_error_message=_("This region already has this series."),
            ),
        ]

    def __str__(self):
        return f"{self.region.code} {self.get_kind_display()} ({self.series})"


class Reading(models.Model):
    """A value of an indicator, for a month or a year."""

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="readings", verbose_name=_("indicator"))
    year = models.PositiveSmallIntegerField(_("year"))
    month = models.PositiveSmallIntegerField(
        _("month"), null=True, blank=True, help_text=_("Leave empty for a whole year, or if no month is given.")
    )
    value = models.DecimalField(_("value"), max_digits=16, decimal_places=6)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+", verbose_name=_("source"))
    note = models.TextField(_("note"), blank=True)
    note_zh = models.TextField(_("note, in Chinese"), blank=True)
    source_basis = models.CharField(_("basis of the entry"), max_length=20, blank=True)
    confidence = models.CharField(_("confidence"), max_length=6, choices=Confidence)

    class Meta:
        ordering = ["indicator_id", "year", "month"]
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        constraints = [
            known("confidence", Confidence),
            in_range("year", 1990, 2100, _("The year must be from 1990 to 2100.")),
            in_range("month", 1, 12, _("The month must be from 1 to 12.")),
            models.UniqueConstraint(
                name="reading_once_a_month",
                fields=["indicator", "year", "month"],
                nulls_distinct=False,
                violation_error_message=_("This series already has a value for that time."),
            ),
        ]

    def __str__(self):
        return f"{self.indicator} {self.when}: {self.value}"

    @property
    def when(self):
        return f"{self.year}-{self.month:02}" if self.month else str(self.year)

    @property
    def when_in_words(self):
        precision = Precision.MONTH if self.month else Precision.YEAR
        return day_as_known(datetime.date(self.year, self.month or 1, 1), precision)

    @property
    def period(self):
        """(first day, last day) of the month or the year."""
        first, last = self.month or 1, self.month or 12
        return datetime.date(self.year, first, 1), datetime.date(self.year, last, monthrange(self.year, last)[1])
