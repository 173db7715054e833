"""Text of a cell: what a message may show, and what a workbook can contain."""

import re
import unicodedata

LONGEST_TEXT = 32_767  # of a cell, in UTF-16 units

# What XML 1.0 cannot carry. A reader makes a line feed of \r, so we do.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def printable(text: str, longest: int = 60) -> str:
    """`text` as a message may show it: without invisible characters, and not longer than `longest`."""
    text = "".join(character if unicodedata.category(character)[0] != "C" else "�" for character in text)
    return text if len(text) <= longest else f"{text[:longest]}…"


def cell_text(text: str) -> str:
    """`text` as a cell of a workbook: without what XML cannot contain, and cut at the limit."""
    if len(text) > LONGEST_TEXT // 2:
        text = _cut(text)
    return UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _cut(text):
    """As much of `text` as a cell can contain, with an ellipsis if something is left out."""
    units = text.encode("utf-16-le", "ignore")
    if len(units) <= LONGEST_TEXT * 2:
        return text
    return units[: (LONGEST_TEXT - 1) * 2].decode("utf-16-le", "ignore") + "…"
