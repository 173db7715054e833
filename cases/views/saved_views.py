"""The pages of saved views, and the feed of any selection."""

import base64
import re
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required, login_required
from django.contrib.auth.views import redirect_to_login
from django.contrib.syndication.views import Feed
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cases.briefs.saved import briefs_in_words
from cases.models import SavedView
from cases.models.saved import UNDO_DAYS, Of
from cases.selection import saved_views
from cases.selection.selection import Selection
from cases.selection.sentence import describe
from regions.grammar import quantities
from regions.grammar.dates import day_as_known
from regions.grammar.language import in_reading_language

from .confirm import may_get_and_post

LISTS = {Of.CASES: "cases:case-list", Of.LEADS: "leads:lead-list"}
ENTRIES = 50  # of a feed
MOST_SHARED = 200  # that the list names
# What XML 1.0 cannot carry, escaped or not.
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@require_safe
def saved_view_list(request):
    """The views of the reader and those that others share. Nothing is counted here, so that a long list opens fast."""
    return _list(request, deleted=_just_deleted(request))


@require_safe
def saved_view(request, slug):
    """The list with this view; what the address says besides goes on top of it."""
    view = get_object_or_404(SavedView.objects.visible_to(request.user), slug=slug)
    return redirect(_list_of(view.of, _on_top_of(view, request.GET)))


@may_get_and_post
def save(request):
    """Keep a question under a name. What is refused or interrupted by a login comes back with all that was typed.

    GET shows the form and writes nothing.
    """
    sent = request.POST if request.method == "POST" else request.GET
    typed = {name: sent.get(name, "") for name in ("name", "query", "shared")}
    typed["of"] = Of.LEADS if sent.get("of") == Of.LEADS else Of.CASES
    if not request.user.is_authenticated:
        return redirect_to_login(f"{request.path}?{urlencode(typed)}")
    if request.method != "POST":
        return _list(request, draft=typed)
    return _save(request, typed)


# The form says at the name that it holds a NUL byte, and keeps what was typed: see enforcement.middleware.
save.names_nul_bytes_itself = True


def _save(request, typed):
    named = {"name": typed["name"], "query": typed["query"], "of": typed["of"], "shared": bool(typed["shared"])}
    try:
        view = saved_views.save_view(**named, by=request.user)
    except ValidationError as problem:
        return _list(request, draft=typed | {"problems": problem.message_dict}, status=400)
    messages.success(request, _("Saved as “%(name)s”.") % {"name": view.name})
    return redirect(view)


@require_POST
@login_required
def rename(request, slug):
    view = _known_to(request.user, slug)
    try:
        saved_views.rename_view(view, name=request.POST.get("name", ""), by=request.user)
    except ValidationError as problem:
        typed = {"slug": slug, "name": request.POST.get("name", ""), "problem": problem.messages[0]}
        return _list(request, renaming=typed, status=400)
    messages.success(request, _("Renamed to “%(name)s”. Its address has not changed.") % {"name": view.name})
    return redirect("cases:saved-view-list")


@require_POST
@login_required
def share(request, slug):
    view = _known_to(request.user, slug)
    saved_views.share_view(view, shared=request.POST.get("shared") == "1", by=request.user)
    message = _("“%(name)s” is now shared.") if view.shared else _("“%(name)s” is now private.")
    messages.success(request, message % {"name": view.name})
    return redirect("cases:saved-view-list")


@require_POST
@login_required
def delete(request, slug):
    view = _known_to(request.user, slug, deleted=True)
    saved_views.delete_view(view, by=request.user)
    return redirect(reverse("cases:saved-view-list", query={"deleted": view.slug}))


@require_POST
@login_required
def restore(request, slug):
    view = _known_to(request.user, slug, deleted=True)
    try:
        saved_views.restore_view(view, by=request.user)
    except ValidationError as problem:
        messages.error(request, f"“{view.name}”: {problem.messages[0]}")
    else:
        messages.success(request, _("“%(name)s” is restored.") % {"name": view.name})
    return redirect("cases:saved-view-list")


@require_safe
def feed(request):
    """The newest changes of any selection. What is not understood answers 400."""
    return _feed(request, Selection(request.GET, request.user), _list_of(Of.CASES, request.GET))


@require_safe
def saved_view_feed(request, slug):
    view = get_object_or_404(SavedView.objects.visible_to(request.user), slug=slug)
    return _feed(request, Selection(_on_top_of(view, request.GET), request.user), view.get_absolute_url())


@login_not_required
@require_safe
def secret_feed(request):
    """The feed of one view for a feed reader, which cannot log in: it shows what the owner may see today, and no more.

    The password says which view, and opens it alone; nothing that the address says is asked. It comes in a header,
    which is in no log and no history of a browser.
    """
    view = SavedView.objects.fed_by(_password_sent(request)).select_related("owner").first()
    if view is None:
        problem = _("This feed needs the password that its owner made.")
        refusal = HttpResponse(problem, content_type="text/plain; charset=utf-8", status=401)
        refusal["WWW-Authenticate"] = 'Basic realm="feed", charset="UTF-8"'
        return refusal
    response = _feed(request, Selection(_on_top_of(view, QueryDict()), view.owner), view.get_absolute_url())
    saved_views.fetched(view)
    response["Cache-Control"] = "private, no-cache"
    response["X-Robots-Tag"] = "noindex"
    return response


def _password_sent(request):
    """The password of `Authorization: Basic …`, whatever the name beside it is; "" without one."""
    scheme, _blank, sent = request.headers.get("Authorization", "").partition(" ")
    try:
        name_and_password = base64.b64decode(sent, validate=True).decode() if scheme.lower() == "basic" else ""
    except ValueError:
        return ""
    return name_and_password.partition(":")[2]


@require_POST
@login_required
def open_feed(request, slug):
    """A new password, shown this once."""
    view = _known_to(request.user, slug)
    secret = saved_views.open_feed(view, by=request.user)
    address = request.build_absolute_uri(reverse("cases:secret-feed"))
    return _list(request, opened={"name": view.name, "address": address, "user": view.slug, "password": secret})


@require_POST
@login_required
def close_feed(request, slug):
    view = _known_to(request.user, slug)
    saved_views.close_feed(view, by=request.user)
    messages.success(request, _("The feed of “%(name)s” is closed.") % {"name": view.name})
    return redirect("cases:saved-view-list")


class SelectionFeed(Feed):
    """The cases of a selection that were changed last. It shows nothing that the list of cases does not show."""

    feed_type = Atom1Feed

    def __init__(self, selection, link, address):
        self.selection, self.link, self.feed_url = selection, link, address

    def title(self):
        return _readable(describe(self.selection))

    def subtitle(self):
        return self.selection.view.name if self.selection.view else None

    def author_name(self):
        return _("Mining Enforcement")

    def items(self):
        return self.selection.first(ENTRIES, "-changed_at", "ref")

    def item_title(self, case):
        return _readable(case.title)

    def item_description(self, case):
        """HTML, as Atom1Feed declares it."""
        facts = [
            (
                _("Where"),
                ", ".join(filter(None, (in_reading_language(case.shown_place, case.shown_place_zh), case.region.name))),
            ),
            (_("When"), day_as_known(case.occurred_on, case.date_precision)),
            (_("Rigs"), quantities.rigs(case.rigs, case.rigs_qualifier)),
            (_("Source"), "; ".join(str(source) for source in case.sources.all()) or quantities.UNSAID),
        ]
        return _readable(format_html_join("", "<p>{}: {}</p>", facts))

    def item_updateddate(self, case):
        return case.changed_at


def _feed(request, selection, link):
    if not selection.is_valid:
        return JsonResponse({"errors": selection.problems}, status=400)
    response = SelectionFeed(selection, link, request.get_full_path())(request)
    # A case that is withdrawn makes the newest change older: a reader that asks by date would never hear of it.
    # The ETag tells.
    del response.headers["Last-Modified"]
    return response


def _readable(text):
    return _NOT_IN_XML.sub("\ufffd", text)


def _on_top_of(view, query):
    whole = QueryDict(mutable=True)
    whole["view"] = view.slug
    for name, values in query.lists():
        if name != "view":
            whole.setlist(name, values)
    return whole


def _list_of(of, query):
    address = reverse(LISTS[of])
    return f"{address}?{query.urlencode()}" if query else address


def _known_to(user, slug, *, deleted=False):
    """The view `slug`, where `user` may know that it exists; the verbs say whether it may be changed."""
    views = SavedView.objects.all()
    if not user.is_superuser:
        views = views.visible_to(user) | views.of(user)
    return get_object_or_404(views if deleted else views.kept(), slug=slug)


def _just_deleted(request):
    """The view that the reader has just deleted, to offer the way back."""
    slug = request.GET.get("deleted", "")
    if not slug or not request.user.is_authenticated:
        return None
    found = SavedView.objects.restorable().filter(slug=slug).first()
    return found if found and found.belongs_to(request.user) else None


def _list(request, *, draft=None, renaming=None, deleted=None, opened=None, status=200):
    """The page of views. `draft` and `renaming` are what was typed and refused, `opened` is a new feed."""
    context = {
        **_listed(request.user),
        "briefs": briefs_in_words(request.user),
        "most_shared": MOST_SHARED,
        "restorable": SavedView.objects.of(request.user).restorable().order_by("-deleted_at"),
        "undo_days": UNDO_DAYS,
        "deleted": deleted,
        "opened": opened,
        "draft": draft,
        "renaming": renaming,
        "may_share": request.user.has_perm(saved_views.SHARE),
    }
    response = TemplateResponse(request, "cases/list/saved_views.html", context, status=status)
    if opened:
        response["Cache-Control"] = "private, no-store"
    return response


def _listed(user):
    """The views of `user` and those that others share, each with its question in words."""
    visible = SavedView.objects.visible_to(user).select_related("owner")
    own = list(visible.filter(owner=user.pk))
    shared = list(visible.exclude(owner__isnull=False, owner=user.pk)[:MOST_SHARED])
    listed = saved_views.views_in_words([*own, *shared], user)
    return {"mine": listed[: len(own)], "shared": listed[len(own) :]}
