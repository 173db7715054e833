"""What a bulletin states about a case: each fact with the words that it was read from, and how sure it is."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

LISTS = ("agencies", "legal_basis")  # a case has several of these
INSIDE = ("region",)  # what a draft needs and the sheet of the record does not have


class Certainty(TextChoices):
    CERTAIN = "certain", pgettext_lazy("a value that was read", "stated")
    INFERRED = "inferred", pgettext_lazy("a value that was read", "inferred")
    DOUBTFUL = "doubtful", pgettext_lazy("a value that was read", "doubtful")


@dataclass(frozen=True)
class Fact:
    """`value` of the field `key`, read from the characters `start` to `end` of the text."""

    key: str
    value: Any
    start: int
    end: int
    certainty: Certainty = Certainty.CERTAIN

    def moved(self, by):
        return replace(self, start=self.start + by, end=self.end + by)

    def no_more_than(self, certainty):
        """The same fact, at most as sure as `certainty`."""
        order = list(Certainty)
        return replace(self, certainty=max(self.certainty, certainty, key=order.index))


@dataclass
class CaseFacts:
    """The facts about one case, in the order of the text."""

    start: int
    end: int
    facts: list[Fact] = field(default_factory=list)

    def add(self, facts: Iterable[Fact]):
        self.facts += facts

    def of(self, key: str) -> list[Fact]:
        return [fact for fact in self.facts if fact.key == key]

    def first(self, key: str) -> Fact | None:
        return next(iter(self.of(key)), None)

    def as_json(self) -> dict[str, Any]:
        """{key: value}, in the forms of the record; lists where a case has several."""
        found = {}
        for fact in self.facts:
            if fact.key in INSIDE:
                continue
            if fact.key in LISTS:
                found.setdefault(fact.key, []).append(fact.value)
            else:
                found.setdefault(fact.key, fact.value)  # of values that contradict each other, the first
        return found
