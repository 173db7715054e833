"""What a case was, by the words that say so: how it came to light, its site, theft of power, and its outcome."""

import re

from .facts import Certainty, Fact

# The same in all languages.
MODELS = re.compile(
    r"(?i)(?:antminer|whatsminer|avalon(?:miner)?|innosilicon|(?:蚂蚁|神马|阿瓦隆)(?:矿机)?)[ -]?[A-Z]{0,2}\d{1,4}"
    r"(?: ?(?:pro|xp|plus)|[+a-z]{1,3})?\b"
)

LONGEST_OUTCOME = 300  # characters


def lead(reading):
    """How it came to light. It is judged by words that seldom say just that, so it is never more than inferred."""
    found = []
    for rank, code, pattern in reading.language.LEADS:
        for match in pattern.finditer(reading.plain, reading.body, reading.end):
            _before, clause, _after = reading.context(match.start(), match.end())
            if not reading.language.NOT_THE_LEAD.search(clause):
                found.append((rank, match.start(), code, match))
                break
    if not found:
        return []
    _rank, _at, code, match = min(found, key=lambda one: one[:2])
    return [Fact("lead_source", code, match.start(), match.end(), Certainty.INFERRED)]


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


def outcome(reading):
    """What became of the site and the machines: the clauses that say so, as the text has them."""
    found = []
    for match in reading.language.OUTCOME.finditer(reading.plain, reading.body, reading.end):
        before, clause, _after = reading.context(match.start(), match.end())
        start = match.start() - len(before)
        if not found or start >= found[-1][1]:
            found.append((start, start + len(clause)))
    if not found:
        return []
    start, end = found[-1]
    words = reading.text.original[start:end].strip(" ,.;:，。；：\n")
    return [Fact("outcome", words, start, end, Certainty.INFERRED)] if len(words) <= LONGEST_OUTCOME else []
