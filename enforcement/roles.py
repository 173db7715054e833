"""Who may do what. `manage.py sync_roles` makes the groups in the database match this table.

A permission is `app.action_model`; `*` stands for any action or any model. Where somebody may do it follows from their
regions of work (`regions.models.Scope`); who has `regions.work_everywhere` needs none.
"""

from fnmatch import fnmatch

from django.contrib.auth.models import Group, Permission
from django.db import transaction

READ = ["regions.view_*", "cases.view_*"]
ANALYSE = [*READ, "cases.add_savedview"]  # to share a view; everybody who logs in may save their own
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
# Who may enter the administration at all.
STAFF = {"Case officer", "Registrar"}


@transaction.atomic
def sync():
    """Make every group hold exactly what the table says."""
    permissions = list(Permission.objects.select_related("content_type"))
    for name, patterns in ROLES.items():
        group, _made = Group.objects.get_or_create(name=name)
        group.permissions.set(
            permission
            for permission in permissions
            if any(fnmatch(f"{permission.content_type.app_label}.{permission.codename}", one) for one in patterns)
        )
