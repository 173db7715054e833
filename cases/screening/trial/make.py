"""Invented meter readings for trials, and apart from them what each meter really is.

    readings/part-0001.parquet …   meter, at, kw      every quarter of an hour, with gaps, twins and a few faults
    meters.csv                     what an office has on file: feeder, class, region, contracted load, place; with gaps
    feeders.csv                    the supply meter of each feeder, where there is one
    temperature.csv                the nearest weather station
    labels.csv                     meter, kind         a mine's kind begins with `mine`

A feeder's customers are drawn together, because its supply meter must see them all. One seed makes the same files.
"""

import csv
import itertools
import shutil
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from . import mines
from .clock import SLOTS, ZONE, Clock, about, chosen, some
from .kinds import KINDS, UNMETERED, classes_of, counts_of

READINGS_OF_A_CHUNK = 2_500_000  # in memory at once
SIZES = np.array(
    [3, 5, 8, 10, 15, 20, 30, 50, 80, 100, 160, 200, 315, 400, 500, 630, 800, 1000, 1250, 1600, 2000, 3150, 5000]
)
REGIONS = ("CN-150200", "CN-150800", "CN-150900")


@dataclass
class Trial:
    """What is asked for: `mines` and `lookalikes` are shares of the meters, `steady` a share of the mines."""

    meters: int
    days: int
    seed: int = 1
    first_day: date = date(2026, 6, 1)
    mines: float = 0.01
    steady: float = 0.5
    lookalikes: float = 0.08


@dataclass
class _Chunk:
    """The feeders that are drawn together: the kinds of their customers, the feeder of each, which have theft."""

    kinds: list[str]
    feeders: list[int]
    numbers: list[int]
    supplies: dict[int, int] = field(default_factory=dict)  # feeder → number of its supply meter
    thieves: set[int] = field(default_factory=set)


def make_trial(trial: Trial, folder: Path, *, quiet: bool = True) -> int:
    """Write the files of `trial` into `folder`, which must be empty or missing. Returns the number of readings."""
    seeds = np.random.SeedSequence(trial.seed).spawn(2)
    chance = np.random.default_rng(seeds[0])
    clock = Clock(trial.first_day, trial.days, chance)
    chunks, feeders = _feeders(trial, chance)
    parts = folder / "readings"
    parts.mkdir(parents=True)
    written = 0
    with (
        (folder / "labels.csv").open("w", encoding="utf-8", newline="") as labels,
        (folder / "meters.csv").open("w", encoding="utf-8", newline="") as meters,
        tqdm(total=trial.meters, unit=" meters", disable=quiet) as bar,
    ):
        labels, meters = csv.writer(labels, lineterminator="\n"), csv.writer(meters, lineterminator="\n")
        labels.writerow(["meter", "kind"])
        meters.writerow(["meter", "feeder", "class", "region", "contracted_kw", "latitude", "longitude"])
        known = []
        for number, (chunk, seed) in enumerate(zip(chunks, seeds[1].spawn(len(chunks)), strict=True), 1):
            drawn = _draw(chunk, clock, np.random.default_rng(seed), feeders)
            written += _write(
                parts / f"part-{number:04}.parquet", drawn, clock, np.random.default_rng(seed.spawn(1)[0])
            )
            known += zip(drawn.numbers, drawn.kinds, drawn.on_file, strict=True)
            bar.update(len(chunk.kinds))
        # By number, which says nothing: not in the order in which they were drawn.
        for meter, kind, on_file in sorted(known):
            labels.writerow([f"{meter:010}", kind])
            if on_file:
                meters.writerow([f"{meter:010}", *on_file])
    _write_table(folder / "feeders.csv", ["feeder", "supply_meter", "region"], feeders.on_file(chunks))
    hours = ((datetime.fromtimestamp(int(clock.seconds[slot]), UTC), slot) for slot in range(0, clock.size, 4))
    weather = ([hour.isoformat(), f"{clock.celsius[slot]:.1f}"] for hour, slot in hours)
    _write_table(folder / "temperature.csv", ["at", "celsius"], weather)
    return written


def keep_only_bills(folder: Path) -> None:
    """Put `bills.csv` in the place of the readings of a trial: what each meter took in each whole month, kWh."""
    months = """
        SELECT meter, strftime("at" AT TIME ZONE ?, '%Y-%m') AS month, round(avg(kw) * count(DISTINCT "at") / 4)
        FROM read_parquet(?) GROUP BY ALL HAVING count(DISTINCT "at") > 27 * 96 ORDER BY ALL
    """
    with duckdb.connect() as connection:
        rows = connection.execute(months, [ZONE, f"{folder}/readings/*.parquet"]).fetchall()
    _write_table(folder / "bills.csv", ["meter", "month", "kwh"], rows)
    shutil.rmtree(folder / "readings")


def remove_trial(folder: Path) -> None:
    """Delete what an earlier run left in `folder`, and nothing else."""
    shutil.rmtree(folder / "readings", ignore_errors=True)
    for name in ("labels.csv", "meters.csv", "feeders.csv", "temperature.csv"):
        (folder / name).unlink(missing_ok=True)


def _write_table(path, head, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *rows])


@dataclass
class _Feeders:
    """Numbers, regions and places of the feeders."""

    names: np.ndarray
    regions: np.ndarray
    latitudes: np.ndarray
    longitudes: np.ndarray

    def on_file(self, chunks):
        """The rows of feeders.csv. One in twelve feeders has no supply meter."""
        supplies = {feeder: number for chunk in chunks for feeder, number in chunk.supplies.items()}
        for feeder in np.argsort(self.names):
            meter = supplies.get(int(feeder))
            yield [self.names[feeder], f"{meter:010}" if meter else "", self.regions[feeder]]


def _feeders(trial, chance):
    """The customers on feeders of 20 to 150, neighbours alike; chunks of whole feeders."""
    counts = counts_of(trial.meters, mines=trial.mines, steady=trial.steady, lookalikes=trial.lookalikes)
    unmetered = counts.pop(UNMETERED)
    kinds = np.repeat(list(counts), list(counts.values()))
    places = np.array([KINDS[kind].place for kind in kinds]) + chance.normal(0, 0.7, len(kinds))
    kinds = kinds[np.argsort(places)]
    ends = np.cumsum(chance.integers(20, 151, len(kinds) // 20 + 1))
    cuts = [0, *(int(end) for end in ends if end < len(kinds) - 10), len(kinds)]
    members = [kinds[begin:end] for begin, end in itertools.pairwise(cuts)]
    order = chance.permutation(len(members))
    members = [chance.permutation(members[place]) for place in order]
    numbers = chance.choice(9_000_000_000, len(kinds) + len(members), replace=False) + 1_000_000_000
    measured = [feeder for feeder in range(len(members)) if chance.random() > 0.08] or [0]
    thieves = {int(feeder) for feeder in chance.choice(measured, min(unmetered, len(measured)), replace=False)}
    regions = chance.choice(REGIONS, len(members))
    feeders = _Feeders(
        np.array([f"F{number:05}" for number in chance.choice(90_000, len(members), replace=False) + 10_000]), regions,
        40.8 + chance.normal(0, 0.3, len(members)), 107 + np.array([REGIONS.index(code) for code in regions]) * 2.7
        + chance.normal(0, 0.4, len(members)),
    )  # fmt: skip
    chunks, numbers = [], iter(numbers.tolist())
    for feeder, inside in enumerate(members):
        full = not chunks or (len(chunks[-1].kinds) + len(inside)) * trial.days * SLOTS > READINGS_OF_A_CHUNK
        if full:
            chunks.append(_Chunk([], [], []))
        chunk = chunks[-1]
        chunk.kinds += [str(kind) for kind in inside]
        chunk.feeders += [feeder] * len(inside)
        chunk.numbers += [next(numbers) for _kind in inside]
        if feeder in measured:
            chunk.supplies[feeder] = next(numbers)
        if feeder in thieves:
            chunk.thieves.add(feeder)
    return chunks, feeders


@dataclass
class _Drawn:
    numbers: list[int]
    kinds: list[str]
    on_file: list[list | None]
    kw: np.ndarray


def _draw(chunk, clock, chance, feeders):
    """The loads of a chunk's customers and of its supply meters, and what is on file about the customers."""
    kinds, owners = np.array(chunk.kinds), np.array(chunk.feeders)
    kw = np.zeros((len(kinds) + len(chunk.supplies), clock.size), np.float32)
    classes = np.empty(len(kinds), object)
    for kind in sorted(set(chunk.kinds)):
        rows = np.flatnonzero(kinds == kind)
        kw[rows] = KINDS[kind].load(clock, chance, len(rows))
        classes[rows] = classes_of(KINDS[kind], chance, len(rows))
    _power_cuts(kw[: len(kinds)], owners, clock, chance)
    kinds_of_all = list(chunk.kinds)
    for row, feeder in enumerate(chunk.supplies, len(kinds)):
        kw[row] = _supplied(kw[: len(kinds)][owners == feeder], feeder in chunk.thieves, clock, chance)
        kinds_of_all.append(UNMETERED if feeder in chunk.thieves else "supply")
    customers = kw[: len(kinds)]
    on_file = _on_file(customers, owners, classes, feeders, chance)
    _quantise(kw, chance)
    _faults(customers, kinds_of_all, clock, chance)
    return _Drawn(
        chunk.numbers + list(chunk.supplies.values()), kinds_of_all, on_file + [None] * len(chunk.supplies), kw
    )


def _power_cuts(kw, owners, clock, chance):
    """Now and then a feeder is without power for an hour or two."""
    for feeder in np.unique(owners):
        for _cut in range(chance.poisson(clock.days / 60)):
            begin = chance.integers(0, clock.size)
            kw[owners == feeder, begin : begin + chance.integers(1, 10)] = 0


def _supplied(kw, has_thief, clock, chance):
    """What the supply meter of a feeder sees: customers, losses, small theft, lamps without a meter, perhaps a mine."""
    metered = kw.sum(0, keepdims=True)
    mean = max(float(metered.mean()), 1)
    copper = some(chance, 1, 0.008, 0.03)
    loss = mean * some(chance, 1, 0.004, 0.014) + copper * metered * np.abs(metered) / mean
    supplied = metered + loss
    # Neighbours who bypass their meters: a household's habits without a household's bill.
    bypass = chosen(chance, 1, 0.25) * about(chance, 1, 0.012, 0.8, 0, 0.12)
    supplied += bypass * mean * clock.shifted(clock.profile("h0"), chance, 1) * (1 + 0.2 * clock.wander(chance, 1, 2))
    lamps = chosen(chance, 1, 0.15) * mean * some(chance, 1, 0.003, 0.03)
    supplied += lamps * (abs(clock.hour - 12.5) > clock.daylight[clock.day] / 2)
    if has_thief:
        share = np.exp(chance.uniform(np.log(0.05), np.log(0.4), (1, 1)))
        supplied += mines.running_rigs(clock, chance, 1, np.maximum(mean * share, 2.0).astype(np.float32))
    return (
        supplied
        * (1 + 0.002 * clock.wander(chance, 1, 24) + 0.001 * clock.white(chance, 1))
        * some(chance, 1, 0.995, 1.005)
    )[0]


def _quantise(kw, chance):
    """A register counts in steps of the meter and its current transformers."""
    top = np.abs(kw).max(1, keepdims=True)
    ratio = np.select([top < 30, top < 100, top < 400], [1, 20, 80], 400)
    step = (0.004 * ratio * chance.choice([1, 1, 2.5], (len(kw), 1))).astype(np.float32)
    np.round(kw / step, out=kw)
    kw *= step


def _faults(kw, kinds, clock, chance):
    """A few registers are stuck at what they last said; a few meters are read in watts."""
    for row, lot in enumerate(chance.random(len(kw))):
        if kinds[row].startswith("mine"):
            continue  # so that the labels stay what they say
        if lot < 0.0005:
            kw[row, :] = kw[row, chance.integers(0, clock.size)] or 0.5
            kinds[row] = "fault-stuck-register"
        elif lot < 0.001:
            kw[row] *= 1000
            kinds[row] = "fault-wrong-unit"


def _on_file(kw, owners, classes, feeders, chance):
    """What the office has: contracted load, feeder, place and region, each missing or wrong for some."""
    count = len(kw)
    wanted = np.percentile(kw[:, ::4], 99, axis=1) * chance.lognormal(0.35, 0.35, count)
    contracted = SIZES[np.clip(np.searchsorted(SIZES, wanted), 0, len(SIZES) - 1)]
    lots = chance.random((count, 5))
    there = np.where(lots[:, 0] < 0.015, chance.integers(0, len(feeders.names), count), owners)
    latitude = feeders.latitudes[owners] + chance.normal(0, 0.01, count)
    longitude = feeders.longitudes[owners] + chance.normal(0, 0.01, count)
    rows = []
    for row in range(count):
        name = "" if lots[row, 1] < 0.02 else feeders.names[there[row]]
        region = "" if lots[row, 2] < 0.03 else feeders.regions[owners[row]]
        place = [f"{latitude[row]:.5f}", f"{longitude[row]:.5f}"]
        if lots[row, 3] < 0.01:
            place.reverse()
        elif lots[row, 3] < 0.12:
            place = ["", ""]
        rows.append([name, classes[row], region, "" if lots[row, 4] < 0.06 else int(contracted[row]), *place])
    return rows


def _write(path, drawn, clock, chance):
    """The readings of a chunk as Parquet, without those that never came and with a few that came twice."""
    count, size = drawn.kw.shape
    keep = chance.random((count, size), dtype=np.float32) > np.where(chance.random((count, 1)) < 0.1, 0.01, 0.0002)
    for row in np.flatnonzero(chance.random(count) < 0.04):  # no radio for hours or days
        begin = chance.integers(0, size)
        keep[row, begin : begin + chance.integers(8, 96 * 4)] = False
    meters, slots = np.nonzero(keep)
    kw = drawn.kw[meters, slots]
    twins = np.flatnonzero(chance.random(len(meters), dtype=np.float32) < 0.00002)
    order = np.sort(np.concatenate([np.arange(len(meters)), twins]))
    names = pa.array([f"{number:010}" for number in drawn.numbers])
    table = pa.table(
        {
            "meter": pa.DictionaryArray.from_arrays(pa.array(meters[order].astype(np.int32)), names),
            "at": pa.array(clock.seconds[slots[order]] * 1000, pa.timestamp("ms", ZONE)),
            "kw": pa.array(kw[order]),
        }
    )
    pq.write_table(table, path, compression="zstd", compression_level=1, row_group_size=500_000)
    return len(order)
