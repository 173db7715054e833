"""From meters that a run found to leads, each meter once; and what rigs behind a load would be."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases import power
from cases.leads.handling import record_lead
from cases.locks import Purpose, lock_until_commit
from cases.models import Lead, Rig, ScreenedMeter, ScreeningRun
from cases.models.lead import LeadKind
from cases.screening.reasons import reasons_of
from regions.grammar.quantities import figure

from .cleared import ClearedMeter, cleared_in


@dataclass(frozen=True)
class WhatIfRigs:
    """What `kw` would be if rigs took it: how many, and what they take in a year."""

    kw: float
    rigs_low: int
    rigs_high: int
    tariff: float | None = None

    @property
    def kwh_a_year(self):
        return power.kwh_a_year(self.kw)

    @property
    def tce_a_year(self):
        return power.tce(self.kwh_a_year, power.DEFAULTS.gce_generation)

    @property
    def money_a_year(self):
        return None if self.tariff is None else self.kwh_a_year * self.tariff


def rigs_behind(kw: float, watts: list[float], given: power.Assumptions = power.DEFAULTS) -> tuple[int, int]:
    """How many rigs take `kw`, at least and at most: heavy ones with much cooling, or light ones with none."""
    if not watts or kw <= 0:
        return 0, 0
    least = kw * 1000 / (max(watts) * given.nameplate.high * given.pue.high)
    most = kw * 1000 / (min(watts) * given.nameplate.low * given.pue.low)
    return int(least), -int(-most // 1)


def watts_of_rigs() -> list[float]:
    """Of the generic rigs of the catalogue."""
    return [watts for _kind, _year, watts in Rig.objects.generic_classes()]


def what_if_rigs(kw: float, watts: list[float], tariff: float | None = None) -> WhatIfRigs:
    return WhatIfRigs(kw, *rigs_behind(kw, watts), tariff)


def leads_of_meters(run: ScreeningRun, meters: Iterable[str], cleared: dict[str, ClearedMeter]) -> dict[str, Lead]:
    """{meter: the lead that was made of it}, in `run` or in another of these regions.

    `cleared` is of `cleared_in`: the lead of a look that holds no longer is over, and another may be made.
    """
    over = [meter for meter, look in cleared.items() if not look.holds]
    runs = ScreeningRun.objects.sharing_meters_with(run)
    led = ScreenedMeter.objects.filter(meter__in=list(meters), lead__isnull=False, run__in=runs.values("pk"))
    found = led.with_outcome().select_related("lead").order_by("pk")
    return {its.meter: its.lead for its in found if its.is_hit is not False or its.meter not in over}


@transaction.atomic
def make_leads(run: ScreeningRun, meters: Iterable[str], *, by) -> tuple[list[Lead], list[Lead]]:
    """A lead of each of `meters` without one, but the cleared. Returns the new ones, and those that were there.

    Raises PermissionDenied outside the regions of work of `by`.
    """
    lock_until_commit(Purpose.NEW_HITS, run.region.country_code)
    cleared, watts, made = cleared_in(run), watts_of_rigs(), []
    known = leads_of_meters(run, meters, cleared)
    left_out = [*known, *(meter for meter, look in cleared.items() if look.holds)]
    for found in run.meters.filter(meter__in=list(meters)).exclude(meter__in=left_out).select_related("region"):
        lead = Lead(
            kind=LeadKind.HIT, region=found.region or run.region, place=_place_of(found), latitude=found.latitude,
            longitude=found.longitude, score=min(max(round(found.points), 0), 100), summary=_summary(found, watts),
        )  # fmt: skip
        found.lead = record_lead(lead, by=by)
        found.save(update_fields=["lead"])
        made.append(lead)
    return made, list({lead.pk: lead for lead in known.values()}.values())


def _place_of(found):
    words = _("Supply meter %(meter)s") if found.is_feeder else _("Meter %(meter)s")
    told = [words % {"meter": found.meter}, found.tariff_class, found.feeder]
    return ", ".join(filter(None, told))[:300]


def _summary(found, watts):
    guess = what_if_rigs(found.kw, watts)
    rigs = ngettext("%(low)s to %(high)s rig", "%(low)s to %(high)s rigs", guess.rigs_high) % {
        "low": figure(guess.rigs_low), "high": figure(guess.rigs_high),
    }  # fmt: skip
    load = _("%(kw)s kW that rigs would explain: %(rigs)s.") % {"kw": figure(round(found.kw, 1)), "rigs": rigs}
    return "\n".join([load, *map(str, reasons_of(found))])
