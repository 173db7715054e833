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


class ApiToken(models.Model):
    """What a program sends instead of a password. It reads, and the token itself is kept nowhere: only its digest."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    ends_with = models.CharField(max_length=4, editable=False)
    made_at = models.DateTimeField(_("made at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"), null=True)  # NULL: of before tokens expired
    used_on = models.DateField(_("last used on"), null=True)

    class Meta:
        ordering = ["-made_at", "pk"]
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        constraints = [
            models.UniqueConstraint(
                name="apitoken_name_once_an_account",
                fields=["user", "name"],
                violation_error_message=_("You have a token with this name."),
            )
        ]

    def __str__(self):
        return self.name

    @property
    def has_expired(self):
        return self.expires_at is not None and self.expires_at <= timezone.now()
