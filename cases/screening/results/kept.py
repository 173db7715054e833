"""A run of the product: its files under the data directory, what was found in the database.

    receive_readings(…) → ScreeningRun → begin_screening(run) → its meters, or why there are none

All meters of a run are written in one transaction: a run that is interrupted has none, and its page says so. The files
are the readings as they came (of text: as Parquet), and the means of each hour, which the pictures are drawn from.
`purge_readings` deletes both; what was found stays.
"""

import logging
import shutil
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.actions.working import begin_work, progress_of
from cases.bulk import batches, many_rows
from cases.locks import Purpose
from cases.models import ScreenedMeter, ScreeningRun
from cases.models.screening import RunState
from regions.models import Region

log = logging.getLogger(__name__)

BESIDE = ("meters", "feeders", "temperature")  # files with what is on file
LONGEST_NUMBER = ScreenedMeter._meta.get_field("meter").max_length
A_DAY = timedelta(days=1)


def folder_of(run: ScreeningRun) -> Path:
    return settings.READINGS / str(run.pk)


def hours_file(run: ScreeningRun) -> Path:
    """The means of each meter in each hour; gone when the readings were purged."""
    return folder_of(run) / "hours.parquet"


def bills_file(run: ScreeningRun) -> Path:
    """The monthly bills of each meter, where there were any; deleted with the readings."""
    return folder_of(run) / "bills.parquet"


def receive_readings(run: ScreeningRun, readings: Iterable[UploadedFile], beside: dict[str, UploadedFile]) -> None:
    """Store `run` and keep its files: readings, and by name what is on file beside them."""
    run.save()
    given = folder_of(run) / "given"
    given.mkdir(parents=True)
    for number, file in enumerate(readings, 1):
        # Only the ending of its name: it says what kind of file it is.
        _write(file, given / f"{number:03}{Path(file.name).suffix.lower()[:10]}")
    for name in BESIDE:
        if name in beside:
            _write(beside[name], folder_of(run) / f"{name}.csv")


def _write(file, path):
    with path.open("wb") as target:
        for chunk in file.chunks():
            target.write(chunk)


def begin_screening(run: ScreeningRun) -> None:
    """Screen in a thread of this process. Returns when it has begun."""
    begin_work(Purpose.WORK_ON_SCREENING, run.pk, partial(_work, run.pk))


def again(run: ScreeningRun) -> None:
    """Begin anew, with what was answered or after an interruption."""
    run.state, run.problem, run.asks = RunState.RUNNING, "", ""
    run.save()
    begin_screening(run)


def progress(run: ScreeningRun) -> int | None:
    """How far the work on a run is, in per cent; None if nobody works on it."""
    done = progress_of(Purpose.WORK_ON_SCREENING, run.pk)
    return 100 * done[0] // max(done[1], 1) if done else None


def _work(key, progress):
    run = ScreeningRun.objects.filter(pk=key).first()
    if run is None or run.state != RunState.RUNNING:
        return
    try:
        screen_files(run, progress)
    except OperationalError:
        raise
    except Exception:
        log.exception("A screening failed.")
        _fail(run, _("An unexpected error occurred. Nothing was kept."))


def screen_files(run: ScreeningRun, progress=lambda done, total: None) -> None:
    """Screen the files of `run` and keep what was found, or why nothing was."""
    # Who screens loads the engine; the processes that only show pages do not.
    from cases.screening.readings import NotSaid, ReadingsRefused
    from cases.screening.run import STEPS, screened
    from cases.screening.weights import current_weights

    def report(step, share):
        progress(int(100 * (STEPS.index(step) + share)), 100 * len(STEPS))

    folder, weights = folder_of(run), current_weights()
    beside = {name: folder / f"{name}.csv" for name in BESIDE if (folder / f"{name}.csv").is_file()}
    try:
        ranking = screened(
            sorted((folder / "given").iterdir()), time_zone=run.time_zone or None, unit=run.unit or None,
            engine=settings.READINGS_ENGINE, report=report, scratch=folder, keep=folder,
            weights=weights.points, **beside,
        )  # fmt: skip
        _keep(run, ranking, weights.number)
    except NotSaid as question:
        run.state, run.asks, run.problem = RunState.ASKING, question.about, str(question)
        run.save()
    except ReadingsRefused as refusal:
        _fail(run, str(refusal))
    else:
        for path in (folder / "given").iterdir():
            if path.suffix != ".parquet":  # texts were kept as Parquet
                path.unlink()


def _fail(run, problem):
    run.state, run.problem, run.settled_at, run.purged_at = RunState.FAILED, problem, timezone.now(), timezone.now()
    run.save()
    shutil.rmtree(folder_of(run), ignore_errors=True)


@many_rows()
@transaction.atomic
def _keep(run, ranking, weights):
    """Write what was found: all meters, and the run as done."""
    from cases.screening.readings import ReadingsRefused

    regions = _regions_in(run.region, {row.get("region", "") for row in ranking.on_file.customers.values()})
    for rank_of_first, batch in zip(range(1, 10**9, 1_000), batches(ranking.findings), strict=False):
        rows = []
        for rank, found in enumerate(batch, rank_of_first):
            if len(found.meter) > LONGEST_NUMBER or "\0" in found.meter:
                raise ReadingsRefused(
                    _("A meter's number is longer than %(most)s characters, or damaged: %(meter)s")
                    % {"most": LONGEST_NUMBER, "meter": found.meter[:30].replace("\0", "?")}
                )
            latitude, longitude = ranking.on_file.place_of(found.meter)
            rows.append(
                ScreenedMeter(
                    run=run, meter=found.meter, rank=rank, is_feeder=found.is_feeder, points=found.points, kw=found.kw,
                    tariff_class=found.tariff_class[:60], feeder=found.feeder[:100], parts=found.parts,
                    figures=found.figures, region=regions.get(ranking.on_file.of(found.meter, "region")),
                    latitude=latitude, longitude=longitude,
                )
            )  # fmt: skip
        ScreenedMeter.objects.bulk_create(rows)
    run.state, run.settled_at = RunState.DONE, timezone.now()
    run.engine, run.weights = settings.READINGS_ENGINE or "DuckDB", weights
    run.readings, run.first_day, run.last_day = ranking.readings, ranking.first_day, ranking.last_day
    run.faults, run.peers = ranking.faults, ranking.peers
    run.save()


def _regions_in(region, codes):
    """{code: Region} of `codes` that lie in `region`: what else a file says of where a meter is, is left out."""
    return Region.objects.within(region).filter(code__in=codes - {""}).in_bulk(field_name="code")


def runs_out_of_time():
    """The runs whose readings are older than they may be."""
    oldest = timezone.now() - timedelta(days=settings.READINGS_DAYS)
    return ScreeningRun.objects.filter(purged_at=None, started_at__lt=oldest)


def purge_readings() -> int:
    """Delete the readings of runs that are out of time, and files that are of no run. Returns how many runs."""
    gone = [run for run in runs_out_of_time() if progress(run) is None]
    for run in gone:
        shutil.rmtree(folder_of(run), ignore_errors=True)
        run.purged_at = timezone.now()
        if run.state in (RunState.RUNNING, RunState.ASKING):
            run.state, run.settled_at, run.asks = RunState.FAILED, timezone.now(), ""
            run.problem = _("The readings were deleted before they were screened.")
        run.save()
    _remove_strays()
    return len(gone)


def _remove_strays():
    """Folders without a run are of a deleted one, or of an upload that was cut off."""
    known = {str(key) for key in ScreeningRun.objects.values_list("pk", flat=True)}
    for folder in settings.READINGS.glob("*"):
        old = timezone.now().timestamp() - folder.stat().st_mtime > A_DAY.total_seconds()
        if folder.is_dir() and folder.name not in known and old:
            shutil.rmtree(folder, ignore_errors=True)
