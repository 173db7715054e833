"""The pages on which anybody reports, without an account and without a trace.

`enforcement.middleware.know_nothing_of_who_reports` takes from the request what would tell who sent it, before
anything else sees it; here a view only knows `request.sender`, a digest that is forgotten within the hour.
"""

import re
from functools import cache
from urllib.parse import unquote_plus

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFilesSent, ValidationError
from django.http import HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from cases.leads import keys, limits, proof, receipts, sending
from cases.views.confirm import may_get_and_post
from regions.grammar.reading import whole_number
from regions.views import shapes_below

# In an hour: of one sender, of all together.
LOOKS = (300, 500_000)
POSTS = (60, 20_000)
TIPS = (10, 1_000)
TIPS_WITHOUT_PROOF = (3, 20)
WRONG_RECEIPTS = (30, 5_000)
AGAIN = (20, 20_000)  # how often a form that was opened here comes back with what is wrong
UNKNOWN_AGAIN = (20, 20)  # in ten seconds: how often one that may be a robot's does
MOST_LOOKED_AT = 65_536  # bytes
A_TOKEN = re.compile(rb'\btoken"?(?:=|\r\n\r\n)([\w%:-]{1,200})')  # as forms send it: urlencoded, or in parts


def refused_at_once(request):
    """The answer to who is over the limits, None for others. It is made of what is ready: a flood costs little.

    The middleware asks it before anything else, so that no session, form or template is made. Only in a flood of forms
    that are none of ours is a body read, so that theirs are told from those of people.
    """
    posts = request.method == "POST"
    what, limit = ("post", POSTS) if posts else ("look", LOOKS)
    if not limits.allows(what, request.sender, *limit):
        return _refused(request)
    flooded = posts and not limits.of_the_moment.would_allow("form again", request.sender, *UNKNOWN_AGAIN)
    if flooded and request.path_info == reverse("tips:tip-new") and _is_none_of_ours(request):
        return _refused(request, soon=True)
    return None


def _is_none_of_ours(request):
    """Whether a small request has no form's token of ours, so far as that can be told without parsing it."""
    if (whole_number(request.META.get("CONTENT_LENGTH") or "0") or 0) > MOST_LOOKED_AT:
        return False
    return not any(proof.nonce_of(unquote_plus(token.decode())) for token in A_TOKEN.findall(request.body))


def _refused(request, *, soon=False):
    # The form says its language in the address.
    address = request.META.get("QUERY_STRING", "")[:40]
    language = next((code for code, _name in settings.LANGUAGES if f"lang={code}" in address), "en")
    refusal = HttpResponse(_busy(language, soon), status=429)
    refusal._has_been_logged = True  # a flood does not fill the log either
    return refusal


@cache
def _busy(language, soon):
    with override(language):
        in_an_hour = _("Too many reports came just now. Please try again in an hour.")
        problem = _("Too many reports came just now. Please try again in a minute.") if soon else in_an_hour
        return render_to_string("cases/tips/busy.html", {"problem": problem}).encode()


def for_everybody(view):
    """Open without an account. There is nothing that another site could do here in somebody's name, so that no cookie
    against that is needed; and the view itself says where a NUL byte is.
    """
    view = login_not_required(csrf_exempt(may_get_and_post(sensitive_post_parameters()(view))))
    view.names_nul_bytes_itself = True
    return view


@for_everybody
def tip_new(request):
    """The form of a report; sent, it answers with the receipt."""
    if not keys.tips_are_taken():
        return TemplateResponse(request, "cases/tips/closed.html", status=503)
    if request.method != "POST":
        return _form(request, sending.TipForm())
    refusal = _unreadable(request)
    if refusal:
        return _again(request, sending.TipForm(), problem=refusal[0], status=refusal[1])
    files = request.FILES.getlist("photos")
    form = sending.TipForm(request.POST, {"photos": files} if files else None)
    nonce = proof.nonce_of(request.POST.get("token", ""))
    problem = "" if nonce else _("This page was open for too long. Please send it again.")
    if nonce and form.is_valid():
        problem = _refusal(request, nonce, form.cleaned_data["text"])
        if not problem:
            receipt = sending.send(form.cleaned_data, nonce)
            limits.note_text(form.cleaned_data["text"], nonce)
            return TemplateResponse(request, "cases/tips/sent.html", {"receipt": receipt})
    return _again(request, form, nonce, problem=problem, files=bool(files), token=nonce and request.POST["token"])


def _again(request, form, nonce="", *, status=400, **said):
    """The form again, with what is wrong and all that was written.

    Who has no token of ours, or sends one back again and again, may be a robot: most of those get the short page, so
    that a flood of them from many addresses costs little.
    """
    known = nonce and limits.allows("form again", nonce.encode(), *AGAIN)
    if not known and not limits.of_the_moment.allows("form again", request.sender, *UNKNOWN_AGAIN):
        return _refused(request, soon=True)
    return _form(request, form, status=status, **said)


def _form(request, form, *, problem="", files=False, status=200, token=""):
    token = token or proof.new_token()
    nonce = proof.nonce_of(token)
    context = {
        "form": form,
        "problem": problem,
        "chosen_files": files,
        "token": token,
        "challenge": proof.challenge(nonce),
        "sum": proof.sum_of(nonce),
    }
    return TemplateResponse(request, "cases/tips/new.html", context, status=status)


def _unreadable(request):
    """(why, status) of a request that is too much, or that nobody could read; None of one that was read."""
    too_large = _("This is more than 24 MB. Send fewer or smaller photos."), 413
    if (whole_number(request.META.get("CONTENT_LENGTH") or "0") or 0) > sending.MOST_BYTES:
        return too_large
    request.upload_handlers = [sending.OnlyMemory(request)]
    try:
        sent = [*request.POST.lists(), *((name, []) for name in request.FILES)]
    except TooManyFilesSent:
        return sending.too_many_photos(), 400
    except RequestDataTooBig:
        return _("This text is too long."), 413
    except (SuspiciousOperation, MultiPartParserError):
        return _("This could not be read. Please send it again."), 400
    if getattr(request.upload_handlers[0], "files", 0) > sending.MOST_PHOTOS:
        return sending.too_many_photos(), 400
    if getattr(request.upload_handlers[0], "taken", 0) > sending.MOST_BYTES:
        return too_large
    if any("\0" in text for name, values in sent for text in (name, *values)):
        return _("The text contains a character that cannot be stored."), 400
    return None


def _refusal(request, nonce, text):
    """Why a form that was filled in well is not taken; "" if it is."""
    if sending.tip_of(receipts.receipt_of(nonce)):
        return ""  # pressed twice: it is there already
    if not limits.first_to_say(text, nonce):
        return _("The same text was sent a moment ago. It was received.")
    proven = proof.is_solved(nonce, request.POST.get("proof", ""))
    if not proven and not proof.is_added(nonce, request.POST.get("sum", "")):
        return _("Please answer the sum at the end of the form.")
    within = limits.allows("tip", request.sender, *TIPS) and (
        proven or limits.allows("tip without proof", request.sender, *TIPS_WITHOUT_PROOF)
    )
    return "" if within else _("Too many reports came just now. Please try again in an hour.")


@login_not_required
@require_safe
def tip_shapes(request, code=None):
    """The shapes of the countries, or of what lies right below a region, for the map of the form.

    As a script: these pages may load scripts of ours and ask for nothing else.
    """
    return HttpResponse(f"export default {shapes_below(code)};", content_type="text/javascript; charset=utf-8")


@for_everybody
def tip_status(request):
    """What became of a report: with its receipt one reads the state and the answers, and can add something."""
    if request.method != "POST":
        return TemplateResponse(request, "cases/tips/status.html", {"form": sending.MoreForm()})
    refusal = _unreadable(request)
    if refusal:
        return _status(request, problem=refusal[0], status=refusal[1])
    receipt = request.POST.get("receipt", "")
    tip = sending.tip_of(receipt)
    if tip is None:
        if not limits.allows("wrong receipt", request.sender, *WRONG_RECEIPTS):
            return _status(request, problem=_("Too many wrong receipts. Please try again in an hour."), status=429)
        return _status(request, problem=_("No report has this receipt."), status=404)
    form = sending.MoreForm(request.POST if "more" in request.POST else None)
    added = False
    if form.is_bound and form.is_valid():
        added = _added(form, tip)
        form = sending.MoreForm() if added else form
    context = {
        "tip": tip,
        "lead": tip.lead.merged_into or tip.lead,
        "receipt": receipt,
        "answers": sending.answers_to(tip, receipt),
        "form": form,
        "added": added,
    }
    return TemplateResponse(request, "cases/tips/status.html", context, status=400 if form.errors else 200)


def _added(form, tip):
    try:
        sending.add_more(tip, form.cleaned_data["more"])
    except (ValidationError, keys.NoKey) as problem:
        closed = _("Reports are not taken at the moment.")
        form.add_error("more", problem if isinstance(problem, ValidationError) else closed)
        return False
    return True


def _status(request, *, problem, status):
    context = {"problem": problem, "form": sending.MoreForm()}
    return TemplateResponse(request, "cases/tips/status.html", context, status=status)
