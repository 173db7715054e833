"""The pages of an import: choose a file, see what it would do, let it be done, take it back; the sheet to fill in."""

from functools import partial, wraps
from tempfile import TemporaryFile

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from cases.deadline import statements_may_take, unhurried
from cases.files import readers, sheet
from cases.history import reach, undo
from cases.imports import progress as imports_progress
from cases.imports import run
from cases.models import Case, Import
from cases.models.intake import DoubtRule, ImportState
from cases.selection.selection import Selection

from .confirm import may_get_and_post
from .documents import HARMLESS
from .exports import LONGEST_STATEMENT

MOST_LISTED = 20
ROOM_FOR_THE_FORM = 100_000  # bytes of a request beside the file
AT_WORK = {ImportState.CHECKING, ImportState.IMPORTING}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _who_imports(view):
    """Who may not import at all is told so; the public is asked who they are."""

    @wraps(view)
    @login_required
    def answer(request, *args, **kwargs):
        if not request.user.has_perm("cases.add_import"):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return answer


def _refuses_large_files(view):
    """A request that is too large is answered before anything reads it; also before its token is looked for."""
    protected = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def answer(request, *args, **kwargs):
        size = request.META.get("CONTENT_LENGTH") or "0"
        size = int(size) if size.isascii() and size.isdigit() else 0
        if request.method == "POST" and size > readers.MOST_BYTES + ROOM_FOR_THE_FORM:
            return _start(request, readers.too_large(size), status=413)
        return protected(request, *args, **kwargs)

    return answer


@_refuses_large_files
@may_get_and_post
@_who_imports
def import_start(request):
    """Choose a file. POST keeps it, begins to check it and leads to its page."""
    if request.method != "POST":
        return _start(request)
    try:
        file = request.FILES.get("file")
    except RequestDataTooBig:
        return _start(request, readers.too_large(readers.MOST_BYTES + 1), status=413)
    if file is None:
        return _start(request, _("Choose a file."), status=400)
    if file.size > readers.MOST_BYTES:
        return _start(request, readers.too_large(file.size), status=413)
    makes_agencies = request.POST.get("make_agencies") == "1" and request.user.has_perm("regions.add_agency")
    one = run.receive(file.read(), file.name or "", by=request.user, makes_agencies=makes_agencies)
    imports_progress.begin(one, request.user, run.examine)
    return redirect("cases:import-detail", one.pk)


def _start(request, problem="", status=200):
    context = {
        "problem": problem,
        "columns": sheet.COLUMNS.values(),
        "imports": _seen_by(request.user).select_related("by")[:MOST_LISTED] if request.user.is_authenticated else [],
        "most_rows": readers.MOST_ROWS,
        "most_mb": readers.MOST_BYTES // 1_000_000,
        "may_make_agencies": request.user.has_perm("regions.add_agency"),
    }
    return TemplateResponse(request, "cases/import.html", context, status=status)


@require_safe
@_who_imports
@vary_on_headers("HX-Request")
def import_detail(request, key):
    """How far it is; then what it would do, or did. While it is at work the page asks for itself again."""
    one = _found(request, key)
    progress = imports_progress.progress_of(one) if one.state in AT_WORK else None
    if progress is None and one.state in AT_WORK:
        one.refresh_from_db()  # it may have come to its end in between
    report = one.report
    context = {
        "import": one,
        "report": report,
        "progress": progress,
        "percent": 100 * progress[0] // max(progress[1], 1) if progress else None,
        "interrupted": progress is None and one.state in AT_WORK,
        "ready": one.state == ImportState.CHECKED and not report.get("errors"),
        "nothing": one.state == ImportState.CHECKED and not (report.get("created") or report.get("changed")),
        "earlier": _seen_by(request.user).filter(sha256=one.sha256, state=ImportState.DONE).exclude(pk=one.pk).first(),
        "doubts": [[*doubt[:2], DoubtRule(doubt[2]).label, doubt[3]] for doubt in report.get("first_doubts", [])],
        "there": _there(request.user, one) if one.state in (ImportState.DONE, ImportState.CHECKED) else {},
    }
    template = "cases/import_detail.html#state" if request.htmx else "cases/import_detail.html"
    response = TemplateResponse(request, template, context)
    if request.htmx and not progress:
        response["HX-Refresh"] = "true"  # it came to its end: the whole page tells of that
    return response


def _there(user, one):
    """Those of the cases that the page names which the reader can open."""
    named = {row[1] for name in ("first_created", "first_changes") for row in one.report.get(name, [])}
    named |= {row[3] for row in one.report.get("first_twins", [])}
    return set(Case.objects.visible_to(user).filter(ref__in=named).values_list("ref", flat=True))


@require_POST
@_who_imports
def import_run(request, key):
    """Let what the dry run showed be written."""
    one = _found(request, key)
    reason = request.POST.get("reason", "").strip()
    if one.report.get("errors") or not (one.report.get("created") or one.report.get("changed")):
        messages.error(request, _("There is nothing that could be imported."))
    elif one.report.get("doubts") and not reason:
        messages.error(request, _("Say why it stands all the same."))
    elif run.begin_writing(one, reason):
        imports_progress.begin(one, request.user, partial(run.carry_out, reason=reason))
    return redirect("cases:import-detail", one.pk)


@require_POST
@_who_imports
def import_again(request, key):
    """Check the file anew: after an interruption, or when the record has changed meanwhile."""
    one = _found(request, key)
    if one.state in AT_WORK and imports_progress.progress_of(one):
        return redirect("cases:import-detail", one.pk)
    if Import.objects.filter(pk=one.pk, state__in=[*AT_WORK, ImportState.CHECKED]).update(state=ImportState.CHECKING):
        imports_progress.begin(one, request.user, run.examine)
    return redirect("cases:import-detail", one.pk)


@may_get_and_post
@_who_imports
def import_undo(request, key):
    """Ask for the reason; then make everything that the import wrote as it was before."""
    one = _found(request, key)
    if one.state != ImportState.DONE or not one.change:
        messages.error(request, _("There is nothing to be taken back."))
        return redirect("cases:import-detail", one.pk)
    reason, problem, status = request.POST.get("reason", "").strip(), "", 200
    if request.method == "POST" and not reason:
        problem, status = _("Say why it is taken back."), 400
    elif request.method == "POST":
        try:
            count = undo.undo(one.change, by=request.user, reason=reason)
        except undo.ChangedSince as refusal:
            problem, status = refusal.messages[0], 409
        else:
            said = ngettext(
                "Taken back: %(count)s row is as it was before.", "Taken back: %(count)s rows are as before.", count
            )
            messages.success(request, said % {"count": count})
            return redirect("cases:import-detail", one.pk)
    context = {"import": one, "reason": reason, "problem": problem, "extent": reach.extent(str(one.change))}
    return TemplateResponse(request, "cases/import_undo.html", context, status=status)


@require_safe
@_who_imports
def import_errors(request, key):
    """Every error of every row, as CSV."""
    return _kept_file(_found(request, key), "errors")


@require_safe
@_who_imports
def import_changes(request, key):
    """Everything that would be created or changed, cell by cell, as CSV."""
    return _kept_file(_found(request, key), "changes")


def _kept_file(one, what):
    path = one.report.get(f"{what}_file")
    if not path or not default_storage.exists(path):
        raise Http404
    return FileResponse(
        default_storage.open(path), as_attachment=True, filename=f"import-{what}-{localdate().isoformat()}.csv",
        content_type="text/csv; charset=utf-8", headers=HARMLESS,
    )  # fmt: skip


def _seen_by(user):
    """The imports that `user` sees: their own; a registrar all."""
    if user.has_perm("regions.work_everywhere") and user.has_perm("cases.view_import"):
        return Import.objects.all()
    return Import.objects.filter(by=user.pk)


def _found(request, key):
    return get_object_or_404(_seen_by(request.user).select_related("by"), pk=key)


# The sheet to fill in


@require_safe
def template_csv(request):
    """The sheet with its head alone."""
    response = HttpResponse(b"".join(sheet.csv([])), content_type="text/csv; charset=utf-8")
    return _attached(response, "cases-template.csv")


@require_safe
def template_xlsx(request):
    """The sheet with its head alone, and a second one that explains the columns."""
    return _workbook([], "cases-template.xlsx")


def _of_a_selection(view):
    @require_safe
    def answer(request):
        selection = Selection(request.GET, request.user)
        if not selection.is_valid:
            reason = next(iter(selection.problems.values()))[0]
            return TemplateResponse(request, "400.html", {"reason": reason}, status=400)
        return view(request, sheet.rows_of(selection.rows().prefetch_related(None), request.user))

    return answer


@_of_a_selection
def sheet_csv(request, rows):
    """The selection in the shape that is imported: to be edited and brought back."""
    response = StreamingHttpResponse(
        unhurried(sheet.csv(rows), LONGEST_STATEMENT), content_type="text/csv; charset=utf-8"
    )
    return _attached(response, f"cases-sheet-{localdate().isoformat()}.csv")


@_of_a_selection
def sheet_xlsx(request, rows):
    return _workbook(rows, f"cases-sheet-{localdate().isoformat()}.xlsx")


def _workbook(rows, name):
    file = TemporaryFile()  # noqa: SIM115 - the response closes it when it is sent
    try:
        with statements_may_take(LONGEST_STATEMENT):
            sheet.write_xlsx(rows, file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)


def _attached(response, name):
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
