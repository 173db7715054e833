"""Some tables of the record in DuckDB, column by column, as PostgreSQL has them now.

The mirror is never stale. Triggers log each row that is written with the number of its transaction. Before each answer
one look at that log says what a snapshot of now shows and that of the mirror did not; those rows are fetched, and the
mirror has the state of the new snapshot. A table that was emptied or made anew has another file, and is another mirror.
Numbers of transactions that a crash lost are given again, so a mirror never outlives the connection that it looks by.
"""

import re
import tempfile
from collections import defaultdict
from contextlib import ExitStack
from functools import lru_cache
from threading import Lock

import numpy

from cases.models import Case, Citation, Figure, Inspection, Lead, LeadStep, OpenDoubt, Raid, Seizure
from cases.models.versions import standing_tables
from regions import disk
from regions.keeping import MOST_ROWS, STATE, KeptParts
from regions.models import Region, Scope
from regions.models.region import in_tree_order_sql

from . import beside
from .carrier import Carrier
from .few import SETTINGS, PlannedOnce, few_rows, sql_text
from .words import WORDS, CasesWithWords

MODELS = [Case, Case.agencies.through, Case.sources.through, Citation, Figure, OpenDoubt, Raid, Seizure, Region, Scope]
TABLES = [model._meta.db_table for model in MODELS]
# Of what stands beside the cases and is not mirrored, the log has that it was written.
BESIDE = [*standing_tables(), *(model._meta.db_table for model in (Lead, LeadStep, Inspection))]
LOGGED = [*TABLES, *(table for table in BESIDE if table not in TABLES)]
CASES, REGIONS = Case._meta.db_table, Region._meta.db_table
# The codes that a column may have, where they are a list: DuckDB groups by their numbers two to three times as fast.
CODES = {
    (model._meta.db_table, field.column): [code for code, _label in field.flatchoices] + [""] * field.blank
    for model in MODELS for field in model._meta.fields if field.flatchoices
}  # fmt: skip
# What a sum is made of. Free text is not: it fills memory, and may hold line breaks, which a CSV that is read in
# parallel may not.
TYPES = {
    "bigint": "BIGINT", "integer": "INTEGER", "smallint": "SMALLINT", "boolean": "BOOLEAN", "date": "DATE",
    "double precision": "DOUBLE", "timestamp with time zone": "TIMESTAMPTZ",
}  # fmt: skip
LONGEST_CODE = 40  # characters of a column of text that holds codes
# Longer ones that sums are made and pages are sorted by.
TEXTS = {("regions_region", "code"), ("regions_region", "path"), (CASES, "ref")}
# What is near to each other is asked together: DuckDB passes over what a region or a time leaves out.
ORDER = {CASES: f"{in_tree_order_sql('region_id')}, occurred_on"}
TRIGGERS = ["written_insert", "written_update", "written_delete"]
ROWS_AT_ONCE = 5_000  # that PostgreSQL hands over together
MOST_AT_ONCE = 100_000  # rows, for which a reader waits two seconds; with more the mirror is filled anew meanwhile
MOST_COMPARED = 1_000  # rows of one table, of which it is found out what has changed
MOST_LOGGED = 200_000  # rows of the log, of which the older half is then forgotten
LOOKED_AT = 200  # times until it can be so long its length is asked
MOST_MEMORY = "512MB"
SPILL = "enforcement-columns-"  # what begins the name of a folder for what does not fit
TAKES_ALL = re.compile(r"SELECT\s+\*|\.\*")  # of a statement that does not name its columns
RECORD = "record"  # the database in DuckDB
USE = f"USE {RECORD}"  # to be said in each of its connections
# The transactions of its connection to PostgreSQL. One that looks is of one snapshot; one that writes must not be, as
# it would fail by what another process has just forgotten.
LOOKS = {"isolation_level": "REPEATABLE READ", "readonly": True}
WRITES = {"isolation_level": "READ COMMITTED", "readonly": False}

_COLUMNS = """
    SELECT relation.relname, attname, format_type(atttypid, atttypmod) FROM pg_attribute
    JOIN pg_class AS relation ON relation.oid = attrelid
    WHERE attrelid = ANY(%(tables)s::regclass[]) AND attnum > 0 AND NOT attisdropped ORDER BY relname, attnum
"""
_LOOK = f"""
    SELECT pg_current_snapshot()::text, {STATE},
        ARRAY(SELECT relname || ' ' || oid || ' ' || relfilenode FROM pg_class
              WHERE oid = ANY(ARRAY(SELECT to_regclass(name) FROM unnest(%(tables)s) AS name)) ORDER BY relname),
        (SELECT count(*) FROM pg_trigger WHERE tgname = ANY(%(triggers)s) AND tgenabled <> 'D'),
        (SELECT array_agg(DISTINCT relation::text || ' ' || coalesce(row_id::text, '')) FROM cases_writtenrow
         WHERE xid >= pg_snapshot_xmin(%(seen)s::pg_snapshot)
         AND (relation = 0 OR NOT pg_visible_in_snapshot(xid, %(seen)s::pg_snapshot)))
"""  # noqa: S608 - our own
# What transactions wrote that the mirror which forgets, and every snapshot from now on, has seen. The newest of them
# stays, as of the relation 0: another mirror that may not have seen it must be filled anew. What another forgets at the
# same time is left to it.
_FORGET = """
    WITH gone AS (
        DELETE FROM cases_writtenrow WHERE id IN (
            SELECT id FROM cases_writtenrow WHERE xid < pg_snapshot_xmin(%(seen)s::pg_snapshot)
            AND id <= (SELECT max(id) FROM cases_writtenrow) - %(kept)s FOR UPDATE SKIP LOCKED
        ) RETURNING xid
    )
    INSERT INTO cases_writtenrow (relation, xid) SELECT 0, xid FROM gone ORDER BY xid DESC LIMIT 1
"""
_LOGGED = "SELECT max(id) - min(id) FROM cases_writtenrow"


class Unknown(Exception):
    """The mirror is not there, or not of now."""


class Mirror:
    """The tables as one snapshot of PostgreSQL shows them, and what brings them to the next."""

    def __init__(self, asked):
        """`asked` is a connection of psycopg2 that nobody else uses; the mirror ends with it."""
        import duckdb

        self.asked = asked
        self.asked.set_session(**LOOKS, autocommit=False)
        # What does not fit into the memory meanwhile goes where a process may write, and not into the current folder.
        self._spill = disk.own_folder(tempfile.gettempdir(), SPILL)
        self.duckdb = duckdb.connect(
            config=SETTINGS | {"memory_limit": MOST_MEMORY, "temp_directory": str(self._spill)}
        )
        self.duckdb.execute(f"ATTACH ':memory:' AS {RECORD} (COMPRESS)")
        self.duckdb.execute(USE)
        self.columns, self.seen, self.state, self.files = {}, None, None, None
        self.token = object()  # of this mirror and no other, for keys
        self.moments = set()  # MirrorMoments of answers that are being made
        self._is_over, self._ends = False, Lock()
        self.kept = {}  # {table: {name of a column of its that is kept (beside.py): its SQL}}
        # {(table, column): the number of its last change}; of the column None: when rows came or went.
        self._changes, self.change = defaultdict(int), 0
        self._writes = dict.fromkeys(LOGGED, 0)  # {table: the number of the last change that wrote anything to it}
        self.answers = KeptParts(MOST_ROWS, size_of=lambda rows: len(rows) + 1)
        self.carrier, self.planned = Carrier(CASES), PlannedOnce()
        self._made_of = lru_cache(1_000)(self._columns_of)
        self.words = CasesWithWords(self.duckdb)  # as of `seen`
        self._is_loose = False  # whether it could not be compressed
        self._followed = 0  # rows of the log, since its length was asked
        self._places = None  # of the cases in DuckDB
        self._regions = None  # (their last change, {id: values}), where they were asked for

    def fill(self):
        """Copy all tables as they are now. Raises Unknown where a table or its log is not as it should be."""
        with self.asked, self.asked.cursor() as cursor:
            # Beside many readers it takes longer than an answer may; and until it is done they ask PostgreSQL alone.
            cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0")
            self.seen, self.state, self.files, _written = self._look(cursor, None)
            cursor.execute(_COLUMNS, {"tables": TABLES})
            found = defaultdict(dict)
            for table, column, kind in cursor.fetchall():
                if of_duckdb := _type(table, column, kind):
                    found[table][column] = of_duckdb
            self.columns = dict(found)
            for table, columns in self.columns.items():
                names = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
                self.duckdb.execute(f"CREATE TABLE {table} ({names})")
                self._copy(cursor, table)
                self._number_codes(table)
                self._compress()
            self._keep(beside.sql_of_kept(cursor))
            self._in_doubt = beside.in_doubt(cursor)
            self._compress()
            self._places = Places(self.duckdb, CASES)  # now, and not while a reader waits

    def _keep(self, kept):
        """Make a column of each of `kept`, {table: {name: SQL}}. Of all rows DuckDB finds them faster."""
        for table, of_it in kept.items():
            for name in of_it:
                self.duckdb.execute(f"ALTER TABLE {table} ADD COLUMN {name} {beside.duckdb_type(name)}")
            values = ", ".join(f"{name} = {sql}" for name, sql in of_it.items())
            self.duckdb.execute(f"UPDATE {table} SET {values}")  # noqa: S608 - our own names
            self.columns[table] |= {name: beside.duckdb_type(name) for name in of_it}
        self.kept = kept

    def with_kept(self, statement):
        """A whole statement, with the columns that are kept in the place of what they are kept of."""
        for table, of_it in self.kept.items():
            for name, sql in of_it.items():
                statement = statement.replace(sql, f"{table}.{name}")
        return self._in_doubt.sub(beside.has_any_of, statement)

    def follow(self, questions=()):
        """Bring the mirror to the state of now. Raises Unknown where it must be filled anew.

        Of each of `questions`, the texts of tsqueries, `words` then has a view of the cases with its words. It fits the
        mirror until that is brought to another state.
        """
        with self.asked, self.asked.cursor() as cursor:
            seen, state, files, written = self._look(cursor, self.seen)
            if files != self.files:
                raise Unknown("a table was emptied or made anew")
            if written or questions:
                self._hold_moments()
            if written:
                self._fetch(cursor, written)
            self.seen, self.state = seen, state
            for question in questions:
                self.words.look_for(cursor, question)
        self._followed += len(written or ())
        if self._followed * LOOKED_AT > MOST_LOGGED or (written and self._is_loose):
            self._forget()

    def _hold_moments(self):
        """Let answers that are being made go on with what is here now, whatever becomes of it."""
        for moment in list(self.moments):
            moment.hold()

    def _remove(self, table, rows):
        self.duckdb.execute(f"DELETE FROM {table} WHERE id IN (SELECT unnest(?))", [numpy.array(rows)])  # noqa: S608

    def ask(self, statement, cursor=None):
        """What a whole statement finds, as a list of tuples: of now, or of the moment of the `cursor`."""
        with ExitStack() as ends:
            return (cursor or ends.enter_context(self.cursor())).execute(statement).fetchall()

    def cursor(self):
        return self.duckdb.cursor().execute(USE)

    def last_change(self, statement):
        """The number of the last change to what a statement is made of. Until the next it finds the same."""
        return max(map(self._changes.__getitem__, self._made_of(statement)), default=0)

    def _columns_of(self, statement):
        """What a statement may be made of: [(table, column)], and (table, None) for each of its tables."""
        names, takes_all = {*re.findall(r"\w+", statement)}, TAKES_ALL.search(statement)
        tables = [name for name in names if name in self.columns or name.startswith(WORDS)]
        return [
            *((table, None) for table in tables),
            *(
                (table, column)
                for table in tables
                for column in self.columns.get(table, ())
                if takes_all or column in names
            ),
        ]

    def last_write(self, tables):
        """The number of the last change that wrote anything to these tables, also what no column here is of.

        KeyError for a table that is not LOGGED: what is made of it would never be made again.
        """
        return max(map(self._writes.__getitem__, tables))

    def tables_of(self, statement):
        """The tables that a statement names."""
        return {table for table, column in self._made_of(statement) if column is None}

    def named(self, table, statement):
        """The columns of a table that a statement names, {name: type in DuckDB}; `id` where it names none."""
        kinds = self.columns[table]
        named = [column for of, column in self._made_of(statement) if of == table and column]
        return {column: kinds[column] for column in named or ["id"]}

    def regions_above(self, regions, statement, at):
        """These regions and all that they lie in, with what a statement names of them: FewRows of the moment `at`.

        None where that is not known.
        """
        change = self.last_write([REGIONS])
        if change > at.change:
            return None
        kinds = self.columns[REGIONS]
        if self._regions is None or self._regions[0] != change:
            rows = at.ask(f"SELECT {', '.join(kinds)} FROM {REGIONS}")  # noqa: S608 - our own names
            self._regions = change, {(told := dict(zip(kinds, row, strict=True)))["id"]: told for row in rows}
        known, found = self._regions[1], {}
        for region in regions:
            while region in known and region not in found:
                found[region] = known[region]
                region = known[region]["parent_id"]
        if not {*regions} <= found.keys():
            return None
        return few_rows(REGIONS, self.named(REGIONS, statement), found.values())

    def has_changed_beside_cases(self, statement, before):
        """Whether anything that a statement names, but for the cases, has changed after the change `before`."""
        return any(self._changes[of_it] > before for of_it in self._made_of(statement) if of_it[0] != CASES)

    def close(self):
        """Follow no more, and end with the last answer that is being made: all its sums are of one moment."""
        self.asked.close()
        self._is_over = True
        self.let_go(None)

    def let_go(self, moment):
        """This MirrorMoment asks nothing any more."""
        with self._ends:
            self.moments.discard(moment)
            if self._is_over and not self.moments:
                self.planned.close()
                self.duckdb.close()
                disk.let_go(self._spill)

    def _look(self, cursor, seen):
        """(the snapshot of now, the state of the database, the files of the tables, what was written since `seen`)."""
        cursor.execute(_LOOK, {"tables": LOGGED, "triggers": TRIGGERS, "seen": seen})
        now, state, files, triggers, written = cursor.fetchone()
        if len(files) < len(LOGGED) or triggers < len(TRIGGERS) * len(LOGGED):
            raise Unknown("a table is not logged")
        return now, state, files, written

    def _fetch(self, cursor, written):
        """Replace the rows that are `written`: a list of "<oid of the table> <id>", or without the id for all rows."""
        names = {told.split()[1]: told.split()[0] for told in self.files}
        by_table, tables = defaultdict(list), set()
        for relation, _space, row in (told.partition(" ") for told in written):
            table = names.get(relation)
            tables.add(table)
            if not row and table in (None, *TABLES):  # all its rows, or older rows of the log that are no longer there
                raise Unknown("more was written than it pays to follow")
            if table in TABLES:
                by_table[table].append(int(row))
        if sum(map(len, by_table.values())) > MOST_AT_ONCE:
            raise Unknown("more was written than it pays to follow")
        changed, cases = [], by_table.pop(CASES, [])
        self.duckdb.execute("BEGIN")
        try:
            beside_cases = set()
            for table, rows in by_table.items():
                beside_cases |= self._cases_of(table, rows)
                changed += [(table, column) for column in self._replace(cursor, table, rows)]
                beside_cases |= self._cases_of(table, rows)
            # Last, as columns of theirs are kept of the others.
            changed += [(CASES, column) for column in self._replace(cursor, CASES, [*{*cases} | beside_cases])]
            if REGIONS in by_table:
                self.carrier.lose_track(self.change + 1)
                changed += [(CASES, column) for column in self._keep_of_regions()]
            changed += [(view, None) for view in self.words.find_again(cursor, cases)]
            self.duckdb.execute("COMMIT")
        except BaseException:
            self.duckdb.execute("ROLLBACK")
            raise
        self._note(changed, tables)

    def _cases_of(self, table, rows):
        """The keys of the cases of which the `rows` of a table, as the mirror has them, say what is kept."""
        if table == REGIONS or not any(table in sql for sql in self.kept[CASES].values()):
            return set()
        found = self.duckdb.execute(
            f"SELECT DISTINCT case_id FROM {table} WHERE id IN (SELECT unnest(?))",  # noqa: S608 - our own names
            [numpy.array(rows)],
        )
        return {case for (case,) in found.fetchall()}

    def _keep_of_regions(self):
        """Put right what the cases keep of regions, of which some were written. The columns that changed."""
        kept = {name: sql for name, sql in self.kept[CASES].items() if REGIONS in sql}
        for name, sql in kept.items():
            statement = f"UPDATE {CASES} SET {name} = {sql} WHERE {name} IS DISTINCT FROM ({sql})"  # noqa: S608
            if self.duckdb.execute(statement).fetchone()[0]:
                yield name

    def _note(self, changed, tables):
        """Note that these have changed: (table, column), or (table, None) where rows came or went; of these tables."""
        self.change += 1
        self._changes.update(dict.fromkeys(changed, self.change))
        self._writes.update(dict.fromkeys(tables, self.change))

    def _replace(self, cursor, table, rows):
        """Take over the `rows` of a table as they are now. The columns that changed; None, too, if rows came or went.

        Most of what is written of a case is no part of any sum.
        """
        if not rows:
            return []
        columns = list(self.columns[table])
        if len(rows) > MOST_COMPARED:
            self.carrier.lose_track(self.change + 1)
        else:
            before, after = self._had(table, rows), self._have(cursor, table, rows)
            if table == CASES:
                was = {key: dict(zip(columns, row, strict=True)) for key, (_place, row) in before.items()}
                became = {key: dict(zip(columns, row, strict=True)) for key, row in after.items()}
                self.carrier.note(self.change + 1, was, became)
            if before.keys() == after.keys():
                pairs = [(row, after[key]) for key, (_place, row) in before.items()]
                changed = [name for at, name in enumerate(columns) if any(old[at] != new[at] for old, new in pairs)]
                if changed:
                    self._update(table, changed, {place: after[key] for key, (place, _row) in before.items()})
                return changed
        self._remove(table, rows)
        self._copy(cursor, table, rows)
        return [None, *columns]

    def _had(self, table, rows):
        """{id: (its place in DuckDB, its values)} of the `rows` of a table, as the mirror has them."""
        key = list(self.columns[table]).index("id")
        found = self._of_a_known_place(table, rows)
        if not found:
            some = f"SELECT rowid FROM {table} WHERE id IN (SELECT unnest(?))"  # noqa: S608 - our own names
            found = self.duckdb.execute(f"SELECT rowid, * FROM {table} WHERE rowid IN ({some})", [numpy.array(rows)])  # noqa: S608
            found = found.fetchall()
        return {row[key]: (place, tuple(row)) for place, *row in found}

    def _of_a_known_place(self, table, rows):
        """The place and the values of one case, read from where it was last; None if that is not asked for or known.

        Cases lie as their regions do, so all keys would have to be read to find one.
        """
        if table != CASES or len(rows) > 1:
            return None
        self._places = self._places or Places(self.duckdb, table)
        place = self._places.of(rows[0])
        if place is None:  # it came since
            return None
        found = self.duckdb.execute(f"SELECT rowid, * FROM {table} WHERE rowid = {place} AND id = {rows[0]}").fetchall()  # noqa: S608
        if not found:  # DuckDB has moved its rows together: all places are asked again with the next
            self._places = None
        return found

    def _have(self, cursor, table, rows):
        """{id: its values} of the same, as PostgreSQL has them."""
        key = list(self.columns[table]).index("id")
        cursor.execute(f"SELECT {self._values(table)} FROM {table} WHERE id = ANY(%s)", [rows])  # noqa: S608 - our own names
        return {row[key]: row for row in cursor.fetchall()}

    def _update(self, table, changed, values):
        """Write the columns `changed` of `values`, {place in DuckDB: the values of a row}. So each stays beside what is
        near to it, and nothing is written to a file in between.
        """
        kinds, at = self.columns[table], {name: at for at, name in enumerate(self.columns[table])}
        if len(values) == 1:
            [(place, row)] = values.items()
            written = ", ".join(f'"{name}" = ?::{kinds[name]}' for name in changed)
            self.duckdb.execute(
                f"UPDATE {table} SET {written} WHERE rowid = {place}",  # noqa: S608 - our own names
                [row[at[name]] for name in changed],
            )
            return
        new = ", ".join(f'unnest(?)::{kinds[name]} AS "{name}"' for name in changed)
        written = ", ".join(f'"{name}" = new."{name}"' for name in changed)
        self.duckdb.execute(
            f"UPDATE {table} SET {written}"  # noqa: S608 - our own names
            f" FROM (SELECT unnest(?) AS place, {new}) AS new WHERE {table}.rowid = new.place",
            [list(values), *([row[at[name]] for row in values.values()] for name in changed)],
        )

    def _forget(self):
        """Keep the log short."""
        self._followed = 0
        with self.asked, self.asked.cursor() as cursor:
            cursor.execute(_LOGGED)
            is_long = cursor.fetchone()[0] > MOST_LOGGED
        if is_long:
            self.asked.set_session(**WRITES)
            with self.asked, self.asked.cursor() as cursor:
                cursor.execute(_FORGET, {"seen": self.seen, "kept": MOST_LOGGED // 2})
            self.asked.set_session(**LOOKS)
        if is_long or self._is_loose:
            self._compress()

    def _compress(self):
        """Keep what was written since in a quarter of the memory, in which sums are no slower.

        Not while others ask: to wait for their end would have them wait.
        """
        import duckdb

        try:
            self.duckdb.execute(f"CHECKPOINT {RECORD}")
            self._is_loose = False
        except duckdb.TransactionException:
            self._is_loose = True

    def _copy(self, cursor, table, rows=None):
        """Take over the rows of a table: those with the ids `rows`, or all.

        Each comes as the text of a ROW, which is a line of CSV in brackets, and many come at once. COPY would hand over
        each by itself, and wait for Python's lock as often: beside four busy readers 24 s for 15,000 rows, not 0.2.
        """
        columns, values = self.columns[table], self._values(table)
        where = f"WHERE id IN ({', '.join(map(str, rows))})" if rows is not None else ORDER.get(table, "")
        with tempfile.NamedTemporaryFile(suffix=".csv") as file, cursor.connection.cursor("copied") as copied:
            cursor.execute("SET LOCAL cursor_tuple_fraction = 1")  # all of them are read
            copied.execute(f"SELECT ROW({values})::text FROM {table} {where}")  # noqa: S608 - our own names
            while lines := copied.fetchmany(ROWS_AT_ONCE):
                file.write("".join([f"{line[1:-1]}\n" for (line,) in lines]).encode())
            file.flush()
            if file.tell():
                self.duckdb.execute(
                    f"INSERT INTO {table} SELECT * FROM read_csv(?, columns = {columns!r}, header = false,"  # noqa: S608
                    " auto_detect = false, nullstr = '', allow_quoted_nulls = false)",
                    [file.name],
                )

    def _values(self, table):
        """What PostgreSQL is asked for the columns of a table."""
        kept = self.kept.get(table, {})
        return ", ".join(kept.get(name) or f'{table}."{name}"' for name in self.columns[table])

    def _number_codes(self, table):
        """Keep the codes of a table as numbers: those that its columns may have, and what else stands there."""
        for column, kind in self.columns[table].items():
            if kind == "VARCHAR" and (table, column) in CODES:
                found = self.duckdb.execute(f"SELECT DISTINCT {column} FROM {table}").fetchall()  # noqa: S608
                codes = sorted({*CODES[table, column], *(code for (code,) in found if code is not None)})
                self.columns[table][column] = f"ENUM({', '.join(map(sql_text, codes))})"
                self.duckdb.execute(f"ALTER TABLE {table} ALTER {column} TYPE {self.columns[table][column]}")


class Places:
    """Where each row of a table in DuckDB lay when this was made: twelve bytes for each."""

    def __init__(self, duckdb, table):
        found = duckdb.execute(f"SELECT id, rowid FROM {table}").fetchnumpy()  # noqa: S608 - our own name
        in_order = numpy.argsort(found["id"])
        self._keys, self._places = found["id"][in_order], found["rowid"][in_order].astype("int32")

    def of(self, key):
        """The place of the row with this key, or None."""
        at = numpy.searchsorted(self._keys, key)
        return int(self._places[at]) if at < len(self._keys) and self._keys[at] == key else None


def _type(table, column, kind):
    """The type in DuckDB of a column of PostgreSQL that is mirrored, else None."""
    if text := re.fullmatch(r"character varying\((\d+)\)", kind):
        return "VARCHAR" if int(text[1]) <= LONGEST_CODE or (table, column) in TEXTS else None
    return kind.upper() if re.fullmatch(r"numeric\(\d+,\d+\)", kind) else TYPES.get(kind)
