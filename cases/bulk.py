"""Many rows in few statements."""

import gc
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import islice

from django.contrib.postgres.fields import ArrayField
from django.db import connection, connections, models

from regions.grammar.keys import new_keys

from .models import Case

AT_A_TIME = 1_000
SELDOM = (50_000, 20, 20)
NUMBERS = {"bigint", "integer", "smallint", "double precision"}  # types of the database


@contextmanager
def many_rows():
    """While thousands of rows are made and kept, Python looks less often for garbage that is not there."""
    usual = gc.get_threshold()
    gc.set_threshold(*SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def batches(items: Iterable, size: int = AT_A_TIME) -> Iterator[list]:
    """`items` as lists of at most `size` each, without all of them in memory at once."""
    items = iter(items)
    while batch := list(islice(items, size)):
        yield batch


@contextmanager
def in_processes(number: int) -> Iterator[Callable]:
    """A `map` whose items `number` other processes work at, each with connections of its own; of less than 2 this one.

    As to `Executor.map` a `chunksize` can be given to it; but they work only a little ahead of who takes what they
    made. Not inside a transaction: connections are opened anew.
    """
    if number < 2:
        yield lambda make, items, chunksize=1: map(make, items)
        return
    connections.close_all()  # a connection is nobody's who did not open it
    method = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(number, mp_context=method, initializer=connections.close_all) as pool:
        try:
            pool.submit(int).result()  # they begin now: later they would inherit, and close, what was opened meanwhile
            yield partial(_a_little_ahead, pool, 2 * number)
        finally:
            pool.shutdown(cancel_futures=True)


def _a_little_ahead(pool, most, make, items, chunksize=1):
    coming = deque()
    for some in batches(items, chunksize):
        coming.append(pool.submit(_made_of, make, some))
        if len(coming) > most:
            yield from coming.popleft().result()
    while coming:
        yield from coming.popleft().result()


def _made_of(make, items):
    return [*map(make, items)]


def among(keys: Iterable[int]) -> models.Func:
    """Thousands of primary keys for a lookup `__in`, as one array: Django would look at each of them several times."""
    array = models.Value(list(keys), output_field=ArrayField(models.BigIntegerField()))
    return models.Func(array, template="SELECT unnest(%(expressions)s)", output_field=models.BigIntegerField())


class AnyOf(models.Func):
    """Whether the field `name` is one of thousands of `numbers`, for `filter`: as `among`, and beside other conditions.

    Joined to others by OR, a subquery would have PostgreSQL read the whole table; for an array it asks the index.
    """

    output_field = models.BooleanField()
    template, arg_joiner = "%(expressions)s", " = "

    def __init__(self, name: str, numbers: Iterable[int]):
        # Of the type that the numbers ask for: as bigint PostgreSQL would guess badly how many of an integer there are.
        super().__init__(name, models.Func(models.Value(list(numbers)), function="ANY"))


def prefetch_lists(rows: Iterable[models.Model], *names: str) -> None:
    """Load the rows that `rows` are related to by `names`, for `.all()`, as plain lists.

    What Django keeps for each row and name is a queryset: the sheet of 15,000 cases took three times as long with them.
    """
    models.prefetch_related_objects(rows, *(models.Prefetch(name, to_attr=f"{name}_listed") for name in names))
    for row in rows:
        kept = row.__dict__.setdefault("_prefetched_objects_cache", {})
        for name in names:
            kept[name] = row.__dict__.pop(f"{name}_listed")


def update_all(model: type[models.Model], instances: Iterable[models.Model], names: Iterable[str]) -> None:
    """Write the fields `names` of `instances`. Django's `bulk_update` would need a CASE WHEN for each value."""
    fields = [model._meta.get_field(name) for name in names]
    types = {
        field.column: field.rel_db_type(connection) if field.is_relation else field.db_type(connection)
        for field in fields
    }
    rows = [
        (instance.pk, *(field.get_db_prep_save(getattr(instance, field.attname), connection) for field in fields))
        for instance in instances
    ]
    update_columns(model, types, rows)


def update_columns(
    model: type[models.Model],
    types: Mapping[str, str],
    rows: Iterable[Sequence],
    *,
    expressions: Mapping[str, str] | None = None,
    unless_equal: bool = False,
) -> None:
    """Write columns of the rows of `model`, with one statement for every AT_A_TIME rows.

    `types` are the database types of the columns, by name; `rows` are (primary key, a value for each of `types`).
    `expressions` give the SQL of a column that is not simply `new.<column>`, also of columns that `types` do not name.
    With `unless_equal` a row that has these values already is left alone.
    """
    quote, table = connection.ops.quote_name, connection.ops.quote_name(model._meta.db_table)
    new_values, new_rows = _new(types, expressions)
    assignments = ", ".join(f"{quote(name)} = {value}" for name, value in new_values.items())
    statement = f"UPDATE {table} SET {assignments} FROM {new_rows} WHERE {table}.id = new.id"  # noqa: S608 - our own names
    if unless_equal:
        stored, given = (", ".join(f"{owner}.{quote(name)}" for name in types) for owner in (table, "new"))
        statement += f" AND ({stored}) IS DISTINCT FROM ({given})"
    with connection.cursor() as cursor:
        for batch in batches(rows):
            cursor.execute(statement, _arrays(types, zip(*batch, strict=True)))


def differing_columns(
    model: type[models.Model],
    types: Mapping[str, str],
    rows: Iterable[Sequence],
    *,
    expressions: Mapping[str, str] | None = None,
) -> dict[int, list[str]]:
    """{primary key: names of the columns} of what `update_columns` would change, asked in the same way."""
    quote, table = connection.ops.quote_name, connection.ops.quote_name(model._meta.db_table)
    new_values, new_rows = _new(types, expressions)
    differing = ", ".join(
        f"CASE WHEN {table}.{quote(name)} IS DISTINCT FROM {value} THEN '{name}' END"
        for name, value in new_values.items()
    )
    statement = (
        f"SELECT new.id, array_remove(ARRAY[{differing}], NULL)"  # noqa: S608 - our own names
        f" FROM {new_rows} JOIN {table} ON {table}.id = new.id"
    )
    found = {}
    with connection.cursor() as cursor:
        for batch in batches(rows):
            cursor.execute(statement, _arrays(types, zip(*batch, strict=True)))
            found |= {pk: names for pk, names in cursor.fetchall() if names}
    return found


def _new(types, expressions):
    """({column: the SQL of its new value}, the SQL of the new rows, a parameter for each column, `id` first)."""
    quote = connection.ops.quote_name
    arrays = ", ".join(f"%s::{kind.partition('(')[0]}[]" for kind in ("bigint", *types.values()))
    values = {name: f"new.{quote(name)}" for name in types} | dict(expressions or {})
    return values, f"unnest({arrays}) AS new (id, {', '.join(map(quote, types))})"


def insert_columns(model: type[models.Model], types: Mapping[str, str], rows: Sequence[Sequence]) -> None:
    """Insert `rows`, the values of the columns `types`, in one statement. What is there already is left alone."""
    if not rows:
        return
    _values, new_rows = _new(types, None)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {model._meta.db_table} (id, {', '.join(types)})"  # noqa: S608 - our own names
            f" SELECT * FROM {new_rows} ON CONFLICT DO NOTHING",
            _arrays(types, [new_keys(model, len(rows)), *zip(*rows, strict=True)]),
        )


def _arrays(types, columns):
    """The columns of new rows as parameters, that of the keys first.

    Many numbers are one text: psycopg2 would look at each by itself, for 3 microseconds.
    """
    kinds = ("bigint", *types.values())
    return [
        f"{{{','.join(['NULL' if value is None else str(value) for value in values])}}}"
        if kind in NUMBERS
        else list(values)
        for kind, values in zip(kinds, columns, strict=True)
    ]


def unlink(through: type[models.Model], pairs: Iterable[tuple[int, int]]) -> None:
    """Delete the rows of `through` that join a case to an agency or a source; `pairs` are their keys."""
    other = "agency_id" if through is Case.agencies.through else "source_id"
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {through._meta.db_table} USING unnest(%s::bigint[], %s::bigint[]) AS gone (a, b)"  # noqa: S608
            f" WHERE case_id = gone.a AND {other} = gone.b",
            [list(column) for column in zip(*pairs, strict=True)],
        )
