"""Errors that are corrected on the page of an import."""

import io

import openpyxl
import pytest
from django.urls import reverse

from cases.models import Case, Import
from cases.tests.builders import make_import

from .tables import HEAD, ROW
from .test_page import upload, when_settled


def send(client, address, said):
    """The page after a form with corrections: {(line, column): (text, is it for alike cells)}."""
    errors = Import.objects.get().report["first_errors"]
    form = {}
    for at, (line, _ref, column, *_rest) in enumerate(errors):
        if (line, column) in said:
            text, alike = said[line, column]
            form |= {f"cell_{at}": f"{line} {column}", f"to_{at}": text} | ({f"alike_{at}": "1"} if alike else {})
    client.post(f"{address}mend/", form)
    return when_settled(client, address)


@pytest.mark.django_db(transaction=True)
def test_a_cell_and_all_alike_are_corrected_without_another_upload(client, officer, region):
    client.force_login(officer)
    rows = [
        f"{ROW.replace('a-1', f'a-{number}')},{rigs}" for number, rigs in ((1, "many"), (2, "many"), (3, "7x"), (4, 5))
    ]
    address = upload(client, "\n".join([f"{HEAD},rigs_seized", *rows]).encode()).url
    page = when_settled(client, address)
    assert page.context["report"]["errors"] == 3
    assert "in every cell “many” of this column" in page.content.decode()
    page = send(client, address, {(2, "rigs_seized"): ("-", True), (4, "rigs_seized"): ("7", False)})
    report = page.context["report"]
    assert (report["errors"], report["created"]) == (0, 4)
    assert "Line 2, rigs_seized: many → -" in page.content.decode()
    client.post(f"{address}run/", {"reason": "As counted."})
    assert when_settled(client, address).context["import"].state == "done"
    assert list(Case.objects.order_by("ref").values_list("rigs", flat=True)) == [None, None, 7, 5]


@pytest.mark.django_db(transaction=True)
def test_corrections_can_be_taken_back_and_an_alike_cell_needs_the_word(client, officer, region):
    client.force_login(officer)
    rows = [f"{ROW.replace('a-1', f'a-{number}')},many" for number in (1, 2)]
    address = upload(client, "\n".join([f"{HEAD},rigs_seized", *rows]).encode()).url
    when_settled(client, address)
    assert send(client, address, {(2, "rigs_seized"): ("3", False)}).context["report"]["errors"] == 1
    client.post(f"{address}mend/", {"take_back": "1"})
    report = when_settled(client, address).context["report"]
    assert (report["errors"], report["corrections"]) == (2, [])


@pytest.mark.django_db(transaction=True)
def test_a_cell_that_the_sheet_has_no_column_for_is_corrected_and_other_rows_keep_theirs(client, officer, stored):
    client.force_login(officer)
    head = f"{HEAD},fine_amount"
    rows = [f"{ROW},12.25", "old,Old,2021-05-18,XX,A paper,raid,high,"]
    address = upload(client, "\n".join([head, *rows]).encode()).url
    assert [error[:3] for error in when_settled(client, address).context["report"]["first_errors"]] == [
        [2, "a-1", "fine_currency"]
    ]
    report = send(client, address, {(2, "fine_currency"): ("CNY", False)}).context["report"]
    assert (report["errors"], report["created"], report["removals"]) == (0, 1, 0)


@pytest.mark.django_db(transaction=True)
def test_what_the_list_of_errors_does_not_show_is_not_corrected(client, officer, region):
    client.force_login(officer)
    address = upload(client, f"{HEAD},rigs_seized\n{ROW},many".encode()).url
    when_settled(client, address)
    client.post(f"{address}mend/", {"cell_0": "3 rigs_seized", "to_0": "9", "cell_7": "2 kind", "to_7": "raid"})
    assert when_settled(client, address).context["report"]["corrections"] == []


@pytest.mark.django_db(transaction=True)
def test_the_good_rows_are_imported_and_the_others_come_back_in_the_same_layout(client, officer, region):
    client.force_login(officer)
    rows = [f"{ROW.replace('a-1', f'a-{number}')},{rigs}" for number, rigs in ((1, 3), (2, "=many"), (3, 4))]
    address = upload(client, "\n".join(["A title,,,,,,,", f"{HEAD},查获矿机数（台）", *rows]).encode()).url
    assert "Leave this row out and import the others" in when_settled(client, address).content.decode()
    client.post(f"{address}leave-out/")
    page = when_settled(client, address)
    assert (page.context["report"]["errors"], page.context["report"]["created"]) == (0, 2)
    assert "1 row with errors is not imported (line 4)." in page.content.decode()
    client.post(f"{address}run/")
    assert when_settled(client, address).context["import"].state == "done"
    assert set(Case.objects.values_list("ref", flat=True)) == {"a-1", "a-3"}

    content = b"".join(client.get(f"{address}given-back.xlsx").streaming_content)
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert [cell.value for cell in sheet[2]] == [*HEAD.split(","), "查获矿机数（台）"]
    assert [cell.value for cell in sheet[3]][::7] == ["a-2", "=many"]
    assert (sheet["H3"].data_type, sheet["A3"].comment, sheet.max_row) == ("s", None, 3)
    assert "“=many”" in sheet["H3"].comment.text
    sheet["H3"].value = "5"
    file = io.BytesIO()
    sheet.parent.save(file)
    again = upload(client, file.getvalue(), "given-back.xlsx").url
    assert when_settled(client, again).context["report"]["created"] == 1


@pytest.mark.django_db(transaction=True)
def test_rows_that_were_left_out_are_taken_in_again(client, officer, region):
    client.force_login(officer)
    address = upload(client, f"{HEAD},rigs_seized\n{ROW},many".encode()).url
    when_settled(client, address)
    client.post(f"{address}leave-out/")
    assert when_settled(client, address).context["report"]["rows"] == 0
    client.post(f"{address}leave-out/", {"take_in": "1"})
    assert when_settled(client, address).context["report"]["errors"] == 1


@pytest.mark.django_db
def test_a_report_of_an_earlier_version_is_shown(client, officer, region):
    client.force_login(officer)
    error = [2, "a-1", "rigs_seized", "many", "Not a number.", "1200"]
    the_import = make_import(by=officer, state="checked", report={"rows": 1, "errors": 1, "first_errors": [error]})
    page = client.get(reverse("cases:import-detail", args=[the_import.pk])).content.decode()
    assert "Not a number." in page
    assert 'name="to_0"' not in page
