"""What the head of a page says to who gets a link to it, and how the page is cited."""

from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from django import template
from django.utils.formats import date_format
from django.utils.safestring import mark_safe
from django.utils.text import slugify
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regions.carried import LANGUAGE

register = template.Library()

# What an address says about how an answer is shown.
SHOWING = {
    "page": gettext_lazy("Page"),
    "per_page": gettext_lazy("Cases per page"),
    "sort": gettext_lazy("Order"),
    "columns": gettext_lazy("Columns"),
    "metric": gettext_lazy("Figure"),
    "show": gettext_lazy("View"),
    "view": gettext_lazy("Saved view"),
}


@register.simple_block_tag
def one_line(content):
    """What a block says, in a line: it then stands in several places of the head."""
    return mark_safe(" ".join(content.split()).replace('"', "&quot;"))  # noqa: S308 - rendered, so escaped


@register.simple_tag
def in_language(address, code):
    """`address` with the language in it."""
    return f"{address}{'&' if '?' in address else '?'}{LANGUAGE}={code}"


@register.simple_tag(takes_context=True)
def absolute(context, path):
    """`path` with the host of the page."""
    return context["request"].build_absolute_uri(path)


@register.filter
def script_of(code):
    """A language as HTML names it: zh-hans is zh-Hans."""
    language, _dash, script = code.partition("-")
    return f"{language}-{script.capitalize()}" if script else language


class Mistake(NamedTuple):
    """A parameter that is not understood: its label (None where it has none), and the address without it."""

    name: str
    label: str | None
    message: str
    without: str


@register.simple_tag
def mistakes_of(question, problems):
    """The Mistakes of `problems`, {parameter: messages}, by the labels of `question`, a StrictFilterSet."""
    return [_mistake(question, name, messages[0]) for name, messages in problems.items()]


def _mistake(question, name, message):
    field = question.form.fields.get(name)
    without = question.data.copy()
    for parameter in (name, "page"):
        without.pop(parameter, None)
    return Mistake(name, field.label if field else SHOWING.get(name), message, without.urlencode())


@dataclass
class PageCitation:
    """A page as it is cited on a day, in the usual ways."""

    title: str
    address: str
    day: str
    year: int

    @property
    def usual(self):
        return _("Mining Enforcement (%(year)s). %(title)s. Retrieved %(day)s, from %(address)s") % vars(self)

    @property
    def bibtex(self):
        key = slugify(urlsplit(self.address)[2].replace("/", "-")) or "record"
        lines = [
            f"title = {{{_for_bibtex(self.title)}}}",
            "author = {{Mining Enforcement}}",
            f"year = {{{self.year}}}",
            f"url = {{{self.address}}}",
            f"urldate = {{{localdate().isoformat()}}}",
        ]
        return f"@online{{mining-enforcement-{key},\n  " + ",\n  ".join(lines) + "\n}"


@register.simple_tag(takes_context=True)
def citation(context, title):
    """The PageCitation of this page, of today."""
    today = localdate()
    return PageCitation(str(title), context["page_address"], date_format(today, "DATE_FORMAT"), today.year)


def _for_bibtex(text):
    return "".join(f"\\{letter}" if letter in "{}%&$#_\\" else letter for letter in text)
