"""Statements about a few rows, which are told with them in the place of whole tables.

To plan one takes DuckDB three times as long as to run it, and what names a table is planned anew each time. So where
the rows of all its tables are told, a statement is planned once and run with the values of other rows.
"""

import re
from itertools import chain, count
from threading import Lock
from typing import NamedTuple

# Of each database in DuckDB: it is asked what PostgreSQL would be, and what it no longer needs is the system's again.
# Without the threads that give it back a process holds 100 MB more, once it has filled a mirror of a million cases.
SETTINGS = {"default_null_order": "postgres", "allocator_background_threads": True}
MOST_PLANNED = 200  # statements; each takes some 0.3 MB
MOST_ASKED_FOR = 5_000  # statements without a plan that are known when they come again


class FewRows(NamedTuple):
    """Rows in the place of a table: its columns, {name: type in DuckDB}, and the values of each row."""

    table: str
    kinds: dict
    rows: list

    def of(self, column):
        """What the rows say in a column."""
        at = list(self.kinds).index(column)
        return [row[at] for row in self.rows]

    @property
    def literals(self):
        return [
            _literal(value, kind) for row in self.rows for value, kind in zip(row, self.kinds.values(), strict=True)
        ]


def few_rows(table, kinds, rows):
    """FewRows of `rows`, each {column: value}, with the columns of `kinds`."""
    # Of a code no more is asked than whether it is another, and the name of its type has all that there may be.
    plain = {name: "VARCHAR" if kind.startswith("ENUM") else kind for name, kind in kinds.items()}
    return FewRows(table, plain, [tuple(row[name] for name in plain) for row in rows])


class PlannedOnce:
    """Answers statements by a database of its own, which has no tables, one at a time, with the plans that it made.

    To hand so few rows to other threads took a third of the time, so it has one.
    """

    def __init__(self):
        import duckdb

        self._connection, self._lock = duckdb.connect(config=SETTINGS | {"threads": 1}), Lock()
        self._plans, self._numbers = {}, count()  # {statement: the name of its plan}, the least used first
        self._asked_for = {}  # {hash of a statement without a plan: True}, the oldest first

    def ask(self, some, statement):
        """What a statement finds, a list of tuples. All its tables are among `some`, a list of FewRows.

        None where it was not asked for before: of most questions so many rows are written only once.
        """
        kinds = chain.from_iterable(few.kinds.values() for few in some for _row in few.rows)
        text = _with(some, statement, (f"${number}::{kind}" for number, kind in enumerate(kinds, 1)))
        with self._lock:
            plan = self._plan(text)
            if plan is None:
                return None
            values = ", ".join(chain.from_iterable(few.literals for few in some))
            return self._connection.execute(f"EXECUTE {plan}({values})").fetchall()

    def _plan(self, text):
        plan = self._plans.pop(text, None)
        if plan is None:
            if not self._asked_for.pop(hash(text), False):
                self._asked_for[hash(text)] = True
                if len(self._asked_for) > MOST_ASKED_FOR:
                    del self._asked_for[next(iter(self._asked_for))]
                return None
            plan = f"plan_{next(self._numbers)}"
            self._connection.execute(f"PREPARE {plan} AS {text}")
        self._plans[text] = plan
        if len(self._plans) > MOST_PLANNED:
            self._connection.execute(f"DEALLOCATE {self._plans.pop(next(iter(self._plans)))}")
        return plan

    def close(self):
        self._connection.close()


def with_rows(some, statement):
    """The `statement` with `some`, a list of FewRows, in the place of their tables."""
    return _with(some, statement, chain.from_iterable(few.literals for few in some))


def _with(some, statement, told):
    tables = []
    for few in some:
        rows = (f"({', '.join(next(told) for _name in few.kinds)})" for _row in few.rows)
        tables.append(f"{few.table} ({', '.join(few.kinds)}) AS (VALUES {', '.join(rows)})")
    begins, within = re.fullmatch(r"\s*(WITH\s)?(.*)", statement, re.DOTALL).groups()
    return f"WITH {', '.join(tables)}{',' if begins else ''} {within}"


def _literal(value, kind):
    return f"{'NULL' if value is None else sql_text(str(value))}::{kind}"


def sql_text(text):
    return "'" + text.replace("'", "''") + "'"
