"""The published record as it stood at a moment, read out of its history (`regions.models.history`).

    moment → RecordMark → with record_at(mark): everything that reads cases reads them as they stood

Tables in another schema take the names of the tables of the record. PostgreSQL looks there first, so that lists and
files need not know of it. They hold published cases only.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from cases.actions.summing import SUMS, sums_of
from cases.bulk import update_columns
from cases.history.tables import kept_fields, tables
from cases.models import (
    Case,
    CaseAgency,
    CaseSource,
    Citation,
    FactorSet,
    Figure,
    OfficeNumber,
    Raid,
    Rig,
    Seizure,
)
from regions.models import Agency, Factor, Policy, Provision, Region, Source

# All that a release is made of, and what its sums are calculated from.
MADE_OF = (
    Region, Agency, Source, Policy, Provision, Rig, Factor, Case, CaseAgency, CaseSource, Citation, OfficeNumber, Raid,
    Seizure, Figure,
)  # fmt: skip

TEMPORARY = "pg_temp"  # PostgreSQL's own, of each session; it looks there before all others

# The first event after the mark holds a row as it was before that event; without such an event it is as it is now.
_AS_IT_STOOD = """
INSERT INTO {schema}."{table}" ({columns})
SELECT {columns} FROM public."{table}" AS now
    WHERE NOT EXISTS (SELECT FROM "{events}" WHERE pgh_obj_id = now."{key}" AND pgh_id > %(mark)s)
UNION ALL SELECT {columns} FROM (
    SELECT DISTINCT ON (pgh_obj_id) * FROM "{events}" WHERE pgh_id > %(mark)s ORDER BY pgh_obj_id, pgh_id
) AS next WHERE pgh_label <> 'insert'
"""


@dataclass(frozen=True)
class RecordMark:
    """A moment of the record: in each table of events everything up to an event had happened, and nothing after it."""

    moment: datetime
    events: dict[str, int]
    method: int  # the number of the factor set; 0 before there was one

    @classmethod
    def read(cls, made):
        """The mark of a release, by what is known of its making."""
        return cls(datetime.fromisoformat(made["moment"]), made["events"], made["method"])


def mark_now() -> RecordMark:
    """The record as it is. Waits until nobody writes; who writes then waits for some milliseconds."""
    quote, found = connection.ops.quote_name, {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {', '.join(quote(model._meta.db_table) for model in MADE_OF)} IN SHARE MODE")
        for model in MADE_OF:
            events = tables()[model]._meta.db_table
            cursor.execute(f"SELECT coalesce(max(pgh_id), 0) FROM {quote(events)}")  # noqa: S608 - our own names
            [found[events]] = cursor.fetchone()
        cursor.execute("SELECT clock_timestamp()")
        [moment] = cursor.fetchone()
        mark = RecordMark(moment, found, FactorSet.objects.current().number)
        transaction.set_rollback(True)  # what was locked is free again
    return mark


@contextmanager
def record_at(mark: RecordMark):
    """Within, the tables of the record are those of `mark`, with published cases only, and can be read."""
    with transaction.atomic():
        try:
            fill(TEMPORARY, mark)  # gone when the block ends
            yield
        finally:
            transaction.set_rollback(True)


def fill(schema, mark):
    """Make the tables of the record as of `mark` in a `schema` that is looked in first, with published cases only."""
    with connection.cursor() as cursor:
        for model in MADE_OF:
            _fill(cursor, schema, model, mark.events[tables()[model]._meta.db_table])
        cursor.execute(f'DELETE FROM {schema}."{Case._meta.db_table}" WHERE NOT published')  # noqa: S608
        cursor.execute(f'ANALYZE {schema}."{Case._meta.db_table}"')
    given = (FactorSet.objects.filter(number=mark.method).first() or FactorSet(number=0)).assumptions
    update_columns(Case, SUMS, sums_of(Case.objects.all(), given))


def _fill(cursor, schema, model, mark):
    table, kept = model._meta.db_table, kept_fields(model)
    # With its generated columns, but without triggers: nothing that happens here is history.
    cursor.execute(f'CREATE TABLE {schema}."{table}" (LIKE public."{table}" INCLUDING GENERATED)')
    for field in model._meta.concrete_fields:
        if field not in kept and not field.generated and not field.null:
            cursor.execute(f'ALTER TABLE {schema}."{table}" ALTER COLUMN "{field.column}" DROP NOT NULL')
    columns = ", ".join(f'"{field.column}"' for field in kept)
    events, key = tables()[model]._meta.db_table, model._meta.pk.column
    cursor.execute(
        _AS_IT_STOOD.format(schema=schema, table=table, columns=columns, events=events, key=key), {"mark": mark}
    )
    cursor.execute(f'ALTER TABLE {schema}."{table}" ADD PRIMARY KEY ("{key}")')
    for field in kept:
        if field.is_relation:
            cursor.execute(f'CREATE INDEX ON {schema}."{table}" ("{field.column}")')
