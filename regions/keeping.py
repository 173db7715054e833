"""What is kept for as long as all that it is made of is as it is.

The key is what something is made of, and that is read anew each time: of a row all that was loaded of it, of those that
it refers to and of those that were prefetched; of sums over many rows, which would cost as much as the sums, the
statement as it is sent and the state of the whole database. So nothing can change without the key, and whoever is given
the same is given the same part. What depends on something else, such as the language, has to say so.

A whole answer is kept by what was asked and by who asks: readers are alike who may do the same in the same regions.
"""

from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from hashlib import blake2b
from threading import Lock, local
from time import time

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model
from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.timezone import localdate
from django.utils.translation import get_language

MOST_BYTES = 16 * 1024 * 1024  # of all whole answers that a process keeps
MOST_ROWS = 40_000  # of all answers of the database that a process keeps
MOST_READERS = 1_000  # whose rights a process keeps
MOST_MADE = 1_000  # things that it keeps until a table is written
# Rows are sorted without the text that parts equal ones where no more than so many after the last that is asked for are
# equal to it, and that is among the first so many.
MOST_EQUAL, MOST_NEAR = 200, 1_000
FEW = 1_000  # rows of which all are sorted sooner than the first are found in their order
# Of more rows than this an index has the first in the order of their model sooner than columns sort them. It may read
# many that are not asked for, and of fewer nearly all; PostgreSQL takes a province for a town, and sorts all it has.
MOST_SORTED = 100_000
PLAIN = (str, int, float, bool, Decimal, date, type(None))
_EXACTLY_PLAIN = frozenset(PLAIN)


class KeptParts:
    """What one process keeps, the oldest forgotten first. All of it has at most the size `most`.

    What is `shared` the processes of a server may make together: the `repr` of its keys is the same in all of them.
    """

    def __init__(self, most, size_of=len, *, shared=False):
        self.most, self.size_of, self.shared = most, size_of, shared
        self._parts, self._being_made, self._lock, self._size = {}, {}, Lock(), 0

    def get(self, key, make):
        """The part under `key`, which `make` makes if there is none; it may ask for others. None is not kept.

        Who asks the same meanwhile waits for this one, and makes their own where there is none.
        """
        part = self._parts.get(key)
        if part is not None:
            return part
        with self._lock:
            others = self._being_made.get(key)
            if others is None:
                made = self._being_made[key] = Future()
        if others is not None:
            part = others.result()
            return make() if part is None else part
        try:
            part = self._parts.get(key)  # made since it was looked for
            if part is None:
                part = _together(key, make) if self.shared and _together else make()
                self._keep(key, part)
            return part
        finally:
            with self._lock:
                del self._being_made[key]
            made.set_result(part)

    def known(self, key):
        """The part under `key` if there is one."""
        return self._parts.get(key)

    def forget(self, key):
        with self._lock:
            part = self._parts.pop(key, None)
            self._size -= 0 if part is None else self.size_of(part)

    def _keep(self, key, part):
        if part is None:
            return
        with self._lock:
            if key not in self._parts:
                self._parts[key] = part
                self._size += self.size_of(part)
            while self._size > self.most and len(self._parts) > 1:
                self._size -= self.size_of(self._parts.pop(next(iter(self._parts))))


_answers = KeptParts(MOST_ROWS, size_of=lambda rows: len(rows) + 1)
_bodies = KeptParts(MOST_BYTES, size_of=lambda body: len(body[0]), shared=True)
_rights = KeptParts(MOST_READERS, size_of=lambda _rights: 1)
_made_of_tables = KeptParts(MOST_MADE, size_of=lambda _made: 1)

_asked_first = _begin = _last_write = _together = None
_here = local()


class Moment(ExitStack):
    """The state of the database that an answer is of: its text, once it was asked for, and whose moment it is besides.

    What is entered ends with the answer.
    """

    state = columns = None


@contextmanager
def at_one_moment():
    """Inside, all that this thread is told here is of one state of the database: it reads and does not write."""
    before = moment_here()
    with Moment() as _here.moment:
        try:
            yield
        finally:
            _here.moment = before


def moment_here():
    """The Moment of this thread's answer; None where each look is of a moment of its own."""
    return getattr(_here, "moment", None)


def ask_first(other, begin=None, last_write=None):
    """Let `other` answer what PostgreSQL is asked here: a function as `rows_found`, None where it cannot.

    What it says must be of the state of this thread's Moment, where it has one, and else of now or of later. `begin` is
    called before that state is used for the first time, and may set it. `last_write`, of some tables, is another after
    each write to one of them; None where it does not know.
    """
    global _asked_first, _begin, _last_write
    _asked_first, _begin, _last_write = other, begin, last_write


def make_together(together):
    """Let `together`, a function of (key, make), make what processes share; with None each makes its own."""
    global _together
    _together = together


def rows_found(statement, parameters, adds_up=None):
    """What a SELECT finds: a list of tuples, which nobody changes. The database is asked once while nobody writes.

    Where each case adds to its rows by itself, `adds_up` says how, by a sign for each column: "=" tells rows apart, "#"
    is a number and never NULL, the first of them that of the cases, "+" a sum, which of nothing is NULL, "<" the least
    and ">" the greatest. Then a write does not have all asked again, and rows come in any order.
    """
    return _kept(statement, parameters, lambda: _ask(statement, parameters, adds_up))


def rows_of_query(values, adds_up=None):
    """The same of a queryset of plain values."""
    return _rows(values, rows_found, "{}", adds_up)


def made_of_tables(name, tables, make):
    """What `make` makes of some tables alone: once until one of them is written, where that is known.

    `name` says what is made; nobody changes it.
    """
    written = _last_write(tables) if _last_write and not connection.in_atomic_block else None
    return make() if written is None else _made_of_tables.get((written, name), make)


def some_of(rows, some, shown, of=None):
    """The `some` (a slice) of the queryset `rows` in its order, a queryset. `shown` is all that the reader may see.

    Both load what is asked of a row. There are `of` rows, where that is known.

    The last of that order is a text which parts equal rows, a column of them. Their keys are found first: columns,
    which may be asked for these, sort a million rows in ten milliseconds. By keys alone PostgreSQL reads no more than
    these; beside a province, which it takes for a town, all that it has.
    """
    order = rows.query.order_by or rows.model._meta.ordering
    if of is not None and of > MOST_SORTED and some.stop <= MOST_NEAR and _is_that_of_the_model(order, rows.model):
        return rows[some]
    keys, within = _some_keys(rows, some, order, of)
    return shown.filter(pk__in=keys).order_by(*order)[within]  # one may have gone meanwhile


def _is_that_of_the_model(order, model):
    names = [by if isinstance(by, str) else _name_of(by) for by in order]
    return names == [*model._meta.ordering]


def _name_of(by):
    """An order by a column as a text like "-occurred_on"; None of any other."""
    is_plain = hasattr(by.expression, "name") and not (by.nulls_first or by.nulls_last)
    return f"{'-' if by.descending else ''}{by.expression.name}" if is_plain else None


def _some_keys(rows, some, order, of):
    """(keys of rows, the slice of these in their order that is `some`).

    To read the text of all rows is most of what columns would do to sort them; so they are sorted without it, where no
    more than a few are equal to the last of `some`, and all that are equal to its first or last are among the keys.
    """
    if len(order) == 2 and some.stop <= MOST_NEAR:
        by, start = order[0], some.start or 0
        # For the first fifty of two PostgreSQL's planner would look at all cases in that order.
        most = None if of is not None and of <= FEW else some.stop + MOST_EQUAL
        column = by.lstrip("-") if isinstance(by, str) else by.expression
        found = rows_of_query(rows.order_by(by)[:most].values_list("pk", column))
        inside = [value for _key, value in found[start : some.stop]]
        if not inside:
            return [], slice(None)
        if most is None or len(found) < most or inside[-1] != found[-1][1]:
            values = [value for _key, value in found]
            first, last = values.index(inside[0]), len(values) - values[::-1].index(inside[-1])
            return [key for key, _value in found[first:last]], slice(start - first, some.stop - first)
    return [key for (key,) in rows_of_query(rows[some].values_list("pk"))], slice(None)


def rows_over(values, statement, adds_up=None):
    """The rows of a SELECT `statement` from the rows of a queryset, which stand for its {}; none without any."""
    return _rows(values, rows_found, statement, adds_up)


def rows_of_now(values, statement="{}", adds_up=None):
    """The same, and nothing is kept: for what `made_while_nobody_writes` keeps."""
    return _rows(values, _ask, statement, adds_up)


def _rows(values, find, statement, adds_up):
    try:
        found, parameters = values.query.sql_with_params()
    except EmptyResultSet:
        return []
    return find(statement.format(found), parameters, adds_up)


def _ask(statement, parameters, adds_up):
    # Inside a transaction others do not see what it wrote.
    found = _asked_first(statement, parameters, adds_up) if _asked_first and not connection.in_atomic_block else None
    if found is None:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            found = cursor.fetchall()
    return found


def row_over(values, statement, adds_up=None):
    """The only row of such a statement; None without any."""
    return next(iter(rows_over(values, statement, adds_up)), None)


def number_of(rows):
    """How many rows a queryset finds."""
    found = row_over(rows.order_by().values_list("pk"), "SELECT count(*) FROM ({}) AS found", "#")
    return found[0] if found else 0


def made_while_nobody_writes(name, values, make):
    """The list that `make` makes of the rows of `values` and of what is beside them in the database.

    `name`, a text or a tuple, says what is made of them.

    What it asks for by `rows_of_now` is not kept a second time. The statement of `values` says what its reader may see,
    so that two readers who ask the same may be given the same.
    """
    try:
        return _kept(*values.query.sql_with_params(), make, name)
    except EmptyResultSet:
        return make()


def key_while_nobody_writes(statement, parameters):
    """The key of what the rows of a SELECT and all that is beside them in the database say now, None without one."""
    state = _state_of_sums()
    return state and (state, connection.ops.compose_sql(statement, parameters))


def key_of_readers_alike(request, user, *, asks_for_saved=True, of_sums=False):
    """Equal only for readers who may see and do the same, and ask the same while nobody writes. None without one.

    With `of_sums` it is for parts of a page that are sums: they are of the moment that begins here.
    What is kept by it must show nothing of the reader: no name, no token of a form, nothing that they own. So a saved
    question, which `view` asks for, is kept for one reader.
    """
    # Before the regions: so that of readers of other regions nothing gets under it.
    state = _state_of_sums() if of_sums else state_of_the_database()
    if state is None:
        return None
    told = request.META
    return (
        state, user.is_authenticated, _rights.get((state, user.pk), lambda: _rights_of(user)),
        user.pk if asks_for_saved and "view" in request.GET else None,
        int(time()) // 3600, localdate(), get_language(), request.build_absolute_uri(),
        *(told.get(name) for name in ("HTTP_ACCEPT", "HTTP_HX_REQUEST", "HTTP_HX_TARGET")),
    )  # fmt: skip


def _rights_of(user):
    """(what `user` may do, where), of which equal ones make readers alike."""
    regions = user.scopes.values_list("region", flat=True) if user.is_authenticated else ()
    return tuple(sorted(user.get_all_permissions())), tuple(sorted(regions))


def answer_for_readers_alike(request, user, make):
    """The answer to GET that `make` makes, made once for readers alike; of its headers only the type is kept."""
    key = key_of_readers_alike(request, user)
    if key is None:
        return make()

    def parts():
        made = make()
        return made.content, made["Content-Type"], made.status_code

    content, kind, status = _bodies.get(key, parts)
    return HttpResponse(content, content_type=kind, status=status)


def _kept(statement, parameters, make, *also):
    key = key_while_nobody_writes(statement, parameters)
    if key is None:
        return make()
    return _answers.get(key + also, make)


# Equal only where nothing has been written in between. A standby's snapshot does not say what it saw, but it shows all
# that it has replayed. After a crash numbers of transactions that were lost are given again; so the last checkpoint is
# part of it.
STATE = """
    (SELECT concat_ws(' ', current_database(), pg_postmaster_start_time(), checkpoint_lsn, CASE WHEN pg_is_in_recovery()
        THEN pg_last_wal_replay_lsn()::text ELSE pg_current_snapshot()::text END) FROM pg_control_checkpoint())
"""


def state_of_the_database():
    """Equal only where nothing has been written in between. None where that cannot be said.

    Inside a transaction one's own rows are no part of a snapshot. Of a replica in the place of the primary it is the
    state of the primary that it has reached: what is kept of either is given to readers of both.
    """
    if connection.in_atomic_block:
        return None
    moment = moment_here()
    state = (moment and moment.state) or getattr(connection, "reached", None)
    if state is None:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {STATE}")
            state = cursor.fetchone()[0]
    if moment:
        moment.state = state
    return state


def _state_of_sums():
    if _begin and moment_here() and not connection.in_atomic_block:
        _begin()
    return state_of_the_database()


def key_made_of(*values):
    """The key of what is made of `values` alone."""
    return key_of_plain(told(values))


def key_of_plain(plain):
    """16 bytes that stand for plain values, which `repr` tells apart."""
    return blake2b(repr(plain).encode(errors="surrogatepass"), digest_size=16).digest()


def told(value):
    """A value as plain values, of which equal ones show the same."""
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, (list, tuple)):
        return _all_told(value)
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, Model):
        return all_loaded(value)
    if isinstance(value, dict):
        return [*zip(_all_told(value), _all_told(value.values()), strict=True)]
    return _all_told([getattr(value, name) for name in _names_of_fields(type(value))])


def _all_told(values):
    # Most are plain already, and a call costs more than a look.
    return [value if type(value) in _EXACTLY_PLAIN else told(value) for value in values]


@cache
def _names_of_fields(kind):
    if not is_dataclass(kind):
        raise TypeError(f"Nothing can be kept by {kind.__name__}.")
    return [field.name for field in fields(kind)]


def all_loaded(row, within=()):
    """The values of a row and of all rows that were loaded with it; `within` are the rows that lead to it."""
    if any(row is above for above in within):
        return None
    within = (*within, row)
    values = [value for name, value in row.__dict__.items() if name[0] != "_"]
    others = row._state.fields_cache.items()
    lists = getattr(row, "_prefetched_objects_cache", {}).items()
    return (
        values,
        [(name, all_loaded(other, within)) for name, other in others if other is not None],
        [(name, [all_loaded(other, within) for other in rows]) for name, rows in lists],
    )
