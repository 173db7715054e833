"""The agencies that a cell names, however people separate them."""

import re
from collections.abc import Callable, Iterator

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


def _longest_known(pieces, is_known):
    """`pieces`, and together those that are a name of the record: 公安局、检察院联合办公室."""
    at = 0
    while at < len(pieces):
        ends = range(min(len(pieces), at + MOST_PIECES_OF_A_NAME), at + 1, -1)
        end = next((end for end in ends if is_known("、".join(pieces[at:end]))), at + 1)
        yield "、".join(pieces[at:end])
        at = end
