"""Take a change back: put every row it touched back as its own events hold it."""

from collections import defaultdict

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError, IntegrityError, connection, models, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from pghistory.models import Context

from cases.actions import signing, summing
from cases.bulk import batches
from cases.doubts import open_doubts
from cases.locks import Purpose, lock_until_commit
from cases.models import Case, Draft, Import, Lead, LeadStep, Rig, Seizure
from cases.models.intake import ImportState
from cases.models.lead import StepKind
from regions.grammar.dates import moment
from regions.models import Region

from .reach import cases_of, first_events, leads_of
from .tables import kept_fields, key_of, kind_of, tables, wrote


class ChangedSince(ValidationError):
    """What a change wrote was changed again: taking it back would lose that. `later` is the key of what did."""

    def __init__(self, message, later=None):
        super().__init__(message)
        self.later = later


def may_undo(key, user):
    """Whether `user` may take this change back: they may edit every case it touched, as it is or as it was.

    Who may not publish cannot take back what published or withdrew; what touched the standing record, beyond sources
    and agencies that came with a case, takes somebody who works everywhere and may change that too.
    """
    if not user.has_perm("cases.change_case"):
        return False
    beyond = _tables_beyond_cases(key)
    everywhere = user.has_perm("regions.work_everywhere")
    if beyond and not (everywhere and all(_may_change(model, user) for model in beyond)):
        return False
    if _turned_public(key) and not user.has_perm("cases.publish_case"):
        return False
    touched = cases_of(key)
    if everywhere:
        return bool(touched or beyond or _written(key))
    if not touched:
        return _may_undo_leads(key, user)
    regions = _regions_of(touched, key)
    return None not in regions and regions <= set(Region.objects.worked_in_by(user).values_list("pk", flat=True))


def _may_undo_leads(key, user):
    """Whether `user` works on every lead that this change touched, and it touched some."""
    leads = leads_of(key)
    return bool(leads) and Lead.objects.visible_to(user).filter(pk__in=leads).count() == len(leads)


def _may_change(model, user):
    return user.has_perm(f"{model._meta.app_label}.change_{model._meta.model_name}")


def _written(key):
    return any(events.objects.filter(wrote(key)).exists() for events in tables().values())


def _regions_of(touched, key):
    """The regions of these cases, now and before the change. None is among them where a region is not known."""
    events = tables()[Case].objects
    regions = dict.fromkeys(touched)
    for batch in batches([*touched]):
        # The last known of those that are gone.
        last = events.filter(pgh_obj__in=batch).order_by("pgh_obj", "-pgh_id").distinct("pgh_obj")
        regions |= dict(last.values_list("pgh_obj", "region"))
        regions |= dict(Case.objects.filter(pk__in=batch).values_list("pk", "region"))
    return set(regions.values()) | set(events.filter(wrote(key)).values_list("region", flat=True))


def _tables_beyond_cases(key):
    """The models of the standing record that it also changed: sources and agencies that came with a case excepted."""
    beyond = []
    for model, events in tables().items():
        if model._meta.app_label == "regions" or model is Rig:
            rows = events.objects.filter(wrote(key))
            if model._meta.model_name in ("source", "agency"):
                rows = rows.filter(pgh_label="update")
            if rows.exists():
                beyond.append(model)
    return beyond


def _turned_public(key):
    """Whether it published or withdrew a case: taking it back does the other."""
    events = tables()[Case].objects
    later = events.filter(pgh_obj=OuterRef("pgh_obj"), pgh_id__gt=OuterRef("pgh_id")).order_by("pgh_id")
    now = Case.objects.filter(pk=OuterRef("pgh_obj"))
    left = Coalesce(Subquery(later.values("published")[:1]), Subquery(now.values("published")))
    rows = events.filter(wrote(key), pgh_label="update").annotate(left=left)
    return rows.exclude(published=F("left")).exists()


@transaction.atomic
def undo(key, *, by, reason=""):
    """Make every row that a change touched what it was before it. Returns how many rows that were.

    Raises PermissionDenied, and ChangedSince where a row was changed again or is needed by another. A change that was
    changed again and then taken back to what it left can be undone.
    """
    key = str(key)
    lock_until_commit(Purpose.UNDO_CHANGE, key)
    if not may_undo(key, by):
        raise PermissionDenied
    leads = dict(Lead.objects.filter(pk__in=leads_of(key)).values_list("pk", "version"))
    with signing.changing(signing.Verb.UNDONE, by, reason, undoes=key) as change:
        count = _undo(key)
        _update_imports(key)
        for lead in Lead.objects.filter(pk__in=leads):
            # Counted on: who opened the lead before this is told, also if it is as they saw it.
            Lead.objects.filter(pk=lead.pk).update(version=leads[lead.pk] + 1)
            LeadStep.objects.create(
                lead=lead, kind=StepKind.UNDONE, state=lead.state, text=reason, by=by, change=change.id
            )
    return count


def _undo(key):
    touched = cases_of(key)
    wanted = first_events(key)
    _lock(Case, touched)  # the cases first, in the same order as an edit locks them
    for model, rows in wanted.items():
        _lock(model, rows)
    shared = {model: _changed_since(model, rows, key) for model, rows in wanted.items()}
    rigs = _cases_with(wanted.get(Rig, ()))
    try:
        with transaction.atomic():
            open_doubts.clear(touched)
            for model in reversed(wanted):
                _delete(model, [pk for pk, (_id, label) in wanted[model].items() if label == "insert"])
            for model, rows in wanted.items():
                mine = {pk: pgh_id for pk, (pgh_id, label) in rows.items() if label != "insert"}
                _put_back(model, [pgh_id for pk, pgh_id in mine.items() if pk not in shared[model]])
                for pk, columns in shared[model].items():
                    _put_back_some(model, mine[pk], columns)
            with connection.cursor() as cursor:  # here, where it can be explained, not at the commit
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except (IntegrityError, DataError) as problem:
        raise ChangedSince(
            _("Cannot be undone: data entered later needs a row of this change, or has replaced it.")
        ) from problem
    summing.sum_up(Case.objects.filter(pk__in=touched | rigs | _cases_with(wanted.get(Rig, ()))))
    return sum(map(len, wanted.values()))


def _lock(model, pks):
    rows = model._default_manager.select_for_update(of=("self",)).order_by("pk").values_list("pk")
    for batch in batches(sorted(pks)):
        list(rows.filter(pk__in=batch))


def _changed_since(model, rows, key):
    """{pk: the fields to put back} of the rows that somebody else wrote after this change.

    Those fields that it gave another value and that still have it go back; what others wrote in other fields stays.
    Raises ChangedSince where the two cannot be separated.
    """
    events, fields, found = tables()[model].objects, kept_fields(model), {}
    for batch in batches([*rows]):
        oldest = min(rows[pk][0] for pk in batch)
        after = events.filter(pgh_obj__in=batch, pgh_id__gt=oldest).order_by("pgh_id").select_related("pgh_context")
        others = defaultdict(list)
        for event in after.exclude(wrote(key)):
            if event.pgh_id > rows[event.pgh_obj_id][0]:
                others[event.pgh_obj_id].append(event)
        if not others:
            continue
        own = events.filter(wrote(key), pgh_obj__in=[*others])
        last = dict(own.values_list("pgh_obj").annotate(models.Max("pgh_id")))
        first = events.in_bulk([rows[pk][0] for pk in others])
        now = model._default_manager.in_bulk(others)
        for pk, later_events in others.items():
            before = None if rows[pk][1] == "insert" else first[rows[pk][0]]
            left = None if later_events[0].pgh_label == "insert" else later_events[0]
            if later_events[0].pgh_id < last[pk]:
                raise _refusal(model, later_events[-1])
            if None in (before, left, now.get(pk)):
                if _state(left, fields) != _state(now.get(pk), fields):
                    raise _refusal(model, later_events[-1])
                continue
            found[pk] = [field for field in fields if getattr(before, field.attname) != getattr(left, field.attname)]
            if _state(left, found[pk]) != _state(now[pk], found[pk]):
                raise _refusal(model, later_events[-1])
    return found


def _state(row, fields):
    return None if row is None else [getattr(row, field.attname) for field in fields]


def _refusal(model, later):
    metadata = later.pgh_context.metadata if later.pgh_context else {}
    return ChangedSince(
        _("%(row)s was changed again on %(at)s by %(name)s. Undo that change first.")
        % {
            "row": f"{kind_of(model)} {getattr(later, 'ref', later.pgh_obj_id)}",
            "at": moment(later.pgh_created_at, "%H:%M:%S"),
            "name": metadata.get("name") or _("someone"),
        },
        later=key_of(later),
    )


def _delete(model, pks):
    for batch in batches(pks):
        if model is Case:
            # Drafts have no history: they lose the case as when it is deleted.
            Draft.objects.filter(case__in=batch).delete()
            Draft.objects.filter(made__in=batch).update(made=None)
        model._default_manager.filter(pk__in=batch)._raw_delete(connection.alias)


def _put_back(model, pgh_ids):
    """Make rows what these events hold, in the database, in one statement; insert those that are deleted."""
    if not pgh_ids:
        return
    quote = connection.ops.quote_name
    table, events, pk = model._meta.db_table, tables()[model]._meta.db_table, model._meta.pk.column
    columns = [quote(column.column) for column in kept_fields(model)]
    changes = [f"{name} = event.{name}" for name in columns]
    names, values, parameters = [*columns], [f"event.{name}" for name in columns], []
    for column in model._meta.concrete_fields:
        if column in kept_fields(model) or column.generated:
            continue
        names.append(quote(column.column))
        if getattr(column, "auto_now", False):
            values.append("clock_timestamp()")
            changes.append(f"{quote(column.column)} = clock_timestamp()")
        else:  # calculated: summed up again after this
            values.append("%s")
            parameters.append(column.get_db_prep_save(column.get_default(), connection))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} AS stored SET {', '.join(changes)} FROM {events} AS event"  # noqa: S608 - our own names
            f" WHERE event.pgh_id = ANY(%s) AND stored.{pk} = event.pgh_obj_id",
            [pgh_ids],
        )
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM {events} AS event"  # noqa: S608
            f" WHERE event.pgh_id = ANY(%s)"
            f" AND NOT EXISTS (SELECT FROM {table} AS stored WHERE stored.{pk} = event.pgh_obj_id)"
            " ORDER BY event.pgh_id",
            [*parameters, pgh_ids],
        )


def _put_back_some(model, pgh_id, columns):
    """Make only these fields of a row what an event holds."""
    quote = connection.ops.quote_name
    changes = [f"{quote(column.column)} = event.{quote(column.column)}" for column in columns]
    for column in model._meta.concrete_fields:
        if getattr(column, "auto_now", False):
            changes.append(f"{quote(column.column)} = clock_timestamp()")
    if not columns:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {model._meta.db_table} AS stored SET {', '.join(changes)}"  # noqa: S608 - our own names
            f" FROM {tables()[model]._meta.db_table} AS event"
            f" WHERE event.pgh_id = %s AND stored.{model._meta.pk.column} = event.pgh_obj_id",
            [pgh_id],
        )


def _cases_with(rigs):
    """The cases whose load follows from these models of rigs."""
    if not rigs:
        return set()
    lines = Q(rig__in=list(rigs))
    if Rig.objects.generic().filter(pk__in=list(rigs)).exists():
        lines |= Q(rig=None) | Q(rig__is_generic=True)
    return set(Seizure.objects.filter(lines).values_list("raid__case", flat=True))


def _update_imports(key):
    """An import whose change is taken back is undone; taking that back makes it done again."""
    if key.startswith("at-"):
        return
    Import.objects.filter(change=key, state=ImportState.DONE).update(state=ImportState.UNDONE)
    undid = Context.objects.filter(pk=key).values_list("metadata__undoes", flat=True).first()
    if undid and not undid.startswith("at-"):
        Import.objects.filter(change=undid, state=ImportState.UNDONE).update(state=ImportState.DONE)
