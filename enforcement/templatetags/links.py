"""What the head of a page says to who gets a link to it, and how the page is cited."""

import json
from dataclasses import dataclass
from datetime import date
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
    """A page as it is cited on a day, in the usual ways; a release as what it is, of the day it was made."""

    title: str
    address: str
    retrieved: date
    released: date | None = None
    version: str = ""

    @property
    def usual(self):
        told = {
            "title": self.title, "address": self.address, "year": (self.released or self.retrieved).year,
            "day": date_format(self.released or self.retrieved, "DATE_FORMAT"),
        }  # fmt: skip
        if self.released:
            return _("Mining Enforcement (%(year)s). %(title)s [Data set]. Released %(day)s. %(address)s") % told
        return _("Mining Enforcement (%(year)s). %(title)s. Retrieved %(day)s, from %(address)s") % told

    @property
    def bibtex(self):
        lines = [
            f"title = {{{_for_bibtex(self.title)}}}",
            "author = {{Mining Enforcement}}",
            f"year = {{{(self.released or self.retrieved).year}}}",
            f"url = {{{self.address}}}",
            f"urldate = {{{self.retrieved.isoformat()}}}",
        ]
        if self.released:
            lines += [f"date = {{{self.released.isoformat()}}}", f"version = {{{self.version}}}"]
        kind = "dataset" if self.released else "online"
        return f"@{kind}{{{self._key},\n  " + ",\n  ".join(lines) + "\n}"

    @property
    def csl(self):
        """CSL-JSON, as Zotero and pandoc read it."""
        item = {
            "id": self._key,
            "type": "dataset" if self.released else "webpage",
            "title": self.title,
            "author": [{"literal": "Mining Enforcement"}],
            "issued": _parts_of(self.released or self.retrieved),
            "accessed": _parts_of(self.retrieved),
            "URL": self.address,
        }
        return json.dumps([item | ({"version": self.version} if self.version else {})], ensure_ascii=False, indent=1)

    @property
    def _key(self):
        key = slugify(urlsplit(self.address)[2].replace("/", "-")) or "record"
        return f"mining-enforcement-{key}"


@register.simple_tag(takes_context=True)
def citation(context, title, address="", released=None, version=""):
    """The PageCitation of this page, of today; of `address` where this page has another one that lasts."""
    address = absolute(context, address) if address else context["page_address"]
    return PageCitation(str(title), address, localdate(), released and localdate(released), version)


def _parts_of(day):
    return {"date-parts": [[day.year, day.month, day.day]]}


def _for_bibtex(text):
    return "".join(f"\\{letter}" if letter in "{}%&$#_\\" else letter for letter in text)
