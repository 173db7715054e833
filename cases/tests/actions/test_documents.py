"""Documents: taken by what they are, kept as they came, shown without what a camera wrote."""

import errno
import io
import struct
import zipfile
import zlib
from hashlib import sha256
from unittest import mock

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import TestCase
from django.urls import reverse
from openpyxl import Workbook
from PIL import Image, PngImagePlugin

from cases.actions import documents
from cases.files import office, uploads
from cases.history import changes, undo
from cases.models import Document
from cases.tests.builders import make_case, make_raid
from regions.tests.builders import make_person, make_region

Image_new = Image.new
SECRETS = [b"GPS-SECRET", b"COMMENT-SECRET", b"XMP-SECRET", b"MAKER-SECRET", b"TEXT-SECRET", b"ICC-SECRET"]


def photograph(kind="JPEG", size=(64, 48), **more):
    """A picture with all that a camera and a program may write beside its pixels."""
    image, written = Image.new("RGB", size, (200, 30, 30)), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "MAKER-SECRET"
    exif[0x0112] = 6  # to be turned
    exif.get_ifd(0x8825)[1] = "GPS-SECRET"
    extra = {"exif": exif.tobytes()} if kind != "PNG" else {}
    if kind == "JPEG":
        extra |= {"comment": b"COMMENT-SECRET", "xmp": b"<x>XMP-SECRET</x>", "icc_profile": b"ICC-SECRET" * 20}
    if kind == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", "TEXT-SECRET")
        extra = {"pnginfo": text, "exif": exif.tobytes()}
    image.save(written, kind, **extra, **more)
    return written.getvalue()


def upload(content, name="photo.jpg"):
    return SimpleUploadedFile(name, content)


def workbook(**parts):
    book, written = Workbook(), io.BytesIO()
    book.save(written)
    if parts:
        with zipfile.ZipFile(written, "a") as file:
            for name, content in parts.items():
                file.writestr(name, content)
    return written.getvalue()


def packed(size):
    """A workbook with a part of `size` zeros."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", "<Types/>")
        with file.open("xl/workbook.xml", "w") as part:
            for _megabyte in range(size // 1_000_000):
                part.write(b"0" * 1_000_000)
    return written.getvalue()


def huge_png(side):
    """A PNG of `side` × `side` black pixels in a few kilobytes."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\0" + b"\0" * ((side + 7) // 8)
    packed = zlib.compress(row * side, 9)
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


@pytest.fixture(autouse=True)
def own_storage(tmp_path, settings):
    """Files of a test go to a folder of its own."""
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "documents"},
        }
    }
    return tmp_path / "documents"


def files_in(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


class DocumentTests(TestCase):
    @pytest.fixture(autouse=True)
    def _folder(self, own_storage):
        self.folder = own_storage

    def setUp(self):
        self.region = make_region(name_en="Inner Mongolia")
        self.case = make_case(ref="warehouse", region=self.region, published=True)
        rights = ["view_case", "change_case", "add_document"]
        self.officer = make_person(*rights, username="officer", regions=[self.region])
        self.client.force_login(self.officer)
        self.page = reverse("cases:case-documents", args=["warehouse"])

    def send(self, *files, **more):
        return self.client.post(self.page, {"files": files} | more, follow=True)

    def test_the_original_is_kept_as_it_came_with_its_digest_and_who_brought_it(self):
        content = photograph()
        self.assertContains(self.send(upload(content)), sha256(content).hexdigest())
        document = Document.objects.get()
        self.assertEqual(default_storage.open(document.file.name).read(), content)
        self.assertEqual((document.sha256, document.added_by), (sha256(content).hexdigest(), self.officer))
        answer = self.client.get(reverse("cases:document-original", args=["warehouse", document.key]))
        self.assertEqual(b"".join(answer.streaming_content), content)
        self.assertTrue(answer["Content-Disposition"].startswith("attachment"))
        self.assertEqual(answer["X-Content-Type-Options"], "nosniff")
        self.assertIn("sandbox", answer["Content-Security-Policy"])
        self.assertIn("no-store", answer["Cache-Control"])

    def test_the_shown_copy_is_its_pixels_and_nothing_else(self):
        for kind in ("JPEG", "PNG", "WEBP"):
            with self.subTest(kind):
                content = photograph(kind)
                self.assertTrue(any(secret in content for secret in SECRETS))
                arrival = uploads.examine(upload(content, f"a.{kind.lower()}"))
                for secret in SECRETS:
                    self.assertNotIn(secret, arrival.shown)
                with Image.open(io.BytesIO(arrival.shown)) as shown:
                    self.assertEqual((shown.format, dict(shown.getexif())), ("JPEG", {}))
                    self.assertEqual(shown.size, (48, 64))  # the right way up

    def test_the_shown_copy_is_smaller(self):
        arrival = uploads.examine(upload(photograph(size=(4000, 1000))))
        with Image.open(io.BytesIO(arrival.shown)) as shown:
            self.assertEqual(max(shown.size), uploads.SHOWN_PIXELS)

    def test_what_a_file_is_its_content_says(self):
        for content, name, media_type, kept_as in [
            (photograph("PNG"), "evidence.jpg", "image/png", "evidence.png"),
            (photograph(), "evidence.JPEG", "image/jpeg", "evidence.JPEG"),
            (photograph(), "evidence.exe", "image/jpeg", "evidence.jpg"),
            (b"%PDF-1.7\n...", "order", "application/pdf", "order.pdf"),
            (workbook(), "list.xlsx", uploads.OFFICE["xlsx"], "list.xlsx"),
            ("型号,数量\nS9,5\n".encode("gb18030"), "清单.csv", "text/csv", "清单.csv"),
        ]:
            with self.subTest(name):
                arrival = uploads.examine(upload(content, name))
                self.assertEqual((arrival.media_type, arrival.name), (media_type, kept_as))

    def test_what_is_not_taken_is_named_and_leaves_nothing(self):
        cases = [
            (b"MZ\x90\0" + b"\0" * 200, "photo.jpg", "a Windows program"),
            (b"\x7fELF" + b"\0" * 200, "photo.png", "a Linux program"),
            (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "a.svg", "SVG"),
            (b"<html><script>alert(1)</script>", "table.csv", "HTML"),
            (b"\0\1\2,\3\n", "table.csv", "is not known"),
            (b"", "empty.pdf", "is empty"),
            (photograph()[:200], "cut.jpg", "damaged"),
            (workbook(**{"xl/vbaProject.bin": b"x"}), "macro.xlsx", "holds macros"),
            (workbook(**{"xl/VBAPROJECT.BIN": b"x"}), "macro.xlsx", "holds macros"),
            (
                workbook(**{"xl/harmless.xml": office.OLE + b"-" * 99 + office.MACROS_INSIDE[0]}),
                "a.xlsx",
                "holds macros",
            ),
            (workbook(**{"../../evil.xml": b"x"}), "traversal.xlsx", "leads out of it"),
            (workbook(**{"xl\\..\\evil.xml": b"x"}), "traversal.xlsx", "leads out of it"),
            (workbook(**{"XL/workbook.xml": b"x"}), "twice.xlsx", "same name"),
            (packed(300_000_000), "large.xlsx", "300 MB"),
            (packed(200_000_000), "ratio.xlsx", "times as large"),
            (huge_png(7000), "bomb.png", "40 million pixels"),
            (huge_png(12000), "bomb.png", "40 million pixels"),
            (huge_png(20000), "bomb.png", "40 million pixels"),
        ]
        for content, name, said in cases:
            with self.subTest(f"{name} {said}"):
                answer = self.send(upload(content, name))
                self.assertEqual(answer.status_code, 400)
                self.assertContains(answer, said, status_code=400)
        self.assertEqual(Document.objects.count(), 0)
        self.assertEqual(files_in(self.folder), [])

    def test_each_file_of_several_has_its_own_verdict(self):
        answer = self.send(upload(photograph(), "good.jpg"), upload(b"MZ bad", "bad.jpg"))
        self.assertContains(answer, "Uploaded: good.jpg", status_code=400)
        self.assertContains(answer, "bad.jpg", status_code=400)
        self.assertEqual(Document.objects.count(), 1)

    def test_a_file_over_the_limit_is_kept_nowhere_and_the_others_are(self):
        large = upload(b"\xff\xd8\xff" + b"\0" * uploads.MOST_BYTES, "large.jpg")
        answer = self.send(upload(photograph(), "good.jpg"), large)
        self.assertContains(answer, "“large.jpg” is larger than 25 MB", status_code=400)
        self.assertEqual(Document.objects.get().title, "good.jpg")

    def test_the_same_file_twice_is_said_to_be_there(self):
        content = photograph()
        self.send(upload(content, "first.jpg"))
        self.assertContains(self.send(upload(content, "second.jpg")), "“first.jpg”", status_code=400)
        self.assertEqual(Document.objects.count(), 1)
        self.assertEqual(len(files_in(self.folder)), 2)  # the original and its shown copy

    def test_the_same_file_elsewhere_is_told_to_who_may_see_that_case_only(self):
        content = photograph()
        mine, theirs = make_case(ref="mine", region=self.region), make_case(ref="theirs")
        for case, person in ((mine, self.officer), (theirs, make_person(is_superuser=True))):
            documents.add(case, upload(content), by=person)
        answer = self.send(upload(content))
        self.assertContains(answer, mine.get_absolute_url())
        self.assertNotContains(answer, theirs.get_absolute_url())

    def test_documents_are_internal_also_of_a_published_case(self):
        self.send(upload(photograph(), "face.jpg"))
        document = Document.objects.get()
        ways = [
            self.page,
            reverse("cases:document-original", args=["warehouse", document.key]),
            reverse("cases:document-shown", args=["warehouse", document.key]),
            reverse("cases:document-remove", args=["warehouse", document.key]),
            reverse("cases:case-custody", args=["warehouse"]),
        ]
        self.client.force_login(make_person("view_case", "change_case", regions=[make_region()]))
        for way in ways:
            with self.subTest(way):
                self.assertEqual(self.client.get(way).status_code, 403)
        self.client.logout()
        for way in ways:
            with self.subTest(way):
                self.assertEqual(self.client.get(way).status_code, 302)
        self.assertNotContains(self.client.get(self.case.get_absolute_url()), "face.jpg")
        self.assertEqual(self.client.get("/api/v1/cases/warehouse/").json()["documents"], [])

    def test_who_may_only_read_adds_and_removes_nothing(self):
        self.send(upload(photograph()))
        document = Document.objects.get()
        self.client.force_login(make_person("view_case", regions=[self.region]))
        self.assertNotContains(self.client.get(self.page), "Keep</button>")
        self.assertEqual(self.send(upload(photograph("PNG"))).status_code, 403)
        remove = reverse("cases:document-remove", args=["warehouse", document.key])
        self.assertEqual(self.client.post(remove, {"reason": "x"}).status_code, 403)
        self.assertEqual(Document.objects.count(), 1)

    def test_a_removed_document_comes_back_with_its_bytes(self):
        content = photograph()
        self.send(upload(content))
        document = Document.objects.get()
        remove = reverse("cases:document-remove", args=["warehouse", document.key])
        self.assertContains(self.client.post(remove), "Give a reason", status_code=400)
        self.client.post(remove, {"reason": "Shows a passer-by"})
        self.assertEqual(Document.objects.count(), 0)
        (change,) = [one for one in changes.changes_of(self.case.pk) if one.reason == "Shows a passer-by"]
        undo.undo(change.key, by=self.officer)
        back = self.client.get(reverse("cases:document-original", args=["warehouse", document.key]))
        self.assertEqual(b"".join(back.streaming_content), content)

    def test_it_may_belong_to_a_raid(self):
        raid = make_raid(self.case, raided_on="2021-05-18", place="Hall 3")
        self.send(upload(photograph()), raid=raid.pk)
        self.assertEqual(Document.objects.get().raid, raid)
        other = make_raid(make_case())
        self.send(upload(photograph("PNG"), "b.png"), raid=other.pk)
        self.assertIsNone(Document.objects.get(title="b.png").raid)

    def test_where_it_cannot_be_written_neither_row_nor_file_is_left(self):
        self.folder.parent.mkdir(exist_ok=True)
        self.folder.write_text("a file where the folder should be")
        answer = self.send(upload(photograph()))
        self.assertContains(answer, "could not be stored", status_code=400)
        self.assertEqual(Document.objects.count(), 0)

    def test_a_full_disk_is_said_to_be_full_and_nothing_is_left(self):
        with mock.patch.object(documents, "_write", side_effect=OSError(errno.ENOSPC, "No space left on device")):
            answer = self.send(upload(photograph()))
        self.assertContains(answer, "The disk of the server is full", status_code=507)
        self.assertEqual((Document.objects.count(), files_in(self.folder)), (0, []))

    def test_pictures_are_decoded_one_after_the_other(self):
        with mock.patch.object(uploads, "LONGEST_WAIT", 0), uploads.DECODING:
            answer = self.send(upload(photograph()))
        self.assertContains(answer, "Too many files", status_code=400)

    def test_a_picture_of_forty_million_pixels_costs_a_fraction_of_its_size_beside_itself(self):
        pixels = Image.new("RGBA", (6300, 6300))
        made = []
        with mock.patch.object(uploads.Image, "new", side_effect=lambda *a: made.append(a[1]) or Image_new(*a)):
            uploads._pixels_of(pixels)
        self.assertLess(max(width * height for width, height in made), 6300 * 6300 / 8)

    def test_a_name_is_cleaned(self):
        for name, kept in [
            ("../../etc/passwd.pdf", "passwd.pdf"),
            ("C:\\evil\\a.pdf", "a.pdf"),
            ("a\u202egpj.exe", "agpj.exe"),
            ("a\r\nb.pdf", "ab.pdf"),
            ("x" * 300 + ".pdf", "x" * 120 + ".pdf"),
            ("..", "file"),
        ]:
            with self.subTest(name):
                self.assertEqual(uploads.clean_name(name), kept)
