"""Cells of a file that an officer corrected on the page of its import; the file itself stays as it came."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from cases.files.columns import COLUMNS
from cases.files.table import Table
from cases.files.text import printable

LONGEST = 2_000


@dataclass(frozen=True)
class Correction:
    """A cell that becomes another text: that of a line, or with `alike` each cell of the column with the same text."""

    line: str
    column: str
    was: str  # as the list of errors shows it
    becomes: str
    alike: bool = False

    def as_json(self) -> dict:
        return asdict(self)


def corrections_in(form, errors: Sequence[Sequence]) -> list[Correction]:
    """What a form says about `errors`, which are rows of the list on the page: only of cells that it was shown."""
    found = []
    for at, (line, _ref, column, was, *_rest) in enumerate(errors):
        becomes = form.get(f"to_{at}", "").strip()[:LONGEST]
        if becomes and form.get(f"cell_{at}") == f"{line} {column}" and column in COLUMNS:
            found.append(Correction(str(line), column, was, becomes, alike=form.get(f"alike_{at}") == "1"))
    return found


def correct(table: Table, kept: Sequence[dict]) -> None:
    """Write into the rows of `table` what was corrected, in the order in which it was said."""
    for correction in [Correction(**said) for said in kept]:
        column = correction.column
        for row in table.rows:
            text = row.cells.get(column, "")
            is_meant = str(row.line) == correction.line
            if is_meant or (correction.alike and printable(text.strip(), 200) == correction.was):
                row.cells[column] = correction.becomes
                row.problems = [problem for problem in row.problems if problem[0] != column]
                row.echoes.append((column, printable(text, 200), correction.becomes))
                if column not in table.columns:
                    table.columns.append(column)
