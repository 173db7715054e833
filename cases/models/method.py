from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from regions.grammar.constraints import in_range
from regions.keeping import made_of_tables

from .. import power


class FactorSetQuerySet(models.QuerySet):
    def current(self):
        """The set that figures are calculated with now; where there is none yet, the defaults, unsaved."""
        return self.defer("factors").order_by("-number").first() or FactorSet(number=0)

    def assumptions(self):
        """The Assumptions of the current set."""
        return made_of_tables("assumptions", [self.model._meta.db_table], lambda: self.current().assumptions)


def _upright(name, least, most, message):
    """A range runs upwards, inside what is usual: a factor in the wrong unit is outside."""
    return models.CheckConstraint(
        name=f"factorset_{name}_is_usual",
        condition=Q(
            **{
                f"{name}_low__gte": least,
                f"{name}_best__gte": F(f"{name}_low"),
                f"{name}_high__gte": F(f"{name}_best"),
                f"{name}_high__lte": most,
            }
        ),
        violation_error_message=message,
    )


class FactorSet(models.Model):
    """All that the arithmetic took for granted from one day on. A set is never changed: the next one replaces it.

    `factors` is the table of factors as it stood, so that a figure of an old report can be calculated again.
    """

    number = models.PositiveIntegerField(_("number"), unique=True)
    pue_low = models.FloatField(_("power usage effectiveness, low"), default=power.DEFAULTS.pue.low)
    pue_best = models.FloatField(_("power usage effectiveness, best"), default=power.DEFAULTS.pue.best)
    pue_high = models.FloatField(_("power usage effectiveness, high"), default=power.DEFAULTS.pue.high)
    uptime_low = models.FloatField(_("uptime, low"), default=power.DEFAULTS.uptime.low)
    uptime_best = models.FloatField(_("uptime, best"), default=power.DEFAULTS.uptime.best)
    uptime_high = models.FloatField(_("uptime, high"), default=power.DEFAULTS.uptime.high)
    nameplate_low = models.FloatField(_("actual power ÷ nameplate, low"), default=power.DEFAULTS.nameplate.low)
    nameplate_best = models.FloatField(_("actual power ÷ nameplate, best"), default=power.DEFAULTS.nameplate.best)
    nameplate_high = models.FloatField(_("actual power ÷ nameplate, high"), default=power.DEFAULTS.nameplate.high)
    gce_generation = models.FloatField(
        _("standard coal, generation basis, gce/kWh"), default=power.DEFAULTS.gce_generation
    )
    gce_calorific = models.FloatField(
        _("standard coal, calorific basis, gce/kWh"), default=power.DEFAULTS.gce_calorific
    )
    factors = models.JSONField(_("factors"), default=list)
    reason = models.TextField(_("reason for this version"), blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("created by")
    )
    made_at = models.DateTimeField(_("in force from"), auto_now_add=True)

    objects = FactorSetQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        verbose_name = _("method version")
        verbose_name_plural = _("method versions")
        constraints = [
            _upright("pue", 1, 3, _("Power usage effectiveness must be from 1 to 3, in the order low, best, high.")),
            _upright("uptime", 0, 1, _("Uptime must be from 0 to 1, in the order low, best, high.")),
            _upright("nameplate", 0.5, 1.5, _("Actual power must be 0.5 to 1.5 times the nameplate power.")),
            in_range("gce_generation", 150, 600, _("The usual range is 150 to 600 gce/kWh. Is the value in grams?")),
            in_range("gce_calorific", 100, 150, _("The energy content is 122.9 gce/kWh. Is the value in grams?")),
        ]

    def __str__(self):
        return _("Method v%(number)s") % {"number": self.number}

    @property
    def assumptions(self):
        """As `power` takes them."""
        return power.Assumptions(
            pue=power.Range(self.pue_low, self.pue_best, self.pue_high),
            uptime=power.Range(self.uptime_low, self.uptime_best, self.uptime_high),
            nameplate=power.Range(self.nameplate_low, self.nameplate_best, self.nameplate_high),
            gce_generation=self.gce_generation,
            gce_calorific=self.gce_calorific,
            version=self.number,
        )
