"""A selection as a file. The query string is that of the list; `columns` and `bom` say how it is written.

A plain GET is answered with a stream, whose length nobody knows before its end. Who asks for the length (HEAD) or for
a part (`Range`) is answered from a finished file, which is the same to the byte: so a download that broke off goes on.
"""

from urllib.parse import quote

from django.http import JsonResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cases.access import sees_all
from cases.files.exports import COLUMNS, WIDE_COLUMNS, Export
from cases.files.parts import KeptFiles, answer_from_whole, temporary_file
from cases.files.xlsx import MOST_ROWS
from cases.selection.selection import Selection
from regions.deadline import unhurried
from regions.keeping import key_made_of

LONGEST_STATEMENT = 120  # seconds, of one statement of a file
MANIFEST = "application/csvm+json"
COMPRESSED = ("parquet", "xlsx")
_read_in_parts = KeptFiles()


def _answers_with_a_file(ending, content_type):
    """The answer of a view that returns the parts of a file. What we do not understand is answered 400."""

    def decorate(content_of):
        @require_safe
        def answer(request):
            export, problems = _asked_export(request)
            problems = problems or _too_many(export, ending)
            if problems:
                return _refused(problems)
            key = _key(request, export, ending)
            # To others it would tell that something was written which is hidden from them.
            etag = f'"{key}"' if sees_all(request.user) else ""
            goes_on = not etag or request.headers.get("If-Range", etag) == etag
            if request.method == "HEAD" or ("Range" in request.headers and goes_on):
                whole = _read_in_parts.get(key, lambda: _finished(content_of(export)), etag)
                response = answer_from_whole(request, whole)
            else:
                response = StreamingHttpResponse(content_of(export))
                if etag:
                    response["ETag"] = etag
            if ending in COMPRESSED:
                response["Content-Encoding"] = "identity"  # on its way; compressed once more it could not go on
            response["Accept-Ranges"] = "bytes"
            if response.status_code != 416:
                response["Content-Type"] = content_type
                _name_file(response, request, export, ending)
            return response

        return answer

    return decorate


def _key(request, export, ending):
    """The same only for what is the same to the byte: made of what is asked, for whom, and what they may see now.

    It is made before the file, so that a change in between makes another one at the next time.
    """
    return key_made_of(
        *(ending, export.site, export.selection.query.urlencode(), export.byte_order_mark),
        *(column.name for column in export.columns),
        *(get_language(), request.user.pk, export.made_at, export.state()),
    ).hex()


def _finished(content):
    return temporary_file(lambda file: file.writelines(content))


@_answers_with_a_file("csv", "text/csv; charset=utf-8; header=present")
def export_csv(export):
    return unhurried(export.csv(), LONGEST_STATEMENT)


@require_safe
def export_manifest(request):
    """What describes the CSV of the same query string: CSV on the Web, with the manifest as its note."""
    export, problems = _asked_export(request)
    if problems:
        return _refused(problems)
    if request.method == "HEAD":  # without the work, and so without a length: 0 would say that it is empty
        return StreamingHttpResponse(content_type=MANIFEST)
    address = request.build_absolute_uri(_with_query(request, "cases:export-csv"))
    manifest = export.csv_manifest(address)
    return JsonResponse(manifest, json_dumps_params={"ensure_ascii": False, "indent": 1}, content_type=MANIFEST)


@_answers_with_a_file("geojson", "application/geo+json")
def export_geojson(export):
    return unhurried(export.geojson(), LONGEST_STATEMENT)


@_answers_with_a_file("parquet", "application/vnd.apache.parquet")
def export_parquet(export):
    return unhurried(export.parquet(), LONGEST_STATEMENT)


@_answers_with_a_file("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
def export_xlsx(export):
    return unhurried(export.xlsx(), LONGEST_STATEMENT)


def _too_many(export, ending):
    """The problems of a selection that a file with this ending cannot hold."""
    if ending != "xlsx" or export.selection.count < MOST_ROWS:
        return {}
    message = _("There are %(count)s cases; a sheet can hold %(most)s. CSV has no such limit.")
    return {"rows": [message % {"count": export.selection.count, "most": MOST_ROWS - 1}]}


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
    # Only the hour: another process, or the same a moment later, makes the same file.
    export.made_at = export.made_at.replace(minute=0, second=0, microsecond=0)
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
    response["Content-Disposition"] = _attachment(export, ending)
    if ending == "csv":
        response["Link"] = f'<{_beside(request)}>; rel="describedby"; type="{MANIFEST}"'


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
