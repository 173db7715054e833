"""What people write into a cell to say nothing: —, /, n/a, 不详; and 无, nil, tiada, which may also say "none"."""

import re
import unicodedata
from functools import lru_cache

from cases.files.columns import COLUMNS

_DASHES = re.compile(r"[-‐‑‒–—―−－─/／\\]+|\.{2,}|…+|·+")
_NOT_STATED = {
    "n/a", "n.a.", "na", "unknown", "not known", "not stated", "not available", "not applicable", "tbd", "null",
    "不详", "未知", "不明", "未公布", "未说明", "未统计", "无法统计", "待查", "不适用", "暂缺", "缺",
    "tidak diketahui", "tidak dinyatakan", "tidak berkaitan", "t/b",
}  # fmt: skip
_NONE = {"无", "無", "没有", "暂无", "nil", "none", "no", "nihil", "tiada", "tidak ada", "零"}
# Where "none" is a fact of its own, and how the sheet writes it.
NONE_IS = {"arrests": "0", "premises": "0", "rigs_seized": "0", "electricity_theft": "false"}
# Here words are words, or a code: NA is Namibia, "no" is false.
_ONLY_DASHES = {
    "title_en", "title_zh", "source_publisher", "source_title", "source_url", "country", "admin1_code", "region_code",
    "part_of", "counts_in_totals",
}  # fmt: skip
NOT_SAID, NONE = "not_said", "none"


def placeholder(column: str, text: str) -> str:
    """NOT_SAID or NONE if `text` says nothing else in this column; "" for every other text."""
    return "" if column == "ref" or len(text) > 30 else _placeholder(column, text)


@lru_cache(maxsize=10_000)  # the same cells come in row after row
def _placeholder(column, text):
    folded = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    if _DASHES.fullmatch(folded):
        return NOT_SAID
    if column in _ONLY_DASHES or folded in COLUMNS[column].codes:
        return ""
    if folded in _NONE:
        # The column of yes and no reads "no" itself.
        return "" if column == "electricity_theft" and folded == "no" else NONE if column in NONE_IS else NOT_SAID
    return NOT_SAID if folded in _NOT_STATED else ""
