"""Text of a CSV file: safe in a spreadsheet, and the same when it comes back."""

import io
import re
from csv import writer as csv_writer

BETWEEN = "; "
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
QUOTE = '"'
SPECIAL = re.compile('[,"\r\n]')  # what only a cell in quotes can hold

# What a spreadsheet may take for the beginning of a formula: also full-width, small, raised and lowered signs.
SIGNS = "=+-@|%＝＋－＠｜％﹦﹢﹣﹫﹪⁼⁺⁻₌₊₋−﬩⩵⩶"
# Whatever is not seen before them: blanks, and all characters that Unicode calls controls or formats.
BLANKS = (
    r"\s\x00-\x20\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    r"\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f"
)
DANGEROUS = re.compile(rf"'*(?:[\t\r\n]|[{BLANKS}]*[{re.escape(SIGNS)}])")


def defused(text: str) -> str:
    """`text` with an apostrophe before it where a spreadsheet might run it; `undefused` removes it."""
    return f"'{text}" if DANGEROUS.match(text) else text


def undefused(text: str) -> str:
    """The text that was `defused`."""
    return text[1:] if text.startswith("'") and DANGEROUS.match(text) else text


def quoted(text: str) -> str:
    """`text` as csv.writer writes it: in quotes where it needs them."""
    return f'"{text.replace(QUOTE, 2 * QUOTE)}"' if SPECIAL.search(text) else text


def csv_lines(rows) -> bytes:
    text = io.StringIO(newline="")
    csv_writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def as_csv(column):
    """The function that makes a CSV cell of a value that was read; None if csv.writer does it."""
    if column.many:
        return lambda texts: defused(in_one_cell(texts))
    if column.datatype == "boolean":
        return {True: "true", False: "false"}.get
    if column.labels or column.datatype != "string":
        return None
    risky = DANGEROUS.match
    return lambda text: f"'{text}" if text and risky(text) else text


def csv_cell(column, empty):
    """The function that writes a value that was read as a cell of CSV, as csv.writer does."""
    if column.datatype in ("integer", "number"):
        return lambda value: empty if value is None else str(value)
    return after(as_csv(column), lambda text: quoted(text) if text else empty)


def in_one_cell(texts):
    """The members of a list as one text. "; " inside a member becomes ", ", so that the text can be split again."""
    if len(texts) < 2:
        return texts[0] if texts else ""
    return BETWEEN.join(text.replace(BETWEEN, ", ") for text in texts) if any(texts) else ""


def after(first, then):
    """The function that does both, of which each may be None."""
    return (lambda value: then(first(value))) if first and then else first or then
