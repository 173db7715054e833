"""The arithmetic of one case, step by step, with the factors it used."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from . import power
from .actions import line_of
from .factors import GridFactors
from .models import Rig
from .models.case import ElectricityCheck
from .models.field import Quantity


@dataclass
class RatedLine:
    """A seizure line with the watts taken for it."""

    name: str
    count: int
    watts: power.Range
    is_generic: bool
    rated_kw: power.Range


def if_run(case):
    """What a case's rigs would use if they ran all year, for its page; nothing for rigs that did not run."""
    if case.electricity_check == ElectricityCheck.IMPLAUSIBLE:
        return {"stored": _stored(case)}
    if case.kw_best is None:
        return {}
    kw = power.Range(case.kw_low, case.kw_best, case.kw_high)
    kwh = power.kwh_a_year(kw)
    factor = GridFactors().of(case.region.path, case.occurred_on.year)
    steps = {
        "kw": kw,
        "kwh": kwh,
        "tce": power.tce(kwh),
        "tce_calorific": power.tce(kwh, power.CALORIFIC_GCE_PER_KWH),
        "factor": factor,
        "t_co2": power.t_co2(kwh, float(factor.value)) if factor else None,
    }
    return {
        "if_run": steps,
        "lines": list(_lines(case)),
        "pue": power.PUE,
        "hours": power.HOURS_A_YEAR,
        "gce": power.GENERATION_GCE_PER_KWH,
        "gce_calorific": power.CALORIFIC_GCE_PER_KWH,
    }


def _lines(case):
    classes = list(Rig.objects.filter(is_generic=True).values_list("kind", "released_year", "power_w"))
    for raid in case.raids.all():
        for seizure in raid.seizures.all():
            if seizure.count is not None:
                line = line_of(seizure, case.occurred_on.year, classes)
                name = str(seizure.rig or seizure.models_as_published or _("Model not published"))
                yield RatedLine(name, line.count, line.watts, line.is_generic, power.rated_kw([line]))


def _stored(case):
    read = next((one.amount for one in case.figures.all() if one.quantity == Quantity.ENERGY_KWH), None)
    return {"kwh": read, "kwh_each": read / case.rigs} if read is not None and case.rigs else None
