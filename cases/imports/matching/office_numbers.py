"""The office numbers of a file: the cases that have them, and those that cannot be used."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from cases.bulk import batches
from cases.files.text import printable
from cases.models import OfficeNumber

from ..cells import Problem, ReadRow, agency_name
from ..report import Report

Given = tuple[str, str]  # an office number, and the name of the agency that gave it


def given_in(row: ReadRow) -> list[Given]:
    return [(number, agency_name(body)) for number, body in row.numbers]


def cases_with(numbers: Iterable[Given], cases=None) -> dict[Given, str]:
    """{number: the reference of its case} of those of `numbers` that a case has, or one of `cases`."""
    wanted, found = set(numbers), {}
    stored = OfficeNumber.objects.order_by()
    if cases is not None:
        stored = stored.filter(case__in=cases.order_by().values("pk"))
    for batch in batches(sorted({number for number, _agency in wanted})):
        rows = stored.filter(number__in=batch).values_list("number", "agency__name_en", "case__ref")
        found |= {(number, agency): ref for number, agency, ref in rows if (number, agency) in wanted}
    return found


def numbered_by(refs: Iterable[str]) -> dict[str, set[str]]:
    """{reference of a case: the names of the agencies that gave it a number}."""
    found = {}
    for batch in batches(refs):
        rows = OfficeNumber.objects.order_by().filter(case__ref__in=batch).values_list("case__ref", "agency__name_en")
        for ref, agency in rows:
            found.setdefault(ref, set()).add(agency)
    return found


def refuse_taken_numbers(report: Report) -> None:
    """Report the numbers that another row or another case has: whose it is would tell of cases that nobody may see."""
    rows = [*report.created, *(change.read_row for change in report.changed if "office_number" in change.groups)]
    taken = cases_with(given for row in rows for given in given_in(row))
    lines = {}
    for row in sorted(rows, key=lambda row: row.line):
        for given in given_in(row):
            if lines.setdefault(given, row.line) != row.line:
                why = _("Line %(line)s has the same number.") % {"line": lines[given]}
            elif taken.get(given, row.cells["ref"]) != row.cells["ref"]:
                why = _("This number cannot be used: this agency gave it to another case.")
            else:
                continue
            value = printable(given[0])
            report.errors.append(Problem(row.line, "office_number", value, why, _("a different number")))
