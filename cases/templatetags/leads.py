"""What templates say of the queue of leads."""

from django import template
from django.utils.translation import gettext_lazy, pgettext_lazy

register = template.Library()

# How the queue can be sorted, as people ask for it.
ORDERS = [
    ("received", gettext_lazy("Longest waiting first")),
    ("-received", gettext_lazy("Newest first")),
    ("-score", gettext_lazy("Highest score first")),
    ("region", gettext_lazy("By region")),
    ("kind", pgettext_lazy("lead", "By kind")),
    ("state", gettext_lazy("By state")),
]


@register.simple_tag
def queue_orders(selection):
    """How the queue can be sorted, as (label, query string, whether it is sorted so)."""
    usual = selection.default_sort
    return [
        (label, selection.address(sort=None if sort == usual else sort, page=None), sort == selection.sort)
        for sort, label in ORDERS
    ]
