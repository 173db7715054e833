"""How good a ranking is, where it is known what each meter really is: by habit of mines and by look-alike."""

import csv
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

FIRST = (50, 100, 150)


@dataclass(frozen=True)
class Quality:
    """`mines` are the mines among the first n; `kinds` has (kind, how many there are, how many among the first 150)."""

    mines: dict[int, int]
    kinds: list[tuple[str, int, int]]

    @property
    def habits(self):
        return [row for row in self.kinds if row[0].startswith("mine")]

    @property
    def others(self):
        return [row for row in self.kinds if not row[0].startswith("mine")]


def quality_of(meters: list[str], labels: dict[str, str]) -> Quality:
    """Of a ranking of meters, the most suspicious first."""
    kinds = [labels.get(meter, "unknown") for meter in meters]
    mines = {first: sum(kind.startswith("mine") for kind in kinds[:first]) for first in FIRST}
    there, found = Counter(labels.values()), Counter(kinds[: FIRST[-1]])
    return Quality(mines, [(kind, there[kind], found[kind]) for kind in sorted(there)])


def kinds_of_meters(path: Path) -> dict[str, str]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["meter"]: row["kind"] for row in csv.DictReader(file)}
