"""The work that a page waits for, in a thread, and how far it is."""

import threading
from contextlib import contextmanager
from time import monotonic

from django.contrib.auth import get_user_model
from django.db import OperationalError, connection
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases.deadline import statements_may_take
from cases.models import Import

from .check import log
from .run import Refused, give_up


def begin(one, user, work):
    """Let `work`, `examine` or `carry_out`, run in a thread of this process. Returns when it has begun."""
    begun = threading.Event()
    arguments = (one.pk, user.pk, work, get_language(), begun)
    threading.Thread(target=_run, args=arguments, name=f"import {one.pk}", daemon=True).start()
    begun.wait(5)


def _run(key, user_pk, work, language, begun):
    try:
        with translation.override(language), statements_may_take(0), working_on(key) as told:
            begun.set()
            if told is None:  # somebody else is at it
                return
            one = Import.objects.filter(pk=key).first()
            user = get_user_model().objects.filter(pk=user_pk).first()
            if one is None or user is None:  # gone in between
                return
            try:
                work(one, user, told=told)
            except Refused as refusal:
                give_up(Import.objects.get(pk=key), str(refusal))
            except OperationalError:
                raise
            except Exception:
                log.exception("An import failed.")
                unforeseen = _("Something went wrong that was not foreseen; nothing was written.")
                give_up(Import.objects.get(pk=key), unforeseen)
    except OperationalError:
        log.warning("An import lost its database.", exc_info=True)  # the page finds it interrupted
    finally:
        begun.set()
        connection.close()


@contextmanager
def working_on(key):
    """Tell how far the work on an Import is, in the name of the database session: `told(done, total)`.

    None where another session is at it already.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 1))", [str(key)])
        if not cursor.fetchone()[0]:
            yield None
            return
        cursor.execute("SHOW application_name")
        before = cursor.fetchone()[0]
    last = 0.0

    def told(done, total):
        nonlocal last
        if done and monotonic() - last < 0.2:
            return
        last = monotonic()
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('application_name', %s, false)", [f"import {key} {done}/{total}"])

    told(0, 1)
    try:
        yield told
    finally:
        # A session that is lost has let go by itself.
        if connection.connection is not None and not connection.connection.closed and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('application_name', %s, false)", [before])
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 1))", [str(key)])


def progress_of(one):
    """(done, total) of the work on an Import, or None where nobody is at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # inside a transaction it would stay as first seen
        cursor.execute(
            "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE %s", [f"import {one.pk} %"]
        )
        row = cursor.fetchone()
    if row is None:
        return None
    done, _slash, total = row[0].rpartition(" ")[2].partition("/")
    return int(done), int(total or 1)
