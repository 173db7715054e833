"""The documents of a case and what became of its rigs: read by who works for its region, never public."""

from functools import partial

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from cases import access
from cases.actions import custody, documents
from cases.fields import AmountField, NamedField, WhenField
from cases.files import uploads
from cases.models import Case, Disposal, Document, Seizure
from cases.models.outcome import DisposalKind
from regions.grammar.reading import whole_number
from regions.models import Agency, Region

from .confirm import confirm, may_get_and_post

# Whatever a file is, a browser that opens it runs nothing of it.
HARMLESS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, no-store",
}


@may_get_and_post
@login_required
def case_documents(request, ref):
    """List the documents of a case; POST adds files, each with its own verdict."""
    case, may_edit = _inside(request.user, ref)
    problems = []
    if request.method == "POST":
        if not may_edit:
            raise PermissionDenied
        problems = _add_files(request, case)
        if not problems:
            return redirect("cases:case-documents", ref)
    return _documents_page(request, case, may_edit, problems)


def _documents_page(request, case, may_edit, problems):
    # Documents are internal, also those of a public case: only who works there learns where else one is.
    own = Region.objects.worked_in_by(request.user).values("pk")
    visible = Case.objects.visible_to(request.user).filter(region__in=own)
    listed = list(case.documents.select_related("added_by", "raid__case"))
    looks = documents.looks_at(listed)
    context = {
        "case": case,
        "may_edit": may_edit,
        "problems": [message for problem in problems for message in _messages(problem)],
        "documents": [(document, documents.elsewhere(document, visible), looks[document.key]) for document in listed],
        "raids": case.raids.select_related("case"),
    }
    full = any(isinstance(problem, documents.DiskFull) for problem in problems)
    status = 507 if full else 400 if problems else 200
    return TemplateResponse(request, "cases/case/documents.html", context, status=status)


def _messages(problem):
    return problem.messages if isinstance(problem, ValidationError) else [problem]


def _add_files(request, case):
    """Add each uploaded file, with a message; return the problems of those that are refused."""
    files = request.FILES.getlist("files")
    raid = case.raids.filter(pk=whole_number(request.POST.get("raid"))).first()
    title = request.POST.get("title", "") if len(files) == 1 else ""
    problems = [uploads.over_limit(name) for name in getattr(request, "too_large", [])]
    for upload in files:
        try:
            document = documents.add(case, upload, by=request.user, raid=raid, title=title)
        except documents.DiskFull as problem:
            problems.append(problem)
        except ValidationError as problem:
            problems += problem.messages
        else:
            messages.success(request, _("Uploaded: %(title)s") % {"title": document.title})
    return problems if files or problems else [_("Choose a file first.")]


@require_safe
@login_required
def original(request, ref, key):
    """The bytes as they came, to be saved and not to be opened here."""
    document = _document(request.user, ref, key)
    name = document.file_name or document.title
    return _file(request, document, document.media_type, name, original=True)


@require_safe
@login_required
def shown(request, ref, key):
    """The copy of a photograph that is shown: its pixels and nothing else."""
    document = _document(request.user, ref, key)
    if not document.shown:
        raise Http404
    return _file(request, document, uploads.SHOWN_TYPE, f"{document.sha256[:12]}.jpg", original=False)


@may_get_and_post
@login_required
def remove(request, ref, key):
    """Ask for the reason; then take a document off its case."""
    document = _document(request.user, ref, key)
    act, done = partial(documents.remove, document), _("Removed. You can restore it from the case history.")
    back = reverse("cases:case-documents", args=[ref])
    return confirm(request, document.case, "remove_document", act, done, back=back, document=document)


class DisposalForm(forms.Form):
    """One step of the chain of custody of a seizure line, as somebody types it."""

    kind = forms.ChoiceField(label=gettext_lazy("Disposal"), choices=DisposalKind)
    count = AmountField("rigs", label=gettext_lazy("Number of rigs"), required=False)
    when = WhenField(label=gettext_lazy("When"), required=False)
    authority = NamedField("agency", Agency, "slug", label=gettext_lazy("Ordered by"), required=False)
    document = forms.ModelChoiceField(Document.objects.none(), label=gettext_lazy("Document"), required=False)
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=1000)

    def __init__(self, *args, case, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["authority"].user = user
        self.fields["document"].queryset = case.documents.all()
        self.fields["count"].help_text = _("Leave empty for all remaining rigs.")
        self.fields["when"].help_text = _("A day, a month or a year.")


@may_get_and_post
@login_required
def case_custody(request, ref):
    """What became of each line that was seized, step by step; POST adds a step."""
    case, may_edit = _inside(request.user, ref)
    form, asked = None, None
    if request.method == "POST":
        if not may_edit:
            raise PermissionDenied
        asked = get_object_or_404(Seizure, raid__case=case, pk=whole_number(request.POST.get("seizure")))
        form = DisposalForm(request.POST, case=case, user=request.user)
        if form.is_valid() and _dispose(form, asked, by=request.user):
            messages.success(request, _("Step recorded."))
            return redirect("cases:case-custody", ref)
    return _custody_page(request, case, may_edit, form, asked)


def _custody_page(request, case, may_edit, refused, asked):
    """The page with a form for each line; that of the line `asked` is the `refused` one."""
    chains = custody.chains(case)
    blank = partial(DisposalForm, case=case, user=request.user)
    context = {
        "case": case,
        "may_edit": may_edit,
        "chains": [(chain, refused if chain.seizure == asked else blank()) for chain in chains],
        "done": custody.is_done(chains) and case.status != "disposed",
        "asked": asked,
    }
    return TemplateResponse(request, "cases/case/custody.html", context, status=400 if refused is not None else 200)


def _dispose(form, seizure, *, by):
    """Record the step that was typed. Returns whether it was; if not, `form` says why."""
    try:
        custody.dispose(seizure, by=by, **_step(form.cleaned_data))
    except ValidationError as problem:
        form.add_error(None, problem)
        return False
    return True


@may_get_and_post
@login_required
def take_back(request, ref, pk):
    """Ask for the reason; then take a step of the chain back."""
    case, _may_edit = _inside(request.user, ref)
    disposal = get_object_or_404(Disposal, seizure__raid__case=case, pk=pk)
    act, back = partial(custody.take_back, disposal), reverse("cases:case-custody", args=[ref])
    return confirm(request, case, "take_back", act, _("Undone."), back=back, disposal=disposal)


@require_POST
@login_required
def close(request, ref):
    """All rigs are accounted for: the case is one whose rigs are disposed of."""
    case, _may_edit = _inside(request.user, ref)
    try:
        custody.close(case, by=request.user)
    except ValidationError as problem:
        messages.error(request, problem.messages[0])
    return redirect("cases:case-custody", ref)


def _step(typed):
    day, precision = typed["when"] or (None, "day")
    return {
        "kind": typed["kind"],
        "count": int(typed["count"].value) if typed["count"] else None,
        "disposed_on": day,
        "date_precision": precision,
        "authority": typed["authority"],
        "document": typed["document"],
        "note": typed["note"],
    }


def _inside(user, ref):
    """(case, whether `user` may change it) for who works for its region. Raises Http404 or PermissionDenied."""
    case = get_object_or_404(Case.objects.visible_to(user).select_related("region"), ref=ref)
    if not access.may_read(user, case.region_id):
        raise PermissionDenied
    return case, Case.objects.editable_by(user).filter(pk=case.pk).exists()


def _document(user, ref, key):
    case, _may_edit = _inside(user, ref)
    return get_object_or_404(case.documents.select_related("case"), key=key)


def _file(request, document, media_type, file_name, *, original):
    try:
        content = documents.opened_by(document, request.user, original=original)
    except documents.NotAsItCame:
        context = {"case": document.case, "document": document}
        return TemplateResponse(request, "cases/case/damaged.html", context, status=409)
    return FileResponse(content, content_type=media_type, filename=file_name, as_attachment=original, headers=HARMLESS)
