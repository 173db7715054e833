from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from regions.models import Agency

from .case import Case

LONGEST_NUMBER = 80


class OfficeNumber(models.Model):
    """The number under which an agency keeps a case: TNB/SP/21/001, 临公刑立字〔2021〕1234号. A case may have several.

    It names the office, and by it the place: of a sensitive case it is told to nobody who is not told the place.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="office_numbers", verbose_name=_("case"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("agency"))
    number = models.CharField(_("number"), max_length=LONGEST_NUMBER)

    class Meta:
        ordering = ["number", "agency_id"]
        verbose_name = _("office number")
        verbose_name_plural = _("office numbers")
        constraints = [
            models.UniqueConstraint(
                name="office_number_once_an_agency",
                fields=["agency", "number"],
                violation_error_message=_("This number cannot be used: this agency gave it to another case."),
            ),
            models.CheckConstraint(
                name="office_number_is_a_single_one",
                condition=~Q(number__regex="[;；]"),
                violation_error_message=_("Enter each number in a row of its own."),
            ),
        ]

    def __str__(self):
        return self.number
