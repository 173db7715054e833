"""What migrations make so that a mirror of the tables can follow: a log of the rows that were written (mirror.py)."""

from django.db import migrations

# Those that migration 0030 found; a later one has a migration of its own.
TABLES = [
    "cases_case", "cases_case_agencies", "cases_case_sources", "cases_citation", "cases_figure", "cases_opendoubt",
    "cases_raid", "cases_seizure", "regions_region", "regions_scope",
]  # fmt: skip
STANDING_TABLES = [  # those that 0037 found
    "regions_agency", "regions_boundary", "regions_factor", "regions_gridarea", "regions_gridarea_regions",
    "regions_indicator", "regions_policy", "regions_policy_issuers", "regions_position", "regions_provision",
    "regions_reading", "regions_savingsclaim", "regions_source", "cases_factorset", "cases_rig",
]  # fmt: skip
LEAD_TABLES = ["cases_lead", "cases_leadstep", "cases_inspection"]
EVENTS = {"insert": "NEW", "update": "NEW", "delete": "OLD"}
# A crash empties it, and no mirror outlives the connection that a crash ends.
LOG = """
    CREATE UNLOGGED TABLE cases_writtenrow (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
        relation oid NOT NULL,
        row_id bigint  -- NULL: rows of a table that are not named, or more than it would pay to name
    );
    CREATE INDEX cases_writtenrow_xid ON cases_writtenrow (xid);

    CREATE FUNCTION keep_written_rows() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT count(*) FROM (SELECT FROM written LIMIT 10001) AS first) > 10000 THEN
            INSERT INTO cases_writtenrow (relation) VALUES (TG_RELID);
        ELSE
            INSERT INTO cases_writtenrow (relation, row_id) SELECT TG_RELID, id FROM written;
        END IF;
        RETURN NULL;
    END $$;
"""
UNLOG = "DROP TABLE cases_writtenrow; DROP FUNCTION keep_written_rows();"
LOG_TABLES = """
    CREATE FUNCTION keep_written_table() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM written) THEN
            INSERT INTO cases_writtenrow (relation) VALUES (TG_RELID);
        END IF;
        RETURN NULL;
    END $$;
"""
UNLOG_TABLES = "DROP FUNCTION keep_written_table();"
TRIGGER = """
    CREATE TRIGGER written_{event} AFTER {event} ON {table} REFERENCING {rows} TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION {function}();
"""


def rows_are_logged() -> list[migrations.RunSQL]:
    """The operations of a migration that begin the log."""
    return [migrations.RunSQL(LOG, UNLOG), *_triggers(TABLES, "keep_written_rows")]


def standing_record_is_logged() -> list[migrations.RunSQL]:
    """The operations after which the log also has that the standing record was written, and not which rows."""
    return [migrations.RunSQL(LOG_TABLES, UNLOG_TABLES), *_triggers(STANDING_TABLES, "keep_written_table")]


def leads_are_logged() -> list[migrations.RunSQL]:
    """The operations after which the log also has that leads, or what became of them, were written."""
    return _triggers(LEAD_TABLES, "keep_written_table")


def _triggers(tables, function):
    return [
        migrations.RunSQL(
            TRIGGER.format(event=event, table=table, rows=rows, function=function),
            f"DROP TRIGGER written_{event} ON {table};",
        )
        for table in tables
        for event, rows in EVENTS.items()
    ]
