"""Keys are made, changed, and the change can be killed: every tip stays readable."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings as project
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from cases.leads import keys, opening, purging
from cases.models import Lead, LeadStep, Tip, TipPart
from cases.tests.builders import make_lead, make_tip

pytestmark = pytest.mark.django_db


def texts():
    return {opening.opened_tip(lead).text for lead in Lead.objects.all()}


def test_keys_are_made_once_and_the_secret_is_for_its_owner_only(settings):
    with pytest.raises(CommandError):
        call_command("make_tip_keys")
    assert os.stat(settings.TIP_SECRET).st_mode & 0o077 == 0


def test_a_change_of_keys_seals_everything_anew(settings):
    for number in range(3):
        make_tip(text=f"tip {number}")
    before = settings.TIP_SECRET.read_text().split()
    name, done, unreadable = keys.rotate()
    assert (done, unreadable) == (3, 0)
    assert set(Tip.objects.values_list("key", flat=True)) == {name}
    assert texts() == {"tip 0", "tip 1", "tip 2"}
    keys.rotate()
    keys.rotate()
    stored = settings.TIP_SECRET.read_text().split()
    assert len(stored) == 2
    assert before[0] not in stored, "an old secret goes when nothing needs it"
    assert texts() == {"tip 0", "tip 1", "tip 2"}


def test_what_cannot_be_opened_stays_as_it_is_and_is_reported(settings, tmp_path):
    make_tip(text="tip")
    aside = settings.TIP_SECRET.read_text()
    settings.TIP_SECRET.write_text("")
    with pytest.raises(CommandError, match="1 rows could not be opened"):
        call_command("rotate_tip_keys")
    settings.TIP_SECRET.write_text(settings.TIP_SECRET.read_text() + aside)
    assert texts() == {"tip"}
    assert keys.rotate()[1:] == (1, 0)


KILLED = """
import os, signal, sys
import django
django.setup()
from django.conf import settings
from django.db import connections
from pathlib import Path
settings.TIP_KEY, settings.TIP_SECRET = Path(sys.argv[1]), Path(sys.argv[2])
connections["default"].settings_dict["NAME"] = sys.argv[3]
from cases.leads import keys
left = int(sys.argv[4])
real = os.replace
def replace(*names):
    global left
    real(*names)
    die()
def die():
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
os.replace = replace
keys.rotate(tick=die)
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5, 7])
def test_a_change_of_keys_that_is_killed_leaves_every_tip_readable(settings, steps):
    """Killed after the first or the second key file was written, or after so many rows."""
    for number in range(5):
        make_tip(text=f"tip {number}")
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "enforcement.settings"}
    arguments = [settings.TIP_KEY, settings.TIP_SECRET, connection.settings_dict["NAME"], str(steps)]
    run = subprocess.run(
        [sys.executable, "-c", KILLED, *arguments], env=environment, cwd=project.BASE_DIR, capture_output=True
    )
    assert run.returncode == -9, run.stderr.decode()
    everything = {f"tip {number}" for number in range(5)}
    assert texts() == everything
    make_tip(text="after")
    assert texts() == everything | {"after"}
    keys.rotate()
    assert texts() == everything | {"after"}


def test_the_content_goes_180_days_after_its_lead_was_closed_and_the_lead_stays():
    old, young, waiting = (make_tip(text=text) for text in ("old", "young", "waiting"))
    for lead, days in ((old.lead, 181), (young.lead, 179)):
        lead.state = "not_mining"
        lead.save()
        step = LeadStep.objects.create(lead=lead, kind="state", state="not_mining")
        LeadStep.objects.filter(pk=step.pk).update(at=timezone.now() - timedelta(days=days))
    Lead.objects.filter(pk=waiting.pk).update(arrived_on="2020-01-01")
    call_command("purge_tips", dry_run=True)
    assert Tip.objects.count() == 3
    assert purging.purge() == 1
    assert purging.purge() == 0
    assert Lead.objects.count() == 3
    assert opening.opened_tip(old.lead) is None
    assert not TipPart.objects.filter(tip=old).exists()
    assert make_lead().kind == "referral"
