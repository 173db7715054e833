"""Filters for numbers, days and texts. Every template has them without `{% load %}`."""

import re

from django import template
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from regions.grammar import dates, quantities
from regions.grammar.dates import Precision, day_as_known
from regions.grammar.language import in_reading_language, reads_chinese

register = template.Library()


def _with_unit(pair):
    figure, unit = pair
    return format_html("{} <small>{}</small>", figure, unit) if unit else figure


@register.filter
def figure(value):
    """A number with thousands separators; a dash if the source does not state it."""
    return quantities.figure(value)


@register.filter
def energy(kwh):
    return _with_unit(quantities.energy(kwh))


@register.filter("load")
def power_draw(kw):
    return _with_unit(quantities.power_draw(kw))


@register.filter
def coal(tce):
    return _with_unit(quantities.coal(tce))


@register.filter
def carbon(tonnes, gas="co2"):
    return _with_unit(quantities.carbon(tonnes, gas))


@register.filter("moment")
def moment_shown(at, form="%Y-%m-%d %H:%M"):
    """A moment in the time zone of the office, which it names; `form` as strftime has it."""
    return dates.moment(at, form)


@register.filter
def money(amount, currency):
    return _with_unit(quantities.money(amount, currency))


@register.filter
def rigs(case):
    """The count of rigs, with the qualifier of the source (about, at least). `case` has `rigs` and `rigs_qualifier`."""
    return quantities.rigs(case.rigs, case.rigs_qualifier)[0]


register.filter("day", day_as_known)


@register.filter
def at(mapping, key):
    """The value of `key` in `mapping`. None if the key is missing, or if `mapping` is None."""
    return mapping.get(key) if mapping else None


@register.filter
def known_to(precision):
    """The note below a date that is known only to the month or the year. Empty if the day is known."""
    return {
        Precision.MONTH: pgettext("of a date", "exact day unknown"),
        Precision.YEAR: pgettext("of a date", "exact month unknown"),
    }.get(precision, "")


@register.filter
def listed(texts):
    """Several texts as a list in a sentence, with the separator of the language."""
    return pgettext("between items of a list", ", ").join(str(text) for text in texts)


@register.filter
def yes_no(value):
    return {True: _("Yes"), False: _("No")}.get(value, _("Not stated"))


@register.filter
def beginswith(text, start):
    return text.startswith(start)


@register.filter
def unlocalized(value):
    """A number for programs: with a decimal point, without thousands separators."""
    return str(value)


@register.filter
def as_written(text):
    """A text that stays as it is, such as a rule as cited; marked with its language where that is not the page's."""
    return _marked(text, bool(re.search("[\u3400-\u9fff]", text)))


@register.simple_tag
def text_of(row, name):
    """The text `name` or `name`_zh of `row`, in the reader's language; if that is missing the other, marked as such."""
    english, chinese = getattr(row, name), getattr(row, f"{name}_zh")
    text = in_reading_language(english, chinese)
    return _marked(text, text == chinese)


@register.simple_tag
def described_source(factor):
    """The source of a factor: as published, or in the reader's language where it is described in words."""
    return text_of(factor, "source_text") if factor.source_text_zh else as_written(factor.source_text)


def _marked(text, is_chinese):
    """`text`; in the language that the page is not in, marked as such."""
    if is_chinese == reads_chinese():
        return text
    return format_html('<span lang="{}">{}</span>', "zh-Hans" if is_chinese else "en", text)
