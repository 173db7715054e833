"""What a restore refuses, before it touches anything."""

from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from enforcement import postgres
from enforcement.upkeep import backup, restore
from enforcement.upkeep.archive import BackupRefused

RELEASE = sorted(Path(__file__).with_name("releases").glob("*.backup"))[0]


def test_the_backup_of_an_older_release_is_whole():
    told = StringIO()
    call_command("backup", str(RELEASE), verify=True, stdout=told)
    assert "is whole" in told.getvalue()


@pytest.mark.django_db
def test_a_place_that_is_not_empty_is_left_as_it_is():
    with pytest.raises(CommandError, match="The database is not empty"):
        call_command("restore", str(RELEASE), verbosity=0)
    assert not postgres.restore_mark(settings.DATA_DIR).exists()


def test_a_backup_of_a_newer_version_is_refused():
    manifest = {"format": 1, "migrations": {"cases": ["0001_initial", "9999_later"]}}
    with (
        mock.patch.object(restore.archive, "read_backup", return_value=manifest),
        pytest.raises(BackupRefused, match=r"newer version of this program: it has the migration cases\.9999_later"),
    ):
        restore.restore_backup(RELEASE)
    with (
        mock.patch.object(restore.archive, "read_backup", return_value=manifest | {"format": 2}),
        pytest.raises(BackupRefused, match="newer version"),
    ):
        restore.restore_backup(RELEASE)


def test_where_there_is_no_room_it_is_said_before():
    full = mock.patch.object(restore.shutil, "disk_usage", return_value=SimpleNamespace(free=1_000))
    with full, pytest.raises(BackupRefused, match="has room for 1,000 bytes"):
        restore._refuse_without_room(restore.verify(RELEASE))
    with full, pytest.raises(BackupRefused, match="has room for 1,000 bytes, and the backup needs 2,000"):
        backup._refuse_without_room(Path("/somewhere/a"), 2_000)


def test_where_a_restore_was_broken_off_nothing_else_starts(tmp_path):
    postgres.refuse_half_restored(tmp_path)
    postgres.restore_mark(tmp_path).touch()
    with pytest.raises(postgres.Unavailable, match="is not whole"):
        postgres.refuse_half_restored(tmp_path)
