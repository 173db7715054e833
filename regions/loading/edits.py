"""What people changed of the record since it was loaded: a load keeps it, and says so.

Every table of the record keeps a history (`regions.models.history`). A value belongs to the record as long as a load
was the last to change it; after that it belongs to whoever changed it.
"""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache

import pghistory
from django.db import models

LOADED = "load"  # the verb by which the history knows a load
_overwrites = ContextVar("a load takes the values of the files even where somebody changed them", default=False)


@dataclass
class Kept:
    """Something that somebody changed and a load left alone: the row, the field, what is stored, what the files say."""

    row: str
    field: str
    stored: str
    in_file: str

    def __str__(self):
        return f"{self.row}, {self.field}: kept {self.stored!r}; fixtures/ has {self.in_file!r}"


@contextmanager
def overwriting(value: bool = True):
    """While this lasts, a load takes the values of the files even where somebody changed them."""
    token = _overwrites.set(value)
    try:
        yield
    finally:
        _overwrites.reset(token)


def edited_fields(model: type[models.Model], pks: Iterable[int]) -> dict[int, set[str]]:
    """{primary key: the attributes that somebody else than a load changed last}; {} for a table without history."""
    events = _events_of(model)
    if events is None or _overwrites.get():
        return {}
    history = defaultdict(list)
    for event in events.objects.filter(pgh_obj__in=list(pks)).order_by("pgh_id").select_related("pgh_context"):
        history[event.pgh_obj_id].append(event)
    stored = model._default_manager.in_bulk(list(history))
    return {pk: _edited(events, rows, stored.get(pk)) for pk, rows in history.items()}


def deleted_keys(model: type[models.Model], key: Iterable[str]) -> set[tuple]:
    """The values of `key` of the rows that somebody else than a load deleted."""
    events = _events_of(model)
    if events is None or _overwrites.get():
        return set()
    deleted = events.objects.filter(pgh_label="delete").exclude(pgh_context__metadata__verb=LOADED)
    return set(deleted.values_list(*key))


def _edited(events, rows, stored):
    names = _fields_of(events)
    owner = {}
    for event, following in zip(rows, [*rows[1:], stored], strict=True):
        if event.pgh_label == "insert":
            changed = names
        elif event.pgh_label == "update" and following is not None:
            changed = [name for name in names if getattr(event, name) != getattr(following, name)]
        else:
            changed = []
        owner |= dict.fromkeys(changed, _is_a_load(event))
    return {name for name, loaded in owner.items() if not loaded}


def _is_a_load(event):
    return event.pgh_context is not None and event.pgh_context.metadata.get("verb") == LOADED


@cache
def _events_of(model):
    """The model of the events of `model`'s table; the history of a join is kept by a proxy of it."""
    for events in pghistory.core.event_models():
        if events.pgh_tracked_model._meta.db_table == model._meta.db_table:
            return events
    return None


@cache
def _fields_of(events):
    tracked = {field.attname for field in events.pgh_tracked_model._meta.concrete_fields if not field.primary_key}
    return [field.attname for field in events._meta.concrete_fields if field.attname in tracked]
