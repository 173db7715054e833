"""What a file is, by its content: its name proves nothing."""

import re
from collections.abc import Collection
from dataclasses import dataclass

import puremagic

HEAD = 4_096  # bytes that are enough to know a kind
# Too short for the list of all kinds to know them for certain.
PROGRAMS = {b"MZ": "Windows Executable", b"\x7fELF": "ELF executable"}
OFFICE_PARTS = {
    "xl/workbook.xml": "xlsx",
    "word/document.xml": "docx",
    "ppt/presentation.xml": "pptx",
    "content.xml": "ods",
}


@dataclass(frozen=True)
class FileKind:
    """The kind of file that a content begins like, and how certain that is, from 0 to 1."""

    name: str
    extension: str = ""
    media_type: str = ""
    confidence: float = 1


def kind_by_signature(head: bytes) -> FileKind | None:
    """The kind whose signature `head` begins with; None where there is none."""
    for signature, name in PROGRAMS.items():
        if head.startswith(signature):
            return FileKind(name)
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return None
    if not matches:
        return None
    return FileKind(matches[0].name, matches[0].extension, matches[0].mime_type, matches[0].confidence)


def looks_like_text(head: bytes) -> bool:
    return not any(map(_is_control, head)) and not head.startswith((b"%PDF", b"{\\rtf"))


def looks_like_a_photograph(head: bytes) -> bool:
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def looks_like_markup(head: bytes) -> bool:
    return head.lstrip()[:1] == b"<"


def has_control_bytes(head: bytes) -> bool:
    return any(map(_is_control, head))


def _is_control(byte):
    return byte < 9 or 13 < byte < 27


def is_plain_text(content: bytes) -> bool:
    """Whether all of it is text, in UTF-8 or GB18030, without control characters and no markup."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return not re.search(r"[\x00-\x08\x0e-\x1f]", text) and not text.lstrip().startswith("<")
    return False


def office_kind(parts: Collection[str]) -> str:
    """Which office file an archive of `parts` is: xlsx, docx, pptx, ods; else zip."""
    return next((kind for part, kind in OFFICE_PARTS.items() if part in parts), "zip")
