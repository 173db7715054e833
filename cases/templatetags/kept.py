"""A part of a page that is kept for as long as all that it shows is as it is.

Its key is what the part is made of, and that is read anew for each page: of a row all that was loaded of it, of those
that it refers to and of those that were prefetched. So nothing can change without the key, and whoever is given the
same is given the same part. What is inside such a part must show nothing else, but for the reader's language.
"""

from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from itertools import count
from threading import Lock

from django import template
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import get_language

MOST_KEPT = 24 * 1024 * 1024  # letters, of all parts that a process keeps
PLAIN = (str, int, float, bool, Decimal, date, type(None))

register = template.Library()


class Parts:
    """What one process keeps, the oldest forgotten first."""

    def __init__(self):
        self._parts, self._lock, self._size = {}, Lock(), 0

    def get(self, key):
        return self._parts.get(key)

    def keep(self, key, part):
        with self._lock:
            if key not in self._parts:
                self._parts[key] = part
                self._size += len(part)
            while self._size > MOST_KEPT and len(self._parts) > 1:
                self._size -= len(self._parts.pop(next(iter(self._parts))))


parts, numbers = Parts(), count()  # a number stands for a place in a template: an id may be given again


@register.tag
def kept(parser, token):
    """`{% kept value value … %}…{% endkept %}`: the values are all that the part shows."""
    return Kept(*_parsed(parser, token))


@register.tag
def kept_row(parser, token):
    """`{% kept_row case columns %}…{% endkept_row %}`: the words of a search are marked, and so never kept."""
    return KeptRow(*_parsed(parser, token))


def _parsed(parser, token):
    name, *values = token.split_contents()
    body = parser.parse([f"end{name}"])
    parser.delete_first_token()
    return body, [parser.compile_filter(value) for value in values]


class Kept(template.Node):
    child_nodelists = ("body",)

    def __init__(self, body, values):
        self.body, self.values, self.number = body, values, next(numbers)

    def render(self, context):
        made_of = (self.number, get_language(), [told(value.resolve(context)) for value in self.values])
        key = blake2b(repr(made_of).encode(errors="surrogatepass"), digest_size=16).digest()
        part = parts.get(key)
        if part is None:
            part = self.body.render(context)
            parts.keep(key, part)
        return part


class KeptRow(Kept):
    def render(self, context):
        selection = context.get("selection")
        return self.body.render(context) if selection and "q" in selection.chosen else super().render(context)


def told(value):
    """A value as plain values, of which equal ones show the same."""
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, Model):
        return all_loaded(value)
    if isinstance(value, dict):
        return [(told(name), told(beside)) for name, beside in value.items()]
    if isinstance(value, (list, tuple)):
        return [told(item) for item in value]
    if is_dataclass(value):
        return [told(getattr(value, field.name)) for field in fields(value)]
    raise TypeError(f"A part cannot be kept by {type(value).__name__}.")


def all_loaded(row):
    """The values of a row and of all rows that were loaded with it."""
    values = [value for name, value in row.__dict__.items() if not name.startswith("_")]
    others = row._state.fields_cache.items()
    lists = getattr(row, "_prefetched_objects_cache", {}).items()
    return (
        values,
        [(name, all_loaded(other)) for name, other in others if other is not None],
        [(name, [all_loaded(other) for other in rows]) for name, rows in lists],
    )
