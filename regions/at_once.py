"""All models of an app in one operation of a migration, for a new database.

After each `CreateModel`, `AddConstraint` or `AddTrigger` Django builds the models that are related to the changed one
anew; of a hundred models that takes minutes. Here they are built once, when all of them are known.
"""

from django.db.migrations.operations.base import Operation


class MakeAtOnce(Operation):
    """Make the tables of `models`, a list of `CreateModel`, with the triggers that their options name."""

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
