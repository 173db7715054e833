"""A page of the site as a page of the copy: relative addresses, and nothing that needs a server behind it.

html, Copied → Rewriter → the page · links_of(html) → what a page of the copy leads to
"""

import posixpath
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from .explorer import is_answered

INDEX = "index.html"
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
ADDRESSES = ("href", "src", "xlink:href")
LEFT_OUT = {"script", "noscript", "form", "button", "dialog", "template"}  # with what is in them
CLASSES_LEFT_OUT = {"share", "search-link", "log-in"}
META_LEFT_OUT = ("og:", "twitter:", "htmx")
RELATIONS_LEFT_OUT = {"canonical", "alternate"}
# Links for who works here or wants something of the office: without them, not as a text that leads nowhere.
ONLY_ON_THE_SITE = ("/login/", "/account/", "/tips/", "/alerts/", "/admin/", "/cases/new/", "/leads/", "/embed/")


def file_of(address):
    """The name, below the folder of a language, of the file that an address has in the copy.

    A question that has a page of its own there is a folder: savings/?kind=loss is savings/kind=loss/index.html.
    """
    path, _mark, question = address.partition("?")
    name = unquote(path).removeprefix("/") + (f"{question}/" if question else "")
    return name + INDEX if not name or name.endswith("/") else name


@dataclass(frozen=True)
class Copied:
    """What the copy has: the names of the files of a language, and those of all languages, as the page `at` sees it."""

    language: str
    at: str  # the address of the page on the site
    names: frozenset
    shared: frozenset
    host: str

    def relative(self, name):
        """The address, from this page, of a file in the copy."""
        return posixpath.relpath(name, posixpath.dirname(f"{self.language}/{file_of(self.at)}"))

    def address(self, address):
        """`address` as the copy has it; None where it has it not."""
        scheme, host, file, query, fragment = urlsplit(address)
        if not (scheme or host or file or query):
            return address  # a place on this page
        if (scheme in ("http", "https") and host != self.host) or scheme in ("mailto", "data"):
            return address
        here, _mark, _question = self.at.partition("?")
        page = posixpath.join(here, file) if file else here
        place = f"#{fragment}" if fragment else ""
        if page.startswith(f"/{settings.STATIC_URL.strip('/')}/"):
            name = unquote(page).removeprefix("/")
            return self.relative(name) + place if name in self.shared else None
        if query and (asked := file_of(f"{page}?{query}")) in self.names:
            return self.relative(f"{self.language}/{asked}") + place
        name = file_of(page)
        if name in self.shared:
            return self.relative(name) + place
        if name not in self.names:
            return None
        if query and not (name == f"cases/{INDEX}" and is_answered(query)):
            return None
        return self.relative(f"{self.language}/{name}") + (f"?{query}" if query else "") + place


class Rewriter(HTMLParser):
    """Reads a page and writes it anew into `written`; `lost` are the addresses that the copy has not.

    `content` takes the place of what the site has in `main`, and stays as it is; `scripts` are added to the page.
    """

    def __init__(self, copied, *, content=None, scripts=()):
        super().__init__(convert_charrefs=False)
        self.copied, self.content, self.scripts = copied, content, scripts
        self.written, self.lost = [], []
        self._skipped = []  # the open elements within one that is left out, it first

    def rewritten(self, html):
        self.feed(html)
        self.close()
        return "".join(self.written)

    def handle_decl(self, decl):
        self._write(f"<!{decl}>")

    def handle_data(self, data):
        self._write(data)

    def handle_entityref(self, name):
        self._write(f"&{name};")

    def handle_charref(self, name):
        self._write(f"&#{name};")

    def handle_startendtag(self, tag, attributes):
        self._start(tag, attributes, closed=True)

    def handle_starttag(self, tag, attributes):
        self._start(tag, attributes, closed=tag in VOID)

    def handle_endtag(self, tag):
        if self._skipped:
            if tag in self._skipped:
                while self._skipped.pop() != tag:
                    pass
                if tag == "main" and not self._skipped:
                    self._write("</main>")
            return
        if tag == "body":
            self._write("".join(f'<script src="{escape(script)}" defer></script>' for script in self.scripts))
        self._write(f"</{SPELLED.get(tag, tag)}>")

    def _write(self, text):
        if not self._skipped:
            self.written.append(text)

    def _start(self, tag, attributes, *, closed):
        known = dict(attributes)
        if self._skipped or self._is_left_out(tag, known):
            if not self._skipped and known.get("class") == "languages":
                self._write(self._languages())
            if not closed:
                self._skipped.append(tag)
            return
        self._write(self._tag(tag, attributes, closed))
        if tag == "main" and self.content is not None:
            self._write(self.content)
            self._skipped.append(tag)

    def _is_left_out(self, tag, known):
        classes = set((known.get("class") or "").split())
        if tag in LEFT_OUT or classes & CLASSES_LEFT_OUT or {"print-only", "small"} <= classes:
            return True
        if tag == "meta":
            return (known.get("name") or known.get("property") or "").startswith(META_LEFT_OUT)
        if tag == "link":
            return known.get("rel") in RELATIONS_LEFT_OUT
        if tag in ("img", "iframe"):
            return self.copied.address(known.get("src") or "") is None
        address = known.get("href") or ""
        # A link without an address is a text; a button without one would promise what it cannot do.
        is_dead_button = "button" in classes and self.copied.address(address) is None
        return tag == "a" and (is_dead_button or address.startswith(ONLY_ON_THE_SITE))

    def _tag(self, tag, attributes, closed):
        kept = []
        for name, value in attributes:
            if name.startswith("hx-") or name in ("nonce", "action", "formaction", "target", "srcset", "ping"):
                continue
            if name in ADDRESSES and value is not None:
                address = self.copied.address(value)
                if address is None:
                    self.lost.append(value)
                    continue
                value = address
            elif value and value.startswith("/") and name.startswith("data-"):
                continue
            kept.append(f" {SPELLED.get(name, name)}" + ("" if value is None else f'="{escape(value)}"'))
        slash = " /" if closed and tag not in VOID else ""
        return f"<{SPELLED.get(tag, tag)}{''.join(kept)}{slash}>"

    def _languages(self):
        """Links to the same page in each language, in the place of the form."""
        links = []
        for code, _name in settings.LANGUAGES:
            mark = ' aria-current="true"' if code == self.copied.language else ""
            address = escape(self.copied.relative(f"{code}/{file_of(self.copied.at)}"))
            links.append(f'<a href="{address}" lang="{code}"{mark}>{get_language_info(code)["name_local"]}</a>')
        return f'<nav class="languages" aria-label="{escape(_("Language"))}">{"".join(links)}</nav>'


# What SVG spells with capitals, which the parser makes small.
SPELLED = {
    name.lower(): name
    for name in (
        "viewBox", "preserveAspectRatio", "clipPath", "linearGradient", "textPath", "textLength", "lengthAdjust",
        "patternUnits", "gradientUnits", "markerWidth", "markerHeight", "refX", "refY", "pathLength",
    )
}  # fmt: skip


class _Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.links, self.places = set(), set()

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name == "id":
                self.places.add(value)
            elif name in ADDRESSES and value:
                self.links.add(value)


def links_of(html):
    """(the addresses that a page leads to or loads, the places on it that others may lead to)."""
    reader = _Links()
    reader.feed(html)
    reader.close()
    return reader.links, reader.places
