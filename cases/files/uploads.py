"""A file that somebody uploads: what it is by its content, its name made safe, its photograph without metadata.

The content decides the type of a file, never its name. The copy of a photograph holds the pixels only.
"""

import io
import re
import unicodedata
import warnings
import zipfile
from dataclasses import dataclass
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from . import kinds

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
    """Stops at the size limit: the rest of the upload is read and not stored."""

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


def examine(upload) -> Arrival:
    """The Arrival that an uploaded file is. Raises ValidationError, naming what it is and what would be taken."""
    name = clean_name(upload.name)
    if upload.size > MOST_BYTES:
        raise ValidationError(over_limit(name))
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


def over_limit(name: str) -> str:
    return _("“%(name)s” is larger than 25 MB. It was not saved.") % {"name": clean_name(name)}


def clean_name(name: str) -> str:
    """A name that is safe to show and to send: no path, no invisible character, limited length."""
    name = re.split(r"[\\/]", name)[-1]
    letters = unicodedata.normalize("NFC", name)
    visible = (letter for letter in letters if letter == " " or unicodedata.category(letter)[0] not in "CZ")
    stem, dot, ending = "".join(visible).strip(" .").rpartition(".")
    if not dot:
        stem, ending = ending, ""
    return f"{stem[:LONGEST_NAME] or _('file')}{dot}{ending[:10]}"


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
        raise ValidationError(_("“%(name)s” is a damaged image.") % {"name": name}) from problem
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
    taken = _("Accepted files: photos (JPEG, PNG, WebP), PDF, XLSX, DOCX and CSV.")
    message = _("“%(name)s” is %(kind)s.") if found else _("The file type of “%(name)s” is not known.")
    return f"{message % {'name': name, 'kind': found}} {taken}"


def _what_it_is(head):
    if kinds.looks_like_markup(head):
        return "SVG / HTML / XML"
    kind = kinds.kind_by_signature(head)
    if kind is None:
        return ""
    programs = {"Windows Executable": _("a Windows program"), "ELF executable": _("a Linux program")}
    return programs.get(kind.name, kind.name) or kind.media_type


def _ending_in(name, ending):
    """`name` with the ending of what it is; one that says the same another way stays."""
    stem, dot, own = name.rpartition(".")
    if dot and f".{own.lower()}" in (ending, ".jpeg" if ending == ".jpg" else ending):
        return name
    return f"{stem if dot else name}{ending}"
