"""Which cases have the words of a question: PostgreSQL's index says it once, and the mirror keeps it."""

from collections import defaultdict
from itertools import count

import numpy

from cases.models import Case

CASES = Case._meta.db_table
WORDS = "words_"  # what the cases of a question are called in a statement, before its number
MOST_QUESTIONS = 20  # whose cases are kept

_FOUND = f"SELECT string_agg(int8send(id), '') FROM {CASES} WHERE words @@ %s::tsquery"  # noqa: S608
_FOUND_AGAIN = f"""
    WITH written AS MATERIALIZED (SELECT id, words FROM {CASES} WHERE id = ANY(%(cases)s))
    SELECT question, id FROM unnest(%(questions)s) AS question, written WHERE words @@ question::tsquery
"""  # noqa: S608 - our own names


class CasesWithWords:
    """A table of (number of a question, `id` of a case) in DuckDB, and a view of the cases of each question.

    One table for all, so that one look tells which of them a written case is in.
    """

    def __init__(self, duckdb):
        self._duckdb, self._numbers = duckdb, count()
        # {text of a tsquery: its number}. No two ever have the same: what a statement finds is kept by its text.
        self._questions = {}

    @property
    def views(self):
        """{text of a tsquery: the name of its view}."""
        return {question: f"{WORDS}{number}" for question, number in self._questions.items()}

    def look_for(self, cursor, question):
        """Let there be a view of the cases with the words of a question, the text of a tsquery."""
        if question in self._questions:
            return
        if len(self._questions) == MOST_QUESTIONS:
            for view in self.views.values():
                self._duckdb.execute(f"DROP VIEW {view}")
            self._questions = {}
        if not self._questions:
            self._duckdb.execute("CREATE OR REPLACE TABLE has_words (question INTEGER, id BIGINT)")
        cursor.execute(_FOUND, [question])
        keys = numpy.frombuffer(cursor.fetchone()[0] or b"", dtype=">i8").astype(int)
        number = next(self._numbers)
        self._add(number, numpy.sort(keys))  # so that one of them is found without reading all
        self._duckdb.execute(f"CREATE VIEW {WORDS}{number} AS SELECT id FROM has_words WHERE question = {number}")  # noqa: S608
        self._questions[question] = number

    def find_again(self, cursor, cases):
        """Let the views fit the `cases` that were written, too. Yields the name of each that is another now.

        Most writes are of no words that anybody asked for.
        """
        if not (self._questions and cases):
            return
        had, have = defaultdict(set), defaultdict(set)
        found = "SELECT question, id FROM has_words WHERE id IN (SELECT unnest(?))"
        for number, case in self._duckdb.execute(found, [numpy.array(cases)]).fetchall():
            had[number].add(case)
        cursor.execute(_FOUND_AGAIN, {"cases": cases, "questions": [*self._questions]})
        for question, case in cursor.fetchall():
            have[self._questions[question]].add(case)
        for number in self._questions.values():
            if had[number] != have[number]:
                self._remove(number, [*had[number] - have[number]])
                self._add(number, [*have[number] - had[number]])
                yield f"{WORDS}{number}"

    def _add(self, number, cases):
        self._duckdb.execute("INSERT INTO has_words SELECT ?, unnest(?)", [number, numpy.array(cases, dtype=int)])

    def _remove(self, number, cases):
        gone = numpy.array(cases, dtype=int)
        self._duckdb.execute("DELETE FROM has_words WHERE question = ? AND id IN (SELECT unnest(?))", [number, gone])
