from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "enforcement.accounts"
    label = "accounts"
    verbose_name = _("accounts")

    def ready(self):
        from . import sessions  # noqa: F401 - it listens to accounts that are saved
