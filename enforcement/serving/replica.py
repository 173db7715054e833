"""Who only reads is answered by a replica of the database, where that shows all that the primary does.

Whole requests: meanwhile the connection of the thread is the replica's, so that an answer is of one database. Before
each the primary is asked what it shows and how far its log is written, and the replica how much of it is replayed. So
everybody reads what anybody has saved; a replica that lags is passed over, and comes back, by itself. What it refuses
(to write), or breaks off because it is gone, the primary answers anew: nothing was written. Where the primary is away
the replica answers alone.
"""

import logging
from contextlib import contextmanager
from time import monotonic, sleep

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.http import FileResponse

from cases.locks import OnlyThePrimary
from enforcement import postgres
from enforcement.outages import kinds as outages
from regions.keeping import STATE

from . import metrics

log = logging.getLogger(__name__)

REPLICA = "replica"  # as the settings call it
PATIENCE, LOOK = 0.05, 0.002  # seconds: how long a reader waits for the replica, and how often it is asked meanwhile
LATER = 5  # seconds until what is away is asked again
SILENT = 1  # seconds after which an absence is no refusal: the machine says nothing
READ_ONLY = "25006"

# What the primary shows; which log it writes; how far. What is shown is written before, unless commits do not wait.
_OF_THE_PRIMARY = f"""
    SELECT {STATE},
        concat_ws(' ', system_identifier, left(pg_walfile_name(written), 8), current_database()), written::text
    FROM pg_control_system(), (
        SELECT CASE current_setting('synchronous_commit')
            WHEN 'off' THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_flush_lsn() END AS written
    ) AS log
"""  # noqa: S608 - our own words
# How many bytes of the log it has not replayed. No row where it is no replica of it: another server, another line of
# the same, or a primary itself.
_OF_THE_REPLICA = """
    SELECT greatest(pg_wal_lsn_diff(%(written)s, pg_last_wal_replay_lsn()), 0)::bigint
    FROM pg_control_checkpoint(), pg_control_system()
    WHERE pg_is_in_recovery() AND (%(log)s IS NULL OR %(log)s
        = concat_ws(' ', system_identifier, lpad(upper(to_hex(timeline_id)), 8, '0'), current_database()))
"""


class Replica:
    """What this process knows of the replica."""

    def __init__(self):
        self.state = "not asked yet"
        self._seen = (None, None, None)  # what the primary showed last, its log, how far that was written then
        self._keeps_up = True
        self._asked_again, self._primary_asked_again = 0.0, 0.0  # not before

    def may_answer(self):
        """Whether the replica shows all that the primary does, or the primary is away."""
        if monotonic() < self._asked_again:
            return False
        try:
            shown, written = self._needed()
        except Error:
            self.state = "passed over, the primary does not say how far its log is written"
            return False
        try:
            connections[REPLICA].reached = shown
            return self._has_replayed(written)
        except Error as problem:
            self.is_away(problem)
            return False

    def is_away(self, problem):
        """Let the primary answer for some seconds."""
        connections[REPLICA].close()
        if self.state != "away":
            log.warning("The replica is away, and the primary answers: %s", " ".join(str(problem).split())[:300])
        self._asked_again = monotonic() + LATER
        self._note("away", float("nan"))

    def _needed(self):
        """(what the primary shows, how much of its log is needed for that); None and None where it is away."""
        primary, began = connections[DEFAULT_DB_ALIAS], monotonic()
        if began < self._primary_asked_again:
            return None, None
        try:
            with primary.cursor() as cursor:
                cursor.execute(_OF_THE_PRIMARY)
                now = cursor.fetchone()
        except Error as problem:
            if outages.outage_kind(problem) is not outages.AWAY:
                raise
            primary.close()
            if settings.EMBEDDED_POSTGRES:
                postgres.start_again(settings.DATA_DIR)
            if monotonic() > began + SILENT:
                self._primary_asked_again = monotonic() + LATER
            return None, None
        # As long as it shows the same, what is written is nothing that it shows: half a transaction, or of a vacuum.
        seen = self._seen
        if seen[0] != now[0]:
            self._seen = seen = now
        return seen[0], seen[2]

    def _has_replayed(self, written):
        until = monotonic() + (PATIENCE if self._keeps_up else 0)
        with connections[REPLICA].cursor() as cursor:
            while True:
                cursor.execute(_OF_THE_REPLICA, {"log": self._seen[1], "written": written})
                found = cursor.fetchone()
                if found is None or found[0] == 0 or monotonic() >= until:
                    break
                sleep(LOOK)
        if found is None:
            self._keeps_up = False
            self._note("passed over, it is no replica of this primary", float("nan"))
        elif found[0]:
            self._keeps_up = False
            self._note(f"passed over, {found[0]} bytes behind", found[0])
        else:
            self._keeps_up = True
            self._note("answers" if written else "answers alone, the primary is away", 0)
        return self._keeps_up

    def _note(self, state, behind):
        self.state = state
        metrics.counters().behind.labels(REPLICA).set(behind)


replica = Replica()


class ReadFromTheReplica:
    """Lets the replica answer GET and HEAD where it may, and the primary all else."""

    def __init__(self, get_response):
        if REPLICA not in connections.settings:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request):
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        came, told = vars(request).copy(), request.META.copy()

        def begin_anew():
            vars(request).clear()
            vars(request).update(came, META=told.copy())

        response = self._of_the_replica(request) if replica.may_answer() else None
        if response is not None:
            return response
        begin_anew()
        request.read_from = "primary"
        response = self.get_response(request)
        if response.status_code == outages.AWAY.status and connections[DEFAULT_DB_ALIAS].connection is None:
            begin_anew()  # it went away meanwhile; what writes, or is only the primary's, the replica refuses
            return (self._of_the_replica(request) if replica.may_answer() else None) or response
        return response

    def _of_the_replica(self, request):
        """The answer, None where the primary has to give it."""
        own = connections[REPLICA]
        problem = response = None
        try:
            with _in_the_place_of_the_primary(own, _give_up_early):
                response = self.get_response(request)
        except OnlyThePrimary as reason:
            problem = reason.__cause__
        if own.connection is None or own.connection.closed:
            replica.is_away(problem or "it was lost meanwhile")
            return None
        if response is not None and response.streaming and not isinstance(response, FileResponse):
            response.streaming_content = _streamed(response.streaming_content, own)
        request.read_from = REPLICA
        return response


@contextmanager
def _in_the_place_of_the_primary(own, *wrappers):
    """Within, this thread asks the connection `own` whatever it asks the database."""
    primary = connections[DEFAULT_DB_ALIAS]
    own.execute_wrappers = [*primary.execute_wrappers, *wrappers]  # who counts the statements goes on
    connections[DEFAULT_DB_ALIAS] = own
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = primary
        own.execute_wrappers = []


def _give_up_early(execute, *arguments):
    """At the first statement that the replica refuses or breaks off; but not what would take as long again."""
    try:
        return execute(*arguments)
    except Error as problem:
        is_refused = getattr(problem.__cause__, "pgcode", None) == READ_ONLY
        if is_refused or outages.outage_kind(problem) not in (None, outages.SLOW):
            raise OnlyThePrimary from problem
        raise


def _streamed(content, own):
    """The parts of an answer that is made while it is sent."""
    with _in_the_place_of_the_primary(own):
        yield from content
