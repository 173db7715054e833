"""What `check_record` finds; each fault is made in a record that is whole."""

import os
from hashlib import sha256
from io import StringIO
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from cases.actions.summing import sum_up
from cases.models import Case
from cases.tests.builders import make_case, make_document, make_raid, make_rig, make_seizure
from cases.tests.owner import as_owner
from enforcement.upkeep import record_check
from regions.tests.builders import make_agency, make_region

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(record_check, "documents_dir", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def document(folder):
    """The one document of a case that is whole."""
    case = make_case(region=make_region(code="CN-NM"), ref="a-1")
    case.agencies.set([make_agency()])
    make_seizure(make_raid(case, raided_on="2021-05-18"), rig=make_rig(power_w=1000), count=100)
    sum_up(Case.objects.all())
    content = os.urandom(700)
    digest = sha256(content).hexdigest()
    made = make_document(case, file=f"{digest[:2]}/{digest}", sha256=digest, size_bytes=700)
    (folder / digest[:2]).mkdir()
    (folder / made.file.name).write_bytes(content)
    return made


def by_the_owner(statement):
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_a_record_that_is_whole_is_said_to_be_and_stays_as_it_is(document, tmp_path):
    before = Case.objects.values().get()
    told = StringIO()
    call_command("check_record", head=tmp_path / "heads", stdout=told, verbosity=0)
    assert "All is whole" in told.getvalue()
    assert "have no seal yet" in told.getvalue()
    assert Case.objects.values().get() == before


def test_who_writes_need_not_wait_for_it(document):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")  # which nothing that locks a row is
        assert [*record_check.faults()] == []
        transaction.set_rollback(True)


def test_every_bit_that_turned_in_a_document_is_found(document, folder, request):
    """A thousand with --full."""
    path, chance = folder / document.file.name, Random(18)  # noqa: S311
    content = path.read_bytes()
    for _each in range(1000 if request.config.getoption("--full") else 20):
        changed = bytearray(content)
        changed[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        faults = [*record_check._documents(record_check.Steps())]
        assert faults == [f"Document {document.file.name} is not as it came"]
    path.write_bytes(content[:-1])
    assert len([*record_check._documents(record_check.Steps())]) == 1
    path.unlink()
    assert [*record_check._documents(record_check.Steps())] == [f"Document {document.file.name} is missing"]


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE cases_case SET rigs = rigs + 1", "Case a-1: rigs not as calculated"),
        ("UPDATE cases_case SET words = ''", "Case a-1: words not as calculated"),
        (
            "INSERT INTO cases_opendoubt (case_id, rule) SELECT id, 'many_arrests' FROM cases_case",
            "Case a-1: doubts not as calculated",
        ),
        ("DELETE FROM regions_agency", "break cases_case_agencies_agency_id"),
        ("UPDATE cases_raid SET note = 'x'", "cases_raidevent: event"),
    ],
)
def test_what_is_changed_past_the_triggers_is_named(document, statement, fault, tmp_path):
    with transaction.atomic():
        by_the_owner(statement)
        told = StringIO()
        with pytest.raises(CommandError, match="not whole"):
            call_command("check_record", head=tmp_path / "heads", stderr=told, stdout=StringIO(), verbosity=0)
        assert fault in told.getvalue()
        transaction.set_rollback(True)


def test_a_trigger_that_is_gone_or_disabled_is_named(document):
    for statement in (
        "ALTER TABLE cases_raid DISABLE TRIGGER USER",
        "DROP TRIGGER pgtrigger_append_only_{} ON cases_documentlook",
    ):
        with as_owner(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = 'cases_documentlook'::regclass")
            cursor.execute(statement.format(cursor.fetchone()[0].rpartition("_")[2]))
            named = [*record_check._triggers()]
            assert named
            assert all("is not there, or not as it was made" in sentence for sentence in named)
            transaction.set_rollback(True)
