"""Which columns of a sheet belong together, and the fields that they fill."""

from cases.models import Case, Raid
from cases.models.field import Quantity

# Which cells are fields of the case itself.
FIELDS = {
    "title": ["title_en", "title_zh"],
    "day": ["occurred_on", "date_precision"],
    "region": ["region"],
    "place": ["place"],
    "point": ["latitude", "longitude", "location_precision"],
    "electricity_theft": ["theft"],
    "part_of": ["part_of"],
} | {
    name: [name]
    for name in (
        "site_type", "lead_source", "rig_kind", "arrests", "premises", "outcome", "outcome_zh", "note",
        "note_zh", "place_zh", "kind", "confidence",
        "counts_in_totals", "electricity_check",
    )
}  # fmt: skip

QUANTITIES = {
    "energy": Quantity.ENERGY_KWH,
    "power": Quantity.LOAD_KW,
    "loss": Quantity.LOSS,
    "equipment_value": Quantity.EQUIPMENT_VALUE,
}

NUMBERS = ("latitude", "longitude", "electricity_kwh", "power_kw")

AMOUNTS = {
    Quantity.ENERGY_KWH: "electricity_kwh",
    Quantity.LOAD_KW: "power_kw",
    Quantity.LOSS: "loss_amount",
    Quantity.EQUIPMENT_VALUE: "equipment_value",
}


def raid_of_the_day(case: Case) -> Raid | None:
    """The only raid of a case, if it has the date of the case: a new date applies to both. Else None."""
    raids = list(case.raids.all())
    if len(raids) == 1 and (raids[0].raided_on, raids[0].date_precision) == (case.occurred_on, case.date_precision):
        return raids[0]
    return None
