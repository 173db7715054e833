"""The steps of `manage.py demo`: from an empty machine to a dashboard with the real record."""

import os
import secrets
import subprocess
import sys

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import transaction

from cases.leads import keys
from cases.loading import record
from cases.models import Case
from enforcement import roles
from enforcement.accounts import passwords
from regions.models import Region, Scope

ADMINISTRATOR = "admin"
REGION_OF_WORK = "CN-NM"  # the region of the first news article


def migrate():
    call_command("migrate", verbosity=0, interactive=False)
    roles.sync()


def load_record(quiet):
    """Load the record if there are no cases yet, so that nothing people entered is overwritten. Tallies, or None."""
    if Case.objects.exists():
        return None
    return record.load(quiet=quiet)


@transaction.atomic
def make_accounts():
    """Make an account for each role, with a region of work if the role needs one, and an administrator.

    Returns [(name, role, password)] of the new accounts.
    """
    people = get_user_model().objects
    made = []
    for role in [*roles.ROLES, ""]:
        name = role.lower().replace(" ", "-") or ADMINISTRATOR
        if people.filter(username=name).exists():
            continue
        password = secrets.token_urlsafe(9)
        if role:
            person = people.create_user(name, password=password, is_staff=role in roles.STAFF)
            person.groups.add(Group.objects.get(name=role))
            if not person.has_perm("regions.work_everywhere"):
                region = Region.objects.get(code=REGION_OF_WORK)
                Scope.objects.create(user=person, region=region)
                role = f"{role} for {region.name_en}"
        else:
            person = people.create_superuser(name, password=password)
        passwords.give(person)
        made.append((name, role or "Administrator", password))
    return made


def make_tip_keys():
    """Make the keys that reports of the public are sealed to, if there are none. Returns whether they were made."""
    if keys.tips_are_taken():
        return False
    keys.make_keys()
    return True


def serve(port):
    """Replace this process by the production server, reachable from this machine only. Does not return."""
    environment = os.environ | {
        "ENFORCEMENT_DEBUG": "0",
        "ENFORCEMENT_DEMO": "1",
        "ENFORCEMENT_HTTPS": "0",
        "ENFORCEMENT_HOSTS": os.environ.get("ENFORCEMENT_HOSTS", "localhost,127.0.0.1,[::1]"),
        "ENFORCEMENT_SECRET_KEY": os.environ.get("ENFORCEMENT_SECRET_KEY") or _secret_key(),
        "DJANGO_SETTINGS_MODULE": "enforcement.settings",
    }
    # In a separate process: the names of static files depend on the settings.
    subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, settings.BASE_DIR / "manage.py", "collectstatic", "--no-input", "--clear", "--verbosity", "0"],
        env=environment, check=True,
    )  # fmt: skip
    os.chdir(settings.BASE_DIR)
    # It serves this machine alone, so that a checkout which only root can read is no hindrance.
    arguments = ["-m", "enforcement.server", "--port", str(port), "--stay-root"]
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, *arguments], environment)  # noqa: S606 - our own arguments


def _secret_key():
    """A secret key for this machine. It is kept, so that people stay logged in after a restart."""
    path = settings.DATA_DIR / "secret-key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()
