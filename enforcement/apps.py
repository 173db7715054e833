from importlib import import_module

from django.apps import AppConfig


class EnforcementConfig(AppConfig):
    name = "enforcement"

    def ready(self):
        for package in ("django.contrib.auth", "rest_framework.authtoken", "regions", "cases", "enforcement"):
            import_module(f"{package}.admin")
