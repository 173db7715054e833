"""The command imports as the page does."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cases.models import Case, Import
from regions.tests.builders import make_person

from .tables import HEAD, ROW, bytes_of_new_row


@pytest.mark.django_db
def test_the_command_imports_as_the_page_does(region, tmp_path):
    path = tmp_path / "cases.csv"
    path.write_bytes(bytes_of_new_row(rigs_seized="1.01万"))
    out = StringIO()
    call_command("import_cases", str(path), "--dry-run", stdout=out)
    assert "new: 1\n" in out.getvalue()
    assert not Case.objects.exists()
    call_command("import_cases", str(path), stdout=out)
    assert Case.objects.get().rigs == 10_100
    assert Import.objects.get().state == "done"
    out = StringIO()
    call_command("import_cases", str(path), stdout=out)
    assert "already says" in out.getvalue()


@pytest.mark.django_db
def test_the_command_lists_errors_and_fails(region, tmp_path):
    path, errors = tmp_path / "cases.csv", tmp_path / "errors.csv"
    path.write_bytes(bytes_of_new_row(rigs_seized="many"))
    err = StringIO()
    with pytest.raises(CommandError, match="Nothing was imported"):
        call_command("import_cases", str(path), "--errors", str(errors), stdout=StringIO(), stderr=err)
    assert "line 2, rigs_seized: 'many'" in err.getvalue()
    assert "rigs_seized" in errors.read_text(encoding="utf-8-sig")
    stranger = make_person("add_import", "add_case", "view_case", username="stranger")
    path.write_bytes(bytes_of_new_row())
    with pytest.raises(CommandError):
        call_command("import_cases", str(path), "--user", stranger.username, stdout=StringIO(), stderr=err)
    assert "Exland is not one of your regions" in err.getvalue()
    assert not Case.objects.exists()


@pytest.mark.django_db
def test_the_command_asks_and_takes_answers(region, tmp_path):
    path, err = tmp_path / "cases.csv", StringIO()
    path.write_bytes(f"{HEAD}\n{ROW}\nTotal,,,,,,".encode())
    with pytest.raises(CommandError, match="--answer"):
        call_command("import_cases", str(path), stdout=StringIO(), stderr=err)
    assert "--answer totals=leave_out" in err.getvalue()
    assert "Line 3 looks like a total." in err.getvalue()
    assert not Case.objects.exists()
    call_command("import_cases", str(path), stdout=StringIO(), stderr=err, answer=["totals=leave_out"])
    assert Case.objects.get().ref == "a-1"
    assert Import.objects.get().report["answers"] == {"totals": ["leave_out"]}


@pytest.mark.django_db
def test_the_command_reads_a_sheet_that_is_not_ours_by_a_layout(region, tmp_path):
    path, layout = tmp_path / "cases.csv", tmp_path / "layout.json"
    path.write_bytes(f"No.,{HEAD}\n1,{ROW}".encode())
    with pytest.raises(CommandError, match="--layout NAME"):
        call_command("import_cases", str(path), stdout=StringIO(), stderr=StringIO())
    layout.write_text("not JSON")
    with pytest.raises(CommandError, match="no JSON"):
        call_command("import_cases", str(path), layout=str(layout), stdout=StringIO(), stderr=StringIO())
    rules = {name: {"to": name} for name in HEAD.split(",")}
    layout.write_text(json.dumps({"rules": rules, "for_all": {}}))
    with pytest.raises(CommandError, match=r"what these are: No\."):
        call_command("import_cases", str(path), layout=str(layout), stdout=StringIO(), stderr=StringIO())
    layout.write_text(json.dumps({"rules": rules | {"No.": {"to": "keep_in_note"}}, "for_all": {"outcome": "Fined"}}))
    call_command("import_cases", str(path), layout=str(layout), stdout=StringIO(), stderr=StringIO())
    case = Case.objects.get(ref="a-1")
    assert (case.note, case.outcome) == ("No.: 1", "Fined")


@pytest.mark.django_db
def test_the_command_does_not_guess_an_encoding(region, tmp_path):
    path, err = tmp_path / "cases.csv", StringIO()
    path.write_bytes(f"{HEAD}\n{ROW.replace('A title', 'Köln')}".encode("cp1252"))
    with pytest.raises(CommandError, match="--answer"):
        call_command("import_cases", str(path), stdout=StringIO(), stderr=err)
    assert "--answer encoding=cp1252" in err.getvalue()
    call_command("import_cases", str(path), stdout=StringIO(), stderr=err, answer=["encoding=cp1252"])
    assert Case.objects.get().title_en == "Köln"
