"""Read a CSV file, in whichever encoding and with whichever separator a spreadsheet program wrote it."""

import csv
import io
import re
from itertools import islice

from django.utils.translation import gettext as _

from cases.files import kinds
from cases.files.csv_text import undefused
from cases.files.table import SEPARATORS, RawRow, Table, head_of, table_of, take
from cases.files.text import printable

from .encodings import decoded
from .guesses import guessed_heading
from .headings import LINES_TO_SEARCH
from .mapping import Mapping
from .questions import Answers, Unreadable, ask

_SAID = re.compile(rf'\ufeff?"?sep=([{re.escape("".join(SEPARATORS))}])"?(?:\r\n|\r|\n)', re.IGNORECASE)


def read_csv(content: bytes, name: str, answers: Answers, mapping: Mapping | None = None) -> Table:
    """The Table in the bytes of a CSV file; `name` is for messages. Raises Unreadable."""
    _refuse_another_kind(content, name)
    text, encoding, questions = decoded(content, answers)
    text, separator = _separated(text, answers)
    which = ask(answers, "separator", _("What separates the columns"), list(SEPARATORS.items()), must=False)
    which.chosen = [separator]
    try:
        rows = _rows(text, separator)
        head = head_of(rows, answers)
        if head is None:
            raise Unreadable(_why_no_head(rows, separator))
        table = table_of(rows, head, answers, mapping)
    except Unreadable as problem:
        problem.questions = [*questions, *problem.questions]  # a wrong encoding can be chosen anew
        if problem.sketch is not None:
            _show(problem.sketch, encoding, which)
        raise
    table.encoding, table.separator = encoding, str(SEPARATORS[separator])
    _show(table.sketch, encoding, which)
    table.questions = questions + table.questions
    if "\ufffd" in text:
        table.notes.append(_("The file has the character “�”: a program lost letters when it was saved."))
    return table


def _show(sketch, encoding, which):
    sketch["encoding"] = encoding
    sketch["reading"].append(which.as_json())


def _rows(text, separator):
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins, rows = 1, []
    try:
        for cells in lines:
            line, begins = begins, lines.line_num + 1
            if any(cell.strip() for cell in cells):
                take(rows, RawRow(line, [undefused(cell) for cell in cells]))
    except csv.Error as problem:
        raise Unreadable(_why(problem, begins)) from problem
    return rows


def _why_no_head(rows, separator):
    why = _(
        "The first %(lines)s lines have none of our column names. The first line has %(count)s columns, separated by "
        "%(separator)s. Use the template."
    )
    count = len(rows[0].texts) if rows else 0
    return why % {"lines": LINES_TO_SEARCH, "count": count, "separator": SEPARATORS[separator]}


def _refuse_another_kind(content, name):
    """A picture, a program or a PDF is named as what it is, whatever its name says."""
    head = content[: kinds.HEAD]
    # What a text happens to begin with, such as "MZ" or "BM", is no proof: control bytes are.
    if kinds.looks_like_text(head) or head.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return
    kind = kinds.kind_by_signature(head)
    if kind and (kind.confidence >= 0.4 or kinds.has_control_bytes(head)):
        why = _("“%(name)s” is not a table: its content is a “%(kind)s” file. Upload CSV or XLSX.")
        raise Unreadable(why % {"name": printable(name), "kind": kind.name or kind.extension})


def _separated(text, answers):
    """(`text` without a line `sep=;`, the separator): as the officer says, as that line says, or as it looks."""
    said = _SAID.match(text)
    if said:
        text = "\n" + text[said.end() :]  # the line is empty: those below keep their numbers
    chosen = next((mark for mark in answers.get("separator", ()) if mark in SEPARATORS), "")
    return text, chosen or (said[1] if said else _separator(text))


def _separator(text):
    """The one by which one of the first lines has the most columns that have names we know."""
    lines = list(islice((line for line in io.StringIO(text, newline="") if line.strip()), LINES_TO_SEARCH))

    def known(separator):
        heads = [[name.strip('" \r\n') for name in line.split(separator)[:1_000]] for line in lines]
        return max(
            ((sum(guessed_heading(name[:200]).column is not None for name in head), len(head)) for head in heads),
            default=(0, 0),
        )

    return max(SEPARATORS, key=known)


def _why(problem, line):
    reason = str(problem)
    if "field larger" in reason:
        return _("In the row that starts in line %(line)s, a cell is longer than %(most)s characters.") % {
            "line": line, "most": csv.field_size_limit(),
        }  # fmt: skip
    return _(
        "In the row that starts in line %(line)s, a quotation mark is not closed or is single inside a cell. "
        "Write it twice there."
    ) % {"line": line}
