"""What the rules and marks are called on the pages."""

from django.utils.translation import pgettext_lazy

RULE_NAMES = {
    "flat": pgettext_lazy("screening", "Flat load"),
    "peers": pgettext_lazy("screening", "High base load for its class"),
    "unlike": pgettext_lazy("screening", "Far from its class"),
    "larger": pgettext_lazy("screening", "Larger than its class"),
    "load": pgettext_lazy("screening", "Enough for rigs"),
    "days": pgettext_lazy("screening", "One day like the next"),
    "peak": pgettext_lazy("screening", "Off at the dear hours"),
    "night": pgettext_lazy("screening", "On in the cheap night only"),
    "begun": pgettext_lazy("screening", "Began or ended at once"),
    "restarts": pgettext_lazy("screening", "Restarts now and then"),
    "grown": pgettext_lazy("screening", "Bills that grew"),
    "even": pgettext_lazy("screening", "One month like the next"),
    "heat": pgettext_lazy("screening", "Slows down in the heat"),
    "feeder": pgettext_lazy("screening", "Missing from a feeder"),
}
MARK_NAMES = {
    "cooling": pgettext_lazy("screening", "cooling"),
    "business": pgettext_lazy("screening", "a business of its class"),
    "unbroken": pgettext_lazy("screening", "without restarts"),
    "restless": pgettext_lazy("screening", "machines that come and go"),
    "wave": pgettext_lazy("screening", "a smooth wave over the day"),
    "lamps": pgettext_lazy("screening", "lamps or charging"),
    "small": pgettext_lazy("screening", "less than a rig"),
    "unit": pgettext_lazy("screening", "a wrong unit"),
    "stuck": pgettext_lazy("screening", "a stuck register"),
}
NAMES = RULE_NAMES | MARK_NAMES
