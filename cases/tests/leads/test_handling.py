"""What officers do with leads: by whom, one after the other, and from a lead to a case."""

import json
import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.timezone import localdate

from cases.actions import merging, publishing
from cases.history import tables, undo
from cases.leads import counting, handling, opening
from cases.models import Case, Draft, Inspection, InspectionPhoto, Lead, LeadStep
from cases.tests.builders import make_case, make_lead, make_raid
from regions.tests.builders import make_person, make_region

from . import sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def mongolia():
    return make_region(code="CN-NM", name_en="Inner Mongolia")


OFFICER = ["work_on_leads", "view_case", "add_case", "change_case", "delete_case", "publish_case"]


def officer_of(*regions, name="officer", **values):
    return make_person(*OFFICER, username=name, regions=regions, **values)


@pytest.fixture
def officer(mongolia):
    return officer_of(mongolia)


@pytest.fixture
def client(officer):
    client = Client()
    client.force_login(officer)
    return client


def state_of(lead):
    lead.refresh_from_db()
    return lead.state


def test_only_who_works_on_leads_of_the_region_sees_a_lead(mongolia, officer):
    other = make_region(code="MY-13")
    lead = make_lead(region=mongolia)
    for viewer, sees in (
        (officer, True),
        (officer_of(other, name="neighbour"), False),
        (make_person("view_case", "change_case", "export_case", regions=[mongolia]), False),
        (officer_of(name="registrar", everywhere=True), True),
    ):
        client = Client()
        client.force_login(viewer)
        assert Lead.objects.visible_to(viewer).exists() is sees, viewer
        listed, page = client.get("/leads/"), client.get(lead.get_absolute_url())
        assert (lead.ref in listed.content.decode()) is sees, viewer
        assert (page.status_code == 200) is sees, viewer
        assert (client.post(lead.get_absolute_url(), {"act": "note", "note": "x"}).status_code == 302) is sees, viewer
    assert Client().get("/leads/").status_code == 302
    assert LeadStep.objects.count() == 2


def test_a_state_needs_what_it_says(officer, mongolia):
    lead = make_lead(region=mongolia)
    for state, values in (
        ("not_mining", {}),
        ("not_confirmed", {"reason": "  "}),
        ("passed_on", {"reason": "theirs"}),
        ("led_to_case", {"reason": "x"}),
        ("merged", {"reason": "x"}),
        ("new", {}),
        ("nonsense", {"reason": "x"}),
    ):
        with pytest.raises(ValidationError):
            handling.change_state(lead, state, by=officer, **values)
    handling.change_state(lead, "passed_on", by=officer, reason="Gas theft", passed_to="The gas company")
    lead.refresh_from_db()
    assert (lead.state, lead.passed_to, lead.version) == ("passed_on", "The gas company", 1)
    with pytest.raises(ValidationError):
        handling.change_state(lead, "checking", by=officer)  # to open a closed one again needs a reason too
    handling.change_state(lead, "checking", by=officer, reason="They sent it back")
    lead.refresh_from_db()
    assert (lead.state, lead.passed_to) == ("checking", "")
    assert [(step.state, step.text, step.by) for step in lead.steps.all()] == [
        ("passed_on", "Gas theft", officer),
        ("checking", "They sent it back", officer),
    ]


def test_two_officers_who_close_the_same_lead_lose_nothing(client, mongolia):
    lead, colleague = make_lead(region=mongolia), officer_of(mongolia, name="colleague")
    version = re.search(r'name="version" value="(\d+)"', client.get(lead.get_absolute_url()).content.decode())[1]
    handling.change_state(lead, "not_mining", by=colleague, reason="A bakery", version=0)
    late = client.post(
        lead.get_absolute_url(),
        {"act": "state", "state": "not_confirmed", "reason": "Nobody was there", "version": version},
    )
    page = late.content.decode()
    assert late.status_code == 409
    assert "A colleague changed this lead" in page
    assert "A bakery" in page, "what the colleague did"
    assert "Nobody was there" in page, "what was typed"
    assert state_of(lead) == "not_mining"


def test_assigning_is_to_who_can_see_the_lead(client, officer, mongolia):
    lead = make_lead(region=mongolia)
    officer_of(make_region(), name="stranger")
    assert client.post(lead.get_absolute_url(), {"act": "assign", "person": "stranger"}).status_code == 400
    assert client.post(lead.get_absolute_url(), {"act": "assign", "person": "officer"}).status_code == 302
    lead.refresh_from_db()
    assert lead.assigned_to == officer
    assert client.get("/leads/?assigned=me").content.decode().count(lead.ref + "</a>") == 1
    assert client.get("/leads/?assigned=nobody").content.decode().count(lead.ref + "</a>") == 0


def test_merging(officer, mongolia):
    first, second, third = (make_lead(region=mongolia) for _number in range(3))
    foreign = make_lead(region=make_region())
    for into in (first, None, foreign):
        with pytest.raises(ValidationError):
            handling.merge_leads(first, into, by=officer)
    handling.merge_leads(first, second, by=officer, reason="The same door")
    handling.merge_leads(second, third, by=officer)
    assert {(lead.ref, lead.state) for lead in third.merged.all()} == {(first.ref, "merged"), (second.ref, "merged")}
    with pytest.raises(ValidationError):
        handling.merge_leads(third, first, by=officer)  # a circle
    assert state_of(third) == "new"


def test_who_sent_a_merged_tip_is_told_of_the_lead_it_became_part_of(officer, mongolia):
    receipt = sender.receipt_in(sender.send(region="CN-NM"))
    other = make_lead(region=mongolia)
    handling.merge_leads(Lead.objects.get(kind="tip"), other, by=officer)
    handling.change_state(other, "inspected", by=officer)
    assert "Inspected" in Client().post("/tips/status/", {"receipt": receipt}).content.decode()


def test_a_lead_opens_the_entry_page_with_what_is_known_and_led_to_the_case_when_it_is_saved(client, mongolia):
    sender.send(region="CN-NM", where="Warehouse 7", point="40.743, 107.388", text="Secret words", contact="me@x.org")
    lead = Lead.objects.get()
    page = client.post(lead.get_absolute_url() + "case/", follow=True)
    shown = page.content.decode()
    for known in ("CN-NM", "Warehouse 7", "40.743", "107.388"):
        assert known in shown
    draft = Draft.objects.get()
    assert "Secret words" not in json.dumps(draft.typed)
    assert "me@x.org" not in json.dumps(draft.typed)
    assert draft.typed["lead_source"] == ["public_tip"]
    # Pressed again, the same draft.
    client.post(lead.get_absolute_url() + "case/")
    assert Draft.objects.count() == 1
    typed = {name: values[0] for name, values in draft.typed.items()} | {
        "key": str(draft.key), "title_en": "A warehouse", "when": "2024-05-01", "kind": "raid", "status": "found",
        "site_type": "unknown", "confidence": "medium",
    }  # fmt: skip
    assert client.post("/cases/new/", typed).status_code == 302
    lead.refresh_from_db()
    case = Case.objects.get()
    assert (lead.state, lead.led_to, case.lead_source) == ("led_to_case", case, "public_tip")
    assert lead.steps.get().state == "led_to_case"


def test_several_leads_lead_to_one_case_on_record(client, mongolia):
    case, foreign = make_case(region=mongolia), make_case(published=True)
    leads = [make_lead(region=mongolia) for _number in range(2)]
    for lead in leads:
        refused = client.post(lead.get_absolute_url(), {"act": "tie", "case": foreign.ref, "version": lead.version})
        assert refused.status_code == 400
        assert client.post(lead.get_absolute_url(), {"act": "tie", "case": case.ref, "version": 0}).status_code == 302
    assert set(case.leads.all()) == set(leads)


def test_a_lead_outlives_its_case_and_gets_it_back(client, mongolia):
    registrar = officer_of(name="registrar", everywhere=True)
    lead, case = make_lead(region=mongolia), make_case(region=mongolia)
    handling.tie_to_case(lead, case, by=registrar)
    pk = case.pk
    publishing.delete_case(case, by=registrar, reason="A mistake")
    lead.refresh_from_db()
    assert (lead.state, lead.led_to) == ("led_to_case", None)
    page = client.get(lead.get_absolute_url())
    assert page.status_code == 200
    assert "The case was deleted since" in page.content.decode()
    event = tables.tables()[Case].objects.filter(pgh_obj=pk, pgh_label="delete").get()
    undo.undo(tables.key_of(event), by=registrar)
    lead.refresh_from_db()
    assert lead.led_to_id == pk


def test_a_case_that_is_merged_takes_its_leads_along(mongolia):
    registrar = officer_of(name="registrar", everywhere=True)
    lead, twin, case = make_lead(region=mongolia), make_case(region=mongolia), make_case(region=mongolia)
    handling.tie_to_case(lead, twin, by=registrar)
    merging.merge_cases(twin, case, by=registrar)
    lead.refresh_from_db()
    assert lead.led_to == case


def test_steps_for_many_leave_out_what_a_colleague_changed(client, officer, mongolia):
    first, second, foreign = make_lead(region=mongolia), make_lead(region=mongolia), make_lead(region=make_region())
    handling.assign(second, officer, by=officer)
    page = client.post(
        "/leads/bulk/",
        {
            "act": "state", "state": "not_mining", "reason": "All bakeries",
            "lead": [f"{one.ref}:0" for one in (first, second, foreign)] + ["nonsense", "x:y"],
        },
        follow=True,
    )  # fmt: skip
    assert "Changed 1 lead." in page.content.decode()
    assert "1 lead was changed by a colleague meanwhile" in page.content.decode()
    assert [state_of(lead) for lead in (first, second, foreign)] == ["not_mining", "new", "new"]
    client.post("/leads/bulk/", {"act": "take", "lead": [f"{second.ref}:1"]})
    second.refresh_from_db()
    assert second.assigned_to == officer


def test_an_officer_enters_a_lead_in_their_regions_only(client, mongolia):
    make_region(code="MY-13", name_en="Sarawak")
    typed = {"kind": "referral", "summary": "From the gas company", "place": "Lane 5", "score": "80"}
    assert client.post("/leads/new/", typed | {"region": "Sarawak"}).status_code == 400
    assert client.post("/leads/new/", typed | {"region": "CN-NM", "kind": "tip"}).status_code == 400
    assert client.post("/leads/new/", typed | {"region": "CN-NM", "score": "101"}).status_code == 400
    assert client.post("/leads/new/", typed | {"region": "CN-NM", "latitude": "40"}).status_code == 400
    assert client.post("/leads/new/", typed | {"region": "CN-NM"}).status_code == 302
    lead = Lead.objects.get()
    assert (lead.kind, lead.region, lead.score, lead.steps.get().kind) == ("referral", mongolia, 80, "recorded")


def test_the_filters_of_the_queue(client, mongolia):
    below = make_region(code="CN-150800", parent=mongolia)
    make_lead(region=mongolia, ref="oldhit22", kind="hit", score=90, arrived_on="2020-01-01")
    make_lead(region=below, ref="newplan2", kind="plan")
    make_lead(region=mongolia, ref="closed22", state="not_mining")
    every = {"oldhit22", "newplan2", "closed22"}

    def found(query):
        page = client.get(f"/leads/?{query}").content.decode()
        return {ref for ref in every if f"{ref}</a>" in page}

    assert found("") == {"oldhit22", "newplan2"}
    assert found("state=all") == every
    assert found("state=not_mining") == {"closed22"}
    assert found("kind=hit") == {"oldhit22"}
    assert found("waiting=14") == {"oldhit22"}
    assert found("score=50") == {"oldhit22"}
    assert found("region=CN-150800") == {"newplan2"}
    assert found("kind=nonsense") == found("colour=red") == set()
    assert "1 lead waits longer than 14 days" in client.get("/leads/").content.decode()


def test_an_answer_is_in_the_language_of_the_report(officer, mongolia):
    answer = Client().post("/tips/new/?lang=zh-hans", _typed(region="CN-NM"))
    receipt = sender.receipt_in(answer)
    handling.answer_sender(Lead.objects.get(), "", by=officer, template="received")
    [part] = opening.opened_tip(Lead.objects.get()).parts
    assert part.is_answer
    assert opening.opened_tip(Lead.objects.get()).language == "zh-hans"
    assert part.text in Client().post("/tips/status/", {"receipt": receipt}).content.decode()


def _typed(**values):
    return {"about": "other", "text": "Fans"} | sender.form_of(Client()) | values


def test_an_answer_to_nobody_is_refused(officer, mongolia):
    with pytest.raises(ValidationError):
        handling.answer_sender(make_lead(region=mongolia), "Hello", by=officer)
    with pytest.raises(PermissionDenied):
        handling.add_note(make_lead(region=make_region()), "Hello", by=officer)


def test_an_inspection_that_found_nothing_is_kept_too(client, officer, mongolia):
    lead = make_lead(region=mongolia)
    typed = {
        "act": "inspect",
        "visited_on": "2024-05-02",
        "found": "nothing",
        "findings": "A bakery",
        "people": "Li, Wu",
    }
    for wrong in ({"visited_on": ""}, {"visited_on": "2024-05"}, {"visited_on": "2199-01-01"}, {"found": "gold"}):
        assert client.post(lead.get_absolute_url(), typed | wrong).status_code == 400
    assert not lead.inspections.exists()
    assert client.post(lead.get_absolute_url(), typed).status_code == 302
    inspection = lead.inspections.get()
    assert (inspection.found, inspection.findings, inspection.by) == ("nothing", "A bakery", officer)
    assert state_of(lead) == "inspected"
    assert "A bakery" in client.get(lead.get_absolute_url()).content.decode()


def test_photos_of_an_inspection_tell_nothing_of_the_camera(client, mongolia):
    lead = make_lead(region=mongolia)
    typed = {"act": "inspect", "visited_on": "2024-05-02", "found": "mining"}
    original = sender.jpeg_with_place()
    assert sender.tells_where(original.read())
    original.seek(0)
    refused = client.post(lead.get_absolute_url(), typed | {"photos": [SimpleUploadedFile("a.jpg", b"no photo")]})
    assert refused.status_code == 400
    assert not lead.inspections.exists()
    sent = typed | {"photos": [original, sender.jpeg_with_place(size=(320, 200))]}
    assert client.post(lead.get_absolute_url(), sent).status_code == 302
    photos = InspectionPhoto.objects.filter(inspection__lead=lead)
    assert [sender.tells_where(bytes(photo.content)) for photo in photos] == [False, False]
    addresses = [f"{lead.get_absolute_url()}inspections/{photo.pk}" for photo in photos]
    page = client.get(lead.get_absolute_url()).content.decode()
    assert all(address in page for address in addresses)
    assert client.get(addresses[0]).content == bytes(photos[0].content)
    stranger = Client()
    stranger.force_login(officer_of(make_region(), name="stranger"))
    assert stranger.get(addresses[0]).status_code == 404
    elsewhere = make_lead(region=mongolia).get_absolute_url()
    assert client.get(f"{elsewhere}inspections/{photos[0].pk}").status_code == 404


def test_a_step_is_undone_and_the_undoing_too(client, officer, mongolia):
    lead = make_lead(region=mongolia)
    client.post(lead.get_absolute_url(), {"act": "state", "state": "not_mining", "reason": "A bakery", "version": 0})
    assert state_of(lead) == "not_mining"
    assert "Undo this step" in client.get(lead.get_absolute_url()).content.decode()
    assert client.post(lead.get_absolute_url(), {"act": "undo"}).status_code == 302
    assert (state_of(lead), lead.version) == ("new", 2)
    client.post(lead.get_absolute_url(), {"act": "undo"})
    assert (state_of(lead), lead.version) == ("not_mining", 3)
    assert [(step.kind, step.state) for step in lead.steps.all()] == [
        ("state", "not_mining"), ("undone", "new"), ("undone", "not_mining"),
    ]  # fmt: skip
    late = client.post(lead.get_absolute_url(), {"act": "state", "state": "checking", "reason": "x", "version": 1})
    assert late.status_code == 409


def test_an_inspection_is_undone_whole(client, mongolia):
    lead = make_lead(region=mongolia)
    typed = {"act": "inspect", "visited_on": "2024-05-02", "found": "mining", "photos": [sender.jpeg_with_place()]}
    client.post(lead.get_absolute_url(), typed)
    assert (state_of(lead), InspectionPhoto.objects.count()) == ("inspected", 1)
    assert client.post(lead.get_absolute_url(), {"act": "undo"}).status_code == 302
    assert (state_of(lead), lead.inspections.count(), InspectionPhoto.objects.count()) == ("new", 0, 0)
    client.post(lead.get_absolute_url(), {"act": "undo"})
    assert (state_of(lead), lead.inspections.get().photos.count()) == ("inspected", 1)


def test_only_who_works_on_the_lead_undoes_and_nothing_that_a_colleague_did(client, officer, mongolia):
    lead, foreign = make_lead(region=mongolia), make_lead(region=make_region())
    assert client.post(lead.get_absolute_url(), {"act": "undo"}).status_code == 400, "nothing was done yet"
    registrar = officer_of(name="registrar", everywhere=True)
    handling.change_state(foreign, "checking", by=registrar)
    key = foreign.steps.get().change
    assert not undo.may_undo(str(key), officer)
    with pytest.raises(PermissionDenied):
        undo.undo(key, by=officer)
    handling.change_state(lead, "checking", by=officer)
    first = lead.steps.get().change
    handling.change_state(lead, "not_mining", by=registrar, reason="A bakery")
    with pytest.raises(undo.ChangedSince):
        undo.undo(first, by=officer)
    assert state_of(lead) == "not_mining"


def test_a_case_that_was_entered_from_a_lead_is_undone_in_its_own_history(client, mongolia):
    lead = make_lead(region=mongolia, place="Warehouse 7")
    client.post(lead.get_absolute_url() + "case/")
    draft = Draft.objects.get()
    typed = {name: values[0] for name, values in draft.typed.items()} | {
        "key": str(draft.key), "title_en": "A warehouse", "when": "2024-05-01", "kind": "raid", "status": "found",
        "site_type": "unknown", "confidence": "medium",
    }  # fmt: skip
    client.post("/cases/new/", typed)
    assert state_of(lead) == "led_to_case"
    assert "Undo this step" not in client.get(lead.get_absolute_url()).content.decode()
    assert client.post(lead.get_absolute_url(), {"act": "undo"}).status_code == 400
    assert Case.objects.exists()


def test_what_became_of_leads_is_counted(client, officer, mongolia):
    case = make_case(region=mongolia)
    leads = [
        make_lead(kind="hit", region=mongolia, arrived_on=localdate() - timedelta(days=10)) for _number in range(5)
    ]
    make_lead(kind="plan", region=mongolia)
    for lead, days in zip(leads[:3], (8, 6, 1), strict=True):
        visited = Inspection(visited_on=localdate() - timedelta(days=days), found="mining")
        handling.record_inspection(lead, visited, by=officer)
    handling.tie_to_case(leads[0], case, by=officer)
    handling.change_state(leads[1], "not_mining", by=officer, reason="x")
    handling.merge_leads(leads[4], leads[0], by=officer)
    hit, plan = counting.sums_by(Lead.objects.all(), "kind")
    assert (hit.of, hit.came, hit.open, hit.inspected, hit.led_to_case) == ("hit", 4, 2, 3, 1)
    assert (hit.median_to_inspection, hit.percent_led_to_case) == (4, 50)
    assert hit.led_to_raid == 0
    assert hit.medians_in == [10, None, 0]
    make_raid(case)
    assert counting.sums_by(Lead.objects.all(), "kind")[0].led_to_raid == 1
    assert (plan.came, plan.median_to_end, plan.percent_led_to_case) == (1, None, None)
    assert counting.public_sums(Lead.objects.all()) == [], "fewer than five are not told"
    make_lead(kind="hit", region=mongolia)
    [told] = counting.public_sums(Lead.objects.all())
    assert told.came == 5
    page = client.get("/leads/figures/").content.decode()
    assert "50 %" in page
