"""A strict filter set, and the fields that filter sets share."""

import copy

import django_filters as filters
from django import forms
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from regions.grammar import days
from regions.grammar.fields import ReadField

LONGEST_TEXT = 200
MOST_VALUES = 50  # of one parameter
MOST_VALUES_IN_ALL = 60
LONGEST_QUESTION = 2_000  # bytes, as an address writes it


_form_classes = {}  # {(class of a filter set, language): class of its form}


class SharedFields(dict):
    """The fields of a class of forms. Its forms share those that no form changes: all but the choices among rows."""

    def __deepcopy__(self, memo):
        return {
            name: copy.deepcopy(field, memo) if isinstance(field, forms.ModelChoiceField) else field
            for name, field in self.items()
        }


class SharedFilters(dict):
    """The filters of a filter set, which each question has for itself; what they are made of, all questions share."""

    def __deepcopy__(self, memo):
        own = {name: copy.copy(asked) for name, asked in self.items()}
        for asked in own.values():
            asked.method = asked.method  # bound to the copy
        return own


class StrictFilterSet(filters.FilterSet):
    """A question with a mistake in it has no answers; stock django-filter gives all of them."""

    # Parameters that set how an answer is shown. They select nothing.
    showing = set()

    def __init__(self, data=None, *args, **kwargs):
        data, self.too_much = bounded(_without_blanks(data))
        super().__init__(data, *args, **kwargs)
        # {parameter: codes} of what was written in another case than it is on record; None until the form was read.
        self.recased = None

    @classmethod
    def get_filters(cls):
        return SharedFilters(super().get_filters())

    @cached_property
    def form(self):
        """The form, with codes in the case that is on record: `cn-nm` asks for CN-NM, `Raid` for raid."""
        form = self.new_form()
        self.recased = self._in_another_case(form) if self.is_bound else {}
        if self.recased:
            self.data = self.data.copy()
            for name, codes in self.recased.items():
                self.data.setlist(name, codes)
            form = self.new_form()
        return form

    def new_form(self):
        form_class = self.get_form_class()
        return form_class(self.data) if self.is_bound else form_class()

    def get_form_class(self):
        """Made once in a process for each language: it has some forty fields, and their labels may be words by then."""
        key = type(self), get_language()
        if key not in _form_classes:
            made = super().get_form_class()
            made.base_fields = SharedFields(made.base_fields)
            _form_classes[key] = made
        return _form_classes[key]

    def _in_another_case(self, form):
        """Of what the form refuses, the codes that are on record in another case."""
        found = {}
        for name in form.errors:
            field = form.fields.get(name)
            if isinstance(field, (forms.ChoiceField, forms.ModelChoiceField)) and hasattr(self.data, "getlist"):
                asked = self.data.getlist(name)
                codes = codes_of(field, asked)
                if codes != asked:
                    several = isinstance(field, (forms.MultipleChoiceField, forms.ModelMultipleChoiceField))
                    found[name] = list(dict.fromkeys(codes)) if several else codes
        return found

    def filter_queryset(self, queryset):
        if not self.is_valid():
            return queryset.none()
        for name, asked in self.filters.items():
            if name in self.data:
                queryset = asked.filter(queryset, self.form.cleaned_data[name])
        return queryset

    def is_valid(self):
        return not self.problems

    @cached_property
    def problems(self):
        """The mistakes: {parameter: [messages]}."""
        found = {name: list(messages) for name, messages in self.form.errors.items()} | self.too_much
        for name in self.data:
            if name not in self.filters and name not in self.showing:
                found[name] = [_("There is no filter with this name.")]
        for name, field in self.form.fields.items():
            single = not isinstance(field, (forms.MultipleChoiceField, forms.ModelMultipleChoiceField))
            if single and hasattr(self.data, "getlist") and len(self.data.getlist(name)) > 1:
                found[name] = [_("Use this parameter only once.")]
        return found


def codes_of(field, values):
    """`values` in the case in which the codes of `field` are on record; what is none of them stays as it is."""
    if isinstance(field, forms.ModelChoiceField):
        name, alike = field.to_field_name or "pk", Q(pk__in=[])
        for value in values:
            alike |= Q(**{f"{name}__iexact": value})
        known = list(field.queryset.filter(alike).values_list(name, flat=True))
    else:
        known = [str(code) for code, _label in field.choices]
    exact, by_folded = set(known), {}
    for code in known:
        by_folded.setdefault(code.lower(), code)
    return [value if value in exact else by_folded.get(value.lower(), value) for value in values]


def _without_blanks(data):
    """`data` without empty values: a form sends all its fields, and an empty field asks nothing."""
    if not hasattr(data, "lists"):
        return data
    filled = data.copy()
    for name, values in data.lists():
        filled.setlist(name, [value for value in values if value != ""])
    return filled


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
        told = _("The query is too long: %(size)s bytes; the limit is %(most)s.")
        problems[longest] = [told % {"size": len(kept.urlencode()), "most": LONGEST_QUESTION}]
    if problems:
        kept.clear()
    return kept, problems


class CodeField(forms.ChoiceField):
    default_error_messages = {"invalid_choice": gettext_lazy("“%(value)s” is not a valid choice.")}


class CodeFilter(filters.Filter):
    """One of the declared codes of a column."""

    field_class = CodeField

    def __init__(self, *args, choices, **kwargs):
        super().__init__(*args, choices=[("", gettext_lazy("Any")), *choices.choices], **kwargs)


class DayField(ReadField):
    """A day as people type it; `last` takes of a month or a year the last day."""

    def __init__(self, *args, last=False, **kwargs):
        self.last = last
        super().__init__(*args, **kwargs)

    def read(self, text):
        return days.day(text, last=self.last)


class DayFilter(filters.Filter):
    field_class = DayField


class RegionField(forms.ModelChoiceField):
    default_error_messages = {"invalid_choice": gettext_lazy("“%(value)s” is not in the record.")}


class RegionCodeFilter(filters.Filter):
    """A region, named by its code."""

    field_class = RegionField
