import csv
import io
import os
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from cases.files.csv_text import defused
from cases.models.screening import Unsaid
from cases.screening.readings import NotSaid, ReadingsRefused
from cases.screening.results.leading import watts_of_rigs, what_if_rigs
from cases.screening.run import STEPS, screened

HEAD = (
    "meter", "rank", "points", "what", "class", "feeder", "region", "kw", "rigs_low", "rigs_high", "kwh_a_year",
    "tce_a_year", "money_a_year", "reasons",
)  # fmt: skip
SHOWN = 20
SAY = {
    Unsaid.TIME_ZONE: "Say --time-zone, for example --time-zone Asia/Shanghai.",
    Unsaid.UNIT: "Say --unit kw or --unit kwh.",
}


class Command(BaseCommand):
    help = "Screen meter readings: a ranking of the meters and feeders that look like mines, with the reasons."

    def add_arguments(self, parser):
        parser.add_argument(
            "files", nargs="+", type=Path, metavar="FILE", help="CSV, Parquet or XLSX; or a folder of Parquet"
        )
        parser.add_argument("--out", type=Path, metavar="CSV", help="write the whole ranking into this file")
        parser.add_argument("--time-zone", help="of the times in the files, and of the days; as Asia/Shanghai")
        parser.add_argument("--unit", choices=["kw", "kwh"], help="what the values mean, if the columns do not say")
        parser.add_argument("--meters", type=Path, help="CSV: meter, feeder, class, region, contracted_kw")
        parser.add_argument("--feeders", type=Path, help="CSV: feeder, supply_meter")
        parser.add_argument("--temperature", type=Path, help="CSV: at, celsius")
        parser.add_argument("--tariff", type=float, help="money for a kWh, to say what the load costs in a year")

    def handle(self, *, files, out, tariff, verbosity, **options):
        bar = tqdm(
            total=len(STEPS),
            disable=verbosity == 0 or not self.stderr.isatty(),
            bar_format="{desc:<10}{percentage:3.0f}%|{bar}| {elapsed}",
        )
        names = ("time_zone", "unit", "meters", "feeders", "temperature")
        try:
            with bar:
                found = screened(
                    files,
                    engine=settings.READINGS_ENGINE,
                    report=_shown_by(bar),
                    **{name: options[name] for name in names},
                )
        except NotSaid as question:
            raise CommandError(f"{question} {SAY[question.about]}") from question
        except ReadingsRefused as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{found.readings:,} readings, {len(found.findings):,} meters.")
        for sentence in found.said:
            self.stdout.write(f"  {sentence}")
        watts = watts_of_rigs()
        rows = [_row(rank, finding, found.on_file, watts, tariff) for rank, finding in enumerate(found.findings, 1)]
        if out:
            _write_whole(out, rows)
        for row in rows[: SHOWN if verbosity else 0]:
            if row["points"] > 0:
                rigs = f"{row['rigs_low']}–{row['rigs_high']} rigs" if watts else ""
                self.stdout.write(
                    f"{row['rank']:>4} {row['meter']:<14}{row['points']:>6} {row['kw']:>10,} kW {rigs:<14} "
                    + row["reasons"]
                )


def _shown_by(bar):
    def report(step, share):
        bar.set_description_str(step, refresh=False)
        bar.n = round(STEPS.index(step) + share, 2)
        bar.refresh()

    return report


def _row(rank, finding, on_file, watts, tariff):
    guess = what_if_rigs(finding.kw, watts, tariff)
    return {
        "meter": finding.meter,
        "rank": rank,
        "points": round(finding.points, 1),
        "what": "feeder" if finding.is_feeder else "meter",
        "class": finding.tariff_class,
        "feeder": finding.feeder,
        "region": on_file.of(finding.meter, "region"),
        "kw": round(finding.kw, 2),
        "rigs_low": guess.rigs_low if watts else "",
        "rigs_high": guess.rigs_high if watts else "",
        "kwh_a_year": round(guess.kwh_a_year),
        "tce_a_year": round(guess.tce_a_year, 1),
        "money_a_year": "" if tariff is None else round(guess.money_a_year),
        "reasons": " | ".join(finding.reasons),
    }


def _write_whole(path, rows):
    """All or nothing: a run that is killed leaves no half file."""
    text = io.StringIO()
    writer = csv.DictWriter(text, HEAD, lineterminator="\n")
    writer.writeheader()
    writer.writerows(
        {name: defused(value) if isinstance(value, str) else value for name, value in row.items()} for row in rows
    )
    half = path.with_name(path.name + ".part")
    try:
        half.write_text(text.getvalue(), encoding="utf-8")
        os.replace(half, path)
    except OSError as problem:
        raise CommandError(f"{path}: {problem.strerror}") from problem
