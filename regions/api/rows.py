"""What all answers of `/api/v1/` share: who may ask, how a question is read and refused, pages, and their description.

A question is read by the noun's own filter set, as its page reads it; what is not understood is answered
400 with the name of the parameter.
"""

import math
from dataclasses import dataclass

from django import forms
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist
from django.core.exceptions import ValidationError as NotOfItsColumn
from django.core.signing import BadSignature, Signer
from django.db import OperationalError, models
from django.db.models import F, Q
from django.utils.cache import patch_vary_headers
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import exception_handler
from rest_framework.viewsets import ReadOnlyModelViewSet

PAGE_SIZES = (25, 50, 100)
PAGE_SIZE = 50
# Parameters of every list: how it is shown, not what is in it.
PAGING = ("cursor", "per_page")


def refuse(exception, context):
    """Refusals as JSON: 400 is {"errors": {parameter: [messages]}}, every other {"detail": message}."""
    if isinstance(exception, OperationalError):
        away = {"detail": _("The database is away for a moment. Please ask again.")}
        return Response(away, status=503, headers={"Retry-After": "5"})
    response = exception_handler(exception, context)
    if isinstance(exception, ValidationError):
        response.data = {"errors": response.data}
    return response


# Questions


class Question(BaseFilterBackend):
    """Reads the query string by the `filterset_class` of the view. The page of one row takes no question."""

    # What a parameter takes, by the class of its form field, where that is none of Django's own.
    shapes = {}

    def filter_queryset(self, request, queryset, view):
        asked = without_paging(request.query_params)
        if view.detail:
            refuse_unless_understood({name: [_("There is no filter of this name.")] for name in request.query_params})
            return queryset
        question = view.filterset_class(asked, queryset, request=request)
        refuse_unless_understood(question.problems | not_of_the_api(asked, question.filters))
        return question.qs

    def get_schema_operation_parameters(self, view):
        return describe(view.filterset_class, view.meanings, self.shapes)


def without_paging(query):
    query = query.copy()
    for name in PAGING:
        query.pop(name, None)
    return query


def not_of_the_api(query, names):
    """The problems with those parameters of `query` that pages know and the API does not."""
    return {
        name: [_("Lists are walked by `cursor` here.") if name == "page" else _("There is no filter of this name.")]
        for name in query
        if name not in names
    }


def refuse_unless_understood(problems):
    if problems:
        raise ValidationError(problems)


def describe(filterset_class, meanings, shapes):
    """The OpenAPI parameters of a filter set: of each its label, its meaning and what it takes."""
    parameters = []
    for name, field in filterset_class().form.fields.items():
        asked = name.removesuffix("__not")
        leaves_out = _("Leaves out what is named.") if asked != name else ""
        said = [f"{field.label}.", leaves_out, str(meanings.get(asked, "")), _codes(field)]
        several = isinstance(field, (forms.MultipleChoiceField, forms.ModelMultipleChoiceField))
        shape = _shape(field, shapes)
        parameter = {
            "name": name,
            "in": "query",
            "description": " ".join(part for part in said if part),
            "schema": {"type": "array", "items": shape} if several else shape,
        }
        parameters.append(parameter | ({"style": "form", "explode": True} if several else {}))
    return parameters


def _shape(field, shapes):
    known = next((shape for kind, shape in shapes.items() if isinstance(field, kind)), None)
    if known:
        return known
    if codes := _choices(field):
        return {"type": "string", "enum": [code for code, _label in codes]}
    longest = getattr(field, "max_length", None)
    return {"type": "string"} | ({"maxLength": longest} if longest else {})


def _choices(field):
    """The declared codes of a field, [(code, label)]; none of a field whose codes are rows."""
    if isinstance(field, forms.ModelChoiceField) or not isinstance(field, forms.ChoiceField):
        return []
    return [(code, label) for code, label in field.choices if code != ""]


def _codes(field):
    return "".join(f"\n* `{code}` – {label}" for code, label in _choices(field))


# Pages


@dataclass(frozen=True)
class Order:
    """How a list is sorted: by a column, nulls last, then by one that tells all rows apart."""

    column: str = ""
    descending: bool = False
    tie: str = "pk"

    def of(self, rows, *, backwards):
        """`rows` in this order, or in its exact reverse."""
        return rows.order_by(*self._column(rows.model, backwards), f"-{self.tie}" if backwards else self.tie)

    def beyond(self, rows, value, tie, *, backwards):
        """Those of `rows` that come after the position, or before it."""
        past_tie = Q(**{f"{self.tie}__{'lt' if backwards else 'gt'}": tie})
        if not self.column:
            return rows.filter(past_tie)
        unsaid = Q(**{f"{self.column}__isnull": True})
        if value is None:
            return rows.filter(~unsaid | past_tie if backwards else unsaid & past_tie)
        step = "lt" if self.descending != backwards else "gt"
        # The first part says nothing new: it lets an index find where to begin.
        past = Q(**{f"{self.column}__{step}e": value}) & (Q(**{f"{self.column}__{step}": value}) | past_tie)
        if self._may_be_unsaid(rows.model) and not backwards:
            past |= unsaid
        return rows.filter(past)

    def position(self, row):
        """Where `row` stands, as JSON can hold it: (value, tie)."""
        return _plain(_value(row, self.column) if self.column else None), _plain(_value(row, self.tie))

    def read(self, model, value, tie):
        """A position as it was written, in the types of its columns. Raises ValidationError of Django's."""
        value = _field(model, self.column).to_python(value) if self.column and value is not None else None
        return value, _field(model, self.tie).to_python(tie)

    def _column(self, model, backwards):
        if not self.column:
            return []
        # Where nothing is null nothing is said of nulls, or no index would serve.
        place = {"nulls_first" if backwards else "nulls_last": True} if self._may_be_unsaid(model) else {}
        column = F(self.column)
        return [column.desc(**place) if self.descending != backwards else column.asc(**place)]

    def _may_be_unsaid(self, model):
        return any(field.null for field in _fields(model, self.column))


def _fields(model, path):
    for name in path.split("__"):
        field = model._meta.pk if name == "pk" else model._meta.get_field(name)
        model = field.related_model
        yield field


def _field(model, path):
    return list(_fields(model, path))[-1]


def _value(row, path):
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def _plain(value):
    return value if value is None or isinstance(value, (int, float, str)) else str(value)


class Keyset(BasePagination):
    """Pages that begin where the last one ended: page 2,000 costs what page 1 does.

    Rows are sorted by `view.order`. A cursor is the position of a row, signed: one that we did not write, or
    wrote for another list or another order, is refused.
    """

    def paginate_queryset(self, rows, request, view=None):
        order, size = view.order, self._size(request)
        signer = Signer(salt=f"api.cursor.{rows.model._meta.label}.{order}", sep=".")
        cursor = self._once(request, "cursor")
        backwards, position = self._read(cursor, signer, order, rows.model) if cursor else (False, None)

        self.count = view.count(rows)
        beyond = order.beyond(rows, *position, backwards=backwards) if cursor else rows
        found = list(order.of(beyond, backwards=backwards)[: size + 1])
        there_is_more, found = len(found) > size, found[:size]
        if backwards:
            found.reverse()

        address = request.build_absolute_uri()

        def link(row, *, back):
            return replace_query_param(address, "cursor", signer.sign_object([back, *order.position(row)]))

        # The side that we came from has a page.
        after, before = (True, there_is_more) if backwards else (there_is_more, bool(cursor))
        self.next = link(found[-1], back=False) if found and after else None
        self.previous = link(found[0], back=True) if found and before else None
        if backwards and not found:
            self.next = remove_query_param(address, "cursor")
        return found

    def get_paginated_response(self, data):
        return Response({"count": self.count, "next": self.next, "previous": self.previous, "results": data})

    def get_paginated_response_schema(self, schema):
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["count", "next", "previous", "results"],
            "properties": {
                "count": {"type": "integer", "description": _("Rows of the whole answer, on all pages.")},
                "next": link | {"description": _("Address of the next page; null on the last.")},
                "previous": link | {"description": _("Address of the page before; null on the first.")},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view):
        return [
            {
                "name": "cursor",
                "in": "query",
                "description": _(
                    "Where the page begins. Follow `next` and `previous`; a cursor made by hand is refused."
                ),
                "schema": {"type": "string"},
            },
            {
                "name": "per_page",
                "in": "query",
                "description": _("Rows on a page."),
                "schema": {"type": "integer", "enum": list(PAGE_SIZES), "default": PAGE_SIZE},
            },
        ]

    def _size(self, request):
        text = self._once(request, "per_page") or str(PAGE_SIZE)
        if text not in map(str, PAGE_SIZES):
            raise ValidationError({"per_page": [_("A page has 25, 50 or 100 rows.")]})
        return int(text)

    def _once(self, request, name):
        values = request.query_params.getlist(name)
        if len(values) > 1:
            raise ValidationError({name: [_("Give this once.")]})
        return values[0] if values else ""

    def _read(self, cursor, signer, order, model):
        try:
            backwards, value, tie = signer.unsign_object(cursor)
            return backwards, order.read(model, value, tie)
        except (BadSignature, NotOfItsColumn, TypeError, ValueError) as problem:
            raise ValidationError({"cursor": [_("This is no cursor of this list. Begin without one.")]}) from problem


# Rows as data


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
        said = _reading(model_field)
        if isinstance(model_field, ArrayField):
            base = model_field.base_field
            child = serializers.ChoiceField(choices=base.choices) if base.choices else serializers.CharField()
            return serializers.ListField, said | {"child": child}
        if model_field.choices:
            return Code, said | {"choices": model_field.choices}
        if isinstance(model_field, (models.DecimalField, models.FloatField)):
            return Number, said
        if isinstance(model_field, models.URLField):
            return Words, said
        if isinstance(model_field, (models.CharField, models.TextField)):
            return Words, said
        field_class, _kwargs = super().build_standard_field(field_name, model_field)
        return field_class, said

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
    # What a row of the list shows, and a row alone where that is more.
    serializer_class = None
    full_serializer_class = None
    # What each parameter of the filter set means, for the description of the API.
    meanings = {}

    def initial(self, request, *args, **kwargs):
        if request.method.lower() not in self.http_method_names:  # before anything is asked of who is asking
            self.http_method_not_allowed(request)
        super().initial(request, *args, **kwargs)

    def get_serializer_class(self):
        return (self.detail and self.full_serializer_class) or self.serializer_class

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        # A token shows more than the public sees: no cache may hand on one for the other.
        patch_vary_headers(response, ["Authorization", "Cookie"])
        return response

    def count(self, rows):
        """How many rows the answer has on all pages."""
        return rows.count()


# The description


class RefusalSerializer(serializers.Serializer):
    """What was not understood, by the name of the parameter."""

    errors = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text=gettext_lazy("{parameter: [messages]}, in the reader's language."),
    )


class DetailSerializer(serializers.Serializer):
    """Why there is no answer."""

    detail = serializers.CharField(help_text=gettext_lazy("In the reader's language."))


class RecordSchema(AutoSchema):
    """Adds to every operation how it may be refused."""

    def get_response_serializers(self):
        answers = super().get_response_serializers()
        if isinstance(answers, dict):
            return answers
        one_row = {404: OpenApiResponse(DetailSerializer, _("There is no such row, or you may not see it."))}
        return {
            200: answers,
            304: OpenApiResponse(None, _("Not changed since the answer whose `ETag` came as `If-None-Match`.")),
            400: OpenApiResponse(RefusalSerializer, _("A parameter is unknown or was not understood.")),
            401: OpenApiResponse(DetailSerializer, _("The token is not valid, or the office asks for one.")),
            **(one_row if getattr(self.view, "detail", False) else {}),
            429: OpenApiResponse(DetailSerializer, _("Too many questions; `Retry-After` says for how many seconds.")),
            503: OpenApiResponse(DetailSerializer, _("The database is away; `Retry-After` says for how many seconds.")),
        }
