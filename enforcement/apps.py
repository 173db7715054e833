from importlib import import_module

from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib.admin.apps import SimpleAdminConfig
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import connections, transaction
from django.db.models.signals import post_migrate

from . import rights

ADMINS = (
    "django.contrib.auth.admin",
    "regions.admin.standing",
    "cases.admin",
    "enforcement.accounts.admin",
    "enforcement.admin",
)


class AdministrationConfig(SimpleAdminConfig):
    default_site = "enforcement.administration.RecordSite"


class EnforcementConfig(AppConfig):
    name = "enforcement"
    default = True  # of the two here

    def ready(self):
        from . import roles

        unknown = set(settings.SECOND_FACTOR_ROLES) - {*roles.ROLES, "Administrator"}
        if unknown:
            known = ", ".join([*roles.ROLES, "Administrator"])
            raise ImproperlyConfigured(
                f"ENFORCEMENT_SECOND_FACTOR has roles of {known}; not {', '.join(sorted(unknown))}."
            )
        for module in ADMINS:
            import_module(module)
        # After all migrations, and once: the signal is sent for each app.
        post_migrate.connect(settle_rights, sender=apps.get_app_config("cases"))
        checks.register(has_a_role_of_its_own, "database", deploy=True)


def settle_rights(using, **_kwargs):
    """Whatever was migrated, the application may do with each table what it should."""
    try:
        with transaction.atomic(using), connections[using].cursor() as cursor:
            rights.bring_up_to_date(cursor, settings.APPLICATION_ROLE)
    except rights.WrongRole as problem:
        raise CommandError(str(problem)) from problem


def has_a_role_of_its_own(**_kwargs):
    """For `check --deploy`: who owns the history can change it."""
    if settings.APPLICATION_ROLE:
        return []
    told = "The application owns its database, so that whoever makes it run SQL can change the history."
    hint = "Set ENFORCEMENT_OWNER_DATABASE_URL for the commands, and in DATABASE_URL a role that owns nothing."
    return [checks.Warning(told, hint=hint, id="enforcement.W001")]
