from importlib import import_module

from django.apps import AppConfig

ADMINS = (
    "django.contrib.auth.admin",
    "rest_framework.authtoken.admin",
    "regions.admin.standing",
    "cases.admin",
    "enforcement.admin",
)


class EnforcementConfig(AppConfig):
    name = "enforcement"

    def ready(self):
        for module in ADMINS:
            import_module(module)
