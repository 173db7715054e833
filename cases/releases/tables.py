"""The tables of a release: the cases with the columns of every export, and what they refer to.

A value is a text, a number, a boolean, a list of texts, or None where the source does not say it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F
from django.http import QueryDict

from cases.files.exports import COLUMNS, Export, ExportColumn, as_json_number
from cases.models import Case, Citation, Figure, Raid, Rig, Seizure
from cases.models.field import Qualifier
from cases.selection.selection import Selection
from regions.grammar.dates import Precision
from regions.models import Agency, Policy, Region, Source
from regions.models.region import codes_up, path_of

# Every column of the files but what is the same of all its cases.
OF_CASES = tuple(name for name in COLUMNS if name != "published")
# What an amount is counted in, where the title of its column does not say it.
UNITS = {"kw_low": "kW", "kw_best": "kW", "kw_high": "kW", "power_w": "W", "latitude": "°", "longitude": "°"}
AS_FAR_AS_KNOWN = {Precision.YEAR: 4, Precision.MONTH: 7}  # characters of a day
_TYPES = {
    models.BooleanField: "boolean", models.IntegerField: "integer", models.FloatField: "number",
    models.DecimalField: "number", models.DateField: "date",
}  # fmt: skip


@dataclass(frozen=True)
class ReleaseTable:
    """`columns` as the exports have them; `refers` says of a column which column of which table it names."""

    name: str
    model: type[models.Model]
    key: tuple[str, ...]
    columns: tuple[ExportColumn, ...]
    rows: Callable[[], Iterable[tuple]]
    refers: dict[str, tuple[str, str]] = field(default_factory=dict)
    codes: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # {column: its codes with their labels}

    @cached_property
    def names(self):
        return [column.name for column in self.columns]


def release_tables(site, moment):
    """The tables in an order in which each comes after those that it refers to. They are read when they are written."""
    export = Export(Selection(QueryDict(), AnonymousUser()), OF_CASES, site=site)
    export.made_at = moment
    cases = Case.objects.visible_to(AnonymousUser())
    raids = Raid.objects.filter(case__in=cases)
    citations = Citation.objects.filter(case__in=cases)
    sources, agencies = (join.objects.filter(case__in=cases) for join in (Case.sources.through, Case.agencies.through))
    to_case = {"case": ("cases", "ref")}
    return export, [
        _table(
            "regions", Region, _regions_of(cases).in_tree_order(), ["code"],
            ["code", "level", ("parent", "parent__code"), "name_en", "name_zh"], {"parent": ("regions", "code")},
        ),
        _table("sources", Source, _those(Source, sources, "source"), ["id"],
               ["id", "publisher", "title", "url", "published_on"]),
        _table("agencies", Agency, _those(Agency, agencies, "agency"), ["slug"],
               ["slug", "name_en", "name_zh", "kind"]),
        _table("policies", Policy, _those(Policy, citations, "policy"), ["ref"],
               ["ref", "title_en", "title_zh", "document_number", "issued_on", "date_precision"]),
        _table("rigs", Rig, Rig.objects.order_by("slug"), ["slug"],
               ["slug", "manufacturer", "model", "kind", "power_w", "released_year", "is_generic"]),
        ReleaseTable(
            "cases", Case, ("ref",), tuple(export.columns), export.rows,
            {"region_code": ("regions", "code"), "part_of": ("cases", "ref")}, _codes_of_cases(export.columns),
        ),
        _table("case_sources", Source, sources.order_by("case__ref", "source"), ["case", "source"],
               [("case", "case__ref"), ("source", "source_id")], {**to_case, "source": ("sources", "id")}),
        _table("case_agencies", Agency, agencies.order_by("case__ref", "agency__slug"), ["case", "agency"],
               [("case", "case__ref"), ("agency", "agency__slug")], {**to_case, "agency": ("agencies", "slug")}),
        _table("citations", Citation, citations.order_by("case__ref", "text"), ["case", "text"],
               [("case", "case__ref"), "text", ("policy", "policy__ref"), ("provision", "provision__number")],
               {**to_case, "policy": ("policies", "ref")}),
        _table("raids", Raid, raids.order_by("case__ref", "pk"), ["id"],
               ["id", ("case", "case__ref"), "raided_on", "date_precision", "raided_until", "visits"], to_case),
        _table("seizures", Seizure, Seizure.objects.filter(raid__in=raids).order_by("raid__case__ref", "pk"), ["id"],
               ["id", ("case", "raid__case__ref"), ("raid", "raid_id"), "kind", ("rig", "rig__slug"),
                "models_as_published", "count", "count_as_published", "qualifier", "value_amount", "value_currency"],
               {**to_case, "raid": ("raids", "id"), "rig": ("rigs", "slug")}),
        _table("figures", Figure, Figure.objects.filter(case__in=cases).order_by("case__ref", "pk"), ["id"],
               ["id", ("case", "case__ref"), "quantity", "amount", "basis", "currency", "as_published"], to_case),
    ]  # fmt: skip


def _those(model, rows, name):
    """The rows of `model` that `rows` refer to by their field `name`."""
    return model.objects.filter(pk__in=rows.values(name)).order_by("pk")


def _regions_of(cases):
    """The regions of `cases` and those above them."""
    paths = cases.order_by().values_list(F(path_of("region")), flat=True).distinct()
    return Region.objects.filter(code__in={code for path in paths for code in codes_up(path)})


def _table(name, model, rows, key, wanted, refers=None):
    """A ReleaseTable of fields of `model`, or of (name, lookup): titles, types and codes are those of the fields."""
    lookups = [(field, field) if isinstance(field, str) else field for field in wanted]
    fields = [_field(rows.model, lookup) for _name, lookup in lookups]
    columns = [
        ExportColumn(name, field.verbose_name, lookup, _type(field))
        for (name, lookup), field in zip(lookups, fields, strict=True)
    ]
    codes = {column.name: field.choices for column, field in zip(columns, fields, strict=True) if field.choices}
    names = [column.name for column in columns]

    def read():
        for row in rows.values_list(*(lookup for _name, lookup in lookups)).iterator():
            yield _read(dict(zip(names, row, strict=True)))

    return ReleaseTable(name, model, tuple(key), tuple(columns), read, refers or {}, codes)


def _field(model, lookup):
    *relations, name = lookup.split("__")
    for relation in relations:
        model = model._meta.get_field(relation).related_model
    return model._meta.get_field(name.removesuffix("_id"))


def _type(field):
    if field.is_relation or field.primary_key:
        return "integer"
    return next((name for kind, name in _TYPES.items() if isinstance(field, kind)), "string")


def _read(row):
    known = AS_FAR_AS_KNOWN.get(row.get("date_precision"))
    return tuple(_value(value, known) for value in row.values())


def _value(value, known):
    if isinstance(value, Decimal):
        return as_json_number(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()[:known]
    return None if value == "" else value


def _codes_of_cases(columns):
    labelled = {column.name.removesuffix("_label"): column.labels.choices for column in columns if column.labels}
    return labelled | {"date_precision": Precision.choices, "rigs_qualifier": Qualifier.choices}
