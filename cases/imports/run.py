"""An import, from a file to cases: received, checked, carried out; history can undo it as a whole.

    receive(…) → Import → dry_run(import) → its report → carry_out(import, …) → history.undo.undo(import.change, …)

The dry run shows every detail and writes no case; then all of the file is written, or nothing.

`progress` writes how far the work is into the name of its database session. Another session sees it at once, though it
sees nothing of the transaction; and it ends with the process or the server, so that an import that was interrupted is
shown as interrupted.
"""

from hashlib import sha256

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, OperationalError, connection, transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.actions import signing
from cases.bulk import batches, many_rows
from cases.files.readers import Unanswered, Unmapped, Unreadable, read_table
from cases.files.tables.mapping import Mapping
from cases.files.tables.questions import Answers
from cases.locks import Purpose, lock_until_commit
from cases.models import Case, Import
from cases.models.intake import ImportState
from cases.models.outcome import document_path

from .check import check_table, log, refs_in
from .corrections import correct
from .report import Progress, Report, as_json, give_back
from .write import write_report

COMMAND = "import_cases"


class Refused(Exception):
    """Nothing was written; the message says why, `lines` which rows it is about."""

    def __init__(self, message, lines=()):
        super().__init__(message)
        self.lines = list(lines)


class Everywhere:
    """The user of a command: may do everything; the history shows the name of the command."""

    pk, is_authenticated = None, True

    def has_perm(self, _permission):
        return True


def receive(
    content: bytes,
    name: str,
    *,
    by,
    makes_agencies: bool = False,
    answers: Answers | None = None,
    mapping: Mapping | None = None,
    layout: dict | None = None,
) -> Import:
    """Keep the bytes that came as `name` and make their Import, which waits for its check."""
    the_import = Import(
        by=by if by and by.pk else None, file_name=name[-200:] or "?", sha256=sha256(content).hexdigest(),
        report={
            "makes_agencies": makes_agencies, "answers": dict(answers or {}),
            "mapping": mapping.as_json() if mapping else None, "layout": layout,
        },
    )  # fmt: skip
    path = document_path(the_import, name)
    if not default_storage.exists(path):  # the same bytes are kept once
        path = default_storage.save(path, ContentFile(content))
    the_import.file.name = path
    the_import.save()
    return the_import


@many_rows()
def dry_run(the_import: Import, user, *, progress: Progress = lambda done, total: None) -> Report | None:
    """Check the file of an Import and keep what was found: the beginning in its `report`, all of it as files.

    Returns the Report, or None where the file cannot be read; then the Import has failed and says why.
    """
    chosen = _chosen(the_import)
    makes_agencies, answers = chosen["makes_agencies"], chosen["answers"]
    try:
        table = _table(the_import, chosen)
        report = check_table(table, user, makes_agencies=makes_agencies, answers=answers, progress=progress)
    except Unreadable as problem:
        _keep_unreadable(the_import, chosen, problem)
        return None
    keep(the_import, table, report)
    return report


def _chosen(the_import):
    """What the officer chose for the file: the part of the report that every new check keeps."""
    return {
        "makes_agencies": bool(the_import.report.get("makes_agencies")),
        "answers": the_import.report.get("answers", {}),
        "mapping": the_import.report.get("mapping"),
        "layout": the_import.report.get("layout"),
        "offered": the_import.report.get("offered"),
        "corrections": the_import.report.get("corrections", []),
        "left_out": the_import.report.get("left_out", []),
        "given_back_file": the_import.report.get("given_back_file", ""),
    }


def _table(the_import, chosen):
    mapping = Mapping.from_json(chosen["mapping"]) if chosen["mapping"] else None
    table = read_table(_content(the_import), the_import.file_name, chosen["answers"], mapping)
    correct(table, chosen["corrections"])
    left_out = set(chosen["left_out"])
    table.rows = [row for row in table.rows if str(row.line) not in left_out]
    return table


def _keep_unreadable(the_import, chosen, problem):
    """Keep with an Import why its file was not read. It waits while an answer, or another one, may help."""
    questions = [question.as_json() for question in problem.questions]
    sketch = problem.sketch or the_import.report.get("sketch")  # another mapping may help
    the_import.report = chosen | {"questions": questions, "sketch": sketch, "unmapped": isinstance(problem, Unmapped)}
    if not isinstance(problem, Unanswered):
        the_import.report["problem"] = str(problem)
    if questions or sketch:
        the_import.state, the_import.settled_at = ImportState.CHECKED, None
    else:
        the_import.state, the_import.settled_at = ImportState.FAILED, now()
    the_import.save(update_fields=["report", "state", "settled_at"])


def keep(the_import, table, report):
    """Keep with an Import what the dry run of its file found."""
    the_import.report = as_json(the_import, table, report) | _chosen(the_import)
    if report.errors and not the_import.report["left_out"]:  # those that are left out stay in the file
        the_import.report["given_back_file"] = give_back(the_import, table, report)
    the_import.state = ImportState.CHECKED
    the_import.save(update_fields=["report", "state"])


def begin_writing(the_import: Import, reason: str = "") -> bool:
    """Mark an Import as being written. False if somebody else has begun, or if it is not checked."""
    waiting = Import.objects.filter(pk=the_import.pk, state=ImportState.CHECKED)
    return bool(waiting.update(state=ImportState.IMPORTING, reason=reason, report=the_import.report | {"refusal": ""}))


@many_rows()
def carry_out(the_import: Import, user, *, reason: str = "", progress: Progress = lambda done, total: None) -> int:
    """Write what the dry run of an Import showed: all of it, or nothing and Refused. Returns how many cases.

    The record is locked and compared with what the dry run saw: a change in between stops the import.
    """
    chosen = _chosen(the_import)
    makes_agencies, answers = chosen["makes_agencies"], chosen["answers"]
    table = _table(the_import, chosen)
    seen = the_import.report.get("seen", "")
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '20s'")
            lock_until_commit(Purpose.WRITE_IMPORT)
            _lock_cases(table)
            _refuse_if_done(the_import)
            count = len(table.rows)
            first, rest = (
                (lambda done, _total: progress(done, count * 3)),
                (lambda done, total: progress(count + done * 2 * count // (total or 1), count * 3)),
            )
            report = check_table(table, user, makes_agencies=makes_agencies, answers=answers, progress=first)
            _refuse_unless_as_seen(table, report, seen, reason)
            by = user if user.pk else COMMAND
            with signing.changing(signing.Verb.IMPORTED, by, reason, file=the_import.file_name) as change:
                pks = write_report(report, user, reason=reason, progress=rest)
                with connection.cursor() as cursor:  # here, where it can be explained, not at the commit
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            the_import.state, the_import.change, the_import.reason, the_import.settled_at = (
                ImportState.DONE,
                change.id,
                reason,
                now(),
            )
            the_import.save(update_fields=["state", "change", "reason", "settled_at"])
    except OperationalError as problem:
        if "lock timeout" not in str(problem):
            raise
        raise Refused(_("Someone else is changing some of these cases. Try again in a moment.")) from problem
    except DatabaseError as problem:
        if isinstance(problem, OperationalError) or connection.connection is None or connection.connection.closed:
            raise
        log.warning("An import was refused by the database.", exc_info=True)
        raise Refused(
            _("The database does not accept these rows: %(why)s") % {"why": str(problem).splitlines()[0]}
        ) from problem
    return len(pks)


def _refuse_if_done(the_import):
    state = Import.objects.select_for_update().values_list("state", flat=True).get(pk=the_import.pk)
    if state not in (ImportState.CHECKED, ImportState.IMPORTING):
        raise Refused(_("Already imported."))


def _lock_cases(table):
    for batch in batches(refs_in(table.rows)):
        list(Case.objects.select_for_update().filter(ref__in=batch).order_by("pk").values_list("pk"))


def _refuse_unless_as_seen(table, report, seen, reason):
    lines = [
        row.line for at, row in enumerate(table.rows)
        if report.seen[at * 8 : at * 8 + 8] != seen[at * 8 : at * 8 + 8]
    ]  # fmt: skip
    if lines:
        message = ngettext(
            "The case in line %(lines)s has changed since this file was checked. Check the file again.",
            "The cases in lines %(lines)s have changed since this file was checked. Check the file again.",
            len(lines),
        )
        numbers = ", ".join(map(str, lines[:20])) + ("…" if len(lines) > 20 else "")
        raise Refused(message % {"lines": numbers}, lines)
    if report.open_questions:
        raise Refused(_("Answer the questions about the file first."))
    if report.errors:
        raise Refused(_("There are new errors now. Check the file again."))
    if report.doubts and not reason.strip():
        raise Refused(_("Give a reason why the data is correct."))


def _content(the_import):
    with the_import.file.open("rb") as file:
        return file.read()


def give_up(the_import, why):
    """Return the Import to the state before `carry_out`, with the reason why nothing was written."""
    the_import.report["refusal"] = why
    the_import.change, the_import.settled_at = None, None
    the_import.state = ImportState.CHECKED if "seen" in the_import.report else ImportState.FAILED
    the_import.save(update_fields=["report", "state", "change", "settled_at"])
