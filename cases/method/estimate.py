"""The arithmetic of one case, step by step, with the factors it used."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from cases import power
from cases.models import FactorSet, Rig
from cases.models.case import ElectricityCheck
from cases.models.field import FigureBasis, Quantity
from cases.models.screening import Subject
from regions.grammar.dates import day_as_known
from regions.grammar.quantities import figure

from .factors import GridFactors, Tariffs
from .lines import line_of


@dataclass
class RatedLine:
    """A seizure line with the watts taken for it."""

    name: str
    count: int
    watts: power.Range
    is_generic: bool
    rated_kw: power.Range
    source: str = ""


@dataclass
class Cost:
    """What an amount of electricity cost at a price: `amount` is a Range, in `currency`."""

    what: str
    amount: power.Range
    currency: str
    price: object  # the Reading


@dataclass
class Energy:
    """One of the four energies of a case. They measure different things and are never added."""

    what: str
    kwh: power.Range
    basis: str  # as a reader has it: in total, a month …
    how: str
    costs: list[Cost] = field(default_factory=list)


@dataclass(frozen=True)
class Basis:
    """What the figures of cases rest on. Nothing in it is changed, so that many cases may share it."""

    factors: GridFactors
    tariffs: Tariffs
    given: power.Assumptions
    classes: list  # of rigs, as `Rig.objects.generic_classes` gives them

    @classmethod
    def of(cls, codes=None):
        """With `codes`, of a region and of those above it, that of its cases alone."""
        return cls(GridFactors(codes), Tariffs(), FactorSet.objects.assumptions(), Rig.objects.generic_classes())


def if_run(case, basis=None, *, sees_meters=False):
    """What a case's rigs would use if they ran all year, for its page; nothing for rigs that did not run.

    `basis` is a Basis that holds for its region, where it has been read. What a single meter measured is for who
    `sees_meters`.
    """
    basis = basis or Basis.of(case.region.codes_up())
    metered, measured = list(_metered(case, basis.tariffs)), list(_measured(case, sees_meters))
    if case.electricity_check == ElectricityCheck.IMPLAUSIBLE:
        return {"stored": _stored(case), "energies": metered + measured}
    if case.kw_best is None:
        return {"energies": metered + measured}
    factor = basis.factors.of(case.region.codes_up(), case.occurred_on.year)
    kw = power.Range(case.kw_low, case.kw_best, case.kw_high)
    estimate = power.Estimate(kw, float(factor.value) if factor else None, given=basis.given)
    return {
        "if_run": estimate,
        "factor": factor,
        "lines": list(_lines(case, basis)),
        "energies": [*metered, *_used_until_the_raid(case, kw, basis.tariffs), _avoided_after(estimate), *measured],
    }


def _lines(case, basis):
    for raid in case.raids.all():
        for seizure in raid.seizures.all():
            if seizure.count is not None:
                line = line_of(seizure, case.occurred_on.year, basis.classes)
                name = str(seizure.rig or seizure.models_as_published or _("Model not published"))
                source = seizure.rig.source_text if seizure.rig else ""
                yield RatedLine(
                    name, line.count, line.watts, line.is_generic, power.rated_kw([line], basis.given), source
                )


def _metered(case, tariffs):
    """The electricity that a source states, as published."""
    for stated in case.figures.all():
        if stated.quantity == Quantity.ENERGY_KWH:
            kwh = power.Range(*[float(stated.amount)] * 3)
            basis = stated.get_basis_display() if stated.basis else _("period not stated")
            costs = _costs(case, kwh, tariffs) if stated.basis == FigureBasis.TOTAL else []
            yield Energy(_("Metered"), kwh, str(basis), _("as published"), costs)


def _used_until_the_raid(case, kw, tariffs):
    if case.running_since is None:
        return
    days = (case.occurred_on - case.running_since).days
    if days > 0:
        how = _("running load × %(days)s days × 24 h, from %(start)s to the raid") % {
            "days": figure(days),
            "start": day_as_known(case.running_since),
        }
        kwh = kw * (days * 24)
        yield Energy(_("Used until the raid"), kwh, _("in total"), how, _costs(case, kwh, tariffs))


def _avoided_after(estimate):
    how = _("running load × 8,766 h, assuming that the rigs would have kept running and do not run elsewhere")
    return Energy(_("Avoided after the raid"), estimate.kwh, _("a year"), how)


def _measured(case, sees_meters):
    for row in case.measured.all():
        if sees_meters or row.subject != Subject.METER:
            how = _(
                "%(what)s: mean load of %(before)s days before the raid less that of %(after)s days after it × 8,766 h"
            )
            told = {"what": row, "before": figure(row.days_before), "after": figure(row.days_after)}
            kwh = power.Range(row.kw_low, row.kw_best, row.kw_high) * power.HOURS_A_YEAR
            yield Energy(_("Avoided, as measured"), kwh, _("a year"), how % told)


def _costs(case, kwh, tariffs):
    """What was lost to theft, and the surcharge of miners, where the region has a price."""
    price, surcharge = (tariffs.of(case.region.codes_up(), case.occurred_on.year, miners) for miners in (False, True))
    found = []
    if case.theft and price:
        found.append(Cost(_("Loss at the tariff"), kwh * float(price.value), price.currency, price))
    if surcharge:
        found.append(Cost(_("Penalty tariff surcharge"), kwh * float(surcharge.value), surcharge.currency, surcharge))
    return found


def _stored(case):
    read = next((stated.amount for stated in case.figures.all() if stated.quantity == Quantity.ENERGY_KWH), None)
    return {"kwh": read, "kwh_each": read / case.rigs} if read is not None and case.rigs else None
