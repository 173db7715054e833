"""What describes a release to programs: a Frictionless data package, and a CITATION.cff."""

import json
from hashlib import sha256

from django.conf import settings
from django.utils import translation

from .tables import UNITS

DAY_AS_KNOWN = r"^\d{4}(-\d{2}(-\d{2})?)?$"
RANGES = {"latitude": (-90, 90), "longitude": (-180, 180)}
NOT_NEGATIVE = {
    "rigs", "kw_low", "kw_best", "kw_high", "arrests", "premises", "loss_amount", "count", "amount", "value_amount",
    "visits", "power_w",
}  # fmt: skip
MEDIA_TYPES = {
    "csv": "text/csv",
    "json": "application/json",
    "geojson": "application/geo+json",
    "md": "text/markdown",
    "cff": "text/yaml",
    "parquet": "application/vnd.apache.parquet",
    "sqlite": "application/vnd.sqlite3",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
CHINESE = "zh-hans"


def data_package(about, tables, folder, others, manifest):
    """The descriptor of the CSV files in `folder`, and beside them of `others`, the same data in other formats."""
    return {
        "profile": "data-package",
        "name": "mining-enforcement",
        "id": about.address,
        "title": f"{settings.SITE_NAME}: the published record, release {about.version}",
        "description": " ".join(manifest["caveats"]),
        "version": about.version,
        "created": about.made_at,
        "homepage": about.address,
        "licenses": [{"name": "notspecified", "title": manifest["licence"], "path": f"{about.site}/releases/"}],
        "sources": [{"title": "Each case names its sources: sources.csv and case_sources.csv", "path": "sources.csv"}],
        "contributors": [{"title": settings.SITE_NAME, "role": "publisher", "path": about.site}],
        "resources": [_resource(table, folder / f"{table.name}.csv") for table in tables]
        + [_other(folder / name) for name in others],
    }


def _resource(table, path):
    keys = [
        {"fields": column, "reference": {"resource": "" if other == table.name else other, "fields": name}}
        for column, (other, name) in table.refers.items()
    ]
    return {
        **_file(path),
        "name": table.name,
        "title": str(table.model._meta.verbose_name_plural),
        "profile": "tabular-data-resource",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "header": True},
        "schema": {
            "fields": [_field(table, column) for column in table.columns],
            "missingValues": [""],
            "primaryKey": list(table.key),
            **({"foreignKeys": keys} if keys else {}),
        },
    }


def _field(table, column):
    kind = "string" if column.datatype in ("date", "anyURI") else column.datatype
    limits = {"required": True} if column.name in table.key else {}
    if table.key == (column.name,):
        limits["unique"] = True
    if column.datatype == "date":
        limits["pattern"] = DAY_AS_KNOWN
    if codes := table.codes.get(column.name):
        limits["enum"] = [code for code, _label in codes]
    if column.name in NOT_NEGATIVE:
        limits["minimum"] = 0
    if column.name in RANGES:
        limits["minimum"], limits["maximum"] = RANGES[column.name]
    described = {"name": column.name, "type": kind, "title": str(column.title)}
    if column.many:
        described["description"] = "Several values are separated by a semicolon and a space."
    if column.datatype == "boolean":
        described |= {"trueValues": ["true"], "falseValues": ["false"]}
    if column.name in UNITS:
        described["unit"] = UNITS[column.name]
    if codes:
        described["labels"] = _labels(codes)
    with translation.override(CHINESE):
        described["title_zh"] = str(column.title)
    return described | ({"constraints": limits} if limits else {})


def _labels(codes):
    """{code: its label in both languages}"""
    english = {code: str(label) for code, label in codes}
    with translation.override(CHINESE):
        return {code: {"en": english[code], "zh": str(label)} for code, label in codes}


def _other(path):
    return {**_file(path), "name": path.name.replace(".", "-").lower(), "type": "file"}


def _file(path):
    content = path.read_bytes()
    ending = path.suffix[1:]
    return {
        "path": path.name,
        "format": ending,
        "mediatype": MEDIA_TYPES[ending],
        **({"encoding": "utf-8"} if ending == "csv" else {}),
        "bytes": len(content),
        "hash": f"sha256:{sha256(content).hexdigest()}",
    }


def citation_file(about):
    """Citation File Format 1.2.0; a JSON text is a YAML scalar too."""
    lines = {
        "cff-version": "1.2.0",
        "message": "Please cite this release, and the sources of the cases that you use.",
        "type": "dataset",
        "title": f"{settings.SITE_NAME}: the published record",
        "version": about.version,
        "date-released": about.made_at[:10],
        "url": about.address,
    }
    text = "".join(f"{name}: {json.dumps(value)}\n" for name, value in lines.items())
    return f"{text}authors:\n  - name: {json.dumps(settings.SITE_NAME)}\n"
