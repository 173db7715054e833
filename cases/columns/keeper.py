"""Sums over many cases are answered by DuckDB, in this process, from a mirror of the record in columns.

The question stays one. `regions.keeping` sends a SELECT here first, as the ORM or we put it together for PostgreSQL;
`Keeper.rows` answers it, or says None, and PostgreSQL is asked. A statement that names what is not mirrored (places,
texts) or that DuckDB does not understand is PostgreSQL's from then on. Words are in PostgreSQL's index alone: it is
asked once which cases have them, as of the state of the mirror.
"""

import logging
import re
import threading
import time
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from cases.models import Case
from regions import keeping

from .mirror import Mirror
from .moment import MirrorMoment

log = logging.getLogger(__name__)

HAS_WORDS = re.compile(r'"words" @@ \(%s::tsquery\)')  # as the ORM writes it
LATER = 60  # seconds until a mirror that is not worth it, or could not be filled, is thought of again


class Keeper:
    """Keeps the mirror of a process, which a thread of its own fills where the record has `least` cases or more."""

    def __init__(self, least):
        self.least, self.mirror, self.state = least, None, "not asked for yet"
        self._lock = threading.Lock()  # one at a time brings the mirror up to date
        self._filling, self._next_try = None, 0.0
        self._not_ours = set()  # statements that DuckDB does not understand

    def rows(self, statement, parameters, adds_up=None):
        """What a SELECT finds, or None: then PostgreSQL answers. How it `adds_up`, `regions.keeping` says."""
        if statement in self._not_ours:
            return None
        places = [statement.count("%s", 0, words.start()) for words in HAS_WORDS.finditer(statement)]
        questions = [parameters[place] for place in places]
        others = [value for place, value in enumerate(parameters) if place not in places]
        with self._moment(questions) as moment:
            if moment is None:
                return None
            view = iter([moment.words[question] for question in questions])
            asked = HAS_WORDS.sub(lambda _words: f'"id" IN (SELECT id FROM {next(view)})', statement)  # noqa: S608 - our own name
            whole = connection.ops.compose_sql(asked, others)
            if "\\" in whole:  # PostgreSQL reads it in a way of its own
                return None
            return self._answer(moment, statement, whole, adds_up)

    def begin(self):
        """Let the answer of this thread be of one state of the mirror from here on."""
        with self._moment(()):
            pass

    def last_write(self, tables):
        """Another after each write to one of the `tables`, None where that is not known: a replica may be behind."""
        with self._moment(()) as moment:
            if moment is None or getattr(connection, "reached", None):
                return None
            return moment.mirror.token, moment.mirror.last_write(tables)

    @contextmanager
    def _moment(self, questions):
        """The MirrorMoment of this thread's answer, or one of now; None without a mirror of now."""
        answer = keeping.moment_here()
        held = answer and answer.columns
        if held and all(question in held.words for question in questions):
            yield held
            return
        state = keeping.state_of_the_database() if answer else None
        with self._lock:
            moment = self._now(questions, state)
        if moment and answer:
            answer.callback(moment.close)
            answer.columns = moment
            if not getattr(connection, "reached", None):  # rows that a replica shows may be older than the mirror
                answer.state = moment.state
        try:
            yield moment
        finally:
            if moment and not answer:
                moment.close()

    def _answer(self, moment, statement, whole, adds_up):
        """What the mirror answers to `whole`, a statement with its values and the views of its words."""
        import duckdb  # which the mirror has loaded: where there is none, nobody waits for it

        try:
            return moment.rows(whole, adds_up)
        except (
            duckdb.BinderException,
            duckdb.CatalogException,
            duckdb.ParserException,
            duckdb.NotImplementedException,
        ):
            self._not_ours.add(statement)
        except duckdb.Error:  # such as too little memory
            log.warning("The mirror of the record could not answer; PostgreSQL does.", exc_info=True)
        if answer := keeping.moment_here():
            answer.columns = None  # with an error DuckDB's moment ends
        return None

    def fill_unasked(self, seconds):
        """Fill the mirror after so many seconds, if nobody has asked by then."""
        timer = threading.Timer(seconds, self._ask_nothing)
        timer.daemon = True
        timer.start()

    def _ask_nothing(self):
        with self._lock:
            self._now(())

    def fill(self):
        """Fill the mirror now, if that pays."""
        asked = None
        try:
            asked = _connection_of_its_own()
            if _number_of_cases(asked) < self.least:
                self.state = "not needed"
            else:
                mirror = Mirror(asked)
                mirror.fill()
                self.mirror, self.state, asked = mirror, "ready", None
        except Exception as problem:  # whatever befalls the mirror, PostgreSQL is there
            log.warning("There is no mirror of the record, and PostgreSQL answers alone: %s.", problem)
            self.state = "not available"
        if asked:
            asked.close()

    def _now(self, questions, state=None):
        """The MirrorMoment of now, or of the `state` of the database; None without a mirror. For who has the lock."""
        try:
            if self.mirror:
                if not (state == self.mirror.state and self.mirror.words.views.keys() >= {*questions}):
                    self.mirror.follow(questions)
                return MirrorMoment(self.mirror)
        except Exception as problem:
            log.info("The mirror of the record is filled anew: %s.", problem)
            self.mirror.close()
            self.mirror = None
        self._fill_soon()
        return None

    def _fill_soon(self):
        if time.monotonic() < self._next_try or (self._filling and self._filling.is_alive()):
            return
        self._next_try, self.state = time.monotonic() + LATER, "being filled"
        self._filling = threading.Thread(target=self.fill, daemon=True)
        self._filling.start()


keeper = None


def sum_from_columns():
    """From now on this process answers sums from its mirror. To be called in each process that answers people.

    It is filled when it is first asked, or by `Keeper.fill_unasked`.
    """
    global keeper
    if settings.COLUMNS_FROM_CASES:
        keeper = Keeper(settings.COLUMNS_FROM_CASES)
        keeping.ask_first(keeper.rows, keeper.begin, keeper.last_write)


def _connection_of_its_own():
    """A connection of psycopg2 to the database of the site, as the site itself."""
    own = connection.copy()
    own.ensure_connection()
    return own.connection


def _number_of_cases(asked):
    with asked, asked.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {Case._meta.db_table}")  # noqa: S608 - our own name
        return cursor.fetchone()[0]
