"""A part of a page that depends on one row, kept for as long as the row is as it is.

Its key is all that was loaded of the row: its own fields, those of the rows it refers to, those that were prefetched.
So nothing can change without the key, and whoever is given the same row is given the same part: what a reader may not
see must not be loaded, or not be shown to anybody.
"""

from hashlib import blake2b
from threading import Lock

from django import template
from django.utils.translation import get_language

MOST_KEPT = 5_000  # parts, of a few kilobytes

register = template.Library()


@register.tag(name="kept_row")
def kept_row(parser, token):
    """`{% kept_row case columns %}…{% endkept_row %}`: the words of a search are marked, and so never kept."""
    _name, *parts = token.split_contents()
    body = parser.parse(["endkept_row"])
    parser.delete_first_token()
    return KeptRow(body, *(parser.compile_filter(part) for part in parts))


class KeptRow(template.Node):
    child_nodelists = ("body",)

    def __init__(self, body, row, columns):
        self.body, self.row, self.columns = body, row, columns
        self.kept, self.lock = {}, Lock()

    def render(self, context):
        selection = context.get("selection")
        if selection and "q" in selection.chosen:
            return self.body.render(context)
        told = repr((get_language(), self.columns.resolve(context), all_loaded(self.row.resolve(context))))
        key = blake2b(told.encode(errors="surrogatepass"), digest_size=16).digest()
        part = self.kept.get(key)
        if part is None:
            part = self.body.render(context)
            with self.lock:
                while len(self.kept) >= MOST_KEPT:
                    del self.kept[next(iter(self.kept))]
                self.kept[key] = part
        return part


def all_loaded(row, above=None):
    """The values of a row and of all rows that were loaded with it; those of a list know the row `above` them too."""
    values = [value for name, value in row.__dict__.items() if not name.startswith("_")]
    others = row._state.fields_cache.items()
    lists = getattr(row, "_prefetched_objects_cache", {}).items()
    return (
        values,
        [(name, all_loaded(other)) for name, other in others if other is not None and other is not above],
        [(name, [all_loaded(other, row) for other in rows]) for name, rows in lists],
    )
