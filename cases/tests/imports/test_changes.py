"""What a row changes in the record, and what stays."""

import pytest

from cases.imports import run, write
from cases.models import Case
from cases.tests.builders import make_figure, make_seizure
from regions.models import Source
from regions.tests.builders import make_policy, make_source

from .tables import bring_in, change, check


def cells_changed(report):
    return [cell for change in report.changed for cell in change.cells]


def test_only_cells_that_differ_are_changed(stored):
    report = check(change("old", title_en="New", note="A note", arrests="4.0", agencies="公安局", loss_amount="¥100"))
    assert report.errors == []
    assert cells_changed(report) == [("title_en", "Old", "New")]
    before = Case.objects.filter(pk=stored.pk).values().get()
    write.write_report(report, run.Everywhere())
    after = Case.objects.filter(pk=stored.pk).values().get()
    assert {name for name in after if after[name] != before[name]} == {"title_en", "words", "changed_at"}


def test_an_absent_column_is_not_said_and_an_empty_cell_is_a_removal(stored):
    report = check(change("old", arrests="", loss_amount="", loss_currency="", loss_basis=""))
    assert cells_changed(report) == [
        ("arrests", "4", ""), ("loss_amount", "100", ""), ("loss_currency", "CNY", ""), ("loss_basis", "total", ""),
    ]  # fmt: skip
    write.write_report(report, run.Everywhere())
    stored.refresh_from_db()
    assert (stored.arrests, stored.note, stored.loss_amount, stored.figures.count()) == (None, "A note", None, 0)


def test_a_change_reaches_the_rows_below_and_keeps_what_the_sheet_cannot_say(stored):
    make_policy(title_en="Notice 1283", ref="notice-1283")
    bring_in(change(
        "old", occurred_on="2021-06", date_precision="", rigs_seized="1.5万", rigs_qualifier="", rig_kind="asic",
        loss_amount="20万", agencies="Police", legal_basis="Notice 1283; An old rule", fine_amount="500",
        fine_currency="CNY", source_publisher="Another paper", locality="A yard",
    ))  # fmt: skip
    case = Case.objects.for_page().get(ref="old")
    raid, figure = case.raids.get(), case.figures.get()
    line = raid.seizures.get()
    assert (raid.raided_on.isoformat(), raid.date_precision, raid.visits, raid.note) == (
        "2021-06-01", "month", 3, "Three visits",
    )  # fmt: skip
    assert (line.count, line.count_as_published, line.qualifier, line.kind) == (15_000, "1.5万", "exact", "asic")
    assert (figure.amount, figure.as_published, figure.note) == (200_000, "20万", "As the court has it")
    assert {(citation.text, citation.policy.ref if citation.policy else "") for citation in case.citations.all()} == {
        ("Notice 1283", "notice-1283"), ("An old rule", ""),
    }  # fmt: skip
    assert [source.publisher for source in case.sources.all()] == ["Another paper"]
    assert Source.objects.filter(publisher="A paper").exists()
    assert (case.rigs, case.loss_amount, case.place) == (15_000, 200_000, "A yard")
    assert [(sanction.kind, sanction.amount) for sanction in case.sanctions.all()] == [("fine", 500)]


@pytest.mark.parametrize(
    ("add_rows", "cells", "why"),
    [
        (lambda case: make_seizure(case.raids.get(), count=2), {"rigs_seized": "7"}, "2 seizure lines"),
        (
            lambda case: make_figure(case, quantity="loss", amount=7, currency="USD"),
            {"loss_amount": "7"},
            "2 such figures",
        ),
        (lambda case: case.sources.add(make_source()), {"source_publisher": "X"}, "2 sources"),
    ],
)
def test_what_would_have_to_guess_which_of_several_is_refused(stored, add_rows, cells, why):
    add_rows(stored)
    assert check(change("old", title_en="New")).errors == []
    [problem] = check(change("old", **cells)).errors
    assert why in problem.problem
    assert "page of the case" in problem.right
