"""Sums that are carried on: what was summed before a few cases were written is put right by these cases alone.

A sum over a million cases takes DuckDB 10 to 40 ms, and each write would have all sums made anew, though it is of one
case. So a statement that adds up (`regions.keeping`) is asked of the written cases, in the place of the table of all:
once as they were when it was last answered, once as they are. The first is taken off that answer, the second is added.
Where that does not tell what is left, as where the least is gone, all cases are asked.
"""

import re
from functools import lru_cache
from threading import Lock
from typing import NamedTuple

from .few import few_rows

MOST_WRITTEN = 50  # cases, beyond which to read their values takes as long as to ask all
MOST_STEPS = 100  # from one answer to the next; each may be off by the last digit that a float has
MOST_LOST = 1_000  # a float that gets smaller than this part of itself has lost three of its sixteen digits
MOST_ANSWERS = 2_000  # of which it is known when they were made
LONG = 0.003  # seconds; what takes less is asked again
MOST_OF_ALL = 1  # of the seconds that all took the few may take
LESS_SURE = 0.9  # of how long the few took: where that was too long, they are tried again some time
# What ends the part of a SELECT that says which rows it is about, unless it is within brackets or quotes.
_ENDS = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|[()]|\b(?:GROUP BY|HAVING|ORDER BY|LIMIT)\b""")


class Unsure(Exception):
    """The written rows alone do not tell what is left."""


class Written(NamedTuple):
    """A row as it was and as a change has made it, {column: value}; None where it was not, or is no longer."""

    change: int
    key: int
    was: dict | None
    became: dict | None

    def says_another(self, columns):
        """Whether what any of these columns says has changed."""
        return not (self.was and self.became) or any(self.was[name] != self.became[name] for name in columns)


class LastAnswer(NamedTuple):
    """After which change a statement was answered, in how many steps since all rows were asked, and how long it took to
    ask all and, at the longest, the few."""

    change: int
    steps: int = 0
    seconds: float = 0
    seconds_of_few: float = 0

    @property
    def pays(self):
        return self.seconds_of_few <= MOST_OF_ALL * self.seconds


class Carrier:
    """What was written of one table, and which answer about it was the last of each statement."""

    def __init__(self, table):
        self._named = re.compile(rf'\bFROM\s+"?{table}"?(?!\w)')
        self._mentioned = re.compile(rf'\b(?:FROM|JOIN)\s+"?{table}"?(?!\w)')
        self.table = table
        self._written = 0, ()  # (a change, all that was written after it); one value, as others read it meanwhile
        self._last, self._lock = {}, Lock()  # {statement: its LastAnswer}
        self.about = lru_cache(1_000)(self._about)

    def note(self, change, before, after):
        """These rows were written, {key: {column: value}}; for whoever follows, while others read."""
        rows = [Written(change, key, before.get(key), after.get(key)) for key in {**before, **after}]
        since, written = self._written
        written = (*written, *(row for row in rows if row.was != row.became))
        if len(written) > MOST_WRITTEN:
            since, written = written[-MOST_WRITTEN - 1].change, written[-MOST_WRITTEN:]
        self._written = since, written

    def lose_track(self, change):
        """More was written than is noted."""
        self._written = change, ()

    def last(self, statement, change):
        """The LastAnswer to the `statement` until a change, if it can be carried on from there and that pays."""
        last = self._last.get(statement)
        if last and last.change <= change and last.steps < MOST_STEPS and last.seconds >= LONG:
            return last
        return None

    def answered(self, statement, answer):
        """Note a LastAnswer; the one before it, or None. Who answers of an older moment changes nothing."""
        with self._lock:
            before = self._last.get(statement)
            if before and before.change > answer.change:
                return None
            self._last.pop(statement, None)
            self._last[statement] = answer
            while len(self._last) > MOST_ANSWERS:
                del self._last[next(iter(self._last))]
        return before

    def _about(self, statement):
        """The part of a statement that says which rows it is about: from its FROM to the end of that SELECT.

        "" where not each row adds to the answer by itself, as the table is named twice.
        """
        if len(self._mentioned.findall(statement)) != 1 or not (named := self._named.search(statement)):
            return ""
        depth = 0
        for end in _ENDS.finditer(statement, named.end()):
            depth += {"(": 1, ")": -1}.get(end[0], 0)
            if depth < 0 or (depth == 0 and end[0][0].isalpha()):
                return statement[named.start() : end.start()].rstrip()
        return statement[named.start() :]

    def between(self, before, change):
        """What was Written after one change until another, each row once; None where that is not known."""
        since, written = self._written
        if before < since:
            return None
        net = {}
        for row in written:
            if before < row.change <= change:
                net[row.key] = net.get(row.key, row)._replace(became=row.became)
        return [row for row in net.values() if row.was != row.became]

    def which(self, about, kinds, written):
        """(FewRows, a statement that finds (key, whether as it became) of these) for what one with this part finds.

        The part names the columns `kinds`, {name: type in DuckDB}.
        """
        rows = [(False, row.key, row.was) for row in written] + [(True, row.key, row.became) for row in written]
        told = [row | {"written_key": key, "has_become": became} for became, key, row in rows if row]
        kinds = kinds | {"written_key": "BIGINT", "has_become": "BOOLEAN"}
        return few_rows(self.table, kinds, told), f"SELECT written_key, has_become {about}"


def carried(rows, adds_up, was, became):
    """The `rows` of an answer without those of `was` and with those of `became`. Raises Unsure."""
    told_by = [at for at, sign in enumerate(adds_up) if sign == "="]
    cases = adds_up.find("#")
    nothing = tuple(0 if sign == "#" else None for sign in adds_up)

    def by_key(rows):
        return {tuple(row[at] for at in told_by): row for row in rows}

    less, more = by_key(was), by_key(became)
    written = {**less, **more}
    if not written:
        return rows
    found, before = [], {}
    for row in rows:
        key = tuple(row[at] for at in told_by)
        if key in written:
            before[key] = row
        else:
            found.append(row)
    for key in written:
        columns = list(zip(adds_up, *(part.get(key, nothing) for part in (before, less, more)), strict=True))
        if told_by and _number(*columns[cases][1:]) == 0:
            continue
        values = [_PUT_RIGHT[sign](*values) if sign != "=" else None for sign, *values in columns]
        for at, value in zip(told_by, key, strict=True):
            values[at] = value
        found.append(tuple(values))
    if not found:
        raise Unsure("of nothing there may be a row after all")
    return found


def _number(had, less, more):
    if had < less:
        raise Unsure("it was not in there")
    return _kept_exact(had - less + more, had)


def _sum(had, less, more):
    if less is None:
        return more if had is None else had if more is None else had + more
    if had is None:
        raise Unsure("it was not in there")
    found = had - less + (more or 0)
    if found == 0 and more is None:
        raise Unsure("nothing may be left, whose sum is NULL")
    return _kept_exact(found, had)


def _kept_exact(found, had):
    if isinstance(found, float) and abs(found) * MOST_LOST < abs(had):
        raise Unsure("too few digits are left")
    return found


def _end(which):
    def end(had, less, more):
        found = more if had is None else had if more is None else which(had, more)
        if less is not None and (found is None or which(less, found) == less):
            raise Unsure("the next is not known")
        return found

    return end


_PUT_RIGHT = {"#": _number, "+": _sum, "<": _end(min), ">": _end(max)}
