"""The references of rows that come without one: of the case that a row is, or a new one."""

from datetime import date
from hashlib import sha256

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.actions.saving import stem_of_ref
from cases.bulk import batches
from cases.files.columns import COLUMNS
from cases.files.table import Table
from cases.models import Case
from regions.grammar.keys import UNMISTAKABLE

from ..cells import Reader
from ..report import Report
from .office_numbers import cases_with, given_in, numbered_by

LENGTH_OF_ENDING = 4


def give_references(table: Table, reader: Reader, user, report: Report) -> None:
    """Write into each row the reference of its case, or a new one as the entry page makes them.

    A row is the case of the record that has its office number; without one, a case that has its title, its day and its
    region: so a sheet that comes again with more rows doubles nothing. The ending of a new reference follows from the
    row: the check and the import make the same.
    """
    read = {row.line: _read(reader, row) for row in table.rows}
    numbers = {row.line: _numbers(reader, row) for row in table.rows if row.cells.get("office_number", "").strip()}
    by_number = cases_with(
        [given for found in numbers.values() for given in found], Case.objects.visible_to(user).telling_where()
    )
    by_name = _cases_by_name([key for keys, _stem in read.values() for key in keys], user)
    others = numbered_by({ref for refs in by_name.values() for ref in refs}) if numbers else {}
    pending, taken = [], set()
    for row in table.rows:
        given = numbers.get(row.line, [])
        ref = next((by_number[number] for number in given if number in by_number), "")
        why = _("%(ref)s: the same office number")
        if not ref:
            # Of the same title, but with another number of the same agency, it is another case.
            agencies = {agency for _number, agency in given}
            named = (ref for key in read[row.line][0] for ref in by_name[key] if not agencies & others.get(ref, set()))
            ref = next((ref for ref in named if ref not in taken and ref not in by_number.values()), "")
            why = _("%(ref)s: the same title, day and region")
        if ref and ref not in taken:
            taken.add(ref)
            row.cells["ref"] = ref
            row.echoes.append(("ref", "", why % {"ref": ref}))
        else:
            pending.append(row)
    found = len(table.rows) - len(pending)
    while pending:
        for row in pending:
            row.cells["ref"] = _new_ref(row, read[row.line][1], taken)
            taken.add(row.cells["ref"])
        used = _used([row.cells["ref"] for row in pending])
        pending = [row for row in pending if row.cells["ref"] in used]
    report.notes.append(
        ngettext(
            "The sheet has no references: %(found)s of its %(count)s row is a case of the record, by office number or "
            "by title, day and region.",
            "The sheet has no references: %(found)s of its %(count)s rows are cases of the record, by office number or "
            "by title, day and region.",
            len(table.rows),
        )
        % {"found": found, "count": len(table.rows)}
    )


def _read(reader, row):
    """(what the row may be known by, the beginning of its reference)."""
    cells = dict.fromkeys(COLUMNS, "") | row.cells
    read = reader.read(row.line, cells, {"region", "day"})
    if read.problems or read.region is None:
        return [], "case"
    day, precision = read.cells["occurred_on"], read.cells["date_precision"]
    keys = [
        (read.region.pk, day, precision, title)
        for name in ("title_zh", "title_en") if (title := row.cells.get(name, "").strip())
    ]  # fmt: skip
    return keys, stem_of_ref(read.region, date.fromisoformat(day), precision)


def _numbers(reader, row):
    cells = dict.fromkeys(COLUMNS, "") | row.cells
    return given_in(reader.read(row.line, cells, {"region", "agencies", "office_number"}))


def _cases_by_name(keys, user):
    """{(region, day, precision, title): the references of its cases, the oldest first}."""
    wanted, found = set(keys), {key: [] for key in keys}
    fields = ("region_id", "occurred_on", "date_precision", "title_zh", "title_en", "ref")
    for batch in batches(sorted({key[1] for key in wanted})):
        cases = Case.objects.visible_to(user).filter(occurred_on__in=batch).order_by("pk").values_list(*fields)
        for region, day, precision, title_zh, title_en, ref in cases:
            for title in {title_zh, title_en}:
                if (key := (region, day.isoformat(), precision, title)) in wanted:
                    found[key].append(ref)
    return found


def _new_ref(row, stem, taken):
    said, number = "\x1f".join([str(row.line), *row.cells.values()]), 0
    while True:
        digest = sha256(f"{said}{number}".encode(errors="replace")).digest()
        ref = f"{stem}-{''.join(UNMISTAKABLE[byte % len(UNMISTAKABLE)] for byte in digest[:LENGTH_OF_ENDING])}"
        if ref not in taken:
            return ref
        number += 1


def _used(refs):
    """Those of `refs` that a case has or had."""
    found = set()
    for batch in batches(refs):
        found |= set(Case.objects.filter(ref__in=batch).values_list("ref", flat=True))
        for former in Case.objects.once_called(*batch).values_list("former_refs", flat=True):
            found |= set(former)
    return found
