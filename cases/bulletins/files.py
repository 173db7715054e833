"""The text of a file that a bulletin came in: PDF, DOCX, HTML or plain text.

What is in a file decides what it is. A file is read within limits: so many bytes, characters, pages, seconds.
"""

import codecs
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import defusedxml.ElementTree as ElementTree
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.files import kinds, office, uploads

from .text import MOST as MOST_TEXT

MOST_BYTES = 10 * 1024 * 1024
MOST_UNZIPPED = 20 * 1024 * 1024  # bytes of the text of a DOCX
LONGEST_READING = 20  # seconds, of a PDF
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TOO_LONG = gettext_lazy("The text is larger than 1 MB. Send the part that is about the case.")
NO_TEXT = gettext_lazy("“%(name)s” has no text in it, probably because it is a scan. Type the text, or paste it.")
NO_SUCH_KIND = gettext_lazy("“%(name)s” is no PDF, DOCX, HTML or text file.")
UNREADABLE = gettext_lazy("“%(name)s” could not be read: it is damaged, protected by a password, or too complex.")


def text_of_file(upload) -> tuple[str, str]:
    """(the text, the media type) of an uploaded file. Raises ValidationError."""
    name = {"name": uploads.clean_name(upload.name or "")}
    if upload.size > MOST_BYTES:
        raise ValidationError(_("“%(name)s” is larger than 10 MB.") % name)
    content = upload.read()
    head = content[: kinds.HEAD]
    if head.startswith(b"%PDF-"):
        text, media_type = _of_pdf(content, name), "application/pdf"
    elif head.startswith(b"PK"):
        text, media_type = _of_docx(upload, name), uploads.OFFICE["docx"]
    elif kinds.looks_like_text(head) or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text, media_type = _decoded(content, name), "text/plain"
        if kinds.looks_like_markup(head):
            text, media_type = _of_html(text), "text/html"
    else:
        raise ValidationError(NO_SUCH_KIND % name)
    text = tidy(text)
    if not text:
        raise ValidationError(NO_TEXT % name)
    return text, media_type


def tidy(text: str) -> str:
    """A text without what no database stores, and with one form of the end of a line. Raises ValidationError."""
    text = re.sub(r"\r\n?", "\n", text)
    text = re.sub(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\u200b-\u200f\u202a-\u202e\ufeff]", "", text)
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    if len(text.encode()) > MOST_TEXT:
        raise ValidationError(TOO_LONG)
    return text


def _of_pdf(content, name):
    """A PDF can be made to take all time and memory: another process reads it, and is ended."""
    reader = [sys.executable, str(Path(__file__).with_name("pdf.py")), str(MOST_TEXT)]
    try:
        done = subprocess.run(  # noqa: S603 our own program, and nothing of the file is on its line
            reader, input=content, capture_output=True, timeout=LONGEST_READING, check=True
        )
    except (subprocess.SubprocessError, OSError) as problem:
        raise ValidationError(UNREADABLE % name) from problem
    return done.stdout.decode("utf-8", "replace")


def _of_docx(upload, name):
    try:
        upload.seek(0)
        archive = office.opened(upload, upload.size, most_unzipped=MOST_UNZIPPED)
        if kinds.office_kind(set(archive.namelist())) != "docx":
            raise ValidationError(NO_SUCH_KIND % name)
        document = ElementTree.fromstring(archive.read("word/document.xml"))
    except office.ArchiveRefused as problem:
        raise ValidationError(UNREADABLE % name) from problem
    except (ElementTree.ParseError, ValueError, KeyError, OSError, EOFError) as problem:
        raise ValidationError(UNREADABLE % name) from problem
    lines = []
    for paragraph in document.iter(f"{WORD}p"):
        parts = {
            f"{WORD}t": lambda part: part.text or "",
            f"{WORD}tab": lambda _part: " ",
            f"{WORD}br": lambda _part: "\n",
        }
        lines.append("".join(parts[part.tag](part) for part in paragraph.iter() if part.tag in parts))
    return "\n".join(lines)


def _decoded(content, name):
    unicode = "utf-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    for encoding in (unicode, "gb18030", "big5hkscs"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValidationError(UNREADABLE % name)


class _Words(HTMLParser):
    """The text of a page as a browser shows it, without what no reader sees."""

    HIDDEN = {"script", "style", "template", "noscript", "head", "nav", "footer", "svg"}
    LINES = {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "table", "ul"}

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.parts, self.hidden = [], ""  # the element that hides what is in it

    def handle_starttag(self, tag, attrs):
        if tag == "body":
            self.hidden = ""  # a head need not be closed
        elif tag in self.HIDDEN:
            self.hidden = self.hidden or tag
        elif tag in self.LINES:
            self.parts.append("\n")

    def handle_endtag(self, tag):
        if tag == self.hidden:
            self.hidden = ""
        elif tag in self.LINES:
            self.parts.append("\n")

    def handle_data(self, data):
        if not self.hidden:
            self.parts.append(re.sub(r"\s+", " ", data))


def _of_html(markup):
    words = _Words()
    words.feed(markup)
    words.close()
    return re.sub(r" *\n *", "\n", "".join(words.parts))
