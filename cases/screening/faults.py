"""What is found wrong with readings, counted and said; nothing of it is guessed away."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

TEXTS = {
    "times": gettext_lazy("times that were not understood: %s"),
    "numbers": gettext_lazy("values that are no numbers: %s"),
    "empty": gettext_lazy("readings without meter or value: %s"),
    "beyond": gettext_lazy("readings beyond any meter (over 5,000,000 kW), left out: %s"),
    "missing": gettext_lazy("readings that are missing: %s"),
    "doubled": gettext_lazy("readings that came twice: %s"),
    "twice": gettext_lazy("days with twice the readings, perhaps two meters of one number: %s"),
    "negative": gettext_lazy("meters with values below zero (solar): %s"),
    "zero": gettext_lazy("meters that are zero all the time: %s"),
    "single": gettext_lazy("meters with a single reading: %s"),
    "stuck": gettext_lazy("registers that are stuck, a fault and not a load: %s"),
    "unit": gettext_lazy("meters in a wrong unit, by what is contracted: %s"),
    "bills_twice": gettext_lazy("bills of a meter and month that came twice, of which the last counts: %s"),
    "to_come": gettext_lazy("bills of months that have not ended, left out: %s"),
    "larger": gettext_lazy("meters that take more than their whole feeder, not counted on it: %s"),
    "unfiled": gettext_lazy("meters without a feeder on file, counted on the feeder of their neighbours: %s"),
    "moved": gettext_lazy("meters filed under a feeder far away, counted on the feeder of their neighbours: %s"),
}
NO_WEATHER = gettext_lazy("no temperatures: loads that follow the weather cannot be told from mines")


def faults_said(faults: Mapping[str, tuple[int, str]]) -> list[str]:
    """Sentences with counts, then the first of what could not be read."""
    found = [str(text) % f"{faults[name][0]:,}" for name, text in TEXTS.items() if name in faults]
    found += [_("first: %(example)s") % {"example": example} for _count, example in faults.values() if example]
    return found + ([str(NO_WEATHER)] if "no_weather" in faults else [])
