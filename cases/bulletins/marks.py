"""The text of a bulletin for the page: its words marked, and beside each field the words it was filled from."""

from typing import NamedTuple

from .facts import Certainty

BEFORE, AFTER = 1_500, 3_000  # characters that are shown around the words of a case


class TextPiece(NamedTuple):
    """A stretch of the text; `mark` says that something was read there, and where in the form it is."""

    text: str
    mark: str = ""
    certainty: str = ""
    field: str = ""


class FieldWords(NamedTuple):
    """The words that a field was filled from."""

    text: str
    mark: str
    certainty: Certainty


def words_of_fields(text: str, read_from: list[dict]) -> dict[str, FieldWords]:
    """{html name of a field: the words that it was filled from}."""
    return {
        part["name"]: FieldWords(text[part["start"] : part["end"]], _mark(part), Certainty(part["certainty"]))
        for part in read_from
    }


def text_with_marks(text: str, read_from: list[dict]) -> list[TextPiece]:
    """The pieces of the text around what was read, in order. Of words that overlap, the first are marked."""
    parts = sorted(read_from, key=lambda part: (part["start"], -part["end"]))
    if not parts:
        return [TextPiece(text[:AFTER])]
    begins = max(0, parts[0]["start"] - BEFORE)
    ends = min(len(text), max(part["end"] for part in parts) + AFTER)
    pieces, at = [TextPiece("… ")] if begins else [], begins
    for part in parts:
        if part["start"] < at:
            continue
        if part["start"] > at:
            pieces.append(TextPiece(text[at : part["start"]]))
        pieces.append(
            TextPiece(text[part["start"] : part["end"]], _mark(part), part["certainty"], f"id_{part['name']}")
        )
        at = part["end"]
    pieces.append(TextPiece(text[at:ends]))
    return [*pieces, TextPiece(" …")] if ends < len(text) else pieces


def _mark(part):
    return f"read-at-{part['start']}"
