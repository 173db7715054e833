"""Which rows and which cases a change touched."""

from django.db import connection
from django.db.models import F, Window
from django.db.models.functions import RowNumber

from cases.bulk import batches
from cases.models import Case, Disposal, Inspection, Lead, Raid, Seizure

from .tables import has_field, kind_of, tables, wrote


def extent_of(key):
    """[(what kind of row, entered, changed, deleted)] of everything that a change wrote, in any case."""
    found = []
    for model, rows in first_events(key).items():
        inserted = sum(label == "insert" for _pgh_id, label in rows.values())
        there = set()
        for batch in batches([*rows]):
            there |= set(model._default_manager.filter(pk__in=batch).values_list("pk", flat=True))
        deleted = sum(label != "insert" and pk not in there for pk, (_id, label) in rows.items())
        found.append((kind_of(model), inserted, len(rows) - inserted - deleted, deleted))
    return found


def how_many_cases(keys):
    """{key: how many cases it touched} of changes with a context, in one query."""
    contexts = [key for key in keys if not key.startswith("at-")]
    if not contexts:
        return {}
    parts = []
    for model, events in tables().items():
        column = "pgh_obj_id" if model is Case else "case_id" if has_field(model, "case") else None
        table = events._meta.db_table
        if column:
            parts.append(f"SELECT pgh_context_id, {column} FROM {table} WHERE pgh_context_id = ANY(%s::uuid[])")  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pgh_context_id, count(DISTINCT touched) FROM ("  # noqa: S608 - our own names
            + " UNION ".join(parts)
            + ") AS rows (pgh_context_id, touched) GROUP BY pgh_context_id",
            [contexts] * len(parts),
        )
        return {str(key): count for key, count in cursor.fetchall()}


def cases_of(key):
    """The pks of the cases that the change with this key touched, itself or a row below: as it was and as it is."""
    found = set()
    for model, events in tables().items():
        rows = events.objects.filter(wrote(key))
        if model is Case:
            found |= set(rows.values_list("pgh_obj", flat=True))
        elif model is Seizure:
            found |= _cases_above_raids(_above(model, "raid", rows))
        elif model is Disposal:
            found |= _cases_above_raids(_above_seizures(_above(model, "seizure", rows)))
        elif has_field(model, "case"):
            found |= _above(model, "case", rows)
    return found - {None}


def leads_of(key):
    """The pks of the leads that the change with this key touched, themselves or by an inspection."""
    leads = tables()[Lead].objects.filter(wrote(key)).values_list("pgh_obj", flat=True)
    inspections = tables()[Inspection].objects.filter(wrote(key)).values_list("lead", flat=True)
    return {*leads, *inspections} - {None}


def _above(model, name, rows):
    """The pks of the rows above, as they were at the change and as they are now."""
    once = set(rows.values_list(name, flat=True))
    touched = list(rows.values_list("pgh_obj", flat=True))
    now = set()
    for batch in batches(touched):
        now |= set(model._default_manager.filter(pk__in=batch).values_list(name, flat=True))
    return once | now


def _cases_above_raids(raids):
    return _above_of(Raid, "case", raids)


def _above_seizures(seizures):
    return _above_of(Seizure, "raid", seizures)


def _above_of(model, name, pks):
    """The pks of the rows above these rows, which may be deleted."""
    found = set()
    for batch in batches([*pks]):
        found |= set(model.objects.filter(pk__in=batch).values_list(name, flat=True))
        found |= set(tables()[model].objects.filter(pgh_obj__in=batch).values_list(name, flat=True))
    return found


def first_events(key):
    """{model: {pk: (its first event in this change, how that is called)}} of what a change wrote."""
    found = {}
    for model, events in tables().items():
        first = (
            events.objects.filter(wrote(key))
            .annotate(nth=Window(RowNumber(), partition_by=F("pgh_obj"), order_by=F("pgh_id").asc()))
            .filter(nth=1)
        )
        rows = {pk: (pgh_id, label) for pk, pgh_id, label in first.values_list("pgh_obj", "pgh_id", "pgh_label")}
        if rows:
            found[model] = rows
    return found
