"""Make the copy of the public site: `manage.py publish_copy DIR`.

pages_of_the_public → PublicSite → Rewriter → CopyFolder.put, in several processes → links are checked → CopyFolder.swap
"""

import posixpath
import re
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.utils import translation

from cases.bulk import in_processes
from cases.releases.shelf import releases

from . import explorer
from .folder import CopyFolder, CopyRefused
from .front import front_page
from .pages import PageFailed, files_of_the_public, pages_of_the_public, site_in
from .rewriting import INDEX, Copied, Rewriter, file_of, links_of

EXPLORER, STYLESHEET, ICON = "js/copied.js", "css/enforcement.css", "icon.svg"
STATIC = (STYLESHEET, "leaflet/leaflet.css", ICON, EXPLORER)
# In a file of all cases: the moment it was made, which would make a new file of the same cases every time.
MADE_AT = re.compile(rb'"made_at":\s*"[^"]*",\s*')
MOST_NAMED = 20  # links that lead nowhere, in the message


@dataclass
class CopyMade:
    """What was done: files in the copy, written anew, removed; links of the site that the copy has no page for; and
    links to a place that their page has not, which lead to its beginning, on the site as in the copy.
    """

    files: dict = field(default_factory=dict)
    written: int = 0
    removed: int = 0
    lost: int = 0
    astray: list = field(default_factory=list)


@dataclass(frozen=True)
class _Plan:
    folder: CopyFolder
    pages: tuple
    names: frozenset
    shared: dict  # the name in the copy: the file on this machine
    host: str


@dataclass(frozen=True)
class _Done:
    name: str
    digest: str
    is_new: bool
    links: frozenset = frozenset()
    places: frozenset = frozenset()
    lost: int = 0


def make_copy(path, *, processes=2, progress=lambda done, total: done) -> CopyMade:
    """Bring the copy in the folder `path` to the state of the site. Raises CopyRefused; then the copy is as it was."""
    if not settings.PUBLIC:
        raise CopyRefused("This site shows nothing to the public (ENFORCEMENT_PUBLIC=0), so there is nothing to copy.")
    with CopyFolder(path).taken() as folder:
        plan = _plan(folder)
        work = [(code, address) for address in plan.pages for code, _name in settings.LANGUAGES]
        done = [_shared(plan, name) for name in plan.shared]
        done.append(_kept(folder, INDEX, front_page(_static_name(STYLESHEET), _static_name(ICON)).encode(), page=True))
        try:
            done += progress(_answers(plan, work, processes), len(work))
        except PageFailed as problem:
            raise CopyRefused(f"A page did not answer, and the copy is as it was before. {problem}.") from problem
        astray = _check(done)
        files = {each.name: each.digest for each in done}
        removed = folder.swap(files)
    return CopyMade(files, sum(each.is_new for each in done), removed, sum(each.lost for each in done), astray)


def _plan(folder):
    pages, files = pages_of_the_public(), files_of_the_public()
    shared = {_static_name(name): _static_file(name) for name in STATIC}
    for release in releases():
        shared |= {f"releases/{release.version}/{file.name}": file.at for file in release.files}
    host = site_in("en").host
    names = frozenset(file_of(address) for address in [*pages, *files])
    return _Plan(folder, (*pages, *files, explorer.DATA), names, shared, host)


def _static_name(name):
    _scheme, _host, file, *_rest = urlsplit(staticfiles_storage.url(name))
    return unquote(file).removeprefix("/")


def _static_file(name):
    kept = Path(settings.STATIC_ROOT) / _static_name(name).removeprefix(settings.STATIC_URL.strip("/") + "/")
    found = kept if not settings.DEBUG and kept.is_file() else finders.find(name)
    if not found:
        raise CopyRefused(f"The static file {name} is missing: run collectstatic.")
    return Path(found)


def _shared(plan, name):
    return _kept(plan.folder, name, plan.shared[name].read_bytes())


def _kept(folder, name, content, *, page=False, lost=0):
    """Put a file; a page also says where it leads."""
    links, places = links_of(content.decode()) if page else ((), ())
    digest, is_new = folder.put(name, content)
    return _Done(name, digest, is_new, frozenset(links), frozenset(places), lost)


def _answers(plan, work, processes):
    """A _Done for each of `work`, as they come."""
    with in_processes(processes) as each:
        yield from each(partial(_page, plan), work, chunksize=12)


def _page(plan, one):
    language, address = one
    name = f"{language}/{file_of(address)}"
    if address == explorer.DATA:
        with translation.override(language):
            return _kept(plan.folder, name, explorer.data())
    content, kind = site_in(language).bytes_at(address)
    if not kind.startswith("text/html"):
        return _kept(plan.folder, name, MADE_AT.sub(b"", content, count=1))
    copied = Copied(language, address, plan.names, frozenset(plan.shared), plan.host)
    with translation.override(language):
        rewriter = Rewriter(copied, **_explorer(copied) if address == explorer.LIST else {})
        page = rewriter.rewritten(content.decode())
    return _kept(plan.folder, name, page.encode(), page=True, lost=len(rewriter.lost))


def _explorer(copied):
    """What the list of cases is in the copy."""
    scripts = (copied.relative(f"{copied.language}/{file_of(explorer.DATA)}"), copied.relative(_static_name(EXPLORER)))
    return {"content": explorer.list_page(), "scripts": scripts}


def _check(done):
    """The links to a place that their page has not. Raises CopyRefused where a file is missing that one leads to."""
    places = {each.name: each.places for each in done}
    faults, astray = [], []
    for each in done:
        for link in sorted(each.links):
            scheme, host, file, _query, fragment = urlsplit(link)
            if scheme in ("http", "https", "mailto", "data"):
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(each.name), unquote(file)))
            target = target if file else each.name
            if target not in places or host or file.startswith("/"):
                faults.append(f"{each.name} leads to {link}, which the copy has not")
            elif fragment and places[target] and unquote(fragment) not in places[target]:
                astray.append(f"{each.name} leads to {link}")
    if faults:
        more = f" And {len(faults) - MOST_NAMED} more." if len(faults) > MOST_NAMED else ""
        raise CopyRefused(
            f"Links lead nowhere, and the copy is as it was before. {'. '.join(faults[:MOST_NAMED])}.{more}"
        )
    return astray
