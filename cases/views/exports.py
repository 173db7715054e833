"""A selection as a file. The query string is that of the list; `columns` and `bom` say how it is written."""

from urllib.parse import quote

from django.http import FileResponse, JsonResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases.files.exports import COLUMNS, WIDE_COLUMNS, Export
from cases.files.temporary import temporary_file
from cases.files.xlsx import MOST_ROWS
from cases.selection.selection import Selection
from regions.deadline import statements_may_take, unhurried

LONGEST_STATEMENT = 120  # seconds, of one statement of a file
SENT_AT_A_TIME = 64 * 1024  # bytes of a finished file


def _answers_with_a_file(ending, content_type):
    """What we do not understand is answered 400 with the name of the parameter; HEAD is answered without the work."""

    def decorate(view):
        @require_safe
        def answer(request):
            export, problems = _asked_export(request)
            if problems:
                return _refused(problems)
            # Without a length, which only the work would tell: a client that reads 0 here takes the file for empty.
            response = StreamingHttpResponse() if request.method == "HEAD" else view(request, export)
            if response.status_code == 200:
                response["Content-Type"] = content_type
                _name_file(response, request, export, ending)
            return response

        return answer

    return decorate


@_answers_with_a_file("csv", "text/csv; charset=utf-8; header=present")
def export_csv(request, export):
    return StreamingHttpResponse(unhurried(export.csv(), LONGEST_STATEMENT))


@_answers_with_a_file(None, "application/csvm+json")
def export_manifest(request, export):
    """What describes the CSV of the same query string: CSV on the Web, with the manifest as its note."""
    address = request.build_absolute_uri(_with_query(request, "cases:export-csv"))
    return JsonResponse(export.csv_manifest(address), json_dumps_params={"ensure_ascii": False, "indent": 1})


@_answers_with_a_file("geojson", "application/geo+json")
def export_geojson(request, export):
    return StreamingHttpResponse(unhurried(export.geojson(), LONGEST_STATEMENT))


@_answers_with_a_file("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
def export_xlsx(request, export):
    if export.selection.count >= MOST_ROWS:
        message = _("There are %(count)s cases; a sheet can hold %(most)s. CSV has no such limit.")
        return _refused({"rows": [message % {"count": export.selection.count, "most": MOST_ROWS - 1}]})
    with statements_may_take(LONGEST_STATEMENT):
        response = FileResponse(temporary_file(export.write_xlsx))
    response.block_size = SENT_AT_A_TIME
    return response


def _asked_export(request):
    """(Export, problems) of what the query string asks for."""
    selection = Selection(request.GET, request.user)
    # A file has more columns than the list, which does not know them.
    if "columns" not in selection.too_much:
        selection.problems.pop("columns", None)
    columns, problems = _asked_columns(selection.query.getlist("columns"))
    mark = request.GET.getlist("bom")
    if mark not in ([], [""], ["0"], ["1"]):
        problems["bom"] = [_("Must be 1 (with a byte-order mark) or 0.")]
    site = request.build_absolute_uri("/")
    export = Export(selection, columns, site=site, byte_order_mark=mark == ["1"])
    return export, selection.problems | problems


def _asked_columns(values):
    """The columns that `values` name, in that order and each once, and the problems. All where none is named."""
    names = [name for value in values for name in value.split(",") if name]
    unknown = [name for name in names if name not in COLUMNS and name not in WIDE_COLUMNS]
    if unknown:
        message = _("There is no column “%(name)s”. Available columns: %(names)s.")
        return (), {"columns": [message % {"name": unknown[0][:40], "names": ", ".join(COLUMNS)}]}
    found = [column for name in names for column in WIDE_COLUMNS.get(name, [name])]
    return tuple(dict.fromkeys(found)) or tuple(COLUMNS), {}


def _name_file(response, request, export, ending):
    """Say under which name a browser keeps the file; for CSV, also where it is described."""
    if ending:
        response["Content-Disposition"] = _attachment(export, ending)
    if ending == "csv":
        response["Link"] = f'<{_beside(request)}>; rel="describedby"; type="application/csvm+json"'


def _attachment(export, ending):
    """RFC 6266: a name in ASCII for all, and one in the reader's script."""
    name, own = (export.file_name(ending, in_ascii=in_ascii) for in_ascii in (True, False))
    return f"attachment; filename=\"{name}\"; filename*=UTF-8''{quote(own, safe='')}"


def _beside(request):
    return request.build_absolute_uri(_with_query(request, "cases:export-manifest"))


def _with_query(request, name):
    query = request.GET.urlencode()
    return reverse(name) + (f"?{query}" if query else "")


def _refused(problems):
    return JsonResponse({"errors": problems}, status=400)
