"""One state of the mirror, and what is answered of it: asked of all cases, or carried on over the few written."""

from threading import Lock
from time import perf_counter

from .carrier import LESS_SURE, LastAnswer, Unsure, carried
from .few import FewRows, few_rows, with_rows
from .mirror import CASES, REGIONS
from .words import WORDS

NO_CASE = -1  # a key that none has


class MirrorMoment:
    """The state that a mirror has now, for whoever asks it several questions, whatever it is brought to meanwhile."""

    def __init__(self, mirror):
        self.mirror, self.state, self.change, self.words = mirror, mirror.state, mirror.change, mirror.words.views
        self._cursor, self._lock, self._found_of, self._with_words = None, Lock(), {}, {}
        mirror.moments.add(self)

    def hold(self):
        """Have DuckDB keep this state from here on. Most answers ask it nothing, and for them it would be in vain.

        So it is done with the first question, or by who is about to bring the mirror to another state.
        """
        with self._lock:
            if self._cursor is None and self in self.mirror.moments:
                self._cursor = self.mirror.cursor().execute("BEGIN")
                self._cursor.execute(f"SELECT id FROM {CASES} LIMIT 0")  # DuckDB's is that of the first look  # noqa: S608

    def rows(self, statement, adds_up=None):
        """What a whole statement finds, as a list of tuples; asked once while nothing changes what it is made of.

        What `adds_up` (`regions.keeping`) is carried on where few cases were written since it was asked.
        """
        statement = self.mirror.with_kept(statement)
        since = self.mirror.last_change(statement)
        if since > self.change:
            return self.ask(statement)
        is_carried = adds_up and self.mirror.carrier.about(statement)
        make = self._carried_or_asked if is_carried else lambda *_asked: self.ask(statement)
        return self.mirror.answers.get((statement, since), lambda: make(statement, since, adds_up))

    def ask(self, statement):
        self.hold()
        return self.mirror.ask(statement, self._cursor)

    def _carried_or_asked(self, statement, since, adds_up):
        last = self.mirror.carrier.last(statement, since)
        carried_on = last and self._carried_on(statement, last, since, adds_up)
        if carried_on:
            rows, answer = carried_on
        else:
            started = perf_counter()
            rows = self.ask(statement)
            answer = LastAnswer(since, 0, perf_counter() - started, last.seconds_of_few * LESS_SURE if last else 0)
        before = self.mirror.carrier.answered(statement, answer)
        if before and before.change < since:
            self.mirror.answers.forget((statement, before.change))
        return rows

    def _carried_on(self, statement, last, since, adds_up):
        """(what was answered last, put right by what was written until `since`; its LastAnswer); None to ask all."""
        carrier, answer = self.mirror.carrier, last._replace(change=since)
        rows, written = self.mirror.answers.known((statement, last.change)), carrier.between(last.change, since)
        if rows is None or written is None or self.mirror.has_changed_beside_cases(statement, last.change):
            return None
        found = self._found(carrier.about(statement), last.change, since, written)
        kinds = self.mirror.named(CASES, statement)
        written = [row for row in written if row.says_another(kinds)]
        was = [row.was for row in written if (row.key, False) in found]
        became = [row.became for row in written if (row.key, True) in found]
        if not (was or became):
            return rows, answer
        if not last.pays:
            return None
        started = perf_counter()
        less, more = (self._ask_few(few_rows(CASES, kinds, few), statement) if few else [] for few in (was, became))
        seconds = max(last.seconds_of_few, perf_counter() - started)
        try:
            return carried(rows, adds_up, less, more), answer._replace(steps=last.steps + 1, seconds_of_few=seconds)
        except Unsure:
            return None

    def _found(self, about, before, since, written):
        """Which of the written cases a question with this part finds: {(key, whether as it became)}."""
        if not written:
            return set()
        key = about, before, since
        if key not in self._found_of:
            asked = self.mirror.carrier.which(about, self.mirror.named(CASES, about), written)
            self._found_of[key] = {*self._ask_few(*asked)}
        return self._found_of[key]

    def _ask_few(self, cases, statement):
        """What a statement finds of a few `cases` (FewRows), each with its region and all that lie above that."""
        tables, some, found = self.mirror.tables_of(statement), [cases], None
        if REGIONS in tables and "region_id" in cases.kinds:
            regions = self.mirror.regions_above(cases.of("region_id"), statement, self)
            some += [regions] if regions else []
        some += [self._words_of(cases, view) for view in tables if view.startswith(WORDS)]
        if tables <= {few.table for few in some}:
            found = self.mirror.planned.ask(some, statement)
        return self.ask(with_rows([cases], statement)) if found is None else found

    def _words_of(self, cases, view):
        """FewRows in the place of a view of words: the keys of these `cases` that are in it."""
        keys = cases.of("id")
        told = ", ".join(map(str, keys))
        if (view, told) not in self._with_words:
            found = self.ask(f"SELECT id FROM {view} WHERE id IN ({told})")  # noqa: S608 - our own names
            self._with_words[view, told] = {key for (key,) in found}
        has_words = self._with_words[view, told]
        # As many for all cases, so that a plan fits the next as well.
        return FewRows(view, {"id": "BIGINT"}, [(key if key in has_words else NO_CASE,) for key in keys])

    def close(self):
        with self._lock:
            if self._cursor:
                self._cursor.close()
            self.mirror.let_go(self)
