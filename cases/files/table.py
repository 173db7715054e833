"""A table that somebody filled in: its columns in our names, and its rows as texts with the numbers of their lines."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .columns import COLUMNS
from .tables.headings import LINES_TO_SEARCH, Heading, described, heading_of
from .tables.not_cases import looks_like_signature, looks_like_total
from .tables.questions import Answers, FileQuestion, Unreadable, ask
from .text import printable

MOST_ROWS = 50_000
MOST_LINES_NAMED = 20
SEPARATORS = {",": "“,”", ";": "“;”", "\t": gettext_lazy("tabs"), "，": "“，”"}
LEAVE_OUT, KEEP, STORED = "leave_out", "keep", "stored"


class LineOfSheet(int):
    """The number of a line in one of several sheets: `2021: 3`. As a number it comes after those of earlier sheets."""

    LINES_OF_A_SHEET = 10_000_000

    def __new__(cls, line: int, sheet: str, number: int):
        made = super().__new__(cls, number * cls.LINES_OF_A_SHEET + line)
        made.shown = f"{printable(sheet, 31)}: {line}"
        return made

    def __str__(self):
        return self.shown


@dataclass
class RawRow:
    """A row as the file has it. `formulas` and `problems` are by the place of their cell."""

    line: int
    texts: list[str]
    is_hidden: bool = False
    formulas: dict[int, tuple[str, str]] = field(default_factory=dict)  # (name of the cell, stored value or "")
    problems: list[tuple[int, str]] = field(default_factory=list)
    echoes: list[tuple[int, str]] = field(default_factory=list)  # what the file shows for a text that we read from it

    @property
    def first_text(self):
        return next((text for text in self.texts if text.strip()), "")


@dataclass
class SheetRow:
    """One row: its line in the file, its cells by column, and what is wrong with it as a row."""

    line: int
    cells: dict[str, str]
    problems: list[tuple[str, str, str]] = field(default_factory=list)  # (column, value, problem)
    echoes: list[tuple[str, str, str]] = field(default_factory=list)  # (column, as written, as read)


@dataclass
class Table:
    """What a file holds: the columns that its head names, in our names, and its rows that are cases.

    `notes` say how the file was read; `questions` are what the officer must decide, or has decided.
    """

    columns: list[str]
    rows: list[SheetRow]
    encoding: str = ""
    separator: str = ""
    head_line: int = 1
    notes: list[str] = field(default_factory=list)
    questions: list[FileQuestion] = field(default_factory=list)


@dataclass
class Head:
    """The row of a table that names the columns: its place among the rows, and its headings."""

    at: int
    row: RawRow
    headings: list[Heading]

    @property
    def columns(self) -> list[str]:
        return [heading.column for heading in self.headings if heading.column]

    @property
    def worth(self) -> int:
        """How many columns it names once: a line of the guide to the columns names one column twice."""
        return sum(count == 1 for count in Counter(self.columns).values())


def head_of(rows: Iterable[RawRow]) -> Head | None:
    """The Head among the first of `rows` that are not empty: the row that names the most of our columns."""
    best = None
    for at, row in enumerate(rows):
        if at == LINES_TO_SEARCH:
            break
        headings = [heading_of(text) for text in without_empty_end(row.texts)]
        head = Head(at, row, headings)
        if len(headings) > 1 and head.worth > (best.worth if best else 0):
            best = head
    return best


def table_of(rows: list[RawRow], head: Head, answers: Answers) -> Table:
    """The Table of `rows`, which are not empty, below its `head`. Raises Unreadable."""
    below = rows[head.at + 1 :]
    if len(below) > MOST_ROWS:
        refuse_too_many()
    table = Table(head.columns, [], head_line=int(head.row.line))
    _say_where_the_head_is(table, rows, head)
    unknown = _unknown_columns(head, below)
    _refuse_columns(head, unknown)
    if unknown:
        table.questions.append(_about_columns(answers, unknown))
    below = _without_what_is_no_case(table, below, answers)
    below = _without_hidden(table, below, answers)
    takes_stored = _ask_about_formulas(table, below, head, answers)
    places = {at: heading for at, heading in enumerate(head.headings) if heading.column}
    table.rows = [_row(row, places, len(head.headings), takes_stored) for row in below]
    return table


def _say_where_the_head_is(table, rows, head):
    if head.at:
        above = ", ".join(f"“{printable(row.first_text)}”" for row in rows[: head.at])
        note = _("The column names are in line %(line)s. The lines above it were not read: %(texts)s.")
        table.notes.append(note % {"line": head.row.line, "texts": above})
    for heading in head.headings:
        if heading.unit:
            note = _("Numbers below “%(heading)s” are read as %(column)s, with the unit “%(unit)s”.")
            table.notes.append(
                note % {"heading": _on_one_line(heading), "column": heading.column, "unit": heading.unit}
            )
    changed = [
        f"“{_on_one_line(heading)}” → {heading.column}" for heading in head.headings
        if heading.column and not heading.unit and not _is_our_name(heading)
    ]  # fmt: skip
    if changed:
        table.notes.append(_("Column names read as ours: %(names)s.") % {"names": ", ".join(changed)})


def _is_our_name(heading):
    column = COLUMNS[heading.column]
    return _on_one_line(heading).casefold().replace(" ", "_") in (column.name, column.title_zh)


def _on_one_line(heading):
    return printable(" ".join(heading.text.split()))


def _unknown_columns(head, below):
    """[(place, heading)] of the columns that are not ours; one without a name and without content is none."""
    return [
        (at, heading) for at, heading in enumerate(head.headings)
        if not heading.column
        and (heading.text.strip() or any(at < len(row.texts) and row.texts[at].strip() for row in below))
    ]  # fmt: skip


def _refuse_columns(head, unknown):
    found = head.columns
    twice = sorted({name for name in found if found.count(name) > 1})
    problems = []
    if twice:
        problems.append(_("These columns appear more than once: %(names)s.") % {"names": ", ".join(twice)})
    if "ref" not in found:
        problems.append(_("The column “ref” (编号) is missing. It identifies the case."))
        if head.at:
            problems.append(_("The column names were found in line %(line)s.") % {"line": head.row.line})
        problems.append(_("Columns that we know: %(names)s.") % {"names": ", ".join(dict.fromkeys(found))})
        if unknown:
            problems.append(_("Columns that we do not know: %(names)s.") % {"names": _named(unknown)})
    if problems:
        raise Unreadable(" ".join(problems))


def _named(unknown):
    return ", ".join(described(heading, at) for at, heading in unknown)


def _about_columns(answers, unknown):
    text = ngettext(
        "The file has a column that we do not know: %(names)s.",
        "The file has %(count)s columns that we do not know: %(names)s.",
        len(unknown),
    ) % {"count": len(unknown), "names": _named(unknown)}
    return ask(answers, "columns", text, [(LEAVE_OUT, _("Leave these columns out"))], many=True)


def _without_what_is_no_case(table, below, answers):
    """`below` without the rows that look like totals or signatures, unless the officer keeps them."""
    totals = [row for row in below if looks_like_total(row.first_text)]
    signed = [row for row in below if looks_like_signature(row.first_text)]
    texts = []
    if totals:
        texts.append(
            ngettext("Line %(lines)s looks like a total.", "Lines %(lines)s look like totals.", len(totals))
            % {"lines": lines_of(totals)}
        )
    if signed:
        texts.append(
            ngettext(
                "Line %(lines)s looks like a signature line.", "Lines %(lines)s look like signature lines.", len(signed)
            )
            % {"lines": lines_of(signed)}
        )
    if not texts:
        return below
    options = [(LEAVE_OUT, _("Leave these lines out")), (KEEP, _("Read them as cases"))]
    question = ask(answers, "totals", " ".join(texts), options)
    table.questions.append(question)
    if question.chosen == [KEEP]:
        return below
    no_cases = {id(row) for row in (*totals, *signed)}
    return [row for row in below if id(row) not in no_cases]


def _without_hidden(table, below, answers):
    hidden = [row for row in below if row.is_hidden]
    if not hidden:
        return below
    text = ngettext(
        "Line %(lines)s is hidden in the workbook, for example by a filter.",
        "Lines %(lines)s are hidden in the workbook, for example by a filter.",
        len(hidden),
    ) % {"lines": lines_of(hidden)}
    options = [(KEEP, _("Read the hidden lines too")), (LEAVE_OUT, _("Leave the hidden lines out"))]
    question = ask(answers, "hidden_lines", text, options)
    table.questions.append(question)
    return [row for row in below if not row.is_hidden] if question.chosen == [LEAVE_OUT] else below


def _ask_about_formulas(table, below, head, answers):
    """Whether the stored values of formulas are taken. Without an answer each formula is an error of its row."""
    ours = {at for at, heading in enumerate(head.headings) if heading.column}
    cells = [
        f"{name} ({printable(value, 30)})"
        for row in below for at, (name, value) in row.formulas.items() if at in ours and value
    ]  # fmt: skip
    if not cells:
        return False
    named = ", ".join(cells[:MOST_LINES_NAMED]) + ("…" if len(cells) > MOST_LINES_NAMED else "")
    text = ngettext(
        "%(cells)s is a formula, with the value that the workbook stored for it.",
        "%(cells)s are formulas, with the values that the workbook stored for them.",
        len(cells),
    ) % {"cells": named}
    question = ask(answers, "formulas", text, [(STORED, _("Use the stored values"))], many=True, must=False)
    table.questions.append(question)
    return question.chosen == [STORED]


def _row(raw, places, width, takes_stored):
    cells, texts = {}, raw.texts
    row = SheetRow(raw.line, cells)
    for at, heading in places.items():
        text = texts[at] if at < len(texts) else ""
        if at in raw.formulas:
            text = _value_of_formula(row, raw, at, heading.column, text, takes_stored)
        cells[heading.column] = heading.measured(text)
    if (count := len(without_empty_end(texts, width))) != width:
        why = _("The row has %(cells)s cells, but the header has %(columns)s.")
        row.problems.append(("", "", why % {"cells": count, "columns": width}))
    for at, why in raw.problems:
        if at in places:
            row.problems.append((places[at].column, cells[places[at].column], why))
    for at, shown in raw.echoes:
        if at in places:
            row.echoes.append((places[at].column, shown, cells[places[at].column]))
    return row


def _value_of_formula(row, raw, at, column, text, takes_stored):
    name, value = raw.formulas[at]
    if value and takes_stored:
        row.echoes.append((column, printable(text, 200), value))
        return value
    row.problems.append((column, text, _("%(cell)s is a formula. Paste its value.") % {"cell": name}))
    return text


def lines_of(rows: list[RawRow]) -> str:
    """The numbers of lines, for a sentence."""
    return ", ".join(str(row.line) for row in rows[:MOST_LINES_NAMED]) + ("…" if len(rows) > MOST_LINES_NAMED else "")


def joined(tables: list[tuple[str, Table]]) -> Table:
    """The Table of several sheets, (name, its table). Raises Unreadable if they have different columns."""
    [(first_name, first), *others] = tables
    for name, other in others:
        if set(other.columns) != set(first.columns):
            why = _(
                "The sheets “%(first)s” and “%(second)s” have different columns (%(columns)s). Import them one after "
                "the other."
            )
            differing = sorted(set(other.columns) ^ set(first.columns))
            names = {"first": printable(first_name), "second": printable(name), "columns": ", ".join(differing)}
            raise Unreadable(why % names)
    if sum(len(table.rows) for _name, table in tables) > MOST_ROWS:
        refuse_too_many()
    questions = {}
    for name, table in tables:
        for question in table.questions:
            question.text = f"{printable(name)}: {question.text}"
            if question.key in questions:
                questions[question.key].text += f" {question.text}"
            else:
                questions[question.key] = question
    return Table(
        first.columns,
        [row for _name, table in tables for row in table.rows],
        head_line=first.head_line,
        notes=[f"{printable(name)}: {note}" for name, table in tables for note in table.notes],
        questions=list(questions.values()),
    )


def without_empty_end(texts, least=0):
    texts = list(texts)
    while len(texts) > least and not texts[-1].strip():
        texts.pop()
    return texts


def refuse_too_many() -> None:
    raise Unreadable(
        _("The file has more than %(most)s rows. Split it into several files.") % {"most": f"{MOST_ROWS:,}"}
    )


def take(rows: list[RawRow], row: RawRow) -> None:
    """Add a row that was read. Raises Unreadable where there are too many, whichever of them is the head."""
    if len(rows) > MOST_ROWS + LINES_TO_SEARCH:
        refuse_too_many()
    rows.append(row)
