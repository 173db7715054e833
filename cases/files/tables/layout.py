"""What a sheet of a workbook hides and merges, read beside openpyxl, which does not say it while it streams."""

from dataclasses import dataclass, field
from xml.parsers import expat

from openpyxl.utils.cell import range_boundaries


@dataclass
class Layout:
    """Hidden lines, hidden columns (from 0), and merged cells: {(line, column): the range}, its first cell left out."""

    hidden_lines: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merged: dict[tuple[int, int], str] = field(default_factory=dict)


MOST_MERGED = 200_000  # cells
MOST_COLUMNS = 200


def layout_of(xml: bytes) -> Layout:
    """The Layout of a worksheet part. Raises ValueError where it declares entities, as XML bombs do."""
    layout, parser, line = Layout(), expat.ParserCreate(), 0

    def start(name, attributes):
        nonlocal line
        name = name.rpartition(":")[2]
        if name == "row":
            line = int(attributes.get("r", line + 1))
            if _is_true(attributes.get("hidden")):
                layout.hidden_lines.add(line)
        elif name == "col" and _is_true(attributes.get("hidden")):
            first, last = int(attributes["min"]), min(int(attributes["max"]), MOST_COLUMNS)
            layout.hidden_columns.update(range(first - 1, last))
        elif name == "mergeCell":
            _merge(layout, attributes["ref"])

    def refuse_entities(*_declaration):
        raise ValueError("entities")

    parser.StartElementHandler = start
    parser.EntityDeclHandler = refuse_entities
    parser.Parse(xml, True)
    return layout


def _merge(layout, cells):
    left, top, right, bottom = range_boundaries(cells)
    right = min(right, MOST_COLUMNS)
    if len(layout.merged) + (right - left + 1) * (bottom - top + 1) > MOST_MERGED:
        return
    for line in range(top, bottom + 1):
        for column in range(left - 1, right):
            if (line, column) != (top, left - 1):
                layout.merged[line, column] = cells


def _is_true(text):
    return text in ("1", "true")
