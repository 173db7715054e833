"""What a file leaves open. The page of the import asks it, the officer answers, and the file is read again.

Answers are {key of a question: the chosen values}, as the page sends them and the Import keeps them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Answers = Mapping[str, Sequence[str]]


class Unreadable(Exception):
    """This file cannot be read as a table of cases; the message says why, `questions` what else could be chosen."""

    questions: "list[FileQuestion]" = ()
    sketch: dict | None = None  # of what the file has, for the page of its mapping


@dataclass
class FileQuestion:
    """A question about a file: its `options` are (value, label); `previews` show what a value would make of the file.

    While a question that `must` be answered is open, nothing is imported.
    """

    key: str
    text: str
    options: list[tuple[str, str]]
    chosen: list[str] = field(default_factory=list)
    many: bool = False  # several options can be chosen
    must: bool = True
    previews: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.must and not self.chosen

    def as_json(self) -> dict:
        options = [
            {"value": value, "label": str(label), "chosen": value in self.chosen, "preview": self.previews.get(value)}
            for value, label in self.options
        ]
        return {"key": self.key, "text": self.text, "options": options, "many": self.many, "open": self.is_open}


class Unanswered(Unreadable):
    """The file cannot be read before these questions are answered."""

    def __init__(self, questions: list[FileQuestion]):
        super().__init__(" ".join(question.text for question in questions))
        self.questions = questions


class Unmapped(Unanswered):
    """Nobody has said yet which columns of ours the columns of the file are; `sketch` says what it has."""

    def __init__(self, questions: list[FileQuestion], sketch: dict):
        super().__init__(questions)
        self.sketch = sketch

    @property
    def unmapped(self) -> list[str]:
        """The columns about which nothing is said."""
        columns = self.sketch["columns"]
        return [column["key"] for column in columns if column["is_new"]] or [column["key"] for column in columns]


def ask(answers: Answers, key: str, text: str, options: list[tuple[str, str]], **how) -> FileQuestion:
    """The FileQuestion with what `answers` already say about it; values that are no option of it are ignored."""
    values = [value for value, _label in options]
    chosen = [value for value in answers.get(key, ()) if value in values]
    return FileQuestion(key, text, options, chosen if how.get("many") else chosen[:1], **how)
