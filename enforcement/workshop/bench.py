"""Measures how long answers take, in this process, through the whole stack: middleware, queries, templates.

Each answer is also measured as it is after somebody has written, when sums are made anew (`regions.keeping`), and as
plain SQL over the same connection; the ratio of these two shows our own overhead. The bars are the limits that we want
to meet; they are printed, and nothing fails when one is exceeded.
"""

import json
import statistics
import time
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.storage import default_storage
from django.db import connection, reset_queries, transaction
from django.test import Client, override_settings

from cases.bulletins import reader
from cases.bulletins.gazetteer import Gazetteer
from cases.files import columns, sheet, sheet_files
from cases.files.tables.mapping import Mapping, Rule
from cases.history import undo
from cases.imports import run
from cases.loading import synthetic
from cases.models import Case
from regions.models.region import ids_within_sql

from .load import with_headers_of_part

ROUNDS, ROUNDS_ANEW, WARM_UP = 20, 5, 2
BULLETINS = settings.BASE_DIR / "cases" / "tests" / "bulletins" / "made_up.jsonl"
WORLD = "bbox=-180,-85,180,85"
IN_2021_IN_CHINA = (
    f"published AND kind = 'raid' AND occurred_until >= '2021-01-01' AND region_id IN ({ids_within_sql('CN')})"
)
# The same three questions, as a query string and as SQL over cases_case.
QUESTIONS = {
    "all": ("", "published"),
    "one filter": ("kind=raid", "published AND kind = 'raid'"),
    "three filters": ("kind=raid&region=CN&occurred_after=2021", IN_2021_IN_CHINA),
}
FACETS = ("kind", "lead_source", "site_type", "status", "rig_kind", "theft", "confidence")
SUMS = (
    "count(*), count(*) FILTER (WHERE counts_in_totals), sum(rigs) FILTER (WHERE counts_in_totals),"
    " sum(kw_low) FILTER (WHERE counts_in_totals), sum(kw_best) FILTER (WHERE counts_in_totals),"
    " sum(kw_high) FILTER (WHERE counts_in_totals), sum(arrests) FILTER (WHERE counts_in_totals)"
)
LIST = "SELECT * FROM cases_case WHERE {where} ORDER BY occurred_on DESC, ref LIMIT 50"
LOSSES = (
    "SELECT loss_currency, sum(loss_amount), count(*) FROM cases_case"
    " WHERE {where} AND counts_in_totals AND loss_amount IS NOT NULL GROUP BY 1"
)
TOTALS = [f"SELECT {SUMS} FROM cases_case WHERE {{where}}", LOSSES]  # noqa: S608 - our own text, here and below
COUNTS = [f"SELECT {name}, count(*) FROM cases_case WHERE {{where}} GROUP BY 1" for name in FACETS]  # noqa: S608
REGIONS = ["SELECT region_id, count(*), sum(rigs), sum(kw_best) FROM cases_case WHERE {where} GROUP BY 1"]
TREND = ["SELECT date_trunc('month', occurred_on), count(*), sum(rigs) FROM cases_case WHERE {where} GROUP BY 1"]

YEARS = "SELECT extract(year FROM occurred_on), count(*), sum(rigs) FROM cases_case WHERE {where} GROUP BY 1"
DOUBTS = (
    "SELECT rule, count(DISTINCT case_id) FROM cases_opendoubt JOIN cases_case ON case_id = cases_case.id"
    " WHERE {where} GROUP BY 1"
)
ALL = {"all": QUESTIONS["all"]}


def _below(*codes):
    return f"published AND region_id IN ({ids_within_sql(*codes)})"


def _grid(zoom):
    size = max(360 / 2**zoom * 56 / 256, 8.4)
    row = "degrees(ln(tan(pi() / 4 + radians(greatest(-85, least(85, public_latitude))) / 2)))"
    cells = f"floor(public_longitude / {size}), floor({row} / {size}), count(*), sum(rigs)"
    return [f"SELECT {cells} FROM cases_case WHERE {{where}} AND public_longitude IS NOT NULL GROUP BY 1, 2"]  # noqa: S608


@dataclass
class Answer:
    """An answer to measure: its address, the same as SQL, and the bar in ms or None."""

    name: str
    address: str
    plain: list[str]
    bar: int | None = None
    rounds: int = ROUNDS
    asks: dict = field(default_factory=lambda: QUESTIONS)  # {name: (query string, the same as SQL)}


FOUND = LIST.replace("{where}", "{where} AND words @@ '内蒙 & 蒙古'")
EVERYTHING = ["SELECT * FROM cases_case WHERE {where}"]
ANSWERS = [
    Answer("list page", "/cases/?{question}", [LIST, *TOTALS], 150),
    Answer("list, in place", "/cases/?{question}#results", [LIST, *TOTALS], 150),
    Answer("facets", "/cases/facets.json?{question}", [*COUNTS, *REGIONS], 200),
    Answer("facets, in place", "/cases/?{question}#insights", [*COUNTS, *REGIONS]),
    Answer("charts, in place", "/cases/?{question}#charts", [*COUNTS[:3], *REGIONS, *TREND]),
    Answer("map, zoom 2", f"/cases/map.geojson?{{question}}&{WORLD}&zoom=2", _grid(2), 150),
    Answer("map, zoom 5", "/cases/map.geojson?{question}&bbox=70,0,140,55&zoom=5", _grid(5), 150),
    Answer("map, zoom 9", "/cases/map.geojson?{question}&bbox=100,1,104,5&zoom=9", _grid(9), 150),
    Answer("trend", "/cases/trend.json?{question}", TREND),
    Answer("totals", "/cases/totals.json?{question}", TOTALS),
    Answer("text search", "/cases/?{question}&q=内蒙古", [FOUND, *TOTALS], 150),
    Answer("API, first page", "/api/v1/cases/?{question}", [LIST]),
    Answer("dashboard", "/", [*TOTALS, DOUBTS, LIST], 300, asks=ALL),
    Answer("dashboard, charts", "/#figures", [*REGIONS, YEARS, *COUNTS[1:2]], 300, asks=ALL),
    Answer("data quality", "/cases/quality/", [*COUNTS, DOUBTS], asks=ALL),
    Answer("region profile", "/regions/CN/", [*TOTALS, *REGIONS, YEARS, LIST], 300, asks={"China": ("", _below("CN"))}),
    Answer(
        "region profile",
        "/regions/MY-13/",
        [*TOTALS, *REGIONS, YEARS, LIST],
        300,
        asks={"Sarawak": ("", _below("MY", "MY-13"))},
    ),
    Answer("its neighbours", "/regions/CN/#neighbours", REGIONS, 300, asks=ALL),
    Answer("legal map", "/regions/positions/", REGIONS, 300, asks=ALL),
    Answer("savings", "/savings/", REGIONS, 300, asks=ALL),
]
EXPORTS = [
    Answer("export CSV", "/cases/export.csv?{question}", EVERYTHING, 5_000, rounds=1),
    Answer("export GeoJSON", "/cases/export.geojson?{question}", EVERYTHING, rounds=1),
    Answer("export XLSX", "/cases/export.xlsx?{question}", EVERYTHING, 12_000, rounds=1),
]


@dataclass
class Timing:
    """The measurement of an answer to a question, times in ms. `anew` is the middle one after somebody has written."""

    answer: Answer
    question: str
    anew: float
    p50: float
    p95: float
    plain: float
    queries: int
    size: int

    @property
    def verdict(self):
        if self.answer.bar is None:
            return ""
        return f"≤ {self.answer.bar}" if self.p95 <= self.answer.bar else f"OVER {self.answer.bar}"


def measure(answers):
    """Yields a Timing for each of `answers` and each of its questions."""
    client = Client(SERVER_NAME="localhost", headers={"accept-language": "en"})
    with override_settings(ALLOWED_HOSTS=["localhost"], API_RATES={"anon": None, "user": None}):
        for answer in answers:
            for name, (question, where) in answer.asks.items():
                yield _time(client, answer, name, question, where)


def _time(client, answer, name, question, where):
    address = answer.address.format(question=question)
    queries, size = _counted(client, address)

    def timed(rounds):
        for _round in range(rounds):
            started = time.perf_counter()
            _ask(client, address)
            yield (time.perf_counter() - started) * 1000

    anew = []
    for _round in range(WARM_UP + ROUNDS_ANEW if answer.rounds > 1 else 1):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")  # a transaction of its own, as of somebody who writes
        anew += timed(1)
    times = list(timed(answer.rounds))
    p95 = statistics.quantiles(times, n=20, method="inclusive")[-1] if len(times) > 1 else times[0]
    plain = min(_plain(answer, where) for _ in range(3 if answer.rounds > 1 else 1))
    return Timing(
        answer, name, statistics.median(anew[-ROUNDS_ANEW:]), statistics.median(times), p95, plain, queries, size
    )


def _ask(client, address):
    path, headers = with_headers_of_part(address)
    response = client.get(path, headers=headers)
    if response.status_code != 200:
        raise RuntimeError(f"{address} answered {response.status_code}.")
    if response.streaming:
        return sum(len(part) for part in response.streaming_content)
    return len(response.content)


def _counted(client, address):
    connection.force_debug_cursor = True
    reset_queries()
    try:
        size = _ask(client, address)
        return len(connection.queries), size
    finally:
        connection.force_debug_cursor = False


def _plain(answer, where):
    started = time.perf_counter()
    with connection.cursor() as cursor:
        for statement in answer.plain:
            cursor.execute(statement.format(where=where))
            cursor.fetchall()
    return (time.perf_counter() - started) * 1000


# Importing

ROWS_TO_IMPORT = 10_000
LONGEST_DRY_RUN = LONGEST_IMPORT = 60  # seconds


@dataclass
class Step:
    """The measurement of a step of an import: seconds, and the bar or None."""

    name: str
    seconds: float
    result: str
    bar: int | None = None

    @property
    def verdict(self):
        if self.bar is None:
            return ""
        return f"≤ {self.bar} s" if self.seconds <= self.bar else f"OVER {self.bar} s"


def measure_import(count=ROWS_TO_IMPORT):
    """Yields a Step for each step of an import of `count` rows, half of them new. It leaves the database unchanged."""
    user, begun = run.Everywhere(), []
    with transaction.atomic():
        try:
            rows = _rows_to_import(count, user)
            clean, broken = (b"".join(sheet_files.csv_of_sheet(cases)) for cases in (rows, _broken(rows)))
            yield from _import_steps(user, clean, broken, _as_an_office_keeps_it(rows), begun)
        finally:
            transaction.set_rollback(True)
            for begun_import in begun:
                report = begun_import.report
                for path in (begun_import.file.name, report.get("errors_file"), report.get("changes_file")):
                    if path:
                        default_storage.delete(path)


def _import_steps(user, clean, broken, theirs, begun):
    def timed(name, work, in_words, bar=None):
        started = time.perf_counter()
        result = work()
        return result, Step(name, time.perf_counter() - started, in_words(result), bar)

    def dry_run(content, mapping=None):
        begun.append(run.receive(content, "bench.csv", by=user, mapping=mapping))
        return run.dry_run(begun[-1], user)

    counted = "{0.rows} rows: {1} new, {2} changed, {3} errors"

    def counts_of(report):
        return counted.format(report, len(report.created), len(report.changed), len(report.errors))

    _report, step = timed("dry run, with errors", lambda: dry_run(broken), counts_of, LONGEST_DRY_RUN)
    yield step
    report, step = timed("dry run", lambda: dry_run(clean), counts_of, LONGEST_DRY_RUN)
    yield step
    reason = "measured" if report.doubts else ""
    work = lambda: run.carry_out(begun[-1], user, reason=reason)  # noqa: E731
    _count, step = timed("import", work, lambda cases: f"{cases} cases written", LONGEST_IMPORT)
    yield step
    _report, step = timed("the same file again", lambda: dry_run(clean), counts_of)
    yield step
    _report, step = timed("the same as an office keeps it", lambda: dry_run(*theirs), counts_of, LONGEST_DRY_RUN)
    yield step
    by = get_user_model().objects.create_superuser("bench-import")
    work = lambda: undo.undo(begun[-3].change, by=by, reason="measured")  # noqa: E731
    _rows, step = timed("undo", work, lambda rows: f"{rows} rows as before", LONGEST_IMPORT)
    yield step


def _as_an_office_keeps_it(rows):
    """(the same rows without references, under Chinese names; the layout that says which columns they are)."""
    rules = {column.title_zh: Rule(name) for name, column in columns.COLUMNS.items() if name != "ref"}
    content = sheet_files.csv_of([[*rules], *([row[rule.to] for rule in rules.values()] for row in rows)])
    return content, Mapping(rules)


def _rows_to_import(count, user):
    """`count` rows: half are stored cases with a few changed cells, half are new cases."""
    synthetic.make(count, seed=7)
    cases = Case.objects.visible_to(user).filter(ref__startswith=synthetic.PREFIX).order_by("-pk")[:count]
    rows = list(sheet.sheet_rows(cases, user))
    for number, row in enumerate(rows):
        if number % 2:
            row["ref"] = f"{synthetic.PREFIX}import-{number}"
        row["title_en"] += " again"
        row["rigs_seized"] = str(number % 5_000)
        row["rigs_qualifier"] = "about"
    return rows


def _broken(rows):
    """The same rows, with an error in every tenth."""
    return [row | {"rigs_seized": "many"} if number % 10 == 0 else row for number, row in enumerate(rows)]


# The bars of a first visit: (what, at most), for every page and for some.
MOST_PAINT, MOST_SHIFT = 1_500, 0.05  # ms; the sum of layout shifts
MOST_KB = {"cases": 300, "case-bayannur": 120, "case-miri": 120}
MOST_REQUESTS = {"cases": 14}


def measure_bulletins():
    """(how many bulletins were read, of our own tests; how many in a second of processor time)."""
    with BULLETINS.open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    gazetteer = Gazetteer.of_record()
    begins = time.process_time()
    for text in texts:
        reader.read_bulletin(text, gazetteer=gazetteer)
    return len(texts), len(texts) / (time.process_time() - begins)


def verdict_of_visit(visit):
    """The bars that a `browser.FirstVisit` is over, or that it is within them."""
    limits = [
        ("paint", visit.paint, MOST_PAINT),
        ("shift", visit.shift, MOST_SHIFT),
        ("KB", visit.kb, MOST_KB.get(visit.name)),
        ("requests", visit.requests, MOST_REQUESTS.get(visit.name)),
    ]
    over = [f"{what} OVER {most}" for what, value, most in limits if most is not None and value > most]
    return ", ".join([*over, *visit.problems]) or "ok"
