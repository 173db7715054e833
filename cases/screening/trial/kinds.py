"""Which customers a trial has, how many of each, and what an office writes about them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from . import customers, lookalikes, mines

UNMETERED = "mine-unmetered"
# What an office calls its customers, as a mine or anybody else may be one.
CLASSES = (
    "household", "shop", "office", "restaurant", "bakery", "workshop", "warehouse", "hotel", "farm", "internet cafe",
    "industry", "cold store", "telecom", "data centre", "pumping", "street lighting", "charging", "greenhouse",
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """Customers of one kind: how their load is drawn, the classes they are filed under, and where they live.

    `place` orders customers along the feeders: 0 houses, 1 streets of shops, 2 works.
    """

    load: Callable
    classes: dict[str, float]
    place: float


def _kinds():
    trades = {
        "shop": (customers.shop, 1), "office": (customers.office, 1.2), "restaurant": (customers.restaurant, 1),
        "bakery": (customers.bakery, 1), "workshop": (customers.workshop, 1.7), "warehouse": (customers.warehouse, 1.8),
        "farm": (customers.farm, 0.6), "internet cafe": (customers.internet_cafe, 1),
    }  # fmt: skip
    yield "household", Kind(customers.household, {"household": 1}, 0)
    yield "household-solar", Kind(customers.household_with_roof, {"household": 1}, 0)
    for name, (load, place) in trades.items():
        yield name.replace(" ", "-"), Kind(load, {name: 1}, place)
    yield "hotel", Kind(customers.open_at_night, {"hotel": 0.8, "shop": 0.1, "office": 0.1}, 1.2)
    yield "cold-store", Kind(lookalikes.cold_store, {"cold store": 0.8, "warehouse": 0.15, "shop": 0.05}, 1.7)
    yield "telecom-mast", Kind(lookalikes.telecom_mast, {"telecom": 0.93, "office": 0.04, "household": 0.03}, 0.8)
    yield "data-centre", Kind(lookalikes.data_centre, {"data centre": 0.85, "office": 0.12, "industry": 0.03}, 1.6)
    yield "pumping-station", Kind(lookalikes.pumping_station, {"pumping": 0.85, "farm": 0.1, "industry": 0.05}, 1)
    yield "three-shift-works", Kind(lookalikes.three_shifts, {"industry": 0.85, "workshop": 0.15}, 2)
    yield "street-lights", Kind(lookalikes.street_lights, {"street lighting": 0.95, "office": 0.05}, 0.7)
    yield "charging-park", Kind(lookalikes.charging_park, {"charging": 0.9, "shop": 0.05, "office": 0.05}, 1.2)
    yield "glasshouse", Kind(lookalikes.glasshouse, {"greenhouse": 0.85, "farm": 0.15}, 1)
    anywhere = {
        "warehouse": 0.26, "workshop": 0.2, "industry": 0.14, "farm": 0.1, "shop": 0.1, "office": 0.06,
        "cold store": 0.05, "pumping": 0.03, "data centre": 0.03, "telecom": 0.01, "hotel": 0.02,
    }  # fmt: skip
    for name, load in {
        "mine-steady": mines.steady, "mine-off-at-peak": mines.off_at_peak, "mine-throttled-by-heat": mines.throttled,
        "mine-growing": mines.growing, "mine-started-stopped": mines.started_and_stopped,
    }.items():  # fmt: skip
        yield name, Kind(load, anywhere, 1.6)
    yield "mine-behind-household", Kind(mines.behind_a_household, {"household": 1}, 0.2)
    yield "mine-cards-in-cafe", Kind(mines.cards_in_a_cafe, {"internet cafe": 0.85, "shop": 0.15}, 1)


KINDS = dict(_kinds())
LOOKALIKES = (
    "cold-store", "telecom-mast", "data-centre", "pumping-station", "three-shift-works", "street-lights",
    "charging-park", "glasshouse",
)  # fmt: skip
STEADY = "mine-steady"
OTHER_MINES = (*(name for name in KINDS if name.startswith("mine-") and name != STEADY), UNMETERED)
PEOPLE = {
    "household": 66, "household-solar": 2, "shop": 7, "office": 3.5, "restaurant": 2.5, "bakery": 0.5, "workshop": 3,
    "warehouse": 2, "farm": 2.5, "internet-cafe": 0.5, "hotel": 2,
}  # fmt: skip


def counts_of(meters: int, *, mines: float, steady: float, lookalikes: float) -> dict[str, int]:
    """How many of each kind: shares of `meters`; `steady` is a share of the mines, the other habits share the rest."""
    count = round(meters * mines)
    found = {STEADY: round(count * steady)}
    for number, name in enumerate(OTHER_MINES):
        found[name] = (count - found[STEADY] + number) // len(OTHER_MINES)
    for number, name in enumerate(LOOKALIKES):
        found[name] = (round(meters * lookalikes) + number) // len(LOOKALIKES)
    left = max(meters - sum(found.values()) + found[UNMETERED], 0)
    whole = sum(PEOPLE.values())
    for name, share in PEOPLE.items():
        found[name] = int(left * share / whole)
    found["household"] += left - sum(found[name] for name in PEOPLE)
    return found


def classes_of(kind: Kind, chance: np.random.Generator, count: int) -> list[str]:
    """What the office has on file: mostly right, sometimes wrong, sometimes nothing."""
    right = chance.choice(
        list(kind.classes), count, p=np.array(list(kind.classes.values())) / sum(kind.classes.values())
    )
    luck = chance.random(count)
    wrong = chance.choice(CLASSES, count)
    return [
        "" if lot < 0.03 else str(other) if lot < 0.05 else str(own)
        for lot, own, other in zip(luck, right, wrong, strict=True)
    ]
