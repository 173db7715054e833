"""The measurements over HTTP run from end to end: a morning with saves and an import, pages alone, a flood of junk."""

import os
import re
import subprocess
import sys
import tempfile

import pytest
from django.conf import settings

from enforcement.tests import clusters


@pytest.fixture(scope="module")
def bench(request):
    """Runs `manage.py bench` on the record, in a cluster of its own."""
    if not request.config.getoption("full"):
        pytest.skip("it takes two minutes: --full")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        os.chmod(folder, 0o755)  # noqa: S103 - root's stand-in must be able to come in
        environment = os.environ | {"ENFORCEMENT_DATA_DIR": folder}
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        clusters.copy(settings.DATA_DIR, folder)
        for command in ("load_record", "make_tip_keys"):
            subprocess.run([*manage, command], env=environment, check=True, capture_output=True)

        def run(*options):
            ran = subprocess.run(
                [*manage, "bench", *options], env=environment, check=True, capture_output=True, text=True
            )
            assert "Warning" not in ran.stderr, ran.stderr
            return ran.stdout

        yield run


@pytest.mark.skipif(not settings.EMBEDDED_POSTGRES, reason="DATABASE_URL names another server")
def test_a_morning_over_http_has_no_errors(bench):
    told = bench("--http", "--seconds", "2")
    lines = re.findall(
        r"^(morning, \d+|.+, (?:public|signed in), \d+) +([\d.]+)(?: +[\d,]+){3} +(\d+)", told, re.MULTILINE
    )
    assert len(lines) == 3 + 18, told
    assert all(float(rate) > 0 and errors == "0" for _name, rate, errors in lines), told


@pytest.mark.skipif(not settings.EMBEDDED_POSTGRES, reason="DATABASE_URL names another server")
def test_junk_reports_are_refused_and_not_stored(bench):
    told = bench("--junk", "--seconds", "2")
    lines = re.findall(r"^((?:public|signed in), .+?) +(\d+)(?: +[\d,]+){2} +(\d+)", told, re.MULTILINE)
    assert len(lines) == 8, told
    assert all(int(answers) > 0 and errors == "0" for _name, answers, errors in lines), told
    for refused in re.findall(r"^  junk in .*", told, re.MULTILINE):
        assert re.search(r"[\d,]+ x 429", refused), told
        assert refused.endswith("stored: 0"), told
        assert set(re.findall(r"x (\w+)", refused)) <= {"400", "429"}, told
