"""A claim of a region's page as a plot with its arithmetic."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cases import power
from cases.briefs.briefing import said
from cases.method.claims import Check
from cases.pictures.dots import Dot, Plot, plot
from regions.grammar import quantities


@dataclass
class ClaimPlot:
    """A Check, its Plot, what the plot shows, and the lines of arithmetic: (what, how, result)."""

    check: Check
    plot: Plot
    measure: str
    lines: list

    @property
    def claim(self):
        return self.check.claim


def of_saving(check):
    """A claimed saving: its coal beside ours where it states coal, else its electricity beside the cases on record."""
    claim, given = check.claim, check.given
    energy = float(claim.energy_kwh_per_year)
    if claim.coal_tce is not None:
        gce_per_kwh = _("%(gce)s gce/kWh")
        dots = [
            _dot("claim", _("Claimed"), float(claim.coal_tce), quantities.coal),
            _dot(
                "check", _("Our check: power plants"), check.tce_generation, quantities.coal,
                gce_per_kwh % {"gce": quantities.figure(given.gce_generation, 4)},
            ),
            _dot(
                "compared", _("For comparison: energy content"), check.tce_calorific, quantities.coal,
                gce_per_kwh % {"gce": quantities.figure(given.gce_calorific, 4)},
            ),
        ]  # fmt: skip
        measure, (unit, size) = _("standard coal a year"), _coal_unit(max(dot.value for dot in dots))
    else:
        dots = [
            _dot("claim", _("Claimed"), energy, quantities.energy),
            _dot("check", _("Recorded cases, if run"), check.kwh_if_run, quantities.energy),
        ]
        measure, (unit, size) = _("electricity a year"), _unit_of(quantities.energy, energy)
    return ClaimPlot(check, plot(dots, unit, size), measure, list(_arithmetic(check)))


def of_loss(check):
    """A claimed loss beside what the recorded cases of that place and time state."""
    claim = check.claim

    def money(amount):
        return quantities.money(amount, claim.loss_currency)

    dots = [
        _dot("claim", _("Claimed"), float(claim.loss_amount), money),
        _dot("check", _("Recorded cases"), check.loss, money),
    ]
    unit, size = _unit_of(money, float(claim.loss_amount))
    return ClaimPlot(check, plot(dots, unit, size), _("losses in total"), [])


def _dot(kind, name, value, quantity, note=""):
    return Dot(kind, name, value, said(quantity(value)), note)


def _unit_of(quantity, value):
    """(the unit in which `quantity` writes `value`, how many base units that is): (RM billion, 10^9), (MWh, 1000)."""
    _number, unit = quantity(value)
    for size in (10**12, 10**9, 10**8, 10**6, 10**4, 10**3, 1):
        one, scale = quantity(size)
        sign = one.removesuffix(quantities.figure(1))
        if scale == unit and not any(letter.isdigit() for letter in sign) and one != sign:
            return f"{sign} {unit}".strip(), size
    return unit, 1


def _coal_unit(value):
    return _unit_of(quantities.coal, value)


def _arithmetic(check):
    claim, energy = check.claim, said(quantities.energy(check.claim.energy_kwh_per_year))
    gce, hours, factor = _("gce"), pgettext("unit", "hours"), _("t/MWh")
    if check.gce_per_kwh is not None:
        yield (
            _("Coal per kilowatt-hour"),
            f"{said(quantities.coal(claim.coal_tce))} ÷ {energy}",
            said((f"{check.gce_per_kwh:.2f}", gce)),
        )
    yield (
        _("Average load"),
        f"{energy} ÷ {said((quantities.figure(power.HOURS_A_YEAR), hours))}",
        said(quantities.power_draw(check.kw)),
    )
    if check.kw_a_project is not None:
        unit = claim.get_projects_unit_display()
        yield (
            _("Average across the %(unit)s") % {"unit": unit},
            f"{said(quantities.power_draw(check.kw))} ÷ {quantities.figure(claim.projects_closed)}",
            said(quantities.power_draw(check.kw_a_project)),
        )
    if check.factor:
        yield (
            _("Carbon dioxide"),
            f"{energy} × {said((quantities.figure(check.factor.value, 4), factor))}",
            said(quantities.carbon(check.t_co2, check.factor.gas)),
        )
