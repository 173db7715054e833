"""All or nothing, and the way back."""

from unittest.mock import patch

import pytest

from cases.actions import summing
from cases.files import sheet, sheet_files
from cases.history import changes as history
from cases.history import undo
from cases.imports import run
from cases.models import Case, Seizure
from regions.models import Source
from regions.tests.builders import make_person

from .tables import bytes_of_new_row, receive


def test_an_import_is_taken_back_as_one(stored):
    content = sheet_files.csv_of([
        ["ref", "title_en", "occurred_on", "region_code", "source_publisher", "kind", "confidence", "rigs_seized"],
        ["old", "New", "2021-05-18", "XX", "A paper", "raid", "high", "7"],
        ["a-1", "A", "2021-05-19", "XX", "A new paper", "raid", "high", "9"],
    ])  # fmt: skip
    the_import = receive(content)
    run.dry_run(the_import, run.Everywhere())
    before = list(sheet.sheet_rows(Case.objects.visible_to(run.Everywhere()), run.Everywhere()))
    assert run.carry_out(the_import, run.Everywhere(), reason="So it is.") == 2
    assert Case.objects.get(ref="old").rigs == 7
    change = history.changes_of(stored.pk)[0]
    assert (change.verb, change.author, change.key) == ("import", "import_cases", str(the_import.change))
    undo.undo(the_import.change, by=make_person("change_case", "publish_case", everywhere=True), reason="A mistake.")
    assert list(sheet.sheet_rows(Case.objects.visible_to(run.Everywhere()), run.Everywhere())) == before
    assert not Case.objects.filter(ref="a-1").exists()
    assert not Source.objects.filter(publisher="A new paper").exists()
    the_import.refresh_from_db()
    assert the_import.state == "undone"


def test_what_a_colleague_changed_meanwhile_is_not_overwritten(stored):
    content = sheet_files.csv_of([["ref", "title_en", "note"], ["old", "New", "A note"]])
    the_import = receive(content)
    run.dry_run(the_import, run.Everywhere())
    Case.objects.filter(ref="old").update(note="A colleague's note")
    with pytest.raises(run.Refused, match="line 2") as refusal:
        run.carry_out(the_import, run.Everywhere())
    assert refusal.value.lines == [2]
    stored.refresh_from_db()
    assert (stored.title_en, stored.note) == ("Old", "A colleague's note")
    # Without the comparison the colleague's note would be gone.
    with patch.object(run, "_refuse_unless_as_seen"):
        run.carry_out(the_import, run.Everywhere())
    stored.refresh_from_db()
    assert stored.note == "A note"


def test_what_the_database_refuses_leaves_nothing_behind(region):
    the_import = receive(bytes_of_new_row())
    run.dry_run(the_import, run.Everywhere())

    def too_much(cases):
        Seizure.objects.create(raid_id=10**9)

    with patch.object(summing, "sum_up", too_much), pytest.raises(run.Refused, match="does not accept"):
        run.carry_out(the_import, run.Everywhere())
    assert not Case.objects.exists()
    assert not Source.objects.exists()


def test_the_same_import_is_not_written_twice(region):
    the_import = receive(bytes_of_new_row())
    run.dry_run(the_import, run.Everywhere())
    run.carry_out(the_import, run.Everywhere())
    with pytest.raises(run.Refused, match="Already imported"):
        run.carry_out(the_import, run.Everywhere())
