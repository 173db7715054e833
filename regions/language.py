"""The record is kept in two languages; the reader sees one."""

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
