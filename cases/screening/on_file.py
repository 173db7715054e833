"""What the office has on file beside the readings: customers, feeders with their supply meters, a weather station."""

import csv
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from .readings import ReadingsRefused

FILES = ("meters.csv", "feeders.csv", "temperature.csv")


@dataclass
class OnFile:
    """Nothing here is needed: what is missing makes the screen blinder, not wrong."""

    customers: dict[str, dict[str, str]] = field(default_factory=dict)  # by meter: feeder, class, region, contracted_kw
    supplies: dict[str, str] = field(default_factory=dict)  # supply meter → feeder
    weather: dict[int, list[float]] = field(default_factory=dict)  # local day → degrees

    def of(self, meter: str, name: str) -> str:
        return self.customers.get(meter, {}).get(name, "")

    def place_of(self, meter: str) -> tuple[float | None, float | None]:
        """Latitude and longitude; neither where one is missing, or is none of this planet."""
        point = self.number(meter, "latitude"), self.number(meter, "longitude")
        return point if abs(point[0]) <= 90 and abs(point[1]) <= 180 else (None, None)

    def number(self, meter: str, name: str) -> float:
        try:
            return float(self.of(meter, name))
        except ValueError:
            return float("nan")


def read_on_file(folder: Path | None, zone: ZoneInfo, **named: Path | None) -> OnFile:
    """The files of `folder`, or those that are named. Raises ReadingsRefused."""
    paths = {}
    for name in FILES:
        path = named.get(name.removesuffix(".csv")) or (folder / name if folder else None)
        if path and (path.is_file() or named.get(name.removesuffix(".csv"))):
            paths[name] = path
    found = OnFile()
    for row in _rows(paths.get("meters.csv"), "meter"):
        if row["meter"] in found.customers:
            raise ReadingsRefused(
                _("The file of meters has two meters of the number %(meter)s.") % {"meter": row["meter"]}
            )
        found.customers[row["meter"]] = row
    for row in _rows(paths.get("feeders.csv"), "feeder", "supply_meter"):
        if row["supply_meter"]:
            found.supplies[row["supply_meter"]] = row["feeder"]
    for row in _rows(paths.get("temperature.csv"), "at", "celsius"):
        try:
            at, degrees = datetime.fromisoformat(row["at"]), float(row["celsius"])
        except ValueError as problem:
            raise ReadingsRefused(_("The file of temperatures: %(problem)s") % {"problem": problem}) from problem
        at = at.astimezone(zone).replace(tzinfo=None) if at.tzinfo else at
        found.weather.setdefault((at.date() - datetime(1970, 1, 1).date()).days, []).append(degrees)  # noqa: DTZ001
    return found


def _rows(path, *columns):
    if path is None:
        return
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            missing = set(columns) - set(reader.fieldnames or ())
            if missing:
                raise ReadingsRefused(
                    _("%(path)s has no column %(names)s.") % {"path": path.name, "names": ", ".join(sorted(missing))}
                )
            for row in reader:
                yield {name: (value or "").strip() for name, value in row.items() if name}
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise ReadingsRefused(f"{path}: {problem}") from problem
