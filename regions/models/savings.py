from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from regions.grammar.constraints import amount_has_currency, ends_after_it_starts, in_range, known, known_or_unsaid

from .region import Region
from .source import Confidence, Source

NOT_NEGATIVE = _("This cannot be negative.")


class ClaimKind(models.TextChoices):
    SAVING = "saving", _("Claimed saving")
    CONSUMPTION = "consumption", _("Consumption found")
    LOSS = "loss", _("Loss")
    CLOSURES = "closures", _("Closures")
    CAPACITY = "capacity", _("Capacity")
    DEMAND = "demand", _("Demand")
    AVOIDED_LOAD = "avoided_load", _("Avoided load")
    CASES = "cases", _("Cases")


class ProjectUnit(models.TextChoices):
    PROJECTS = "projects", pgettext_lazy("counted", "projects")
    PREMISES = "premises", pgettext_lazy("counted", "premises")
    COMPANIES = "companies", pgettext_lazy("counted", "companies")
    FARMS = "farms", pgettext_lazy("counted", "mining farms")
    RAIDS = "raids", pgettext_lazy("counted", "raids")
    CASES = "cases", pgettext_lazy("counted", "cases")


class EnergyBasis(models.TextChoices):
    TOTAL = "total", _("in total")
    PER_DAY = "per_day", _("a day")
    ON_SITE_READING = "on_site_reading", _("as read on site")


class LossBasis(models.TextChoices):
    TOTAL = "total", _("in total")
    PER_MONTH = "per_month", _("a month")


class ClaimBasis(models.TextChoices):
    THEORETICAL = "theoretical", _("Theoretical")
    MEASURED = "measured", _("Measured")
    ESTIMATED = "estimated", _("Estimated")


class SavingsClaim(models.Model):
    """A quantity that an authority stated: only the kind `saving` is a claimed saving.

    Claims overlap in time and place; they are never added to each other nor to the cases.
    """

    ref = models.SlugField(_("reference"), max_length=80, unique=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="savings_claims", verbose_name=_("region"))
    place = models.CharField(_("place as stated"), max_length=200, blank=True)
    place_zh = models.CharField(_("place as stated, in Chinese"), max_length=200, blank=True)
    period_start = models.DateField(_("period start"), null=True, blank=True)
    period_end = models.DateField(_("period end"), null=True, blank=True)
    stated_on = models.DateField(_("stated on"), null=True, blank=True)
    kind = models.CharField(_("type of claim"), max_length=14, choices=ClaimKind)
    projects_closed = models.PositiveIntegerField(_("number closed or found"), null=True, blank=True)
    projects_unit = models.CharField(_("unit counted"), max_length=10, choices=ProjectUnit, blank=True)
    rigs = models.PositiveIntegerField(_("rigs"), null=True, blank=True)
    energy_kwh_per_year = models.DecimalField(
        _("saving, kWh a year"), max_digits=20, decimal_places=2, null=True, blank=True
    )
    energy_kwh = models.DecimalField(
        _("consumption found, kWh"), max_digits=20, decimal_places=2, null=True, blank=True
    )
    energy_basis = models.CharField(_("basis of consumption"), max_length=16, choices=EnergyBasis, blank=True)
    coal_tce = models.DecimalField(_("standard coal, tce"), max_digits=20, decimal_places=2, null=True, blank=True)
    co2_t = models.DecimalField(_("carbon dioxide, t"), max_digits=20, decimal_places=2, null=True, blank=True)
    power_kw = models.DecimalField(_("load, kW"), max_digits=20, decimal_places=2, null=True, blank=True)
    loss_amount = models.DecimalField(_("loss"), max_digits=20, decimal_places=2, null=True, blank=True)
    loss_currency = models.CharField(_("loss currency"), max_length=3, blank=True)
    loss_basis = models.CharField(_("basis of loss"), max_length=10, choices=LossBasis, blank=True)
    basis = models.CharField(_("how it was obtained"), max_length=12, choices=ClaimBasis, blank=True)
    claimed_by = models.CharField(_("claimed by"), max_length=250)
    claimed_by_zh = models.CharField(_("claimed by, in Chinese"), max_length=250, blank=True)
    source = models.ForeignKey(Source, models.PROTECT, related_name="+", verbose_name=_("source"))
    source_basis = models.CharField(_("basis of the entry"), max_length=20, blank=True)
    confidence = models.CharField(_("confidence"), max_length=6, choices=Confidence)
    note = models.TextField(_("note"), blank=True)
    note_zh = models.TextField(_("note, in Chinese"), blank=True)

    class Meta:
        ordering = ["-stated_on", "ref"]
        verbose_name = _("savings claim")
        verbose_name_plural = _("savings claims")
        constraints = [
            known("kind", ClaimKind),
            known_or_unsaid("projects_unit", ProjectUnit),
            known_or_unsaid("energy_basis", EnergyBasis),
            known_or_unsaid("loss_basis", LossBasis),
            known_or_unsaid("basis", ClaimBasis),
            known("confidence", Confidence),
            amount_has_currency("loss_amount", "loss_currency"),
            ends_after_it_starts("period_start", "period_end", "period_runs_forward"),
            models.CheckConstraint(
                name="savingsclaim_only_a_saving_is_a_saving",
                condition=Q(energy_kwh_per_year=None) | Q(kind="saving"),
                violation_error_message=_("Only a claimed saving can have a yearly saving."),
            ),
            in_range("energy_kwh_per_year", 0, 10**15, NOT_NEGATIVE),
            in_range("energy_kwh", 0, 10**15, NOT_NEGATIVE),
            in_range("coal_tce", 0, 10**12, NOT_NEGATIVE),
            in_range("co2_t", 0, 10**12, NOT_NEGATIVE),
            in_range("power_kw", 0, 10**10, NOT_NEGATIVE),
        ]

    def __str__(self):
        return self.ref
