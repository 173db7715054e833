"""`{% kept %}`: a part of a page that is kept for as long as all that it shows is as it is (`regions.keeping`).

What is inside such a part must show nothing but the values that it names, in the reader's language. A large part is
kept by `{% kept_while_nobody_writes %}`: what it shows may also be anything in the database that all may know, and the
rows of a queryset, which says what its reader may see. So whoever may see the same is given the same. What shows
nothing of the reader is kept by `{% kept_for_readers_alike %}`; then not even the queryset is made.
"""

from itertools import count

from django import template
from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.template.base import UNKNOWN_SOURCE
from django.utils.crypto import salted_hmac
from django.utils.timezone import localdate
from django.utils.translation import get_language

from regions.keeping import KeptParts, key_made_of, key_while_nobody_writes

# Known to nobody, so that no text of the record has it, and the same in all processes.
TOKEN_HERE = salted_hmac("the place of a token in what is kept", "").hexdigest()
MOST_KEPT = 24 * 1024 * 1024  # letters, of all parts that a process keeps until what they show changes
MOST_OF_NOW = 8 * 1024 * 1024  # of those that it keeps until anybody writes anything

register = template.Library()


# Apart: what each write makes worthless must not push out what outlives it.
parts, parts_of_now = KeptParts(MOST_KEPT), KeptParts(MOST_OF_NOW, shared=True)
numbers = count()


@register.tag
def kept(parser, token):
    """`{% kept value value … %}…{% endkept %}`: the values are all that the part shows."""
    return KeptPart(*_parsed(parser, token))


@register.tag
def kept_row(parser, token):
    """`{% kept_row case columns %}…{% endkept_row %}`: the words that the selection asks for are marked in it."""
    return KeptRow(*_parsed(parser, token))


@register.tag
def kept_rows(parser, token):
    """`{% kept_rows versions value … %}`: the part shows rows of these versions; without them it is made each time."""
    return KeptRows(*_parsed(parser, token))


@register.tag
def kept_while_nobody_writes(parser, token):
    """`{% kept_while_nobody_writes rows value value … %}`: `rows` is a queryset of what the reader may see."""
    return KeptWhileNobodyWrites(*_parsed(parser, token))


@register.tag
def kept_for_readers_alike(parser, token):
    """`{% kept_for_readers_alike key value … %}`: the key is of `regions.keeping`; without one it is made each time."""
    return KeptForReadersAlike(*_parsed(parser, token))


def _parsed(parser, token):
    name, *values = token.split_contents()
    place = _place(parser)
    body = parser.parse([f"end{name}"])
    parser.delete_first_token()
    return body, [parser.compile_filter(value) for value in values], place


def _place(parser):
    """What stands for a place in a template, in each process the same: an id may be given again."""
    name, extra = parser.origin.name, parser.extra_data
    if name == UNKNOWN_SOURCE or settings.DEBUG:  # of texts there may be several, and a file may change
        return next(numbers)
    extra["kept"] = extra.get("kept", 0) + 1
    return name, extra["kept"]


class KeptPart(template.Node):
    child_nodelists = ("body",)

    def __init__(self, body, values, place):
        self.body, self.values, self.place = body, values, place

    def render(self, context):
        key = key_made_of(self.place, get_language(), self.shown(context))
        return parts.get(key, lambda: self.body.render(context))

    def shown(self, context):
        return [value.resolve(context) for value in self.values]


class KeptRow(KeptPart):
    def shown(self, context):
        selection = context.get("selection")
        return [*super().shown(context), selection and selection.chosen.get("q")]


class KeptRows(KeptRow):
    def render(self, context):
        return super().render(context) if self.values[0].resolve(context) else self.body.render(context)


class KeptWhileNobodyWrites(KeptPart):
    def render(self, context):
        rows, *values = (value.resolve(context) for value in self.values)
        try:
            written = key_while_nobody_writes(*rows.query.sql_with_params())
        except EmptyResultSet:
            written = None
        if written is None:
            return self.body.render(context)
        key = (written, self.place, key_made_of(get_language(), localdate(), values))
        return parts_of_now.get(key, lambda: self.body.render(context))


class KeptForReadersAlike(KeptPart):
    """The token of forms is each reader's own: what is kept has a hole in its place."""

    def render(self, context):
        alike, *values = (value.resolve(context) for value in self.values)
        if not alike:
            return self.body.render(context)

        def made():
            with context.push(csrf_token=TOKEN_HERE):
                return self.body.render(context)

        part = parts_of_now.get((alike, self.place, key_made_of(values)), made)
        return part.replace(TOKEN_HERE, str(context["csrf_token"])) if TOKEN_HERE in part else part
