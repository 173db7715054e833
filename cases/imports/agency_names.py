"""The agencies that a cell names, however people separate them, and the office numbers that they gave."""

import re
from collections.abc import Callable, Iterator

from django.utils.translation import gettext as _

from cases.files.text import printable
from cases.models.number import LONGEST_NUMBER

MOST_PIECES_OF_A_NAME = 5


def split_list(text: str) -> list[str]:
    """The members of a list in a cell."""
    return [part.strip() for part in re.split("[;；]", text) if part.strip()]


def names_of_agencies(text: str, is_known: Callable[[str], object]) -> Iterator[str]:
    """The names in a cell. ; and 、 separate; so do commas and lines if all parts are known. A whole name wins."""
    for part in split_list(text):
        if is_known(part):
            yield part
            continue
        pieces = [piece.strip() for piece in re.split(r"[、,，\n/]", part) if piece.strip()]
        if all(map(is_known, pieces)):
            yield from pieces
        elif "、" in part:
            yield from _longest_known([piece.strip() for piece in part.split("、") if piece.strip()], is_known)
        else:
            yield part


def office_numbers_of(row, agencies_in: Callable, agencies) -> list[tuple[str, object]]:
    """[(office number, the agency that gave it)] of a row; [] where it is wrong, which the row then says.

    `agencies_in(row, column)` reads the agencies of a cell. An agency alone gave all of them; where none is named, it
    is the only agency of the case.
    """
    numbers, column = split_list(row.cells["office_number"]), "office_number_agency"
    for number in numbers:
        if len(number) > LONGEST_NUMBER:
            why = _("“%(text)s” has more than %(most)s characters.")
            row.wrong("office_number", why % {"text": printable(number), "most": LONGEST_NUMBER})
    if not numbers:
        if row.cells[column]:
            row.wrong(column, _("There is no office number, so this cell must be empty."), _("an empty cell"))
        return []
    if row.cells[column]:
        bodies = list(agencies_in(row, column))
    else:
        named = [agencies.named(name, row.region) for name in split_list(row.cells["agencies"])]
        bodies = row.agencies or list(filter(None, named))
    bodies = bodies * len(numbers) if len(bodies) == 1 else bodies
    if len(bodies) == len(numbers):
        return list(dict.fromkeys(zip(numbers, bodies, strict=True)))
    if not {"agencies", column} & {problem.column for problem in row.problems}:
        why = _("It is not clear which agency gave this number.")
        row.wrong(column, why, _("one agency for each number, or one for all"))
    return []


def _longest_known(pieces, is_known):
    """`pieces`, and together those that are a name of the record: 公安局、检察院联合办公室."""
    at = 0
    while at < len(pieces):
        ends = range(min(len(pieces), at + MOST_PIECES_OF_A_NAME), at + 1, -1)
        end = next((end for end in ends if is_known("、".join(pieces[at:end]))), at + 1)
        yield "、".join(pieces[at:end])
        at = end
