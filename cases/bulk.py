"""Many rows in few statements."""

from django.db import connection

from .models import Case

AT_A_TIME = 1_000


def update_all(model, instances, names):
    """One statement for a thousand rows. `bulk_update` would say each value of each row as a case of its own."""
    fields = [model._meta.get_field(name) for name in names]
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    types = [one.rel_db_type(connection) if one.is_relation else one.db_type(connection) for one in fields]
    columns = [quote(one.column) for one in fields]
    change = ", ".join(f"{column} = new.{column}" for column in columns)
    arrays = ", ".join(f"%s::{kind.partition('(')[0]}[]" for kind in ("bigint", *types))
    statement = (
        f"UPDATE {table} SET {change} FROM unnest({arrays}) AS new (id, {', '.join(columns)})"  # noqa: S608 - our own names
        f" WHERE {table}.id = new.id"
    )
    with connection.cursor() as cursor:
        for some in batches(instances):
            values = [[one.get_db_prep_save(getattr(row, one.attname), connection) for row in some] for one in fields]
            cursor.execute(statement, [[row.pk for row in some], *values])


def unlink(through, pairs):
    other = "agency_id" if through is Case.agencies.through else "source_id"
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {through._meta.db_table} USING unnest(%s::bigint[], %s::bigint[]) AS gone (a, b)"  # noqa: S608
            f" WHERE case_id = gone.a AND {other} = gone.b",
            [list(column) for column in zip(*pairs, strict=True)],
        )


def batches(items, size=AT_A_TIME):
    items = list(items)
    for start in range(0, len(items), size):
        yield items[start : start + size]
