"""What is on record around a lead: other leads, sites that were closed, and other cases, the nearest first."""

from dataclasses import dataclass, field
from math import cos, radians

from django.db.models import Q

from cases.models import Case, Lead
from cases.models.case import CaseKind, CaseStatus, LocationPrecision
from cases.models.lead import LeadState
from regions.places import km_between

from .opening import points_of

AROUND = 10  # km
DEGREE = 111.2  # km, of latitude
MOST = 5  # of each
MOST_LOOKED_AT = 500  # the newest, of which the distance is calculated
CLOSED = Q(kind=CaseKind.CLOSURE_ORDER) | Q(status__in=[CaseStatus.SANCTIONED, CaseStatus.DISPOSED])
EXACT = [LocationPrecision.SITE, LocationPrecision.LOCALITY]


@dataclass
class Nearby:
    """[(row, km)]; without a point of the lead those of its region, whose distance is not known: None."""

    leads: list = field(default_factory=list)
    closed_sites: list = field(default_factory=list)
    cases: list = field(default_factory=list)

    def __bool__(self):
        return bool(self.leads or self.closed_sites or self.cases)


def nearby(lead: Lead, point, user) -> Nearby:
    """What `user` may know of the surroundings of `lead`, whose point is `point`, (latitude, longitude) or None."""
    leads = Lead.objects.visible_to(user).exclude(pk=lead.pk).exclude(state=LeadState.MERGED).for_list()
    leads = leads.order_by("-arrived_on", "ref")
    cases = Case.objects.visible_to(user).select_related("region").order_by("-occurred_on", "ref")
    closed, others = cases.filter(CLOSED), cases.exclude(CLOSED)
    if point:
        exact = Q(location_precision__in=EXACT)
        return Nearby(
            _nearest(point, points_of(leads.filter(_around(point, "") | Q(latitude=None))[:MOST_LOOKED_AT])),
            *(_nearest(point, _placed(found.filter(exact & _around(point, "shown_")))) for found in (closed, others)),
        )
    if lead.region_id is None:
        return Nearby()
    return Nearby(
        *([(row, None) for row in rows.filter(region=lead.region_id)[:MOST]] for rows in (leads, closed, others))
    )


def _around(point, prefix):
    """Rows in the square about `point` that holds everything within AROUND."""
    latitude, longitude = point
    tall = AROUND / DEGREE
    wide = tall / max(0.01, cos(radians(latitude)))
    return Q(
        **{
            f"{prefix}latitude__range": (latitude - tall, latitude + tall),
            f"{prefix}longitude__range": (longitude - wide, longitude + wide),
        }
    )


def _placed(cases):
    return [(case, (case.shown_latitude, case.shown_longitude)) for case in cases[:MOST_LOOKED_AT]]


def _nearest(point, rows):
    measured = ((row, km_between(*point, *at)) for row, at in rows)
    found = [(row, km) for row, km in measured if km <= AROUND]
    return sorted(found, key=lambda near: near[1])[:MOST]
