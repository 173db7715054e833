import unicodedata
import uuid
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from regions.grammar.constraints import known

LONGEST_QUERY = 7_500  # characters; with a page number it still fits into an address
UNDO_DAYS = 30
# Letters and symbols by category, yet nothing is seen of them.
BLANKS = set("\u115f\u1160\u2800\u3164\uffa0")


def shows_what_it_says(text):
    """Refuse characters that cannot be seen or that turn the direction of what follows: a name is read by others."""
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp") or character in BLANKS:
            raise ValidationError(
                _("The name contains an invisible character (%(code)s). Remove it."),
                code="unseen",
                params={"code": f"U+{ord(character):04X}"},
            )


def digest(secret):
    """What is kept of a secret that nobody can guess."""
    return sha256(secret.encode()).hexdigest()


class Of(models.TextChoices):
    """What a saved view lists."""

    CASES = "cases", _("Cases")
    LEADS = "leads", _("Leads")


class SavedViewQuerySet(models.QuerySet):
    def kept(self):
        """Those that are not deleted."""
        return self.filter(deleted_at=None)

    def of(self, user):
        """Those that `user` saved, deleted ones included."""
        return self.filter(owner=user.pk)

    def visible_to(self, user):
        """Those that `user` may open: their own and the shared ones, none that is deleted.

        Of the queue of leads also the name of a view tells: only who works on leads may open one.
        """
        found = self.kept().filter(Q(shared=True) | Q(owner__isnull=False, owner=user.pk))
        return found if user.has_perm("cases.work_on_leads") else found.exclude(of=Of.LEADS)

    def fed_by(self, secret):
        """Those whose feed has the password `secret`; none of an account that is closed."""
        return self.kept().filter(feed_digest=digest(secret), owner__is_active=True)

    def restorable(self):
        """Deleted ones that may still be brought back."""
        return self.filter(deleted_at__gte=timezone.now() - timedelta(days=UNDO_DAYS))


class SavedView(models.Model):
    """A question to the record under a name. Its address stays the same when it is renamed."""

    slug = models.SlugField(_("slug"), max_length=80, unique=True)
    name = models.CharField(
        _("name"), max_length=100, validators=[shows_what_it_says],
        error_messages={"blank": _("Give the view a name.")},
    )  # fmt: skip
    of = models.CharField(_("lists"), max_length=5, choices=Of, default=Of.CASES)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("saved by"))
    query = models.CharField(
        _("filters"), max_length=LONGEST_QUERY, blank=True, help_text=_("A valid query string of the case list.")
    )
    shared = models.BooleanField(
        _("shared"), default=False, help_text=_("Everyone who can read the cases can open it.")
    )
    created_at = models.DateTimeField(_("saved at"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True, editable=False)
    # The feed by secret address: of the secret only its digest is kept.
    feed_digest = models.CharField(max_length=64, unique=True, null=True, editable=False)
    feed_opened_at = models.DateTimeField(null=True, editable=False)
    feed_fetched_on = models.DateField(null=True, editable=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [
            known("of", Of),
            models.CheckConstraint(
                name="savedview_has_a_name",
                condition=~Q(name=""),
                violation_error_message=_("Give the view a name."),
            ),
            models.UniqueConstraint(
                name="savedview_name_once_an_owner",
                fields=["owner", "name"],
                condition=Q(deleted_at=None),
                violation_error_message=_("You already have a view with this name."),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def is_of_cases(self):
        return self.of == Of.CASES

    def get_absolute_url(self):
        return reverse("cases:saved-view", args=[self.slug])

    def belongs_to(self, user):
        """Whether `user` may change it."""
        return user.is_superuser or (user.is_authenticated and self.owner_id == user.pk)


class SavedBrief(models.Model):
    """A brief with the figures of the day on which it was saved. Nobody but its owner opens it."""

    of = Of.CASES

    key = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("saved by"))
    name = models.CharField(_("name"), max_length=100, blank=True)  # of the view that it is of
    query = models.CharField(_("filters"), max_length=LONGEST_QUERY, blank=True)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    # What each case added to the figures, so that a case can be left out later: `cases.briefs.saved`.
    kept = models.JSONField(encoder=DjangoJSONEncoder, editable=False)
    saved_at = models.DateTimeField(_("saved at"), auto_now_add=True)

    class Meta:
        ordering = ["-saved_at", "key"]
        verbose_name = _("saved brief")
        verbose_name_plural = _("saved briefs")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="savedbrief_ends_after_its_start",
                condition=Q(last_day__gte=F("first_day")),
                violation_error_message=_("The end cannot be before the start."),
            ),
        ]

    def __str__(self):
        return f"{self.name or self.query} {self.first_day} – {self.last_day}"

    def get_absolute_url(self):
        return reverse("cases:saved-brief", args=[self.key])
