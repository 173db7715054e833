"""Operations that our migrations have beside those of Django."""

import json

from django.db import migrations
from django.db.migrations.operations.base import Operation

WHO = {"name": "migrate", "reason": "The history of this table begins here: as the row was then."}


def history_begins(*names: str) -> migrations.RunPython:
    """Enter the rows that there are of the models `names`: a history that begins where rows are already.

    Each event leads to the next, and the first says what was entered (`cases.history.sense`); without it, the first
    change of an old row would look like a forgery.
    """

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


class MakeAtOnce(Operation):
    """Make the tables of `models`, a list of `CreateModel`, with the triggers that their options name.

    After each `CreateModel`, `AddConstraint` or `AddTrigger` Django builds the models that are related to the changed
    one anew; of a hundred models that takes minutes. Here they are built once, when all of them are known.
    """

    serialization_expand_args = ["models"]

    def __init__(self, models):
        self.models = models

    def state_forwards(self, app_label, state):
        state.__dict__.pop("apps", None)  # what was built is built anew, with these, when somebody asks for it
        for model in self.models:
            model.state_forwards(app_label, state)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        for model in self.models:
            model.database_forwards(app_label, schema_editor, from_state, to_state)
            for trigger in model.options.get("triggers", []):
                schema_editor.execute(trigger.install_sql, params=None)  # it contains % signs

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        for model in reversed(self.models):
            model.database_backwards(app_label, schema_editor, from_state, to_state)
