"""The numbers that offices give their cases: wherever a case is told of, and nowhere else."""

import csv
import io

import pytest
from django.urls import reverse

from cases.actions import merging, summing
from cases.history import changes, undo
from cases.models import Case, OfficeNumber
from cases.tests.builders import make_case, make_office_number
from cases.tests.entry.test_entry import as_opened
from regions.tests.builders import make_agency, make_person, make_region, make_source

NUMBER = "临公刑立字〔2021〕1234号"
PLAIN = "TNB/SP/21/001"


@pytest.fixture
def region(db):
    return make_region(code="XX", name_en="Exland")


@pytest.fixture
def case(region):
    case = make_case(ref="told", region=region, title_en="A raid", published=True)
    make_office_number(case, number=PLAIN, agency=make_agency(slug="tnb", name_en="TNB", region=region))
    make_office_number(case, number=NUMBER, agency=make_agency(slug="linhe", name_en="Linhe Police", region=region))
    case.sources.add(make_source())
    summing.sum_up(Case.objects.all())
    return case


@pytest.fixture
def officer(region):
    rights = ("view_case", "add_case", "change_case", "delete_case", "add_source", "add_agency")
    return make_person(*rights, regions=[region])


EXITS = {
    "page": "/cases/told/",
    "list": "/cases/?columns=title,office_number",
    "API": "/api/v1/cases/told/",
    "API, list": "/api/v1/cases/",
    "CSV": "/cases/export.csv",
    "chosen columns": "/cases/export.csv?columns=office_number",
    "GeoJSON": "/cases/export.geojson",
    "search": f"/search/?q={PLAIN}&all=1",
}


def told(client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode().replace("\\/", "/")


@pytest.mark.parametrize("address", EXITS.values(), ids=EXITS)
def test_a_number_is_told_with_its_case_and_hidden_with_it(client, case, address):
    assert PLAIN in told(client, address).replace(f"q={PLAIN}", "").replace(f'value="{PLAIN}"', "")
    Case.objects.update(sensitive=True)
    summing.sum_up(Case.objects.all())
    hidden = told(client, address)
    assert NUMBER not in hidden
    assert PLAIN not in hidden or "/search/" in address  # which says what was asked for


def test_only_a_case_that_may_be_seen_is_found_by_its_number(client, case, officer):
    def found():
        return [row.ref for row in client.get("/cases/", {"q": NUMBER}).context["page"]]

    assert found() == ["told"]
    assert client.get("/search/", {"q": NUMBER}).url == case.get_absolute_url()
    assert client.get("/search/", {"q": "tnb/sp/21/001"}).url == case.get_absolute_url()
    Case.objects.update(published=False)
    assert found() == []
    assert client.get("/search/", {"q": NUMBER}).status_code == 200
    client.force_login(officer)
    assert found() == ["told"]


def test_the_list_says_by_which_number_a_case_was_found(client, case):
    page = client.get("/cases/", {"q": PLAIN}).content.decode()
    assert "Office number" in page
    assert "<mark>TNB</mark>/<mark>SP</mark>/<mark>21</mark>/<mark>001</mark>" in page


def test_a_file_has_the_numbers_and_who_gave_them(client, case):
    answer = client.get("/cases/export.csv", {"columns": "office_number"})
    [row] = csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode()))
    assert row == {"office_numbers": f"{PLAIN}; {NUMBER}", "office_number_agencies": "TNB; Linhe Police"}


def test_the_api_has_the_agency_of_each_number(client, case):
    numbers = client.get("/api/v1/cases/told/").json()["office_numbers"]
    assert [(row["number"], row["agency"]["name_en"]) for row in numbers] == [(PLAIN, "TNB"), (NUMBER, "Linhe Police")]


def opened(client, case):
    return as_opened(case, client)


def typed(*rows, stored=0):
    return {"numbers-TOTAL_FORMS": str(len(rows)), "numbers-INITIAL_FORMS": str(stored)} | {
        f"numbers-{at}-{name}": value for at, row in enumerate(rows) for name, value in row.items()
    }


def save(client, case, **data):
    return client.post(reverse("cases:case-edit", args=[case.ref]), opened(client, case) | data)


def test_numbers_are_entered_changed_and_taken_away_and_the_history_keeps_them(client, case, officer):
    client.force_login(officer)
    first, second = case.office_numbers.order_by("pk")
    rows = (
        {"id": first.pk, "number": "TNB/SP/21/002", "agency": "tnb"},
        {"id": second.pk, "number": second.number, "agency": "linhe", "DELETE": "on"},
        {"number": "7", "agency": "linhe"},
    )
    assert save(client, case, **typed(*rows, stored=2)).status_code == 302
    numbers = list(case.office_numbers.order_by("pk").values_list("number", flat=True))
    assert numbers == ["TNB/SP/21/002", "7"]
    [change] = [change for change in changes.changes_of(case.pk) if change.verb == "edit"]
    assert sorted(event.verb for event in change.events) == ["delete", "insert", "update"]
    assert [row.ref for row in client.get("/cases/", {"q": "TNB/SP/21/002"}).context["page"]] == ["told"]
    undo.undo(change.key, by=officer)
    assert sorted(OfficeNumber.objects.values_list("number", flat=True)) == [PLAIN, NUMBER]


def test_a_number_of_another_case_is_not_taken(client, case, officer):
    client.force_login(officer)
    other = make_case(ref="other", region=case.region)
    other.sources.add(make_source())
    answer = save(client, other, **typed({"number": PLAIN, "agency": "tnb"}))
    assert answer.status_code == 400
    assert "This number cannot be used: this agency gave it to another case." in answer.content.decode()
    assert save(client, other, **typed({"number": PLAIN, "agency": "linhe"})).status_code == 302


def test_an_agency_can_be_entered_with_its_number(client, case, officer):
    client.force_login(officer)
    row = {"number": "1", "agency": "Wuyuan Police"}
    assert "Add as a new agency" in save(client, case, **typed(row)).content.decode()
    assert save(client, case, **typed(row | {"add": "on"})).status_code == 302
    assert OfficeNumber.objects.get(number="1").agency.name_en == "Wuyuan Police"


def test_a_merged_case_keeps_the_numbers_of_both(case, officer, region):
    twin = make_case(ref="twin", region=region)
    make_office_number(twin, number="2")
    merging.merge_cases(twin, case, by=officer)
    assert sorted(case.office_numbers.values_list("number", flat=True)) == ["2", PLAIN, NUMBER]
