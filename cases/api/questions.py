"""The parameters of cases, raids, seizures and rigs, with their meaning."""

import django_filters as filters
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Rig
from cases.models.rig import RigKind
from cases.releases.shelf import VERSION
from cases.selection.filters import BoxField, CaseFilter, NumberField
from cases.selection.selection import DEFAULT_SORT, SORTS
from regions.api.questions import Question, not_of_the_api, parameters_of, refuse_unless_understood, without_paging
from regions.api.standing import DAY_SHAPE, WITH_BELOW
from regions.filters.base import LONGEST_TEXT, CodeFilter, DayField, StrictFilterSet

SEVERAL = gettext_lazy("Repeat the parameter for “or”.")
FACTS = gettext_lazy("The name of a fact. Repeat the parameter to require several facts together.")
DAY = gettext_lazy(
          "A day (2021-09-25), a month (2021-09) or a year. A case dated only to a month or a year matches "
          "if any day of that period matches."
      )  # fmt: skip
MEANINGS = {
    "q": gettext_lazy(
        "Words or Chinese text in titles, place, outcome, note, agencies and law; simplified and traditional "
        "Chinese match each other."
    ),
    "region": WITH_BELOW,
    **dict.fromkeys(["kind", "status", "site_type", "lead_source", "rig_kind", "confidence", "theft"], SEVERAL),
    "agency": gettext_lazy("The reference of an agency that took part. Repeat the parameter for “or”."),
    "policy": gettext_lazy("The reference of a policy that the case cites. Repeat the parameter for “or”."),
    "rig": gettext_lazy("The reference of a rig model that was seized. Repeat the parameter for “or”."),
    "occurred_after": DAY,
    "occurred_before": DAY,
    **dict.fromkeys(
        ["rigs_min", "rigs_max", "kw_min", "kw_max"],
        gettext_lazy("A number, 0 or more. Cases that do not state it are not included."),
    ),
    "empty": FACTS,
    "present": FACTS,
    "doubt": gettext_lazy("A doubt about a case that nobody has answered yet. Repeat the parameter for “or”."),
    "changed_after": gettext_lazy("A day, a month or a year: cases added or changed since then."),
    "bbox": gettext_lazy(
        "west,south,east,north in degrees; a west value greater than the east value crosses the antimeridian."
    ),
}


class CaseQuestion(Question):
    """Reads the query string as the list of cases does, and selects cases or rows that belong to them."""

    shapes = {
        DayField: DAY_SHAPE,
        NumberField: {"type": "number", "minimum": 0, "maximum": 10**12},
        BoxField: {"type": "string", "pattern": "^-?[0-9.]+(,-?[0-9.]+){3}$"},
    }

    def filter_queryset(self, request, queryset, view):
        if view.detail:
            return super().filter_queryset(request, queryset, view)
        selection = view.selection
        beyond = not_of_the_api(without_paging(request.query_params), {*selection.filter.filters, *view.showing})
        refuse_unless_understood(selection.problems | beyond)
        return view.rows_of(selection)

    def get_schema_operation_parameters(self, view):
        parameters = parameters_of(CaseFilter, MEANINGS, self.shapes)
        parameters.append(_view_parameter())
        if "sort" in view.showing:
            parameters.append(_sort_parameter())
        if "release" in view.showing:
            parameters.append(_release_parameter())
        return parameters


class RigQuestion(StrictFilterSet):
    kind = CodeFilter(choices=RigKind, label=gettext_lazy("Rig type"))
    manufacturer = filters.CharFilter(
        lookup_expr="iexact", max_length=LONGEST_TEXT, strip=True, label=gettext_lazy("Manufacturer")
    )

    class Meta:
        model = Rig
        fields = []


def _view_parameter():
    return {
        "name": "view",
        "in": "query",
        "description": _("The short name in the address of a saved view: applies the filters saved there."),
        "schema": {"type": "string"},
    }


def _release_parameter():
    return {
        "name": "release",
        "in": "query",
        "description": _("The version of a data release: answers from the published record as it was then."),
        "schema": {"type": "string", "pattern": VERSION.pattern},
    }


def _sort_parameter():
    columns = [*SORTS, *(f"-{name}" for name in SORTS)]
    return {
        "name": "sort",
        "in": "query",
        "description": _("The column to sort by, with `-` in front for descending. Cases without a value come last."),
        "schema": {"type": "string", "enum": columns, "default": DEFAULT_SORT},
    }
