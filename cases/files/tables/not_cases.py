"""Rows of a table that are no cases: totals, notes, and the lines that people sign."""

import re
import unicodedata

_TOTAL = re.compile(
    r"(?:合计|总计|小计|共计|累计|总数|总和|合计数|(?:grand |sub[- ]?)?totals?|sum"
    r"|jumlah(?: besar| keseluruhan| kecil)?|keseluruhan)(?:[(:].*)?",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(
    r"(?:制表|填表|填报|审核|审批|复核|核对|统计|经办|负责|联系|报送|校对|单位负责|分管领导)(?:单位|部门|人员?|日期|时间|电话|领导)?"
    r"(?:[(（][^)）]*[)）])?\s*[::].*"
    r"|(?:制表|填表|填报|审核|审批|复核|核对|经办|联系|校对)(?:单位|人员?|日期|电话)"
    r"|(?:prepared|checked|approved|verified|reviewed|signed|compiled) (?:by|on)\b.*"
    r"|(?:disediakan|disemak|disahkan|diluluskan|dilaporkan) oleh\b.*"
    r"|(?:signature|tandatangan|签名|签字|盖章)\b.*",
    re.IGNORECASE | re.DOTALL,
)

_NOTE = re.compile(
    r"(?:注|备注|说明|附注|填表说明|数据来源|资料来源|单位|note|notes|remarks?|source|nota|catatan|sumber)\s*\d*\s*[::.].*"
    r"|[*※].*",
    re.IGNORECASE | re.DOTALL,
)


def looks_like_total(text: str) -> bool:
    """Whether the first cell of a row says that the row is a sum."""
    plain = _plain(text)
    return bool(_TOTAL.fullmatch(plain) or _TOTAL.fullmatch(plain.replace(" ", "")))


def looks_like_signature(text: str) -> bool:
    """Whether the first cell of a row says who made the table."""
    return bool(_SIGNATURE.fullmatch(_plain(text)))


def looks_like_note(text: str) -> bool:
    """Whether the only text of a row is a note about the table."""
    return bool(_NOTE.fullmatch(_plain(text)))


def _plain(text):
    return " ".join(unicodedata.normalize("NFKC", text).split())
