"""Run the work of an import in a thread, and report how far it is."""

import threading
from contextlib import contextmanager
from time import monotonic

from django.contrib.auth import get_user_model
from django.db import OperationalError, connection
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases.locks import Purpose, session_is_usable, try_session_lock
from cases.models import Import
from regions.deadline import statements_may_take

from .check import log
from .run import Refused, give_up


def begin(the_import: Import, user, work) -> None:
    """Run `work`, which is `dry_run` or `carry_out`, in a thread of this process. Returns when it has begun."""
    begun = threading.Event()
    arguments = (the_import.pk, user.pk, work, get_language(), begun)
    threading.Thread(target=_run, args=arguments, name=f"import {the_import.pk}", daemon=True).start()
    begun.wait(5)


def _run(key, user_pk, work, language, begun):
    try:
        with translation.override(language), statements_may_take(0), working_on(key) as progress:
            begun.set()
            if progress is None:  # another session works on it
                return
            the_import = Import.objects.filter(pk=key).first()
            user = get_user_model().objects.filter(pk=user_pk).first()
            if the_import is None or user is None:  # deleted in the meantime
                return
            try:
                work(the_import, user, progress=progress)
            except Refused as refusal:
                give_up(Import.objects.get(pk=key), str(refusal))
            except OperationalError:
                raise
            except Exception:
                log.exception("An import failed.")
                unforeseen = _("An unexpected error occurred. Nothing was saved.")
                give_up(Import.objects.get(pk=key), unforeseen)
    except OperationalError:
        log.warning("An import lost its database.", exc_info=True)  # the page finds it interrupted
    finally:
        begun.set()
        connection.close()


@contextmanager
def working_on(key):
    """Report how far the work on an Import is, in the name of the database session: `progress(done, total)`.

    None where another session works on it already.
    """
    with try_session_lock(Purpose.WORK_ON_IMPORT, str(key)) as is_ours:
        if not is_ours:
            yield None
            return
        with connection.cursor() as cursor:
            cursor.execute("SHOW application_name")
            [name_before] = cursor.fetchone()
        progress = _Progress(key)
        progress(0, 1)
        try:
            yield progress
        finally:
            if session_is_usable():
                _name_session(name_before)


class _Progress:
    """Writes `done` and `total` into the name of the session, at most five times a second."""

    def __init__(self, key):
        self.key, self.last = key, 0.0

    def __call__(self, done, total):
        if done and monotonic() - self.last < 0.2:
            return
        self.last = monotonic()
        _name_session(f"import {self.key} {done}/{total}")


def _name_session(name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('application_name', %s, false)", [name])


def progress_of(the_import: Import) -> tuple[int, int] | None:
    """(done, total) of the work on an Import; None if nobody works on it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # inside a transaction it would stay as first seen
        cursor.execute(
            "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE %s",
            [f"import {the_import.pk} %"],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    done, _slash, total = row[0].rpartition(" ")[2].partition("/")
    return int(done), int(total or 1)
