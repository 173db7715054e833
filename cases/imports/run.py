"""An import from the file that came to the cases that were written: received, examined, carried out."""

from hashlib import sha256

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, OperationalError, connection, transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.actions import signing
from cases.bulk import batches
from cases.files.readers import Unreadable, read
from cases.models import Case, Import
from cases.models.intake import ImportState
from cases.models.outcome import document_path

from .check import check, log
from .report import as_json
from .write import write

COMMAND = "import_cases"


class Refused(Exception):
    """Nothing was written; the message says why, `lines` which rows it is about."""

    def __init__(self, message, lines=()):
        super().__init__(message)
        self.lines = list(lines)


class Everywhere:
    """Who runs a command may do everything; the history calls them by the command's name."""

    pk, is_authenticated = None, True

    def has_perm(self, _permission):
        return True


def receive(content, name, *, by, makes_agencies=False):
    """Keep the bytes that came as `name` and make their Import, which waits to be examined."""
    one = Import(
        by=by if by and by.pk else None, file_name=name[-200:] or "?", sha256=sha256(content).hexdigest(),
        report={"makes_agencies": makes_agencies},
    )  # fmt: skip
    path = document_path(one, name)
    if not default_storage.exists(path):  # the same bytes are kept once
        path = default_storage.save(path, ContentFile(content))
    one.file.name = path
    one.save()
    return one


def examine(one, user, *, told=lambda done, total: None):
    """Look at the file of an Import and keep what was found: in its `report`, and all of it as files.

    Returns the Report, or None where the file cannot be read; then the Import has failed and says why.
    """
    makes_agencies = bool(one.report.get("makes_agencies"))
    try:
        table = read(_content(one), one.file_name)
        report = check(table, user, makes_agencies=makes_agencies, told=told)
    except Unreadable as problem:
        one.report = {"makes_agencies": makes_agencies, "problem": str(problem)}
        one.state, one.settled_at = ImportState.FAILED, now()
        one.save(update_fields=["report", "state", "settled_at"])
        return None
    keep(one, table, report)
    return report


def keep(one, table, report):
    """Keep with an Import what the dry run of its file found."""
    one.report = as_json(one, table, report) | {"makes_agencies": bool(one.report.get("makes_agencies"))}
    one.state = ImportState.CHECKED
    one.save(update_fields=["report", "state"])


def begin_writing(one, reason=""):
    """Mark an Import as being written. False where somebody else has begun, or there is nothing to be written."""
    waiting = Import.objects.filter(pk=one.pk, state=ImportState.CHECKED)
    return bool(waiting.update(state=ImportState.IMPORTING, reason=reason, report=one.report | {"refusal": ""}))


def carry_out(one, user, *, reason="", told=lambda done, total: None):
    """Write what the dry run of an Import showed: all of it, or nothing and Refused. Returns how many cases.

    The record is compared with what the dry run saw, under lock: whatever was changed meanwhile stops it.
    """
    table = read(_content(one), one.file_name)
    seen = one.report.get("seen", "")
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '20s'")
                cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('import', 0))")
            _lock_cases(table)
            _refuse_if_done(one)
            count, makes_agencies = len(table.rows), bool(one.report.get("makes_agencies"))
            first, rest = (
                (lambda done, _total: told(done, count * 3)),
                (lambda done, total: told(count + done * 2 * count // (total or 1), count * 3)),
            )
            report = check(table, user, makes_agencies=makes_agencies, told=first)
            _refuse_unless_as_seen(table, report, seen, reason)
            by = user if user.pk else COMMAND
            with signing.changing(signing.Verb.IMPORTED, by, reason, file=one.file_name) as change:
                pks = write(report, user, reason=reason, told=rest)
                with connection.cursor() as cursor:  # here, where it can be explained, not at the commit
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            one.state, one.change, one.reason, one.settled_at = ImportState.DONE, change.id, reason, now()
            one.save(update_fields=["state", "change", "reason", "settled_at"])
    except OperationalError as problem:
        if "lock timeout" not in str(problem):
            raise
        raise Refused(_("Somebody else is changing some of these cases. Try again in a moment.")) from problem
    except DatabaseError as problem:
        if isinstance(problem, OperationalError) or connection.connection is None or connection.connection.closed:
            raise
        log.warning("An import was refused by the database.", exc_info=True)
        raise Refused(
            _("The record does not take these rows: %(why)s") % {"why": str(problem).splitlines()[0]}
        ) from problem
    return len(pks)


def _refuse_if_done(one):
    state = Import.objects.select_for_update().values_list("state", flat=True).get(pk=one.pk)
    if state not in (ImportState.CHECKED, ImportState.IMPORTING):
        raise Refused(_("It was imported already."))


def _lock_cases(table):
    refs = sorted({row.cells["ref"].strip() for row in table.rows} - {""})
    for some in batches([ref for ref in refs if "\0" not in ref]):
        list(Case.objects.select_for_update().filter(ref__in=some).order_by("pk").values_list("pk"))


def _refuse_unless_as_seen(table, report, seen, reason):
    lines = [
        row.line for at, row in enumerate(table.rows)
        if report.seen[at * 8 : at * 8 + 8] != seen[at * 8 : at * 8 + 8]
    ]  # fmt: skip
    if lines:
        told = ngettext(
            "The case of line %(lines)s was changed since this file was checked. Check it again.",
            "The cases of lines %(lines)s were changed since this file was checked. Check it again.",
            len(lines),
        )
        listed = ", ".join(map(str, lines[:20])) + ("…" if len(lines) > 20 else "")
        raise Refused(told % {"lines": listed}, lines)
    if report.errors:
        raise Refused(_("There are errors now that were not there before. Check it again."))
    if report.doubts and not reason.strip():
        raise Refused(_("Say why it stands all the same."))


def _content(one):
    with one.file.open("rb") as file:
        return file.read()


def give_up(one, why):
    """Nothing was written: the Import is where it was before, and says why."""
    one.report["refusal"] = why
    one.change, one.settled_at = None, None
    one.state = ImportState.CHECKED if "seen" in one.report else ImportState.FAILED
    one.save(update_fields=["report", "state", "change", "settled_at"])
