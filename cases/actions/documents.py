"""Files that belong to a case, kept unchanged: the original is written once, under its SHA-256.

A refused file leaves no row and no file.
"""

import errno
import logging
import os
from collections import defaultdict
from hashlib import file_digest, sha256

import pghistory
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cases.files import uploads
from cases.models import Case, Document
from cases.models.history import DocumentLook
from cases.models.outcome import document_path, shown_path

from . import signing

log = logging.getLogger(__name__)

MOST_LOOKS = 300  # of the documents of a case, on its page


class NotAsItCame(Exception):
    """The bytes of a document are gone, or are not those that were uploaded."""


class DiskFull(ValidationError):
    """The disk has no room for a file: it was not kept."""


def add(case: Case, upload, *, by, raid=None, title: str = "") -> Document:
    """Examine `upload` and keep it with `case`. Returns the Document.

    Raises PermissionDenied, and ValidationError where it is refused, known already, or cannot be written: then neither
    a row nor a file is left.
    """
    return _keep(case, upload, uploads.examine(upload), by=by, raid=raid, title=title)


def add_bulletin(case: Case, bulletin, *, by) -> None:
    """Keep the text of `bulletin` with `case`, and the file that it came in. What the case has already stays as it is.

    Raises PermissionDenied, and ValidationError where it cannot be written.
    """
    title = _("Bulletin")
    kept = [("bulletin.txt", "text/plain", bulletin.text.encode())]
    if bulletin.content is not None:
        kept.append((bulletin.file_name, bulletin.media_type, bytes(bulletin.content)))
    for name, media_type, content in kept:
        digest = sha256(content).hexdigest()
        if not case.documents.filter(sha256=digest).exists():
            arrival = uploads.Arrival(uploads.clean_name(name), media_type, digest, len(content), None)
            _keep(case, ContentFile(content), arrival, by=by, title=title)


def _keep(case, upload, arrival, *, by, raid=None, title=""):
    made = []
    try:
        with transaction.atomic(), signing.changing(signing.Verb.DOCUMENT_ADDED, by):
            case = signing.locked(case, Case.objects.editable_by(by))
            same = case.documents.filter(sha256=arrival.digest).first()
            if same:
                raise ValidationError(_("This case already has that file: “%(title)s”.") % {"title": same.title})
            document = Document(
                case=case, raid=raid, title=(title.strip() or arrival.name)[:200], file_name=arrival.name,
                media_type=arrival.media_type, sha256=arrival.digest, size_bytes=arrival.size, added_by=by,
            )  # fmt: skip
            upload.seek(0)
            document.file.name = _write(document_path(document, ""), upload, made)
            if arrival.shown:
                document.shown_sha256 = sha256(arrival.shown).hexdigest()
                document.shown.name = _write(shown_path(document, ""), ContentFile(arrival.shown), made)
            document.save()
    except OSError as problem:
        _unwrite(made)
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            why = _("The disk of the server is full: “%(name)s” was not kept. Tell the people who run this server.")
            raise DiskFull(why % {"name": arrival.name}) from problem
        raise ValidationError(
            _("“%(name)s” could not be stored. It was not saved.") % {"name": arrival.name}
        ) from problem
    except (IntegrityError, ValidationError):
        _unwrite(made)
        raise
    return document


@transaction.atomic
def remove(document: Document, *, by, reason: str) -> None:
    """Take `document` off its case. The bytes stay: the history can bring it back. Raises PermissionDenied."""
    signing.locked(document.case, Case.objects.editable_by(by))
    if not reason.strip():
        raise ValidationError(_("Give a reason for the removal."))
    with signing.changing(signing.Verb.DOCUMENT_REMOVED, by, reason):
        document.delete()


def opened_by(document: Document, by, *, original: bool):
    """The open file of `document`, or of its display copy, for `by`: who looks is kept. Raises NotAsItCame."""
    name, digest = (document.file.name, document.sha256) if original else (document.shown.name, document.shown_sha256)
    try:
        file = default_storage.open(name)
        is_whole = file_digest(file, "sha256").hexdigest() == digest or not digest
    except FileNotFoundError:
        file, is_whole = None, False
    label = "refused" if not is_whole else "downloaded" if original else "viewed"
    with pghistory.context(user=by.pk, name=by.get_username()):
        pghistory.create_event(document, label=label)
    if not is_whole:
        log.error("%s of the case %s is not as it came. Restore it from a backup.", name, document.case.ref)
        raise NotAsItCame
    file.seek(0)
    return file


def looks_at(listed):
    """{key of a document: who looked at it, the newest first}, of the documents `listed`: the last ones of all."""
    found = defaultdict(list)
    looks = DocumentLook.objects.filter(key__in=[document.key for document in listed])
    for look in looks.select_related("pgh_context").order_by("-pgh_id")[:MOST_LOOKS]:
        found[look.key].append(look)
    return found


def elsewhere(document, cases):
    """Those of `cases` that have the same file too."""
    return cases.filter(documents__sha256=document.sha256).exclude(pk=document.case_id)


def _write(name, content, made):
    """Write `content` under `name`, whole or not at all, unless it is there; `made` notes what is new. Returns it."""
    if default_storage.exists(name):
        return name
    made.append(default_storage.save(name, content))
    os.chmod(default_storage.path(made[-1]), 0o400)
    # Under another name where somebody else kept the same bytes meanwhile.
    os.replace(default_storage.path(made[-1]), default_storage.path(name))
    made[-1] = name
    return name


def _unwrite(made):
    for name in made:
        default_storage.delete(name)
