"""New cases, foreign regions, former references and doubts."""

import pytest

from cases.imports import run
from cases.models import Case, Reason
from cases.tests.builders import make_case, make_citation
from regions.models import Agency
from regions.tests.builders import make_agency, make_person, make_policy, make_region

from .tables import bring_in, bytes_of_new_row, change, check, new_row, receive


def test_a_new_case_has_its_rows_and_is_not_published(region):
    make_citation(make_case(region=region), text="Rule 7", policy=make_policy(ref="seven"))
    make_agency(name_en="Police")
    bring_in(new_row(
        rigs_seized="约192", rig_models="S9 (136); T2 (56)", agencies="Police", legal_basis="Rule 7", fine_amount="10",
        fine_currency="CNY", loss_amount="RM1.43 million", locality="A yard", source_title="Found",
    ))  # fmt: skip
    case = Case.objects.for_page().get(ref="a-1")
    assert (case.published, case.rigs, case.rigs_qualifier, case.place) == (False, 192, "about", "A yard")
    assert [(line.models_as_published, line.count) for line in case.raids.get().seizures.all()] == [
        ("S9", 136),
        ("T2", 56),
    ]
    assert [(citation.text, citation.policy.ref) for citation in case.citations.all()] == [("Rule 7", "seven")]
    assert [str(source) for source in case.sources.all()] == ["A paper: Found"]
    assert [figure.as_published for figure in case.figures.all()] == ["RM1.43 million"]


def test_unknown_bodies_are_made_only_if_that_is_asked_for(region):
    assert [problem.column for problem in check(new_row(agencies="A new bureau")).errors] == ["agencies"]
    bring_in(new_row(agencies="A new bureau; 某局"), makes_agencies=True)
    assert set(Agency.objects.values_list("name_en", "name_zh", "kind")) == {
        ("A new bureau", "", "other"), ("某局", "某局", "other"),
    }  # fmt: skip


def test_a_row_of_another_region_is_an_error_and_says_nothing_of_hidden_cases(region):
    home = make_region(code="HO")
    make_case(ref="hidden", region=region, title_en="Secret")
    make_case(ref="public", region=region, published=True)
    officer = make_person("add_import", "view_case", "add_case", "change_case", regions=[home])
    for table, problem in [
        (new_row(), "Exland is not one of your regions"),
        (new_row(ref="hidden", region_code="HO"), "This reference cannot be used"),
        (change("public", title_en="Mine now"), "Exland is not one of your regions"),
        (change("public", region_code="HO"), "Exland is not one of your regions"),
    ]:
        [found] = check(table, officer).errors
        assert problem in found.problem
        assert "Secret" not in str(found)
    assert check(new_row(region_code="HO"), officer).errors == []
    reader = make_person("add_import", "view_case", "change_case", regions=[home])
    assert "not enter new ones" in check(new_row(region_code="HO"), reader).errors[0].problem


def test_a_former_reference_cannot_be_used_again(region):
    make_case(ref="now", former_refs=["a-1"])
    [found] = check(new_row()).errors
    assert (found.column, found.right) == ("ref", "a different reference")


def test_what_looks_wrong_needs_a_reason_that_is_kept(region):
    the_import = receive(bytes_of_new_row(site_type="residential", rigs_seized="5000"))
    run.dry_run(the_import, run.Everywhere())
    assert (the_import.report["errors"], the_import.report["first_doubts"][0][2]) == (0, "count_for_site")
    with pytest.raises(run.Refused, match="Give a reason why"):
        run.carry_out(the_import, run.Everywhere())
    assert not Case.objects.exists()
    run.carry_out(the_import, run.Everywhere(), reason="A whole street of houses.")
    stored_reason = Reason.objects.get()
    assert (stored_reason.case.ref, stored_reason.rule, stored_reason.reason) == (
        "a-1",
        "count_for_site",
        "A whole street of houses.",
    )


def test_a_row_that_looks_like_a_case_that_is_there_is_a_doubt(region):
    make_case(ref="there", region=region, title_en="Hundred rigs in a barn near Ordos", occurred_on="2021-05-20",
              latitude=40.1, longitude=107.1, location_precision="site")  # fmt: skip
    point = {"latitude": "40.1", "longitude": "107.1", "location_precision": "site"}
    report = check(new_row(title_en="Hundred rigs in a barn near Ordos", **point))
    assert [(doubt.rule, "there" in doubt.text) for doubt in report.doubts if doubt.rule == "twin"] == [("twin", True)]
    assert report.twins[0][1] == "there"


def test_a_nul_byte_in_a_reference_is_said_at_its_row_and_column(region):
    """“Something unforeseen” says neither."""
    the_import = receive(bytes_of_new_row(ref="a\0b"), by=make_person("add_case", everywhere=True))
    report = run.dry_run(the_import, run.Everywhere())
    assert [(problem.line, problem.column) for problem in report.errors] == [(2, "ref")]
    assert "U+0000" in report.errors[0].problem
    the_import.refresh_from_db()
    assert the_import.state == "checked"
