"""The measurement over HTTP runs from end to end: a morning with saves and an import, pages alone, without an error."""

import os
import re
import subprocess
import sys
import tempfile

import pytest
from django.conf import settings

from enforcement.tests import clusters


@pytest.mark.skipif(not settings.EMBEDDED_POSTGRES, reason="DATABASE_URL names another server")
def test_a_morning_over_http_has_no_errors(request):
    if not request.config.getoption("full"):
        pytest.skip("it takes two minutes: --full")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        os.chmod(folder, 0o755)  # noqa: S103 - root's stand-in must be able to come in
        environment = os.environ | {"ENFORCEMENT_DATA_DIR": folder}
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        clusters.copy(settings.DATA_DIR, folder)
        subprocess.run([*manage, "load_record"], env=environment, check=True, capture_output=True)
        command = [*manage, "bench", "--http", "--seconds", "2"]
        ran = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    told = ran.stdout
    assert "Warning" not in ran.stderr, ran.stderr
    lines = re.findall(
        r"^(morning, \d+|.+, (?:public|signed in), \d+) +([\d.]+)(?: +[\d,]+){3} +(\d+)", told, re.MULTILINE
    )
    assert len(lines) == 3 + 18, told
    assert all(float(rate) > 0 and errors == "0" for _name, rate, errors in lines), told
