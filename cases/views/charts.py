"""A chart of a selection as a file: SVG and PNG with what it rests on, CSV with all of its figures."""

from csp.decorators import csp_update
from django.http import Http404, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases.files.csv_text import csv_lines, defused
from cases.pictures import export
from cases.pictures.charts import CHARTS
from cases.pictures.frame import Framed
from cases.selection.measures import Metric
from cases.selection.selection import Selection

TEMPLATE = "pictures/chart.svg"


def _asked(view):
    """The chart that the address names; what we do not understand is answered 400 with the name of the parameter."""

    @require_safe
    def answer(request, name):
        if name not in CHARTS:
            raise Http404
        selection = Selection(request.GET, request.user)
        if not selection.is_valid:
            return JsonResponse({"errors": selection.problems}, status=400)
        return view(request, CHARTS[name](selection))

    return answer


def _drawn(view):
    """As `_asked`, of a chart that there is something to draw of."""

    def answer(request, chart):
        if chart.is_empty or not chart.is_drawn:
            return JsonResponse({"errors": {"metric": [_("There is nothing to draw.")]}}, status=400)
        address = f"{reverse('cases:case-list')}?{chart.selection.address(page=None)}"
        return view(request, chart, Framed(chart, request.build_absolute_uri(address.rstrip("?")), localdate()))

    return _asked(answer)


@csp_update({"style-src": "'unsafe-inline'"})  # of this file alone: it has no script and asks for nothing
@_drawn
def chart_svg(request, chart, frame):
    return _named(HttpResponse(export.svg(TEMPLATE, {"frame": frame}), "image/svg+xml"), chart, "svg")


@_drawn
def chart_png(request, chart, frame):
    return _named(HttpResponse(export.png(TEMPLATE, {"frame": frame}), "image/png"), chart, "png")


@_asked
def chart_csv(request, chart):
    chart.measures = chart.selection.measures_of(Metric)  # its file has those that are not drawn too
    currency = chart.measures.currency
    head = [
        chart.column, "cases", "rigs", "rigs_cases", "kw", "kw_cases", f"loss_{currency}".rstrip("_"), "loss_cases",
    ]  # fmt: skip
    rows = [
        [
            defused(name), amounts.cases,
            *(cell for metric in (Metric.RIGS, Metric.POWER, Metric.LOSSES) for cell in _stated(amounts, metric)),
        ]
        for name, amounts in chart.rows_of_file()
    ]  # fmt: skip
    return _named(HttpResponse(csv_lines([head, *rows]), "text/csv; charset=utf-8; header=present"), chart, "csv")


def _stated(amounts, metric):
    """An amount and the cases that state it; empty where none does, because that is not zero."""
    amount = amounts.amount(metric)
    return ("" if amount is None else round(amount, 3), amounts.resting_on(metric))


def _named(response, chart, ending):
    kind = "attachment" if ending == "csv" else "inline"
    response["Content-Disposition"] = f'{kind}; filename="cases-{chart.name}-{chart.metric}.{ending}"'
    return response
