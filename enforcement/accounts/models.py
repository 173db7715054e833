"""What is kept of an account beside Django's own row of it."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class GivenPassword(models.Model):
    """The password of this account was set by somebody else, and is changed at the first login."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="given_password"
    )
    given_at = models.DateTimeField(_("set at"), default=timezone.now)

    class Meta:
        verbose_name = _("password set by somebody else")
        verbose_name_plural = _("passwords set by somebody else")

    def __str__(self):
        return str(self.user)
