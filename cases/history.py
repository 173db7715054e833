"""What was changed, by whom, and the way back.

A *change* is everything that one request or command wrote: one `pghistory` context. Its events hold each row as it was
inserted, as it was before an update, or as it was deleted (`regions.models.history`); so a change is taken back from
its own events, and what took it back is a change that can be taken back too.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from uuid import UUID

import pghistory
from django.core.exceptions import FieldDoesNotExist, PermissionDenied, ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from pghistory.models import Context

from regions.models import Region

from . import actions
from .models import Case, Disposal, Raid, Seizure

ROWS_AT_A_TIME = 1_000


@dataclass
class Difference:
    """A field that a change gave another value: as a reader has it, both empty where nothing was said."""

    name: str
    before: str
    after: str


@dataclass
class Event:
    """What happened to one row: `verb` is insert, update or delete."""

    row: str  # what kind of row, in the reader's language
    verb: str
    differences: list[Difference]


@dataclass
class Change:
    """Everything that one request or command did to a case. `key` is None of what came without a name."""

    key: UUID | None
    at: datetime
    by: str
    verb: str  # as actions name themselves: "record", "edit", "publish", "import", "undo" …
    page: str
    reason: str
    events: list[Event] = field(default_factory=list)
    undone: bool = False


@cache
def tables():
    """{model: the model of its events} of everything whose history is kept, parents before their children."""
    found = {events.pgh_tracked_model: events for events in pghistory.core.event_models()}
    order = [*found]
    order.sort(key=lambda model: len(_parents(model)))
    return {model: found[model] for model in order}


@cache
def _parents(model):
    """Every model that a row of `model` hangs on, at any distance."""
    direct = {one.related_model for one in model._meta.concrete_fields if one.is_relation} - {model}
    return direct.union(*(_parents(one) for one in direct))


# What became of a case


def changes_of(case_pk):
    """The changes of a case and of its rows, the newest first, as a list of Change; also of a case that is deleted."""
    changes = {}
    for model, events in _events_of(case_pk):
        for event, before, after in _with_neighbours(model, events):
            # What came without a name stands by its moment: one transaction has one.
            key = event.pgh_context_id or event.pgh_created_at
            if key not in changes:
                changes[key] = _change(event)
            changes[key].at = max(changes[key].at, event.pgh_created_at)
            changes[key].events.append(_told(model, event, before, after))
    undone = set(
        Context.objects.filter(metadata__undoes__in=[str(one) for one in changes]).values_list(
            "metadata__undoes", flat=True
        )
    )
    for change in changes.values():
        change.undone = str(change.key) in undone
    return sorted(changes.values(), key=lambda one: one.at, reverse=True)


def case_of(ref):
    """(pk, the region's pk) of the case that is or was called `ref`, or None: history survives deletion."""
    found = Case.objects.filter(ref=ref).values_list("pk", "region").first()
    if found:
        return found
    return tables()[Case].objects.filter(ref=ref).order_by("-pgh_id").values_list("pgh_obj", "region").first()


def _events_of(case_pk):
    """(model, its events) for the case's own row and every row below it, now or once."""
    kept = tables()
    below = {Raid: {"case": case_pk}}
    raids = set(kept[Raid].objects.filter(case=case_pk).values_list("pgh_obj", flat=True))
    raids |= set(Raid.objects.filter(case=case_pk).values_list("pk", flat=True))
    seizures = set(kept[Seizure].objects.filter(raid__in=raids).values_list("pgh_obj", flat=True))
    seizures |= set(Seizure.objects.filter(raid__in=raids).values_list("pk", flat=True))
    below = {Case: {"pgh_obj": case_pk}, Seizure: {"raid__in": raids}, Disposal: {"seizure__in": seizures}}
    for model, events in kept.items():
        if model in below:
            yield model, events.objects.filter(**below[model])
        elif any(one.name == "case" for one in model._meta.concrete_fields):
            yield model, events.objects.filter(case=case_pk)


def _with_neighbours(model, events):
    """(event, row before, row after) of each; None where there is no row. What followed an event tells what it left."""
    by_row = defaultdict(list)
    # By object: a row may have moved to this case from another, and then all of its events tell of it.
    objects = set(events.values_list("pgh_obj", flat=True))
    for event in tables()[model].objects.filter(pgh_obj__in=objects).order_by("pgh_id").select_related("pgh_context"):
        by_row[event.pgh_obj_id].append(event)
    now = model._default_manager.in_bulk(objects)
    for pk, its in by_row.items():
        for event, later in zip(its, [*its[1:], None], strict=True):
            after = later if later is not None else now.get(pk)
            if event.pgh_label == "insert":
                yield event, None, event
            elif event.pgh_label == "delete":
                yield event, event, None
            else:
                yield event, event, after


def _change(event):
    said = event.pgh_context.metadata if event.pgh_context else {}
    return Change(
        key=event.pgh_context_id,
        at=event.pgh_created_at,
        by=said.get("name", ""),
        verb=said.get("verb", ""),
        page=said.get("url", ""),
        reason=said.get("reason", ""),
    )


def _told(model, event, before, after):
    differences = []
    for column in _fields(model):
        old = getattr(before, column.attname) if before is not None else None
        new = getattr(after, column.attname) if after is not None else None
        if old != new and not (
            old in (None, "", [], False) and new in (None, "", [], False) and None in (before, after)
        ):
            differences.append(Difference(capfirst(column.verbose_name), _shown(column, old), _shown(column, new)))
    return Event(capfirst(model._meta.verbose_name), event.pgh_label, differences)


def _fields(model):
    """The fields whose history is kept and that say something to a reader: no keys, no case above."""
    kept = tables()[model]
    for one in model._meta.concrete_fields:
        try:
            kept._meta.get_field(one.name)
        except FieldDoesNotExist:
            continue
        if not one.primary_key and one.name not in ("case", "raid", "seizure", "created_at", "given_at", "added_at"):
            yield one


def _shown(column, value):
    if value in (None, "", []):
        return ""
    if column.is_relation:
        found = column.related_model._default_manager.filter(pk=value).first()
        return str(found) if found is not None else _("row %(pk)s, since deleted") % {"pk": value}
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)


# The way back


class ChangedSince(ValidationError):
    """What a change wrote was changed again: taking it back would lose that."""


def cases_of(change):
    """The pks of the cases that the change with this key touched, itself or a row below."""
    found = set()
    for model, events in tables().items():
        rows = events.objects.filter(pgh_context=change)
        if model is Case:
            found |= set(rows.values_list("pgh_obj", flat=True))
        elif model is Seizure:
            found |= _cases_above(Raid, set(rows.values_list("raid", flat=True)))
        elif model is Disposal:
            lines = set(rows.values_list("seizure", flat=True))
            raids = set(Seizure.objects.filter(pk__in=lines).values_list("raid", flat=True))
            raids |= set(tables()[Seizure].objects.filter(pgh_obj__in=lines).values_list("raid", flat=True))
            found |= _cases_above(Raid, raids)
        elif any(one.name == "case" for one in model._meta.concrete_fields):
            found |= set(rows.values_list("case", flat=True))
    return found


def _cases_above(model, pks):
    """The cases of rows that may be gone."""
    there = set(model.objects.filter(pk__in=pks).values_list("case", flat=True))
    return there | set(tables()[model].objects.filter(pgh_obj__in=pks).values_list("case", flat=True))


def may_undo(change, user):
    """Whether `user` may take this change back: they may edit every case it touched, as it is or as it was."""
    if user.has_perm("regions.work_everywhere") and user.has_perm("cases.change_case"):
        return True
    touched = cases_of(change)
    if not touched or not user.has_perm("cases.change_case") or _tables_beyond_cases(change):
        return False
    own = set(Region.objects.worked_in_by(user).values_list("pk", flat=True))
    regions = set(Case.objects.filter(pk__in=touched).values_list("region", flat=True))
    regions |= set(
        tables()[Case].objects.filter(pgh_obj__in=touched, pgh_context=change).values_list("region", flat=True)
    )
    return regions <= own


def _tables_beyond_cases(change):
    """Whether it also changed the standing record: sources and agencies that came with a case excepted."""
    for model, events in tables().items():
        if model._meta.app_label == "regions" and model._meta.model_name not in ("source", "agency"):
            if events.objects.filter(pgh_context=change).exists():
                return True
    return False


@transaction.atomic
def undo(change, *, by, reason=""):
    """Make every row that a change touched what it was before it. Returns how many rows that were.

    Raises PermissionDenied, and ChangedSince where a row was changed again or is needed by another.
    """
    if not may_undo(change, by):
        raise PermissionDenied
    with actions.changing("undo", by, reason, undoes=str(change)):
        return _undo(change)


def _undo(change):
    touched = cases_of(change)
    # The cases first, so that nobody edits one of them meanwhile.
    list(Case.objects.select_for_update().filter(pk__in=touched).order_by("pk").values_list("pk"))
    wanted = {model: _before(events, change) for model, events in tables().items()}
    wanted = {model: rows for model, rows in wanted.items() if rows}
    for model, rows in wanted.items():
        _refuse_if_changed_since(model, rows, change)
    try:
        with transaction.atomic():
            for model in reversed(wanted):
                _delete(model, [pk for pk, row in wanted[model].items() if row is None])
            for model, rows in wanted.items():
                _put_back(model, {pk: row for pk, row in rows.items() if row is not None})
            with connection.cursor() as cursor:  # here, where it can be explained, not at the commit
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except (IntegrityError, models.ProtectedError) as problem:
        raise ChangedSince(
            _("Something entered since needs a row that this change made, or has taken its place.")
        ) from problem
    actions.sum_up(Case.objects.filter(pk__in=touched))
    return sum(map(len, wanted.values()))


def _before(events, change):
    """{pk: the row's first event in this change; None where the change began with its insertion}."""
    first = (
        events.objects.filter(pgh_context=change)
        .annotate(nth=Window(RowNumber(), partition_by=F("pgh_obj"), order_by=F("pgh_id").asc()))
        .filter(nth=1)
    )
    return {event.pgh_obj_id: None if event.pgh_label == "insert" else event for event in first}


def _refuse_if_changed_since(model, rows, change):
    events = tables()[model].objects
    last = events.filter(pgh_context=change).order_by("-pgh_id").values_list("pgh_id", flat=True)[0]
    for some in _batches([*rows]):
        since = events.filter(pgh_obj__in=some, pgh_id__gt=last).exclude(pgh_context=change)
        later = since.select_related("pgh_context").order_by("-pgh_id").first()
        if later is not None:
            said = later.pgh_context.metadata if later.pgh_context else {}
            raise ChangedSince(
                _("%(row)s was changed again on %(at)s by %(name)s: take that back first.")
                % {
                    "row": capfirst(model._meta.verbose_name) + f" {getattr(later, 'ref', later.pgh_obj_id)}",
                    "at": f"{later.pgh_created_at:%Y-%m-%d %H:%M} UTC",
                    "name": said.get("name") or _("somebody"),
                }
            )


def _delete(model, pks):
    for some in _batches(pks):
        model._default_manager.filter(pk__in=some)._raw_delete(connection.alias)


def _put_back(model, rows):
    kept = [one for one in model._meta.concrete_fields if one.name in {f.name for f in tables()[model]._meta.fields}]
    names = [one.name for one in kept if not one.primary_key]
    there = set()
    for some in _batches([*rows]):
        there |= set(model._default_manager.filter(pk__in=some).values_list("pk", flat=True))
    made = {pk: _row(model, kept, pk, event) for pk, event in rows.items()}
    model._default_manager.bulk_update([made[pk] for pk in made if pk in there], names, batch_size=ROWS_AT_A_TIME)
    new = [made[pk] for pk in made if pk not in there]
    entered = {row.pk: {one.attname: getattr(row, one.attname) for one in _stamped(kept)} for row in new}
    model._default_manager.bulk_create(new, batch_size=ROWS_AT_A_TIME)
    if _stamped(kept):
        # Django stamps what it creates with now; these rows are older.
        for row in new:
            for name, value in entered[row.pk].items():
                setattr(row, name, value)
        model._default_manager.bulk_update(new, [one.name for one in _stamped(kept)], batch_size=ROWS_AT_A_TIME)


def _stamped(fields):
    return [one for one in fields if getattr(one, "auto_now_add", False)]


def _row(model, kept, pk, event):
    row = model(pk=pk)
    for one in kept:
        if not one.primary_key:
            setattr(row, one.attname, getattr(event, one.attname))
    return row


def _batches(pks):
    for start in range(0, len(pks), ROWS_AT_A_TIME):
        yield pks[start : start + ROWS_AT_A_TIME]
