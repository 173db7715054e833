"""Content from CSV: strict reading, and writing that changes only what differs.

The loading of both apps uses it. A row with a mistake stops the load and names its file, line, column and reason.
Nothing is written then, because the caller holds the transaction.
"""

import csv
import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from tqdm import tqdm

from . import edits


class BrokenRow(Exception):
    """A row that cannot be loaded: which file, line and column, and why."""

    def __init__(self, file, line, column, reason):
        super().__init__(f"{file}, line {line}, column {column}: {reason}")


class Row:
    """One line of a CSV file. An empty cell is None, or "" as text: the source does not say."""

    def __init__(self, file, line, cells):
        self.file, self.line, self.cells = file, line, cells

    def broken(self, column, reason):
        return BrokenRow(self.file, self.line, column, reason)

    def text(self, column):
        return self.cells[column]

    def list(self, column):
        return [part.strip() for part in self.cells[column].split(";") if part.strip()]

    def number(self, column):
        return self._read(column, Decimal, "is not a number")

    def whole(self, column):
        return self._read(column, int, "is not a whole number")

    def degrees(self, column):
        return self._read(column, float, "is not a number of degrees")

    def day(self, column):
        return self._read(column, datetime.date.fromisoformat, "is not a date as 2021-09-25")

    def truth(self, column):
        return self._read(column, {"true": True, "false": False}.__getitem__, "is neither true nor false")

    def choice(self, column, choices, default=""):
        value = self.cells[column] or default
        if value and value not in choices.values:
            raise self.broken(column, f"{value!r} is none of {', '.join(choices.values)}")
        return value

    def choices(self, column, choices):
        values = self.list(column)
        for value in values:
            if value not in choices.values:
                raise self.broken(column, f"{value!r} is none of {', '.join(choices.values)}")
        return values

    def one_of(self, column, known, what):
        """The object of `known` (a dict) that this cell names; None for an empty cell."""
        key = self.cells[column]
        if not key:
            return None
        if key not in known:
            raise self.broken(column, f"no {what} is called {key!r}")
        return known[key]

    def _read(self, column, reader, complaint):
        text = self.cells[column]
        if text == "":
            return None
        # int() and Decimal() take "1_000" and digits of other scripts; the record writes numbers in ASCII.
        if not text.isascii() or "_" in text:
            raise self.broken(column, f"{text!r} {complaint}")
        try:
            return reader(text)
        except (ValueError, KeyError, InvalidOperation) as problem:
            raise self.broken(column, f"{text!r} {complaint}") from problem


def read(path, columns):
    """The rows of a CSV file that has exactly `columns`. Raises BrokenRow."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            header = next(reader, [])
            if header != columns:
                wrong = sorted(set(header) ^ set(columns)) or ["the order"]
                raise BrokenRow(path.name, 1, ", ".join(wrong), "the header is not the one this table has")
            rows = []
            for cells in reader:
                if len(cells) != len(columns):
                    raise BrokenRow(
                        path.name, reader.line_num, columns[min(len(cells), len(columns)) - 1],
                        f"the row has {len(cells)} cells, the header {len(columns)}",
                    )  # fmt: skip
                rows.append(Row(path.name, reader.line_num, dict(zip(columns, cells, strict=True))))
        except (csv.Error, UnicodeDecodeError) as problem:
            raise BrokenRow(path.name, reader.line_num, "?", str(problem)) from problem
    return rows


@dataclass
class Tally:
    """The rows of a table: how many there are, how many a load adds, changes and removes, and what it leaves alone."""

    name: str
    total: int
    new: int = 0
    changed: int = 0
    removed: int = 0
    kept: list[edits.Kept] = field(default_factory=list)

    def __str__(self):
        said = ((self.new, "new"), (self.changed, "changed"), (self.removed, "removed"), (len(self.kept), "kept"))
        what = ", ".join(f"{count} {word}" for count, word in said if count)
        return f"{self.name}: {self.total:,} ({what or 'unchanged'})"

    @property
    def wrote(self):
        return bool(self.new or self.changed or self.removed)

    def __iadd__(self, other):
        for name in ("new", "changed", "removed", "kept"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        return self


def put(model, key, pairs, *, also=(), within=None, name=None, quiet=True):
    """Write each instance of `pairs`, a list of (row, instance), into its table, and set its primary key.

    `key` names the fields that identify a stored row. Stored rows that are equal are not written, and values that
    somebody changed since a load are kept (`edits`). `also` names fields that are computed from others and written
    with them. `within` names the field of the row above: of its rows, those that the files no longer have are
    removed, or a single one takes the values of a single new one, unless somebody changed them. An instance whose
    row somebody deleted is not written and has no primary key. Returns a Tally; raises BrokenRow.
    """
    return _Put(model, key, pairs, also, within, name, quiet).write()


class _Put:
    def __init__(self, model, key, pairs, also, within, name, quiet):
        # What belongs to a row that somebody deleted is not written either.
        pairs = [pair for pair in pairs if within is None or getattr(pair[1], within) is not None]
        self.model, self.key, self.pairs, self.within = model, list(key), pairs, within
        self.fields = [
            field
            for field in model._meta.concrete_fields
            if not field.primary_key and (_is_content(field) or field.name in also)
        ]
        self.fields += [field for field in model._meta.concrete_fields if field.primary_key and field.attname in key]
        self.name = name or str(model._meta.verbose_name_plural)
        self.tally = Tally(self.name, len(pairs))
        self.quiet = quiet
        self.old = {}  # the stored row of each instance that has one, by the place of the instance in `pairs`

    def write(self):
        unmatched = self._match()
        self._match_the_rest(unmatched)
        new = [pair for place, pair in enumerate(self.pairs) if place not in self.old]
        deleted = edits.deleted_keys(self.model, self.key) if new else set()
        changed = self._changed()
        for row, instance in new:
            if self._identity(instance) in deleted:
                self.tally.kept.append(edits.Kept(f"{self.name} {row.file}:{row.line}", "row", "deleted", "a row"))
        new = [(row, instance) for row, instance in new if self._identity(instance) not in deleted]
        writable = [field.name for field in self.fields if not field.primary_key]
        _write(new, lambda rows: self.model._default_manager.bulk_create(rows, batch_size=500))
        if writable:
            _write(changed, lambda rows: self.model._default_manager.bulk_update(rows, writable, batch_size=500))
        self.tally.new, self.tally.changed = len(new), len(changed)
        return self.tally

    def _identity(self, instance):
        return tuple(getattr(instance, attname) for attname in self.key)

    def _match(self):
        """Find the stored row of each instance by its key. Returns the stored rows of no instance, by their key."""
        stored = {self._identity(old): old for old in self.model._default_manager.all()}
        seen = {}
        pairs = tqdm(self.pairs, desc=self.name, disable=self.quiet, leave=False)
        for place, (row, instance) in enumerate(pairs):
            identity = self._identity(instance)
            if identity in seen:
                raise row.broken(", ".join(self.key), f"the same as line {seen[identity]}: {identity}")
            seen[identity] = row.line
            if identity in stored:
                self.old[place] = stored.pop(identity)
        return stored

    def _match_the_rest(self, stored):
        """Pair rows that the files no longer have with new rows of the same row above; remove what is left."""
        if self.within is None or not stored:
            return
        above = {getattr(instance, self.within) for _row, instance in self.pairs}
        rest = [old for old in stored.values() if getattr(old, self.within) in above]
        edited = edits.edited_fields(self.model, [old.pk for old in rest])
        free = defaultdict(list)
        for old in sorted(rest, key=lambda old: old.pk):
            if not edited.get(old.pk):
                free[getattr(old, self.within)].append(old)
        new = defaultdict(list)
        for place, (_row, instance) in enumerate(self.pairs):
            if place not in self.old:
                new[getattr(instance, self.within)].append(place)
        for pk, places in new.items():
            # One for one it is the same row with another key: a raid whose day was corrected.
            if len(places) == len(free[pk]) == 1:
                self.old[places[0]] = free.pop(pk)[0]
        left = [old.pk for rows in free.values() for old in rows]
        self.model._default_manager.filter(pk__in=left).delete()
        self.tally.removed = len(left)

    def _changed(self):
        """The pairs whose stored row is to be changed; in their instances what somebody edited is as it is stored."""
        differing = {}
        for place, old in self.old.items():
            _row, instance = self.pairs[place]
            instance.pk = old.pk
            wanted = {field.attname: field.to_python(getattr(instance, field.attname)) for field in self.fields}
            names = [attname for attname, value in wanted.items() if getattr(old, attname) != value]
            if names:
                differing[place] = names
        edited = edits.edited_fields(self.model, [self.old[place].pk for place in differing])
        changed = []
        for place, names in differing.items():
            row, instance = self.pairs[place]
            old, kept = self.old[place], edited.get(self.old[place].pk, ())
            for attname in names:
                if attname in kept:
                    what = f"{self.name} {row.file}:{row.line}"
                    stored = getattr(old, attname)
                    self.tally.kept.append(edits.Kept(what, attname, str(stored), str(getattr(instance, attname))))
                    setattr(instance, attname, stored)
            if any(attname not in kept for attname in names):
                changed.append((row, instance))
        return changed


def link(through, left, right, pairs):
    """Make the links of each `left` id of `pairs` those of `pairs`, (left id, right id), except where somebody edited.

    A link that somebody removed is not added again, and only links that a load made are removed.
    """
    wanted = dict.fromkeys((a, b) for a, b in pairs if a is not None)
    stored = {(a, b): pk for pk, a, b in through._default_manager.values_list("pk", left, right)}
    removed = edits.deleted_keys(through, (left, right))
    missing = [pair for pair in wanted if pair not in stored and pair not in removed]
    through._default_manager.bulk_create([through(**{left: a, right: b}) for a, b in missing], batch_size=1000)
    ours = {a for a, _b in wanted}
    stale = [pk for (a, b), pk in stored.items() if a in ours and (a, b) not in wanted]
    edited = edits.edited_fields(through, stale)
    through._default_manager.filter(pk__in=[pk for pk in stale if pk in edited and not edited[pk]]).delete()


def _is_content(field):
    """A field that a file states, and that neither the database nor another table computes."""
    return field.editable and not field.generated and not getattr(field, "auto_now", False)


def _write(pairs, write):
    if not pairs:
        return
    try:
        with transaction.atomic():
            write([instance for _row, instance in pairs])
    except DatabaseError as refusal:
        # The database names the rule and not the row, so the row is searched here.
        for row, instance in pairs:
            try:
                instance.full_clean(validate_unique=False)
            except ValidationError as problem:
                column, reasons = next(iter(problem.message_dict.items()))
                raise row.broken(column, reasons[0]) from refusal
        raise pairs[0][0].broken("?", f"in this file: {refusal}") from refusal
