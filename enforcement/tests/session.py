"""A test session: the database is started first, and nothing leaves this machine."""

import gc
import os
import socket

import pytest
from django.utils import translation

from enforcement import postgres
from enforcement.tests import clusters

LONG = ["whole", "browser", "test_server.py", "serving", "upkeep"]
HERE = {"127.0.0.1", "::1", "localhost"}


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="the whole walk of hostile requests, not a sample")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests():
    """Before the settings are read: the tests have a folder of data of their own. Workers inherit it."""
    os.environ.pop("ENFORCEMENT_REPLICA_URL", None)  # a test of a replica makes its own
    if not os.environ.get("DATABASE_URL") and "PYTEST_XDIST_WORKER" not in os.environ:
        try:
            os.environ["ENFORCEMENT_DATA_DIR"] = str(clusters.begin())
        except postgres.Unavailable as problem:
            raise pytest.UsageError(f"The database is not available: {problem}") from problem
    return (yield)


def pytest_configure(config):
    if config.getoption("--full"):
        os.environ["HOSTILE_FULL"] = "1"  # for the test, which is a TestCase, and for workers
    from django.conf import settings

    if settings.EMBEDDED_POSTGRES:
        # The database of the folder is migrated; each worker gets a copy.
        database = settings.DATABASES["default"]
        database.setdefault("TEST", {})["TEMPLATE"] = database["NAME"]
        database.update(settings.OWNER_DATABASE)
    # Searching the many objects of Django and of the tests for cycles takes a twentieth of the time.
    gc.set_threshold(100_000, 20, 50)
    # The real one is slow so that guessing is; nobody guesses the passwords of tests.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Playwright's own event loop makes Django think that every query is asynchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef):
    """The database is made by its owner; the tests are the application, which owns nothing."""
    made = yield
    if fixturedef.argname == "django_db_setup":
        _go_on_as_the_application()
    return made


def _go_on_as_the_application():
    from django.conf import settings
    from django.db import connection
    from django.db.backends.signals import connection_created
    from django.test import TransactionTestCase

    from cases.tests.owner import as_owner, become_the_application

    if not settings.APPLICATION_ROLE:
        return
    connection.close()
    connection_created.connect(become_the_application)
    empty_all = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = lambda case: as_owner()(empty_all)(case)


def pytest_collection_modifyitems(items):
    """The modules that take a minute and more first: one that begins last is waited for alone."""
    items.sort(key=lambda item: min((LONG.index(part) for part in item.path.parts if part in LONG), default=len(LONG)))


@pytest.fixture(autouse=True)
def english_first():
    """A request leaves its language on the thread; the next test begins in English again."""
    translation.activate("en")


@pytest.fixture(autouse=True)
def nobody_is_left_to_answer_first():
    """A mirror that a test leaves behind would be filled while another test empties the tables."""
    from regions import keeping

    yield
    assert (keeping._asked_first, keeping._begin) == (None, None)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """A test that reaches for another machine fails, and says for which."""
    connect = socket.socket.connect

    def only_here(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in HERE:
            raise AssertionError(f"A test tried to reach {address[0]}.")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_here)
