"""Text of a cell: what a message may show and what a workbook can hold."""

import re
import unicodedata


def printable(text, longest=60):
    """`text` as it may stand in a message: nothing that cannot be seen, and not the whole of a novel."""
    text = "".join(character if unicodedata.category(character)[0] != "C" else "�" for character in text)
    return text if len(text) <= longest else f"{text[:longest]}…"


LONGEST_TEXT = 32_767  # of a cell, in UTF-16 units

# What XML 1.0 cannot carry. A reader makes a line feed of \r, so we do.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def cell_text(text):
    """`text` as a cell has it: what XML cannot carry is left out, and what is too long."""
    if len(text) > LONGEST_TEXT // 2:
        text = _cut(text)
    return UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _cut(text):
    """As much of `text` as a cell holds, with an ellipsis where something is left out."""
    units = text.encode("utf-16-le", "ignore")
    if len(units) <= LONGEST_TEXT * 2:
        return text
    return units[: (LONGEST_TEXT - 1) * 2].decode("utf-16-le", "ignore") + "…"
