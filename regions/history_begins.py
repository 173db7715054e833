"""A history that begins where rows are already: what is there is its first event.

Each event leads to the next, and the first says what was entered (`cases.history.sense`); without it, the first change
of an old row would look like a forgery.
"""

import json

from django.db import migrations

WHO = {"name": "migrate", "reason": "The history of this table begins here: as the row was then."}


def history_begins(*names: str) -> migrations.RunPython:
    """The operation of a migration that enters the rows there are of the models `names`."""

    def enter(apps, editor):
        with editor.connection.cursor() as cursor:
            told = ("pghistory.context_metadata", json.dumps(WHO))
            cursor.execute("SELECT set_config('pghistory.context_id', gen_random_uuid()::text, true)")
            cursor.execute("SELECT set_config(%s, %s, true)", told)
            for name in names:
                app, _dot, model = name.partition(".")
                table, events = (apps.get_model(app, each)._meta for each in (model, f"{model}Event"))
                kept = [field.column for field in events.concrete_fields if not field.name.startswith("pgh_")]
                columns = ", ".join(f'"{column}"' for column in kept)
                cursor.execute(
                    f"INSERT INTO {events.db_table}"  # noqa: S608 - names of our own
                    f" ({columns}, pgh_obj_id, pgh_label, pgh_created_at, pgh_context_id)"
                    f" SELECT {columns}, \"{table.pk.column}\", 'insert', now(), _pgh_attach_context()"
                    f" FROM {table.db_table}"
                )
            cursor.execute("SELECT set_config('pghistory.context_id', '', true)")

    return migrations.RunPython(enter, migrations.RunPython.noop)
