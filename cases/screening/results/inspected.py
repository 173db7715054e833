"""What inspections found at the meters that screenings pointed at: hits and misses, by rule, rank and class."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.functional import cached_property

from cases.models import ScreenedMeter

FIRST = (10, 25, 50, 100, 150)


@dataclass
class OutcomeTally:
    """Of the meters that were looked at on site: where mining was found, and where it was not."""

    hits: int = 0
    misses: int = 0

    @property
    def percent(self) -> int | None:
        looked_at = self.hits + self.misses
        return round(100 * self.hits / looked_at) if looked_at else None

    def add(self, is_hit: bool) -> None:
        if is_hit:
            self.hits += 1
        else:
            self.misses += 1


@dataclass
class Inspected:
    """The outcome of the leads that were made of screened meters; each meter counts once."""

    runs: Iterable
    waiting: int = 0
    outcomes: list[tuple[ScreenedMeter, bool]] = field(default_factory=list)

    def __post_init__(self):
        led = ScreenedMeter.objects.filter(run__in=self.runs.values("pk"), lead__isnull=False)
        for meter in led.with_outcome().select_related("run").defer("figures", "run__peers").order_by("pk"):
            if meter.is_hit is None:
                self.waiting += 1
            else:
                self.outcomes.append((meter, meter.is_hit))

    @cached_property
    def whole(self) -> OutcomeTally:
        return self._by(lambda meter: [""]).get("", OutcomeTally())

    @cached_property
    def by_rule(self) -> dict[str, OutcomeTally]:
        """Of each rule and mark that gave one of these meters points."""
        return self._by(lambda meter: meter.parts)

    @cached_property
    def by_class(self) -> dict[str, OutcomeTally]:
        return self._by(lambda meter: [meter.tariff_class])

    @cached_property
    def among_the_first(self) -> dict[int, OutcomeTally]:
        """Of the first n of each ranking."""
        found = self._by(lambda meter: [most for most in FIRST if meter.rank <= most])
        return dict(sorted(found.items()))

    def _by(self, names_of):
        found = {}
        for meter, outcome in self.outcomes:
            for name in names_of(meter):
                found.setdefault(name, OutcomeTally()).add(outcome)
        return dict(sorted(found.items(), key=lambda item: -(item[1].hits + item[1].misses)))
