"""`{% kept %}`: a part of a page that is kept for as long as all that it shows is as it is (`regions.keeping`).

What is inside such a part must show nothing but the values that it names, in the reader's language.
"""

from itertools import count

from django import template
from django.utils.translation import get_language

from regions.keeping import KeptParts, key_made_of

MOST_KEPT = 24 * 1024 * 1024  # letters, of all parts that a process keeps

register = template.Library()


parts, numbers = KeptParts(MOST_KEPT), count()  # a number stands for a place in a template: an id may be given again


@register.tag
def kept(parser, token):
    """`{% kept value value … %}…{% endkept %}`: the values are all that the part shows."""
    return KeptPart(*_parsed(parser, token))


@register.tag
def kept_row(parser, token):
    """`{% kept_row case columns %}…{% endkept_row %}`: the words of a search are marked, and so never kept."""
    return KeptRow(*_parsed(parser, token))


def _parsed(parser, token):
    name, *values = token.split_contents()
    body = parser.parse([f"end{name}"])
    parser.delete_first_token()
    return body, [parser.compile_filter(value) for value in values]


class KeptPart(template.Node):
    child_nodelists = ("body",)

    def __init__(self, body, values):
        self.body, self.values, self.number = body, values, next(numbers)

    def render(self, context):
        key = key_made_of(self.number, get_language(), [value.resolve(context) for value in self.values])
        return parts.get(key, lambda: self.body.render(context))


class KeptRow(KeptPart):
    def render(self, context):
        selection = context.get("selection")
        return self.body.render(context) if selection and "q" in selection.chosen else super().render(context)
