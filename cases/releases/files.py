"""The data of a release as files. The same rows make the same bytes: nothing in them tells when they were written."""

import sqlite3
from contextlib import closing

from cases.bulk import batches
from cases.files.csv_text import as_csv, csv_lines, in_one_cell
from cases.files.exports import ROWS_AT_A_TIME
from cases.files.parquet import parquet_parts

SQLITE_TYPES = {"integer": "INTEGER", "boolean": "INTEGER", "number": "REAL"}


def write_csv(table, path):
    cells = [as_csv(column) for column in table.columns]
    with path.open("wb") as file:
        file.write(csv_lines([table.names]))
        for rows in batches(table.rows(), ROWS_AT_A_TIME):
            written = ([cell(value) if cell else value for cell, value in zip(cells, row, strict=True)] for row in rows)
            file.write(csv_lines(written))


def write_parquet(table, path):
    with path.open("wb") as file:
        file.writelines(parquet_parts(table.columns, table.rows()))


def write_sqlite(tables, path):
    """A database that Datasette opens as it is: with primary and foreign keys, and an index on each of these."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        # Written once, in a folder that nobody sees before it is whole.
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("BEGIN")
        for table in tables:
            database.execute(_create(table))
            marks = ", ".join("?" * len(table.columns))
            database.executemany(f'INSERT INTO "{table.name}" VALUES ({marks})', map(_as_sqlite, table.rows()))  # noqa: S608
        for table in tables:
            for column in table.refers:
                database.execute(f'CREATE INDEX "{table.name}_{column}" ON "{table.name}" ("{column}")')
        database.execute("COMMIT")
        if broken := database.execute("PRAGMA foreign_key_check").fetchall():
            raise ValueError(f"rows that refer to nothing: {broken[:5]}")


def _create(table):
    lines = [f'"{column.name}" {SQLITE_TYPES.get(column.datatype, "TEXT")}' for column in table.columns]
    lines.append("PRIMARY KEY (" + ", ".join(f'"{name}"' for name in table.key) + ")")
    for column, (other, name) in table.refers.items():
        lines.append(f'FOREIGN KEY ("{column}") REFERENCES "{other}" ("{name}")')
    return f'CREATE TABLE "{table.name}" (\n  ' + ",\n  ".join(lines) + "\n)"


def _as_sqlite(row):
    return [_said(in_one_cell(value) if isinstance(value, list) else value) for value in row]


def _said(value):
    return None if value == "" else value
