"""The drill of kills, a small one, and that it would see what is lost, doubled or partial."""

import os
import tempfile
from pathlib import Path

import pytest
from django.conf import settings

from enforcement.tests import clusters
from enforcement.workshop import kills
from enforcement.workshop.writers import OFTEN, Write


@pytest.mark.skipif(not settings.EMBEDDED_POSTGRES, reason="DATABASE_URL names another server")
def test_what_was_acknowledged_outlives_kills_once_and_whole():
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        os.chmod(folder, 0o755)  # noqa: S103 - root's stand-in must be able to come in
        clusters.copy(settings.DATA_DIR, folder, load=True)
        outcome = kills.drill(Path(folder), kills=2, writes=20, in_a_hurry=True)
    assert outcome.is_good, outcome
    killed = {what: len(times) for what, times in outcome.absent.items()}
    assert killed == {"PostgreSQL": 2, "the parent": 1, "a process": 1}
    assert outcome.acknowledged.total() >= 20
    assert set(outcome.acknowledged) == set(OFTEN)


def test_what_is_lost_doubled_or_partial_is_found():
    def case(name, acknowledged):
        return Write("case", name, acknowledged=acknowledged)

    writes = [case("there", True), case("never answered", False), case("lost", True)]
    writes += [case("twice", False), case("half", False), Write("tip", "lost too", more="a-b-c", acknowledged=True)]
    stored = {"case": {"there": (1, True), "twice": (2, True), "half": (1, False)}, "tip": {}}
    outcome = kills.Outcome(writes=writes)
    kills.compare(outcome, stored)
    assert [write.name for write in outcome.lost] == ["lost", "lost too"]
    assert [write.name for write in outcome.doubled] == ["twice"]
    assert [write.name for write in outcome.partial] == ["half"]
    assert not outcome.is_good
