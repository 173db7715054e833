"""An installation that has the record is migrated, and what its loads wrote stays theirs."""

import os
import subprocess
import sys
import tempfile

import pytest
from django.conf import settings

BEFORE = """
import pghistory
from django.db import connection
from django.db.migrations.loader import MigrationLoader
apps = MigrationLoader(connection).project_state(("regions", "0005_plain_words")).apps
with pghistory.context(verb="load"):
    region = apps.get_model("regions", "Region").objects.create(code="MY", level="country", name_en="M", path="MY")
    apps.get_model("regions", "Factor").objects.create(
        kind="grid_co2", region=region, scope="Sabah", series="old", value="0.5", unit="kgCO2e/kWh", confidence="low",
        source_text="S",
    )
"""
AFTER = """
from regions.loading.edits import edited_fields
from regions.models import Factor
factor = Factor.objects.get()
print("found", factor.measure, factor.gas, [*edited_fields(Factor, [factor.pk]).values()])
"""


@pytest.mark.skipif(not settings.EMBEDDED_POSTGRES, reason="DATABASE_URL names another server")
def test_factors_of_a_load_are_migrated_and_a_migration_is_nobody_who_edits(request):
    """Migration 0006 stopped where there were factors; what it fills in would have kept a load from removing them."""
    if not request.config.getoption("full"):
        pytest.skip("--full: two installations are made for it; each release is restored and migrated in upkeep/")
    with tempfile.TemporaryDirectory(prefix="upgrade-") as folder:
        os.chmod(folder, 0o755)  # noqa: S103 - root's stand-in must be able to come in

        def manage(*arguments):
            command = [sys.executable, settings.BASE_DIR / "manage.py", *arguments, "--verbosity", "0"]
            environment = os.environ | {"ENFORCEMENT_DATA_DIR": folder}
            done = subprocess.run(command, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr[-2000:]
            return done.stdout

        manage("migrate", "regions", "0005")
        manage("shell", "-c", BEFORE)
        manage("migrate")
        assert manage("shell", "-c", AFTER) == "found average co2e [set()]\n"
