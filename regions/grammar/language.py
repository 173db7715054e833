"""The record has texts in two languages; the reader sees the text of their own."""

from functools import cache

from django.utils.translation import get_language


def reads_chinese() -> bool:
    return (get_language() or "").startswith("zh")


def in_reading_language(english: str, chinese: str) -> str:
    """The text in the reader's language; where it is missing, the text in the other."""
    return (chinese or english) if reads_chinese() else (english or chinese)


def in_other_language(english: str, chinese: str) -> str:
    """The same text in the other script, or "" where there is none."""
    shown = in_reading_language(english, chinese)
    return next((text for text in (english, chinese) if text and text != shown), "")


def simplified(text: str) -> str:
    """`text` with simplified for traditional Chinese characters, so that 內蒙古 equals 内蒙古."""
    return _converter().convert(text)


@cache
def _converter():
    import opencc  # reads its dictionaries from disk: not at start-up

    return opencc.OpenCC("t2s")
