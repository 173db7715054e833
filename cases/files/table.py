"""A table that somebody filled in: its columns in our names, and its rows as texts with the numbers of their lines."""

import unicodedata
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .columns import COLUMNS
from .text import printable

MOST_ROWS = 50_000
SEPARATORS = {",": "“,”", ";": "“;”", "\t": gettext_lazy("tabs"), "，": "“，”"}


class Unreadable(Exception):
    """This file cannot be read as a table of cases; the message says why."""


@dataclass
class SheetRow:
    """One row: its line in the file, its cells by column, and what is wrong with it as a row."""

    line: int
    cells: dict[str, str]
    problems: list[tuple[str, str, str]] = field(default_factory=list)  # (column, value, problem)


@dataclass
class Table:
    """What a file holds: the columns that its header names, in our names, and its rows that are not empty."""

    columns: list[str]
    rows: list[SheetRow]
    encoding: str = ""
    separator: str = ""


def columns_named_by(header: list[str], separator: str) -> list[str]:
    """Our names of the columns that `header` names, in either language. Raises Unreadable."""
    names = [(title, known_name(title)) for title in header]
    unknown = [title for title, name in names if name is None]
    if len(header) < 2 or len(unknown) == len(names):
        why = _(
            "The first row has none of our column names. It has %(count)s columns, separated by "
            "%(separator)s. Use the template."
        )
        raise Unreadable(why % {"count": len(header), "separator": SEPARATORS[separator]})
    found = [name for _title, name in names if name]
    twice = sorted({name for name in found if found.count(name) > 1})
    problems = []
    if twice:
        problems.append(_("These columns appear more than once: %(names)s.") % {"names": ", ".join(twice)})
    problems += [_unknown_column(title) for title in unknown]
    if "ref" not in found:
        problems.append(_("The column “ref” (编号) is missing. It identifies the case."))
    if problems:
        raise Unreadable(" ".join(problems))
    return found


def known_name(text: str) -> str | None:
    """Our name of a column that somebody names in either language."""
    return _names().get(_key(text))


@cache
def _names():
    return {_key(name): column.name for column in COLUMNS.values() for name in (column.name, column.title_zh)}


def _key(text):
    return "_".join(unicodedata.normalize("NFKC", text).strip().casefold().replace("-", " ").replace("_", " ").split())


def _unknown_column(text):
    near = get_close_matches(_key(text), list(_names()), 1, cutoff=0.5)
    if not text.strip():
        return _("A column has no name.")
    if near:
        return _("There is no column “%(name)s”. Did you mean “%(near)s”?") % {
            "name": printable(text), "near": _names()[near[0]],
        }  # fmt: skip
    return _("There is no column “%(name)s”.") % {"name": printable(text)}


def row_of(line: int, texts: list[str], columns: list[str]) -> SheetRow:
    texts = texts if len(texts) <= len(columns) else without_empty_end(texts, len(columns))
    row = SheetRow(line, dict.fromkeys(columns, "") | dict(zip(columns, texts, strict=False)))
    if len(texts) != len(columns):
        why = _("The row has %(cells)s cells, but the header has %(columns)s.")
        row.problems.append(("", "", why % {"cells": len(texts), "columns": len(columns)}))
    return row


def without_empty_end(texts, least=0):
    texts = list(texts)
    while len(texts) > least and not texts[-1].strip():
        texts.pop()
    return texts


def refuse_too_many(rows: list[SheetRow]) -> None:
    """Raise Unreadable if no row may follow these."""
    if len(rows) == MOST_ROWS:
        raise Unreadable(
            _("The file has more than %(most)s rows. Split it into several files.") % {"most": f"{MOST_ROWS:,}"}
        )
