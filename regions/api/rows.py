"""What all lists and rows of `/api/v1/` share: the fields of a row, and the view of a list.

The filter set of a page reads the question of its list; a mistake is answered 400 with the name of the parameter.
"""

import math

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.text import capfirst
from rest_framework import serializers
from rest_framework.viewsets import ReadOnlyModelViewSet

from regions.keeping import answer_for_readers_alike

from .keyset import Keyset, Order
from .questions import Question


class Words(serializers.CharField):
    """A text; null where the source does not say."""

    def to_representation(self, value):
        return super().to_representation(value) or None


class Code(serializers.ChoiceField):
    """A declared code; null where the source does not say."""

    def to_representation(self, value):
        return super().to_representation(value) or None


class Label(serializers.CharField):
    """The label of a code in the reader's language. Its source is the code: asking the row for its label is slow."""

    def __init__(self, *, choices, **kwargs):
        super().__init__(**kwargs)
        self.labels = dict(choices)

    def to_representation(self, code):
        return str(self.labels[code]) if code in self.labels else None


class Number(serializers.FloatField):
    """A number as JSON has it: 1104, 12.5; never a text, never NaN, no digits that only binary fractions have."""

    def to_representation(self, value):
        if not math.isfinite(value):
            return None
        return int(value) if value == int(value) else round(float(value), 6)


class Page(serializers.URLField):
    """The absolute address of a page of ours; its source gives the path."""

    def to_representation(self, path):
        return self.context["request"].build_absolute_uri(path)


class RowSerializer(serializers.ModelSerializer):
    """A row as data: a label in the reader's language after each code, numbers as numbers, null for not said."""

    def get_field_names(self, declared_fields, info):
        names = []
        for name in super().get_field_names(declared_fields, info):
            names.append(name)
            if name not in declared_fields and self._column(name) is not None and self._column(name).choices:
                names.append(f"{name}_label")
        return names

    def build_field(self, field_name, info, model_class, nested_depth):
        coded = field_name.removesuffix("_label")
        if coded != field_name and self._column(field_name) is None:
            column = self._column(coded)
            return Label, {"source": coded, "choices": column.choices, **_reading(column, help_text="")}
        return super().build_field(field_name, info, model_class, nested_depth)

    def build_standard_field(self, field_name, model_field):
        arguments = _reading(model_field)
        if isinstance(model_field, ArrayField):
            base = model_field.base_field
            child = serializers.ChoiceField(choices=base.choices) if base.choices else serializers.CharField()
            return serializers.ListField, arguments | {"child": child}
        if model_field.choices:
            return Code, arguments | {"choices": model_field.choices}
        if isinstance(model_field, (models.DecimalField, models.FloatField)):
            return Number, arguments
        if isinstance(model_field, models.URLField):
            return Words, arguments
        if isinstance(model_field, (models.CharField, models.TextField)):
            return Words, arguments
        field_class, _kwargs = super().build_standard_field(field_name, model_field)
        return field_class, arguments

    def _column(self, name):
        try:
            return self.Meta.model._meta.get_field(name)
        except FieldDoesNotExist:
            return None


def _reading(model_field, help_text=None):
    """The arguments of a field that is only read."""
    many = isinstance(model_field, ArrayField)
    return {
        "read_only": True,
        "allow_null": not many and (model_field.null or model_field.blank),
        "label": capfirst(model_field.verbose_name),
        "help_text": model_field.help_text if help_text is None else help_text,
    }


class RecordViewSet(ReadOnlyModelViewSet):
    """One noun of the record: a list that takes questions, and single rows."""

    http_method_names = ["get", "head", "options"]
    filter_backends = [Question]
    pagination_class = Keyset
    order = Order()
    # The second serializer is for a single row, where it shows more than a row of the list.
    serializer_class = None
    full_serializer_class = None
    # What each parameter of the filter set means, for the description of the API.
    meanings = {}

    def initial(self, request, *args, **kwargs):
        if request.method.lower() not in self.http_method_names:  # before the permissions are checked
            self.http_method_not_allowed(request)
        super().initial(request, *args, **kwargs)

    def first(self, rows, most):
        """The first `most` of the sorted `rows`, a list."""
        return list(rows[:most])

    def get_serializer_class(self):
        return (self.detail and self.full_serializer_class) or self.serializer_class

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        # An answer to a token may hold more than the public may see, so caches must not mix them.
        patch_vary_headers(response, ["Authorization", "Cookie"])
        return response

    def list(self, request, *args, **kwargs):
        """A page of the list, made once for readers alike while nobody writes."""
        return answer_for_readers_alike(request, request.user, self._page)

    def _page(self):
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        told = self.get_paginated_response(self.get_serializer(rows, many=True).data)
        renderer, kind = self.request.accepted_renderer, self.request.accepted_media_type
        return HttpResponse(renderer.render(told.data, kind, {}), content_type=renderer.media_type)

    def count(self, rows):
        """How many rows the answer has on all pages."""
        return rows.count()
