"""What the server did, for a program that watches it: numbers of answers, their times, what they asked the database.

The processes of a server count in files of one folder, so that the sums are those of all of them, also of those that
have gone. Without such a folder, as under `manage.py runserver`, a process counts for itself. Of reports of the public
nothing is counted: when somebody reports is part of who reports.

Nothing of prometheus_client is imported with this module: it decides while it is imported whether there is a folder.
"""

import atexit
import os
import tempfile
from functools import cache
from pathlib import Path
from threading import Lock
from types import SimpleNamespace

from regions import disk

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # as prometheus_client calls it
PREFIX = "enforcement-counts-"
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

_making = Lock()


def count_together():
    """Let the processes that come count in one folder, which goes with this one. A server that loads anew goes on."""
    if not os.environ.get(FOLDER):
        os.environ[FOLDER] = str(disk.own_folder(tempfile.gettempdir(), PREFIX))
    folder, owner = Path(os.environ[FOLDER]), os.getpid()
    if folder.name.startswith(PREFIX):  # else somebody else's
        disk.hold(folder)
        atexit.register(lambda: os.getpid() == owner and disk.let_go(folder))


def counters():
    """What is counted. Two answers that come first at once would else make it twice, which is an error."""
    with _making:
        return _counters()


@cache
def _counters():
    from prometheus_client import Counter, Gauge, Histogram

    return SimpleNamespace(
        answers=Counter("enforcement_answers", "Answers by view, method and status.", ["view", "method", "status"]),
        reads=Counter("enforcement_reads", "Answers to who only reads, by the database they are of.", ["database"]),
        behind=Gauge(
            "enforcement_behind_bytes",
            "How much of the primary's log a database has not replayed; NaN: it is away.",
            ["database"],
            multiprocess_mode="mostrecent",
        ),
        seconds=Histogram("enforcement_answer_seconds", "How long answers took, by view.", ["view"], buckets=SECONDS),
        queries=Counter("enforcement_queries", "Statements that the database was asked."),
        query_seconds=Counter("enforcement_query_seconds", "How long these took."),
    )


def count(request, response, seconds, queries):
    """Count an answer; `queries` is a `timing.Queries`."""
    found = getattr(request, "resolver_match", None)
    view = (found.view_name or "other") if found else "none"
    counted = counters()
    method = request.method if request.method in METHODS else "other"
    counted.answers.labels(view, method, response.status_code).inc()
    counted.seconds.labels(view).observe(seconds)
    if hasattr(request, "read_from"):
        counted.reads.labels(request.read_from).inc()
    counted.queries.inc(queries.count)
    counted.query_seconds.inc(queries.seconds)


def as_text():
    """(all that was counted, its content type), in the format of Prometheus."""
    from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = REGISTRY
    if os.environ.get(FOLDER):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)
    return generate_latest(registry), CONTENT_TYPE_LATEST
