from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.contrib.admin.apps import SimpleAdminConfig
from django.core.exceptions import ImproperlyConfigured

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
