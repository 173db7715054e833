from contextlib import nullcontext
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from cases.actions.working import working_on
from cases.files import readers, sheet_files
from cases.files.tables.mapping import KEEP_IN_NOTE, Rule, known_part
from cases.imports import check, layouts, run
from cases.imports import report as imports_report
from cases.locks import Purpose
from cases.models import SheetLayout

MOST_PRINTED = 50  # errors, unless they go into a file


class Command(BaseCommand):
    help = "Import cases from a CSV or XLSX file, as the page does: every error is listed before anything is written."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="show what it would do, and write nothing")
        parser.add_argument("--user", help="import as this account, with what it may do; without: everywhere")
        parser.add_argument("--reason", default="", help="why what looks wrong stands")
        parser.add_argument("--errors", type=Path, help="write all errors into this CSV file")
        parser.add_argument(
            "--answer", action="append", default=[], metavar="QUESTION=VALUE",
            help="answer a question about the file; can be repeated; the questions are listed where one is open",
        )  # fmt: skip
        parser.add_argument("--layout", help="what the columns are: the name of a layout, or a JSON file from the page")
        parser.add_argument("--make-agencies", action="store_true", help="enter bodies that are not known yet")

    def handle(self, *, file, dry_run, user, reason, errors, answer, layout, make_agencies, verbosity, **options):
        user = self._user(user)
        answers = _answers(answer)
        try:
            content = file.read_bytes()
            mapping, layout = self._layout(layout, user) if layout else (None, None)
            table = readers.read_table(content, file.name, answers, mapping)
        except OSError as problem:
            raise CommandError(f"{problem.strerror}: {file}") from problem
        except readers.Unmapped as problem:
            self._ask(problem.questions)
            unknown = ", ".join(key for key in problem.unmapped)
            raise CommandError(
                f"Nothing was imported: say with --layout NAME or FILE what these are: {unknown}."
            ) from problem
        except readers.Unanswered as problem:
            self._ask(problem.questions)
            raise CommandError("Nothing was imported: answer with --answer QUESTION=VALUE.") from problem
        except readers.Unreadable as problem:
            raise CommandError(str(problem)) from problem
        quiet = verbosity == 0 or not self.stderr.isatty()
        with _bar("checked", quiet) as progress:
            report = check.check_table(table, user, makes_agencies=make_agencies, answers=answers, progress=progress)
        self._say(report, errors)
        self._ask(report.questions)
        if report.open_questions:
            raise CommandError("Nothing was imported: answer with --answer QUESTION=VALUE.")
        if report.errors:
            raise CommandError("Nothing was imported: correct the file and run this again.")
        if dry_run or report.changes_nothing:
            self.stdout.write("Nothing was written." if dry_run else "The record already says what the file says.")
            return
        if report.doubts and not reason.strip():
            raise CommandError("Nothing was imported: say with --reason why what looks wrong stands.")
        the_import = run.receive(
            content, file.name, by=user, makes_agencies=make_agencies, answers=answers, mapping=mapping, layout=layout
        )
        run.keep(the_import, table, report)
        with _bar("imported", quiet) as progress:
            count = self._carry_out(the_import, user, reason, progress)
        self.stdout.write(f"Imported: {count:,} cases; the import is {the_import.pk}.")

    def _layout(self, said, user):
        """(mapping, what the import keeps of the layout) of a JSON file or of the layout with this name."""
        layout = layouts.from_file(Path(said).read_bytes()) if Path(said).is_file() else self._layout_named(said, user)
        mapping, unknown = known_part(layout["mapping"])
        if unknown:
            self.stderr.write(f"  The layout names columns that the record does not have: {', '.join(unknown)}.")
            # Nothing of the sheet is lost: what was read into them is kept in the note.
            left = layout["mapping"]["rules"].keys() - mapping.rules.keys()
            mapping.rules |= {key: Rule(KEEP_IN_NOTE) for key in left}
        if layout.get("number"):
            self.stdout.write(f"layout: {layout['name']}, version {layout['version']}")
            return mapping, {name: layout[name] for name in ("number", "name", "version")}
        return mapping, None

    def _layout_named(self, name, user):
        found = list(SheetLayout.objects.shared_with(user).filter(name=name).newest())
        if not found:
            raise CommandError(f"There is no layout {name!r}, and no such file.")
        if len(found) > 1:
            regions = ", ".join(str(layout.region or "everywhere") for layout in found)
            raise CommandError(f"There are layouts {name!r} of several regions: {regions}. Use a JSON file.")
        return layouts.said_of(found[0]) | {"mapping": found[0].mapping}

    def _carry_out(self, the_import, user, reason, progress_bar):
        def report_progress(done, total):
            progress_bar(done, total)
            progress_on_the_page(done, total)

        with working_on(Purpose.WORK_ON_IMPORT, the_import.pk) as progress_on_the_page:
            run.begin_writing(the_import, reason)
            try:
                return run.carry_out(the_import, user, reason=reason, progress=report_progress)
            except run.Refused as refusal:
                run.give_up(the_import, str(refusal))
                raise CommandError(f"Nothing was imported. {refusal}") from refusal

    def _user(self, name):
        if not name:
            return run.Everywhere()
        user = get_user_model().objects.filter(username=name, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no account {name!r}.")
        if not user.has_perm("cases.add_import"):
            raise CommandError(f"{name} may not import.")
        return user

    def _ask(self, questions):
        for question in questions:
            self.stderr.write(f"  {question.text}")
            for value, label in question.options:
                chosen = " (chosen)" if value in question.chosen else ""
                self.stderr.write(f"    --answer {question.key}={value}: {label}{chosen}")
                for line in question.previews.get(value, ())[:2]:
                    self.stderr.write(f"      {line}")

    def _say(self, report, errors):
        for note in report.notes:
            self.stdout.write(note)
        self.stdout.write(f"rows: {report.rows:,}")
        self.stdout.write(f"new: {len(report.created):,}")
        self.stdout.write(f"changed: {len(report.changed):,}")
        self.stdout.write(f"unchanged: {report.unchanged:,}")
        self.stdout.write(f"errors: {len(report.errors):,}")
        self.stdout.write(f"doubts: {len(report.doubts):,}")
        for doubt in report.doubts[:MOST_PRINTED]:
            self.stdout.write(f"  line {doubt.line}, {doubt.ref}: {doubt.text}")
        if errors:
            errors.write_bytes(sheet_files.csv_of(imports_report.error_rows(report)))
            self.stdout.write(f"all errors: {errors}")
        for problem in report.errors[:MOST_PRINTED]:
            right = f" ({problem.right})" if problem.right else ""
            self.stderr.write(
                f"  line {problem.line}, {problem.column or 'row'}: {problem.value!r}: {problem.problem}{right}"
            )
        if len(report.errors) > MOST_PRINTED and not errors:
            self.stderr.write(f"  … and {len(report.errors) - MOST_PRINTED:,} more: --errors FILE writes all.")


def _answers(pairs):
    answers = {}
    for pair in pairs:
        key, is_there, value = pair.partition("=")
        if not is_there:
            raise CommandError(f"--answer {pair}: write QUESTION=VALUE.")
        answers.setdefault(key, []).append(value)
    return answers


def _bar(what, quiet):
    """`progress(done, total)` as a bar on the terminal."""
    if quiet:
        return nullcontext(lambda done, total: None)
    return _Bar(what)


class _Bar:
    def __init__(self, what):
        self.bar = tqdm(desc=what, unit=" rows", leave=False)

    def __enter__(self):
        return self

    def __call__(self, done, total):
        self.bar.total, self.bar.n = total, done
        self.bar.refresh()

    def __exit__(self, *exc):
        self.bar.close()
