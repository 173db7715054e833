from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from regions.grammar.constraints import known
from regions.grammar.language import in_reading_language

from .region import Region


class AgencyKind(models.TextChoices):
    POLICE = "police", _("Police")
    UTILITY = "utility", _("Power utility")
    ENERGY_REGULATOR = "energy_regulator", _("Energy regulator")
    DEVELOPMENT_COMMISSION = "development_commission", _("Development commission")
    INDUSTRY_REGULATOR = "industry_regulator", _("Industry regulator")
    CUSTOMS = "customs", _("Customs")
    TAX = "tax", _("Tax authority")
    PROSECUTOR = "prosecutor", _("Prosecutor")
    COURT = "court", _("Court")
    SECURITY_SERVICE = "security_service", _("Security service")
    FINANCIAL_REGULATOR = "financial_regulator", _("Financial regulator")
    TELECOM_REGULATOR = "telecom_regulator", _("Telecommunications regulator")
    LEGISLATURE = "legislature", _("Legislature")
    GOVERNMENT = "government", _("Government")
    LOCAL_GOVERNMENT = "local_government", _("Local government")
    ANTI_CORRUPTION = "anti_corruption", _("Discipline or anti-corruption agency")
    FIRE_SERVICE = "fire_service", _("Fire service")
    COMPANY = "company", _("Company")
    OTHER = "other", _("Other agency")


class Agency(models.Model):
    """A public body or utility that finds, raids, decides or issues rules."""

    slug = models.SlugField(_("reference"), max_length=100, unique=True)
    name_en = models.CharField(_("English name"), max_length=160, unique=True)
    name_zh = models.CharField(_("Chinese name"), max_length=160, blank=True)
    kind = models.CharField(_("kind"), max_length=24, choices=AgencyKind)
    region = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="agencies")
    aliases = ArrayField(
        models.CharField(max_length=160),
        verbose_name=_("other names"),
        default=list,
        blank=True,
        help_text=_("Other spellings in sources; imports use them to find the agency."),
    )

    class Meta:
        ordering = ["name_en"]
        verbose_name = _("agency")
        verbose_name_plural = _("agencies")
        constraints = [known("kind", AgencyKind)]

    def __str__(self):
        return in_reading_language(self.name_en, self.name_zh)
