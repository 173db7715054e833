"""Long work beside the answers, in turns, and how far it is.

The server does it in a process of its own; where there is none to ask, as in tests, it is a thread of this process.

How far the work is stands in the name of its database session. Another session sees it at once, though it sees nothing
of the transaction; and it ends with the process or the server, so that work that was interrupted is shown as
interrupted.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import contextmanager
from functools import partial
from time import monotonic

from django.db import OperationalError, connection
from django.utils import translation
from django.utils.translation import get_language

from cases.locks import Purpose, only_the_primary_knows, session_is_usable, try_session_lock
from regions.deadline import statements_may_take

log = logging.getLogger(__name__)

TO_BEGIN = 5  # seconds

_apart = None  # who has work done in another process


def work_apart_by(ask: Callable[[Callable], None] | None) -> None:
    """From now on have long work done by `ask(work)`, which calls `work(begun)` in another process."""
    global _apart
    _apart = ask


def begin_work(purpose: Purpose, key, work: Callable) -> None:
    """Call `work(progress)` beside what this thread does, unless another session works on it.

    Returns when it has begun. `work` is a function of a module, perhaps with arguments (`partial`): it may be called in
    another process.
    """
    run = partial(_run, purpose, key, work, get_language())
    if _apart:
        _apart(run)
        return
    begun = threading.Event()
    threading.Thread(target=run, args=(begun.set,), name=_session_of(purpose, key), daemon=True).start()
    begun.wait(TO_BEGIN)


def _run(purpose, key, work, language, begun):
    try:
        with translation.override(language), statements_may_take(0), working_on(purpose, key) as progress:
            begun()
            if progress is not None:
                work(progress)
    except OperationalError:
        log.warning("Work lost its database: %s.", _session_of(purpose, key), exc_info=True)  # its page finds it so
    finally:
        begun()
        connection.close()


@contextmanager
def working_on(purpose: Purpose, key):
    """Report how far the work on `key` is, in the name of the database session: `progress(done, total)`.

    None where another session works on it already.
    """
    with try_session_lock(purpose, str(key)) as is_ours:
        if not is_ours:
            yield None
            return
        with connection.cursor() as cursor:
            cursor.execute("SHOW application_name")
            [name_before] = cursor.fetchone()
        progress = _Progress(_session_of(purpose, key))
        progress(0, 1)
        try:
            yield progress
        finally:
            if session_is_usable():
                _name_session(name_before)


class _Progress:
    """Writes `done` and `total` into the name of the session, at most five times a second."""

    def __init__(self, name):
        self.name, self.last = name, 0.0

    def __call__(self, done, total):
        if done and monotonic() - self.last < 0.2:
            return
        self.last = monotonic()
        _name_session(f"{self.name} {done}/{total}")


def _session_of(purpose, key):
    """As "import 17", which whoever looks at the sessions can read; PostgreSQL keeps 63 characters of it."""
    return f"{purpose.name.removeprefix('WORK_ON_').lower()} {key}"


def _name_session(name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('application_name', %s, false)", [name])


def progress_of(purpose: Purpose, key) -> tuple[int, int] | None:
    """(done, total) of the work on `key`; None if nobody works on it."""
    only_the_primary_knows()  # what its sessions are called
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # inside a transaction it would stay as first seen
        cursor.execute(
            "SELECT application_name FROM pg_stat_activity WHERE application_name LIKE %s",
            [f"{_session_of(purpose, key)} %"],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    done, _slash, total = row[0].rpartition(" ")[2].partition("/")
    return int(done), int(total or 1)
