"""What runs the expressions: DuckDB in this process, out of core; or Apache Spark, where a grid's readings lie."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import ibis
from django.utils.translation import gettext as _
from ibis import _ as column

from .readings import MOST_KW, Files, ReadingsRefused

MEMORY = "1200MB"  # of DuckDB's tables; the process stays below two gigabytes
QUARTER = 900


class Engine:
    """A connection of Ibis, with the readings as one table."""

    def __init__(self, address: str, scratch: Path, threads: int | None = None):
        self.is_spark = bool(address)
        self.kept = 0
        self.connection = self._spark(address) if address else self._duckdb(scratch, threads)

    def _duckdb(self, scratch, threads):
        options = {"memory_limit": MEMORY, "temp_directory": str(scratch), "preserve_insertion_order": False}
        if threads:
            options["threads"] = threads
        connection = ibis.duckdb.connect(str(scratch / "screening.duckdb"), **options)
        connection.raw_sql(
            "SET enable_progress_bar = true; SET enable_progress_bar_print = false"
        )  # to be asked, not shown
        return connection

    def _spark(self, address):
        try:
            from pyspark.sql import SparkSession
        except ImportError as missing:
            raise ReadingsRefused(
                _("ENFORCEMENT_READINGS_ENGINE names Spark, and pyspark is not installed: pip install .[spark]")
            ) from missing
        try:
            builder = SparkSession.builder.appName("screening").config("spark.sql.session.timeZone", "UTC")
            builder = builder.config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "4")
            self.session = (
                builder.remote(address) if address.startswith("sc://") else builder.master(address)
            ).getOrCreate()
            return ibis.pyspark.connect(self.session)
        except Exception as problem:
            reason = (str(problem).strip().splitlines() or [type(problem).__name__])[0][:200]
            raise ReadingsRefused(
                _("Spark at %(address)s does not answer: %(reason)s") % {"address": address, "reason": reason}
            ) from problem

    def keep(self, expression: ibis.Table) -> ibis.Table:
        """The rows of `expression`, calculated once."""
        self.kept += 1
        name = f"kept_{self.kept}"
        if self.is_spark:
            rows = self.session.sql(self.connection.compile(expression)).cache()
            rows.createOrReplaceTempView(name)
            return self.connection.table(name)
        return self.connection.create_table(name, expression)

    def rows(self, expression: ibis.Table):
        """The rows as an Arrow table."""
        try:
            return self.connection.to_pyarrow(expression)
        except duckdb.Error as problem:
            raise ReadingsRefused(str(problem).splitlines()[0][:300]) from problem

    def table(self, rows, name) -> ibis.Table:
        """Rows of this process, as a table of the engine."""
        if self.is_spark:
            self.session.createDataFrame(rows.to_pandas()).createOrReplaceTempView(name)
        else:
            self.connection.con.register(name, rows)
        return self.connection.table(name)

    def raw(self, files: Files) -> ibis.Table:
        """`meter`, `second` and the value, as the files have them."""
        paths = [str(path) for path in files.parts]
        table = self.connection.read_parquet(paths if not self.is_spark or len(paths) > 1 else paths[0])
        at = table[files.column_at]
        return table.select(
            meter=table[files.column_meter].cast("string"),
            second=at if files.column_at == "second" else at.epoch_seconds(),
            kw=table[files.column_value].cast("float64"),
        )

    def interval(self, readings: ibis.Table) -> int:
        """Seconds from a reading to the next, as most meters have it."""
        sample = readings.group_by("meter").aggregate(n=column.count()).order_by(ibis.desc("n"), "meter").limit(20)
        order = ibis.window(group_by="meter", order_by="second")
        gaps = (
            readings.semi_join(sample, "meter")
            .mutate(gap=column.second - column.second.lag().over(order))
            .filter(column.gap > 0)
        )
        found = self.rows(gaps.group_by("gap").aggregate(n=column.count()).order_by(ibis.desc("n"), "gap").limit(1))[
            "gap"
        ].to_pylist()
        return found[0] if found else QUARTER

    def write(self, expression: ibis.Table, path: Path) -> None:
        """The rows as a file of Parquet."""
        self.connection.to_parquet(expression, path)

    def watched(self, work, report):
        """What `work()` returns; meanwhile `report(share)` is called some times a second, by the thread that asked."""
        if self.is_spark:
            return work()
        with ThreadPoolExecutor(1) as pool:
            doing = pool.submit(work)
            while not wait([doing], timeout=0.3).done:
                report(max(self.connection.con.query_progress(), 0) / 100)
            return doing.result()


def local(readings: ibis.Table, zone: ZoneInfo, first: int, last: int, *, is_local: bool) -> ibis.Table:
    """`second` in the clock of `zone`, with the days on which clocks change. Files without a zone are local already."""
    if is_local:
        return readings
    changes, at = [], first
    while at < last + 86_400:
        offset = int(datetime.fromtimestamp(at, UTC).astimezone(zone).utcoffset().total_seconds())
        if not changes or changes[-1][1] != offset:
            changes.append((at, offset))
        at += 3_600
    shift = ibis.literal(changes[0][1])
    for begin, offset in changes[1:]:
        shift = ibis.ifelse(column.second >= begin, offset, shift)
    return readings.mutate(second=column.second + shift)


def plausible(readings: ibis.Table) -> ibis.Table:
    """Without readings that are no number or that no meter can have."""
    return readings.filter(column.kw.notnull(), column.kw.abs() <= MOST_KW, column.meter != "")
