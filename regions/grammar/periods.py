"""Periods of days. Constraint and query share an expression, so they cannot disagree."""

from django.contrib.postgres.fields import BigIntegerRangeField, DateRangeField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Value
from django.utils.translation import gettext_lazy as _


def days() -> Func:
    """The days of a period, both ends included, as a PostgreSQL range."""
    return Func("first_day", "last_day", Value("[]"), function="DATERANGE", output_field=DateRangeField())


def same(field: str) -> Func:
    """A range of a single id: lets an exclusion constraint compare ids without btree_gist."""
    return Func(F(field), F(field), Value("[]"), function="INT8RANGE", output_field=BigIntegerRangeField())


class PeriodQuerySet(models.QuerySet):
    def on(self, day):
        """The rows whose period includes `day`."""
        return self.alias(days=days()).filter(days__contains=day)


class Period(models.Model):
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"), null=True, blank=True, help_text=_("Leave empty while it lasts."))

    objects = PeriodQuerySet.as_manager()

    class Meta:
        abstract = True

    def clean(self):
        # A constraint alone is not enough: building the range of a reversed pair is a
        # DataError in PostgreSQL, so the form would crash before it could complain.
        if self.first_day and self.last_day and self.last_day < self.first_day:
            raise ValidationError({"last_day": _("It cannot end before it starts.")})
