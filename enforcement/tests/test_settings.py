"""Settings are strict, and what is unsafe on the internet must be set there."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from enforcement import env

PRODUCTION = {
    "ENFORCEMENT_DEBUG": "0",
    "ENFORCEMENT_SECRET_KEY": "k9$Vt2!wQz7#Lp4@Xs8&Rn3*Yb6^Hd1%Fg5(Jc0)Mm-Ee=Uu+Aa" * 2,
    "ENFORCEMENT_HOSTS": "rigs.example.org",
}


def manage(*arguments, **environment):
    """Run manage.py as an administrator would, with nothing of ours in the environment but `environment`."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ENFORCEMENT_", "DATABASE_", "DJANGO_"))
    }
    return subprocess.run(
        [sys.executable, settings.BASE_DIR / "manage.py", *arguments],
        env=clean | {"ENFORCEMENT_DATA_DIR": str(settings.DATA_DIR)} | environment,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_check_deploy_is_clean_when_debug_is_off():
    done = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


def test_over_https_every_cookie_belongs_to_this_host_alone():
    program = (
        "from django.conf import settings as s; from enforcement.pages.attention import VISITS_COOKIE as visits;"
        "from enforcement.accounts.messages import CookieOfThisHost as c;"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.LANGUAGE_COOKIE_NAME, visits, c.cookie_name)"
    )
    done = manage("shell", "--verbosity", "0", "-c", program, **PRODUCTION)
    names = ["sessionid", "csrftoken", "django_language", "visits", "messages"]
    assert done.stdout.split() == [f"__Host-{name}" for name in names], done.stderr


@pytest.mark.parametrize("missing", ["ENFORCEMENT_SECRET_KEY", "ENFORCEMENT_HOSTS"])
def test_without_debug_nothing_starts_until_it_is_told(missing):
    done = manage("check", **{name: value for name, value in PRODUCTION.items() if name != missing})
    assert done.returncode != 0
    assert f"Set {missing}" in done.stderr


def test_a_database_that_does_not_answer_is_one_clear_line_and_exit_1():
    done = manage("migrate", DATABASE_URL="postgres://nobody@127.0.0.1:9/nothing")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("The database is not available: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("value", ["yes", "", "2", "true"])
def test_a_flag_is_0_or_1(monkeypatch, value):
    monkeypatch.setenv("ENFORCEMENT_X", value)
    with pytest.raises(ImproperlyConfigured, match="must be 0 or 1"):
        env.flag("ENFORCEMENT_X", "1")


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        ("", {}),
        ("smtp://localhost", {"EMAIL_HOST": "localhost", "EMAIL_PORT": 25}),
        ("smtps://a%40b:c%2Fd@mail.example", {"EMAIL_PORT": 465, "EMAIL_USE_SSL": True, "EMAIL_HOST_USER": "a@b"}),
        ("smtp+tls://a:b@mail.example:2587", {"EMAIL_PORT": 2587, "EMAIL_USE_TLS": True, "EMAIL_HOST_PASSWORD": "b"}),
    ],
)
def test_a_mail_server_is_an_address(monkeypatch, value, meaning):
    monkeypatch.setenv("ENFORCEMENT_X", value)
    found = env.mail("ENFORCEMENT_X")
    assert meaning.items() <= found.items()
    assert bool(found) == bool(value)


@pytest.mark.parametrize("value", ["mail.example", "http://mail.example", "smtp://:25", "smtp://mail.example:x"])
def test_what_is_no_address_of_a_mail_server_stops_the_start(monkeypatch, value):
    monkeypatch.setenv("ENFORCEMENT_X", value)
    with pytest.raises(ImproperlyConfigured, match="must be as smtp"):
        env.mail("ENFORCEMENT_X")


@pytest.mark.parametrize("value", ["login.example.org", "http://login.example.org", "https://", "https://a.example/?b"])
def test_a_provider_of_single_sign_on_is_asked_over_https(monkeypatch, value):
    monkeypatch.setenv("ENFORCEMENT_X", "https://login.example.org/office")
    assert env.issuer("ENFORCEMENT_X") == "https://login.example.org/office"
    monkeypatch.setenv("ENFORCEMENT_X", value)
    with pytest.raises(ImproperlyConfigured, match="must be as https"):
        env.issuer("ENFORCEMENT_X")


def test_words_lose_their_blanks(monkeypatch):
    monkeypatch.setenv("ENFORCEMENT_X", " a, b ,,c")
    assert env.word_list("ENFORCEMENT_X") == ["a", "b", "c"]


@pytest.mark.skipif(not settings.EMBEDDED_POSTGRES, reason="DATABASE_URL names another server")
@pytest.mark.parametrize(("before", "limits"), [("", ["0", "0"]), ("import enforcement.wsgi; ", ["15s", "30s"])])
def test_a_web_request_has_limits_of_time_and_a_command_has_none(before, limits):
    asked = "SELECT current_setting('statement_timeout'), current_setting('idle_in_transaction_session_timeout')"
    program = (
        f"{before}from django.db import connection as c; k = c.cursor(); k.execute({asked!r}); print(*k.fetchone())"
    )
    done = manage("shell", "--verbosity", "0", "-c", f"{program}; print(*cursor.fetchone())")
    assert done.stdout.split() == limits, done.stderr


def test_a_replica_is_asked_as_the_primary_is():
    program = (
        "import enforcement.wsgi; from django.conf import settings; found = settings.DATABASES;"
        "print(found['replica']['NAME'], found['replica']['OPTIONS'] == found['default']['OPTIONS'])"
    )
    replica = {"ENFORCEMENT_REPLICA_URL": "postgres://somebody@replica.example/record"}
    done = manage("shell", "--verbosity", "0", "-c", program, **replica)
    assert done.stdout.split() == ["record", "True"], done.stderr
