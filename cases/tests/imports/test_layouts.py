"""Layouts of offices: kept under a name, recognised, changed, shared within the region, given on as JSON."""

import json
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from cases.files.tables.mapping import Mapping, Rule, known_part
from cases.files.tables.questions import Unreadable
from cases.imports import layouts, run
from cases.imports.mapping_page import MappingPage
from cases.models import Case, Import, SheetLayout
from cases.tests.builders import make_sheet_layout
from regions.tests.builders import make_person, make_region

from .test_mapping import FORM, MONTHLY, form_of
from .test_page import upload, when_settled

RULES = {"Case name": {"to": "title_en"}, "Date": {"to": "occurred_on"}, "Place": {"to": "outcome"}}
FOR_ALL = {name.removeprefix("all_"): value for name, value in FORM.items()}


@pytest.fixture
def layout(region):
    return make_sheet_layout(name="Exland Power", region=region, mapping={"rules": RULES, "for_all": FOR_ALL})


def page_of(text, user, **report):
    the_import = run.receive(text.encode(), "x.csv", by=user)
    run.dry_run(the_import, user)
    the_import.report |= report
    return MappingPage(the_import, user)


def mapping(**rules):
    return Mapping({key: Rule(to) for key, to in rules.items()})


def test_a_change_makes_another_version_and_the_same_again_none(region, officer):
    first = layouts.keep_layout("The office", mapping(A="title_en"), by=officer, region=region)
    again = layouts.keep_layout("The office", mapping(A="title_en"), by=officer, region=region)
    changed = layouts.keep_layout("The office", mapping(A="title_zh"), by=officer, region=region)
    assert (first, first.version, changed.version) == (again, 1, 2)
    assert [layout.version for layout in SheetLayout.objects.newest()] == [2]
    assert SheetLayout.objects.get(version=1).mapping["rules"] == {"A": {"to": "title_en"}}


def test_a_layout_is_shared_within_its_region_and_with_those_above_and_below(layout, region):
    below = make_person(regions=[make_region(parent=region)])
    above = make_person(regions=[region])
    stranger = make_person(regions=[make_region()])
    registrar = make_person(everywhere=True)
    seen = [list(SheetLayout.objects.shared_with(person)) for person in (below, above, stranger, registrar)]
    assert seen == [[layout], [layout], [], [layout]]
    everywhere = make_sheet_layout()
    assert list(SheetLayout.objects.shared_with(stranger)) == [everywhere]


def test_another_office_can_have_a_layout_of_the_same_name(layout, region):
    elsewhere = make_region()
    stranger = make_person(regions=[elsewhere])
    theirs = layouts.keep_layout("Exland Power", mapping(A="title_en"), by=stranger, region=elsewhere)
    assert (theirs.region, theirs.version) == (elsewhere, 1)


def test_the_layout_that_knows_most_of_the_columns_is_recognised_in_its_last_version(layout, region, officer):
    make_sheet_layout(name="Another", mapping={"rules": {"Case name": {"to": "title_zh"}}, "for_all": {}})
    newer = make_sheet_layout(name=layout.name, region=region, version=2, mapping=layout.mapping)
    page = page_of(MONTHLY, officer)
    assert (page.recognised, page.layout["name"], page.layout["version"]) == (True, newer.name, 2)
    assert page.mapping.rules["Place"].to == "outcome"
    assert page.mapping.for_all["source_publisher"] == "The office"
    assert not page_of("Name;Day;Place\nA;2021;Ex\n", officer).recognised


def test_a_column_that_we_no_longer_have_is_said_and_the_rest_used(layout, officer):
    layout.mapping = {"rules": RULES | {"Place": {"to": "colour"}}, "for_all": FOR_ALL}
    layout.save()
    page = page_of(MONTHLY, officer)
    assert page.unknown == ["colour"]
    assert page.mapping.rules["Date"].to == "occurred_on"
    assert [column.seen["key"] for column in page.columns if not column.rule.to] == ["Place"]


@pytest.mark.parametrize(
    "said",
    [
        [], {"rules": 3, "for_all": {}}, {"rules": {"A": {"into": "kind"}}, "for_all": {}},
        {"rules": {"A": {"to": ["kind"]}}, "for_all": {}}, {"rules": {"A": {"legend": 3}}, "for_all": {}},
        {"rules": {"A": {"to": "occurred_on", "calendar": "mayan"}}, "for_all": {}},
        {"rules": {"A": {"legend": {"x": 3}}}, "for_all": {}}, {"rules": {"A\0": {}}, "for_all": {}},
    ],
)  # fmt: skip
def test_a_file_that_is_no_layout_is_refused(said):
    with pytest.raises(Unreadable, match="no mapping"):
        layouts.from_file(json.dumps(said).encode())
    for content in (b"{", b"\xff", b"[" * 100_000):
        with pytest.raises(Unreadable, match="no JSON"):
            layouts.from_file(content)
    with pytest.raises(Unreadable, match="too large"):
        layouts.from_file(b" " * (layouts.MOST_BYTES + 1))


def test_a_layout_as_a_file_says_the_same_again(layout):
    said = layouts.from_file(layouts.as_file(layout).encode())
    assert said == {"name": "Exland Power", "mapping": layout.mapping}
    assert known_part(said["mapping"])[0].as_json() == layout.mapping


@pytest.mark.django_db(transaction=True)
def test_a_layout_is_kept_recognised_and_changed_on_the_page(client, officer, region):
    client.force_login(officer)

    def settled(content, **said):
        address = upload(client, content.encode()).url
        page = client.get(when_settled(client, address).url)
        sent = form_of(page.context["page"], layout=page.context["page"].layout_name)
        client.post(f"{address}mapping/", sent | said)
        return page.content.decode(), when_settled(client, address)

    _page, check = settled(MONTHLY, **FORM, layout=" Exland  Power ", c2_to="outcome")
    assert "layout “Exland Power”, version 1" in check.content.decode()
    page, check = settled(f"{MONTHLY}A shop;2021-06-01;Ey\n")
    assert "The columns are those of the layout “Exland Power”, version 1." in page
    assert check.context["report"]["created"] == 2
    assert check.context["report"]["layout"]["version"] == 1
    page, check = settled("Case name;Date;Place;Rigs\nA shop;2021-06-01;Ey;3\n", c3_to="rigs_seized")
    assert "new in this sheet" in page
    assert check.context["report"]["layout"]["version"] == 2
    newest = SheetLayout.objects.newest().get()
    assert (newest.region, newest.by, newest.mapping["rules"]["Rigs"]["to"]) == (region, officer, "rigs_seized")
    listed = client.get(reverse("cases:import")).content.decode()
    assert reverse("cases:layout-file", args=[newest.pk]) in listed
    file = client.get(reverse("cases:layout-file", args=[newest.pk]))
    assert file.json()["rules"] == newest.mapping["rules"]
    assert file["Content-Disposition"] == 'attachment; filename="exland-power-2.json"'


@pytest.mark.django_db
def test_another_layout_or_one_from_a_file_fills_the_page_in(client, officer, region, layout):
    client.force_login(officer)
    the_import = run.receive(b"A;B;C\nA farm;2021;Ex\n", "x.csv", by=officer)
    run.dry_run(the_import, officer)
    address, page = (reverse(f"cases:import-{name}", args=[the_import.pk]) for name in ("layout", "mapping"))
    said = {"name": "From afar", "rules": {"C": {"to": "outcome"}}, "for_all": {"kind": "sweep"}}
    file = SimpleUploadedFile("layout.json", json.dumps(said).encode())
    shown = client.post(address, {"file": file}, follow=True)
    assert "The choices of the layout “From afar” are filled in." in shown.content.decode()
    assert shown.context["page"].mapping.rules["C"].to == "outcome"
    assert {column.name: value for column, value, _must in shown.context["page"].for_all}["kind"] == "sweep"
    shown = client.post(address, {"layout": layout.pk}, follow=True)
    assert shown.context["page"].layout_name == "Exland Power"
    refused = client.post(address, {"file": SimpleUploadedFile("x.json", b"{")}, follow=True)
    assert "it is no JSON" in refused.content.decode()
    hidden = make_sheet_layout(region=make_region())
    assert client.post(address, {"layout": hidden.pk}).status_code == 404
    assert client.get(reverse("cases:layout-file", args=[hidden.pk])).status_code == 404
    client.logout()
    assert client.get(reverse("cases:layout-file", args=[layout.pk])).status_code == 302
    assert page in shown.request["PATH_INFO"]


def command(path, layout):
    out, err = StringIO(), StringIO()
    call_command("import_cases", str(path), layout=layout, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.mark.django_db
def test_the_command_uses_a_layout_by_its_name(layout, region, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(MONTHLY)
    out, _err = command(path, "Exland Power")
    assert "layout: Exland Power, version 1" in out
    assert Case.objects.get().outcome == "Ex"
    assert Import.objects.get().report["layout"]["version"] == 1
    with pytest.raises(CommandError, match="no layout 'Nobody'"):
        command(path, "Nobody")
    make_sheet_layout(name="Exland Power", region=make_region())
    with pytest.raises(CommandError, match="several regions"):
        command(path, "Exland Power")


@pytest.mark.django_db
def test_the_command_keeps_in_the_note_what_a_layout_has_for_a_column_that_is_gone(region, tmp_path):
    path, file = tmp_path / "list.csv", tmp_path / "layout.json"
    path.write_text(MONTHLY)
    rules = RULES | {"Place": {"to": "colour"}}
    file.write_text(json.dumps({"rules": rules, "for_all": FOR_ALL | {"smell": "bad"}}))
    _out, err = command(path, str(file))
    assert "columns that the record does not have: colour, smell" in err
    assert Case.objects.get().note == "Place: Ex"


def test_who_works_in_the_region_of_a_layout_deletes_it(client, officer, layout, region):
    above = make_sheet_layout(name="The state", region=make_region())
    layouts.keep_layout("Exland Power", mapping(A="title_en"), by=officer, region=region)
    everywhere = make_sheet_layout(name="Everybody")
    client.force_login(officer)
    page = client.get(reverse("cases:import")).content.decode()
    newest = SheetLayout.objects.get(name="Exland Power", version=2)
    assert reverse("cases:layout-delete", args=[newest.pk]) in page
    assert reverse("cases:layout-delete", args=[everywhere.pk]) not in page
    for other in (above, everywhere):
        assert client.post(reverse("cases:layout-delete", args=[other.pk])).status_code == 404
    assert client.get(reverse("cases:layout-delete", args=[newest.pk])).status_code == 405
    assert client.post(reverse("cases:layout-delete", args=[newest.pk])).status_code == 302
    assert set(SheetLayout.objects.values_list("name", flat=True)) == {"The state", "Everybody"}
