"""Tests log in as the owner of the database and go on as the application (`enforcement/rights.py`)."""

from contextlib import contextmanager

from django.conf import settings
from django.db import connection


def become_the_application(connection, **_kwargs):
    """What follows on this connection is done with the rights of the application."""
    # Not on that to another database, from which this one is made and removed.
    if connection.settings_dict["NAME"] == settings.DATABASES["default"]["NAME"]:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION AUTHORIZATION %s", [settings.APPLICATION_ROLE])


@contextmanager
def as_owner():
    """What is done inside is done by the owner of the database, whom no right and no trigger stops."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        (usual,) = cursor.fetchone()
        cursor.execute("RESET SESSION AUTHORIZATION")
    try:
        yield
    finally:
        if not connection.needs_rollback:  # a transaction that is taken back takes this with it
            with connection.cursor() as cursor:
                cursor.execute("SET SESSION AUTHORIZATION %s", [usual])
