"""Which feeder a customer hangs on, where the list of customers names none, or one far away.

A feeder is a line through a neighbourhood. Who is filed under another one is missing from the own feeder, where that
looks like theft, and is too much on the other, where it hides theft.
"""

from dataclasses import dataclass

import numpy as np
from shapely import STRtree, points

from .on_file import OnFile

LEAST_MEMBERS = 5  # fewer do not say where a feeder is
AMONG, FAR_AWAY = 3.0, 6.0  # times the usual distance from the middle of a feeder


@dataclass(frozen=True)
class Placed:
    """`feeder_of` has the feeder of each customer; `unfiled` had none on file, `moved` had one far away."""

    feeder_of: dict[str, str]
    unfiled: int = 0
    moved: int = 0


def feeders_by_place(on_file: OnFile) -> Placed:
    """The feeders on file, but for customers who live among those of another feeder and far from those of their own."""
    feeder_of = {meter: on_file.of(meter, "feeder") for meter in on_file.customers}
    found = {meter: feeder for meter, feeder in feeder_of.items() if feeder}
    places = {meter: place for meter in feeder_of if None not in (place := on_file.place_of(meter))}
    meters, at = list(places), np.array(list(places.values()), float).reshape(-1, 2)
    at[:, 1] *= np.cos(np.radians(np.median(at[:, 0]))) if len(at) else 1
    filed = np.array([feeder_of[meter] for meter in meters], str)
    names, middles, usual = _middles_of_feeders(at, filed)
    if len(names) < 2:
        return Placed(found)
    near = STRtree(points(middles)).nearest(points(at))
    among = np.hypot(*(at - middles[near]).T) <= AMONG * usual[near]
    own = np.searchsorted(names, filed).clip(max=len(names) - 1)
    far = (names[own] == filed) & (np.hypot(*(at - middles[own]).T) > FAR_AWAY * usual[own])
    unfiled = among & (filed == "")
    moved = among & far & (near != own)
    for place in np.flatnonzero(unfiled | moved):
        found[meters[place]] = str(names[near[place]])
    return Placed(found, int(unfiled.sum()), int(moved.sum()))


def _middles_of_feeders(at, filed):
    """The feeders that are large enough, in order: names, their middle, how far their customers usually are from it."""
    rows = []
    for name in np.unique(filed[filed != ""]):
        members = at[filed == name]
        if len(members) >= LEAST_MEMBERS:
            middle = np.median(members, axis=0)
            rows.append((name, middle, max(np.median(np.hypot(*(members - middle).T)), 1e-5)))
    names, middles, usual = zip(*rows, strict=True) if rows else ((), (), ())
    return np.array(names, str), np.array(middles).reshape(-1, 2), np.array(usual)
