"""The parameters of an API list: the filters of its page, strict, and described for OpenAPI."""

from django import forms
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.views import exception_handler

# Parameters of every list: how it is shown, not what is in it.
PAGING = ("cursor", "per_page")


def refuse(exception, context):
    """Refusals as JSON: 400 is {"errors": {parameter: [messages]}}, every other {"detail": message}."""
    response = exception_handler(exception, context)
    if isinstance(exception, ValidationError):
        response.data = {"errors": response.data}
    return response


class Question(BaseFilterBackend):
    """Reads the query string by the `filterset_class` of the view. The page of one row takes no question."""

    # The JSON schema of a parameter, by the class of its form field.
    shapes = {}

    def filter_queryset(self, request, queryset, view):
        asked = without_paging(request.query_params)
        if view.detail:
            refuse_unless_understood({name: [_("There is no filter with this name.")] for name in request.query_params})
            return queryset
        question = view.filterset_class(asked, queryset, request=request)
        refuse_unless_understood(question.problems | not_of_the_api(asked, question.filters))
        return question.qs

    def get_schema_operation_parameters(self, view):
        return parameters_of(view.filterset_class, view.meanings, self.shapes)


def without_paging(query):
    query = query.copy()
    for name in PAGING:
        query.pop(name, None)
    return query


def not_of_the_api(query, names):
    """The errors of the parameters of `query` that pages take and the API does not."""
    return {
        name: [
            _("Use `cursor` to page through this list.") if name == "page" else _("There is no filter with this name.")
        ]
        for name in query
        if name not in names
    }


def refuse_unless_understood(problems):
    if problems:
        raise ValidationError(problems)


def parameters_of(filterset_class, meanings, shapes):
    """The OpenAPI parameters of a filter set: label, meaning and possible values of each."""
    parameters = []
    for name, field in filterset_class().form.fields.items():
        asked = name.removesuffix("__not")
        leaves_out = _("Excludes the named values.") if asked != name else ""
        sentences = [f"{field.label}.", leaves_out, str(meanings.get(asked, "")), _codes(field)]
        several = isinstance(field, (forms.MultipleChoiceField, forms.ModelMultipleChoiceField))
        shape = _shape(field, shapes)
        parameter = {
            "name": name,
            "in": "query",
            "description": " ".join(sentence for sentence in sentences if sentence),
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
    """The declared codes of a field, [(code, label)]; [] where its choices are rows of a table."""
    if isinstance(field, forms.ModelChoiceField) or not isinstance(field, forms.ChoiceField):
        return []
    return [(code, label) for code, label in field.choices if code != ""]


def _codes(field):
    return "".join(f"\n* `{code}` – {label}" for code, label in _choices(field))
