"""What is on record around a lead, with its distance."""

import pytest
from django.test import Client

from cases.actions import summing
from cases.leads import opening
from cases.leads.nearby import nearby
from cases.models import Case, Lead
from cases.tests.builders import make_case, make_lead
from regions.places import km_between
from regions.tests.builders import make_person, make_region

from . import sender

pytestmark = pytest.mark.django_db
HERE = (40.743, 107.388)


@pytest.fixture
def mongolia():
    return make_region(code="CN-NM", name_en="Inner Mongolia")


@pytest.fixture
def officer(mongolia):
    return make_person("work_on_leads", "view_case", username="officer", regions=[mongolia])


def site(latitude, **values):
    values = {"latitude": latitude, "longitude": HERE[1], "location_precision": "site"} | values
    return make_case(**values)


def test_the_nearest_come_first_with_their_distance(officer, mongolia):
    lead = make_lead(region=mongolia, latitude=HERE[0], longitude=HERE[1])
    far, near = (make_lead(region=mongolia, latitude=HERE[0] + by, longitude=HERE[1]) for by in (0.05, 0.01))
    make_lead(region=mongolia, latitude=HERE[0] + 0.2, longitude=HERE[1])  # 22 km
    make_lead(region=make_region(), latitude=HERE[0], longitude=HERE[1])  # of another region
    make_lead(region=mongolia, latitude=HERE[0], longitude=HERE[1], state="merged")
    closed = site(HERE[0] + 0.02, region=mongolia, kind="closure_order", title_en="A closed hall")
    disposed = site(HERE[0] + 0.03, region=mongolia, status="disposed")
    found = site(HERE[0] + 0.04, region=mongolia, status="found", title_en="A raid")
    site(HERE[0], region=mongolia, location_precision="admin1")  # amid its province only
    site(HERE[0], region=make_region())  # of another region, internal
    summing.sum_up(Case.objects.all())
    told = nearby(lead, HERE, officer)
    assert [row for row, _km in told.leads] == [near, far]
    assert [row for row, _km in told.closed_sites] == [closed, disposed]
    assert [row for row, _km in told.cases] == [found]
    assert told.leads[0][1] == pytest.approx(km_between(*HERE, HERE[0] + 0.01, HERE[1]))
    client = Client()
    client.force_login(officer)
    page = client.get(lead.get_absolute_url()).content.decode()
    assert "1.1 km" in page
    assert "A closed hall" in page.partition("Closed sites")[2].partition("A raid")[0]


def test_what_a_sender_said_of_the_place_is_measured_too(officer, mongolia):
    sender.send(region="CN-NM", point="40.743, 107.388")
    sender.send(region="CN-NM", text="Fans again", point="40.753, 107.388")
    first, second = Lead.objects.all()
    own = opening.opened_tip(first).point
    [(row, km)] = nearby(first, own, officer).leads
    assert row == second
    assert km == pytest.approx(1.1, abs=0.1)
    sealed = make_lead(region=mongolia)
    assert {row for row, km in nearby(sealed, None, officer).leads if km is None} == {first, second}


def test_of_a_lead_that_is_nowhere_nothing_is_near(mongolia):
    assert not nearby(make_lead(), None, make_person("work_on_leads", everywhere=True))
