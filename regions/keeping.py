"""What is kept for as long as all that it is made of is as it is.

The key is what something is made of, and that is read anew each time: of a row all that was loaded of it, of those that
it refers to and of those that were prefetched. So nothing can change without the key, and whoever is given the same is
given the same part. What depends on something else, such as the language, has to say so.
"""

from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from threading import Lock

from django.db.models import Model
from django.utils.functional import Promise

PLAIN = (str, int, float, bool, Decimal, date, type(None))


class KeptParts:
    """What one process keeps, the oldest forgotten first. All of it has at most the size `most`."""

    def __init__(self, most, size_of=len):
        self.most, self.size_of = most, size_of
        self._parts, self._lock, self._size = {}, Lock(), 0

    def get(self, key, make):
        """The part under `key`, which `make` makes if there is none."""
        part = self._parts.get(key)
        if part is None:
            part = make()
            self._keep(key, part)
        return part

    def _keep(self, key, part):
        with self._lock:
            if key not in self._parts:
                self._parts[key] = part
                self._size += self.size_of(part)
            while self._size > self.most and len(self._parts) > 1:
                self._size -= self.size_of(self._parts.pop(next(iter(self._parts))))


def key_made_of(*values):
    """The key of what is made of `values` alone."""
    return blake2b(repr(told(values)).encode(errors="surrogatepass"), digest_size=16).digest()


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
    raise TypeError(f"Nothing can be kept by {type(value).__name__}.")


def all_loaded(row, within=()):
    """The values of a row and of all rows that were loaded with it; `within` are the rows that lead to it."""
    if any(row is above for above in within):
        return None
    within = (*within, row)
    values = [value for name, value in row.__dict__.items() if not name.startswith("_")]
    others = row._state.fields_cache.items()
    lists = getattr(row, "_prefetched_objects_cache", {}).items()
    return (
        values,
        [(name, all_loaded(other, within)) for name, other in others if other is not None],
        [(name, [all_loaded(other, within) for other in rows]) for name, rows in lists],
    )
