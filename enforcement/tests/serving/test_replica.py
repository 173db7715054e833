"""Reading from a replica, a real standby: everybody reads what was saved, whatever becomes of either server."""

import os
import re
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path
from unittest import mock

import psycopg2
import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.test import Client

from cases.columns.keeper import Keeper
from cases.models import Case
from cases.models.intake import ImportState
from cases.tests.builders import make_case, make_import
from cases.tests.columns.asking import asking_first
from cases.views import cases as views
from enforcement import postgres, rights
from enforcement.serving import metrics
from enforcement.serving import replica as serving
from enforcement.tests import clusters
from enforcement.workshop.standby import Standby
from regions.tests.builders import make_person, make_region

pytestmark = pytest.mark.skipif(not settings.EMBEDDED_POSTGRES, reason="DATABASE_URL names another server")

SUMS = "/cases/totals.json"


@pytest.fixture(scope="module")
def servers(django_db_blocker):
    """(primary, standby), which this thread is connected to instead of the database of the tests."""
    with tempfile.TemporaryDirectory(prefix="replica-") as folder, django_db_blocker.unblock():
        os.chmod(folder, 0o755)  # noqa: S103 - root's stand-in must be able to come in
        primary = postgres.Cluster(Path(folder) / "primary")
        primary.data_dir.mkdir()
        clusters.copy(settings.DATA_DIR, primary.data_dir)
        with (primary.home / "postgresql.conf").open("a") as configuration:
            configuration.write("fsync = off\n")
        primary.start()
        standby = Standby(Path(folder) / "standby", primary)
        standby.start()
        usual = connections["default"]
        ours = {
            alias: connections.settings["default"] | postgres.address(server.data_dir, rights.APPLICATION)
            for alias, server in (("default", primary), ("replica", standby))
        }
        with mock.patch.dict(connections.settings, ours):
            del connections["default"]
            yield primary, standby
            for alias in ours:
                connections[alias].close()
        del connections["replica"]
        connections["default"] = usual
        standby.stop()
        primary.stop()


@pytest.fixture(autouse=True)
def knows_nothing_yet(servers, monkeypatch):
    monkeypatch.setattr(serving, "replica", serving.Replica())
    monkeypatch.setattr(serving, "LATER", 0.3)
    yield
    assert connection.alias == "default"


def told(address=SUMS, client=None, status=200):
    """(which database the answer is of, the answer)."""
    response = (client or Client()).get(address)
    assert response.status_code == status, response.content
    return response.wsgi_request.read_from, response


def count_of_cases(client=None):
    database, response = told(client=client)
    return database, response.json()["cases"]


def until_the_replica_answers(address=SUMS, client=None):
    ends = time.monotonic() + 20
    while told(address, client)[0] != "replica":
        assert time.monotonic() < ends, serving.replica.state
        time.sleep(0.05)


@contextmanager
def asking(server):
    """A cursor of the owner of a server."""
    place = postgres.address(server.data_dir)
    with closing(psycopg2.connect(host=place["HOST"], user=place["USER"], dbname=place["NAME"])) as link:
        link.autocommit = True
        yield link.cursor()


def counted(name):
    """What /metrics says of the replica."""
    return float(re.search(rf'^{name}{{database="replica"}} (\S+)$', metrics.as_text()[0].decode(), re.MULTILINE)[1])


def publish():
    return make_case(published=True, region=make_region())


def test_what_was_saved_is_in_the_next_answer_of_the_replica(servers):
    until_the_replica_answers()
    databases, before = [], Case.objects.filter(published=True).count()
    for number in range(1, 16):
        case = publish()
        database, count = count_of_cases()
        assert count == before + number
        databases.append(database)
        Case.objects.filter(pk=case.pk).update(title_en=f"Another {number}")
        assert f"Another {number}" in told(f"/cases/{case.ref}/")[1].text
    assert databases.count("replica") > 5, databases


def test_what_is_half_done_keeps_nobody_from_the_replica(servers):
    """A log that is written on shows nothing new: others go on reading from the replica, also what is kept."""
    until_the_replica_answers("/cases/")
    with asking(servers[0]) as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS filler (text text)")
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO filler VALUES ('')")
        until_the_replica_answers("/cases/")
        with mock.patch.object(views, "Selection", wraps=views.Selection) as made:
            for number in range(20):
                cursor.execute("INSERT INTO filler SELECT repeat('x', 1000) FROM generate_series(1, %s)", [number])
                assert told("/cases/")[0] == "replica"
        assert not made.called
        cursor.execute("ROLLBACK")


def test_a_replica_that_lags_is_passed_over_and_comes_back(servers):
    until_the_replica_answers()
    with asking(servers[1]) as cursor:
        cursor.execute("SELECT pg_wal_replay_pause()")
        try:
            before = Case.objects.filter(published=True).count()
            publish()
            assert count_of_cases() == ("primary", before + 1)
            assert re.search(r"\nreplica: passed over, \d+ bytes behind\n", told("/readyz")[1].text)
            assert counted("enforcement_behind_bytes") > 0
        finally:
            cursor.execute("SELECT pg_wal_replay_resume()")
    until_the_replica_answers()
    reads = counted("enforcement_reads_total")
    assert count_of_cases() == ("replica", before + 1)
    assert counted("enforcement_reads_total") == reads + 1
    assert "\nreplica: answers\n" in told("/readyz")[1].text


def test_a_replica_that_is_gone_is_passed_over_and_comes_back(servers):
    until_the_replica_answers()
    servers[1].stop()
    try:
        assert [told()[0] for _turn in range(3)] == ["primary"] * 3
        assert serving.replica.state == "away"
        before = count_of_cases()[1]
        publish()
    finally:
        servers[1].start()
    until_the_replica_answers()
    assert count_of_cases() == ("replica", before + 1)


def lost(primary, standby):
    with asking(standby) as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    Case.objects.exists()


def in_the_way(primary, standby):
    """What is replayed, such as a lock of a migration, waits for nobody here."""
    ends = time.monotonic() + 20
    with asking(standby) as cursor, asking(primary) as migration, transaction.atomic():
        cursor.execute("ALTER SYSTEM SET max_standby_streaming_delay = 0")
        cursor.execute("SELECT pg_reload_conf()")
        Case.objects.exists()
        migration.execute("BEGIN; LOCK TABLE cases_case IN ACCESS EXCLUSIVE MODE; COMMIT")
        while time.monotonic() < ends:
            Case.objects.exists()
            time.sleep(0.01)


@pytest.mark.parametrize("break_off", [lost, in_the_way])
def test_what_the_replica_breaks_off_the_primary_answers_anew(servers, break_off, caplog):
    until_the_replica_answers()
    case, selection = publish(), views.Selection

    def broken_off(*arguments):
        if connection.alias == "replica":
            break_off(*servers)
        return selection(*arguments)

    with mock.patch.object(views, "Selection", broken_off):
        database, response = told("/cases/")
        assert (database, case.title_en in response.text) == ("primary", True)
    assert {record.name for record in caplog.records} <= {"enforcement.serving.replica", "enforcement.serving.timing"}
    until_the_replica_answers()


def test_what_writes_is_answered_by_the_primary(servers, caplog):
    """The first page that somebody opens after a login notes it in their session."""
    client = Client()
    client.force_login(make_person("view_case"))
    until_the_replica_answers()
    assert told("/cases/", client)[0] == "primary"
    assert client.session["renewed_at"]
    until_the_replica_answers("/cases/", client)
    assert not caplog.records


def test_what_only_the_primary_knows_it_says(servers):
    client, officer = Client(), make_person(is_superuser=True)
    client.force_login(officer)
    told("/cases/", client)
    the_import = make_import(by=officer, state=ImportState.CHECKING)
    address = f"/cases/import/{the_import.pk}/"
    with asking(servers[0]) as cursor:
        cursor.execute("SELECT set_config('application_name', %s, false)", [f"import {the_import.pk} 1/2"])
        database, response = told(address, client)
    assert (database, "50" in response.text) == ("primary", True)


def test_a_file_is_streamed_from_the_replica(servers):
    case = publish()
    until_the_replica_answers()
    database, response = told("/cases/export.csv")
    parts = response.streaming_content
    assert (database, connection.alias) == ("replica", "default")
    first = next(parts)
    assert connection.alias == "replica"
    assert case.ref in (first + b"".join(parts)).decode()
    assert connection.alias == "default"


def test_the_replica_alone_answers_while_the_primary_is_away(servers):
    publish()
    until_the_replica_answers()
    before = count_of_cases()[1]
    with asking(servers[1]) as cursor:
        cursor.execute("SELECT pg_wal_replay_pause()")
        publish()
        servers[0].stop()
        assert count_of_cases() == ("replica", before)
        cursor.execute("SELECT pg_wal_replay_resume()")
    before += 1
    ends = time.monotonic() + 20
    while count_of_cases() != ("replica", before):
        assert time.monotonic() < ends
    try:
        assert serving.replica.state == "answers alone, the primary is away"
        assert Client().post("/login/", {"username": "somebody", "password": "a word"}).status_code == 503
        assert count_of_cases() == ("replica", before)
    finally:
        servers[0].start()
    publish()
    assert count_of_cases()[1] == before + 1
    until_the_replica_answers()
    assert count_of_cases() == ("replica", before + 1)


def test_what_the_primary_was_asked_when_it_went_the_replica_answers(servers):
    case, selection = publish(), views.Selection
    until_the_replica_answers()

    def goes(*arguments):
        if connection.alias == "default":
            servers[0].stop()
        return selection(*arguments)

    with asking(servers[1]) as cursor, mock.patch.object(views, "Selection", goes):
        cursor.execute("SELECT pg_wal_replay_pause()")
        try:
            Case.objects.filter(pk=case.pk).update(title_en="Another")
            database, response = told("/cases/")
            assert (database, case.title_en in response.text) == ("replica", True)
        finally:
            cursor.execute("SELECT pg_wal_replay_resume()")
            servers[0].start()
    until_the_replica_answers()
    assert "Another" in told("/cases/")[1].text


def test_a_server_that_is_no_replica_of_the_primary_answers_nothing(servers):
    with mock.patch.dict(connections["replica"].settings_dict, HOST=str(servers[0].sockets)):
        connections["replica"].close()
        assert told()[0] == "primary"
        assert serving.replica.state == "passed over, it is no replica of this primary"
        connections["replica"].close()


def test_sums_of_the_mirror_are_those_of_both_databases(servers):
    keeper = Keeper(0)
    keeper.fill()
    assert keeper.state == "ready"
    for _number in range(5):
        before = Case.objects.filter(published=True).count()
        publish()
        assert count_of_cases()[1] == before + 1
        with asking_first(keeper.rows, keeper.begin):
            assert keeper.mirror
            until_the_replica_answers("/cases/facets.json")
            assert count_of_cases()[1] == before + 1
    keeper.mirror.close()
