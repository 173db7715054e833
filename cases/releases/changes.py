"""What is new, corrected and withdrawn in a release since the one before it."""

import json
import sqlite3
from collections import defaultdict
from contextlib import closing

DATABASE = "record.sqlite"
# A correction that shows elsewhere too is named once, by what was corrected.
FOLLOWS = {"address", "source_publishers", "source_titles", "source_urls", "source_dates", "agencies", "agencies_zh"}
JOINED = {"case_sources": "sources", "case_agencies": "agencies"}


def changes_between(before, folder, merged):
    """{new, corrected, withdrawn} of two folders of releases; `merged` is {reference: the case that it is in now}.

    Of a case that is withdrawn nothing is told but its reference, which was public, and the case that it is part of now
    if it was merged: the reasons that officers give are internal.
    """
    old, new = (_by_case(place / DATABASE) for place in (before, folder))
    return {
        "new": sorted(new.keys() - old.keys()),
        "corrected": [
            {"ref": ref, "fields": fields}
            for ref in sorted(new.keys() & old.keys())
            if (fields := _differing(old[ref], new[ref]))
        ],
        "withdrawn": [
            {"ref": ref, **({"merged_into": merged[ref]} if ref in merged else {})}
            for ref in sorted(old.keys() - new.keys())
        ],
    }


def _by_case(path):
    """{reference: {field: value}}; a table whose rows belong to a case is a field of it."""
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        found = {row["ref"]: dict(row) for row in database.execute("SELECT * FROM cases")}
        for table in _tables(database):
            columns = [row["name"] for row in database.execute(f'PRAGMA table_info("{table}")')]
            if "case" not in columns:
                continue
            rows = defaultdict(list)
            for row in database.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - tables of a release
                rows[row["case"]].append([row[name] for name in columns if name not in ("case", "id")])
            for ref, case in found.items():
                case[JOINED.get(table, table)] = sorted(rows[ref], key=repr)
        return found


def rows_of_tables(path):
    """{table: its rows} of the database of a release."""
    with closing(sqlite3.connect(path)) as database:
        return {
            table: database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]  # noqa: S608
            for table in _tables(database)
        }


def _tables(database):
    return [row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY rowid")]


def _differing(old, new):
    """The fields that differ; a column that only one of the two releases has is no correction of a case."""
    names = [name for name in new if name in old and not name.endswith("_label") and name not in FOLLOWS - {"agencies"}]
    return [name for name in names if old[name] != new[name]]


def as_markdown(about, tables):
    """CHANGES.md: the changes for people, in plain words; `tables` are how many rows each table has."""
    lines = [f"# Release {about['version']}", "", f"The published record as of {about['made_at']}.", ""]
    lines += [f"- {name}: {rows:,} rows" for name, rows in tables.items()]
    if about["before"] is None:
        return "\n".join([*lines, "", "The first release.", ""])
    lines += ["", f"## Changes since {about['before']}", ""]
    changes = about["changes"]
    if not any(changes.values()):
        lines.append("No case is new, corrected or withdrawn. Other rows or columns of the files have changed.")
    lines += [f"- new: {ref}" for ref in changes["new"]]
    lines += [f"- corrected: {case['ref']} ({', '.join(case['fields'])})" for case in changes["corrected"]]
    for case in changes["withdrawn"]:
        merged = f" (merged into {case['merged_into']})" if "merged_into" in case else ""
        lines.append(f"- withdrawn: {case['ref']}{merged}")
    return "\n".join([*lines, ""])


def as_json_file(content):
    """JSON as a release has it."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"
