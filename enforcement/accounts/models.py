"""What is kept of an account beside Django's own row of it, and the history of accounts and what they may do."""

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from regions.grammar.constraints import known
from regions.models import keep_history


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


class SecondFactor(models.Model):
    """That an account asks for more than a password: a code of an app, if there is a key for it, or a passkey.

    The key is sealed with the secret key of the site: who has the database alone can make no code.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="second_factor"
    )
    since = models.DateTimeField(default=timezone.now)
    sealed_key = models.BinaryField(null=True)  # of the app; NULL: there are passkeys only
    last_t = models.BigIntegerField(default=-1)  # the step of time of the last code, which counts only once
    drift = models.SmallIntegerField(default=0)  # steps of 30 seconds that the clock of the app is ahead
    failures = models.PositiveIntegerField(default=0)  # wrong codes since the last right one
    wait_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")

    def __str__(self):
        return str(self.user)


class RecoveryCode(models.Model):
    """A code for who has lost the second factor, as a digest. It is deleted when it is used."""

    factor = models.ForeignKey(SecondFactor, models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")

    def __str__(self):
        return f"{self.digest[:4]}…"


class Passkey(models.Model):
    """A key that a device holds; here is only its public half."""

    factor = models.ForeignKey(SecondFactor, models.CASCADE, related_name="passkeys")
    name = models.CharField(_("name"), max_length=80)
    credential = models.BinaryField(unique=True)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)
    made_at = models.DateTimeField(default=timezone.now)
    used_on = models.DateField(null=True)

    class Meta:
        ordering = ["made_at", "pk"]
        verbose_name = _("passkey")
        verbose_name_plural = _("passkeys")

    def __str__(self):
        return self.name


class LoginStep(models.TextChoices):
    IN = "in", pgettext_lazy("login", "Logged in")
    REFUSED = "refused", pgettext_lazy("login", "Refused")
    OUT = "out", pgettext_lazy("login", "Logged out")


class LoginWay(models.TextChoices):
    """What was asked last."""

    NONE = "", "–"
    PASSWORD = "password", pgettext_lazy("login", "password")
    CODE = "code", pgettext_lazy("login", "code")
    PASSKEY = "passkey", pgettext_lazy("login", "passkey")
    PROVIDER = "provider", pgettext_lazy("login", "single sign-on")


class LoginEvent(models.Model):
    """That somebody came in, was refused, or left. The application only adds events (enforcement/rights.py)."""

    # Events stay when their account is deleted: nobody deletes an event but the clock.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, db_constraint=False, related_name="login_events"
    )
    at = models.DateTimeField(default=timezone.now)
    step = models.CharField(max_length=8, choices=LoginStep)
    way = models.CharField(max_length=8, choices=LoginWay, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        default_permissions = ()
        verbose_name = _("login")
        verbose_name_plural = _("logins")
        constraints = [known("step", LoginStep), known("way", LoginWay)]
        indexes = [models.Index(fields=["user", "-at"], name="login_event_of_an_account")]

    def __str__(self):
        return f"{self.step} {self.at}"


def our_provider():
    return settings.OIDC_ISSUER


class ProviderIdentity(models.Model):
    """That whom a provider of single sign-on calls `subject` is this account. A registrar says so, and nobody else."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="identities")
    issuer = models.CharField(_("provider"), max_length=255, default=our_provider)
    subject = models.CharField(
        _("identity"), max_length=255, help_text=_("As the login page shows it to who is not linked yet.")
    )

    class Meta:
        ordering = ["issuer", "subject"]
        verbose_name = _("single sign-on identity")
        verbose_name_plural = _("single sign-on identities")
        constraints = [
            models.UniqueConstraint(
                name="provideridentity_of_one_account",
                fields=["issuer", "subject"],
                violation_error_message=_("This identity is linked to an account already."),
            )
        ]

    def __str__(self):
        return self.subject


class Account(User):
    """An account, as the history has it: without its password, which is nobody's to read, and without its logins."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("account")
        verbose_name_plural = _("accounts")


class AccountRole(User.groups.through):
    """That an account has a role."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("role of an account")
        verbose_name_plural = _("roles of accounts")


class AccountPermission(User.user_permissions.through):
    """That an account may do something that its roles do not give."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("permission of an account")
        verbose_name_plural = _("permissions of accounts")


class Role(Group):
    """A role, as the history has it."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("role")
        verbose_name_plural = _("roles")


class RolePermission(Group.permissions.through):
    """That a role may do something."""

    class Meta:
        proxy = True
        default_permissions = ()
        verbose_name = _("permission of a role")
        verbose_name_plural = _("permissions of roles")


keep_history(Account, exclude=["password", "last_login"], of_the_office=True)
for model in (AccountRole, AccountPermission, ProviderIdentity, Role, RolePermission):
    keep_history(model, of_the_office=True)
