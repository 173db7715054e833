"""Files that belong to a case: taken in by what they are, kept as they came, shown without what a camera wrote.

What a file is, its content says, never its name. The original is written once under its SHA-256 and never again; of a
photograph a copy is made from its pixels alone. A file that is refused leaves nothing behind.
"""

import io
import os
import re
import unicodedata
import warnings
import zipfile
from dataclasses import dataclass
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from cases.files import kinds
from cases.models import Case, Document
from cases.models.outcome import document_path, shown_path

from . import signing

MOST_BYTES = 25 * 1024 * 1024
MOST_PIXELS = 40_000_000
SHOWN_PIXELS = 1_600  # of the longer side
LONGEST_NAME = 120
PHOTOGRAPHS = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
OFFICE = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
    "text/csv": ".csv",
    OFFICE["xlsx"]: ".xlsx",
    OFFICE["docx"]: ".docx",
}
SHOWN_TYPE = "image/jpeg"


class RefuseLarge(FileUploadHandler):
    """Stops taking in a file at the limit: what is over it is read from the wire and kept nowhere."""

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.taken = 0

    def receive_data_chunk(self, raw_data, start):
        self.taken += len(raw_data)
        if self.taken > MOST_BYTES:
            self.request.too_large = [*getattr(self.request, "too_large", []), self.file_name]
            raise SkipFile
        return raw_data

    def file_complete(self, file_size):
        return None


@dataclass
class Arrival:
    """A file as it came, examined: what it is, its digest, and the copy to be shown of a photograph."""

    name: str
    media_type: str
    digest: str
    size: int
    shown: bytes | None


def examine(upload):
    """The Arrival that an uploaded file is. Raises ValidationError, naming what it is and what would be taken."""
    name = clean_name(upload.name)
    if upload.size > MOST_BYTES:
        raise ValidationError(too_large(name))
    if not upload.size:
        raise ValidationError(_("“%(name)s” is empty.") % {"name": name})
    digest = sha256()
    for part in upload.chunks():
        digest.update(part)
    upload.seek(0)
    head = upload.read(kinds.HEAD)
    upload.seek(0)
    media_type, shown = _photograph(upload) if kinds.looks_like_a_photograph(head) else (None, None)
    media_type = media_type or _pdf(head) or _office(upload) or _table(upload, name)
    if media_type is None:
        raise ValidationError(_refusal(name, head))
    return Arrival(_ending_in(name, ENDINGS[media_type]), media_type, digest.hexdigest(), upload.size, shown)


def too_large(name):
    return _("“%(name)s” is larger than 25 MB: nothing of it was kept.") % {"name": clean_name(name)}


def add(case, upload, *, by, raid=None, title=""):
    """Examine `upload` and keep it with `case`. Returns the Document.

    Raises PermissionDenied, and ValidationError where it is refused, known already, or cannot be written: then neither
    a row nor a file is left.
    """
    arrival = examine(upload)
    made = []
    try:
        with transaction.atomic(), signing.changing("add document", by):
            case = signing.locked(case, Case.objects.editable_by(by))
            same = case.documents.filter(sha256=arrival.digest).first()
            if same:
                raise ValidationError(_("This case has that file already: “%(title)s”.") % {"title": same.title})
            document = Document(
                case=case, raid=raid, title=(title.strip() or arrival.name)[:200], file_name=arrival.name,
                media_type=arrival.media_type, sha256=arrival.digest, size_bytes=arrival.size, added_by=by,
            )  # fmt: skip
            upload.seek(0)
            document.file.name = _write(document_path(document, ""), upload, made)
            if arrival.shown:
                document.shown.name = _write(shown_path(document, ""), ContentFile(arrival.shown), made)
            document.save()
    except OSError as problem:
        _unwrite(made)
        raise ValidationError(
            _("“%(name)s” could not be written: it was not kept.") % {"name": arrival.name}
        ) from problem
    except (IntegrityError, ValidationError):
        _unwrite(made)
        raise
    return document


@transaction.atomic
def remove(document, *, by, reason):
    """Take `document` off its case. The bytes stay: the history can bring it back. Raises PermissionDenied."""
    signing.locked(document.case, Case.objects.editable_by(by))
    if not reason.strip():
        raise ValidationError(_("Say why it is removed."))
    with signing.changing("remove document", by, reason):
        document.delete()


def elsewhere(document, cases):
    """Those of `cases` that have the same file too."""
    return cases.filter(documents__sha256=document.sha256).exclude(pk=document.case_id)


def clean_name(name):
    """A name as it may be shown and sent: no path, nothing invisible, not endless."""
    name = re.split(r"[\\/]", name)[-1]
    kept = (one for one in unicodedata.normalize("NFC", name) if unicodedata.category(one)[0] not in "CZ" or one == " ")
    stem, dot, ending = "".join(kept).strip(" .").rpartition(".")
    if not dot:
        stem, ending = ending, ""
    return f"{stem[:LONGEST_NAME] or _('file')}{dot}{ending[:10]}"


# What a file is


def _photograph(upload):
    """(media type, the shown copy as JPEG). Raises ValidationError of what cannot be decoded or is too many pixels."""
    name = clean_name(upload.name)
    try:
        with warnings.catch_warnings():
            # Between one and two times the limit Pillow only warns.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(upload, formats=tuple(PHOTOGRAPHS)) as image:
                if image.width * image.height > MOST_PIXELS:
                    raise Image.DecompressionBombError
                kind = PHOTOGRAPHS[image.format]
                image.seek(0)  # of an animation the first picture
                image.load()
                shown = _pixels_of(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise ValidationError(_("“%(name)s” has more than 40 million pixels.") % {"name": name}) from problem
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError) as problem:
        raise ValidationError(_("“%(name)s” is a damaged picture.") % {"name": name}) from problem
    finally:
        upload.seek(0)
    return kind, shown


def _pixels_of(image):
    """A smaller JPEG of nothing but the pixels, the right way up."""
    upright = ImageOps.exif_transpose(image).convert("RGBA")
    upright.thumbnail((SHOWN_PIXELS, SHOWN_PIXELS))
    # A new picture: saving the old one would keep its comment and profile.
    plain = Image.new("RGB", upright.size, "white")
    plain.paste(upright, mask=upright.getchannel("A"))
    written = io.BytesIO()
    plain.save(written, "JPEG", quality=85)
    return written.getvalue()


def _pdf(head):
    return "application/pdf" if head.startswith(b"%PDF-") else None


def _office(upload):
    """The type of a workbook or a text document without macros; None of anything else."""
    try:
        with zipfile.ZipFile(upload) as parts:
            names = set(parts.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError):
        return None
    finally:
        upload.seek(0)
    if "[Content_Types].xml" not in names or kinds.holds_macros(names):
        return None
    return OFFICE.get(kinds.office_kind(names))


def _table(upload, name):
    """CSV has no mark of its own: text that says so by its name and holds nothing that is not text."""
    if not name.lower().endswith(".csv"):
        return None
    content = upload.read()
    upload.seek(0)
    return "text/csv" if kinds.is_plain_text(content) else None


def _refusal(name, head):
    found = _what_it_is(head)
    taken = _("Taken are photographs (JPEG, PNG, WebP), PDF, XLSX, DOCX and CSV.")
    said = _("“%(name)s” is %(kind)s.") if found else _("What “%(name)s” is, cannot be told.")
    return f"{said % {'name': name, 'kind': found}} {taken}"


def _what_it_is(head):
    if kinds.looks_like_markup(head):
        return "SVG / HTML / XML"
    kind = kinds.kind_by_signature(head)
    if kind is None:
        return ""
    programs = {"Windows Executable": _("a program for Windows"), "ELF executable": _("a program for Linux")}
    return programs.get(kind.name, kind.name) or kind.media_type


def _ending_in(name, ending):
    """`name` with the ending of what it is; one that says the same another way stays."""
    stem, dot, own = name.rpartition(".")
    if dot and f".{own.lower()}" in (ending, ".jpeg" if ending == ".jpg" else ending):
        return name
    return f"{stem if dot else name}{ending}"


# Where it is kept


def _write(name, content, made):
    """Write `content` under `name`, whole or not at all, unless it is there; `made` notes what is new. Returns it."""
    if default_storage.exists(name):
        return name
    half = default_storage.save(f"{name}.part-{os.getpid()}", content)
    made.append(half)
    os.chmod(default_storage.path(half), 0o400)
    os.replace(default_storage.path(half), default_storage.path(name))
    made[-1] = name
    return name


def _unwrite(made):
    for name in made:
        default_storage.delete(name)
