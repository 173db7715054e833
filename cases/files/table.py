"""A table that somebody filled in: its columns in our names, and its rows as texts with the numbers of their lines."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from .columns import COLUMNS
from .tables import guesses
from .tables.headings import LINES_TO_SEARCH, Heading, heading_of
from .tables.mapping import LEAVE_OUT, Mapping, Rule, keys_of, written_out
from .tables.not_cases import looks_like_note, looks_like_signature, looks_like_total
from .tables.questions import Answers, FileQuestion, Unmapped, Unreadable, ask
from .text import printable

MOST_ROWS = 50_000
MOST_LINES_NAMED = 20
SEPARATORS = {",": "“,”", ";": "“;”", "\t": gettext_lazy("tabs"), "，": "“，”"}
KEEP, STORED = "keep", "stored"
MOST_SAMPLES, MOST_VALUES, LONGEST_VALUE = 5, 40, 60  # of a column, for the page of the mapping
LINES_OF_PREVIEW, CELLS_OF_PREVIEW = 20, 12
LEAST_WIDTH = 3  # columns of a head that names nothing we know


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
    makes_refs: bool = False  # the rows have no references of their own
    sketch: dict = field(default_factory=dict)  # what the file has, for the page of its mapping
    above: list[list[str]] = field(default_factory=list)  # the lines down to the head, as the file has them
    raw: dict[int, list[str]] = field(default_factory=dict)  # its rows, by their lines
    places: dict[str, int] = field(default_factory=dict)  # of the columns of ours in a line


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
    def worth(self) -> tuple[int, int]:
        """How many columns it names once, of ours and by any name: a line of the guide names one column twice."""
        return _named_once(self.guessed), _named_once(self.columns)

    @property
    def guessed(self) -> list[str]:
        """The columns that it names by any name that people use."""
        return [name for heading in self.headings if (name := guesses.guessed_heading(heading.text).column)]

    def is_ours(self, below: list[RawRow]) -> bool:
        """Whether it needs no mapping: each column that has a name or content is one of ours, and has its own."""
        others = [
            at for at, heading in enumerate(self.headings)
            if not heading.column and (heading.text.strip() or any(_has(row, at) for row in below))
        ]  # fmt: skip
        return not others and "ref" in self.columns and len(set(self.columns)) == len(self.columns)


def _named_once(names):
    return sum(count == 1 for count in Counter(names).values())


def _has(row, at):
    return at < len(row.texts) and bool(row.texts[at].strip())


def head_of(rows: Iterable[RawRow], answers: Answers) -> Head | None:
    """The Head among the first of `rows`: the row that the officer chose, or the one that names the most columns."""
    best, most, widest = None, (0, 0), None
    chosen = next(iter(answers.get("head", ())), "")
    for at, row in enumerate(rows):
        if at == LINES_TO_SEARCH:
            break
        head = Head(at, row, [heading_of(text) for text in without_empty_end(row.texts)])
        if chosen and str(line_in_sheet(row)) == chosen:
            return head
        if len(head.headings) > 1 and head.worth > most:
            best, most = head, head.worth
        if len(head.headings) >= LEAST_WIDTH and (widest is None or len(head.headings) > len(widest.headings)):
            widest = head
    return best or widest


def line_in_sheet(row: RawRow) -> int:
    return row.line % LineOfSheet.LINES_OF_A_SHEET


def table_of(rows: list[RawRow], head: Head, answers: Answers, mapping: Mapping | None = None) -> Table:
    """The Table of `rows`, which are not empty, below its `head`. Raises Unreadable.

    Where the head is not ours the `mapping` says what its columns are; Unmapped asks for it.
    """
    below = rows[head.at + 1 :]
    if len(below) > MOST_ROWS:
        refuse_too_many()
    table = Table(head.columns, [], head_line=int(head.row.line))
    keys = keys_of([heading.text for heading in head.headings])
    guess = None
    if mapping is None and head.is_ours(below):
        _say_where_the_head_is(table, rows, head)
        _say_what_was_read_as_ours(table, head)
    else:
        guess = _guess(keys, head, below)
        _say_where_the_head_is(table, rows, head)
    used = mapping or guess
    if guess and mapping:
        used = Mapping(guess.rules | mapping.rules, mapping.for_all)
    below = _without_another_table(table, below, answers, head)
    below = _without_what_is_no_case(table, below, answers, head if used else None)
    below = _without_hidden(table, below, answers)
    columns = {at: _target(used, keys, at, heading) for at, heading in enumerate(head.headings)}
    takes_stored = _ask_about_formulas(table, below, columns, answers)
    table.sketch = _sketch(rows, head, keys, below, used or _of_our_head(keys, head), mapping)
    table.sketch["reading"] = [_which_head(rows, head, answers).as_json()]
    if guess and (mapping is None or mapping.missing(keys)):
        raise Unmapped(table.questions, table.sketch)
    table.above = [row.texts for row in rows[: head.at + 1]]
    table.raw = {row.line: row.texts for row in below}
    table.places = {column: at for at, column in columns.items() if column in COLUMNS}
    width = len(head.headings)
    if used is None:
        places = {at: heading for at, heading in enumerate(head.headings) if heading.column}
        table.rows = [_row(row, places, width, takes_stored) for row in below]
    else:
        table.columns, table.makes_refs = used.columns(keys), "ref" not in used.columns(keys)
        table.columns = ["ref", *table.columns] if table.makes_refs else table.columns
        table.rows = _mapped_rows(below, keys, used, takes_stored, table.columns)
    return table


def _guess(keys, head, below):
    """What the columns probably are; where they have no title, one is made of what tells the rows apart."""
    columns = [_texts_of(below, at, MOST_VALUES) for at in range(len(keys))]
    mapping = guesses.guess(keys, [heading.text for heading in head.headings], columns)
    column, text = guesses.title_of(mapping, dict(zip(keys, columns, strict=True)))
    if text:
        mapping.for_all[column] = text
    return mapping


def _of_our_head(keys, head):
    return Mapping({
        key: Rule(heading.column or LEAVE_OUT, heading.unit) for key, heading in zip(keys, head.headings, strict=True)
    })  # fmt: skip


def _texts_of(rows, at, most):
    """The first `most` different texts of a column."""
    found = {}
    for row in rows:
        if _has(row, at):
            found[row.texts[at].strip()] = None
            if len(found) == most:
                break
    return list(found)


def _which_head(rows, head, answers):
    """The line of the head as a question that has an answer."""
    options = [
        (str(line_in_sheet(row)), f"{line_in_sheet(row)}: {_in_short(row)}") for row in rows[:LINES_TO_SEARCH]
        if len(without_empty_end(row.texts)) > 1
    ]  # fmt: skip
    question = ask(answers, "head", _("Line of the column names"), options, must=False)
    question.chosen = [str(line_in_sheet(head.row))]
    return question


def _in_short(row):
    return printable(" | ".join(" ".join(text.split()) for text in row.texts if text.strip()), 80)


def _target(mapping, keys, at, heading):
    if mapping is None:
        return heading.column
    to = mapping.rules[keys[at]].to
    return None if to == LEAVE_OUT else to


def _sketch(rows, head, keys, below, used, mapping):
    """What the page of the mapping shows of the file: its first lines, and each column with what is said of it."""
    columns = []
    for at, (key, heading) in enumerate(zip(keys, head.headings, strict=True)):
        counts = Counter(row.texts[at].strip() for row in below if _has(row, at))
        is_legend = len(counts) <= MOST_VALUES and all(len(text) <= LONGEST_VALUE for text in counts)
        columns.append({
            "key": key, "heading": printable(" ".join(heading.text.split()), 100), "filled": counts.total(),
            "samples": [printable(text, 60) for text in list(counts)[:MOST_SAMPLES]],
            "values": [[printable(text), count] for text, count in counts.items()] if is_legend else [],
            "is_new": bool(mapping) and key not in mapping.rules,
        })  # fmt: skip
    return {
        "columns": columns,
        "mapping": used.as_json(),
        "head_line": line_in_sheet(head.row),
        "above": [printable(row.first_text, 300) for row in rows[: head.at]],
        "rows": len(below),
        "lines": [
            [line_in_sheet(row), [printable(" ".join(text.split()), 40) for text in row.texts[:CELLS_OF_PREVIEW]]]
            for row in rows[:LINES_OF_PREVIEW]
        ],
    }


def _say_where_the_head_is(table, rows, head):
    if head.at:
        above = ", ".join(f"“{printable(row.first_text)}”" for row in rows[: head.at])
        note = _("The column names are in line %(line)s. The lines above it were not read: %(texts)s.")
        table.notes.append(note % {"line": head.row.line, "texts": above})


def _say_what_was_read_as_ours(table, head):
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


def _without_another_table(table, below, answers, head):
    """`below` down to a line that names other columns: what stands under them is not of this table."""
    at = next((at for at, row in enumerate(below) if _names_other_columns(row, head)), None)
    if at is None:
        return below
    text = _("Line %(line)s names other columns: %(names)s. What is below it does not fit the first column names.")
    names = {"line": below[at].line, "names": _in_short(below[at])}
    options = [(LEAVE_OUT, _("Leave out this line and all below it")), (KEEP, _("Read them as cases"))]
    question = ask(answers, "second_head", text % names, options)
    table.questions.append(question)
    return below if question.chosen == [KEEP] else below[:at]


def _names_other_columns(row, head):
    texts = [text for text in row.texts if text.strip()]
    if len(texts) < LEAST_WIDTH or any(guesses.guessed_name(text) is None for text in texts[:2]):
        return False
    names = [guesses.guessed_heading(text).column for text in texts]
    named = [name for name in names if name]
    return len(named) > len(names) / 2 and len(set(named)) >= LEAST_WIDTH and set(named) != set(head.guessed)


def _without_what_is_no_case(table, below, answers, mapped_head):
    """`below` without the rows that look like totals, signatures, notes or the head again, unless they are kept."""
    kinds = {
        "total": [row for row in below if looks_like_total(row.first_text)],
        "signature": [row for row in below if looks_like_signature(row.first_text)],
    }
    if mapped_head:
        alone = [row for row in below if sum(bool(text.strip()) for text in row.texts) == 1]
        names = [heading.text.split() for heading in mapped_head.headings]
        kinds["note"] = [row for row in alone if looks_like_note(row.first_text)]
        kinds["head"] = [row for row in below if [text.split() for text in row.texts[: len(names)]] == names]
        known = {id(row) for rows in kinds.values() for row in rows}
        kinds["lone"] = [row for row in alone if len(names) >= LEAST_WIDTH and id(row) not in known]
    texts = [_looks_like(kind, rows) for kind, rows in kinds.items() if rows]
    if not texts:
        return below
    options = [(LEAVE_OUT, _("Leave these lines out")), (KEEP, _("Read them as cases"))]
    question = ask(answers, "totals", " ".join(texts), options)
    table.questions.append(question)
    if question.chosen == [KEEP]:
        return below
    no_cases = {id(row) for rows in kinds.values() for row in rows}
    return [row for row in below if id(row) not in no_cases]


def _looks_like(kind, rows):
    """Why these rows are probably no cases."""
    why = {
        "total": ngettext("Line %(lines)s looks like a total.", "Lines %(lines)s look like totals.", len(rows)),
        "signature": ngettext(
            "Line %(lines)s looks like a signature line.", "Lines %(lines)s look like signature lines.", len(rows)
        ),
        "note": ngettext("Line %(lines)s looks like a note.", "Lines %(lines)s look like notes.", len(rows)),
        "head": ngettext(
            "Line %(lines)s repeats the column names.", "Lines %(lines)s repeat the column names.", len(rows)
        ),
        "lone": ngettext(
            "Line %(lines)s has a single cell, like a title.", "Lines %(lines)s have a single cell, like titles.",
            len(rows),
        ),
    }  # fmt: skip
    return why[kind] % {"lines": lines_of(rows)}


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


def _ask_about_formulas(table, below, columns, answers):
    """Whether the stored values of formulas are taken. Without an answer each formula is an error of its row."""
    cells = [
        f"{name} ({printable(value, 30)})"
        for row in below for at, (name, value) in row.formulas.items() if columns.get(at) and value
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
    _add_remarks(row, raw, {at: heading.column for at, heading in places.items()})
    return row


def _add_remarks(row, raw, columns):
    """Add to a row what its file says about its cells: `columns` of ours by their places."""
    for at, why in raw.problems:
        if at in columns:
            row.problems.append((columns[at], row.cells.get(columns[at], ""), why))
    for at, shown in raw.echoes:
        if at in columns:
            row.echoes.append((columns[at], shown, row.cells.get(columns[at], "")))


def _mapped_rows(below, keys, mapping, takes_stored, columns):
    """The rows of a sheet that is not ours, read by its mapping. Cells of a row that it does not have are empty."""
    rows, above = [], {}
    targets = {at: rule.to for at, key in enumerate(keys) if (rule := mapping.rules[key]).to != LEAVE_OUT}
    ours = {at: name for at, name in targets.items() if name in COLUMNS}
    for raw in below:
        row = SheetRow(raw.line, dict.fromkeys(columns, ""))
        texts = {}
        for at, name in targets.items():
            text = raw.texts[at] if at < len(raw.texts) else ""
            if at in raw.formulas:
                text = _value_of_formula(row, raw, at, name, text, takes_stored)
            texts[keys[at]] = text
        as_written, above = texts, written_out(texts, above)
        for at, name in ours.items():
            mapping.read_into(row, name, keys[at], as_written[keys[at]], above[keys[at]])
        mapping.complete(row, above)
        _add_remarks(row, raw, ours)
        rows.append(row)
    return rows


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
        makes_refs=first.makes_refs,
        sketch=first.sketch,
        above=first.above,
        raw={line: _in_order_of(first, table, texts) for _name, table in tables for line, texts in table.raw.items()},
        places=first.places,
    )


def _in_order_of(first, table, texts):
    """The texts of a row as the columns of the `first` sheet stand, where another sheet has another order."""
    if table.places == first.places:
        return texts
    at = {first.places[column]: place for column, place in table.places.items()}
    return [texts[at[place]] if place in at and at[place] < len(texts) else "" for place in range(max(at) + 1)]


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
