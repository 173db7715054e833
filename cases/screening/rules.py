"""The rules that make a meter suspicious, and the marks of what only looks like a mine: version 3 of the set.

A rule sees the features of all meters at once and answers with a strength between 0 and 1 for each; its points are
multiplied with it. Marks have points below zero. Whoever changes a number here raises VERSION. The names stay: runs
are stored with the points that each rule gave, and say their reasons with the sentences below. An office may put other
points in force (`weights`); those here are what the rules were measured with.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

VERSION = 3
DATA_CENTRE_ON_FILE = 0.7  # what the class alone explains: such a load is expected to be constant
LIT_BY_NIGHT = ("street lighting", "greenhouse", "farm", "charging", "office", "")
LEAST_KW = 1.0  # less than a rig
FEEDER_POINTS = 62
LARGEST_HOUSEHOLD_KW = 40.0
LEAST_PEERS = 20
# Classes whose load never falls in part and comes back: it is on batteries, or it stops.
WHOLE_OR_NOT = ("data centre", "telecom", "pumping")
# Classes whose business is to be on and off at hours of their own.
BY_THE_CLOCK = ("pumping", "street lighting", "charging", "greenhouse", "farm")
# Classes whose business is to run day and night. What is on file there explains a flat load, if the load also looks it.
AT_ALL_HOURS = (
    "telecom",
    "data centre",
    "cold store",
    "pumping",
    "industry",
    "street lighting",
    "charging",
    "greenhouse",
)


def ramp(values, nothing, everything):
    """0 where `values` are at `nothing`, 1 from `everything` on, straight between; 0 where there is no value."""
    return np.nan_to_num(np.clip((values - nothing) / (everything - nothing), 0, 1))


@dataclass(frozen=True)
class ScreenRule:
    """`points` at full strength; `strength(meters)`; `says`: a sentence with the figures of the meter in it."""

    points: float
    strength: Callable
    says: str | Promise


class Meters:
    """The features of all meters as columns, with what is on file; and each meter's place among its peers."""

    def __init__(self, columns: dict[str, np.ndarray], classes: np.ndarray):
        self.columns, self.classes = columns, classes
        # What is left of the variation within a day without the wave of the usual day.
        columns["restless"] = columns["within_day"] - 0.42 * columns["wave"]
        self.kinds = {name: np.flatnonzero(classes == name) for name in np.unique(classes)}
        self.flat = flatness(self) * ramp(self["on"], 0.40, 0.58)
        # A season moves a cooled load, too: a step counts where it explains the days better than the weather does.
        weather = np.maximum(np.nan_to_num(self["warmth_fit"]), 0) ** 2
        self.is_step = ramp(self["split"] - weather, 0, 0.15)
        self.flat_since = flatness(self, "_since") * ramp(self["split"], 0.5, 0.75) * self.is_step
        # Where nearly all have a class: of the others that go by the clock, more are glasshouses than mines.
        self.is_unfiled = (classes == "") & (np.mean(classes != "") > 0.8)
        self.has_readings = ~np.isnan(self["base_share"])
        self.rig_kw = self._rig_kw()

    def __getattr__(self, name):
        try:
            return self.columns[name]
        except KeyError as missing:
            raise AttributeError(name) from missing

    def __getitem__(self, name):
        return self.columns[name]

    def __len__(self):
        return len(self.classes)

    def peers_of(self, name_of_class):
        """The meters of a class; all meters, where it has too few to compare with."""
        members = self.kinds[name_of_class]
        return members if len(members) >= LEAST_PEERS else np.arange(len(self))

    def above_peers(self, name):
        """How many widths of the middle of its class a value lies above the class's median; and the share below it."""
        values = self.columns[name]
        widths, below = np.zeros(len(self)), np.zeros(len(self))
        for name_of_class, members in self.kinds.items():
            peers = self.peers_of(name_of_class)
            known = np.sort(values[peers][~np.isnan(values[peers])])
            if len(known):
                low, middle, high = np.quantile(known, (0.25, 0.5, 0.75))
                widths[members] = (values[members] - middle) / max(high - low, 0.04)
                below[members] = np.searchsorted(known, values[members]) / len(known)
        return np.nan_to_num(widths), below

    def median_of_peers(self, name):
        found = np.full(len(self), np.nan)
        for name_of_class, members in self.kinds.items():
            values = self.columns[name][self.peers_of(name_of_class)]
            known = values[~np.isnan(values)]
            if len(known):
                found[members] = np.median(known)
        return found

    def is_class(self, *names):
        return np.isin(self.classes, names)

    def _rig_kw(self):
        """The load that rigs would explain: the base where it is flat, the plateau where there is one, else a step.

        Of bills alone: what they grew by where they doubled, else the lowest month.
        """
        on_and_off = (self.base_share < 0.5) & (self.plateau > 0.25)
        begun = (self.split > 0.6) & (self.flat_since > 0.3)
        found = np.where(on_and_off, self.plateau_kw, self.base)
        found = np.where(begun, np.abs(self.step_kw), found)
        billed = np.where(self.bill_growth > 2, self.bill_kw - self.bill_before_kw, self.bill_lowest_kw)
        return np.nan_to_num(np.where(self.has_readings, found, billed))


def flatness(meters, since=""):
    """How much a load is the same at all hours of a day and on all days: 1 for a mine alone on its meter."""
    columns = meters.columns
    return np.minimum.reduce(
        [
            ramp(columns["base_share" + since], 0.70, 0.90),
            ramp(-columns["within_day" + since], -0.20, -0.06),
            ramp(-columns["day_to_day" + since], -0.075, -0.028),
        ]
    )


def _at_peak(meters):
    """On at night, on at noon, off in the evening: what a tariff does and daylight does not."""
    evening = np.minimum.reduce(
        [
            ramp(meters.off_evening, 0.4, 0.75), ramp(meters.on_night, 0.4, 0.8), ramp(-meters.off_noon, -0.3, -0.1),
            ramp(meters.on_noon, 0.1, 0.3),
        ]
    )  # fmt: skip
    by_tariff = evening * ramp(-meters.rough, -0.05, -0.025) * ramp(meters.on, 0.3, 0.5)
    return by_tariff * ~(meters.is_class(*BY_THE_CLOCK) | meters.is_unfiled)


def _but_for_the_night(meters):
    """On at night and off all day long, on a meter that is no lamp, pump or bus."""
    off = np.minimum.reduce([ramp(meters[name], 0.6, 0.9) for name in ("off_evening", "off_noon", "off_morning")])
    dark = off * ramp(meters.on_night, 0.6, 0.9) * ramp(-meters.rough, -0.04, -0.02)
    return dark * ~meters.is_class(*AT_ALL_HOURS, "household")


def _begun(meters):
    size = ramp(np.abs(meters.step_kw) / meters["mean"], 0.05, 0.3)
    return ramp(meters.split, 0.55, 0.8) * meters.flat_since * size


def _unusual(meters):
    """A base load above the peers' that is flat, too. Trades have reasons to run something all night, families few."""
    unusual = ramp(meters.above_peers("base_share")[0], 0.8, 2.5) * ramp(meters.base_share, 0.45, 0.7)
    return unusual * np.maximum.reduce([meters.flat, _begun(meters), 0.35 * meters.is_class("household")])


def _even(meters):
    """One month like the other, where nothing is known of the days."""
    return ~meters.has_readings * ramp(-meters.bill_spread, -0.12, -0.03)


def _grown(meters):
    return ramp(np.log2(np.maximum(meters.bill_growth, 0.01)), 0.8, 2)


def _times_peers(meters):
    """The order of size above the usual mean of the class: 1 is ten times."""
    return np.log10(np.maximum(meters.rig_kw, 0.01) / meters.median_of_peers("mean"))


def _evidence(meters):
    """How sure it is that something runs all the time: kilowatts alone are no suspicion."""
    return np.maximum.reduce(
        [
            meters.flat, _begun(meters), _at_peak(meters), _but_for_the_night(meters), 0.3 * _unusual(meters),
            _even(meters), 0.5 * _grown(meters),
        ]
    )  # fmt: skip


def _unbroken(meters):
    """Flat for weeks without a restart: on batteries. A pump stops as a whole, which is no restart either."""
    stops = (meters.partly_broken_days == 0) & (meters.is_class("pumping", "farm") | meters.is_unfiled)
    return meters.flat * ((meters.broken_days == 0) | stops) * ramp(meters.days, 15, 45)


def _cooled(meters):
    """Flat, and a little more the warmer it is. A step in the load, up or down, may look like weather: then not.

    A family's own cooling says nothing of what else is on its meter.
    """
    stepped = meters.is_step * ramp(meters.split, 0.5, 0.7) * ramp(np.abs(meters.step_kw) / meters["mean"], 0.15, 0.3)
    return (
        ramp(meters.warmth, 0.0018, 0.004)
        * ramp(meters.warmth_fit, 0.25, 0.55)
        * meters.flat
        * (1 - stepped)
        * ~meters.is_class("household")
    )


def _restarts(meters):
    """Flat, and on some days interrupted in part: on most days would be shifts or breaks of people."""
    share = meters.partly_broken_days / meters.days
    return meters.flat * ramp(share, 0.01, 0.04) * ramp(-share, -0.45, -0.3)


def _restless(meters):
    """On at all hours, and it moves far more than its usual day explains; a step would move it, too."""
    always = ramp(meters.base_share, 0.5, 0.6) * (1 - ramp(meters.split, 0.5, 0.75))
    family = meters.is_class("household") & (meters["mean"] < LARGEST_HOUSEHOLD_KW)
    return always * ramp(meters.restless, 0.014, 0.026) * ~family


def _unlike_peers(meters):
    return ramp(meters.above_peers("base_share")[0], 5, 9) * ramp(meters.base_share, 0.45, 0.7)


def _in_business(meters):
    """How well the class on file explains the load: works that never vary are no works, a mast of 100 kW is no mast.

    No class explains a load that began at once. Batteries leave nothing to restart, and pumps stop or run.
    """
    steady = meters.base_share > 0.5
    explained = [
        meters.is_class("industry") * steady * ramp(meters.restless, 0.012, 0.024),
        meters.is_class("cold store") * ramp(meters.within_day, 0.045, 0.1),
        meters.is_class("data centre")
        * steady
        * np.maximum(ramp(meters.warmth, 0.001, 0.0025) * ramp(meters.warmth_fit, 0.3, 0.6), DATA_CENTRE_ON_FILE),
        meters.is_class("telecom") * steady * ramp(-meters["mean"], -30, -15),
        meters.is_class("pumping", "street lighting", "charging", "greenhouse") * 1.0,
        meters.is_class("farm") * 0.6,
        meters.is_class(*AT_ALL_HOURS) * ~meters.has_readings,
    ]
    larger = ramp(_times_peers(meters), 0.6, 1.1)
    restarts = _restarts(meters) * meters.is_class(*WHOLE_OR_NOT)
    unexplained = np.maximum.reduce([0.6 * larger, 0.6 * restarts, 0.5 * _begun(meters)])
    return np.maximum.reduce(explained) * (1 - unexplained)


RULES: dict[str, ScreenRule] = {
    "flat": ScreenRule(
        35,
        lambda meters: np.maximum(meters.flat, meters.flat_since),
        _("The same by day and night: base load %(base_share)s of the mean, load factor %(load_factor)s."),
    ),
    "peers": ScreenRule(
        25,
        _unusual,
        _("Base load %(base_share)s of the mean; of %(peers)s comparable meters %(below)s lie under it."),
    ),
    "unlike": ScreenRule(
        18,
        _unlike_peers,
        _("Far from all others of its class: base load %(base_share)s of the mean."),
    ),
    "larger": ScreenRule(
        12,
        lambda meters: _evidence(meters) * ramp(_times_peers(meters), 0, 1.2),
        _("%(rig_kw)s kW run all the time; the usual mean of its class is %(peer_kw)s kW."),
    ),
    "load": ScreenRule(
        16,
        lambda meters: _evidence(meters) * ramp(np.log10(np.maximum(meters.rig_kw, 0.01)), 0.3, 1.3),
        _("Enough for rigs: %(rig_kw)s kW."),
    ),
    "days": ScreenRule(
        8,
        lambda meters: meters.flat * ramp(-meters.day_to_day, -0.04, -0.01),
        _("One day is like the next: %(day_to_day)s apart."),
    ),
    "peak": ScreenRule(
        55, _at_peak, _("Off in the hours when electricity is dear, on at night and at noon: %(plateau_kw)s kW.")
    ),
    "night": ScreenRule(35, _but_for_the_night, _("On only while electricity is cheap at night: %(plateau_kw)s kW.")),
    "begun": ScreenRule(
        18,
        _begun,
        _("On %(step_day)s the load changed by %(step_kw)s kW."),
    ),
    "restarts": ScreenRule(
        12,
        _restarts,
        _("On %(partly_broken_days)s of %(days)s days part of the load fell and came back, as when rigs restart."),
    ),
    "grown": ScreenRule(
        25, _grown, _("The bills grew from a mean of %(bill_before_kw)s kW to %(bill_kw)s kW within a year.")
    ),
    "even": ScreenRule(30, _even, _("One month is like the next: the last six bills lie %(bill_spread)s apart.")),
    "heat": ScreenRule(
        14,
        lambda meters: (
            np.maximum(meters.flat, 0.5 * (meters.base_share > 0.7))
            * ramp(-meters.heat, 0.004, 0.01)
            * ramp(-meters.heat_fit, 0.35, 0.6)
        ),
        _("Takes less on hot afternoons: rigs slow down."),
    ),
}

MARKS: dict[str, ScreenRule] = {
    "cooling": ScreenRule(
        -100,
        _cooled,
        _("Follows the weather as cooling does: %(warmth)s more a degree."),
    ),
    "business": ScreenRule(-60, _in_business, _("Filed as %(class)s, and the load looks like it.")),
    "unbroken": ScreenRule(
        -110,
        _unbroken,
        _("On none of %(days)s days did part of the load fall and come back, as when rigs restart."),
    ),
    "restless": ScreenRule(
        -60,
        _restless,
        _("On at all hours, but it moves by %(restless)s more than its usual day: machines that come and go."),
    ),
    "wave": ScreenRule(
        -12,
        lambda meters: (
            ramp(meters.wave, 0.08, 0.2)
            * ramp(-meters.within_day, -0.12, -0.05)
            * ramp(-meters.day_to_day, -0.012, -0.006)
        ),
        _("A smooth wave over the day that is alike on all days: traffic or cooling."),
    ),
    "lamps": ScreenRule(
        -65,
        lambda meters: ramp(meters.off_noon, 0.5, 0.9) * (meters.on_night > 0.4) * meters.is_class(*LIT_BY_NIGHT),
        _("On by night and off by day: lamps or charging."),
    ),
    "small": ScreenRule(
        -60, lambda meters: ramp(-meters.rig_kw, -LEAST_KW * 1.6, -LEAST_KW), _("Less than one rig: %(rig_kw)s kW.")
    ),
    "unit": ScreenRule(
        -200,
        lambda meters: (meters.top > 30 * meters.contracted_kw) * 1.0,
        _("The top is %(top)s kW for %(contracted_kw)s kW contracted: a wrong unit."),
    ),
    "stuck": ScreenRule(
        -200,
        lambda meters: (meters.unchanged_days > 0.5 * meters.days) * 1.0,
        _("The register is stuck: %(unchanged_days)s days without any change. A fault, not a load."),
    ),
}
