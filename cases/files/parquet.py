"""Rows as Parquet, a group of them at a time: memory does not grow with their number. Lists stay lists."""

from collections.abc import Iterable, Iterator

import pyarrow
from pyarrow.parquet import ParquetWriter

from cases.bulk import batches

ROWS_AT_A_TIME, BATCHES_OF_A_GROUP = 2_000, 10
TYPES = {"integer": pyarrow.int64(), "boolean": pyarrow.bool_(), "number": pyarrow.float64()}


def parquet_parts(columns, rows: Iterable[tuple]) -> Iterator[bytes]:
    """The bytes of a file of `rows`, whose values stand as `columns` (ExportColumn) do. Empty texts are left out."""
    schema = pyarrow.schema([(column.name, _type(column)) for column in columns])
    written = _Written()
    with ParquetWriter(written, schema, compression="zstd") as file:
        yield written.taken()  # its head, before the first row is asked for
        for group in batches(_columns_of(rows, schema), BATCHES_OF_A_GROUP):
            file.write_table(pyarrow.Table.from_batches(group).combine_chunks())
            yield written.taken()
    yield written.taken()


def _columns_of(rows, schema):
    for batch in batches(rows, ROWS_AT_A_TIME):
        values = [[None if value == "" else value for value in column] for column in zip(*batch, strict=True)]
        yield pyarrow.record_batch(values, schema)


class _Written:
    """A file that is sent on while it is written."""

    closed = False

    def __init__(self):
        self._parts = []

    def write(self, part):
        self._parts.append(bytes(part))

    def flush(self):
        pass

    def taken(self):
        """What was written since it was last asked for."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _type(column):
    kind = TYPES.get(column.datatype, pyarrow.string())
    return pyarrow.list_(kind) if column.many else kind
