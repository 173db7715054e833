"""The pages of an import."""

import time
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cases.actions.working import working_on
from cases.files import readers, sheet_files
from cases.locks import Purpose
from cases.models import Case, Import
from cases.tests.builders import make_case, make_import
from regions.tests.builders import make_person

from .tables import HEAD, ROW, bytes_of_new_row


def upload(client, content, name="cases.csv", **fields):
    return client.post(reverse("cases:import"), {"file": SimpleUploadedFile(name, content)} | fields)


def when_settled(client, address):
    """The page of an import when nobody is at work on it any more."""
    for _ in range(200):
        page = client.get(address)
        if page.status_code == 302:  # to the page of the mapping
            return page
        if not page.context["progress"] and page.context["import"].state not in ("checking", "importing"):
            return page
        time.sleep(0.05)
    raise AssertionError("it does not come to an end")


@pytest.mark.django_db(transaction=True)
def test_from_the_file_to_the_record_and_back(client, officer, region):
    make_case(ref="old", region=region, title_en="Old")
    client.force_login(officer)
    content = sheet_files.csv_of(
        [[*HEAD.split(",")], ROW.split(","), ["old", "New", "2021-05-18", "XX", "", "raid", "high"]]
    )
    address = upload(client, content).url
    page = when_settled(client, address)
    assert not Case.objects.filter(ref="a-1").exists()
    for text in ("Import: 1 new, 1 changed", "<code>title_en</code>", "Old", "New", "A title"):
        assert text in page.content.decode(), text
    changes = b"".join(client.get(f"{address}changes.csv").streaming_content).decode("utf-8-sig")
    assert "old,title_en,Old,New" in changes

    client.post(f"{address}run/")
    page = when_settled(client, address)
    assert page.context["import"].state == "done"
    assert Case.objects.get(ref="a-1").published is False
    assert f'href="{Case.objects.get(ref="a-1").get_absolute_url()}"' in page.content.decode()
    history = client.get(reverse("cases:case-history", args=["old"])).content.decode()
    assert "Imported" in history
    assert "officer" in history

    again = when_settled(client, upload(client, content).url).content.decode()
    assert "already imported" in again
    assert "0 changes" in again

    assert client.post(f"{address}undo/", {"reason": ""}).status_code == 400
    client.post(f"{address}undo/", {"reason": "The wrong file."})
    assert when_settled(client, address).context["import"].state == "undone"
    assert not Case.objects.filter(ref="a-1").exists()
    assert Case.objects.get(ref="old").title_en == "Old"


@pytest.mark.django_db(transaction=True)
def test_errors_stop_it_and_are_offered_as_a_file(client, officer):
    client.force_login(officer)
    address = upload(client, bytes_of_new_row(rigs_seized="=many")).url
    page = when_settled(client, address).content.decode()
    assert "rigs_seized" in page
    assert '<button class="primary" disabled>' in page
    errors = b"".join(client.get(f"{address}errors.csv").streaming_content).decode("utf-8-sig").splitlines()
    assert errors[1].startswith("2,a-1,rigs_seized,'=many,")
    client.post(f"{address}run/")
    assert when_settled(client, address).context["import"].state == "checked"
    assert not Case.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_no_table_is_refused_on_its_page(client, officer):
    client.force_login(officer)
    page = when_settled(client, upload(client, b"%PDF-1.7 x", "cases.xlsx").url)
    assert page.context["import"].state == "failed"
    assert "Portable Document" in page.content.decode()


@pytest.mark.django_db
def test_a_large_file_is_refused_before_it_is_read(client, officer):
    client.force_login(officer)
    with patch.object(readers, "MOST_BYTES", 1_000):
        assert upload(client, b"x" * 1_500).status_code == 413
        assert upload(client, b"x" * 200_000).status_code == 413
    assert not Import.objects.exists()
    assert client.post(reverse("cases:import")).status_code == 400


@pytest.mark.django_db
def test_an_import_is_seen_by_its_officer_and_by_registrars_alone(client, officer, region):
    mine = make_import(by=officer, state="checked", report={"rows": 1})
    address = reverse("cases:import-detail", args=[mine.pk])
    everybody = [
        (None, 302), (make_person(), 403), (make_person("add_import", "view_import", regions=[region]), 404),
        (officer, 200), (make_person("add_import", "view_import", everywhere=True), 200),
    ]  # fmt: skip
    for person, status in everybody:
        client.logout()
        if person:
            client.force_login(person)
        for part in ("", "errors.csv", "undo/"):
            found = client.get(f"{address}{part}").status_code
            expected = {"errors.csv": 404, "undo/": 302}.get(part, 200) if status == 200 else status
            assert found == expected, (person, part)
        for part in ("run/", "again/") if status != 200 else ():
            assert client.post(f"{address}{part}").status_code == status, (person, part)


@pytest.mark.django_db
def test_work_that_nobody_is_at_is_shown_as_interrupted(client, officer):
    client.force_login(officer)
    the_import = make_import(by=officer, state="importing", report={"seen": ""})
    address = reverse("cases:import-detail", args=[the_import.pk])
    assert "Interrupted" in client.get(address).content.decode()
    with working_on(Purpose.WORK_ON_IMPORT, the_import.pk) as report_progress:
        report_progress(42, 100)
        time.sleep(0.25)
        report_progress(43, 100)
        page = client.get(address).content.decode()
        assert "43 %" in page
        assert 'hx-trigger="every 1s"' in page
        assert 'http-equiv="refresh"' in page
        assert "Interrupted" not in page
    assert "Interrupted" in client.get(address).content.decode()


def when_read(client, address):
    """The page of an import when its file was read, whatever it still asks."""
    for _ in range(200):
        page = client.get(address)
        if page.context["import"].state != "checking":
            return page
        time.sleep(0.05)
    raise AssertionError("it does not come to an end")


@pytest.mark.django_db(transaction=True)
def test_what_a_file_leaves_open_is_asked_and_nothing_is_imported_before_the_answer(client, officer):
    client.force_login(officer)
    text = f"{HEAD}\n{ROW.replace('A title', 'Köln')}\nTotal,,,,,,\n"
    address = upload(client, text.encode("cp1252")).url
    page = when_read(client, address)
    assert page.context["asking"]
    assert "In which encoding is the text correct?" in page.content.decode()
    assert "Köln" in page.content.decode()  # the preview
    client.post(f"{address}run/")
    assert not Case.objects.exists()

    client.post(f"{address}again/", {"asked": "encoding", "answer_encoding": "cp1252"})
    page = when_read(client, address)
    assert page.context["asking"]
    assert "Line 3 looks like a total." in page.content.decode()
    assert page.context["report"]["created"] == 1
    client.post(f"{address}run/")
    assert not Case.objects.exists()

    client.post(f"{address}again/", {"asked": "totals", "answer_totals": "leave_out"})
    page = when_read(client, address)
    assert not page.context["asking"]
    assert page.context["ready"]
    assert "checked" in page.content.decode()
    client.post(f"{address}run/")
    assert when_settled(client, address).context["import"].state == "done"
    assert Case.objects.get().title_en == "Köln"


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_leads_nowhere_can_be_changed(client, officer):
    client.force_login(officer)
    content = "Größe\n1".encode("cp1252")
    address = upload(client, content).url
    assert when_read(client, address).context["asking"]
    client.post(f"{address}again/", {"asked": "encoding", "answer_encoding": "cp1252"})
    page = when_read(client, address)
    assert "The file cannot be imported." in page.content.decode()
    assert "have none of our column names" in page.content.decode()
    assert 'name="answer_encoding"' in page.content.decode()


@pytest.mark.django_db
def test_an_answer_that_is_no_option_is_not_kept(client, officer):
    client.force_login(officer)
    question = {"key": "sheets", "text": "Which?", "many": True, "open": True, "options": [
        {"value": "2021", "label": "2021", "chosen": False, "preview": None}]}  # fmt: skip
    the_import = make_import(by=officer, state="checked", report={"questions": [question]})
    with patch("cases.views.imports.imports_progress.begin"):
        client.post(
            reverse("cases:import-again", args=[the_import.pk]),
            {"asked": ["sheets", "other"], "answer_sheets": ["2021", "evil"], "answer_other": "x"},
        )
    the_import.refresh_from_db()
    assert the_import.report["answers"] == {"sheets": ["2021"]}
