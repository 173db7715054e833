"""The first page."""

from django.db.models import F
from django.http import QueryDict
from django.template.response import TemplateResponse
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from cases.method import claims
from cases.selection.selection import Selection

from . import attention
from .regions import trend

MOST_RIGS_FIRST = F("rigs").desc(nulls_last=True)


@require_safe
@vary_on_headers("HX-Request")
def home(request):
    """What the user should look at first: what needs attention, then the record's totals; its trend comes in place."""
    record = Selection(QueryDict(), request.user)
    if request.htmx:
        return TemplateResponse(request, "enforcement/dashboard.html#breakdown", _breakdown(record))
    before, deadlines = attention.last_visit(request), attention.deadlines(localdate())
    context = {
        "attention": attention.attention(record, deadlines, before),
        "is_first_visit": before is None,
        "totals": record.totals(),
        "newest": record.rows()[:5],
        "biggest": record.cases.for_list().counted().filter(rigs__gt=0).order_by(MOST_RIGS_FIRST, "ref")[:5],
        "claimed": claims.claimed_savings(record.cases)[:1],
        "ahead": deadlines["ahead"],
        "passed": deadlines["passed"][:4],
    }
    response = TemplateResponse(request, "enforcement/dashboard.html", context)
    attention.note_visit(request, response)
    return response


def _breakdown(record):
    return {
        **trend(record.cases),
        "countries": record.by_region(),
        "leads": record.facet("lead_source"),
    }
