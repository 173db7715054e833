"""The pages of an import: choose a file, see what it would do, import it, undo it; and the sheet to fill in."""

from dataclasses import dataclass
from functools import partial, wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from cases.actions.working import progress_of
from cases.files import columns, readers, sheet, sheet_files, table
from cases.history import reach, undo
from cases.imports import layouts, run
from cases.imports import progress as imports_progress
from cases.imports.corrections import corrections_in
from cases.imports.mapping_page import MappingPage
from cases.locks import Purpose
from cases.models import Case, Import, SheetLayout
from cases.models.intake import DoubtRule, ImportState
from cases.selection.selection import Selection
from regions.deadline import unhurried
from regions.grammar.reading import whole_number
from regions.uploads import refuses_large

from .confirm import may_get_and_post
from .documents import HARMLESS
from .exports import LONGEST_STATEMENT

MOST_LISTED = 20
ROOM_FOR_THE_FORM = 100_000  # bytes of a request beside the file
AT_WORK = {ImportState.CHECKING, ImportState.IMPORTING}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _who_imports(view):
    """Refuse who may not import; ask the public to log in."""

    @wraps(view)
    @login_required
    def answer(request, *args, **kwargs):
        if not request.user.has_perm("cases.add_import"):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return answer


def _too_large(request, size):
    return _start(request, readers.too_large_to_read(size), status=413)


@refuses_large(readers.MOST_BYTES + ROOM_FOR_THE_FORM, _too_large)
@may_get_and_post
@_who_imports
def import_start(request):
    """Choose a file. POST keeps it, starts its check and redirects to its page."""
    if request.method != "POST":
        return _start(request)
    try:
        file = request.FILES.get("file")
    except RequestDataTooBig:
        return _start(request, readers.too_large_to_read(readers.MOST_BYTES + 1), status=413)
    if file is None:
        return _start(request, _("Choose a file."), status=400)
    if file.size > readers.MOST_BYTES:
        return _start(request, readers.too_large_to_read(file.size), status=413)
    return _receive(request, file)


def _receive(request, file):
    makes_agencies = request.POST.get("make_agencies") == "1" and request.user.has_perm("regions.add_agency")
    the_import = run.receive(file.read(), file.name or "", by=request.user, makes_agencies=makes_agencies)
    imports_progress.begin(the_import, request.user, run.dry_run)
    return redirect("cases:import-detail", the_import.pk)


def _start(request, problem="", status=200):
    context = {
        "problem": problem,
        "columns": columns.COLUMNS.values(),
        "layouts": _layouts_shared_with(request.user),
        "deletable": _deletable_layouts(request.user),
        "imports": _seen_by(request.user).select_related("by")[:MOST_LISTED] if request.user.is_authenticated else [],
        "most_rows": table.MOST_ROWS,
        "most_mb": readers.MOST_BYTES // 1_000_000,
        "may_make_agencies": request.user.has_perm("regions.add_agency"),
    }
    return TemplateResponse(request, "cases/imports/new.html", context, status=status)


def _layouts_shared_with(user):
    if not user.is_authenticated:
        return []
    return SheetLayout.objects.shared_with(user).newest().select_related("region", "by")


def _deletable_layouts(user):
    return set(SheetLayout.objects.deletable_by(user).values_list("pk", flat=True)) if user.is_authenticated else set()


@require_safe
@_who_imports
@vary_on_headers("HX-Request")
def import_detail(request, key):
    """How far the work is; then what the import would do, or did. During the work the page asks for itself again."""
    page = ImportPage(_found(request, key), request.user)
    if page.is_unmapped and not request.htmx:
        return redirect("cases:import-mapping", key)
    template = "cases/imports/import.html#state" if request.htmx else "cases/imports/import.html"
    response = TemplateResponse(request, template, page.context)
    if request.htmx and not page.progress:
        response["HX-Refresh"] = "true"  # the work has ended: the whole page shows the result
    return response


@dataclass
class ImportPage:
    """What the page of an Import shows to `user`."""

    the_import: Import
    user: User

    def __post_init__(self):
        if self.is_at_work and self.progress is None:
            self.the_import.refresh_from_db()  # the work may have ended in between

    @property
    def is_at_work(self):
        return self.the_import.state in AT_WORK

    @property
    def report(self):
        return self.the_import.report

    @cached_property
    def progress(self):
        """(done, total) of the work; None if nobody works on it."""
        return progress_of(Purpose.WORK_ON_IMPORT, self.the_import.pk) if self.is_at_work else None

    @property
    def percent(self):
        return 100 * self.progress[0] // max(self.progress[1], 1) if self.progress else None

    @property
    def is_checked(self):
        return self.the_import.state == ImportState.CHECKED

    @property
    def is_unmapped(self):
        """Whether nobody has said yet what the columns of the file are."""
        return self.is_checked and bool(self.report.get("unmapped"))

    @property
    def earlier(self):
        """An earlier Import of the same bytes."""
        same = _seen_by(self.user).filter(sha256=self.the_import.sha256, state=ImportState.DONE)
        return same.exclude(pk=self.the_import.pk).first()

    @property
    def doubts(self):
        return [[*doubt[:2], DoubtRule(doubt[2]).label, doubt[3]] for doubt in self.report.get("first_doubts", [])]

    @property
    def errors(self):
        """The first errors, each with whether it can be corrected here; reports of earlier versions do not say it."""
        return [[*error[:6], bool(error[6:] and error[6])] for error in self.report.get("first_errors", [])]

    @property
    def refs_to_open(self):
        """The references on the page whose cases `user` can open."""
        if self.the_import.state not in (ImportState.DONE, ImportState.CHECKED):
            return set()
        refs = {row[1] for name in ("first_created", "first_changes") for row in self.report.get(name, [])}
        refs |= {row[3] for row in self.report.get("first_twins", [])}
        return set(Case.objects.visible_to(self.user).filter(ref__in=refs).values_list("ref", flat=True))

    @property
    def context(self):
        return {
            "import": self.the_import,
            "report": self.report,
            "progress": self.progress,
            "percent": self.percent,
            "interrupted": self.is_at_work and self.progress is None,
            "ready": self.is_checked and not self.report.get("errors") and not _is_asking(self.report),
            "nothing": self.is_checked and not _writes_something(self.report),
            "asking": self.is_checked and _is_asking(self.report),
            "earlier": self.earlier,
            "doubts": self.doubts,
            "errors": self.errors,
            "there": self.refs_to_open,
        }


def _writes_something(report):
    return bool(report.get("created") or report.get("changed"))


def _is_asking(report):
    """Whether a question about the file waits for its answer."""
    return any(question["open"] for question in report.get("questions", []))


@require_POST
@_who_imports
def import_run(request, key):
    """Write what the dry run showed."""
    the_import = _found(request, key)
    reason = request.POST.get("reason", "").strip()
    if _is_asking(the_import.report):
        messages.error(request, _("Answer the questions about the file first."))
    elif the_import.report.get("errors") or not _writes_something(the_import.report):
        messages.error(request, _("There is nothing to import."))
    elif the_import.report.get("doubts") and not reason:
        messages.error(request, _("Give a reason why the data is correct."))
    elif run.begin_writing(the_import, reason):
        imports_progress.begin(the_import, request.user, partial(run.carry_out, reason=reason))
    return redirect("cases:import-detail", the_import.pk)


@require_POST
@_who_imports
def import_again(request, key):
    """Check the file again: with other answers, after an interruption, or when the record has changed meanwhile."""
    the_import = _found(request, key)
    return _check_again(request, the_import, {"answers": _answers(request, the_import)})


def _check_again(request, the_import, said):
    """Keep with an Import what the officer `said`, and let its file be read again."""
    if the_import.state in AT_WORK and progress_of(Purpose.WORK_ON_IMPORT, the_import.pk):
        return redirect("cases:import-detail", the_import.pk)
    if Import.objects.filter(pk=the_import.pk, state__in=[*AT_WORK, ImportState.CHECKED]).update(
        state=ImportState.CHECKING, report=the_import.report | said
    ):
        the_import.refresh_from_db()
        imports_progress.begin(the_import, request.user, run.dry_run)
    return redirect("cases:import-detail", the_import.pk)


@require_POST
@_who_imports
def import_mend(request, key):
    """Correct cells of the file on the page, or take all corrections back; then check it again."""
    the_import = _found(request, key)
    report = the_import.report
    said = [] if "take_back" in request.POST else report.get("corrections", []) + [
        correction.as_json() for correction in corrections_in(request.POST, report.get("first_errors", []))
    ]  # fmt: skip
    return _check_again(request, the_import, {"corrections": said})


@require_POST
@_who_imports
def import_leave_out(request, key):
    """Leave the rows with errors out, or take them in again; then check the file again."""
    the_import = _found(request, key)
    lines = [] if "take_in" in request.POST else the_import.report.get("wrong_lines", [])
    return _check_again(request, the_import, {"left_out": lines})


def _answers(request, the_import):
    """The answers that the Import keeps, with those that the form sends: only to questions that the file asked."""
    report, asked = the_import.report, request.POST.getlist("asked")
    answers = dict(report.get("answers", {}))
    for question in [*report.get("questions", []), *(report.get("sketch") or {}).get("reading", [])]:
        if question["key"] in asked:
            values = [option["value"] for option in question["options"]]
            answers[question["key"]] = [
                value for value in request.POST.getlist(f"answer_{question['key']}") if value in values
            ]
    return answers


@may_get_and_post
@_who_imports
def import_mapping(request, key):
    """Say what the columns of the file are. POST keeps it and checks the file."""
    the_import = _found(request, key)
    if the_import.state != ImportState.CHECKED or not the_import.report.get("sketch"):
        return redirect("cases:import-detail", key)
    page = MappingPage(the_import, request.user, request.POST if request.method == "POST" else None)
    if request.method != "POST" or page.problems:
        context = {
            "import": the_import, "page": page, "may_make_agencies": request.user.has_perm("regions.add_agency"),
        }  # fmt: skip
        return TemplateResponse(request, "cases/imports/mapping.html", context, status=400 if page.problems else 200)
    said = {
        "mapping": page.kept.as_json(),
        "layout": page.keep_layout(),
        "offered": None,
        "answers": _answers(request, the_import),
        "makes_agencies": request.POST.get("make_agencies") == "1" and request.user.has_perm("regions.add_agency"),
        "unmapped": False,
    }
    return _check_again(request, the_import, said)


@require_POST
@_who_imports
def import_layout(request, key):
    """Fill the page of the mapping in as another layout says: one of those that are shared, or one from a file."""
    the_import = _found(request, key)
    try:
        offered = _layout_from_file(request) if request.FILES.get("file") else _shared_layout(request)
    except readers.Unreadable as problem:
        messages.error(request, str(problem))
        return redirect("cases:import-mapping", key)
    Import.objects.filter(pk=key, state=ImportState.CHECKED).update(report=the_import.report | {"offered": offered})
    return redirect("cases:import-mapping", key)


def _layout_from_file(request):
    file = request.FILES["file"]
    return layouts.from_file(file.read(layouts.MOST_BYTES + 1))


def _shared_layout(request):
    number = whole_number(request.POST.get("layout", ""))
    layout = get_object_or_404(SheetLayout.objects.shared_with(request.user), pk=number)
    return layouts.said_of(layout) | {"mapping": layout.mapping}


@require_safe
@_who_imports
def layout_file(request, number):
    """A layout as JSON, for another office and for the command."""
    layout = get_object_or_404(SheetLayout.objects.shared_with(request.user), pk=number)
    name = f"{slugify(layout.name, allow_unicode=True) or 'layout'}-{layout.version}.json"
    return HttpResponse(
        layouts.as_file(layout),
        content_type="application/json",
        headers={"Content-Disposition": content_disposition_header(True, name)},
    )


@require_POST
@_who_imports
def layout_delete(request, number):
    """Delete all versions of a layout of a region that the reader works in."""
    layout = get_object_or_404(SheetLayout.objects.deletable_by(request.user), pk=number)
    layouts.delete_layout(layout)
    messages.success(request, _("The layout “%(name)s” is deleted.") % {"name": layout.name})
    return redirect("cases:import")


@may_get_and_post
@_who_imports
def import_undo(request, key):
    """Ask for the reason; then make everything that the import wrote as it was before."""
    the_import = _found(request, key)
    if the_import.state != ImportState.DONE or not the_import.change:
        messages.error(request, _("There is nothing to undo."))
        return redirect("cases:import-detail", the_import.pk)
    if request.method != "POST":
        return _ask_for_undo(request, the_import)
    if not request.POST.get("reason", "").strip():
        return _ask_for_undo(request, the_import, _("Give a reason for undoing this."), status=400)
    return _undo_import(request, the_import)


def _undo_import(request, the_import):
    try:
        count = undo.undo(the_import.change, by=request.user, reason=request.POST["reason"].strip())
    except undo.ChangedSince as refusal:
        return _ask_for_undo(request, the_import, refusal.messages[0], status=409)
    message = ngettext("Undone: %(count)s row restored.", "Undone: %(count)s rows restored.", count)
    messages.success(request, message % {"count": count})
    return redirect("cases:import-detail", the_import.pk)


def _ask_for_undo(request, the_import, problem="", status=200):
    context = {
        "import": the_import,
        "reason": request.POST.get("reason", "").strip(),
        "problem": problem,
        "extent": reach.extent_of(str(the_import.change)),
    }
    return TemplateResponse(request, "cases/imports/undo.html", context, status=status)


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


@require_safe
@_who_imports
def import_given_back(request, key):
    """The rows with errors as a workbook of the same layout, each fault as a comment on its cell."""
    return _kept_file(_found(request, key), "given_back", "xlsx", XLSX)


def _kept_file(the_import, what, ending="csv", content_type="text/csv; charset=utf-8"):
    path = the_import.report.get(f"{what}_file")
    if not path or not default_storage.exists(path):
        raise Http404
    return FileResponse(
        default_storage.open(path), as_attachment=True, headers=HARMLESS,
        filename=f"import-{what.replace('_', '-')}-{localdate().isoformat()}.{ending}", content_type=content_type,
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
    """The sheet with its head only."""
    response = HttpResponse(b"".join(sheet_files.csv_of_sheet([])), content_type="text/csv; charset=utf-8")
    return _attached(response, "cases-template.csv")


@require_safe
def template_xlsx(request):
    """The sheet with its head only, and a second sheet that explains the columns."""
    return _workbook(sheet_files.xlsx_of_sheet([]), "cases-template.xlsx")


def _of_a_selection(view):
    @require_safe
    def answer(request):
        selection = Selection(request.GET, request.user)
        if not selection.is_valid:
            reason = next(iter(selection.problems.values()))[0]
            return TemplateResponse(request, "400.html", {"reason": reason}, status=400)
        rows = sheet.sheet_rows(selection.rows().prefetch_related(None), request.user)
        return view(rows, selection.count)

    return answer


@_of_a_selection
def sheet_csv(rows, _count):
    """The selection as a sheet, to be edited and imported again."""
    lines = unhurried(sheet_files.csv_of_sheet(rows), LONGEST_STATEMENT)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    return _attached(response, f"cases-sheet-{localdate().isoformat()}.csv")


@_of_a_selection
def sheet_xlsx(rows, count):
    return _workbook(sheet_files.xlsx_of_sheet(rows, count), f"cases-sheet-{localdate().isoformat()}.xlsx")


def _workbook(parts, name):
    response = StreamingHttpResponse(unhurried(parts, LONGEST_STATEMENT), content_type=XLSX)
    return _attached(response, name)


def _attached(response, name):
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
