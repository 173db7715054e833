"""Rigs, model, hours, region and year → load, electricity, coal and carbon: the method, on what somebody types."""

from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases import power
from cases.fields import NamedField
from cases.models import FactorSet, Rig
from cases.models.field import MOST_RIGS
from cases.models.rig import RigKind
from regions.filters.base import codes_of
from regions.grammar import amounts
from regions.grammar.fields import ReadField
from regions.models import Region

from .estimate import RatedLine
from .factors import GridFactors

FIRST_YEAR = 2009


class _Number(ReadField):
    """A number as people type it, between `least` and `most`."""

    def __init__(self, *, least, most, whole=False, **kwargs):
        self.least, self.most, self.whole = least, most, whole
        super().__init__(**kwargs)

    def read(self, text):
        number = amounts.number(text)
        if not self.least <= number <= self.most:
            raise ValidationError(
                _("Must be between %(least)s and %(most)s.") % {"least": f"{self.least:,}", "most": f"{self.most:,}"}
            )
        if self.whole and number != int(number):
            raise ValidationError(_("Enter a whole number."))
        return int(number) if self.whole else float(number)


class _AnyCase(forms.ChoiceField):
    """A code, in whatever case it is written."""

    def to_python(self, value):
        return codes_of(self, [super().to_python(value)])[0]


class CalculatorForm(forms.Form):
    """The questions of the calculator. Its query string is the link that keeps them."""

    rigs = _Number(label=gettext_lazy("Rigs"), least=1, most=MOST_RIGS, whole=True)
    rig = NamedField("rig", Rig, "slug", label=gettext_lazy("Model"), required=False)
    watts = _Number(label=gettext_lazy("or watts per rig"), least=1, most=100_000, required=False)
    kind = _AnyCase(label=gettext_lazy("or only the rig type"), choices=RigKind, required=False)
    hours = _Number(label=gettext_lazy("Hours"), least=1, most=1_000_000, required=False)
    region = NamedField("region", Region, "code", label=gettext_lazy("Region"), required=False)
    year = _Number(label=gettext_lazy("Year"), least=FIRST_YEAR, most=2100, whole=True, required=False)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("rig") and cleaned.get("watts"):
            raise ValidationError(
                {"watts": _("The model already has a power rating. Leave one of the two fields empty.")}
            )
        return cleaned


@dataclass
class Calculation:
    """What came out: an Estimate, the line and the grid's factor it used, and what was taken where nothing was said."""

    estimate: power.Estimate
    line: RatedLine
    factor: object | None
    region: Region | None
    year: int

    @property
    def lines(self):
        return [self.line]


def calculate(asked, given=None):
    """The Calculation of a valid CalculatorForm's `cleaned_data`; `given` is the current set's unless named."""
    given = given or FactorSet.objects.assumptions()
    year = asked.get("year") or localdate().year
    line, name, source = _line(asked, year)
    region = asked.get("region")
    factor = GridFactors(region.codes_up()).of(region.codes_up(), year) if region else None
    estimate = power.Estimate(
        power.running_kw([line], given),
        float(factor.value) if factor else None,
        asked.get("hours") or power.HOURS_A_YEAR,
        given,
    )
    rated = RatedLine(name, line.count, line.watts, line.is_generic, power.rated_kw([line], given), source)
    return Calculation(estimate, rated, factor, region, year)


def _line(asked, year):
    rig, count = asked.get("rig"), asked["rigs"]
    if rig and not rig.is_generic:
        return power.Line.of_model(count, rig.power_w), str(rig), rig.source_text
    if asked.get("watts"):
        return power.Line.of_model(count, asked["watts"]), _("Watts as entered"), ""
    kind = rig.kind if rig else asked.get("kind") or RigKind.UNKNOWN
    classes = Rig.objects.generic_classes()
    return power.generic_line(count, kind, year, classes), _("Model not known"), ""
