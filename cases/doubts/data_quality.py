"""What cases do not state, and what looks wrong about them."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import BooleanField, ExpressionWrapper
from django.utils.functional import cached_property

from cases.columns.beside import BITS, DOUBTS
from cases.models.case import CaseQuerySet
from cases.models.intake import NOT_ABOUT_THE_POINT
from cases.selection.filters import FACTS
from regions.keeping import row_over, rows_over

MOST_DOUBTED = 10  # cases
TOLD_ANYWAY = sum(BITS[rule] for rule in NOT_ABOUT_THE_POINT)
_TOLD = f"""
    WITH chosen (pk, day, tells_where, doubts) AS ({{}}),
    told AS (SELECT pk, day, CASE WHEN tells_where THEN doubts ELSE doubts & {TOLD_ANYWAY} END AS rules FROM chosen)
"""  # noqa: S608 - our own names
_RULES = f"{_TOLD} SELECT rules, count(*) FROM told WHERE rules <> 0 GROUP BY rules"  # noqa: S608
_HOW_MANY = " + ".join(f"(rules & {bit}) / {bit}" for bit in BITS.values())  # whole also where DuckDB divides
# For DuckDB to sort all doubted cases takes three times as long as to count them, and then to sort these few.
_WITH_MOST = f"""
    {_TOLD} SELECT rules, pk FROM told WHERE rules IN (%s)
    ORDER BY {_HOW_MANY} DESC, day DESC, pk LIMIT {MOST_DOUBTED}
"""  # noqa: S608


@dataclass
class DataQuality:
    """Of `cases`, which one reader may see. Each is asked once."""

    cases: CaseQuerySet

    @cached_property
    def lacking(self):
        """How many of the cases lack each fact that `empty` may name: {fact: cases}."""
        lacks = {f"lacks_{fact}": ExpressionWrapper(lack, BooleanField()) for fact, (_name, lack) in FACTS.items()}
        rows = self.cases.order_by().annotate(**lacks).values_list(*lacks)
        counts = ", ".join(f"count(*) FILTER (WHERE {lack})" for lack in lacks)
        statement = f"SELECT {counts} FROM ({{}}) AS found ({', '.join(lacks)})"  # noqa: S608 - our names
        row = row_over(rows, statement, "#" * len(lacks))
        return dict(zip(FACTS, row or [0] * len(lacks), strict=True))

    @cached_property
    def doubted(self):
        """How many of the cases each open doubt is about: {rule: cases}."""
        found = Counter()
        for rules, number in self._by_rules:
            found.update(dict.fromkeys(_rules(rules), number))
        return found

    @cached_property
    def most_doubted(self):
        """The cases that most doubts are about: [(case, [DoubtRule])], at most ten."""
        which, number = [], 0
        for rules, cases in sorted(self._by_rules, key=lambda row: -row[0].bit_count()):
            # As many as the last: all of these, as their days decide.
            if number >= MOST_DOUBTED and rules.bit_count() < which[-1].bit_count():
                break
            which.append(rules)
            number += cases
        if not which:
            return []
        rows = rows_over(self._told, _WITH_MOST.replace("%s", ", ".join(map(str, which))))
        cases = self.cases.for_list().in_bulk([pk for _rules, pk in rows])
        # One that came a moment ago may be in the sums alone.
        return [(cases[pk], sorted(_rules(rules), key=str)) for rules, pk in rows if pk in cases]

    @cached_property
    def _by_rules(self):
        """(the rules of doubts as a number, how many cases are doubted by these)."""
        return rows_over(self._told, _RULES, "=#")

    @property
    def _told(self):
        chosen = self.cases.order_by().annotate(doubts=DOUBTS)
        return chosen.values_list("pk", "occurred_on", "tells_where", "doubts")


def _rules(number):
    return [rule for rule, bit in BITS.items() if number & bit]
