"""Counts and amounts in a text: rigs, people, money, electricity, and what each of them is.

A figure is chosen by the words around it: those of its own clause first, then those of its sentence.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from django.core.exceptions import ValidationError

from regions.grammar import amounts

from .facts import Certainty, Fact

MOST = 10**15
MOST_PEOPLE = 10_000  # who are held for one case


@dataclass(frozen=True)
class FoundAmount:
    """An amount in the text, and how much speaks for it."""

    amount: amounts.Amount
    start: int
    end: int
    weight: float
    is_open: bool = False  # whether its sentence may mean something else by it


def json_number(value: Decimal):
    """A Decimal as JSON writes it: a whole number where it is one."""
    return int(value) if value == value.to_integral_value() else float(value)


def rigs_in(reading):
    """rigs_seized with rigs_qualifier; a second, doubtful one where the text gives two figures that cannot both be."""
    language, plain = reading.language, reading.plain
    found = {}
    for weight, pattern in language.RIGS:
        for match in pattern.finditer(plain, reading.body, reading.end):
            read = _read(reading, match["amount"], "rigs")
            if read is None or read.value < 1 or match.start("amount") in found:
                continue
            start, end = match.start("amount"), match.end()
            before, clause, after = reading.context(start, end)
            if language.NOT_RIGS_BEFORE.search(before) or language.NOT_RIGS_AFTER.match(after):
                continue
            if weight < 2 and not language.SEIZED.search(reading.sentence_at(start)):
                continue
            counted = before[-14:] + re.match(r"\D*", match["amount"])[0]
            if language.RIGS_TOTAL.search(counted) or language.RIGS_TOTAL_AFTER.match(after):
                weight_here = weight + 2
            else:
                weight_here = weight + 0.5 * bool(language.SEIZED.search(clause))
            if language.CARDS.search(match[0]):
                weight_here -= 0.3  # cards are parts of what is counted
            found[start] = FoundAmount(read, start, end, weight_here)
    if not found:
        return []
    ranked = sorted(found.values(), key=lambda one: (-one.weight, -one.amount.value, one.start))
    best = ranked[0]
    rivals = [one for one in ranked[1:] if one.amount.value != best.amount.value and one.weight >= 2]
    stated_once = not rivals or best.weight >= 4 or sum(one.amount.value for one in rivals) == best.amount.value
    # A weaker figure that is larger may be the whole of which this one is a part.
    larger = any(one.amount.value > best.amount.value for one in ranked)
    is_certain = stated_once and best.weight >= 2 and not larger
    certainty = Certainty.CERTAIN if is_certain else Certainty.INFERRED
    facts = _count("rigs_seized", best, certainty)
    equal = next((one for one in rivals if one.weight == best.weight), None)
    if best.weight >= 4 and len(rivals) == 1 and rivals[0].amount.value * 2 >= best.amount.value:
        equal = rivals[0]  # too large to be a part that is named beside the total
    if equal and (not stated_once or best.weight >= 4):
        # What is said as strongly contradicts it: both are kept.
        facts = [fact.no_more_than(Certainty.DOUBTFUL) for fact in facts + _count("rigs_seized", equal, certainty)]
    return facts


def _count(key, found, certainty):
    where = found.start, found.end, certainty
    return [Fact(key, int(found.amount.value), *where), Fact("rigs_qualifier", found.amount.qualifier, *where)]


def people_in(reading):
    """arrests: how many people are held; 0 where the text says that nobody is."""
    language, plain = reading.language, reading.plain
    totals, parts = [], []
    for is_total, pattern in language.PEOPLE:
        for match in pattern.finditer(plain, reading.body, reading.end):
            read = _read(reading, match["amount"], "people")
            start = match.start("amount")
            if read is None or read.value > MOST_PEOPLE or any(one.start == start for one in totals + parts):
                continue
            before, _clause, after = reading.context(start, match.end())
            if language.NOT_PEOPLE_BEFORE.search(before) or language.NOT_PEOPLE_AFTER.match(after):
                continue
            (totals if is_total else parts).append(FoundAmount(read, start, match.end(), 1))
    if totals:
        best = max(totals, key=lambda one: one.amount.value)
        agree = all(one.amount.value <= best.amount.value for one in parts)
        return [_people(best, best.amount.value, Certainty.CERTAIN if agree else Certainty.INFERRED)]
    if parts:
        parts.sort(key=lambda one: one.start)
        together = language.people_together([(one.start, one.end, one.amount.value) for one in parts], plain)
        stated_once = len(parts) == 1 and together == parts[0].amount.value
        certainty = Certainty.CERTAIN if stated_once else Certainty.INFERRED
        return [_people(parts[0], together, certainty)]
    for pattern in language.SOMEBODY:
        for match in pattern.finditer(plain, reading.body, reading.end):
            read = _read(reading, match["amount"], "people")
            before, _clause, after = reading.context(match.start("amount"), match.end())
            if language.NOBODY.search(match[0]):
                continue
            if read and not language.NOT_PEOPLE_BEFORE.search(before) and not language.NOT_PEOPLE_AFTER.match(after):
                found = FoundAmount(read, match.start("amount"), match.end(), 1)
                together = language.people_together([(found.start, found.end, read.value)], plain)
                return [_people(found, together, Certainty.INFERRED)]
    if match := language.NOBODY.search(plain, reading.body, reading.end):
        return [Fact("arrests", 0, match.start(), match.end())]
    return []


def _people(found, value, certainty):
    return Fact("arrests", int(value), found.start, found.end, certainty)


def money_in(reading):
    """Loss and value of the rigs, with currency and basis. An amount that nothing says anything about is left out."""
    language = reading.language
    kinds_of_money = {"loss": language.LOSS, "value": language.WORTH}
    losses, values = [], []
    for match in language.MONEY.finditer(reading.plain, reading.body, reading.end):
        read = _read(reading, match["amount"], "money", reading.country)
        if read is None or not read.unit or read.value == 0:
            continue
        start, end = match.span("amount")
        before, clause, after = reading.context(start, end)
        if language.NOT_MONEY_BEFORE.search(before) or language.NOT_MONEY_AFTER.match(after):
            continue
        kind = _nearest(kinds_of_money, clause, len(before), len(clause) - len(after))
        if kind is None:
            sentence = reading.sentence_at(start)
            kinds = [name for name, words in kinds_of_money.items() if words.search(sentence)]
            kind = kinds[0] if len(kinds) == 1 else None
            weight = 1
        else:
            weight = 2
        basis = _basis(reading, start, before, after)
        if kind == "value" and basis != "total":
            kind = "loss"  # machines are worth what they are; only power is worth so much a month
        if kind == "value" and (_follows_energy(reading, start - len(before)) or _follows_energy(reading, start, 8)):
            kind = "loss"  # what the electricity is worth
        if kind == "loss" and language.CASE_VALUE.search(before):
            weight = 1.5
            if language.SMUGGLED.search(reading.plain, reading.start, reading.end):
                kind = "value"
        if kind == "loss":
            losses.append((FoundAmount(read, start, end, weight, _is_open(reading, start, basis)), basis))
        elif kind == "value":
            values.append(FoundAmount(read, start, end, weight))
    facts = []
    if values:
        best = max(values, key=lambda one: (one.weight, -one.start))
        where = best.start, best.end, Certainty.CERTAIN if len(values) == 1 else Certainty.INFERRED
        facts += [
            Fact("equipment_value", json_number(best.amount.value), *where),
            Fact("equipment_value_currency", best.amount.unit, *where),
        ]
    if losses:
        facts += _loss(losses)
    return facts


def _follows_energy(reading, begins, most=2):
    """Whether an amount of electricity ends at most so many characters before `begins`."""
    begins_before = max(reading.body, begins - 40)
    matches = list(reading.language.ENERGY.finditer(reading.plain, begins_before, begins))
    return bool(matches) and begins - matches[-1].end() <= most


def _loss(losses):
    # What is said twice, once with its period, is of that period. What is said with its own words comes first; then a
    # total before a rate; then the larger.
    rates = {one.amount.value for one, basis in losses if basis != "total"}
    losses = [(one, basis) for one, basis in losses if basis != "total" or one.amount.value not in rates]
    (best, basis), *others = sorted(losses, key=lambda one: (-one[0].weight, one[1] != "total", -one[0].amount.value))
    rivals = [one for one, of in others if of == basis and one.amount.value != best.amount.value]
    equal = next((one for one in rivals if one.weight == best.weight and one.amount.unit == best.amount.unit), None)
    certainty = Certainty.INFERRED if rivals or best.weight < 2 or best.is_open else Certainty.CERTAIN
    if equal:
        certainty = Certainty.DOUBTFUL
    return [fact for one in (best, equal) if one for fact in _one_loss(one, basis, certainty)]


def _one_loss(found, basis, certainty):
    where = found.start, found.end, certainty
    facts = [Fact("loss_amount", json_number(found.amount.value), *where)]
    if found.amount.high is not None:
        facts.append(Fact("loss_amount_max", json_number(found.amount.high), *where))
    return [*facts, Fact("loss_currency", found.amount.unit, *where), Fact("loss_basis", basis, *where)]


def energy_in(reading):
    """electricity_kwh with electricity_basis."""
    language, found = reading.language, []
    for match in language.ENERGY.finditer(reading.plain, reading.body, reading.end):
        read = _read(reading, match["amount"], "kWh")
        start, end = match.span("amount")
        before, _clause, after = reading.context(start, end)
        if read is None or language.NOT_ENERGY_BEFORE.search(before) or language.NOT_ENERGY_AFTER.match(after):
            continue
        basis = _basis(reading, start, before, after)
        found.append((FoundAmount(read, start, end, 1, _is_open(reading, start, basis)), basis))
    if not found:
        return []
    best, basis = max(found, key=lambda one: (one[1] == "total", one[0].amount.value))
    stated_once = len(found) == 1 and not best.is_open
    where = best.start, best.end, Certainty.CERTAIN if stated_once else Certainty.INFERRED
    return [Fact("electricity_kwh", json_number(best.amount.value), *where), Fact("electricity_basis", basis, *where)]


def load_in(reading):
    """power_kw: the load that the rigs had, where a clause says that it was theirs."""
    language, found = reading.language, []
    for match in language.LOAD.finditer(reading.plain, reading.body, reading.end):
        read = _read(reading, match["amount"], "kW")
        before, clause, _after = reading.context(*match.span("amount"))
        if read and language.LOAD_WORDS.search(clause) and not language.NOT_LOAD_BEFORE.search(before):
            found.append(FoundAmount(read, *match.span("amount"), 1))
    if not found:
        return []
    best = max(found, key=lambda one: one.amount.value)
    certainty = Certainty.CERTAIN if len(found) == 1 else Certainty.INFERRED
    return [Fact("power_kw", json_number(best.amount.value), best.start, best.end, certainty)]


def premises_in(reading):
    """premises: at how many places rigs were; the largest number, since texts also count parts."""
    found = []
    matches = (
        match
        for pattern in reading.language.PREMISES
        for match in pattern.finditer(reading.plain, reading.body, reading.end)
    )
    for match in matches:
        read = _read(reading, match["amount"], "plain")
        if read and 1 < read.value <= 10_000 and reading.language.HAPPENED.search(reading.sentence_at(match.start())):
            found.append((read.value, match))
    if not found:
        return []
    value, match = max(found, key=lambda one: one[0])
    return [Fact("premises", int(value), match.start(), match.end(), Certainty.INFERRED)]


def _basis(reading, start, before, after):
    """Of what period the amount is: its own words say so, or those of the amount that it is converted from."""
    after = _NEXT_THING.split(after)[0]
    for basis, pattern_before, pattern_after in reading.language.RATES:
        if pattern_before.search(before) or pattern_after.match(after):
            return basis
    if reading.language.CONVERTED.search(before) and start - len(before) > reading.start:
        end = start - len(before) - 1
        earlier = list(reading.language.ENERGY.finditer(reading.plain, reading.body, end))
        if earlier:
            at, until = earlier[-1].span("amount")
            before, _clause, after = reading.context(at, until)
            return _basis(reading, at, before, after)
    return "total"


def _is_open(reading, start, basis):
    """Whether an amount that no words say a period of stands in a sentence that names one."""
    return basis == "total" and bool(reading.language.PERIODS.search(reading.sentence_at(start)))


_NEXT_THING = re.compile(r"\b(?:and|while)\b|[,、和及]")


def _nearest(patterns, clause, start, end):
    """The name of the pattern whose words stand nearest to the characters `start` to `end` of the clause."""
    found = []
    for name, pattern in patterns.items():
        for match in pattern.finditer(clause):
            gap = start - match.end()
            if gap < 0:
                gap = max(0, match.start() - end)
                gap += 30 * bool(_NEXT_THING.search(clause[end : match.start()]))
            found.append((gap, name))
    return min(found)[1] if found else None


def _read(reading, words, unit, country=""):
    """The Amount of some words, or None of words that are no number after all."""
    try:
        read = amounts.amount(reading.language.in_digits(words, country), unit=unit, most=MOST)
    except ValidationError:
        return None
    return read
