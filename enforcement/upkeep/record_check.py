"""Whether all that is stored is whole and agrees: documents, constraints, triggers, sums, words, and the history."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator

import pgtrigger
from django.db import connection

from cases.actions.summing import SUMS, sums_of
from cases.bulk import batches, differing_columns
from cases.doubts import open_doubts
from cases.history import trust
from cases.models import Case, FactorSet
from cases.selection import search

from . import tables
from .archive import AT_A_TIME
from .backup import Steps, documents_dir

CASES_AT_A_TIME = 500


def faults(kept_heads=(), steps=None) -> Iterator[str]:
    """Everything that is not whole, a sentence each. Nothing is changed."""
    steps = steps or Steps()
    yield from _documents(steps)
    yield from _constraints(steps)
    yield from _triggers()
    yield from _sums(steps)
    steps.begin("History")
    yield from trust.speaks_against(kept_heads)


def _documents(steps):
    with connection.cursor() as cursor:
        named = tables.files(cursor)
    paths = {entry.name: documents_dir() / entry.name for entry in named}
    steps.begin("Documents", sum(path.stat().st_size for path in paths.values() if path.is_file()))
    for entry in named:
        path = paths[entry.name]
        if not path.is_file():
            if entry.must_be_there:
                yield f"Document {entry.name} is missing"
            continue
        size, digest = path.stat().st_size, hashlib.sha256()
        with path.open("rb") as file:
            while content := file.read(AT_A_TIME):
                digest.update(content)
                steps.went_on(len(content))
        if entry.sha256 not in (None, digest.hexdigest()) or entry.size not in (None, size):
            yield f"Document {entry.name} is not as it came"


_CONSTRAINTS = """
    SELECT class.relname, con.conname, con.contype, con.convalidated, pg_get_expr(con.conbin, con.conrelid),
        con.confrelid::regclass::text,
        ARRAY(SELECT quote_ident(attname) FROM unnest(con.conkey) WITH ORDINALITY AS key (number, at)
            JOIN pg_attribute ON attrelid = con.conrelid AND attnum = key.number ORDER BY at),
        ARRAY(SELECT quote_ident(attname) FROM unnest(con.confkey) WITH ORDINALITY AS key (number, at)
            JOIN pg_attribute ON attrelid = con.confrelid AND attnum = key.number ORDER BY at)
    FROM pg_constraint AS con JOIN pg_class AS class ON class.oid = con.conrelid
    WHERE con.connamespace = 'public'::regnamespace AND con.contype IN ('c', 'f') ORDER BY 1, 2
"""


def _constraints(steps):
    """Rows that break a constraint: whoever writes past the triggers of the database writes past foreign keys too."""
    steps.begin("Constraints")
    with connection.cursor() as cursor:
        cursor.execute(_CONSTRAINTS)
        for table, name, kind, validated, condition, other, columns, keys in cursor.fetchall():
            if not validated:
                yield f"{table}: the constraint {name} does not hold for all rows"
            if kind == "c":
                cursor.execute(f'SELECT count(*) FROM "{table}" WHERE NOT ({condition})')  # noqa: S608
            else:
                pairs = " AND ".join(f"other.{key} = own.{column}" for column, key in zip(columns, keys, strict=True))
                given = " AND ".join(f"own.{column} IS NOT NULL" for column in columns)
                cursor.execute(
                    f'SELECT count(*) FROM "{table}" AS own WHERE {given}'  # noqa: S608
                    f" AND NOT EXISTS (SELECT FROM {other} AS other WHERE {pairs})"
                )
            (count,) = cursor.fetchone()
            if count:
                yield f"{table}: {count} rows break {name}"


def _triggers():
    """The history is written, and kept from being changed, by triggers: each must be there, as it was made."""
    for model, trigger in pgtrigger.registered():
        status, enabled = trigger.get_installation_status(model)
        if status != "INSTALLED" or enabled is False:
            yield f"{model._meta.db_table}: the trigger {trigger.name} is not there, or not as it was made"


def _sums(steps):
    """What `sum_up` would write is what is stored: sums, words, and doubts without likely twins.

    What differs is looked at twice: somebody may have saved the case in between.
    """
    keys = list(Case.objects.order_by("occurred_on", "pk").values_list("pk", flat=True))
    given = FactorSet.objects.assumptions()
    steps.begin("Cases", len(keys))
    for batch in batches(keys, CASES_AT_A_TIME):
        differing = _differing(_differing(batch, given), given)
        for case in Case.objects.filter(pk__in=differing).order_by("ref").only("ref"):
            yield f"Case {case.ref}: {', '.join(differing[case.pk])} not as calculated"
        steps.went_on(len(batch))


def _differing(pks, given):
    """{primary key: what differs} of those of the cases `pks` that are not stored as calculated."""
    cases, found = Case.objects.filter(pk__in=pks), defaultdict(list)
    for differing in (
        differing_columns(Case, SUMS, sums_of(cases, given)),
        differing_columns(Case, search.WORDS, search.vectors(cases), expressions=search.AS_WORDS),
        {pk: ["doubts"] for pk in open_doubts.differing(pks)},
    ):
        for pk, names in differing.items():
            found[pk] += names
    return found
