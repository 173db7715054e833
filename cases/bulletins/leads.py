"""How a case came to light, what kind of site it was, and whether power was stolen: by the words that say so."""

import re

from .facts import Certainty, Fact

# The same in all languages.
MODELS = re.compile(
    r"(?i)(?:antminer|whatsminer|avalon(?:miner)?|innosilicon|(?:蚂蚁|神马|阿瓦隆)(?:矿机)?)[ -]?[A-Z]{0,2}\d{1,4}"
    r"(?: ?(?:pro|xp|plus)|[+a-z]{1,3})?\b"
)


def lead(reading):
    found = []
    for rank, code, pattern in reading.language.LEADS:
        if match := pattern.search(reading.plain, reading.start, reading.end):
            found.append((rank, match.start(), code, match))
    if not found:
        return []
    _rank, _at, code, match = min(found, key=lambda one: one[:2])
    certainty = Certainty.CERTAIN if len(found) == 1 else Certainty.INFERRED
    return [Fact("lead_source", code, match.start(), match.end(), certainty)]


def site_type(reading):
    found = [
        (match.start(), code, match)
        for code, pattern in reading.language.SITES
        if (match := pattern.search(reading.plain, reading.start, reading.end))
    ]
    if not found:
        return []
    _at, code, match = min(found, key=lambda one: one[0])
    return [Fact("site_type", code, match.start(), match.end(), Certainty.INFERRED)]


def theft(reading):
    if match := reading.language.THEFT.search(reading.plain, reading.start, reading.end):
        return [Fact("electricity_theft", True, match.start(), match.end())]
    return []


def models(reading):
    """The models of rigs that the text names, as it names them."""
    if match := MODELS.search(reading.plain, reading.body, reading.end):
        return [Fact("rig_models", reading.text.original[match.start() : match.end()], match.start(), match.end())]
    return []
