"""A filter set that is strict, and the fields that every filter set of ours uses."""

import django_filters as filters
from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from regions.grammar import days

LONGEST_TEXT = 200
MOST_VALUES = 50  # of one parameter
MOST_VALUES_IN_ALL = 60
LONGEST_QUESTION = 2_000  # bytes, as an address writes it


class StrictFilterSet(filters.FilterSet):
    """A question we do not understand has no answers; stock django-filter gives them all."""

    # Parameters that say how an answer is shown: allowed, but they select nothing.
    showing = set()

    def __init__(self, data=None, *args, **kwargs):
        data, self.too_much = bounded(_without_blanks(data))
        super().__init__(data, *args, **kwargs)

    def filter_queryset(self, queryset):
        return super().filter_queryset(queryset) if self.is_valid() else queryset.none()

    def is_valid(self):
        return not self.problems

    @cached_property
    def problems(self):
        """What is not understood: {parameter: [messages]}."""
        found = {name: list(messages) for name, messages in self.form.errors.items()} | self.too_much
        for name in self.data:
            if name not in self.filters and name not in self.showing:
                found[name] = [_("There is no filter of this name.")]
        for name, field in self.form.fields.items():
            single = not isinstance(field, (forms.MultipleChoiceField, forms.ModelMultipleChoiceField))
            if single and hasattr(self.data, "getlist") and len(self.data.getlist(name)) > 1:
                found[name] = [_("Give this once.")]
        return found


def _without_blanks(data):
    """A form sends every field it has; an empty one asks nothing."""
    if not hasattr(data, "lists"):
        return data
    said = data.copy()
    for name, values in data.lists():
        said.setlist(name, [value for value in values if value != ""])
    return said


def bounded(query):
    """`query` with the same value twice asked once; where it is too much, empty and with why: {name: [message]}.

    A page repeats the question in every link, so that a question costs its length many times.
    """
    if not hasattr(query, "lists"):
        return query, {}
    problems, kept = {}, query.copy()
    for name, values in query.lists():
        kept.setlist(name, list(dict.fromkeys(values)))
    counts = {name: len(values) for name, values in kept.lists()}
    lengths = {name: sum(map(len, [name, *values])) for name, values in kept.lists()}
    told = _("%(count)s values are too many: at most %(most)s are read.")
    for name, count in counts.items():
        if count > MOST_VALUES:
            problems[name] = [told % {"count": count, "most": MOST_VALUES}]
    if not problems and sum(counts.values()) > MOST_VALUES_IN_ALL:
        most = max(counts, key=counts.get)
        problems[most] = [told % {"count": sum(counts.values()), "most": MOST_VALUES_IN_ALL}]
    if not problems and len(kept.urlencode()) > LONGEST_QUESTION:
        longest = max(lengths, key=lengths.get)[:LONGEST_TEXT]
        told = _("The question is too long: %(size)s bytes; at most %(most)s are read.")
        problems[longest] = [told % {"size": len(kept.urlencode()), "most": LONGEST_QUESTION}]
    if problems:
        kept.clear()
    return kept, problems


class CodeField(forms.ChoiceField):
    default_error_messages = {"invalid_choice": gettext_lazy("There is no “%(value)s” here.")}


class CodeFilter(filters.Filter):
    """One of a column's declared codes."""

    field_class = CodeField

    def __init__(self, *args, choices, **kwargs):
        super().__init__(*args, choices=[("", gettext_lazy("Any")), *choices.choices], **kwargs)


class DayField(forms.CharField):
    """A day as people type it; `last` takes of a month or a year the last day."""

    def __init__(self, *args, last=False, **kwargs):
        self.last = last
        super().__init__(*args, **kwargs)

    def clean(self, value):
        text = super().clean(value)
        return days.day(text, last=self.last) if text else None


class DayFilter(filters.Filter):
    field_class = DayField


class RegionField(forms.ModelChoiceField):
    default_error_messages = {"invalid_choice": gettext_lazy("There is no “%(value)s” in the record.")}


class RegionCodeFilter(filters.Filter):
    """One region, by its code."""

    field_class = RegionField
