from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig

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
        for module in ADMINS:
            import_module(module)
