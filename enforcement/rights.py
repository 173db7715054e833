"""What the application may do in its database: everything with rows, but to the history it only adds.

The tables belong to another role, the owner, as which only the commands of `OWNERS_COMMANDS` log in. The application
reads and adds events and seals; it cannot change or remove them, disable a trigger, or make anything, and neither can
whoever makes it run SQL of theirs.
"""

APPLICATION = "enforcement_app"  # of the embedded server; with DATABASE_URL it is the user of that address
OWNERS_COMMANDS = {
    "migrate", "backup", "restore", "release", "demo", "pgtrigger", "load_record", "make_cases", "bench",
}  # fmt: skip

# Events of changes have a pgh_id. Names of changes are kept by a function of the owner's.
_TABLES = """
    SELECT quote_ident(relname), CASE
        WHEN relname IN ('django_migrations', 'pghistory_context') THEN 'SELECT'
        WHEN relname IN ('cases_historyseal', 'accounts_loginevent') OR EXISTS (
            SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'pgh_id' AND NOT attisdropped
        ) THEN 'SELECT, INSERT'
        ELSE 'SELECT, INSERT, UPDATE, DELETE' END
    FROM pg_class WHERE relkind IN ('r', 'p', 'v') AND relnamespace = 'public'::regnamespace
"""
# Those whose next value is asked by name; an identity column gives its own.
_SEQUENCES = """
    SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'i')
"""
# Migrations of the libraries make the first two as they were: so they are made anew after each `migrate`.
_FUNCTIONS = """
-- Who made a change and why: written once, and more is added only while it is young, before it is sealed.
CREATE OR REPLACE FUNCTION _pgh_attach_context() RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    given uuid := nullif(current_setting('pghistory.context_id', true), '');
    told jsonb := nullif(current_setting('pghistory.context_metadata', true), '');
    kept pghistory_context;
BEGIN
    IF given IS NULL OR told IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT * INTO kept FROM pghistory_context WHERE id = given;
    IF NOT FOUND THEN
        INSERT INTO pghistory_context (id, metadata, created_at, updated_at) VALUES (given, told, now(), now());
    ELSIF kept.metadata <> told THEN
        IF kept.created_at < now() - interval '5 minutes' THEN
            RAISE EXCEPTION 'The change % is older than five minutes: who made it, and why, stays.', given;
        END IF;
        UPDATE pghistory_context SET metadata = told, updated_at = now() WHERE id = given;
    END IF;
    RETURN given;
END $$;

-- No session can ask that the history is not written.
CREATE OR REPLACE FUNCTION _pgtrigger_should_ignore(trigger_name name) RETURNS boolean
LANGUAGE sql IMMUTABLE AS 'SELECT false';

-- The log of logins forgets what is old, and nothing that is younger than a month.
CREATE OR REPLACE FUNCTION forget_logins(days integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    forgotten bigint;
BEGIN
    DELETE FROM accounts_loginevent WHERE at < now() - make_interval(days => greatest(days, 30));
    GET DIAGNOSTICS forgotten = ROW_COUNT;
    RETURN forgotten;
END $$;

-- Who only adds to a table may not lock it.
CREATE OR REPLACE FUNCTION wait_for_writers(events regclass) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = events AND attname = 'pgh_id') THEN
        RAISE EXCEPTION '% has no events.', events;
    END IF;
    EXECUTE format('LOCK TABLE %s IN SHARE MODE', events);
END $$;
"""


class WrongRole(Exception):
    """Why the role of the application is none that owns nothing, in one sentence."""


def bring_up_to_date(cursor, role=""):
    """Make anew what a migration may have made otherwise: our functions, and what `role` may do with each table."""
    cursor.execute("SELECT to_regclass('public.pghistory_context') IS NOT NULL")
    if cursor.fetchone()[0]:
        cursor.execute(_FUNCTIONS)
    if role:
        _refuse_wrong(cursor, role)
        _grant(cursor, role)


def _refuse_wrong(cursor, role):
    cursor.execute(
        "SELECT rolsuper OR rolcreaterole OR rolreplication OR pg_has_role(oid, current_user, 'MEMBER')"
        " OR EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid AND relnamespace = 'public'::regnamespace)"
        " FROM pg_roles WHERE rolname = %s",
        [role],
    )
    found = cursor.fetchone()
    if found is None:
        raise WrongRole(f"The database has no role {role}: CREATE ROLE {role} LOGIN PASSWORD '…'.")
    if found[0]:
        raise WrongRole(f"The role {role} of DATABASE_URL owns tables, or can become their owner: it must not.")


def _grant(cursor, role):
    cursor.execute("SELECT quote_ident(%s), quote_ident(current_database())", [role])
    role, database = cursor.fetchone()
    cursor.execute(
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC, {role}; GRANT CONNECT ON DATABASE {database} TO {role};"
        f"REVOKE ALL ON SCHEMA public FROM PUBLIC, {role}; GRANT USAGE ON SCHEMA public TO {role};"
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {role};"
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, {role}"
    )
    cursor.execute(_TABLES)
    by_rights = {}
    for table, rights in cursor.fetchall():
        by_rights.setdefault(rights, []).append(table)
    for rights, tables in by_rights.items():
        cursor.execute(f"GRANT {rights} ON {', '.join(tables)} TO {role}")
    cursor.execute(_SEQUENCES)
    sequences = [name for (name,) in cursor.fetchall()]
    if sequences:
        cursor.execute(f"GRANT SELECT, UPDATE ON SEQUENCE {', '.join(sequences)} TO {role}")
