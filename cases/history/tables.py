"""The tables whose history is kept, and the keys of their changes."""

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

import pghistory
from django.db.models import Q
from django.utils.text import capfirst

from cases.models import CaseAgency, CaseSource
from cases.models.history import LOOKS
from regions.models import OF_THE_OFFICE

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Rows that only join two tables: shown as the row that they join the case to.
JOINS = {CaseAgency: "agency", CaseSource: "source"}


@cache
def all_tables():
    """{model: the model of its events} of everything whose history is kept, parents before their children."""
    found = {events.pgh_tracked_model: events for events in pghistory.core.event_models() if events not in LOOKS}
    order = [*found]
    order.sort(key=lambda model: len(_parents(model)))
    return {model: found[model] for model in order}


@cache
def tables():
    """Of these the record: what cases and the standing record went through, and what can be undone."""
    return {model: events for model, events in all_tables().items() if model not in OF_THE_OFFICE}


def tables_of_events():
    """The names of all tables of events, looks among them."""
    return sorted(events._meta.db_table for events in [*all_tables().values(), *LOOKS])


@cache
def _parents(model):
    """Every model that a row of `model` refers to, directly or through others."""
    direct = {field.related_model for field in model._meta.concrete_fields if field.is_relation} - {model}
    return direct.union(*(_parents(parent) for parent in direct))


@cache
def kept_fields(model):
    """The fields of `model` whose history is kept."""
    names = {field.name for field in all_tables()[model]._meta.concrete_fields}
    return [field for field in model._meta.concrete_fields if field.name in names]


def has_field(model, name):
    return any(field.name == name for field in model._meta.concrete_fields)


def key_of(event):
    """The key of the change that an event is part of."""
    if event.pgh_context_id:
        return str(event.pgh_context_id)
    return f"at-{(event.pgh_created_at - EPOCH) // timedelta(microseconds=1)}"


def wrote(key):
    """The condition that an event is of the change with this key. Raises ValueError of what is no key."""
    moment = re.fullmatch(r"at-(\d{1,16})", key, re.ASCII)
    if moment:
        return Q(pgh_context=None, pgh_created_at=EPOCH + timedelta(microseconds=int(moment[1])))
    return Q(pgh_context=UUID(key))


def kind_of(model):
    """What a row of `model` is called; a row of a join has the name of what it joins the case to."""
    if model in JOINS:
        model = model._meta.get_field(JOINS[model]).related_model
    return capfirst(model._meta.verbose_name)
