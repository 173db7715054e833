"""The brief of a region and a period, or of any question to the cases: as a page and as a document; and saved ones."""

from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.models import SavedBrief
from regions.carried import takes
from regions.models import Region

from . import document, saved
from .content import Brief
from .period import PeriodForm, usual_periods

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
DAYS = ("from", "to", "occurred_after", "occurred_before", "page", "show")


@takes("from", "to")
@require_safe
def region_brief(request, code):
    return _page(request, _question_about(request, code), reverse("regions:brief-docx", args=[code]))


@takes("from", "to")
@require_safe
def region_docx(request, code):
    return _document(request, _question_about(request, code))


@takes("from", "to")
@require_safe
def selection_brief(request):
    return _page(request, _question(request), reverse("cases:brief-docx"))


@takes("from", "to")
@require_safe
def selection_docx(request):
    return _document(request, _question(request))


@require_POST
@login_required
def brief_save(request):
    """Save the brief whose question, days included, is sent as `query`. What is refused is said where it is asked."""
    asked = QueryDict(request.POST.get("query", ""))
    period = PeriodForm(asked).period
    try:
        if period is None:
            raise ValidationError(_("The period cannot be read."))
        brief = Brief(_without_days(asked), request.user, period, localdate())
        made = saved.save_brief(brief, by=request.user)
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
        return redirect(reverse("cases:brief", query=asked))
    messages.success(request, _("Saved with the figures of today."))
    return redirect(made)


@login_required
@require_safe
def saved_brief(request, key):
    kept = _own(request, key)
    brief = saved.BriefOfItsDay(kept, request.user, localdate())
    asked = QueryDict(kept.query, mutable=True)
    context = {"saved": kept, "brief": brief, "today": f"{reverse('cases:brief')}?{_with_period(asked, brief.period)}"}
    return TemplateResponse(request, "cases/brief/saved.html", context)


@login_required
@require_safe
def saved_docx(request, key):
    kept = _own(request, key)
    brief = saved.BriefOfItsDay(kept, request.user, localdate())
    if not brief.selection.is_valid:
        return JsonResponse({"errors": brief.selection.problems}, status=400)
    return _as_file(brief, request.build_absolute_uri(kept.get_absolute_url()))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def brief_remove(request, key):
    """GET asks, POST removes."""
    kept = _own(request, key)
    if request.method == "POST":
        kept.delete()
        messages.success(request, _("The brief was removed."))
        return redirect("cases:saved-view-list")
    brief = saved.BriefOfItsDay(kept, request.user, localdate())
    return TemplateResponse(request, "cases/brief/remove.html", {"saved": kept, "brief": brief})


def _own(request, key):
    return get_object_or_404(SavedBrief, key=key, owner=request.user.pk)


def _question(request):
    return _without_days(request.GET)


def _without_days(query):
    query = query.copy()
    for name in DAYS:
        query.pop(name, None)
    return query


def _question_about(request, code):
    query = _question(request)
    query["region"] = get_object_or_404(Region, code=code).code
    return query


def _read(request, query):
    """(the form of the period, the Brief; None without a period)."""
    today = localdate()
    form = PeriodForm(request.GET, today)
    return form, Brief(query, request.user, form.period, today) if form.period else None


def _page(request, query, docx):
    form, brief = _read(request, query)
    asked = query.copy()
    region = None
    if request.resolver_match.namespace == "regions":
        region = Region.objects.get(code=asked.pop("region")[0])  # it is in the address
    context = {
        "region": region,
        "form": form, "brief": brief, "asked": asked.lists(), "docx": docx,
        "usual": [(name, _with_period(asked, period)) for name, period in usual_periods(form.today)],
    }  # fmt: skip
    if brief:
        # Also where no period was asked for: who cites the page means this one.
        context["address"] = _with_period(asked, brief.period)
        context["question"] = _with_period(query, brief.period)
        context["page_address"] = request.build_absolute_uri(f"{request.path}?{context['address']}")
    return TemplateResponse(request, "cases/brief/brief.html", context)


def _with_period(query, period):
    asked = query.copy()
    asked["from"], asked["to"] = period.first.isoformat(), period.last.isoformat()
    return asked.urlencode()


def _document(request, query):
    form, brief = _read(request, query)
    problems = brief.selection.problems if brief else form.errors
    if problems:
        return JsonResponse({"errors": problems}, status=400)
    page = request.build_absolute_uri(f"{request.path.removesuffix('.docx')}/?{request.GET.urlencode()}".rstrip("?"))
    return _as_file(brief, page)


def _as_file(brief, page):
    response = HttpResponse(document.as_docx(brief, page), DOCX)
    name = f"brief-{brief.region.code if brief.region else 'cases'}-{brief.period.first}-{brief.period.last}"
    own = quote(f"{brief.name} {brief.period.in_words}.docx", safe="")
    response["Content-Disposition"] = f"attachment; filename=\"{name}.docx\"; filename*=UTF-8''{own}"
    return response
