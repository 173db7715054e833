"""Which versions of rows something was made of: the same only while nobody has written any of them.

PostgreSQL gives every version of a row a place and the number of the transaction that wrote it, and the two together
never again. So what was made of one case and of the standing record can be given again after a write to something
else, which `regions.keeping` alone cannot tell.
"""

from functools import cache

from django.apps import apps
from django.core.exceptions import EmptyResultSet
from django.db import connection

from regions.keeping import KeptParts, made_of_tables, rows_found
from regions.models import Agency, Region, Source

from . import (
    Case,
    Citation,
    Disposal,
    Document,
    FactorSet,
    Figure,
    MeasuredAvoided,
    OfficeNumber,
    OpenDoubt,
    Party,
    Raid,
    Rig,
    Sanction,
    Seizure,
)

MOST_MADE = 2_000  # things that a process keeps of the standing record; the record has cases in some 150 regions
OF_A_CASE = (
    Case.agencies.through, Case.sources.through, Citation, Document, Figure, MeasuredAvoided, OfficeNumber,
    OpenDoubt, Party, Raid, Sanction,
)  # fmt: skip
VERSIONS = (
    "SELECT pg_postmaster_start_time(), count(*),"
    " sum(hashtidextended(ctid, (tableoid::bigint << 32) + xmin::text::bigint)) FROM ({}) AS found"
)
VERSIONS_AND_TABLES = VERSIONS.replace(" FROM ", ", array_agg(DISTINCT tableoid::regclass::text) FROM ")


def _linked(link, named):
    """The versions of the rows of `link` of a case, and of those that they name, the rows of the model `named`."""
    return f"""ARRAY(
        SELECT (link.xmin, link.ctid, named.xmin, named.ctid)::text
        FROM {link._meta.db_table} AS link JOIN {named._meta.db_table} AS named
            ON named.id = link.{named._meta.model_name}_id
        WHERE link.case_id = stored.id
    )"""  # noqa: S608 - our own names


# What a row of a list may show beside the case and its sources.
BESIDE = {"agencies": _linked(Case.agencies.through, Agency), "office_numbers": _linked(OfficeNumber, Agency)}
ROWS_OF_A_LIST = f"""
    SELECT stored.id, pg_postmaster_start_time(), stored.tableoid, stored.xmin, stored.ctid, listed.tells_where,
        region.xmin, region.ctid, above.xmin, above.ctid, {_linked(Case.sources.through, Source)}{{beside}}
    FROM ({{listed}}) AS listed (id, tells_where)
    JOIN {Case._meta.db_table} AS stored USING (id)
    JOIN {Region._meta.db_table} AS region ON region.id = stored.region_id
    LEFT JOIN {Region._meta.db_table} AS above ON above.id = region.parent_id
"""  # noqa: S608 - our own names
ROW = "SELECT stored.tableoid, stored.xmin, stored.ctid FROM {} AS stored"
RAID = f" JOIN {Raid._meta.db_table} AS raid ON raid.case_id = ANY(%(pks)s) AND raid.id = "
SEIZURE = f" JOIN {Seizure._meta.db_table} AS seizure ON seizure.id = stored.seizure_id"


def of_the_standing_record():
    """The versions of all regions, policies, factors, sources and rigs, which cases rest on."""

    def ask():
        # The database takes some milliseconds for them, so it is asked once while nobody writes.
        return rows_found(VERSIONS.format(" UNION ALL ".join(ROW.format(table) for table in standing_tables())), [])[0]

    return made_of_tables("versions", standing_tables(), ask)


_made_of_the_standing_record = KeptParts(MOST_MADE, size_of=lambda _made: 1)


def of_standing(name, make, standing=None):
    """What `make()` makes of the standing record alone, until that changes. Readers share it, and none changes it.

    `standing` are the versions of that record, where they are known already.
    """
    return _made_of_the_standing_record.get((standing or of_the_standing_record(), name), make)


def of_cases(pks):
    """The versions of all rows of the cases `pks`, and last the tables that these rows are of."""
    with connection.cursor() as cursor:
        cursor.execute(VERSIONS_AND_TABLES.format(_rows_of_cases()), {"pks": [*pks]})
        return cursor.fetchone()


def of_a_list(cases, *beside):
    """[(key, the versions of all that a row of a list shows of the case)] of a queryset, in no order.

    The cases are of `visible_to`, as a row may show what not every reader is told. `beside` are names of BESIDE.
    """
    try:
        listed, parameters = cases.values_list("pk", "tells_where").query.sql_with_params()
    except EmptyResultSet:
        return []
    arrays = "".join(f", {BESIDE[name]}" for name in beside)
    with connection.cursor() as cursor:
        cursor.execute(ROWS_OF_A_LIST.format(listed=listed, beside=arrays), parameters)
        return [(key, versions) for key, *versions in cursor]


@cache
def standing_tables():
    models = [*apps.get_app_config("regions").get_models(include_auto_created=True), FactorSet, Rig]
    return [model._meta.db_table for model in models if model._meta.managed and not hasattr(model, "pgh_tracked_model")]


@cache
def _rows_of_cases():
    of_a_case = [f"{ROW.format(model._meta.db_table)} WHERE stored.case_id = ANY(%(pks)s)" for model in OF_A_CASE]
    selects = [
        f"{ROW.format(Case._meta.db_table)} WHERE stored.id = ANY(%(pks)s)",
        *of_a_case,
        f"{ROW.format(Seizure._meta.db_table)}{RAID}stored.raid_id",
        f"{ROW.format(Disposal._meta.db_table)}{SEIZURE}{RAID}seizure.raid_id",
    ]
    return " UNION ALL ".join(selects)
