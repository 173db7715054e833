"""Cells of a file that can mean two things, and that one answer settles for the whole file."""

from django.utils.translation import gettext as _

from cases.files.tables.placeholders import NONE_IS
from cases.files.tables.questions import Answers, FileQuestion, ask
from cases.files.text import printable

ZERO, NOT_STATED = "none", "not_stated"
FIRST, SECOND = "first", "second"
EXAMPLES = 5


class OpenCells:
    """Collects the cells that can mean two things, and says which meaning the officer chose.

    Without an answer such a cell is an error of its row, so the questions need not stop the import.
    """

    def __init__(self, answers: Answers):
        self.answers = answers
        self.seen = {}  # {key: {text: its readings}}

    def is_none(self, column: str, text: str) -> bool | None:
        """Whether 无 in `column` says "none", and not "not stated"; None if nobody has said so."""
        answer = self._answer(f"none_{column}", text, None)
        return None if answer is None else answer == ZERO

    def reading(self, key: str, text: str, readings: tuple[str, str]) -> str:
        """The chosen of two `readings` of a text; the text itself, which is then refused, if none is chosen."""
        answer = self._answer(key, text, readings)
        return {FIRST: readings[0], SECOND: readings[1]}.get(answer, text)

    def _answer(self, key, text, readings):
        texts = self.seen.setdefault(key, {})
        if len(texts) < EXAMPLES:
            texts[text] = readings
        given = [value for value in self.answers.get(key, ()) if value in (ZERO, NOT_STATED, FIRST, SECOND)]
        return given[0] if given else None

    def questions(self) -> list[FileQuestion]:
        return [self._question(key, texts) for key, texts in self.seen.items()]

    def _question(self, key, texts):
        named = ", ".join(f"“{printable(text, 40)}”" for text in texts)
        if key.startswith("none_"):
            column = key.removeprefix("none_")
            text = _("In the column “%(column)s”, what does %(texts)s mean?") % {"column": column, "texts": named}
            options = [(ZERO, NONE_IS[column]), (NOT_STATED, _("not stated"))]
            return ask(self.answers, key, text, options, must=False)
        text = {
            "dots": _("How are numbers like %(texts)s meant?"),
            "dates": _("How are dates like %(texts)s meant?"),
        }[key] % {"texts": named}
        example, readings = next(iter(texts.items()))
        options = [(value, f"{example} = {read}") for value, read in zip((FIRST, SECOND), readings, strict=True)]
        return ask(self.answers, key, text, options, must=False)
