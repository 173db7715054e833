"""How well bulletins are read: precision and recall of every field, against facts that people wrote down.

A key that the expected facts do not have was not checked, which is not the same as not in the text: it counts neither
for nor against. Of a list, each item counts.
"""

import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass, field

from regions.grammar.language import simplified

from .facts import LISTS, CaseFacts, Certainty


@dataclass
class Score:
    right: Counter = field(default_factory=Counter)
    wrong: Counter = field(default_factory=Counter)
    missed: Counter = field(default_factory=Counter)
    certain_right: int = 0
    certain_wrong: int = 0
    mistakes: dict = field(default_factory=lambda: defaultdict(list))

    def add(self, ref: str, expected: dict | list[dict], cases: list[CaseFacts]) -> None:
        """Compare the cases that were read of one bulletin with what it states: facts, or a list of facts of each case.

        Each expected case is compared with the case that agrees with it best; cases beyond those are wrong.
        """
        expected = expected if isinstance(expected, list) else [expected]
        left = list(cases)
        for facts in sorted(expected, key=len, reverse=True):
            case = max(left, key=lambda case: _agreement(facts, case), default=None)
            if case is not None:
                left.remove(case)
            self._case(ref, facts, case)
        keys = set().union(*expected)
        for case in left:
            for fact in case.facts:
                if fact.key in keys:
                    self._wrong(ref, fact)

    def _case(self, ref, expected, case):
        read = case.as_json() if case else {}
        for key, value in expected.items():
            if key in LISTS:
                self._list(ref, key, value, case)
                continue
            if key not in read:
                self.missed[key] += 1
                self.mistakes[key].append((ref, value, None))
                continue
            is_right = _same(value, read[key])
            (self.right if is_right else self.wrong)[key] += 1
            self.missed[key] += not is_right
            self._certain(case.first(key), is_right)
            if not is_right:
                self.mistakes[key].append((ref, value, read[key]))

    def _wrong(self, ref, fact):
        self.wrong[fact.key] += 1
        self._certain(fact, False)
        self.mistakes[fact.key].append((ref, None, fact.value))

    def _list(self, ref, key, expected, case):
        left = list(expected)
        for fact in case.of(key) if case else []:
            same = next((value for value in left if _same(value, fact.value)), None)
            if same is not None:
                left.remove(same)
                self.right[key] += 1
                self._certain(fact, True)
            else:
                self._wrong(ref, fact)
        self.missed[key] += len(left)
        self.mistakes[key] += [(ref, value, None) for value in left]

    def _certain(self, fact, is_right):
        if fact.certainty == Certainty.CERTAIN:
            self.certain_right += is_right
            self.certain_wrong += not is_right

    def rows(self):
        """(field, right, wrong, missed, precision, recall) of every field, the last over all."""
        keys = sorted(self.right.keys() | self.wrong.keys() | self.missed.keys())
        for key in keys:
            yield key, *_rates(self.right[key], self.wrong[key], self.missed[key])
        yield "all", *_rates(self.right.total(), self.wrong.total(), self.missed.total())

    @property
    def certain_share(self):
        """The share of the values marked as certain that are right; None if none is."""
        count = self.certain_right + self.certain_wrong
        return self.certain_right / count if count else None


def _agreement(expected, case):
    """How many of the facts a case has as they are expected."""
    read = case.as_json()
    return sum(
        len({str(one) for one in value} & {str(one) for one in read.get(key, [])})
        if key in LISTS
        else key in read and _same(value, read[key])
        for key, value in expected.items()
    )


def _rates(right, wrong, missed):
    precision = right / (right + wrong) if right + wrong else None
    recall = right / (right + missed) if right + missed else None
    return right, wrong, missed, precision, recall


def _same(expected, read):
    if isinstance(expected, str) and isinstance(read, str):
        return _essence(expected) == _essence(read)
    return expected == read


def _essence(text):
    return " ".join(simplified(unicodedata.normalize("NFKC", text)).casefold().split())
