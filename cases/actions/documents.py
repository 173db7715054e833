"""Files that belong to a case, kept unchanged: the original is written once, under its SHA-256.

A refused file leaves no row and no file.
"""

import errno
import os
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cases.files import uploads
from cases.models import Case, Document
from cases.models.outcome import document_path, shown_path

from . import signing


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
