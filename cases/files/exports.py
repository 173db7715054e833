"""Export a selection: exactly its cases, row by row, with a manifest that says what the file contains.

    Selection → Export → csv() · geojson() · parquet() · xlsx() · csv_manifest()

A file is one question to the database, read through a server-side cursor: memory does not grow with the number of
rows, and the whole file shows one moment of the record. Closing what `csv()` and `geojson()` return closes the cursor.

In CSV and XLSX a list is in one cell, and its members are separated by "; "; GeoJSON has lists. A date known
only to the month or the year is written as far as it is known: 2021-09, 2021.
"""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache, partial
from hashlib import sha256
from itertools import groupby
from typing import NamedTuple

import pghistory
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Count, F, Func, OuterRef, Subquery, Sum, TextField, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.timezone import localdate, now
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from cases.bulk import batches
from cases.models import Case, Citation, OfficeNumber
from cases.models.case import CaseKind, CaseStatus, ElectricityCheck, LeadSource, LocationPrecision, SiteType
from cases.models.rig import RigKind
from cases.selection.sentence import describe
from regions.grammar.dates import Precision
from regions.keeping import state_of_the_database
from regions.models import OF_THE_OFFICE, Agency, Confidence
from regions.models.region import codes_up, path_of

from .csv_text import BETWEEN, BYTE_ORDER_MARK, after, csv_cell, csv_lines, in_one_cell
from .parquet import parquet_parts
from .xlsx import Sheet, cell, workbook_parts

ROWS_AT_A_TIME = 2_000
MOST_REMEMBERED = 2_000  # values of a column
MOST_TO_READ = 200_000  # cases, in some hundred milliseconds before the first byte


@dataclass(frozen=True)
class ExportColumn:
    """A column of a file. `of` is its source: a field, or one of `_expressions`."""

    name: str
    title: str
    of: str
    datatype: str = "string"  # as CSV on the Web names it
    read: Callable | None = None  # from the value of `of`; None where there is nothing to do
    labels: type[models.TextChoices] | None = None
    many: bool = False
    width: int = 14  # characters, in a spreadsheet


def _coded(name, title, choices, of=None):
    """Two columns: a code, and its label in the reader's language."""
    yield ExportColumn(name, title, of or name)
    yield ExportColumn(f"{name}_label", title, of or name, labels=choices, width=20)


def _member(position):
    return lambda rows: [row[position] or "" for row in rows]


def _rounded(places):
    return lambda value: None if value is None else round(value, places)


def as_json_number(value):
    """A Decimal as JSON has numbers; whole amounts stay whole."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


@cache
def _country_of(path):
    return codes_up(path)[-1]


COLUMNS = {
    column.name: column
    for column in (
        # The columns of the list, in its order …
        ExportColumn("ref", gettext_lazy("reference"), "ref", width=24),
        ExportColumn("occurred_on", gettext_lazy("date"), "day_as_known", "date"),
        ExportColumn("date_precision", gettext_lazy("date precision"), "date_precision", width=10),
        ExportColumn("title_en", gettext_lazy("English title"), "title_en", width=50),
        ExportColumn("title_zh", gettext_lazy("Chinese title"), "title_zh", width=36),
        ExportColumn("country_code", gettext_lazy("country or area"), path_of("region"), read=_country_of, width=9),
        ExportColumn("region_code", gettext_lazy("region"), "region__code"),
        ExportColumn("region_name_en", gettext_lazy("region, English name"), "region__name_en", width=20),
        ExportColumn("region_name_zh", gettext_lazy("region, Chinese name"), "region__name_zh"),
        ExportColumn("place", gettext_lazy("place"), "shown_place", width=24),
        ExportColumn("place_zh", gettext_lazy("place, in Chinese"), "shown_place_zh", width=24),
        *_coded("kind", gettext_lazy("kind"), CaseKind),
        ExportColumn("counts_in_totals", gettext_lazy("counted in totals"), "counts_in_totals", "boolean"),
        ExportColumn("rigs", gettext_lazy("rigs"), "rigs", "integer", width=10),
        ExportColumn("rigs_qualifier", gettext_lazy("how exact the rig count is"), "rigs_qualifier"),
        ExportColumn(
            "kw_low", gettext_lazy("estimated power draw, kW, low"), "kw_low", "number", _rounded(3), width=12
        ),
        ExportColumn(
            "kw_best", gettext_lazy("estimated power draw, kW, best"), "kw_best", "number", _rounded(3), width=12
        ),
        ExportColumn(
            "kw_high", gettext_lazy("estimated power draw, kW, high"), "kw_high", "number", _rounded(3), width=12
        ),
        *_coded("lead_source", gettext_lazy("lead"), LeadSource),
        ExportColumn(
            "source_publishers", gettext_lazy("sources: publishers"), "sources", read=_member(0), many=True, width=24
        ),
        ExportColumn("source_titles", gettext_lazy("sources: titles"), "sources", read=_member(1), many=True, width=36),
        ExportColumn(
            "source_urls", gettext_lazy("sources: addresses"), "sources", read=_member(2), many=True, width=36
        ),
        ExportColumn("source_dates", gettext_lazy("sources: dates"), "sources", read=_member(3), many=True),
        ExportColumn("office_numbers", gettext_lazy("office numbers"), "numbers", read=_member(0), many=True, width=24),
        ExportColumn(
            "office_number_agencies",
            gettext_lazy("agencies that gave the office numbers"),
            "numbers",
            read=_member(1),
            many=True,
            width=30,
        ),
        # … then all other columns.
        *_coded("status", gettext_lazy("status"), CaseStatus),
        ExportColumn("latitude", gettext_lazy("latitude"), "shown_latitude", "number", _rounded(5), width=10),
        ExportColumn("longitude", gettext_lazy("longitude"), "shown_longitude", "number", _rounded(5), width=10),
        *_coded("location_precision", gettext_lazy("location precision"), LocationPrecision, "shown_precision"),
        *_coded("site_type", gettext_lazy("site"), SiteType),
        *_coded("rig_kind", gettext_lazy("rig type"), RigKind),
        ExportColumn("theft", gettext_lazy("electricity theft"), "theft", "boolean", width=8),
        ExportColumn("arrests", gettext_lazy("people detained"), "arrests", "integer", width=8),
        ExportColumn("loss_amount", gettext_lazy("total loss reported"), "loss_amount", "number", as_json_number),
        ExportColumn("loss_currency", gettext_lazy("loss currency"), "loss_currency", width=8),
        ExportColumn("premises", gettext_lazy("premises"), "premises", "integer", width=9),
        ExportColumn("agencies", gettext_lazy("agencies"), "agencies", read=_member(0), many=True, width=30),
        ExportColumn("agencies_zh", gettext_lazy("agencies, Chinese names"), "agencies", read=_member(1), many=True),
        ExportColumn("legal_basis", gettext_lazy("rules cited"), "citations", many=True, width=30),
        ExportColumn("outcome", gettext_lazy("outcome"), "outcome", width=50),
        ExportColumn("outcome_zh", gettext_lazy("outcome, in Chinese"), "outcome_zh", width=50),
        ExportColumn("note", gettext_lazy("note"), "note", width=50),
        ExportColumn("note_zh", gettext_lazy("note, in Chinese"), "note_zh", width=50),
        *_coded("electricity_check", gettext_lazy("consumption compared with rigs"), ElectricityCheck),
        *_coded("confidence", gettext_lazy("confidence"), Confidence),
        ExportColumn("part_of", gettext_lazy("part of"), "wider", width=24),
        ExportColumn("published", gettext_lazy("published"), "published", "boolean", width=10),
        ExportColumn("address", gettext_lazy("page of the case"), "ref", "anyURI", width=40),
    )
}
# Columns of the list that are several here, so that `columns` may name those of the list.
WIDE_COLUMNS = {
    "title": ("title_en", "title_zh"),
    "region": ("country_code", "region_code", "region_name_en", "region_name_zh", "place", "place_zh"),
    "kw": ("kw_low", "kw_best", "kw_high"),
    "source": ("source_publishers", "source_titles", "source_urls", "source_dates"),
    "office_number": ("office_numbers", "office_number_agencies"),
}


class FileFormat(NamedTuple):
    """How a format writes a row: for a column `cell` makes the function that writes its values."""

    cell: Callable[[ExportColumn], Callable]
    between: str


class Remembered(dict):
    """What `make` makes of values, the last thousands of them kept."""

    def __init__(self, make):
        super().__init__()
        self.make = make

    def __missing__(self, value):
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        made = self[value] = self.make(value)
        return made


class FileTally:
    """What was written into a file: the number of rows and the SHA-256 of the bytes."""

    def __init__(self):
        self.rows, self.digest = 0, sha256()

    def add(self, part, rows=0):
        self.rows += rows
        self.digest.update(part)
        return part

    def __call__(self, what):
        return {"rows": self.rows, "sha256": self.digest.hexdigest(), "sha256_of": what}


class Export:
    """`selection` as a file of `columns`; `site` is where the pages are, as https://host/.

    Labels and the manifest are in the language that is active when a method is called.
    """

    def __init__(self, selection, columns=tuple(COLUMNS), *, site="", byte_order_mark=False):
        self.selection = selection
        self.columns = [COLUMNS[name] for name in columns]
        self.site = site.rstrip("/")
        self.byte_order_mark = byte_order_mark
        self.made_at = now()

    @cached_property
    def page(self):
        """The address of the page that shows the same selection."""
        query = self.selection.address(page=None, per_page=None, columns=None, bom=None)
        return f"{self.site}{reverse('cases:case-list')}" + (f"?{query}" if query else "")

    def file_name(self, ending, *, in_ascii=True):
        """Such as cases-inner-mongolia-2026-11-23.csv; without `in_ascii` in the reader's script."""
        regions = self.selection.chosen.get("region", [])[:3]
        names = [region.name_en if in_ascii else region.name for region in regions]
        subject = "cases" if in_ascii else _("cases")
        stem = slugify("-".join([subject, *names]), allow_unicode=not in_ascii)[:80].rstrip("-")
        return f"{stem}-{localdate().isoformat()}.{ending}"

    def rows(self):
        """Each case as the values of its columns: texts, numbers, booleans, lists of texts or None."""
        readers = [
            Remembered(self._reader(column)).__getitem__ if column.many else self._reader(column)
            for column in self.columns
        ]
        return _rows_read(self._chunks(self.columns), readers)

    # CSV

    def csv(self, tally=None):
        """The bytes of an RFC 4180 file, a few thousand rows at a time. Texts that look like formulas are defused."""
        return self._csv(self._written(self.columns, self._as_csv()), tally or FileTally())

    def _csv(self, chunks, tally):
        with closing(chunks):
            yield tally.add(self._csv_head())
            for [rows] in chunks:
                yield _add_csv(tally, rows)

    def _as_csv(self):
        """How CSV writes; an empty cell that is alone in its line needs quotes."""
        return FileFormat(partial(csv_cell, empty="" if len(self.columns) > 1 else '""'), ",")

    def _csv_head(self):
        head = csv_lines([[column.name for column in self.columns]])
        return BYTE_ORDER_MARK + head if self.byte_order_mark else head

    def csv_manifest(self, address):
        """The CSV at `address`, described as CSV on the Web; its one note is the manifest.

        `rows` and `sha256` are those of the file as it would be sent now.
        """
        about, tally = self.about(), FileTally()
        for _part in self.csv(tally):
            pass
        about |= tally(_("the whole CSV file"))
        about["caveats"].append(_("Text that a spreadsheet could run as a formula starts with an apostrophe."))
        return {
            "@context": "http://www.w3.org/ns/csvw",
            "url": address,
            "dc:title": about["sentence"],
            "dc:rights": about["licence"],
            "dc:created": about["made_at"],
            "dialect": {"encoding": "utf-8", "lineTerminators": ["\r\n"], "delimiter": ",", "header": True},
            "tableSchema": {"columns": [_csvw(column) for column in self.columns]},
            "notes": [about],
        }

    # GeoJSON

    def geojson(self):
        """The bytes of an RFC 7946 FeatureCollection, a few thousand features at a time.

        A case without a place has the geometry null. The foreign member `manifest` comes last; its `sha256` is that
        of the value of `features` as sent, from its opening to its closing bracket.
        """
        about = self.about()
        hashed_part = _("the value of “features” as sent, from [ to ] inclusive")
        place = {COLUMNS[name].of: replace(COLUMNS[name], name="") for name in ("longitude", "latitude")}
        properties = [column for column in self.columns if column.of not in place]
        columns = [replace(COLUMNS["ref"], name="id"), *place.values(), *properties]
        return self._geojson(self._written(columns, FileFormat(_json_member, ",")), about, hashed_part)

    def _geojson(self, chunks, about, hashed_part):
        tally, between = FileTally(), ""
        with closing(chunks):
            yield b'{"type":"FeatureCollection","features":'
            yield tally.add(b"[")
            for [rows] in chunks:
                features = [_feature(*row) for row in rows]
                yield tally.add((between + ",\n".join(features)).encode(), rows=len(features))
                between = ",\n"
            yield tally.add(b"]")
        yield f',"manifest":{_json(about | tally(hashed_part))}}}\n'.encode()

    def parquet(self):
        """The bytes of a Parquet file, a group of rows at a time. What a source does not state is null."""
        return parquet_parts(self.columns, self.rows())

    # XLSX

    def xlsx(self):
        """The bytes of a workbook, some at a time: the sheet "cases", and "about" with the manifest.

        Its digest is that of the CSV file of the same selection and columns: a workbook cannot hold its own.
        """
        tally = FileTally()
        names = [column.name for column in self.columns]
        widths = [max(column.width, len(column.name) + 2) for column in self.columns]
        cases = Sheet("cases", names, widths, lines=self._sheet_lines(tally), expected=self.selection.count)
        about = Sheet("about", [_("About this file"), ""], [28, 100], self._about_rows(tally), wrapped=True)
        return workbook_parts([cases, about], self.made_at)

    def _sheet_lines(self, tally):
        """The rows of the sheet; `tally` gets the same rows as CSV."""
        places = {column.name: place for place, column in enumerate(self.columns)}

        def as_cell(column):
            value_of, written = _as_cell(column), cell(places[column.name])
            return (lambda value: written(value_of(value))) if value_of else written

        tally.add(self._csv_head())
        with closing(self._written(self.columns, FileFormat(as_cell, ""), self._as_csv())) as chunks:
            for cells, texts in chunks:
                _add_csv(tally, texts)
                yield from map("".join, cells)

    def _about_rows(self, tally):
        about = self.about() | tally(_("the CSV file of the same selection and columns"))
        yield _("Content"), about["sentence"]
        yield _("Page with the same cases"), about["page"]
        yield _("Created at"), about["made_at"]
        yield _("Rows"), about["rows"]
        yield _("Licence"), about["licence"]
        for caveat in about["caveats"]:
            yield _("Caveats"), caveat
        yield "SHA-256", about["sha256"]
        yield _("SHA-256 of"), about["sha256_of"]
        for column in self.columns:
            yield column.name, description_of(column)

    # What all have in common

    def state(self):
        """Differs as soon as the file would: which cases are shown, each in which version, and what the rest says.

        A version of a row is that of the database (`xmin`), so that no way of changing a case is overlooked. It is
        read anew with each part of a file, since a case may be withdrawn or a reader lose a region in between.
        A release never changes. More cases than MOST_TO_READ are not read for it: there any write anywhere counts.
        """
        if self.selection.release:
            return (self.selection.release,)
        if self.selection.count > MOST_TO_READ and (of_all := state_of_the_database()):
            return of_all
        version = RawSQL('"cases_case"."xmin"::text', [], TextField())
        shown = Concat(
            Cast("pk", TextField()), Value(" "), version, Value(" "), Cast("tells_where", TextField()),
            output_field=TextField(),
        )  # fmt: skip
        of_cases = self.selection.cases.aggregate(
            count=Count("pk"), versions=Sum(Func(shown, function="hashtext", output_field=models.BigIntegerField()))
        )
        last = Func(F("pgh_id"), function="max", output_field=models.BigIntegerField())
        beside = [
            events.objects.order_by().values_list(Value(events.__name__), last)
            for events in pghistory.core.event_models()
            if events.pgh_tracked_model not in OF_THE_OFFICE
        ]
        return *of_cases.values(), *sorted(beside[0].union(*beside[1:], all=True))

    def about(self):
        """The manifest without the digest: what the file contains, its source, its time, and what not to do with it."""
        return {
            "sentence": describe(self.selection),
            "page": self.page,
            "made_at": self.made_at.isoformat(timespec="seconds"),
            "language": get_language(),
            "columns": [column.name for column in self.columns],
            "licence": _(
                "Facts from public reports, in our own words. Each row names its source; please cite it too. "
                "fixtures/README.md of the project explains how the record was compiled."
            ),
            "caveats": self._caveats(),
        }

    def _caveats(self):
        """The short form of the caveats in fixtures/README.md."""
        found = [
            _("An empty cell means that the source does not state the value. It never means zero."),
            _("Add up only rows with counts_in_totals = true: the others are already included in a wider row."),
            _("Counts marked at_least, about or nearly are not exact. Power draw is our estimate, from low to high."),
            _(
                "A date is as exact as date_precision, a point as exact as location_precision: do not take "
                "the centre of a province for the site."
            ),
            _(
                "Coverage depends on what was reported and found: do not compare countries or years by the "
                "number of rows."
            ),
            _("Rows of the kinds customs_seizure, system_misuse, sanction and disposal are not discovered mines."),
            _("Arrests and theft are as reported at the time and do not prove guilt. Do not try to identify people."),
        ]  # fmt: skip
        user = self.selection.user
        if user.has_perm("cases.view_case"):
            found.append(_("Rows with published = false are internal: do not share them."))
        if not (user.has_perm("cases.view_case") and user.has_perm("regions.work_everywhere")):
            found.append(_("For sensitive cases, only the region is shown, not the place and the coordinates."))
        return found

    def _written(self, columns, *formats):
        """Yields a few thousand rows at a time, for each of `formats` as an iterable of rows of texts.

        Columns beside each other that are made of the same value are one text. A text that is no number is made once of
        a value that comes again: most are codes, names and empty cells.
        """
        runs = [[*beside] for _of, beside in groupby(columns, key=lambda column: column.of)]
        writers = [[self._writer(run, of) for run in runs] for of in formats]
        return _each_chunk(self._chunks([run[0] for run in runs]), writers)

    def _writer(self, run, file_format):
        """The function that writes the columns `run`, of the same value, as `file_format` does."""
        cells = [after(self._reader(column), file_format.cell(column)) for column in run]
        if run[0].datatype == "number":
            [write] = cells
            return write
        return Remembered(lambda value: file_format.between.join([cell(value) for cell in cells])).__getitem__

    def _chunks(self, columns):
        """The selection, a few thousand rows at a time: for each of `columns` a list of its values in the database."""
        places = {of: place for place, of in enumerate(dict.fromkeys(column.of for column in columns))}
        expressions = self._expressions()
        asked = [expressions.get(of, of) for of in places]
        wanted = [places[column.of] for column in columns]
        found = self.selection.rows().prefetch_related(None).values_list(*asked)
        return _taken(found, wanted)

    def _expressions(self):
        visible = Case.objects.visible_to(self.selection.user)
        sources, agencies = Case.sources.through.objects, Case.agencies.through.objects
        return {
            "day_as_known": Func(F("occurred_on"), _date_pattern(), function="to_char", output_field=TextField()),
            # A point that is not shown has no precision.
            "shown_precision": models.Case(
                When(shown_latitude__isnull=True, then=Value("")), default=F("location_precision")
            ),
            "wider": Subquery(visible.filter(pk=OuterRef("part_of")).values("ref")[:1]),
            "sources": _as_text(_lists(
                sources.filter(case=OuterRef("pk")).order_by("source__publisher", "source__title", "source"),
                "source__publisher", "source__title", "source__url", "source__published_on",
            )),
            "agencies": _as_text(ArraySubquery(
                # Each by its key: joined, the whole table of agencies would be read for every case.
                agencies.filter(case=OuterRef("pk"))
                .annotate(names=Subquery(_in_one(Agency.objects.filter(pk=OuterRef("agency")), "name_en", "name_zh")))
                .order_by("names")
                .values("names")
            )),
            "numbers": _as_text(models.Case(
                When(
                    tells_where=True,
                    then=_lists(
                        OfficeNumber.objects.filter(case=OuterRef("pk")).order_by("number", "agency__name_en"),
                        "number", "agency__name_en",
                    ),
                ),
                default=Value([], ArrayField(TextField())),
            )),
            "citations": _as_text(ArraySubquery(
                Citation.objects.filter(case=OuterRef("pk")).order_by("text").values("text")
            )),
        }  # fmt: skip

    def _reader(self, column):
        """The function that reads a value of a column: to a text, number, boolean, list of texts or None."""
        if column.name == "address":
            start, end = f"{self.site}{reverse('cases:case-detail', args=['-'])}".rsplit("-", 1)
            return lambda ref: f"{start}{ref}{end}"
        if column.labels:
            return {code: str(label) for code, label in column.labels.choices}.get
        return after(_list, column.read) if column.many else column.read


def _taken(rows, places):
    """`rows` by ROWS_AT_A_TIME, as the columns at `places`. Closing the generator closes the database cursor."""
    with closing(rows.iterator(chunk_size=ROWS_AT_A_TIME)) as found:
        for chunk in batches(found, ROWS_AT_A_TIME):
            columns = list(zip(*chunk, strict=True))
            yield [columns[place] for place in places]


def _each(functions, columns):
    """Each column through its function, if it has one. This makes a tenth of the calls that cell by cell would."""
    return [map(function, values) if function else values for function, values in zip(functions, columns, strict=True)]


def _rows_read(chunks, readers):
    with closing(chunks):
        for columns in chunks:
            yield from zip(*_each(readers, columns), strict=True)


def _each_chunk(chunks, writers):
    with closing(chunks):
        for columns in chunks:
            yield [zip(*_each(of_a_format, columns), strict=True) for of_a_format in writers]


@lru_cache(maxsize=1)  # columns beside each other read the same list
def _list(text):
    return json.loads(text)


def _date_pattern():
    patterns = {Precision.YEAR: "YYYY", Precision.MONTH: "YYYY-MM"}
    return models.Case(
        *[When(date_precision=precision, then=Value(pattern)) for precision, pattern in patterns.items()],
        default=Value("YYYY-MM-DD"),
    )


def _as_text(lists):
    """Lists of texts, in JSON: of equal ones only one is read."""
    return Cast(Func(lists, function="array_to_json"), TextField())


def _lists(rows, *fields):
    """For each of `rows` the list of its `fields`, all as texts."""
    return ArraySubquery(_in_one(rows, *fields))


def _in_one(rows, *fields):
    """`rows` as one column, which holds the `fields` of each as a list of texts."""
    columns = [Cast(field, TextField()) for field in fields]
    texts = ArrayField(TextField())
    return rows.values_list(Func(*columns, template="ARRAY[%(expressions)s]", output_field=texts))


def _add_csv(tally, rows):
    """Rows of cells as lines of CSV, added to `tally`."""
    lines = [*map(",".join, rows), ""]
    return tally.add("\r\n".join(lines).encode(), rows=len(lines) - 1)


def _as_cell(column):
    """The function that makes a cell of a sheet of a value that was read; None if the value needs none."""
    if column.many:
        return in_one_cell
    if column.datatype == "date":
        return lambda text: date.fromisoformat(text) if len(text) == len("2021-09-25") else text
    return None


_json = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def _json_member(column):
    """The function that writes a value as a member of an object; a column without a name as a value alone."""
    before = f"{_json(column.name)}:" if column.name else ""
    return lambda value: f"{before}{_json(value)}"


def _feature(member_id, longitude, latitude, *properties):
    placed = longitude != "null" and latitude != "null"
    geometry = f'{{"type":"Point","coordinates":[{longitude},{latitude}]}}' if placed else "null"
    return f'{{"type":"Feature",{member_id},"geometry":{geometry},"properties":{{{",".join(properties)}}}}}'


def _csvw(column):
    # A date known only to the month is no xsd:date.
    described = {
        "name": column.name,
        "titles": column.name,
        "datatype": "string" if column.datatype == "date" else column.datatype,
        "dc:description": description_of(column),
    }
    return described | ({"separator": BETWEEN} if column.many else {})


def description_of(column):
    return _("%(what)s (text)") % {"what": column.title} if column.labels else str(column.title)
