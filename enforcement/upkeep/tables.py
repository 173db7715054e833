"""What is in the database, as a cursor sees it: rows by table, files that rows name, migrations."""

from typing import NamedTuple

# People log in again after a restore: who has the file of a backup could else go on as any of them.
# What was written lately, by numbers of transactions, says nothing in another database.
NOT_KEPT = ["django_session", "cases_writtenrow"]

_TABLES = """
    SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
    ORDER BY relname
"""
# The sum of the digests of all rows: in whatever order they lie, and whatever server calculates it.
_ROWS = """
    SELECT count(*), coalesce(sum(('x' || encode(substr(sha256(convert_to(t::text, 'UTF8')), 1, 7), 'hex'))
    ::bit(56)::bigint::numeric), 0)::text FROM {} AS t
"""
# In an older version display copies have no digest, and no column for it.
_FILES = """
    SELECT file, sha256, size_bytes, true FROM cases_document
    UNION SELECT file, sha256, size_bytes, true FROM cases_documentevent
    UNION SELECT file, sha256, NULL, true FROM cases_import
    UNION SELECT shown, nullif(to_jsonb(row) ->> 'shown_sha256', ''), NULL, true
        FROM cases_document AS row WHERE shown <> ''
    UNION SELECT shown, nullif(to_jsonb(row) ->> 'shown_sha256', ''), NULL, true
        FROM cases_documentevent AS row WHERE shown <> ''
    UNION SELECT told.value, NULL, NULL, false FROM cases_import, jsonb_each_text(report) AS told
        WHERE told.key IN ('errors_file', 'changes_file', 'given_back_file') AND told.value <> ''
"""


def table_names(cursor):
    """The tables there are."""
    cursor.execute(_TABLES)
    return [name for (name,) in cursor.fetchall()]


def row_digests(cursor, progress=lambda name: None):
    """{table: [number of rows, digest]} of every table that a backup keeps."""
    cursor.execute("SET TimeZone = 'UTC'")
    found = {}
    for name in table_names(cursor):
        if name not in NOT_KEPT:
            cursor.execute(_ROWS.format(f'"{name}"'))
            found[name] = list(cursor.fetchone())
            progress(name)
    return found


class NamedFile(NamedTuple):
    """A file that rows name: its digest and size as far as they say, and whether it must be there.

    What an import reported may be written anew at any time, and be gone for a moment.
    """

    name: str
    sha256: str | None
    size: int | None
    must_be_there: bool


def files(cursor):
    """A NamedFile for each file that rows name, those of removed documents too."""
    cursor.execute(_FILES)
    found = {}
    for row in map(NamedFile._make, cursor.fetchall()):
        known = found.setdefault(row.name, row)
        found[row.name] = NamedFile(
            row.name,
            known.sha256 or row.sha256,
            row.size if known.size is None else known.size,
            known.must_be_there or row.must_be_there,
        )
    return sorted(found.values())


def migrations(cursor):
    """{app: [names]} of the migrations that were applied."""
    cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
    applied = {}
    for app, name in cursor.fetchall():
        applied.setdefault(app, []).append(name)
    return applied
