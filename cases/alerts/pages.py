"""The pages of what somebody follows by mail."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature
from django.db.models import Max, Q
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe
from rest_framework.throttling import BaseThrottle

from cases.leads import limits
from cases.models import Follow
from cases.models.follow import NoticeState, Rhythm

from . import following, hooks, tokens

CALLS = 50  # of a hook, that its page lists
MAILS = (10, 200)  # an hour, that ask to confirm: because of one visitor, and of all together
may_get_and_post = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def follow_list(request):
    """What the reader follows; who has no account finds it by the links in their mails."""
    sent = Max("notices__handed_over_at", filter=Q(notices__state=NoticeState.SENT))
    follows = Follow.objects.of(request.user).annotate(last_sent_at=sent) if request.user.is_authenticated else []
    rows = [(follow, tokens.of(follow)) for follow in follows]
    return TemplateResponse(request, "cases/alerts/list.html", {"rows": rows, **_site()})


@may_get_and_post
def new_follow(request):
    """Follow the question of the address. What is not understood answers 400."""
    hook = request.POST.get("hook", "")
    try:
        by_hook = bool(hook) or request.method != "POST"  # that is not decided yet
        question = following.question_of(request.GET, request.user, by_hook=by_hook)
    except ValidationError as problem:
        return _new(request, None, problems=problem.messages, status=400)
    if request.method != "POST":
        return _new(request, question, following.FollowForm(request.user))
    form = following.FollowForm(request.user, request.POST)
    if not (settings.MAIL_IS_SENT or hook) or not form.is_valid():
        return _new(request, question, form, status=400)
    if following.is_of_account(request.user, hook):
        return _follow(request, question, form)
    sender = limits.sender_of(BaseThrottle().get_ident(request) or "")
    if not limits.allows("mail to confirm an address", sender, *MAILS):
        return _new(
            request, question, form, problems=[_("Too many mails were asked for. Try again later.")], status=429
        )
    return _follow(request, question, form)


# The form says at the address that it holds a NUL byte, and keeps what was typed: see enforcement.middleware.
new_follow.names_nul_bytes_itself = True


def _follow(request, question, form):
    try:
        follow = following.follow(question, user=request.user, **form.cleaned_data)
    except ValidationError as problem:
        return _new(request, question, form, problems=problem.messages, status=400)
    if follow and follow.hook:
        return redirect("alerts:follow", tokens.of(follow))
    if following.has_address(request.user):
        messages.success(request, _("You follow “%(name)s” by mail.") % {"name": question.name})
        return redirect("alerts:follow-list")
    context = {"question": question, "asked": form.cleaned_data["address"], **_site()}
    return TemplateResponse(request, "cases/alerts/new.html", context)


def _new(request, question, form=None, *, problems=(), status=200):
    context = {"question": question, "form": form, "problems": problems, **_site()}
    context["has_address"] = following.has_address(request.user)
    return TemplateResponse(request, "cases/alerts/new.html", context, status=status)


def _site():
    return {"folder": settings.EMAIL_FILE_PATH, "mail_is_sent": settings.MAIL_IS_SENT}


def _by_link(view):
    """A page that is opened from a mail, without a login; nobody keeps it."""
    return login_not_required(never_cache(may_get_and_post(view)))


@_by_link
def confirm_page(request, token):
    """Asked by a button and not by opening it: programs open the links of mails before their readers do."""
    follow = tokens.follow_to_confirm(token)
    begun = False
    if follow is not None and request.method == "POST":
        begun = following.begin_confirmed(follow.pk)
    return TemplateResponse(request, "cases/alerts/confirm.html", {"follow": follow, "begun": begun})


@_by_link
def one(request, token):
    """What one follow is, to change or to end it."""
    follow = _follow_with(token)
    if follow and request.method == "POST":
        try:
            following.change(follow, rhythm=request.POST.get("rhythm", ""))
        except ValidationError as problem:
            return _one(request, follow, token, problem=problem.messages[0], status=400)
        messages.success(request, _("Saved."))
        return redirect("alerts:follow", token)
    return _one(request, follow, token)


def _one(request, follow, token, *, problem="", status=200):
    context = {"follow": follow, "token": token, "rhythms": Rhythm.choices, "problem": problem}
    if follow and follow.hook and follow.owner == request.user:
        context |= {"secret": hooks.secret_of(follow), "calls": follow.notices.order_by("-made_at")[:CALLS]}
    return TemplateResponse(request, "cases/alerts/one.html", context, status=status)


@csrf_exempt
@_by_link
def stop_page(request, token):
    """The end by one click: a mail program sends POST (RFC 8058), a reader is shown a button."""
    follow = _follow_with(token)
    if follow and request.method == "POST":
        following.stop_following(follow.pk)
    context = {"follow": follow, "stopped": follow and request.method == "POST"}
    return TemplateResponse(request, "cases/alerts/stop.html", context)


def _follow_with(token):
    try:
        return tokens.follow_with(token)
    except BadSignature:
        raise Http404 from None
