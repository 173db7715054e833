"""What the head of a page says to who gets a link to it, and how the page is cited."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django import template
from django.utils.formats import date_format
from django.utils.safestring import mark_safe
from django.utils.text import slugify
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from regions.carried import LANGUAGE

register = template.Library()


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
