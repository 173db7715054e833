"""The queue of leads: one question for its list, counts, map, files and saved views."""

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.test import Client
from django.utils.timezone import localdate
from openpyxl import load_workbook

from cases.leads import handling
from cases.models import Lead, SavedView
from cases.selection import saved_views
from cases.selection.leads import LeadSelection, describe_leads
from cases.tests.builders import make_case, make_lead
from cases.views.leads import queue
from regions.tests.builders import make_person, make_region

from . import sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def mongolia():
    return make_region(code="CN-NM", name_en="Inner Mongolia", latitude=44.0, longitude=113.0)


@pytest.fixture
def officer(mongolia):
    return make_person("work_on_leads", "view_case", "add_savedview", username="officer", regions=[mongolia])


@pytest.fixture
def client(officer):
    client = Client()
    client.force_login(officer)
    return client


@pytest.fixture
def leads(mongolia, officer):
    """Four leads, three of them open."""
    below = make_region(code="CN-150800", parent=mongolia, name_en="Bayannur", latitude=40.7, longitude=107.4)
    old = localdate() - timedelta(days=20)
    return [
        make_lead(region=mongolia, ref="oldhit22", kind="hit", score=90, arrived_on=old, assigned_to=officer),
        make_lead(region=below, ref="newplan2", kind="plan", score=10, latitude=40.743, longitude=107.388),
        make_lead(region=below, ref="checked2", state="checking", arrived_on=old),
        make_lead(region=mongolia, ref="closed22", state="not_mining"),
    ]


def asked(query, user):
    return LeadSelection(QueryDict(query), user)


def refs(selection):
    return {lead.ref for lead in selection.rows()}


QUESTIONS = [
    "", "state=all", "state=new&state=not_mining", "kind=hit&kind=plan", "region=CN-150800", "assigned=me",
    "assigned=nobody", "assigned=others&state=all", "waiting=14", "waiting=7&waiting=30", "score=50",
    "kind=hit&waiting=14&region=CN-NM&assigned=me", "kind=referral&score=50",
]  # fmt: skip


def test_list_counts_map_and_files_show_the_same_leads(client, officer, leads):
    make_lead(region=make_region(), ref="foreign2")
    every = {lead.ref for lead in leads} | {"foreign2"}
    for query in QUESTIONS:
        found = refs(asked(query, officer))
        page = client.get(f"/leads/?{query}").content.decode()
        assert {ref for ref in every if f"{ref}</a>" in page} == found, query
        features = client.get(f"/leads/map.geojson?{query}").json()["features"]
        assert {feature["properties"]["ref"] for feature in features} == found, query
        told = b"".join(client.get(f"/leads/export.csv?{query}").streaming_content).decode("utf-8-sig")
        assert {row["ref"] for row in csv.DictReader(io.StringIO(told))} == found, query
        book = load_workbook(io.BytesIO(b"".join(client.get(f"/leads/export.xlsx?{query}").streaming_content)))
        assert {row[0] for row in book.active.iter_rows(min_row=2, values_only=True)} == found, query
    assert refs(asked("", officer)) == {"oldhit22", "newplan2", "checked2"}
    assert refs(asked("waiting=14", officer)) == {"oldhit22", "checked2"}


def test_the_sentence_names_every_filter(officer, leads):
    assert describe_leads(asked("", officer)) == "3 open leads"
    assert describe_leads(asked("state=not_mining", officer)) == "1 lead, Not mining"
    whole = "kind=hit&waiting=14&region=CN-NM&assigned=me&score=50&state=all"
    assert describe_leads(asked(whole, officer)) == (
        "1 lead, Screening of electricity use, Inner Mongolia, All states, Assigned to: me, Received: over 14 days, "
        "score from 50"
    )
    assert describe_leads(asked("kind=nonsense", officer)) == "Some filters are not valid"


def test_each_count_is_what_the_list_then_shows(officer, leads):
    for query in QUESTIONS:
        selection = asked(query, officer)
        for name, values in selection.facets().items():
            for value in values:
                question = QueryDict(query, mutable=True)
                question.setlist(name, [value["code"]])
                found = LeadSelection(question, officer).count
                assert value["count"] == found, (query, name, value)
        for row in selection.region_facet():
            question = QueryDict(query, mutable=True)
            question["region"] = row["code"]
            if not selection.region:
                assert row["count"] == LeadSelection(question, officer).count, (query, row)


def test_states_that_are_closed_are_offered_too(officer, leads):
    codes = [value["code"] for value in asked("", officer).facets()["state"]]
    assert codes == ["all", "new", "checking", "not_mining"]


def test_what_is_not_understood_finds_nothing(client, leads):
    for query in ("kind=nonsense", "colour=red", "score=high", "page=9", "sort=shoe", "view=none", "state=new&page=x"):
        page = client.get(f"/leads/?{query}")
        assert page.status_code == 200
        assert "Some filters are not valid" in page.content.decode(), query
        for name in ("map.geojson", "export.csv", "export.xlsx"):
            if query != "page=9":  # a file has no pages
                assert client.get(f"/leads/{name}?{query}").status_code == 400, (name, query)


def test_an_empty_queue_says_why(client, mongolia):
    assert "No leads yet" in client.get("/leads/").content.decode()
    lead = make_lead(region=mongolia, state="not_mining", kind="hit")
    page = client.get("/leads/").content.decode()
    assert "No open leads" in page
    assert "?state=all" in page
    Lead.objects.filter(pk=lead.pk).update(state="new")
    page = client.get("/leads/?kind=plan").content.decode()
    assert "No leads match these filters" in page
    assert "Without the filter <strong>Inspection plan</strong> there is 1 lead." in page
    assert "No leads" not in client.get("/leads/").content.decode()


def test_the_order_of_the_queue(officer, leads):
    def order(query):
        return [lead.ref for lead in asked(query, officer).rows()]

    assert order("") == ["checked2", "oldhit22", "newplan2"]
    assert order("sort=-received") == ["newplan2", "checked2", "oldhit22"]
    assert order("sort=-score") == ["oldhit22", "newplan2", "checked2"]


def test_the_map_opens_where_senders_say_the_place_is(client, mongolia):
    sender.send(region="CN-NM", point="40.1, 107.2")
    sender.send(region="CN-NM", text="Fans again")
    exact, coarse = sorted(
        client.get("/leads/map.geojson").json()["features"], key=lambda feature: feature["properties"]["coarse"]
    )
    assert (exact["geometry"]["coordinates"], exact["properties"]["coarse"]) == ([107.2, 40.1], False)
    assert (coarse["geometry"]["coordinates"], coarse["properties"]["coarse"]) == ([113.0, 44.0], True)


def test_the_map_says_what_it_does_not_draw(client, leads, monkeypatch):
    assert client.get("/leads/map.geojson").json()["note"] == ""
    everywhere = make_person("work_on_leads", "work_everywhere", username="registrar")
    client.force_login(everywhere)
    make_lead()
    found = client.get("/leads/map.geojson").json()
    assert found["note"] == "1 lead is not on the map: neither its place nor its region is known."
    assert len(found["features"]) == 3
    monkeypatch.setattr(queue, "MOST_DRAWN", 2)
    assert client.get("/leads/map.geojson").json()["note"] == "Only the 2 that wait longest are on the map."


def test_files_hold_nothing_that_a_sender_wrote(client, officer, mongolia):
    sender.send(
        region="CN-NM", where="Warehouse seven", text="Secret words", contact="me@example.org", point="40.1, 107.2"
    )
    hidden = make_case(region=make_region(), title_en="Hidden case")
    make_lead(region=mongolia, place='=HYPERLINK("x")', state="led_to_case", led_to=hidden)
    for name in ("export.csv", "export.xlsx"):
        content = b"".join(client.get(f"/leads/{name}?state=all").streaming_content)
        if name == "export.xlsx":
            cells = load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
            content = repr(list(cells)).encode()
        for secret in ("seven", "Secret", "example.org", "107.2", hidden.ref):
            assert secret.encode() not in content, (name, secret)
    told = b"".join(client.get("/leads/export.csv?state=all").streaming_content).decode()
    assert "'=HYPERLINK" in told


def test_a_saved_view_of_the_queue(client, officer, leads):
    saved = client.post(
        "/cases/v/save/", {"name": "Late hits", "query": "kind=hit&waiting=14", "of": "leads", "shared": "1"}
    )
    view = SavedView.objects.get()
    assert (view.of, view.query, saved["Location"]) == ("leads", "kind=hit&waiting=14", "/cases/v/late-hits/")
    assert client.get("/cases/v/late-hits/")["Location"] == "/leads/?view=late-hits"
    page = client.get("/leads/?view=late-hits").content.decode()
    assert "Saved view “Late hits”" in page
    assert "oldhit22</a>" in page
    assert "newplan2</a>" not in page
    listed = client.get("/cases/v/").content.decode()
    assert "Open leads, Screening of electricity use, Received: over 14 days" in listed
    assert "/leads/export.csv?view=late-hits" in listed
    assert "/cases/v/late-hits/feed" not in listed, "leads have no feed"
    assert client.post("/cases/v/late-hits/feed/open/").status_code == 403
    assert client.get("/cases/v/late-hits/feed.atom").status_code == 400
    assert "There is no view" in client.get("/cases/?view=late-hits").content.decode()
    assert client.post("/cases/v/save/", {"name": "x", "query": "rigs_min=3", "of": "leads"}).status_code == 400


def test_who_does_not_work_on_leads_is_not_told_of_a_view_of_them(officer, leads):
    saved_views.save_view(name="Late hits", query="kind=hit", of="leads", shared=True, by=officer)
    reader = make_person("view_case", username="reader")
    assert not SavedView.objects.visible_to(reader).exists()
    assert not SavedView.objects.visible_to(AnonymousUser()).exists()
    client = Client()
    client.force_login(reader)
    assert "Late hits" not in client.get("/cases/v/").content.decode()
    assert client.get("/cases/v/late-hits/").status_code == 404


def test_steps_for_many_lead_back_to_the_same_question(client, leads):
    done = {"act": "take", "lead": ["newplan2:0"]}
    assert client.post("/leads/bulk/", done | {"asked": "kind=plan&page=1"})["Location"] == "/leads/?kind=plan&page=1"
    assert client.post("/leads/bulk/", done)["Location"] == "/leads/"
    elsewhere = client.post("/leads/bulk/", done | {"asked": "//example.org/?x"})["Location"]
    assert elsewhere.startswith("/leads/")


def test_the_number_of_questions_does_not_grow_with_the_queue(client, mongolia, django_assert_max_num_queries):
    for _number in range(2):
        make_lead(region=mongolia, latitude=40.0, longitude=107.0)
    client.get("/leads/")
    with django_assert_max_num_queries(40) as few:
        client.get("/leads/")
    for _number in range(20):
        handling.assign(make_lead(region=mongolia), None, by=make_person("work_on_leads", regions=[mongolia]))
    with django_assert_max_num_queries(len(few)):
        client.get("/leads/")
