"""Sums that are carried on: what was summed before a few cases were written is put right by these cases alone.

A sum over a million cases takes DuckDB 10 to 40 ms, and each write would have all sums made anew, though it is of one
case. So a statement that adds up (`regions.keeping`) is asked of the written cases, in the place of the table of all:
once as they were when it was last answered, once as they are. The first is taken off that answer, the second is added.
Where that does not tell what is left, as where the least is gone, all cases are asked.
"""

import re
from typing import NamedTuple

MOST_WRITTEN = 50  # cases, beyond which to read their values takes as long as to ask all
MOST_STEPS = 100  # from one answer to the next; each may be off by the last digit that a float has
MOST_LOST = 1_000  # a float that gets smaller than this part of itself has lost three of its sixteen digits
MOST_ANSWERS = 2_000  # of which it is known when they were made
LONG = 0.006  # seconds, as long as to ask about a few cases twice; what takes less is asked again


class Unsure(Exception):
    """The written rows alone do not tell what is left."""


class Written(NamedTuple):
    """A row as it was and as a change has made it, each all of its values; None where it was not, or is no longer."""

    change: int
    key: int
    was: tuple | None
    became: tuple | None


class LastAnswer(NamedTuple):
    """After which change a statement was answered, in how many steps since all were asked, which took `seconds`."""

    change: int
    steps: int
    seconds: float


class Carrier:
    """What was written of one table, and which answer about it was the last of each statement."""

    def __init__(self, table):
        self._named = re.compile(rf'\b(?:FROM|JOIN)\s+"?{table}"?(?!\w)')
        self.table, self._kinds = table, {}
        self._written = 0, ()  # (a change, all that was written after it); one value, as others read it meanwhile
        self._last = {}  # {statement: its LastAnswer}

    def begin(self, kinds):
        """The table has these columns, {name: type in DuckDB}, in the order of the values of a row."""
        # Of a code no more is asked than whether it is another, and the name of its type has all that there may be.
        self._kinds = {name: "VARCHAR" if kind.startswith("ENUM") else kind for name, kind in kinds.items()}

    def note(self, change, before, after):
        """These rows were written, {key: values}; for whoever follows, while others read."""
        rows = [Written(change, key, before.get(key), after.get(key)) for key in {**before, **after}]
        since, written = self._written
        written = (*written, *(row for row in rows if row.was != row.became))
        if len(written) > MOST_WRITTEN:
            since, written = written[-MOST_WRITTEN - 1].change, written[-MOST_WRITTEN:]
        self._written = since, written

    def lose_track(self, change):
        """More was written than is noted."""
        self._written = change, ()

    def last(self, statement):
        """The LastAnswer to the `statement`, if it can be carried on and that pays."""
        last = self._last.get(statement)
        return last if last and last.steps < MOST_STEPS and last.seconds >= LONG else None

    def answered(self, statement, answer):
        """Note a LastAnswer; the one before it, or None."""
        before = self._last.pop(statement, None)
        self._last[statement] = answer
        while len(self._last) > MOST_ANSWERS:
            self._last.pop(next(iter(self._last)), None)
        return before

    def is_about_each(self, statement):
        """Whether each row of the table adds to the answer by itself: it is named once."""
        return len(self._named.findall(statement)) == 1

    def between(self, before, change, columns):
        """([values before], [values now]) of `columns` of what was written after one change until another, no row that
        says the same; None where that is not known."""
        since, written = self._written
        if before < since:
            return None
        net = {}
        for row in written:
            if before < row.change <= change:
                net[row.key] = net.get(row.key, row)._replace(became=row.became)
        asked = [at for at, name in enumerate(self._kinds) if name in columns]
        pairs = [[row and [row[at] for at in asked] for row in (row.was, row.became)] for row in net.values()]
        differ = [(was, became) for was, became in pairs if was != became]
        return [was for was, _became in differ if was], [became for _was, became in differ if became]

    def about(self, rows, columns, statement):
        """The `statement` with `rows`, lists of values of `columns`, in the place of the table."""
        named = {name: kind for name, kind in self._kinds.items() if name in columns}
        values = ", ".join(
            f"({', '.join(_literal(*told) for told in zip(row, named.values(), strict=True))})" for row in rows
        )
        few = f"{self.table} ({', '.join(named)}) AS (VALUES {values})"
        begins, within = re.fullmatch(r"\s*(WITH\s)?(.*)", statement, re.DOTALL).groups()
        return f"WITH {few}{',' if begins else ''} {within}"


def _literal(value, kind):
    if value is None:
        return f"NULL::{kind}"
    return f"'{str(value).replace(chr(39), 2 * chr(39))}'::{kind}"


def carried(rows, adds_up, was, became):
    """The `rows` of an answer without those of `was` and with those of `became`. Raises Unsure."""
    told_by = [at for at, sign in enumerate(adds_up) if sign == "="]
    cases = adds_up.find("#")
    nothing = tuple(0 if sign == "#" else None for sign in adds_up)

    def by_key(rows):
        return {tuple(row[at] for at in told_by): row for row in rows}

    less, more = by_key(was), by_key(became)
    written = {**less, **more}
    found, before = [], {}
    for row in rows:
        key = tuple(row[at] for at in told_by)
        if key in written:
            before[key] = row
        else:
            found.append(row)
    if not written:
        return rows
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
