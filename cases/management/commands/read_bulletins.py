import json
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from cases.bulletins import reader
from cases.bulletins.gazetteer import Gazetteer
from cases.bulletins.score import Score


class Command(BaseCommand):
    help = "Read bulletins, a JSON object a line with ref, language, published and text: prints the facts of each."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--score", action="store_true", help="where the lines carry facts: say how many of them were read rightly"
        )
        parser.add_argument("--mistakes", action="store_true", help="with --score, list what was read wrongly")

    def handle(self, *, file, score, mistakes, **options):
        gazetteer, scored = Gazetteer.of_record(), Score()
        for number, line in _lines(file):
            text, published, ref = line.get("text"), line.get("published"), line.get("ref")
            try:
                day = date.fromisoformat(published) if published else None
            except (TypeError, ValueError) as problem:
                raise CommandError(f"Line {number}: “published” is no date like 2021-09-25.") from problem
            if not isinstance(text, str):
                raise CommandError(f"Line {number} has no “text”.")
            bulletin = reader.read_bulletin(text, published=day, gazetteer=gazetteer)
            if score and isinstance(line.get("facts"), dict | list):
                scored.add(ref, line["facts"], bulletin.cases)
            if not score:
                read = {"ref": ref, "cases": [case.as_json() for case in bulletin.cases]}
                self.stdout.write(json.dumps(read, ensure_ascii=False))
        if score:
            self._say(scored, mistakes)

    def _say(self, scored, mistakes):
        self.stdout.write(f"{'field':26}{'right':>7}{'wrong':>7}{'missed':>8}{'precision':>11}{'recall':>8}")
        for key, right, wrong, missed, precision, recall in scored.rows():
            self.stdout.write(f"{key:26}{right:>7}{wrong:>7}{missed:>8}{_share(precision):>11}{_share(recall):>8}")
        self.stdout.write(
            f"Of the values marked as certain, {_share(scored.certain_share)} are right: "
            f"{scored.certain_right} of {scored.certain_right + scored.certain_wrong}."
        )
        for key, found in scored.mistakes.items() if mistakes else ():
            for ref, expected, read in found:
                self.stdout.write(f"{key} {ref}: expected {expected!r}, read {read!r}")


def _lines(file):
    """(number, object) of every line. Raises CommandError."""
    try:
        with file.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    try:
                        found = json.loads(line)
                    except (json.JSONDecodeError, RecursionError) as problem:
                        raise CommandError(f"Line {number} of {file} is no JSON.") from problem
                    if not isinstance(found, dict):
                        raise CommandError(f"Line {number} of {file} is no JSON object.")
                    yield number, found
    except (OSError, UnicodeDecodeError) as problem:
        raise CommandError(f"{file} cannot be read: {problem}") from problem


def _share(value):
    return "-" if value is None else f"{value:.3f}"
