"""Files of readings, as offices keep them, become one table: `meter`, `second` (since 1970, UTC) and `kw`.

Parquet is read where it lies. CSV and XLSX are read in pieces into a Parquet file of a folder that the caller removes.
Long (`meter, at, kW or kWh`) or wide (`meter, date` and a column for each time of the day). Nothing is guessed: what
a file leaves open is asked in one line, and what cannot be read is counted and said.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import openpyxl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from django.utils.translation import gettext as _

from cases.files import office
from cases.models.screening import Unsaid

NAMES = {
    "meter": "meter|meter_id|meter id|meter_no|meter no|meter number|电表|电表号|表号|电能表编号|户号|用户编号",
    "at": "at|time|timestamp|datetime|date_time|reading_time|时间|采集时间|数据时间|抄表时间",
    "day": "date|day|日期|数据日期",
    "month": "month|billing_month|bill_month|月份|账期|电费年月|年月",
    "kw": "kw|power|power_kw|功率|有功功率|功率(kw)",
    "kwh": "kwh|energy|energy_kwh|电量|用电量|电量(kwh)",
}
COLUMNS = {name: key for key, names in NAMES.items() for name in names.split("|")}
TIME_OF_DAY = re.compile(r"^(\d{1,2}):(\d{2})(?::00)?$")
NUMBERED = re.compile(r"^[ph](\d{1,3})$")
WIDTHS = {24: 60, 48: 30, 96: 15, 144: 10, 288: 5}  # columns of a day: minutes of each
FULL_TIME = re.compile(
    r"(?:(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{4})(\d{2})(\d{2}))"
    r"(?:[T ]*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?\s*(Z|[+-]\d{2}:?\d{2})?"
)
DAY_OR_MONTH_FIRST = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b")
MOST_KW = 5_000_000  # no meter on earth reads more; what does is left out and counted
ROWS_AT_A_TIME = 200_000
MOST_UNZIPPED = 500_000_000


class ReadingsRefused(Exception):
    """These readings cannot be screened; the message says why and what to do, in one line."""


class NotSaid(ReadingsRefused):
    """The files leave something open, and nobody was asked: `about` names what is to be said."""

    def __init__(self, about: Unsaid, message: str):
        super().__init__(message)
        self.about = about


@dataclass
class Noted:
    """What could not be read on the way, or is odd: how many of each kind, and the first."""

    counted: Counter = field(default_factory=Counter, kw_only=True)
    examples: dict[str, str] = field(default_factory=dict, kw_only=True)

    def note(self, what: str, number: int, example: str = "") -> None:
        if number:
            self.counted[what] += int(number)
            if example:
                self.examples.setdefault(what, example)


@dataclass
class Files(Noted):
    """What was read: Parquet files, and how their columns are called."""

    parts: list[Path]
    unit: str  # kw or kwh
    is_instant: bool  # the time knows its zone, or is in UTC already
    column_at: str = "at"
    column_meter: str = "meter"
    column_value: str = "kw"


def zone_named(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (KeyError, ValueError, OSError) as problem:
        raise ReadingsRefused(
            _("There is no time zone “%(name)s”; say one as Asia/Shanghai.") % {"name": name}
        ) from problem


def read_files(paths: list[Path], zone: ZoneInfo | None, unit: str | None, scratch: Path) -> Files:
    """The readings in `paths`, files or folders of Parquet. Raises ReadingsRefused."""
    found = []
    for path in paths:
        if path.is_dir():
            inside = parquet_in(path)
            if not inside:
                raise ReadingsRefused(_("%(path)s has no Parquet files.") % {"path": path})
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise ReadingsRefused(_("There is no file %(path)s.") % {"path": path})
    kinds = {path.suffix.lower() for path in found}
    if kinds == {".parquet"}:
        return _parquet(found, zone, unit)
    if not kinds <= {".csv", ".xlsx", ".txt"}:
        raise ReadingsRefused(
            _("Readings come as CSV, Parquet or XLSX, files of one kind: not %(kinds)s.")
            % {"kinds": ", ".join(sorted(kinds))}
        )
    return _texts(found, zone, unit, scratch)


def parquet_in(folder: Path) -> list[Path]:
    return sorted((folder / "readings" if (folder / "readings").is_dir() else folder).glob("*.parquet"))


def known_columns(names: list[str]) -> dict[str, str]:
    """{key: name in the file}. Raises ReadingsRefused for a column that is there twice, or none."""
    plain = [unicodedata.normalize("NFKC", name).strip().lower() for name in names]
    twice = [name for name, count in Counter(plain).items() if count > 1 and name]
    if twice:
        raise ReadingsRefused(_("The column “%(name)s” is there twice.") % {"name": twice[0]})
    return {COLUMNS[name]: names[place] for place, name in enumerate(plain) if name in COLUMNS}


def _unit_of(known, unit):
    if unit:
        return unit
    units = [key for key in ("kw", "kwh") if key in known]
    if len(units) != 1:
        raise NotSaid(Unsaid.UNIT, _("Do the values mean kW or kWh of each interval?"))
    return units[0]


def _ask_for_zone(example):
    return NotSaid(Unsaid.TIME_ZONE, _("The times have no time zone (“%(example)s”).") % {"example": example})


def _parquet(paths, zone, unit):
    try:
        schemas = [pq.read_schema(path) for path in paths]
    except (pa.ArrowInvalid, OSError) as problem:
        raise ReadingsRefused(
            _("A file is no Parquet: %(problem)s") % {"problem": str(problem).splitlines()[0]}
        ) from problem
    known = known_columns(schemas[0].names)
    if any(schema.names != schemas[0].names for schema in schemas):
        raise ReadingsRefused(_("The Parquet files have different columns."))
    if not {"meter", "at"} <= set(known):
        raise ReadingsRefused(
            _("Readings need the columns meter, at and kW or kWh; there are %(names)s.")
            % {"names": ", ".join(schemas[0].names)}
        )
    unit = _unit_of(known, unit)
    kind = schemas[0].field(known["at"]).type
    if not pa.types.is_timestamp(kind):
        raise ReadingsRefused(_("The column “%(name)s” is no time but %(kind)s.") % {"name": known["at"], "kind": kind})
    if not kind.tz and not zone:
        raise _ask_for_zone(kind)
    value = known.get(unit) or known.get("kw") or known.get("kwh")
    return Files(paths, unit, bool(kind.tz), known["at"], known["meter"], value)


def zone_of_files(files: Files) -> str | None:
    """The time zone that the files themselves name, if it is the zone of a place."""
    kind = pq.read_schema(files.parts[0]).field(files.column_at).type
    name = kind.tz if pa.types.is_timestamp(kind) else None
    return name if name and "/" in name else None


def _texts(paths, zone, unit, scratch):
    """CSV and XLSX, row by row in pieces, into one Parquet file."""
    target = scratch / "readings.parquet"
    files = None
    schema = pa.schema([("meter", pa.string()), ("second", pa.int64()), ("kw", pa.float64())])
    with pq.ParquetWriter(target, schema, compression="zstd", compression_level=1) as writer:
        for path in paths:
            pieces = text_pieces(path)
            head = next(pieces)
            known = known_columns(head)
            wide = _times_of(head)
            if "meter" not in known or not ("at" in known or ("day" in known and wide)):
                raise ReadingsRefused(
                    _(
                        "%(path)s: readings need the columns meter, at and kW or kWh, or meter, date and one for each "
                        "time of the day; there are %(names)s."
                    )
                    % {"path": path.name, "names": ", ".join(head[:12])}
                )
            its_unit = _unit_of(known, unit) if not wide else _unit_of({}, unit)
            if files and files.unit != its_unit:
                raise ReadingsRefused(_("One file has kW and another kWh."))
            files = files or Files([target], its_unit, True, "second")
            line = 2
            for piece in pieces:
                writer.write_table(_normal(piece, head, known, wide, zone, files, line, path.name).cast(schema))
                line += piece.num_rows
    return files


def text_pieces(path: Path):
    """The head of a CSV or XLSX, then pieces as tables of texts. Raises ReadingsRefused."""
    return _xlsx(path) if path.suffix.lower() == ".xlsx" else _csv(path)


def _times_of(head):
    """{column: seconds after midnight} of a wide file: 00:15, or p1 to p96, the first for the first interval."""
    timed = {
        name: int(found[1]) * 3600 + int(found[2]) * 60 for name in head if (found := TIME_OF_DAY.match(name.strip()))
    }
    if len(timed) in WIDTHS:
        return timed
    numbered = {name: int(found[1]) for name in head if (found := NUMBERED.match(name.strip().lower()))}
    if len(numbered) in WIDTHS and set(numbered.values()) == set(range(1, len(numbered) + 1)):
        return {name: (number - 1) * WIDTHS[len(numbered)] * 60 for name, number in numbered.items()}
    return {}


def _csv(path):
    with path.open("rb") as file:
        start = file.read(1 << 16)
    if not start.strip():
        raise ReadingsRefused(_("%(path)s is empty.") % {"path": path.name})
    encoding = _encoding_of(path, start)
    first = start.decode(encoding, "replace").lstrip("\ufeff").splitlines()[0]
    if "\0" in first:
        raise ReadingsRefused(_("%(path)s contains NUL: it is no text, or damaged.") % {"path": path.name})
    separator = max(",;\t", key=first.count)
    head = [name.strip().strip('"') for name in first.split(separator)]
    yield head
    known_columns(head)
    try:
        reader = pyarrow.csv.open_csv(
            path,
            pyarrow.csv.ReadOptions(encoding=encoding, column_names=head, skip_rows=1, block_size=1 << 24),
            pyarrow.csv.ParseOptions(delimiter=separator),
            pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(head, pa.string()), strings_can_be_null=False),
        )
        for batch in reader:
            yield pa.Table.from_batches([batch])
    except (pa.ArrowInvalid, pa.ArrowKeyError) as problem:
        raise ReadingsRefused(f"{path.name}: {str(problem).splitlines()[0][:200]}") from problem


def _encoding_of(path, start):
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    with path.open("rb") as file:
        while piece := file.read(1 << 24):
            if b"\0" in piece:
                raise ReadingsRefused(_("%(path)s contains NUL: it is no text, or damaged.") % {"path": path.name})
    for encoding in ("utf-8", "gb18030"):
        try:
            start[: start.rfind(b"\n") + 1 or None].decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    raise ReadingsRefused(_("%(path)s is neither UTF-8 nor GB18030.") % {"path": path.name})


def _xlsx(path):
    """The first sheet of a workbook, after the checks of the archive. Raises ReadingsRefused."""
    try:
        with path.open("rb") as file:
            office.opened(file, path.stat().st_size, most_unzipped=MOST_UNZIPPED)
            sheet = openpyxl.load_workbook(file, read_only=True, data_only=True).worksheets[0]
            rows = sheet.iter_rows(values_only=True)
            head = [str(cell if cell is not None else "") for cell in next(rows, ())]
            if not head:
                raise ReadingsRefused(_("%(path)s is empty.") % {"path": path.name})
            while head and not head[-1]:
                head.pop()
            yield head
            while piece := [row for _number, row in zip(range(ROWS_AT_A_TIME // len(head) + 1), rows, strict=False)]:
                columns = [
                    [_cell(row[place] if place < len(row) else None) for row in piece] for place in range(len(head))
                ]
                yield pa.table([pa.array(column, pa.string()) for column in columns], names=head)
    except office.ArchiveRefused as problem:
        raise ReadingsRefused(
            _("%(path)s is not read: %(problem)s") % {"path": path.name, "problem": problem}
        ) from problem


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def _normal(piece, head, known, wide, zone, files, line, name):
    """A piece as meter, second and kw, without what cannot be read, which is counted with the first line of each."""
    meter = meter_numbers(piece[known["meter"]])
    seconds = _seconds(piece[known["day" if wide else "at"]].combine_chunks(), zone, files, line, name)
    columns = (
        [(piece[column], after) for column, after in wide.items()] if wide else [(_values(piece, known, files), 0)]
    )
    found = []
    for column, after in columns:
        kw = numbers_in(column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column, files, line, name)
        good = ~np.isnan(kw) & (seconds >= 0) & (meter != "")
        found.append(
            pa.table({"meter": pa.array(meter[good], pa.string()), "second": seconds[good] + after, "kw": kw[good]})
        )
    return pa.concat_tables(found)


def meter_numbers(column: pa.ChunkedArray) -> np.ndarray:
    """The numbers of meters in a column of texts, without what spreadsheets add."""
    clean = column.combine_chunks().dictionary_encode()
    names = [unicodedata.normalize("NFKC", text).strip().removeprefix("'") for text in clean.dictionary.to_pylist()]
    return np.array(names, object)[clean.indices.to_numpy(zero_copy_only=False)]


def _values(piece, known, files):
    return piece[known.get(files.unit) or known.get("kw") or known["kwh"]]


def _seconds(texts, zone, files, line, name):
    """Seconds since 1970; -1 where a text is no time. Each different text is read once."""
    encoded = texts.dictionary_encode()
    read = []
    for text in encoded.dictionary.to_pylist():
        read.append(_second(unicodedata.normalize("NFKC", text).strip(), zone))
    seconds = np.array(read, np.int64)[encoded.indices.to_numpy(zero_copy_only=False)]
    bad = np.flatnonzero(seconds < 0)
    if len(bad):
        example = texts[int(bad[0])].as_py()
        if DAY_OR_MONTH_FIRST.match(example.strip()):
            raise ReadingsRefused(
                _(
                    "%(path)s, line %(line)s: “%(text)s” may begin with the day or the month. "
                    "Write times as 2026-02-01 00:15."
                )
                % {"path": name, "line": line + int(bad[0]), "text": example[:40]}
            )
        files.note("times", len(bad), f"{name}, {line + int(bad[0])}: {example[:40]}")
    return seconds


def _second(text, zone):
    found = FULL_TIME.fullmatch(text)
    if not found:
        return -1
    year, month, day = (part for part in found.groups()[:6] if part)
    hour, minute, second, offset = found.groups()[6:]
    try:
        hours = int(hour or 0)
        at = datetime(int(year), int(month), int(day), hours % 24, int(minute or 0), int(second or 0))  # noqa: DTZ001
    except ValueError:
        return -1
    if hours > 24 or (hours == 24 and (int(minute or 0) or int(second or 0))):
        return -1
    at += timedelta(days=hours // 24)  # 24:00 is how some registers write midnight
    if offset:
        return int(datetime.fromisoformat(at.isoformat() + ("+00:00" if offset == "Z" else offset)).timestamp())
    if not zone:
        raise _ask_for_zone(text)
    return max(int(at.replace(tzinfo=zone).timestamp()), -1)


def numbers_in(texts: pa.Array, noted: Noted, line: int, name: str) -> np.ndarray:
    """Numbers; NaN where there is none. Empty cells are missing readings, everything else is counted."""
    values = texts.to_numpy(zero_copy_only=False)
    plain = np.char.strip(values.astype(str))
    try:
        kw = np.where(plain == "", "nan", plain).astype(float)
        doubtful = np.char.find(plain, "_") >= 0
    except ValueError:
        kw = np.array([_number(text) for text in plain])
        doubtful = np.zeros(len(kw), bool)
    kw[doubtful] = np.nan
    bad = np.flatnonzero(np.isnan(kw) & (plain != ""))
    if len(bad):
        noted.note("numbers", len(bad), f"{name}, {line + int(bad[0])}: {plain[bad[0]][:40]}")
    return kw


def _number(text):
    text = unicodedata.normalize("NFKC", text)
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    return float(text) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text) and text.isascii() else np.nan
