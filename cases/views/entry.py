"""Record a raid or edit a case: one page, whose draft is kept while somebody types and which is saved once."""

import uuid
from base64 import b64encode
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from cases.actions import documents, publishing, saving, signing
from cases.bulletins.marks import text_with_marks, words_of_fields
from cases.entry import edit_conflicts, entry, stored
from cases.entry.saving import to_save
from cases.files.text import cell_text
from cases.leads import handling
from cases.models import Case, Draft
from cases.widgets import PointMap, whereabouts
from regions import edit_states

from .confirm import may_get_and_post

UNWRITABLE = str.maketrans({0: None, **dict.fromkeys(range(0xD800, 0xE000))})
FIRST_OF_ROWS = {
    "figures": "id_figures-0-amount",
    "raids": "id_raids-0-lines-0-count",
    "citations": "id_citations-0-text",
}
NOT_KEPT = {"csrfmiddlewaretoken", "base", "key", "then", "into"}


def keeps_what_is_typed(view):
    """Send who is not logged in to the login page; while they type, show it in place so that the page stays."""
    with_login = login_required(view)

    def either(request, *args, **kwargs):
        if request.htmx and not request.user.is_authenticated:
            return TemplateResponse(request, "cases/entry/_signed_out.html", {"next": request.path})
        return with_login(request, *args, **kwargs)

    # The forms say at which field a NUL byte is, and keep the rest: see enforcement.middleware.
    either.names_nul_bytes_itself = True
    return either


@keeps_what_is_typed
@may_get_and_post
def new(request):
    """Record a raid. POST with the target `checks` keeps the draft and says what was read; otherwise it saves."""
    if not request.user.has_perm("cases.add_case"):
        raise PermissionDenied
    if request.method == "POST":
        return _typed(request, None)
    draft = _draft_asked_for(request, None)
    return _page(request, entry.Entry(request.user, data=entry.from_draft(draft.typed) if draft else None), draft=draft)


@keeps_what_is_typed
@may_get_and_post
def edit(request, ref):
    """Change a case. Whoever saves second sees both versions."""
    case = get_object_or_404(Case.objects.visible_to(request.user).select_related("region__parent"), ref=ref)
    if not Case.objects.editable_by(request.user).filter(pk=case.pk).exists():
        raise PermissionDenied
    if request.method == "POST":
        return _typed(request, case)
    draft = _draft_asked_for(request, case)
    data = entry.from_draft(draft.typed) if draft else None
    return _page(request, entry.Entry(request.user, case, data), draft=draft)


def _typed(request, case):
    key = _key(request.POST.get("key"))
    if request.htmx:
        return _checks(request, case, key)
    with transaction.atomic():
        draft = _locked_draft(request, case, key)
        if draft.made_id:
            # Sent twice: the second answer is that of the first.
            return redirect(draft.made)
        if _text(request, "into"):
            return _add_to(request, draft)
        return _save(request, case, draft)


def _save(request, case, draft):
    if case is not None:
        # From here nobody else writes the case: the version that is compared is the version that is overwritten.
        case = signing.locked(case, Case.objects.editable_by(request.user))
    typed, conflicts, taken = _merged(request, case)
    _keep(draft, typed.data)
    made = _saved(request, case, typed) if not conflicts and typed.is_valid else None
    if made is None:
        status, merge = 409 if conflicts else 400, {"conflicts": conflicts, "taken": taken}
        return _page(request, typed, draft=draft, status=status, submitted=True, **merge)
    _keep_bulletin(request, draft, made)
    _close(request, draft, made)
    _report_taken(request, taken)
    _publish_and_report(request, made)
    return redirect(made)


def _saved(request, case, typed):
    """The case as it is saved, or None: then the form of `typed` says why."""
    try:
        with transaction.atomic():
            return saving.save_case(case, to_save(typed), by=request.user, reason=_text(request, "why"))
    except ValidationError as problem:
        typed.form.add_error(None, ValidationError(problem.messages))
        return None


def _merged(request, case):
    """(entry, conflicts, taken): what was typed, merged with what a colleague changed since the form was opened."""
    typed = entry.Entry(request.user, case, request.POST)
    base = edit_states.unseal(request.POST.get("base", ""), salt=stored.STATE_SALT)
    if case is None or typed.state == base:
        return typed, [], []
    data, conflicts, taken = edit_conflicts.merged(typed, base)
    return entry.Entry(request.user, case, data), conflicts, taken


def _report_taken(request, taken):
    """Say how many fields of a colleague are kept."""
    if taken:
        message = ngettext(
            "Kept %(number)s field that a colleague changed.",
            "Kept %(number)s fields that a colleague changed.",
            len(taken),
        )
        messages.info(request, message % {"number": len(taken)})


def _publish_and_report(request, case):
    """Publish the case too, if that was asked for, and report both."""
    asked_to_publish = request.POST.get("then") == "publish" and not case.published
    if asked_to_publish and _publish(request, case):
        messages.success(request, _("Saved and published. Everyone can see it."))
    else:
        messages.success(request, _("Saved."))


def _publish(request, case):
    try:
        publishing.publish_case(case, by=request.user)
    except (PermissionDenied, ValidationError) as problem:
        reason = (
            problem.messages[0]
            if isinstance(problem, ValidationError)
            else _("you do not have permission to publish here")
        )
        messages.warning(request, _("Saved, but not published: %(reason)s") % {"reason": reason})
        return False
    return True


def _add_to(request, draft):
    """The raid is on record already: add what was typed to the case `into`."""
    into = get_object_or_404(Case.objects.editable_by(request.user), ref=_text(request, "into"))
    typed = entry.Entry(request.user, None, request.POST)
    _keep(draft, request.POST)
    # A new case would need reasons for its doubts; the case on record has them.
    if typed.form.is_valid() and not [error for error in typed.errors() if not error[0].startswith("id_reason-")]:
        case = saving.add_to_case(into, to_save(typed), by=request.user)
        _keep_bulletin(request, draft, case)
        _close(request, draft, case)
        messages.success(request, _("Added to the existing case. Its sources and yours are kept."))
        return redirect(case)
    return _page(request, typed, draft=draft, status=400, submitted=True)


def _checks(request, case, key):
    """Show what was read, what looks wrong and what is missing; and keep the draft."""
    draft, _made = Draft.objects.get_or_create(key=key, defaults={"by": request.user, "case": case})
    if draft.by_id != request.user.pk or draft.case_id != (case.pk if case else None):
        raise PermissionDenied
    if draft.made_id is None:
        _keep(draft, request.POST)
    typed = entry.Entry(request.user, case, request.POST)
    typed.form.is_valid()
    context = _seen(typed) | {"draft": draft, "in_place": True}
    context["readings"] |= typed.questions()
    return TemplateResponse(request, "cases/entry/_checks.html", context)


def _page(request, typed, *, draft=None, status=200, **extra):
    case = typed.case
    context = {
        "lock": _lock_of(request.user),
        "entry": typed,
        "case": case,
        "base": edit_states.seal(typed.state, salt=stored.STATE_SALT) if case else "",
        "map": _map_of(case.region if case else _region_of_work(request.user)),
        "days": _days_to_offer() if case is None else [],
        "may_publish": request.user.has_perm("cases.publish_case"),
        **_drafts(request.user, case, draft),
        **_bulletin(request.user, draft),
        **(_seen(typed) if typed.form.is_bound else {}),
        **extra,
    }
    return TemplateResponse(request, "cases/entry/entry.html", context, status=status)


def _lock_of(user):
    """The key of what the browser keeps while somebody types: the same for one account, and known only to its pages."""
    return b64encode(salted_hmac("drafts in the browser", str(user.pk), algorithm="sha256").digest()).decode()


def _days_to_offer():
    """[(label, day)]: most raids are entered on the day or the day after."""
    today = localdate()
    return [(_("Today"), today), (_("Yesterday"), today - timedelta(days=1))]


def _map_of(region):
    widget = PointMap()
    widget.region = region
    return widget.render("map", None)


def _drafts(user, case, draft):
    """The draft on the page, or those of `user` that could be; and the keys of those that were saved."""
    mine = Draft.objects.filter(by=user)
    return {
        "key": draft.key if draft else uuid.uuid4(),
        "draft": draft,
        "drafts": [] if draft else list(mine.filter(made=None, case=case).exclude(typed={})[:5]),
        "done": list(mine.filter(made__isnull=False).values_list("key", flat=True)[:30]),
    }


def _bulletin(user, draft):
    """The text that the draft was read from, with the words of each field; and the other drafts of that text."""
    if draft is None or draft.bulletin is None:
        return {}
    text = draft.bulletin.text
    return {
        "bulletin": text_with_marks(text, draft.read_from),
        "words": words_of_fields(text, draft.read_from),
        "of_the_same_text": draft.bulletin.drafts.filter(by=user, made=None).exclude(pk=draft.pk),
    }


def _seen(typed):
    return {
        "entry": typed,
        "kw": entry.load_in_words(typed.kw) if typed.kw else "",
        "at_point": typed.region_of_the_point,
        "swap": typed.may_be_swapped,
        "doubts": [(doubt, typed.reason_for(doubt.rule), _first_field(typed, doubt)) for doubt in typed.doubts],
        "readings": typed.readings(),
        "whereabouts": whereabouts(typed.typed.get("region")),
    }


def _first_field(typed, doubt):
    """The id of the first field that `doubt` is about, as the page has it; "" for a doubt about no field."""
    first = next(iter(doubt.fields), None)
    if first in FIRST_OF_ROWS or first is None:
        return FIRST_OF_ROWS.get(first, "")
    return typed.form[first].id_for_label or f"id_{first}_0"


def _region_of_work(user):
    scope = user.scopes.select_related("region").first()
    return scope.region if scope else None


def _draft_asked_for(request, case):
    """The draft that the address names, or None. Raises Http404 for a draft of another person or case."""
    key = request.GET.get("draft")
    return get_object_or_404(Draft, key=_key(key), by=request.user, case=case, made=None) if key else None


@require_POST
@login_required
def discard(request, key):
    """Delete a draft and start again."""
    draft = get_object_or_404(Draft, key=key, by=request.user, made=None)
    back = reverse("cases:case-edit", args=[draft.case.ref]) if draft.case_id else reverse("cases:case-new")
    bulletin = draft.bulletin
    draft.delete()
    _forget(bulletin)
    messages.info(request, _("Draft discarded."))
    return redirect(back)


def _locked_draft(request, case, key):
    """The draft of this form, its row locked: the second request of a form that is sent twice waits here."""
    Draft.objects.bulk_create([Draft(key=key, by=request.user, case=case)], ignore_conflicts=True)
    draft = Draft.objects.select_for_update().get(key=key)
    if draft.by_id != request.user.pk:
        raise PermissionDenied
    return draft


def _keep(draft, data):
    # PostgreSQL's JSON holds no NUL, and no half of a character.
    draft.typed = {
        name.translate(UNWRITABLE): [value.translate(UNWRITABLE) for value in values]
        for name, values in data.lists()
        if name not in NOT_KEPT and any(values)
    }
    draft.saved_at = now()
    # Only these: meanwhile the same draft may have become a case.
    Draft.objects.filter(pk=draft.pk, made=None).update(typed=draft.typed, saved_at=draft.saved_at)


def _keep_bulletin(request, draft, case):
    """Keep the bulletin that the draft was read from as a document of the case, and say how many drafts are left."""
    if draft.bulletin is None:
        return
    try:
        documents.add_bulletin(case, draft.bulletin, by=request.user)
    except ValidationError as problem:
        messages.warning(request, problem.messages[0])
    left = draft.bulletin.drafts.filter(made=None).exclude(pk=draft.pk).count()
    if left:
        message = ngettext(
            "%(number)s more draft from the same text is waiting under “Record a raid”.",
            "%(number)s more drafts from the same text are waiting under “Record a raid”.",
            left,
        )
        messages.info(request, message % {"number": left})


def _close(request, draft, made):
    """The draft is done; what it was read from goes with the last draft of it."""
    bulletin = draft.bulletin
    draft.made, draft.typed, draft.read_from, draft.bulletin = made, {}, [], None
    draft.save()
    handling.led_by_draft(draft, made, by=request.user)
    _forget(bulletin)


def _forget(bulletin):
    if bulletin is not None and not bulletin.drafts.exists():
        bulletin.delete()


def _text(request, name):
    """What was sent beside the forms, which say themselves what cannot be stored."""
    return cell_text(request.POST.get(name, ""))[:2000]


def _key(text):
    try:
        return uuid.UUID(text or "")
    except ValueError:
        return uuid.uuid4()
