"""Content from CSV: strict reading, and writing that changes only what differs.

The loading of both apps uses it. A row with a mistake stops the load and names its file, line, column and reason.
Nothing is written then, because the caller holds the transaction.
"""

import csv
import datetime
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from tqdm import tqdm


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
    """The number of rows of a table, and how many of them a load adds and changes."""

    name: str
    total: int
    new: int = 0
    changed: int = 0

    def __str__(self):
        what = "unchanged" if not (self.new or self.changed) else f"{self.new} new, {self.changed} changed"
        return f"{self.name}: {self.total:,} ({what})"


def put(model, key, pairs, *, also=(), name=None, quiet=True):
    """Write each instance of `pairs`, a list of (row, instance), into its table, and set its primary key.

    `key` names the fields that identify a stored row. Stored rows that are equal are not written. `also` names fields
    that are computed from others and written with them. Returns a Tally; raises BrokenRow.
    """
    fields = [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key and (_is_content(field) or field.name in also)
    ]
    fields += [field for field in model._meta.concrete_fields if field.primary_key and field.attname in key]
    stored = {tuple(getattr(old, name) for name in key): old for old in model._default_manager.all()}
    seen, new, changed = {}, [], []
    for row, instance in tqdm(pairs, desc=name or str(model._meta.verbose_name_plural), disable=quiet, leave=False):
        identity = tuple(getattr(instance, attname) for attname in key)
        if identity in seen:
            raise row.broken(", ".join(key), f"the same as line {seen[identity]}: {identity}")
        seen[identity] = row.line
        old = stored.get(identity)
        if old is None:
            new.append((row, instance))
            continue
        instance.pk = old.pk
        if any(getattr(old, field.attname) != field.to_python(getattr(instance, field.attname)) for field in fields):
            changed.append((row, instance))
    writable = [field.name for field in fields if not field.primary_key]
    _write(new, lambda rows: model._default_manager.bulk_create(rows, batch_size=500))
    if writable:
        _write(changed, lambda rows: model._default_manager.bulk_update(rows, writable, batch_size=500))
    return Tally(name or str(model._meta.verbose_name_plural), len(pairs), len(new), len(changed))


def link(through, left, right, pairs):
    """Add each missing (left id, right id) of `pairs` to the many-to-many table `through`."""
    stored = set(through._default_manager.values_list(left, right))
    missing = [pair for pair in dict.fromkeys(pairs) if pair not in stored]
    through._default_manager.bulk_create([through(**{left: a, right: b}) for a, b in missing], batch_size=1000)


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
