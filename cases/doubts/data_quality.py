"""What cases do not state, and what looks wrong about them."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import BooleanField, ExpressionWrapper
from django.utils.functional import cached_property

from cases.models import OpenDoubt
from cases.models.case import CaseQuerySet
from cases.models.intake import NOT_ABOUT_THE_POINT, DoubtRule
from cases.selection.filters import FACTS, ROWS
from regions.keeping import number_of, row_over, rows_over

MOST_DOUBTED = 10  # cases
# The rules of all open doubts about a case are one number, so that many cases are some dozen rows.
BITS = {rule: 1 << at for at, rule in enumerate(DoubtRule)}
TOLD_ANYWAY = sum(BITS[rule] for rule in NOT_ABOUT_THE_POINT)
_BIT = " ".join(f"WHEN '{rule}' THEN {bit}" for rule, bit in BITS.items())
_HOW_MANY = " + ".join(f"mod(rules / {bit}, 2)" for bit in BITS.values())
# (rules, how many cases, NULL, NULL) of all, and (rules, NULL, primary key, day) of some of those with most doubts.
_DOUBTED = f"""
    WITH chosen (pk, day, tells_where) AS ({{}}),
    by_case AS (
        SELECT case_id, bit_or(CASE rule {_BIT} END) AS rules FROM {OpenDoubt._meta.db_table} GROUP BY case_id
    ),
    told AS (
        SELECT pk, day, CASE WHEN tells_where THEN rules ELSE rules & {TOLD_ANYWAY} END AS rules
        FROM chosen JOIN by_case ON case_id = pk
    ),
    doubts AS (SELECT pk, day, rules FROM told WHERE rules <> 0)
    SELECT rules, count(*) AS number, NULL::bigint AS pk, NULL::date AS day FROM doubts GROUP BY rules
    UNION ALL
    (SELECT rules, NULL, pk, day FROM doubts ORDER BY {_HOW_MANY} DESC, day DESC, pk LIMIT {MOST_DOUBTED})
"""  # noqa: S608 - our own names


@dataclass
class DataQuality:
    """Of `cases`, which one reader may see. Each is asked once."""

    cases: CaseQuerySet

    @cached_property
    def lacking(self):
        """How many of the cases lack each fact that `empty` may name: {fact: cases}."""
        of_the_case = [fact for fact in FACTS if fact not in ROWS]
        lacks = {f"lacks_{fact}": ExpressionWrapper(FACTS[fact][1], BooleanField()) for fact in of_the_case}
        rows = self.cases.order_by().annotate(**lacks).values_list(*lacks)
        counts = ", ".join(f"count(*) FILTER (WHERE {lack})" for lack in lacks)
        row = row_over(rows, f"SELECT {counts} FROM ({{}}) AS found ({', '.join(lacks)})")  # noqa: S608 - our names
        found = dict(zip(of_the_case, row or [0] * len(lacks), strict=True))
        # To look for what a case lacks takes either database ten times as long as to find the cases that have some.
        number = number_of(self.cases)
        for fact, rows in ROWS.items():
            found[fact] = number - number_of(self.cases.filter(pk__in=rows.values("case")))
        return found

    @cached_property
    def doubted(self):
        """How many of the cases each open doubt is about: {rule: cases}."""
        found = Counter()
        for rules, number, _pk, _day in self._doubted:
            if number is not None:
                found.update(dict.fromkeys(_rules(rules), number))
        return found

    @cached_property
    def most_doubted(self):
        """The cases that most doubts are about: [(case, [DoubtRule])], at most ten."""
        rows = [(rules, pk, day) for rules, number, pk, day in self._doubted if number is None]
        rows.sort(key=lambda row: (-row[0].bit_count(), -row[2].toordinal(), row[1]))
        cases = self.cases.for_list().in_bulk([pk for _rules, pk, _day in rows])
        # One that came a moment ago may be in the sums alone.
        return [(cases[pk], sorted(_rules(rules), key=str)) for rules, pk, _day in rows if pk in cases]

    @cached_property
    def _doubted(self):
        return rows_over(self.cases.order_by().values_list("pk", "occurred_on", "tells_where"), _DOUBTED)


def _rules(number):
    return [rule for rule, bit in BITS.items() if number & bit]
