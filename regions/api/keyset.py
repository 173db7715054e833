"""Pages of the API: a cursor is a signed position, so page 2,000 costs what page 1 costs."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError as NotOfTheColumn
from django.core.signing import BadSignature, Signer
from django.db.models import F, Q
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

PAGE_SIZES = (25, 50, 100)

PAGE_SIZE = 50


@dataclass(frozen=True)
class Order:
    """The order of a list: by a column, nulls last, then by the unique column `tie`."""

    column: str = ""
    descending: bool = False
    tie: str = "pk"

    def of(self, rows, *, backwards):
        """`rows` in this order, or in the reverse order."""
        return rows.order_by(*self._column(rows.model, backwards), f"-{self.tie}" if backwards else self.tie)

    def beyond(self, rows, value, tie, *, backwards):
        """The `rows` after a position, or before it."""
        past_tie = Q(**{f"{self.tie}__{'lt' if backwards else 'gt'}": tie})
        if not self.column:
            return rows.filter(past_tie)
        is_null = Q(**{f"{self.column}__isnull": True})
        if value is None:
            return rows.filter(~is_null | past_tie if backwards else is_null & past_tie)
        step = "lt" if self.descending != backwards else "gt"
        # The first part is implied by the second; with it, an index finds where to begin.
        past = Q(**{f"{self.column}__{step}e": value}) & (Q(**{f"{self.column}__{step}": value}) | past_tie)
        if self._may_be_null(rows.model) and not backwards:
            past |= is_null
        return rows.filter(past)

    def position(self, row):
        """The position of `row`, (value, tie), as JSON can hold it."""
        return _plain(_value(row, self.column) if self.column else None), _plain(_value(row, self.tie))

    def read(self, model, value, tie):
        """A position from a cursor, in the types of its columns. Raises the ValidationError of Django."""
        value = _field(model, self.column).to_python(value) if self.column and value is not None else None
        return value, _field(model, self.tie).to_python(tie)

    def _column(self, model, backwards):
        if not self.column:
            return []
        # Without NULLs the order does not mention them: no index would serve it otherwise.
        place = {"nulls_first" if backwards else "nulls_last": True} if self._may_be_null(model) else {}
        column = F(self.column)
        return [column.desc(**place) if self.descending != backwards else column.asc(**place)]

    def _may_be_null(self, model):
        return any(field.null for field in _fields(model, self.column))


def _fields(model, lookup):
    for name in lookup.split("__"):
        field = model._meta.pk if name == "pk" else model._meta.get_field(name)
        model = field.related_model
        yield field


def _field(model, lookup):
    return list(_fields(model, lookup))[-1]


def _value(row, lookup):
    for name in lookup.split("__"):
        row = getattr(row, name)
    return row


def _plain(value):
    return value if value is None or isinstance(value, (int, float, str)) else str(value)


class Keyset(BasePagination):
    """Pages that begin where the page before ended.

    Rows are sorted by `view.order`. A cursor is the signed position of a row. A cursor that is forged, or of another
    list or another order, is refused.
    """

    def paginate_queryset(self, rows, request, view=None):
        order, size = view.order, self._size(request)
        signer = Signer(salt=f"api.cursor.{rows.model._meta.label}.{order}", sep=".")
        cursor = self._once(request, "cursor")
        backwards, position = self._read(cursor, signer, order, rows.model) if cursor else (False, None)

        self.count = view.count(rows)
        beyond = order.beyond(rows, *position, backwards=backwards) if cursor else rows
        found = view.first(order.of(beyond, backwards=backwards), size + 1)
        has_more, found = len(found) > size, found[:size]
        if backwards:
            found.reverse()

        address = request.build_absolute_uri()

        def link(row, *, back):
            return replace_query_param(address, "cursor", signer.sign_object([back, *order.position(row)]))

        # There is a page on the side that the request came from.
        after, before = (True, has_more) if backwards else (has_more, bool(cursor))
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
                "count": {"type": "integer", "description": _("Number of rows in the full result, on all pages.")},
                "next": link | {"description": _("Address of the next page; null on the last.")},
                "previous": link | {"description": _("Address of the previous page; null on the first.")},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view):
        return [
            {
                "name": "cursor",
                "in": "query",
                "description": _("Start of the page. Use `next` and `previous`; a self-made cursor is rejected."),
                "schema": {"type": "string"},
            },
            {
                "name": "per_page",
                "in": "query",
                "description": _("Rows per page."),
                "schema": {"type": "integer", "enum": list(PAGE_SIZES), "default": PAGE_SIZE},
            },
        ]

    def _size(self, request):
        text = self._once(request, "per_page") or str(PAGE_SIZE)
        if text not in map(str, PAGE_SIZES):
            raise ValidationError({"per_page": [_("The number of rows per page is 25, 50 or 100.")]})
        return int(text)

    def _once(self, request, name):
        values = request.query_params.getlist(name)
        if len(values) > 1:
            raise ValidationError({name: [_("Use this parameter only once.")]})
        return values[0] if values else ""

    def _read(self, cursor, signer, order, model):
        try:
            backwards, value, tie = signer.unsign_object(cursor)
            return backwards, order.read(model, value, tie)
        except (BadSignature, NotOfTheColumn, TypeError, ValueError) as problem:
            raise ValidationError({"cursor": [_("Invalid cursor for this list. Start without a cursor.")]}) from problem
