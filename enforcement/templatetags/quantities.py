"""Filters for numbers, days and texts. Every template has them without `{% load %}`."""

from django import template
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from regions.grammar import dates, durations, quantities
from regions.grammar.dates import Precision, day_as_known
from regions.grammar.language import in_reading_language, language_tag, listed, reads_chinese, tag_of_other
from regions.models.series import series_name

register = template.Library()


def _with_unit(pair):
    figure, unit = pair
    between = "" if reads_chinese() else " "
    return format_html("{}{}<small>{}</small>", figure, between, unit) if unit else figure


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


register.filter("listed", listed)
register.filter("unit", quantities.unit)
register.filter("moment", dates.moment)
register.filter("clock_time", dates.clock_time)
register.filter("distance", durations.distance)
register.filter("duration_until", durations.duration)
register.filter("series_name", series_name)
register.simple_tag(language_tag)


@register.filter
def money(amount, currency):
    return _with_unit(quantities.money(amount, currency))


@register.simple_tag
def between(quantity, low, high):
    """A range of one quantity: `{% between "energy" low high %}` is 305–889 MWh."""
    kind = getattr(quantities, quantity)
    return quantities.between(kind(low), kind(high))


@register.filter
def rigs(case):
    """The count of rigs as the source words it (about 300, 110 or more). `case` has `rigs` and `rigs_qualifier`."""
    return quantities.rigs(case.rigs, case.rigs_qualifier)


@register.filter
def rigs_named(case):
    """As `rigs`, with the word: 110 or more rigs."""
    return quantities.rigs_named(case.rigs, case.rigs_qualifier)


register.filter("rigs_word", quantities.rigs_word)
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
def tenths(value):
    """A coordinate of a picture: one decimal, with a point, whatever the language."""
    return f"{value:.1f}".removesuffix(".0")


@register.filter
def plus(value, amount):
    """The sum of two numbers. Django's own `add` leaves out what is behind the decimal point."""
    return value + amount


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
    return _marked(text, tag_of_other(text))


@register.simple_tag
def text_of(row, name):
    """The text `name` or `name`_zh of `row`, in the reader's language; if that is missing the other, marked as such."""
    english, chinese = getattr(row, name), getattr(row, f"{name}_zh")
    text = in_reading_language(english, chinese)
    is_other = not (chinese if reads_chinese() else english)
    return _marked(text, ("en" if reads_chinese() else "zh-Hans") if is_other and text else "")


@register.simple_tag
def described_source(factor):
    """The source of a factor: as published, or in the reader's language where it is described in words."""
    return text_of(factor, "source_text") if factor.source_text_zh else as_written(factor.source_text)


def _marked(text, tag):
    return format_html('<span lang="{}">{}</span>', tag, text) if tag else text


@register.simple_tag(takes_context=True)
def policy_head(context, column, label, sort):
    """The head of a column of policies: a link that sorts by it where the table can be sorted, else its name."""
    if not sort:
        return format_html('<th scope="col">{}</th>', label)
    is_current, descends = sort.removeprefix("-") == column, sort.startswith("-")
    downwards = not descends if is_current else column not in ("title", "region")
    address = context["request"].GET.copy()
    address.pop("page", None)
    address["sort"] = f"-{column}" if downwards else column
    aria = format_html(' aria-sort="{}"', "descending" if descends else "ascending") if is_current else ""
    return format_html('<th scope="col"{}><a href="?{}">{}</a></th>', aria, address.urlencode(), label)
