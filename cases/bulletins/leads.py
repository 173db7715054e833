"""How a case came to light, what kind of site it was, and whether power was stolen: by the words that say so."""

from .facts import Certainty, Fact


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


def site(reading):
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
