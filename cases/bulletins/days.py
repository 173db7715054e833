"""When it happened: of all days that a text names, the one on which rigs were found."""

import re
from dataclasses import dataclass
from datetime import date

from .facts import Certainty, Fact


@dataclass(frozen=True)
class Day:
    day: date
    precision: str
    start: int
    end: int
    weight: float
    stated: bool


def day_of_case(reading):
    """occurred_on with date_precision. A day of which nothing says that something was found on it is doubtful."""
    language, found, earlier = reading.language, [], []
    for match in _matches(reading):
        read = language.day_of(match, reading.published, earlier)
        if read is None or (reading.published and read[0] > reading.published):
            continue
        earlier.append(read[0])
        weight = _weight(reading, match)
        if weight is not None:
            found.append(Day(*read[:2], match.start(), match.end(), weight + 0.5 * (read[1] == "day"), read[2]))
    if not found:
        return []
    best = max(found, key=lambda one: (one.weight, -one.start))
    # Of several days, one is sure only where its own clause also says that rigs were found.
    rivals = [one for one in found if one.day != best.day and (one.weight >= best.weight - 0.5 or best.weight < 3)]
    # A day without its year in a text about several years may be of any of them.
    year_is_guessed = not re.search(r"\d{4}", reading.plain[best.start : best.end]) and any(
        day.year != best.day.year for day in earlier
    )
    is_certain = best.weight >= 2 and best.stated and not rivals and not year_is_guessed
    certainty = Certainty.CERTAIN if is_certain else Certainty.INFERRED
    if not best.stated and reading.published is None:
        certainty = Certainty.DOUBTFUL
    where = best.start, best.end, certainty
    return [Fact("occurred_on", best.day.isoformat(), *where), Fact("date_precision", best.precision, *where)]


def _matches(reading):
    """The days in the order of the text, so that 同年 and “the next day” find the one before them."""
    matches = []
    for pattern in reading.language.DAYS:
        for match in pattern.finditer(reading.plain, reading.body, reading.end):
            if not any(one.start() < match.end() and match.start() < one.end() for one in matches):
                matches.append(match)
    return sorted(matches, key=lambda match: match.start())


def _weight(reading, match):
    """How much speaks for it that this is the day of the case; None if another thing is said to be on it."""
    language = reading.language
    before, clause, _after = reading.context(match.start(), match.end())
    after = reading.plain[match.end() : reading.sentences.around(match.start())[1]]
    if language.NOT_THE_DAY_BEFORE.search(before) or language.NOT_THE_DAY_AFTER.match(after):
        return None
    if language.HAPPENED.search(clause):
        return 2 + bool(language.SEIZED.search(clause))
    if language.HAPPENED.search(reading.sentence_at(match.start())):
        return 1.5
    return 0.2
