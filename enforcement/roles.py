"""Who may do what. `manage.py sync_roles` makes the groups in the database match this table.

A permission is `app.action_model`; `*` means any action or any model. The regions of work of an account
(`regions.models.Scope`) say where its permissions hold; with `regions.work_everywhere` they hold everywhere.
"""

from fnmatch import fnmatch

from django.contrib.auth.models import Group, Permission
from django.db import transaction

READ = ["regions.view_*", "cases.view_*"]
ANALYSE = [*READ, "cases.add_savedview"]  # to share a view; everyone who is logged in can save private views
ENTER = ["case", "citation", "raid", "seizure", "figure", "party", "sanction", "disposal", "document", "reason"]
ROLES = {
    "Reader": READ,
    "Analyst": ANALYSE,
    "Case officer": [
        *ANALYSE,
        *(f"cases.*_{model}" for model in ENTER),
        "cases.*_import",
        "cases.publish_case",
        "regions.add_source",
        "regions.add_agency",
    ],
    "Registrar": ["regions.*", "cases.*"],
}
# Who may use the administration.
STAFF = {"Case officer", "Registrar"}


@transaction.atomic
def sync():
    """Give every group exactly the permissions of the table."""
    permissions = list(Permission.objects.select_related("content_type"))
    for name, patterns in ROLES.items():
        group, _made = Group.objects.get_or_create(name=name)
        group.permissions.set(
            permission
            for permission in permissions
            if any(
                fnmatch(f"{permission.content_type.app_label}.{permission.codename}", pattern) for pattern in patterns
            )
        )
