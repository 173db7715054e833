"""One run: files of readings become a ranking. Steps are reported; nothing is written before the end."""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import ibis
import numpy as np
import pyarrow as pa
from django.utils.translation import gettext as _
from ibis import _ as column

from cases.models.screening import Unsaid

from . import bills, faults, features, feeders
from .engine import Engine, local, plausible
from .neighbours import feeders_by_place
from .on_file import OnFile, read_on_file
from .readings import MOST_KW, Noted, NotSaid, ReadingsRefused, read_files, zone_named, zone_of_files
from .rules import MARKS
from .score import Suspect, feeder_findings_of, findings_of, meters_of, ranked
from .weights import SHIPPED

STEPS = ("files", "days", "steps", "hours", "features", "feeders", "score")


@dataclass
class Ranking:
    findings: list[Suspect]
    on_file: OnFile
    readings: int
    first_day: date
    last_day: date
    faults: dict[str, tuple[int, str]] = field(default_factory=dict)  # of the readings: how many, and the first
    # Of most meters of a class, in each hour of a day: what they take, as shares of their mean.
    peers: dict[str, list[list[float]]] = field(default_factory=dict)

    @property
    def said(self) -> list[str]:
        return faults.faults_said(self.faults)


def screened(
    paths: list[Path],
    *,
    time_zone: str | None = None,
    unit: str | None = None,
    engine: str = "",
    report: Callable[[str, float], None] | None = None,
    scratch: Path | None = None,
    threads: int | None = None,
    keep: Path | None = None,
    weights: dict[str, float] = SHIPPED,
    **named: Path | None,
) -> Ranking:
    """The ranking of the meters in `paths`, of readings or of monthly bills. Raises ReadingsRefused.

    `report` is told each step and its share done. `scratch` is where the engine may put down what does not fit into
    memory. In the folder `keep` stay, as Parquet, the readings of files that are none (`readings.parquet`), the means
    of each meter in each hour (`hours.parquet`) and the bills (`bills.parquet`).
    `weights` are the points of a set; where nobody says them, those that are shipped.
    """
    with TemporaryDirectory(prefix="screening-", dir=scratch) as folder:
        return _Run(Path(folder), report, engine, threads, weights).screen(
            paths, zone_named(time_zone), unit, named, keep
        )


class _Run:
    def __init__(self, folder, report, address, threads, weights):
        self.folder, self.report, self.weights = folder, report, weights
        self.engine = Engine(address, folder, threads)

    def screen(self, paths, zone, unit, named, keep):
        self._at("files")
        folder = next((path for path in paths if path.is_dir()), None)
        paths, of_bills = bills.apart(paths)
        self.bills = bills.read_bills(of_bills)
        if keep and self.bills.meters:
            self.bills.write(keep / "bills.parquet")
        if not paths:
            return self._of_bills_alone(folder, named)
        files = read_files(paths, zone, unit, keep or self.folder)
        zone = zone or zone_named(zone_of_files(files))
        if not zone:
            raise NotSaid(Unsaid.TIME_ZONE, _("In which time zone do the days begin?"))
        self.on_file = read_on_file(folder, zone, **named)
        raw = self.engine.raw(files)
        self.span = self._span(raw)
        readings = plausible(raw)
        self.interval = self.engine.interval(readings)
        if files.unit == "kwh":
            readings = readings.mutate(kw=column.kw * 3600 / self.interval)
        first, last = self.span["first"], self.span["last"]
        self.readings = local(readings, zone, first, last, is_local=not files.is_instant)
        found = self._features()
        numbers, meters = meters_of(found, self.on_file, self.bills)
        self.in_watts = {numbers[place] for place in np.flatnonzero(MARKS["unit"].strength(meters))}
        findings = findings_of(numbers, meters, self.on_file, self.weights) + self._feeders(found)
        self._at("score")
        if keep:
            self._write_hours(keep / "hours.parquet")
        return Ranking(
            ranked(findings),
            self.on_file,
            self.span["count"],
            _day(np.min(found["first_day"].to_numpy())),
            _day(np.max(found["last_day"].to_numpy())),
            self._faults(files, found),
            self._peers(found) if keep else {},
        )

    def _of_bills_alone(self, folder, named):
        """The ranking where there are no readings: of months."""
        on_file = read_on_file(folder, ZoneInfo("UTC"), **named)
        findings = findings_of(*meters_of(features.none_of_them(), on_file, self.bills), on_file, self.weights)
        self._at("score")
        said = self._noted(Noted(), {})
        return Ranking(ranked(findings), on_file, self.bills.count, self.bills.first_day, self.bills.last_day, said)

    def _at(self, step, share=0.0):
        if self.report:
            self.report(step, share)

    def _keep(self, step, expression):
        self._at(step)
        return self.engine.watched(lambda: self.engine.keep(expression), lambda share: self._at(step, share))

    def _write_hours(self, path):
        """What each meter took in each hour, by meter: a page of one reads only its part of the file."""
        rows = self.readings.select(
            "meter", "kw", day=(column.second // features.A_DAY).cast("int32"),
            hour=(column.second % features.A_DAY // features.AN_HOUR).cast("int32"),
        )  # fmt: skip
        means = rows.group_by("meter", "day", "hour").aggregate(kw=column.kw.mean().cast("float32"))
        self.engine.watched(
            lambda: self.engine.write(means.order_by("meter", "day", "hour"), path),
            lambda share: self._at("score", share),
        )

    def _peers(self, found):
        """The usual day of each class: of the middle eight in ten of its meters, low, middle and high by hour."""
        means = dict(zip(found["meter"].to_pylist(), found["mean"].to_pylist(), strict=True))
        members = [meter for meter, mean in means.items() if mean and mean > 0 and meter not in self.on_file.supplies]
        if not members:
            return {}
        table = pa.table(
            {
                "meter": members,
                "class": [self.on_file.of(meter, "class") for meter in members],
                "whole": [float(means[meter]) for meter in members],
            }
        )
        ratios = self.hours.join(self.engine.table(table, "members"), "meter").mutate(
            ratio=column["mean"] / column.whole
        )
        bands = ratios.group_by("class", "hour").aggregate(
            low=column.ratio.quantile(0.1), middle=column.ratio.quantile(0.5), high=column.ratio.quantile(0.9)
        )
        found = {}
        for row in self.engine.rows(bands.order_by("class", "hour")).to_pylist():
            lines = found.setdefault(row["class"], [[None] * 24 for _line in range(3)])
            for line, name in zip(lines, ("low", "middle", "high"), strict=True):
                line[row["hour"]] = None if row[name] is None else round(row[name], 3)
        return found

    def _span(self, raw):
        row = self.engine.rows(
            raw.aggregate(
                count=column.count(),
                first=column.second.min(),
                last=column.second.max(),
                beyond=(column.kw.abs() > MOST_KW).sum(),
                empty=(column.kw.isnull() | (column.meter == "")).sum(),
            )
        ).to_pylist()[0]
        if not row["count"]:
            raise ReadingsRefused(_("There are no readings in these files."))
        return row

    def _features(self):
        self.days = self._keep("days", features.days_of(self.readings))
        steps = self._keep("steps", features.steps_of(self.readings, features.tops_of(self.days)))
        plateaus = self._keep("steps", features.plateaus_of(steps))
        self.hours = self._keep("hours", features.hours_of(self.readings, plateaus))
        expression = features.shapes_of_meters(self.days, plateaus, self.hours, self._weather())
        self._at("features")
        return self.engine.rows(expression)

    def _weather(self):
        if not self.on_file.weather:
            return None
        days = sorted(self.on_file.weather)
        rows = pa.table(
            {
                "day": pa.array(days, pa.int32()),
                "celsius": [float(np.mean(self.on_file.weather[day])) for day in days],
                "hottest": [float(max(self.on_file.weather[day])) for day in days],
            }
        )
        return self.engine.table(rows, "weather")

    def _feeders(self, found):
        """The findings about feeders that have a supply meter and customers."""
        means = dict(zip(found["meter"].to_pylist(), found["mean"].to_pylist(), strict=True))
        self.placed = feeders_by_place(self.on_file)
        on_feeders = [
            (meter, feeder, means[meter], 0.001 if meter in self.in_watts else 1.0)
            for meter, feeder in self.placed.feeder_of.items()
            if meter in means and meter not in self.on_file.supplies
        ]
        tops = dict(zip(found["meter"].to_pylist(), found["top"].to_pylist(), strict=True))
        most = {feeder: tops.get(meter) or math.inf for meter, feeder in self.on_file.supplies.items()}
        # Who takes more than the whole feeder hangs on another, or counts in watts: it would hide all that is missing.
        members = [row for row in on_feeders if row[2] * row[3] <= most.get(row[1], math.inf)]
        self.larger = len(on_feeders) - len(members)
        supplies = [(meter, feeder) for meter, feeder in self.on_file.supplies.items() if meter in means]
        if not members or not supplies:
            return []
        names = ("meter", "feeder", "mean", "scale")
        customers = pa.table(dict(zip(names, map(list, zip(*members, strict=True)), strict=True)))
        measured = pa.table(dict(zip(("meter", "feeder"), map(list, zip(*supplies, strict=True)), strict=True)))
        gaps = feeders.gaps_of(
            self.readings, self.engine.table(customers, "customers"), self.engine.table(measured, "supplies")
        )
        losses = self.engine.rows(feeders.losses_of(self._keep("feeders", gaps)))
        return feeder_findings_of(losses, self.on_file.supplies, self.weights)

    def _faults(self, files, found):
        """What is wrong with the readings: {what: (how many, the first)}."""
        usual = 86_400 // self.interval
        counts = self.engine.rows(
            self.days.aggregate(
                missing=ibis.greatest(usual - column.readings, 0).sum(),
                doubled=(column.readings > usual).sum(),
                twice=(column.readings >= usual * 2 * 0.9).sum(),
            )
        ).to_pylist()[0]
        shape = {
            name: found[name].to_numpy(zero_copy_only=False)
            for name in ("readings", "lowest", "highest", "unchanged_days", "days", "first_day", "last_day")
        }
        silent = shape["last_day"] - shape["first_day"] + 1 - shape["days"]  # whole days without a reading
        stuck = (shape["unchanged_days"] > 0.5 * shape["days"]) & (shape["readings"] > usual)
        counted = {
            "times": files.counted["times"],
            "numbers": files.counted["numbers"],
            "empty": self.span["empty"],
            "beyond": self.span["beyond"],
            "missing": counts["missing"] + usual * silent.sum(),
            "doubled": self._twins(usual) if counts["doubled"] else 0,
            "twice": counts["twice"],
            "negative": (shape["lowest"] < 0).sum(),
            "zero": ((shape["lowest"] == 0) & (shape["highest"] == 0)).sum(),
            "single": (shape["readings"] == 1).sum(),
            "stuck": stuck.sum(),
            "unit": len(self.in_watts),
            "larger": self.larger,
            "unfiled": self.placed.unfiled,
            "moved": self.placed.moved,
            "no_weather": not self.on_file.weather,
        }
        return self._noted(files, counted)

    def _noted(self, files, counted):
        """{what: (how many, the first)}, with what is wrong with the bills."""
        counted = Counter(counted) + self.bills.counted
        examples = self.bills.examples | files.examples
        return {name: (int(number), examples.get(name, "")) for name, number in counted.items() if number}

    def _twins(self, usual):
        """Readings of one meter at one time, beyond the first; looked for on days with more readings than fit."""
        full = self.days.filter(column.readings > usual).select("meter", "day")
        rows = self.readings.mutate(day=(column.second // features.A_DAY).cast("int32")).semi_join(
            full, ["meter", "day"]
        )
        times = rows.group_by("meter", "second").aggregate(n=column.count()).filter(column.n > 1)
        return self.engine.rows(times.aggregate(twins=(column.n - 1).sum()))["twins"].to_pylist()[0] or 0


def _day(number):
    return date(1970, 1, 1) + timedelta(days=int(number))
