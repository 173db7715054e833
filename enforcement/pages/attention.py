"""What the record lacks and what looks wrong in it, for those who can mend it; and the days of a browser's visits."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from cases.models import Lead
from cases.models.intake import DoubtRule
from cases.models.lead import WAITS_TOO_LONG
from cases.selection.filters import FACTS
from regions.grammar.dates import day_as_known
from regions.keeping import number_of

# What is wrong by its arithmetic, as the rules name it.
IMPLAUSIBLE = [
    DoubtRule.LOAD_PER_RIG,
    DoubtRule.ENERGY_PER_RIG,
    DoubtRule.COUNT_FOR_SITE,
    DoubtRule.MANY_ARRESTS,
    DoubtRule.CONFLICTING_FIGURES,
]
TWINS = [DoubtRule.TWIN]
VISITS_COOKIE = f"{settings.OF_THIS_HOST}visits"
VISITS_AGE = timedelta(days=365)


@dataclass
class Item:
    """Something to look at: how many, what, why, and where they are listed."""

    count: int
    what: str
    why: str
    address: str


def chores(user, record, before):
    """The Items of `record`, a Selection, for who may change cases; nobody else is told what they cannot mend.

    With what is new since the day `before`, where there was a visit before this one.
    """
    if not user.has_perm("cases.change_case"):
        return []
    cases = record.cases
    without_source, without_count = (cases.filter(FACTS[fact][1]) for fact in ("source", "rigs"))
    found = [
        _listed(without_source, _("Cases without a source"), _("cannot be checked"), empty="source"),
        _listed(
            without_count, _("Cases without a count"), _("not counted in the totals of rigs or power"), empty="rigs"
        ),
        _listed(
            cases.in_doubt(IMPLAUSIBLE),
            _("Implausible figures"),
            _("the figures do not match"),
            doubt=IMPLAUSIBLE,
        ),
        _listed(cases.in_doubt(TWINS), _("Likely duplicates"), _("close in place and time, and similar"), doubt=TWINS),
    ]
    if user.has_perm("cases.work_on_leads"):
        late = Lead.objects.visible_to(user).waiting_too_long().count()
        address = f"{reverse('leads:lead-list')}?{urlencode({'waiting': WAITS_TOO_LONG})}"
        found.insert(0, Item(late, _("Late leads"), _("wait longer than 14 days"), address))
    if before:
        since = _("since your last visit, %(day)s") % {"day": day_as_known(before)}
        new = cases.filter(changed_at__date__gte=before)
        found.insert(0, _listed(new, _("New or changed cases"), since, changed_after=before.isoformat()))
    return found


def _listed(cases, what, why, **question):
    """An Item of `cases`, which the list of cases shows for `question`: no page has to be made to count them."""
    address = f"{reverse('cases:case-list')}?{urlencode(question, doseq=True)}"
    return Item(number_of(cases), what, why, address)


# Visits


def last_visit(request):
    """The last day before today that this browser was here, or None."""
    before, last = _visits(request)
    return before if last == localdate() else last


def note_visit(request, response):
    """Keep in a cookie the day of this visit and that of the one before."""
    days = [day.isoformat() for day in (last_visit(request), localdate()) if day]
    response.set_cookie(
        VISITS_COOKIE, "/".join(days), max_age=VISITS_AGE, httponly=True, samesite="Lax", secure=settings.HTTPS
    )


def _visits(request):
    """(the visit before, the last one), each a day or None; of a cookie that was tampered with, none."""
    try:
        days = [date.fromisoformat(text) for text in request.COOKIES.get(VISITS_COOKIE, "").split("/") if text]
    except ValueError:
        return None, None
    return (None, None, *days)[-2:] if len(days) < 3 else (None, None)
