"""One run: files of readings become a ranking. Steps are reported; nothing is written before the end."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import ibis
import numpy as np
import pyarrow as pa
from django.utils.translation import gettext as _
from ibis import _ as column

from . import features, feeders
from .engine import Engine, local, plausible
from .on_file import OnFile, read_on_file
from .readings import MOST_KW, ReadingsRefused, read_files, zone_named, zone_of_files
from .rules import MARKS
from .score import Suspect, feeder_findings_of, findings_of, meters_of, ranked

STEPS = ("files", "days", "steps", "hours", "features", "feeders", "score")


@dataclass
class Ranking:
    findings: list[Suspect]
    on_file: OnFile
    readings: int
    said: list[str] = field(default_factory=list)  # what was found wrong with the readings


def screened(
    paths: list[Path],
    *,
    time_zone: str | None = None,
    unit: str | None = None,
    engine: str = "",
    report: Callable[[str, float], None] | None = None,
    scratch: Path | None = None,
    threads: int | None = None,
    **named: Path | None,
) -> Ranking:
    """The ranking of the meters in `paths`. Raises ReadingsRefused. `report` is told each step and its share done."""
    with TemporaryDirectory(prefix="screening-", dir=scratch) as folder:
        return _Run(Path(folder), report, engine, threads).screen(paths, zone_named(time_zone), unit, named)


class _Run:
    def __init__(self, folder, report, address, threads):
        self.folder, self.report = folder, report
        self.engine = Engine(address, folder, threads)

    def screen(self, paths, zone, unit, named):
        self._at("files")
        files = read_files(paths, zone, unit, self.folder)
        zone = zone or zone_named(zone_of_files(files))
        if not zone:
            raise ReadingsRefused(_("Whose days are these? Say --time-zone, for example --time-zone Asia/Shanghai."))
        folder = next((path for path in paths if path.is_dir()), None)
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
        numbers, meters = meters_of(found, self.on_file)
        self.wrong_units = (MARKS["unit"].strength(meters) > 0).sum()
        findings = findings_of(numbers, meters) + self._feeders(found)
        self._at("score")
        return Ranking(ranked(findings), self.on_file, self.span["count"], self._said(files, found))

    def _at(self, step, share=0.0):
        if self.report:
            self.report(step, share)

    def _keep(self, step, expression):
        self._at(step)
        with self.engine.watched(lambda share: self._at(step, share)):
            return self.engine.keep(expression)

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
        hours = self._keep("hours", features.hours_of(self.readings, plateaus))
        expression = features.shapes_of_meters(self.days, plateaus, hours, self._weather())
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
        members = [
            (meter, row.get("feeder", ""), means[meter])
            for meter, row in self.on_file.customers.items()
            if meter in means
        ]
        members = [member for member in members if member[1] and member[0] not in self.on_file.supplies]
        supplies = [(meter, feeder) for meter, feeder in self.on_file.supplies.items() if meter in means]
        if not members or not supplies:
            return []
        customers = pa.table(dict(zip(("meter", "feeder", "mean"), map(list, zip(*members, strict=True)), strict=True)))
        measured = pa.table(dict(zip(("meter", "feeder"), map(list, zip(*supplies, strict=True)), strict=True)))
        gaps = feeders.gaps_of(
            self.readings, self.engine.table(customers, "customers"), self.engine.table(measured, "supplies")
        )
        losses = self.engine.rows(feeders.losses_of(self._keep("feeders", gaps)))
        return feeder_findings_of(losses, self.on_file.supplies)

    def _said(self, files, found):
        """What is wrong with the readings, in sentences with counts."""
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
        counted = (
            (_("times that were not understood: %s"), files.counted["times"]),
            (_("values that are no numbers: %s"), files.counted["numbers"]),
            (_("readings without meter or value: %s"), self.span["empty"]),
            (_("readings beyond any meter (over 5,000,000 kW), left out: %s"), self.span["beyond"]),
            (_("readings that are missing: %s"), counts["missing"] + usual * silent.sum()),
            (_("readings that came twice: %s"), self._twins(usual) if counts["doubled"] else 0),
            (_("days with twice the readings, perhaps two meters of one number: %s"), counts["twice"]),
            (_("meters with values below zero (solar): %s"), (shape["lowest"] < 0).sum()),
            (_("meters that are zero all the time: %s"), ((shape["lowest"] == 0) & (shape["highest"] == 0)).sum()),
            (_("meters with a single reading: %s"), (shape["readings"] == 1).sum()),
            (_("registers that are stuck, a fault and not a load: %s"), stuck.sum()),
            (_("meters in a wrong unit, by what is contracted: %s"), self.wrong_units),
        )
        said = [text % f"{int(number):,}" for text, number in counted if number]
        said += [_("first: %(example)s") % {"example": example} for example in files.examples.values()]
        if not self.on_file.weather:
            said.append(_("no temperatures: loads that follow the weather cannot be told from mines"))
        return said

    def _twins(self, usual):
        """Readings of one meter at one time, beyond the first; looked for on days with more readings than fit."""
        full = self.days.filter(column.readings > usual).select("meter", "day")
        rows = self.readings.mutate(day=(column.second // features.A_DAY).cast("int32")).semi_join(
            full, ["meter", "day"]
        )
        times = rows.group_by("meter", "second").aggregate(n=column.count()).filter(column.n > 1)
        return self.engine.rows(times.aggregate(twins=(column.n - 1).sum()))["twins"].to_pylist()[0] or 0
