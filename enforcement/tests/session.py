"""A test session: the database is started first, and nothing leaves this machine."""

import os
import socket

import pytest
from django.utils import translation

HERE = {"127.0.0.1", "::1", "localhost"}


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="the whole walk of hostile requests, not a sample")


def pytest_configure(config):
    if config.getoption("--full"):
        os.environ["HOSTILE_FULL"] = "1"  # for the test, which is a TestCase, and for workers
    from django.conf import settings

    from enforcement import postgres

    if settings.EMBEDDED_POSTGRES:
        postgres.start(settings.DATA_DIR)
    # Playwright's own event loop makes Django think that every query is asynchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


@pytest.fixture(autouse=True)
def english_first():
    """A request leaves its language on the thread; the next test begins in English again."""
    translation.activate("en")


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """A test that reaches for another machine fails, and says for which."""
    connect = socket.socket.connect

    def only_here(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in HERE:
            raise AssertionError(f"A test tried to reach {address[0]}.")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", only_here)
