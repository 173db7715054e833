"""What was changed, by whom, and the way back.

A *change* is everything that one request or command wrote: one `pghistory` context. Its events hold each row as it was
inserted, as it was before an update, or as it was deleted (`regions.models.history`); so a change is taken back from
its own events, and what took it back is a change that can be taken back too.

A change is called by its `key`: the context's, or of what came without a context (a loaded record, SQL) its moment.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from difflib import SequenceMatcher
from functools import cache
from heapq import merge
from uuid import UUID

import pghistory
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError, IntegrityError, connection, models, transaction
from django.db.models import F, OuterRef, Q, Subquery, Window
from django.db.models.functions import Coalesce, RowNumber
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pghistory.models import Context

from cases.actions import publishing as actions
from cases.doubts import open_doubts as quality
from cases.models import Case, CaseAgency, CaseSource, Disposal, Draft, Import, Raid, Rig, Seizure
from cases.models.intake import ImportState
from regions.models import Region

ROWS_AT_A_TIME = 1_000
LONG_TEXT = 60  # characters, from which on a text is shown by its words that changed
MOST_WORDS = 2_000  # of a text that is compared word by word
VERBS = {
    "record": gettext_lazy("Entered"),
    "edit": gettext_lazy("Edited"),
    "publish": gettext_lazy("Published"),
    "withdraw": gettext_lazy("Withdrawn"),
    "answer": gettext_lazy("Doubt answered"),
    "delete": gettext_lazy("Deleted"),
    "merge": gettext_lazy("Merged"),
    "import": gettext_lazy("Imported"),
    "undo": gettext_lazy("Taken back"),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What says nothing to a reader: the rows above, and when the computer first met the row.
_UNTOLD = {"case", "raid", "seizure", "created_at", "given_at", "added_at"}
# Rows that only join: told by what they join the case to.
_JOINS = {CaseAgency: "agency", CaseSource: "source"}


@dataclass
class Difference:
    """A field that a change gave another value: as a reader has it, empty where nothing was said."""

    name: str
    before: str
    after: str

    def backwards(self):
        """What taking it back would do."""
        return Difference(self.name, self.after, self.before)

    def pieces(self):
        """A long text as [("same", "removed" or "added", words)]; None of what is better shown as before and after."""
        if min(len(self.before), len(self.after)) < LONG_TEXT:
            return None
        old, new = (re.findall(r"\w[a-z0-9]*|\s+|.", text, re.DOTALL) for text in (self.before, self.after))
        if max(len(old), len(new)) > MOST_WORDS:
            return None
        found = []
        for what, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if what == "equal":
                found.append(("same", "".join(old[i:j])))
            else:
                found += [("removed", "".join(old[i:j]))] if j > i else []
                found += [("added", "".join(new[k:m]))] if m > k else []
        return found


@dataclass
class Event:
    """What a change did to one row in the end: `verb` is insert, update, delete, or of a row that changed its case
    "move_in" or "move_out".
    """

    row: str  # what kind of row, in the reader's language
    verb: str
    differences: list[Difference]


@dataclass
class Change:
    """Everything that one request or command did to a case."""

    key: str
    at: datetime
    by: str
    verb: str  # as actions name themselves: "record", "edit", "publish", "import", "undo" …; "" if nothing did
    page: str
    reason: str
    named: bool  # whether it came with a context
    undoes: str = ""
    undone: bool = False
    events: list[Event] = field(default_factory=list)

    @property
    def said(self):
        """What was done, in words."""
        if self.verb:
            return str(VERBS.get(self.verb, self.verb))
        if not self.named:
            return _("Loaded from the record") if self.only_enters else _("Changed by the system itself")
        return _("Changed in the administration") if "/admin/" in self.page else _("Changed")

    @property
    def only_enters(self):
        return bool(self.events) and all(event.verb == "insert" for event in self.events)


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


@cache
def _kept(model):
    """The fields of `model` whose history is kept."""
    names = {one.name for one in tables()[model]._meta.concrete_fields}
    return [one for one in model._meta.concrete_fields if one.name in names]


def _has(model, name):
    return any(one.name == name for one in model._meta.concrete_fields)


# Keys


def key_of(event):
    """The key of the change that an event is part of."""
    if event.pgh_context_id:
        return str(event.pgh_context_id)
    return f"at-{(event.pgh_created_at - _EPOCH) // timedelta(microseconds=1)}"


def wrote(key):
    """The condition that an event is of the change with this key. Raises ValueError of what is no key."""
    moment = re.fullmatch(r"at-(\d{1,16})", key, re.ASCII)
    if moment:
        return Q(pgh_context=None, pgh_created_at=_EPOCH + timedelta(microseconds=int(moment[1])))
    return Q(pgh_context=UUID(key))


# What became of a case


def case_of(ref):
    """(pk, the region's pk) of the case that is or was called `ref`, or None: history survives deletion."""
    found = Case.objects.filter(ref=ref).values_list("pk", "region").first()
    if found:
        return found
    pks = cases_called(ref)
    return tables()[Case].objects.filter(pgh_obj__in=pks).order_by("-pgh_id").values_list("pgh_obj", "region").first()


def cases_called(ref):
    """The pks of every case that is or ever was called `ref`."""
    now = set(Case.objects.filter(ref=ref).values_list("pk", flat=True))
    return now | set(tables()[Case].objects.filter(ref=ref).values_list("pgh_obj", flat=True))


def may_read(user, region):
    """Whether `user` reads the history of cases in the region with this pk: it may hold what was withdrawn."""
    return user.has_perm("cases.view_case") and Region.objects.worked_in_by(user).filter(pk=region).exists()


def deleted_cases(user):
    """The last events of the cases that were deleted in the regions of `user`, the newest first."""
    events = tables()[Case].objects
    last = events.filter(pgh_obj=OuterRef("pgh_obj")).order_by("-pgh_id").values("pgh_id")[:1]
    gone = events.filter(pgh_label="delete", pgh_id=Subquery(last)).exclude(pgh_obj__in=Case.objects.values("pk"))
    if not user.has_perm("cases.view_case"):
        return gone.none()
    regions = Region.objects.worked_in_by(user).values("pk")
    return gone.filter(region__in=regions).select_related("pgh_context").order_by("-pgh_id")


def changes_of(case_pk, reader=None):
    """The changes of a case and of its rows as a list of Change, the newest first; also of a case that is deleted.

    Another case is named only if `reader` may see it. Takes the same number of queries however many changes there are.
    """
    changes, net, written = {}, {}, []
    for model, pks in _rows_of(case_pk).items():
        written.append(_with_neighbours(model, pks, case_pk))
    # A table's own order is the true one; the clock only says how the tables interlock.
    for model, event, before, after in merge(*written, key=lambda one: one[1].pgh_created_at):
        key = key_of(event)
        if key not in changes:
            changes[key] = _change(key, event)
        row = (key, model, event.pgh_obj_id)
        net[row] = (net[row][0] if row in net else before, after)
    names = _names([(model, *states) for (_key, model, _pk), states in net.items()], reader)
    for (key, model, _pk), (before, after) in net.items():
        told = _told(model, before, after, case_pk, names)
        if told:
            changes[key].events.append(told)
    _say_who(changes.values())
    undone = _undone(changes)
    found = [change for change in changes.values() if change.events]
    for change in found:
        change.undone = change.key in undone
    return found[::-1]


def _rows_of(case_pk):
    """{model: pks of rows}: the case's own row and every row that is or once was below it."""
    kept = tables()
    found = {Case: {case_pk}}

    def below(model, name, above):
        now = model._default_manager.filter(**{f"{name}__in": above}).values_list("pk", flat=True)
        once = kept[model].objects.filter(**{f"{name}__in": above}).values_list("pgh_obj", flat=True)
        return set(now) | set(once)

    for model in kept:
        if _has(model, "case"):
            found[model] = below(model, "case", [case_pk])
    found[Seizure] = below(Seizure, "raid", found[Raid])
    found[Disposal] = below(Disposal, "seizure", found[Seizure])
    return found


def _with_neighbours(model, pks, case_pk):
    """[(model, event, row before, row after)] in the order they were written; None where there is no row.

    What followed an event tells what it left.
    """
    by_row = defaultdict(list)
    rows = tables()[model].objects.filter(pgh_obj__in=pks).order_by("pgh_id").select_related("pgh_context")
    for event in rows:
        by_row[event.pgh_obj_id].append(event)
    now = model._default_manager.in_bulk(by_row)
    found = []
    for pk, its in by_row.items():
        for event, later in zip(its, [*its[1:], None], strict=True):
            before = None if event.pgh_label == "insert" else event
            after = event if event.pgh_label == "insert" else later if later is not None else now.get(pk)
            after = None if event.pgh_label == "delete" else after
            # A row that came from another case, or went to one, is told of while it was here.
            if not _has(model, "case") or case_pk in {row.case_id for row in (before, after) if row is not None}:
                found.append((model, event, before, after))
    return sorted(found, key=lambda one: one[1].pgh_id)


def _change(key, event):
    said = event.pgh_context.metadata if event.pgh_context else {}
    return Change(
        key=key,
        at=event.pgh_created_at,
        by=said.get("name") or said.get("user") or "",
        verb=said.get("verb", ""),
        page=said.get("url", ""),
        reason=said.get("reason", ""),
        named=event.pgh_context is not None,
        undoes=said.get("undoes", ""),
    )


def told_of(event):
    """The Change that an event of a case is part of, without what it did."""
    change = _change(key_of(event), event)
    _say_who([change])
    return change


def _say_who(changes):
    """Who came by the API's token is known by number only."""
    numbers = {change.by for change in changes if isinstance(change.by, int)}
    people = get_user_model().objects.in_bulk(numbers) if numbers else {}
    for change in changes:
        if isinstance(change.by, int):
            person = people.get(change.by)
            change.by = person.get_username() if person else _("account %(pk)s") % {"pk": change.by}


def _undone(keys):
    """Those of `keys` that were taken back, unless what took them back was itself taken back."""
    by, asked = defaultdict(set), set(keys)
    while asked:
        rows = Context.objects.filter(metadata__undoes__in=sorted(asked)).values_list("metadata__undoes", "pk")
        found = [(undid, str(key)) for undid, key in rows]
        for undid, key in found:
            by[undid].add(key)
        asked = {key for _undid, key in found} - by.keys()

    def is_undone(key):
        return any(not is_undone(one) for one in by[key])

    return {key for key in keys if is_undone(key)}


def undone(key):
    """Whether the change with this key was taken back."""
    return key in _undone([key])


def _told(model, before, after, case_pk, names):
    verb = "insert" if before is None else "delete" if after is None else "update"
    if before is not None and after is not None and _has(model, "case") and before.case_id != after.case_id:
        verb = "move_in" if after.case_id == case_pk else "move_out"
        before, after = (None, after) if verb == "move_in" else (before, None)
    differences = []
    for column in _fields(model):
        old = getattr(before, column.attname) if before is not None else None
        new = getattr(after, column.attname) if after is not None else None
        unsaid = (None, "", [], False) if None in (before, after) else ()
        if old != new and not (old in unsaid and new in unsaid):
            name = "" if model in _JOINS else capfirst(column.verbose_name)
            differences.append(Difference(name, _shown(column, old, names), _shown(column, new, names)))
    if (before is None and after is None) or (verb == "update" and not differences):
        return None
    return Event(_kind(model), verb, differences)


def _kind(model):
    """What a row of `model` is called; one that joins is called as what it joins the case to."""
    if model in _JOINS:
        model = model._meta.get_field(_JOINS[model]).related_model
    return capfirst(model._meta.verbose_name)


@cache
def _fields(model):
    """The fields whose history is kept and that say something to a reader: no keys, no case above."""
    return [one for one in _kept(model) if not one.primary_key and one.name not in _UNTOLD]


def _names(rows, reader):
    """{(model, pk): what the row is called} of every row that `rows`, [(model, before, after)], refer to."""
    wanted = defaultdict(set)
    for model, *states in rows:
        for column in _fields(model):
            if column.is_relation:
                wanted[column.related_model] |= {getattr(row, column.attname) for row in states if row is not None}
    names = {}
    for model, pks in wanted.items():
        pks.discard(None)
        if model is Case:
            seen = Case.objects.visible_to(reader) if reader is not None else Case.objects.all()
            there = seen.in_bulk(pks)
            names |= {(model, pk): _("another case") for pk in pks}
        else:
            there = model._default_manager.select_related().in_bulk(pks)
        names |= {(model, pk): str(row) for pk, row in there.items()}
        if model in tables() and model is not Case:
            last = tables()[model].objects.filter(pgh_obj__in=pks - there.keys()).order_by("pgh_id")
            for event in last:
                was = model(**{one.attname: getattr(event, one.attname) for one in _kept(model)})
                names[model, event.pgh_obj_id] = _("%(row)s, since deleted") % {"row": was}
    return names


def _shown(column, value, names):
    if value in (None, "", []):
        return ""
    if column.is_relation:
        return names.get((column.related_model, value)) or _("row %(pk)s, since deleted") % {"pk": value}
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)


# How far a change went


def extent(key):
    """[(what kind of row, entered, changed, deleted)] of everything that a change wrote, in any case."""
    found = []
    for model, rows in _first_events(key).items():
        inserted = sum(label == "insert" for _pgh_id, label in rows.values())
        there = set()
        for some in _batches([*rows]):
            there |= set(model._default_manager.filter(pk__in=some).values_list("pk", flat=True))
        deleted = sum(label != "insert" and pk not in there for pk, (_id, label) in rows.items())
        found.append((_kind(model), inserted, len(rows) - inserted - deleted, deleted))
    return found


def how_many_cases(keys):
    """{key: how many cases it touched} of changes with a context, in one query."""
    contexts = [key for key in keys if not key.startswith("at-")]
    if not contexts:
        return {}
    parts = []
    for model, events in tables().items():
        column = "pgh_obj_id" if model is Case else "case_id" if _has(model, "case") else None
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
        elif _has(model, "case"):
            found |= _above(model, "case", rows)
    return found - {None}


def _above(model, name, rows):
    """The pks that rows hung on then, and hang on now."""
    once = set(rows.values_list(name, flat=True))
    touched = list(rows.values_list("pgh_obj", flat=True))
    now = set()
    for some in _batches(touched):
        now |= set(model._default_manager.filter(pk__in=some).values_list(name, flat=True))
    return once | now


def _cases_above_raids(raids):
    return _above_of(Raid, "case", raids)


def _above_seizures(seizures):
    return _above_of(Seizure, "raid", seizures)


def _above_of(model, name, pks):
    """What rows that may be gone hung on."""
    found = set()
    for some in _batches([*pks]):
        found |= set(model.objects.filter(pk__in=some).values_list(name, flat=True))
        found |= set(tables()[model].objects.filter(pgh_obj__in=some).values_list(name, flat=True))
    return found


# The way back


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
        return False
    regions = _regions_of(touched, key)
    return None not in regions and regions <= set(Region.objects.worked_in_by(user).values_list("pk", flat=True))


def _may_change(model, user):
    return user.has_perm(f"{model._meta.app_label}.change_{model._meta.model_name}")


def _written(key):
    return any(events.objects.filter(wrote(key)).exists() for events in tables().values())


def _regions_of(touched, key):
    """The regions of these cases as they are and as the change met them; None among them if one cannot be told."""
    events = tables()[Case].objects
    regions = dict.fromkeys(touched)
    for some in _batches([*touched]):
        # The last known of those that are gone.
        last = events.filter(pgh_obj__in=some).order_by("pgh_obj", "-pgh_id").distinct("pgh_obj")
        regions |= dict(last.values_list("pgh_obj", "region"))
        regions |= dict(Case.objects.filter(pk__in=some).values_list("pk", "region"))
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
    with connection.cursor() as cursor:  # two that take back the same come one after the other
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
    if not may_undo(key, by):
        raise PermissionDenied
    with actions.changing("undo", by, reason, undoes=key):
        count = _undo(key)
        _tell_imports(key)
    return count


def _undo(key):
    touched = cases_of(key)
    wanted = _first_events(key)
    _lock(Case, touched)  # the cases first, as everybody does who edits one
    for model, rows in wanted.items():
        _lock(model, rows)
    shared = {model: _changed_since(model, rows, key) for model, rows in wanted.items()}
    rigs = _cases_with(wanted.get(Rig, ()))
    try:
        with transaction.atomic():
            quality.forget(touched)
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
            _("Something entered since needs a row that this change made, or has taken its place.")
        ) from problem
    actions.sum_up(Case.objects.filter(pk__in=touched | rigs | _cases_with(wanted.get(Rig, ()))))
    return sum(map(len, wanted.values()))


def _first_events(key):
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


def _lock(model, pks):
    rows = model._default_manager.select_for_update(of=("self",)).order_by("pk").values_list("pk")
    for some in _batches(sorted(pks)):
        list(rows.filter(pk__in=some))


def _changed_since(model, rows, key):
    """{pk: the fields to put back} of the rows that somebody else wrote after this change.

    Those fields that it gave another value and that still have it go back; what others wrote in other fields stays.
    Raises ChangedSince where there is no telling the two apart.
    """
    events, kept, found = tables()[model].objects, _kept(model), {}
    for some in _batches([*rows]):
        oldest = min(rows[pk][0] for pk in some)
        after = events.filter(pgh_obj__in=some, pgh_id__gt=oldest).order_by("pgh_id").select_related("pgh_context")
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
        for pk, its in others.items():
            before = None if rows[pk][1] == "insert" else first[rows[pk][0]]
            left = None if its[0].pgh_label == "insert" else its[0]
            if its[0].pgh_id < last[pk]:
                raise _refusal(model, its[-1])
            if None in (before, left, now.get(pk)):
                if _state(left, kept) != _state(now.get(pk), kept):
                    raise _refusal(model, its[-1])
                continue
            found[pk] = [one for one in kept if getattr(before, one.attname) != getattr(left, one.attname)]
            if _state(left, found[pk]) != _state(now[pk], found[pk]):
                raise _refusal(model, its[-1])
    return found


def _state(row, kept):
    return None if row is None else [getattr(row, one.attname) for one in kept]


def _refusal(model, later):
    said = later.pgh_context.metadata if later.pgh_context else {}
    return ChangedSince(
        _("%(row)s was changed again on %(at)s by %(name)s: take that back first.")
        % {
            "row": f"{_kind(model)} {getattr(later, 'ref', later.pgh_obj_id)}",
            "at": f"{later.pgh_created_at:%Y-%m-%d %H:%M:%S} UTC",
            "name": said.get("name") or _("somebody"),
        },
        later=key_of(later),
    )


def _delete(model, pks):
    for some in _batches(pks):
        if model is Case:
            # What nobody keeps a history of lets go as it does when a case is deleted.
            Draft.objects.filter(case__in=some).delete()
            Draft.objects.filter(made__in=some).update(made=None)
        model._default_manager.filter(pk__in=some)._raw_delete(connection.alias)


def _put_back(model, pgh_ids):
    """Make rows what these events hold, in the database, so that not even a moment is another; enter them if gone."""
    if not pgh_ids:
        return
    quote = connection.ops.quote_name
    table, events, pk = model._meta.db_table, tables()[model]._meta.db_table, model._meta.pk.column
    kept = [quote(one.column) for one in _kept(model)]
    changes = [f"{name} = event.{name}" for name in kept]
    names, values, parameters = [*kept], [f"event.{name}" for name in kept], []
    for one in model._meta.concrete_fields:
        if one in _kept(model) or one.generated:
            continue
        names.append(quote(one.column))
        if getattr(one, "auto_now", False):
            values.append("clock_timestamp()")
            changes.append(f"{quote(one.column)} = clock_timestamp()")
        else:  # worked out, and summed up again in a moment
            values.append("%s")
            parameters.append(one.get_db_prep_save(one.get_default(), connection))
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
    changes = [f"{quote(one.column)} = event.{quote(one.column)}" for one in columns]
    for one in model._meta.concrete_fields:
        if getattr(one, "auto_now", False):
            changes.append(f"{quote(one.column)} = clock_timestamp()")
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
    if Rig.objects.filter(pk__in=list(rigs), is_generic=True).exists():
        lines |= Q(rig=None) | Q(rig__is_generic=True)
    return set(Seizure.objects.filter(lines).values_list("raid__case", flat=True))


def _tell_imports(key):
    """An import whose change is taken back is undone; taking that back makes it done again."""
    if key.startswith("at-"):
        return
    Import.objects.filter(change=key, state=ImportState.DONE).update(state=ImportState.UNDONE)
    said = Context.objects.filter(pk=key).values_list("metadata__undoes", flat=True).first()
    if said and not said.startswith("at-"):
        Import.objects.filter(change=said, state=ImportState.UNDONE).update(state=ImportState.DONE)


def _batches(pks):
    for start in range(0, len(pks), ROWS_AT_A_TIME):
        yield pks[start : start + ROWS_AT_A_TIME]
