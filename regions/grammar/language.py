"""The record is kept in two languages; the reader sees one."""

from functools import cache

from django.utils.translation import get_language


def reads_chinese():
    return (get_language() or "").startswith("zh")


def in_reading_language(english, chinese):
    """The text in the reader's language; the other one where that is missing."""
    return (chinese or english) if reads_chinese() else (english or chinese)


def in_other_language(english, chinese):
    """The same text in the other script, or "" where there is none."""
    shown = in_reading_language(english, chinese)
    return next((text for text in (english, chinese) if text and text != shown), "")


def simplified(text):
    """`text` with traditional Chinese characters as simplified ones, so that 內蒙古 and 内蒙古 are one."""
    return _converter().convert(text)


@cache
def _converter():
    import opencc  # reads its dictionaries from disk: not at start-up

    return opencc.OpenCC("t2s")
