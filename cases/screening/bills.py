"""Monthly bills: what each meter took month by month, where an office has no finer readings, or beside them.

A file of bills is CSV or XLSX: `meter, month, kWh`, or `meter` and a column for each month, 2026-03. They say how a
load grew and how much one month is like the next; nothing of days and nights.
"""

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from django.utils import timezone
from django.utils.translation import gettext as _

from .readings import Noted, ReadingsRefused, known_columns, meter_numbers, numbers_in, parquet_in, text_pieces

# Of days only the first of a month is one: a bill of another day is of two months.
MONTH = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:月|[-/.]0?1|月0?1日)?(?:[T ]+00:00(?::00)?)?|(\d{2})(?:01)?)")
MOST_MONTHS = 36
EARLIEST = 1990
A_YEAR, HALF_A_YEAR, A_QUARTER = 12, 6, 3
TEXTS = (".csv", ".txt", ".xlsx")


@dataclass
class Bills(Noted):
    """`kwh` has a row for each of `meters`, a column for each month; NaN where there is no bill.

    Months count from the year 0: `first_month` is 12 × year + month − 1.
    """

    meters: list[str]
    first_month: int
    kwh: np.ndarray

    @property
    def count(self):
        return int((~np.isnan(self.kwh)).sum())

    @property
    def first_day(self):
        return first_day_of(self.first_month)

    @property
    def last_day(self):
        return date.fromordinal(first_day_of(self.first_month + self.kwh.shape[1]).toordinal() - 1)

    @property
    def kw(self):
        """The mean load of each month."""
        days = [monthrange(*divmod_of(self.first_month + column))[1] for column in range(self.kwh.shape[1])]
        return self.kwh / (24 * np.array(days, float))

    def columns(self) -> dict[str, np.ndarray]:
        """What the rules see, one value a meter, kW; NaN where too few months are known.

        `bill_kw` is the mean of the last three months and `bill_before_kw` of the same three a year before, or, where
        the file does not reach back so far, of its first three; `bill_spread` how far the last six months lie apart, as
        a share of their mean.
        """
        kw, months = self.kw, self.kwh.shape[1]
        recent = kw[:, -HALF_A_YEAR:]
        enough = (~np.isnan(recent)).sum(1) >= HALF_A_YEAR - 1
        before = _mean(kw[:, : A_QUARTER if months >= HALF_A_YEAR else 0])
        if months >= A_YEAR + A_QUARTER:
            a_year_ago = _mean(kw[:, -A_YEAR - A_QUARTER : -A_YEAR])
            before = np.where(np.isnan(a_year_ago), before, a_year_ago)
        now = _mean(kw[:, -A_QUARTER:])
        with np.errstate(all="ignore"):
            lowest, highest = np.fmin.reduce(recent, 1), np.fmax.reduce(recent, 1)
            return {
                "bill_mean": _mean(kw[:, -A_YEAR:]),
                "bill_kw": now,
                "bill_before_kw": before,
                "bill_growth": np.where(before > 0, now / before, np.nan),
                "bill_lowest_kw": np.where(enough, lowest, np.nan),
                "bill_spread": np.where(enough & (lowest > 0), (highest - lowest) / _mean(recent), np.nan),
            }

    def write(self, path: Path) -> None:
        """As Parquet: `meter`, `month` (its first day) and `kwh`, by meter."""
        row, column = np.nonzero(~np.isnan(self.kwh))
        table = {
            "meter": pa.array(np.array(self.meters, object)[row], pa.string()),
            "month": pa.array([first_day_of(self.first_month + month) for month in column], pa.date32()),
            "kwh": self.kwh[row, column],
        }
        pq.write_table(pa.table(table), path)


def _mean(kw):
    known = ~np.isnan(kw)
    return np.where(known.any(1), np.where(known, kw, 0).sum(1) / np.maximum(known.sum(1), 1), np.nan)


def divmod_of(month: int) -> tuple[int, int]:
    """Year, and month from 1 to 12."""
    return month // 12, month % 12 + 1


def first_day_of(month: int) -> date:
    return date(*divmod_of(month), 1)


def apart(paths: list[Path]) -> tuple[list[Path], list[Path]]:
    """The files of readings, and those of bills: texts with a column `month`, or one for each month. May refuse one."""
    readings, bills = [], []
    for path in paths:
        beside = path / "bills.csv"
        if beside.is_file():
            bills.append(beside)
        is_text = path.suffix.lower() in TEXTS and path.is_file()
        if is_text and _is_of_bills(next(text_pieces(path))):
            bills.append(path)
        elif not beside.is_file() or parquet_in(path):
            readings.append(path)
    return readings, bills


def _is_of_bills(head):
    known = known_columns(head)
    return "meter" in known and "at" not in known and ("month" in known or len(_months_in(head)) > 1)


def _months_in(head):
    """{column: its month} of a file with a column for each."""
    found = {name: month_said(name) for name in head}
    return {name: month for name, month in found.items() if month is not None}


def month_said(text: str) -> int | None:
    """2026-03, 2026年3月, 202603 or the first day of a month; None for anything else."""
    found = MONTH.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if not found:
        return None
    year, month = int(found[1]), int(found[2] or found[3])
    return year * 12 + month - 1 if year >= EARLIEST and 1 <= month <= 12 else None


NO_BILLS = Bills([], 0, np.empty((0, 1)))


def read_bills(paths: list[Path]) -> Bills:
    """The bills in `paths`, of the last three years; none without any file. Raises ReadingsRefused.

    Of two bills of a meter and month the later one in the files counts. What cannot be read is counted and said.
    """
    if not paths:
        return NO_BILLS
    noted = Noted()
    pieces = [piece for path in paths for piece in _bills_in(path, noted)]
    meters, months, kwh = (np.concatenate(column) for column in zip(*pieces, strict=True)) if pieces else ((), (), ())
    if not len(meters):
        raise ReadingsRefused(_("There are no bills in these files."))
    first = max(months.min(), months.max() - MOST_MONTHS + 1)
    recent = months >= first
    names, row = np.unique(meters[recent].astype(str), return_inverse=True)
    column = months[recent] - first
    noted.note("bills_twice", len(row) - len(np.unique(row * MOST_MONTHS + column)))
    table = np.full((len(names), column.max() + 1), np.nan)
    table[row, column] = kwh[recent]
    noted.note("negative", (table < 0).any(1).sum())
    return Bills(names.tolist(), int(first), table, counted=noted.counted, examples=noted.examples)


def _bills_in(path, noted):
    """Pieces of a file: meters, months and kWh, in rows."""
    pieces = text_pieces(path)
    head = next(pieces)
    known, wide = known_columns(head), _months_in(head)
    if "month" in known and "kwh" not in known:
        raise ReadingsRefused(
            _("%(path)s: bills need the columns meter, month and kWh; there are %(names)s.")
            % {"path": path.name, "names": ", ".join(head[:12])}
        )
    today = timezone.localdate()
    now, line = today.year * 12 + today.month - 1, 2
    for piece in pieces:
        meters = meter_numbers(piece[known["meter"]])
        said = {known["kwh"]: _months(piece[known["month"]], noted, line, path.name)} if "month" in known else wide
        for name, months in said.items():
            kwh = numbers_in(piece[name].combine_chunks(), noted, line, path.name)
            months = np.broadcast_to(months, kwh.shape)
            noted.note("to_come", ((months >= now) & ~np.isnan(kwh)).sum())
            good = ~np.isnan(kwh) & (months >= 0) & (months < now) & (meters != "")
            yield meters[good], months[good], kwh[good]
        line += piece.num_rows


def _months(column, noted, line, name):
    """The months of a column of texts; −1 where a text is none. Each different text is read once."""
    encoded = column.combine_chunks().dictionary_encode()
    read = [-1 if (month := month_said(text)) is None else month for text in encoded.dictionary.to_pylist()]
    months = np.array(read, np.int64)[encoded.indices.to_numpy(zero_copy_only=False)]
    bad = np.flatnonzero(months < 0)
    if len(bad):
        noted.note("times", len(bad), f"{name}, {line + int(bad[0])}: {column[int(bad[0])].as_py()[:40]}")
    return months
