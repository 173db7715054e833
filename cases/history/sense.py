"""Whether the history explains itself: each event of a row leads to the next one, and the last to the row as it is.

An event holds the row as inserted, as it was before an update, or as deleted (`regions.models.history`). So what was
inserted is what the next event finds; an update leaves something else than it found; a deleted row is gone. An event
that somebody writes into the history by hand, after the last seal, seldom fits.
"""

from django.db import connection

from .tables import all_tables, kept_fields

_UNEXPLAINED = """
WITH told AS (
    SELECT pgh_id, pgh_obj_id AS key, pgh_label AS label, {kept} AS content FROM {events} AS event
), chain AS (
    SELECT pgh_id, key, label, content, lag(label) OVER line AS before, lead(label) OVER line AS next,
        lead(content) OVER line AS found
    FROM told WINDOW line AS (PARTITION BY key ORDER BY pgh_id)
), now AS (SELECT {key} AS key, {kept} AS content FROM {table} AS event)
SELECT chain.pgh_id FROM chain LEFT JOIN now ON now.key = chain.key WHERE CASE
    WHEN before IS NULL AND label <> 'insert' AND {inserts_are_kept} THEN true
    WHEN label = 'delete' THEN CASE WHEN next IS NULL THEN now.key IS NOT NULL ELSE next <> 'insert' END
    WHEN next = 'insert' THEN true
    WHEN next IS NULL AND now.key IS NULL THEN true
    ELSE (chain.content = CASE WHEN next IS NULL THEN now.content ELSE found END) <> (label = 'insert')
END ORDER BY chain.pgh_id
"""


def unexplained():
    """[(table of events, pgh_id)] of the events that do not lead to what follows them."""
    found = []
    for model, events in all_tables().items():
        columns = [field.column for field in kept_fields(model)]
        with connection.cursor() as cursor:
            kept = "jsonb_build_array(" + ", ".join(f'event."{column}"' for column in columns) + ")"
            cursor.execute(
                _UNEXPLAINED.format(
                    kept=kept,
                    events=events._meta.db_table,
                    table=model._meta.db_table,
                    key=f'event."{model._meta.pk.column}"',
                    inserts_are_kept=str("insert" in _labels(model)).lower(),
                )
            )
            found += [(events._meta.db_table, pgh_id) for (pgh_id,) in cursor.fetchall()]
    return found


def _labels(model):
    return {tracker.label for tracker in all_tables()[model].pgh_trackers}
