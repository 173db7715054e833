"""A file that somebody uploads: what it is by its content, its name made safe, its photograph without metadata.

The content decides the type of a file, never its name. The copy of a photograph holds the pixels only.
"""

import io
import re
import threading
import unicodedata
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from . import kinds, office

MOST_BYTES = 25 * 1024 * 1024
MOST_PIXELS = 40_000_000
MOST_UNZIPPED = 250_000_000  # bytes of an office file, which is looked into and not unpacked
DECODING = threading.Lock()
LONGEST_WAIT = 20  # seconds
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
    media_type, shown = _pdf(head), None
    if media_type is None:
        with _decoding(name):
            if kinds.looks_like_a_photograph(head):
                media_type, shown = _photograph(upload)
            media_type = media_type or _office(upload) or _table(upload, name)
    if media_type is None:
        raise ValidationError(_refusal(name, head))
    return Arrival(_ending_in(name, ENDINGS[media_type]), media_type, digest.hexdigest(), upload.size, shown)


def plain_photograph(upload) -> bytes:
    """The pixels of an uploaded photograph as JPEG, and nothing that the camera wrote. Raises ValidationError."""
    name = clean_name(upload.name)
    head = upload.read(kinds.HEAD)
    upload.seek(0)
    if not kinds.looks_like_a_photograph(head):
        raise ValidationError(_("“%(name)s” is not a photo. Accepted: JPEG, PNG and WebP.") % {"name": name})
    with _decoding(name):
        return _photograph(upload)[1]


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


@contextmanager
def _decoding(name):
    """What must be decoded costs many times its size: one after the other."""
    if not DECODING.acquire(timeout=LONGEST_WAIT):
        raise ValidationError(_("Too many files are being read just now: send “%(name)s” again.") % {"name": name})
    try:
        yield
    finally:
        DECODING.release()


def _photograph(upload):
    """(media type, the shown copy as JPEG). Raises ValidationError of what cannot be decoded or is too many pixels."""
    name, most = clean_name(upload.name), MOST_PIXELS
    try:
        with warnings.catch_warnings():
            # Between one and two times the limit Pillow only warns.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(upload, formats=tuple(PHOTOGRAPHS)) as image:
                most = _most_pixels(image)
                if image.width * image.height > most:
                    raise Image.DecompressionBombError
                kind = PHOTOGRAPHS[image.format]
                image.draft("RGB", (SHOWN_PIXELS, SHOWN_PIXELS))  # a JPEG is decoded small; others do not mind
                image.seek(0)  # of an animation the first picture
                image.load()
                shown = _pixels_of(image)
                image.im = Image.new("1", (1, 1)).im  # the object may live on in a cycle, its pixels must not
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        told = _("“%(name)s” has more than %(most)s million pixels.")
        raise ValidationError(told % {"name": name, "most": most // 1_000_000}) from problem
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError) as problem:
        raise ValidationError(_("“%(name)s” is a damaged image.") % {"name": name}) from problem
    finally:
        upload.seek(0)
    return kind, shown


def _most_pixels(image):
    """How many pixels may be decoded, so that no picture takes more than 200 MB while it is."""
    if image.format == "WEBP":
        return MOST_PIXELS // 4  # its decoder holds the picture four times
    if getattr(image, "n_frames", 1) > 1:
        return MOST_PIXELS // 2  # and that of moving PNGs twice
    return MOST_PIXELS


def _pixels_of(image):
    """A smaller JPEG of nothing but the pixels, the right way up."""
    small = _reduced(image)
    small.thumbnail((SHOWN_PIXELS, SHOWN_PIXELS))
    small.getexif().update(image.getexif())
    upright = ImageOps.exif_transpose(small)
    # A new picture: saving the old one would keep its comment and profile.
    plain = Image.new("RGB", upright.size, "white")
    plain.paste(upright, mask=upright.getchannel("A"))
    written = io.BytesIO()
    plain.save(written, "JPEG", quality=85)
    return written.getvalue()


def _reduced(image):
    """`image` in RGBA, a whole number of times smaller, strip by strip: a copy of all would double its cost."""
    factor = max(1, max(image.size) // SHOWN_PIXELS)
    width, height = image.size
    small = Image.new("RGBA", (-(-width // factor), -(-height // factor)))
    rows = 64 * factor
    for top in range(0, height, rows):
        strip = image.crop((0, top, width, min(top + rows, height))).convert("RGBA")
        small.paste(strip.reduce(factor) if factor > 1 else strip, (0, top // factor))
    return small


def _pdf(head):
    return "application/pdf" if head.startswith(b"%PDF-") else None


def _office(upload):
    """The type of a workbook or a text document; None of anything else. Raises ValidationError."""
    try:
        if upload.read(2) != b"PK":
            return None
        upload.seek(0)
        names = set(office.opened(upload, upload.size, most_unzipped=MOST_UNZIPPED).namelist())
    except office.Damaged:
        return None
    except office.ArchiveRefused as problem:
        why = {"name": clean_name(upload.name), "why": problem}
        raise ValidationError(_("“%(name)s” is not kept: %(why)s.") % why) from problem
    finally:
        upload.seek(0)
    if "[Content_Types].xml" not in names:
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
