"""Documents as evidence: what is not as it came is not shown, and who looked is kept."""

import io
import os

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import Error, transaction
from django.urls import reverse
from PIL import Image

from cases.actions import documents
from cases.history import changes, seals, undo
from cases.models.history import DocumentLook
from cases.tests.builders import make_case
from regions.tests.builders import make_person, make_region

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(tmp_path, settings):
    settings.STORAGES = settings.STORAGES | {
        "default": settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path / "documents"}}
    }
    photograph = io.BytesIO()
    Image.new("RGB", (64, 48), (200, 30, 30)).save(photograph, "JPEG")
    region = make_region()
    officer = make_person(
        "view_case",
        "change_case",
        "view_document",
        "add_document",
        "delete_document",
        regions=[region],
        username="wang",
    )
    case = make_case(region=region, ref="warehouse")
    upload = SimpleUploadedFile("photo.jpg", photograph.getvalue())
    made = documents.add(case, upload, by=officer)
    made.officer = officer
    return made


def address(document, what):
    return reverse(f"cases:document-{what}", args=["warehouse", document.key])


def flip(name):
    """One bit of a stored file turns."""
    path = default_storage.path(name)
    os.chmod(path, 0o600)
    with open(path, "r+b") as file:
        file.seek(100)
        byte = file.read(1)[0]
        file.seek(100)
        file.write(bytes([byte ^ 4]))


def looks():
    return [(look.pgh_label, look.pgh_context.metadata["name"]) for look in DocumentLook.objects.order_by("pgh_id")]


def test_who_views_or_downloads_a_document_is_kept_and_told_on_its_page(document, client):
    client.force_login(document.officer)
    assert client.get(address(document, "shown")).status_code == 200
    assert client.get(address(document, "original")).status_code == 200
    assert looks() == [("viewed", "wang"), ("downloaded", "wang")]
    page = client.get(reverse("cases:case-documents", args=["warehouse"])).content.decode()
    assert page.index("wang ·\n") < page.index("downloaded\n") < page.index("viewed\n")


def test_who_may_not_see_it_leaves_no_look(document, client):
    client.force_login(make_person("view_case", regions=[make_region()]))
    assert client.get(address(document, "original")).status_code in (403, 404)
    assert looks() == []


@pytest.mark.parametrize(("what", "which"), [("original", "file"), ("shown", "shown")])
def test_one_bit_that_turned_is_refused_in_the_language_of_the_reader(document, client, caplog, what, which):
    client.force_login(document.officer)
    flip(getattr(document, which).name)
    for language, words in (("en", "This document is damaged"), ("zh-hans", "此文件已损坏")):
        answer = client.get(address(document, what), headers={"Accept-Language": language})
        assert answer.status_code == 409
        assert words in answer.content.decode()
    assert looks() == [("refused", "wang")] * 2
    assert "is not as it came" in caplog.text


def test_a_file_that_is_gone_is_refused_too(document, client):
    client.force_login(document.officer)
    default_storage.delete(document.file.name)
    assert client.get(address(document, "original")).status_code == 409


def test_a_display_copy_of_before_it_had_a_digest_is_shown(document, client):
    document.shown_sha256 = ""
    document.save()
    client.force_login(document.officer)
    assert client.get(address(document, "shown")).status_code == 200


def test_looks_are_sealed_stay_when_the_document_goes_and_are_no_change_of_the_case(document, client):
    client.force_login(document.officer)
    client.get(address(document, "original"))
    before = [change.heading for change in changes.changes_of(document.case_id)]
    documents.remove(document, by=document.officer, reason="A mistake")
    (gone,) = [change for change in changes.changes_of(document.case_id) if change.reason == "A mistake"]
    undo.undo(gone.key, by=document.officer)
    assert looks() == [("downloaded", "wang")]
    assert len(before) == len(changes.changes_of(document.case_id)) - 2
    page = client.get(reverse("cases:case-documents", args=["warehouse"])).content.decode()
    assert "downloaded\n" in page
    assert seals.seal_up(-seals.SETTLED_AFTER)["cases_documentlook"] == 1
    with pytest.raises(Error), transaction.atomic():
        DocumentLook.objects.update(title="x")
    with pytest.raises(Error), transaction.atomic():
        DocumentLook.objects.all().delete()
