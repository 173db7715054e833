"""The history of a case and its undo; and the actions on a case that ask before they act."""

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from cases import access
from cases.actions import answering, merging, publishing
from cases.doubts import open_doubts
from cases.doubts.twins import Sighting, likely_twins
from cases.history import changes as history
from cases.history import reach
from cases.history import undo as history_undo
from cases.models import Case, Import
from cases.models.history import CaseSource
from cases.models.intake import DoubtRule
from regions.grammar.language import in_reading_language
from regions.models import Region

from .confirm import confirm, may_get_and_post

CHANGES_A_PAGE = 50


# History


@require_safe
def case_history(request, ref):
    """Every change of a case, the newest first. Read by who works for its region; a deleted case keeps it."""
    pk = _readable(request.user, ref)
    changes = history.changes_of(pk, request.user)
    page = Paginator(changes, CHANGES_A_PAGE).get_page(request.GET.get("page"))
    others, imports = _reach(page.object_list)
    case = Case.objects.filter(pk=pk).first()
    context = {
        "ref": ref,
        "case": case,
        "became": None if case else _survivor(request.user, ref),
        "page": page,
        "changes": [(change, others.get(change.key, 1) - 1, imports.get(change.key)) for change in page],
        "may_undo": request.user.has_perm("cases.change_case"),
    }
    return TemplateResponse(request, "cases/case/history.html", context)


@may_get_and_post
@login_required
def undo(request, ref, change):
    """Ask, with what would be put back on the page; then take the change back."""
    pk = _readable(request.user, ref, change)
    wanted = _change_to_undo(request.user, pk, change)
    if request.method != "POST":
        return _ask_to_undo(request, ref, pk, wanted)
    try:
        return _take_back(request, ref, change)
    except history_undo.ChangedSince as refusal:
        context = {"problem": refusal.messages[0], "later": refusal.later}
        return _ask_to_undo(request, ref, pk, wanted, context, status=409)


def _change_to_undo(user, pk, key):
    """The change of a case, with what its undo would do as the differences. Raises Http404 or PermissionDenied."""
    wanted = next((change for change in history.changes_of(pk, user) if change.key == key), None)
    if wanted is None:
        raise Http404
    if not history_undo.may_undo(key, user):
        raise PermissionDenied
    for event in wanted.events:
        event.differences = [difference.backwards() for difference in event.differences]
    return wanted


def _ask_to_undo(request, ref, pk, change, refusal=None, status=200):
    context = {
        "ref": ref,
        "case": Case.objects.filter(pk=pk).first(),
        "change": change,
        "others": len(reach.cases_of(change.key)) - 1,
        "extent": reach.extent_of(change.key),
        "reason": request.POST.get("reason", ""),
        **(refusal or {}),
    }
    return TemplateResponse(request, "cases/confirm/undo.html", context, status=status)


def _take_back(request, ref, change):
    count = history_undo.undo(change, by=request.user, reason=request.POST.get("reason", ""))
    message = ngettext("Undone: %(count)s row restored.", "Undone: %(count)s rows restored.", count)
    messages.success(request, message % {"count": count})
    there = Case.objects.visible_to(request.user).filter(ref=ref).exists()
    return redirect("cases:case-detail" if there else "cases:case-history", ref)


@require_safe
@login_required
def deleted(request):
    """The deleted cases of the regions that the reader works for, each with the way back."""
    if not request.user.has_perm("cases.view_case"):
        raise PermissionDenied
    page = Paginator(history.deleted_cases(request.user), CHANGES_A_PAGE).get_page(request.GET.get("page"))
    regions = Region.objects.in_bulk({event.region_id for event in page})
    rows = [
        (event, in_reading_language(event.title_en, event.title_zh), regions[event.region_id], history.change_of(event))
        for event in page
    ]
    context = {"page": page, "rows": rows, "may_undo": request.user.has_perm("cases.change_case")}
    return TemplateResponse(request, "cases/case/deleted.html", context)


def _readable(user, ref, change=None):
    """The pk of the case that is or was called `ref`; with a change, of the one of them that it touched."""
    found = history.case_called(ref)
    if found is None:
        raise Http404
    pk, region = found
    if not access.may_read(user, region):
        if Case.objects.visible_to(user).filter(pk=pk).exists():
            raise PermissionDenied
        raise Http404
    return pk if change is None else _touched_by(change, pk, user, ref)


def _touched_by(change, pk, user, ref):
    """`pk` if `change` touched that case; else the pk of a deleted case whose reference another case has now."""
    try:
        touched = reach.cases_of(change)
    except (ValueError, OverflowError):
        raise Http404 from None
    if pk in touched:
        return pk
    deleted = next(iter(history.cases_called(ref) & touched), None)
    if deleted is None or not history_undo.may_undo(change, user):
        raise Http404
    return deleted


def _survivor(user, ref):
    """The case that the case `ref` was merged into, if `user` may see it."""
    return Case.objects.visible_to(user).once_called(ref).first()


def _reach(changes):
    """({key: how many cases it touched}, {key: address of the import it is}) of these changes."""
    keys = [change.key for change in changes]
    named = [key for key in keys if not key.startswith("at-")]
    found = Import.objects.filter(change__in=named).values_list("change", "key")
    imports = {str(change): reverse("cases:import-detail", args=[key]) for change, key in found}
    return reach.how_many_cases(keys), imports


# Actions


@may_get_and_post
@login_required
def publish(request, ref):
    """Ask, with what is missing; then let the public see the case."""
    case = _allowed(request.user, ref, Case.objects.publishable_by)
    act, done = partial(publishing.publish_case, case), _("Published. Everyone can see it.")
    return confirm(request, case, "publish", act, done, missing=publishing.missing(case))


@may_get_and_post
@login_required
def withdraw(request, ref):
    """Ask for the reason; then take the case back from the public."""
    case = _allowed(request.user, ref, Case.objects.publishable_by)
    act, done = partial(publishing.withdraw_case, case), _("Withdrawn. The public can no longer see it.")
    return confirm(request, case, "withdraw", act, done)


@may_get_and_post
@login_required
def delete(request, ref):
    """Ask for the reason; then delete the case. Its history brings it back."""
    case = _allowed(request.user, ref, Case.objects.deletable_by)
    act, done = partial(publishing.delete_case, case), _("Deleted. You can restore it from this page.")
    return confirm(request, case, "delete", act, done, back="cases:deleted", **_below(case))


@may_get_and_post
@login_required
def answer(request, ref, rule):
    """Show what looks wrong; then keep the reason why it is right."""
    case = _allowed(request.user, ref, Case.objects.editable_by)
    visible = Case.objects.visible_to(request.user)
    found = open_doubts.open_doubts(visible.for_page().get(pk=case.pk), visible)
    doubt = next((doubt for doubt, _twins in found if doubt.rule == rule), None)
    if doubt is None:
        if rule not in DoubtRule:
            raise Http404
        messages.info(request, _("Already answered."))
        return redirect(case)
    act = partial(answering.answer_doubt, case, doubt)
    return confirm(request, case, "answer", act, _("Confirmed as correct, with your reason."), doubt=doubt)


@may_get_and_post
@login_required
def merge(request, ref):
    """Choose another case, see what it would take over from this one, then make them one."""
    twin = _allowed(request.user, ref, Case.objects.deletable_by)
    wanted = (request.POST if request.method == "POST" else request.GET).get("into", "").strip()
    others = Case.objects.editable_by(request.user).exclude(pk=twin.pk)
    into = others.filter(ref=_ref_in(wanted)).first() if wanted else None
    likely = [] if into else _likely(twin, others, request.user)
    context = {"case": twin, "wanted": wanted, "into": into, "likely": likely}
    if wanted and into is None:
        context["problem"] = _("No other case that you can edit has this reference.")
    elif into and request.method == "POST":
        try:
            return _merge(request, twin, into)
        except ValidationError as problem:
            context["problem"] = problem.messages[0]
    status = 400 if request.method == "POST" else 200
    return TemplateResponse(request, "cases/confirm/merge.html", context | _taken(twin, into), status=status)


def _merge(request, twin, into):
    merged = merging.merge_cases(twin, into, by=request.user, reason=request.POST.get("reason", ""))
    messages.success(request, _("Merged. %(ref)s now leads to this case.") % {"ref": twin.ref})
    return redirect(merged)


def _allowed(user, ref, allowed_to):
    """The case called `ref`: 404 if `user` may not see it, 403 if they may not do this to it."""
    case = get_object_or_404(Case.objects.visible_to(user).select_related("region"), ref=ref)
    if not allowed_to(user).filter(pk=case.pk).exists():
        raise PermissionDenied
    return case


def _below(case):
    """What goes with a case."""
    names = ["raids", "figures", "citations", "office_numbers", "parties", "sanctions", "documents"]
    counts = [(getattr(case, name).model._meta.verbose_name_plural, getattr(case, name).count()) for name in names]
    return {"below": [(name, count) for name, count in counts if count], "parts": case.parts.exists()}


def _ref_in(text):
    """The reference in what was typed or pasted: an address names it too."""
    return text.rstrip("/").rpartition("/")[2]


def _likely(case, others, user):
    """The Twins of `case` among `others`, the likeliest first."""
    seen = Case.objects.visible_to(user).filter(pk__in=others.values("pk"))
    return likely_twins([Sighting.of(case)], seen).get(0, [])


def _taken(twin, into):
    """What a merge would do, for the page that asks."""
    if into is None:
        return {}
    taken = merging.taken_over(twin, into)
    fields = [(field.verbose_name, _value(twin, field), _value(into, field)) for field in taken]
    sources = CaseSource.objects.filter(case__in=[twin, into]).select_related("source")
    return {
        "fields": fields,
        "sources": sorted({str(row.source) for row in sources}),
        "raids_stay": into.raids.exists() and twin.raids.exists(),
        "figures_stay": into.figures.exists() and twin.figures.exists(),
        "turns_internal": twin.published and not into.published,
        "turns_sensitive": twin.sensitive and not into.sensitive,
    }


def _value(case, field):
    if field.choices:
        return getattr(case, f"get_{field.name}_display")()
    return getattr(case, field.name)
