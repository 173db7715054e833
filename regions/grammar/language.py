"""The record has texts in two languages; the reader sees the text of their own, Chinese in the script of their choice.

The record keeps its Chinese in simplified characters. Who reads Traditional Chinese gets each text converted as it is
shown. OpenCC's `s2tw` converts the characters and keeps the words: what an agency or a law is called is not ours to
change. `s2twp` changes words too: 工業和資訊化部 for 工业和信息化部, 發改執行 for 发改运行. `s2hk` has 説 and 户, which
only Hong Kong writes; `s2t` has 爲 and 覈, which nobody does. What still comes out wrong is in `traditional.csv`.
"""

import csv
import re
from functools import cache, lru_cache
from pathlib import Path

from django.utils.translation import get_language, pgettext

SIMPLIFIED, TRADITIONAL = "zh-hans", "zh-hant"
EXCEPTIONS = Path(__file__).parent / "traditional.csv"


def reads_chinese() -> bool:
    return (get_language() or "").startswith("zh")


def in_readers_script(chinese: str) -> str:
    """A Chinese text of the record or of ours, in traditional characters for who reads those."""
    return _into_readers_script()(chinese)


def _into_readers_script():
    """What `in_readers_script` does: for many texts the reader's language is looked up once."""
    return in_traditional if get_language() == TRADITIONAL else lambda chinese: chinese


def in_reading_language(english: str, chinese: str) -> str:
    """The text in the reader's language; where it is missing, the text in the other."""
    return all_in_reading_language([(english, chinese)])[0]


def all_in_reading_language(texts):
    """The same of many (English, Chinese), a list."""
    if not reads_chinese():
        return [english or chinese for english, chinese in texts]
    in_script = _into_readers_script()
    return [in_script(chinese) or english for english, chinese in texts]


def in_other_language(english: str, chinese: str) -> str:
    """The same text in the other language, or "" where there is none."""
    shown, other = (chinese, english) if reads_chinese() else (english, chinese)
    return other if shown and shown != other else ""


def language_tag() -> str:
    """The language of the page, as HTML and Unicode write it: en, zh-Hans, zh-Hant."""
    language, _, script = (get_language() or "en").partition("-")
    return f"{language}-{script.title()}" if script else language


def tag_of_other(text: str) -> str:
    """The language of a text that stays as it is written: "en" or "zh-Hans"; "" where it is that of the page."""
    is_chinese = bool(re.search("[\u3400-\u9fff]", text))
    if not reads_chinese():
        return "zh-Hans" if is_chinese else ""
    if not is_chinese:
        return "en"
    return "" if in_readers_script(text) == text else "zh-Hans"


def simplified(text: str) -> str:
    """`text` with simplified for traditional Chinese characters, so that 內蒙古 equals 内蒙古."""
    return _converter("t2s").convert(text)


@lru_cache(maxsize=8_192)
def in_traditional(text: str) -> str:
    """`text` with traditional for simplified Chinese characters; the words stay, except those in `traditional.csv`."""
    if not text:
        return ""
    return _with(exceptions("everywhere"), text)


@lru_cache(maxsize=8_192)
def interface_in_traditional(text: str) -> str:
    """A text of the interface, where also the words of computers are those of who reads it: 登入 for 登录."""
    return _with(exceptions("interface") | exceptions("everywhere"), text)


@cache
def exceptions(where: str) -> dict[str, str]:
    """{simplified: traditional} of what the dictionaries of OpenCC do not write as our readers do."""
    with EXCEPTIONS.open(encoding="utf-8", newline="") as file:
        return {row["simplified"]: row["traditional"] for row in csv.DictReader(file) if row["where"] == where}


def _with(own, text):
    """`text` converted, its parts that are keys of `own` by `own`, the longest first."""
    longest_first = sorted(own, key=len, reverse=True)
    parts = re.split(f"({'|'.join(map(re.escape, longest_first))})", text) if own else [text]
    return "".join(own.get(part) or _converter("s2tw").convert(part) for part in parts)


@cache
def _converter(direction):
    import opencc  # reads its dictionaries from disk: not at start-up

    return opencc.OpenCC(direction)


def between_sentences() -> str:
    """What stands between two sentences: Chinese has no blank after a full stop."""
    return "" if reads_chinese() else " "


def listed(texts) -> str:
    """Several texts as a list in a sentence, with the separator of the language."""
    return pgettext("between items of a list", ", ").join(str(text) for text in texts)
