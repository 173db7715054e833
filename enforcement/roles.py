"""Who may do what. `manage.py sync_roles` makes the groups in the database match this table.

A permission is `app.action_model`; `*` means any action or any model. The regions of work of an account
(`regions.models.Scope`) say where its permissions hold; with `regions.work_everywhere` they hold everywhere.
"""

from fnmatch import fnmatch

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

READ = ["regions.view_*", "cases.view_*"]
# To share a view (everyone who is logged in can save private views), and to have programs ask the API.
ANALYSE = [*READ, "cases.add_savedview", "accounts.add_apitoken"]
ENTER = [
    "case", "citation", "officenumber", "raid", "seizure", "figure", "party", "sanction", "disposal", "document",
    "reason",
]  # fmt: skip
ACCOUNTS = ["auth.view_user", "auth.add_user", "auth.change_user", "auth.view_group", "accounts.*_provideridentity"]
ROLES = {
    "Reader": READ,
    "Analyst": ANALYSE,
    "Case officer": [
        *ANALYSE,
        *(f"cases.*_{model}" for model in ENTER),
        "cases.*_import",
        "cases.publish_case",
        "cases.work_on_leads",
        "regions.add_source",
        "regions.add_agency",
    ],
    # Registrars make accounts, and never one that may do more than a role: enforcement/accounts/admin.py.
    "Registrar": ["regions.*", "cases.*", "accounts.add_apitoken", *ACCOUNTS],
}
# What people are told of their role: its name, and what it may do.
IN_WORDS = {
    "Reader": (
        pgettext_lazy("role", "Reader"),
        _("Reads published cases everywhere, and internal cases in the assigned regions."),
    ),
    "Analyst": (
        pgettext_lazy("role", "Analyst"),
        _("Reads cases like a reader; shares saved views, and uses the API with a token."),
    ),
    "Case officer": (
        pgettext_lazy("role", "Case officer"),
        _("Records, imports, changes and publishes cases in the assigned regions; has what an analyst has."),
    ),
    "Registrar": (
        pgettext_lazy("role", "Registrar"),
        _("Does everything with cases and the standing record in every region, and makes accounts."),
    ),
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
