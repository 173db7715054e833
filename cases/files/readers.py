"""Read a file that somebody filled in.

    read_table(content, "cases.xlsx", answers) → Table

Every file is read, or refused as `Unreadable` in a sentence that says what is wrong and what the file really is.
Nothing is guessed without saying so, and no file costs more than its size allows. What a file leaves open becomes a
question of the Table, or `Unanswered` where nothing can be read before the answer.
"""

import codecs
import io

from django.utils.translation import gettext as _

from cases.files.tables.csv_reader import read_csv
from cases.files.tables.xlsx_reader import read_other, read_xlsx

from . import office
from .table import Table
from .tables.mapping import Mapping
from .tables.questions import Answers, Unanswered, Unmapped, Unreadable

__all__ = ["Unanswered", "Unmapped", "Unreadable", "read_table", "too_large_to_read"]

MOST_BYTES = 20_000_000
LEGACY_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def read_table(content: bytes, name: str = "", answers: Answers | None = None, mapping: Mapping | None = None) -> Table:
    """The Table in `content`, the bytes of a file, read as `answers` and `mapping` say. Raises Unreadable."""
    answers = answers or {}
    if len(content) > MOST_BYTES:
        raise Unreadable(too_large_to_read(len(content)))
    if not content.removeprefix(codecs.BOM_UTF8).strip(b"\0 \t\r\n"):
        raise Unreadable(_("The file is empty."))
    if content.startswith(b"PK"):
        return read_xlsx(content, answers, mapping)
    if content.startswith(LEGACY_OFFICE):
        if ENCRYPTED in content:
            raise Unreadable(_("The workbook has a password. Save it without one."))
        if office.holds_macros(io.BytesIO(content)):
            raise Unreadable(_("The workbook contains macros. Save it as .xlsx, without macros."))
        return read_other(content, "xls", answers, mapping)
    return read_csv(content, name, answers, mapping)


def too_large_to_read(size: int) -> str:
    return _("The file has %(size)s MB; the limit is %(most)s MB. Split it into several files.") % {
        "size": -(-size // 1_000_000), "most": MOST_BYTES // 1_000_000,
    }  # fmt: skip
