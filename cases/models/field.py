from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from regions.grammar.constraints import amount_has_currency, ends_after_it_starts, in_range, known, known_or_unsaid
from regions.grammar.dates import Precision, coarse_dates_start_their_period
from regions.grammar.language import in_reading_language

from .case import Case
from .rig import Rig, RigKind

MOST_RIGS = 1_000_000


class Qualifier(models.TextChoices):
    """How the source qualifies a count: "more than", "-odd", "about", "nearly"."""

    EXACT = "exact", _("exactly")
    AT_LEAST = "at_least", _("at least")
    ABOUT = "about", _("about")
    NEARLY = "nearly", _("nearly")


def place_in_words(place: str, of_case: str, of_case_zh: str) -> str:
    """The place of a raid in the reader's language; in Chinese that of its case, where it names the same place."""
    return in_reading_language(place, of_case_zh if place and place in of_case else "")


class Raid(models.Model):
    """A visit on a day, or a campaign that the source does not break down into visits."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="raids", verbose_name=_("case"))
    raided_on = models.DateField(_("date"), null=True, blank=True)
    date_precision = models.CharField(_("date precision"), max_length=5, choices=Precision, default=Precision.DAY)
    raided_until = models.DateField(
        _("until"), null=True, blank=True, help_text=_("For a raid that lasts several days.")
    )
    visits = models.PositiveSmallIntegerField(
        _("visits"), default=1, help_text=_("Enter more than 1 if the source gives only a combined figure.")
    )
    place = models.CharField(_("place"), max_length=250, blank=True)
    note = models.TextField(_("note"), blank=True)
    note_zh = models.TextField(_("note, in Chinese"), blank=True)

    class Meta:
        ordering = ["case_id", "raided_on", "pk"]
        verbose_name = _("raid")
        verbose_name_plural = _("raids")
        constraints = [
            known("date_precision", Precision),
            coarse_dates_start_their_period("raided_on"),
            ends_after_it_starts("raided_on", "raided_until", "campaign_runs_forward"),
            in_range("visits", 1, 10_000, _("Visits must be from 1 to 10,000.")),
        ]

    def __str__(self):
        return f"{self.case.ref} {self.raided_on or ''}".strip()

    @property
    def shown_place(self):
        """The place, as far as it may be told to whom `case` was asked for, by `Case.objects.visible_to`."""
        return self.place if self.case.tells_where else ""


class Seizure(models.Model):
    """A line of what one raid took: a model or a kind, and how many."""

    raid = models.ForeignKey(Raid, models.CASCADE, related_name="seizures", verbose_name=_("raid"))
    rig = models.ForeignKey(
        Rig, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("model"),
        help_text=_("Leave empty if not stated; the generic model for the type and year is used."),
    )  # fmt: skip
    kind = models.CharField(_("kind"), max_length=8, choices=RigKind, default=RigKind.UNKNOWN)
    models_as_published = models.CharField(_("models as published"), max_length=250, blank=True)
    count = models.PositiveIntegerField(_("count"), null=True, blank=True, help_text=_("Leave empty if not stated."))
    count_as_published = models.CharField(
        _("count as published"), max_length=80, blank=True, default="", db_default="",
        help_text=_("The original wording: 1.01万."),
    )  # fmt: skip
    qualifier = models.CharField(_("how exact"), max_length=8, choices=Qualifier, blank=True)
    value_amount = models.DecimalField(_("value"), max_digits=20, decimal_places=2, null=True, blank=True)
    value_currency = models.CharField(_("currency"), max_length=3, blank=True)

    class Meta:
        ordering = ["raid_id", "pk"]
        verbose_name = _("seizure")
        verbose_name_plural = _("seizures")
        constraints = [
            known("kind", RigKind),
            known_or_unsaid("qualifier", Qualifier),
            in_range("count", 0, MOST_RIGS, _("Over the limit of 1,000,000.")),
            models.CheckConstraint(
                name="seizure_count_has_qualifier",
                condition=Q(count=None, qualifier="") | (Q(count__isnull=False) & ~Q(qualifier="")),
                violation_error_message=_("State how exact the count is; without a count, leave this empty."),
            ),
            amount_has_currency("value_amount", "value_currency"),
        ]

    def __str__(self):
        count = "–" if self.count is None else f"{self.count:,}"
        unnamed = _("model not published") if self.kind == RigKind.UNKNOWN else self.get_kind_display()
        return f"{count} × {self.rig or self.models_as_published or unnamed}"


class Quantity(models.TextChoices):
    ENERGY_KWH = "energy_kwh", _("Electricity used")
    LOAD_KW = "load_kw", _("Load")
    LOSS = "loss", _("Loss")
    EQUIPMENT_VALUE = "equipment_value", _("Value of the equipment")


class FigureBasis(models.TextChoices):
    TOTAL = "total", _("in total")
    PER_YEAR = "per_year", _("a year")
    PER_MONTH = "per_month", _("a month")
    PER_DAY = "per_day", _("a day")
    PER_HOUR = "per_hour", _("an hour")


class Figure(models.Model):
    """A quantity of a case as it was published. Different bases are never added."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="figures", verbose_name=_("case"))
    quantity = models.CharField(_("quantity"), max_length=16, choices=Quantity)
    amount = models.DecimalField(_("amount"), max_digits=20, decimal_places=2)
    basis = models.CharField(
        _("basis"), max_length=10, choices=FigureBasis, blank=True, help_text=_("Leave empty if not stated.")
    )
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    as_published = models.CharField(
        _("as published"), max_length=80, blank=True, default="", db_default="",
        help_text=_("The original wording: 65.8亿千瓦时."),
    )  # fmt: skip
    note = models.TextField(_("note"), blank=True)

    class Meta:
        ordering = ["case_id", "quantity", "pk"]
        verbose_name = _("published figure")
        verbose_name_plural = _("published figures")
        constraints = [
            known("quantity", Quantity),
            known_or_unsaid("basis", FigureBasis),
            in_range("amount", 0, 10**15, _("This cannot be negative.")),
            models.CheckConstraint(
                name="figure_money_has_currency_and_nothing_else_has",
                condition=Q(quantity__in=["loss", "equipment_value"], currency__regex="^[A-Z]{3}$")
                | (~Q(quantity__in=["loss", "equipment_value"]) & Q(currency="")),
                violation_error_message=_("Amounts of money need a currency; kilowatts and kilowatt-hours have none."),
            ),
        ]

    def __str__(self):
        return f"{self.get_quantity_display()}: {self.amount} {self.currency}".strip()
