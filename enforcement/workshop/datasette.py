"""The facets of questions as Datasette counts them in SQLite, on the same rows: another way to publish a record."""

import http.client
import json
import sqlite3
import statistics
import subprocess
import tempfile
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from cases.models import Case
from cases.selection.selection import FACETS
from regions.models.region import code_right_below

from .load import free_port

LONGEST = 60  # seconds, until it has started and for an answer
COLUMNS = [*FACETS, "occurred_on", "rigs"]
# The questions of `questions.QUESTIONS` that it can be asked, in its own words.
QUESTIONS = {
    "no filter": "",
    "raids": "kind=raid",
    "a country": "country=CN",
    "many rigs": "rigs__gte=1000",
    "two filters": "kind=raid&country=CN",
    "three filters": "kind=raid&country=CN&occurred_on__gte=2021-01-01",
}


def facet_times(program, rounds):
    """{question: the middle of the times in ms}; `program` is the path of an installed Datasette."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        database = Path(folder) / "record.db"
        _write(database)
        with _serving(program, database) as port:
            return {
                name: statistics.median(_timed(port, question) for _round in range(rounds))
                for name, question in QUESTIONS.items()
            }


def _write(path):
    cases = Case.objects.filter(published=True).order_by("pk").annotate(country=code_right_below(None))
    columns = ["country", *COLUMNS]
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"CREATE TABLE cases ({', '.join(columns)})")
        rows = (
            [value if value is None or isinstance(value, int) else str(value) for value in row]
            for row in cases.values_list(*columns).iterator(chunk_size=10_000)
        )
        database.executemany(f"INSERT INTO cases VALUES ({', '.join('?' * len(columns))})", rows)  # noqa: S608


@contextmanager
def _serving(program, database):
    port = free_port()
    limits = ["--setting", "sql_time_limit_ms", str(LONGEST * 1000), "--setting", "facet_time_limit_ms"]
    process = subprocess.Popen(  # noqa: S603 - a program that the caller names
        [program, "serve", "--immutable", database, "--port", str(port), *limits, str(LONGEST * 1000)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until = time.monotonic() + LONGEST
        while time.monotonic() < until:
            with suppress(OSError, http.client.HTTPException):
                _timed(port, "kind=none")
                break
            time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _timed(port, question):
    facets = "&".join(f"_facet={name}" for name in FACETS)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST)
    with closing(connection):
        started = time.perf_counter()
        connection.request("GET", f"/record/cases.json?{question}&{facets}&_size=0")
        answer = connection.getresponse()
        told = answer.read()
        took = (time.perf_counter() - started) * 1000
    if answer.status != 200 or json.loads(told)["facet_results"].keys() != {*FACETS}:  # one that timed out is left out
        raise RuntimeError(f"Datasette answered {answer.status}: {told[:300]!r}")
    return took
