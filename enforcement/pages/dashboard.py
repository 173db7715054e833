"""The first page."""

from django.db.models import F
from django.http import QueryDict
from django.template.response import TemplateResponse
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from cases.method import claims
from cases.selection import rollups
from cases.selection.selection import Selection

from . import attention
from .regions import most_in_a_year

LISTED = 5  # cases, the newest and the biggest
MOST_PASSED = 4  # deadlines
MOST_RIGS_FIRST = F("rigs").desc(nulls_last=True)


@require_safe
@vary_on_headers("HX-Request")
def home(request):
    """What the user should look at first: what needs attention, then the record's totals; its trend comes in place."""
    record = Selection(QueryDict(), request.user)
    if request.htmx:
        return TemplateResponse(request, "enforcement/dashboard.html#breakdown", _breakdown(record))
    before = attention.last_visit(request)
    response = TemplateResponse(request, "enforcement/dashboard.html", _overview(record, before))
    attention.note_visit(request, response)
    return response


def _overview(record, before):
    """What `record` has, and what of it is new since the day `before`."""
    deadlines = attention.deadlines(localdate())
    return {
        "attention": attention.attention(record, deadlines, before),
        "is_first_visit": before is None,
        "totals": record.totals(),
        "newest": record.rows()[:LISTED],
        "biggest": record.cases.for_list().counted().filter(rigs__gt=0).order_by(MOST_RIGS_FIRST, "ref")[:LISTED],
        "claimed": claims.claimed_savings(record.cases)[:1],
        "ahead": deadlines["ahead"],
        "passed": deadlines["passed"][:MOST_PASSED],
    }


def _breakdown(record):
    years = rollups.by_year(record.cases, localdate())
    return {
        "years": years,
        "most_a_year": most_in_a_year(years),
        "countries": record.by_region(),
        "leads": record.facet("lead_source"),
    }
