"""What was changed in a case, by whom, and what each change did.

A *change* is everything that one request or command wrote: one `pghistory` context. Its events hold each row as it was
inserted, as it was before an update, or as it was deleted (`regions.models.history`). `undo` reads the same events to
take a change back.

A change has a `key`: the key of its context, or, without a context (a loaded record, SQL), the time it was written.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from difflib import SequenceMatcher
from functools import cache
from heapq import merge

from django.contrib.auth import get_user_model
from django.db.models import OuterRef, Subquery
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from pghistory.models import Context

from cases.actions.signing import Verb
from cases.models import Case, Disposal, Raid, Seizure
from regions.grammar.dates import day_as_known, moment
from regions.grammar.language import listed
from regions.models import Region

from .tables import JOINS, all_tables, has_field, kept_fields, key_of, kind_of, tables

LONG_TEXT = 60  # characters, from which on a text is shown by its words that changed
MOST_WORDS = 2_000  # of a text that is compared word by word
# Fields that a reader does not need: the rows above, and when the row was first stored.
_HIDDEN = {"case", "raid", "seizure", "created_at", "given_at", "added_at", "date_joined", "received_at", "made_at"}


@dataclass
class Difference:
    """A field that a change gave another value, in the words of the reader; empty where the field is empty."""

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
class RowEvent:
    """What a change did to one row in the end: `verb` is insert, update, delete, or of a row that changed its case
    "move_in" or "move_out".
    """

    row: str  # what kind of row, in the reader's language
    verb: str
    differences: list[Difference]


@dataclass
class CaseChange:
    """Everything that one request or command did to a case."""

    key: str
    at: datetime
    author: str  # a user name, or the name of a command
    is_by_command: bool
    verb: str  # a value of Verb; "" where the change came without one
    page: str
    reason: str
    named: bool  # whether it came with a context
    undone: bool = False
    events: list[RowEvent] = field(default_factory=list)

    @property
    def by(self):
        """Who made the change, as the page names them; "" where the verb says enough."""
        if not self.is_by_command:
            return self.author
        if self.verb == Verb.LOADED:
            return ""
        return pgettext("history", "the command %(name)s") % {"name": self.author}

    @property
    def heading(self):
        """What was done, in words."""
        if self.verb:
            return str(dict(Verb.choices).get(self.verb, self.verb))
        if not self.named:
            return _("Loaded from the data files") if self.only_enters else _("Changed by the system")
        return _("Changed in the admin site") if "/admin/" in self.page else _("Changed")

    @property
    def only_enters(self):
        return bool(self.events) and all(event.verb == "insert" for event in self.events)


# Which cases a reference names, and which are deleted


def case_called(ref):
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
    """The changes of a case and of its rows as a list of CaseChange, the newest first; also of a case that is deleted.

    Another case is named only if `reader` may see it. Takes the same number of queries however many changes there are.
    """
    return changes_of_rows(_rows_of(case_pk), reader, case_pk)


def changes_of_rows(rows, reader=None, case_pk=None):
    """The changes of `rows`, {model: primary keys}, as `changes_of` has them."""
    changes, net, written = {}, {}, []
    for model, pks in rows.items():
        written.append(_with_neighbours(model, pks, case_pk))
    # Within a table the order of the events is exact; the clock only orders the tables among themselves.
    for model, event, before, after in merge(*written, key=lambda entry: entry[1].pgh_created_at):
        key = key_of(event)
        if key not in changes:
            changes[key] = _change(key, event)
        row = (key, model, event.pgh_obj_id)
        net[row] = (net[row][0] if row in net else before, after)
    names = _names([(model, *states) for (_key, model, _pk), states in net.items()], reader)
    for (key, model, _pk), (before, after) in net.items():
        event = _event(model, before, after, case_pk, names)
        if event:
            changes[key].events.append(event)
    _name_authors(changes.values())
    undone = _undone(changes)
    shown = [change for change in changes.values() if change.events]
    for change in shown:
        change.undone = change.key in undone
    return shown[::-1]


def _rows_of(case_pk):
    """{model: pks of rows}: the case's own row and every row that is or once was below it."""
    kept = tables()
    found = {Case: {case_pk}}

    def below(model, name, above):
        now = model._default_manager.filter(**{f"{name}__in": above}).values_list("pk", flat=True)
        once = kept[model].objects.filter(**{f"{name}__in": above}).values_list("pgh_obj", flat=True)
        return set(now) | set(once)

    for model in kept:
        if has_field(model, "case"):
            found[model] = below(model, "case", [case_pk])
    found[Seizure] = below(Seizure, "raid", found[Raid])
    found[Disposal] = below(Disposal, "seizure", found[Seizure])
    return found


def _with_neighbours(model, pks, case_pk):
    """[(model, event, row before, row after)] in the order they were written; None where there is no row.

    The next event of a row shows what the event before it left.
    """
    by_row = defaultdict(list)
    rows = all_tables()[model].objects.filter(pgh_obj__in=pks).order_by("pgh_id").select_related("pgh_context")
    for event in rows:
        by_row[event.pgh_obj_id].append(event)
    now = model._default_manager.in_bulk(by_row)
    found = []
    for pk, events in by_row.items():
        for event, later in zip(events, [*events[1:], None], strict=True):
            before = None if event.pgh_label == "insert" else event
            after = event if event.pgh_label == "insert" else later if later is not None else now.get(pk)
            after = None if event.pgh_label == "delete" else after
            # A row that moved between cases is shown only for the time it was in this case.
            if not has_field(model, "case") or case_pk in {row.case_id for row in (before, after) if row is not None}:
                found.append((model, event, before, after))
    return sorted(found, key=lambda entry: entry[1].pgh_id)


def _change(key, event):
    metadata = event.pgh_context.metadata if event.pgh_context else {}
    return CaseChange(
        key=key,
        at=event.pgh_created_at,
        author=metadata.get("name") or metadata.get("user") or "",
        is_by_command=bool(metadata.get("name")) and not metadata.get("user"),
        verb=metadata.get("verb", ""),
        page=metadata.get("url", ""),
        reason=metadata.get("reason", ""),
        named=event.pgh_context is not None,
    )


def change_of(event):
    """The CaseChange that an event of a case is part of, without what it did."""
    change = _change(key_of(event), event)
    _name_authors([change])
    return change


def _name_authors(changes):
    """Fill in the user names: a change made with a token of the API holds only the number of the account."""
    numbers = {change.author for change in changes if isinstance(change.author, int)}
    people = get_user_model().objects.in_bulk(numbers) if numbers else {}
    for change in changes:
        if isinstance(change.author, int):
            person = people.get(change.author)
            change.author = person.get_username() if person else _("account %(pk)s") % {"pk": change.author}


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
        return any(not is_undone(undo) for undo in by[key])

    return {key for key in keys if is_undone(key)}


def _event(model, before, after, case_pk, names):
    verb = "insert" if before is None else "delete" if after is None else "update"
    if before is not None and after is not None and has_field(model, "case") and before.case_id != after.case_id:
        verb = "move_in" if after.case_id == case_pk else "move_out"
        before, after = (None, after) if verb == "move_in" else (before, None)
    differences = []
    for column in _fields(model):
        old = getattr(before, column.attname) if before is not None else None
        new = getattr(after, column.attname) if after is not None else None
        unsaid = (None, "", [], False) if None in (before, after) else ()
        if old != new and not (old in unsaid and new in unsaid):
            name = "" if model in JOINS else capfirst(column.verbose_name)
            differences.append(Difference(name, _shown(column, old, names), _shown(column, new, names)))
    if (before is None and after is None) or (verb == "update" and not differences):
        return None
    return RowEvent(kind_of(model), verb, differences)


@cache
def _fields(model):
    """The fields whose history is kept and that say something to a reader: no keys, no case above."""
    return [column for column in kept_fields(model) if not column.primary_key and column.name not in _HIDDEN]


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
                columns = [column.attname for column in kept_fields(model)]
                was = model(**{column: getattr(event, column) for column in columns})
                names[model, event.pgh_obj_id] = _("%(row)s (since deleted)") % {"row": was}
    return names


def _shown(column, value, names):
    if value in (None, "", []):
        return ""
    if column.is_relation:
        return names.get((column.related_model, value)) or _("row %(pk)s (since deleted)") % {"pk": value}
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return listed(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day_as_known(value)
    return _as_number(value) if isinstance(value, (int, Decimal)) else str(value)


def _as_number(value):
    """A number with every digit that is kept, and none that says nothing; a year is no quantity."""
    grouped = "," if abs(value) >= 10_000 else ""
    return f"{value.normalize():{grouped}f}" if isinstance(value, Decimal) else f"{value:{grouped}}"
