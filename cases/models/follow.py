"""Who follows which question by mail, and what they are still to be told."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import MD5
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from regions.grammar.constraints import known

from .saved import LONGEST_QUERY, SavedView


class Rhythm(models.TextChoices):
    """How often a follower is told."""

    AT_ONCE = "at_once", pgettext_lazy("alert", "At once")
    DAILY = "daily", pgettext_lazy("alert", "Daily")
    WEEKLY = "weekly", pgettext_lazy("alert", "Weekly, on Monday")


class FollowQuerySet(models.QuerySet):
    def of(self, user):
        """Those of the account of `user`."""
        return self.filter(owner__isnull=False, owner=user.pk)

    def active(self):
        """Those that are told something: confirmed, and not at their end."""
        return self.filter(confirmed_at__isnull=False, ended_at=None)


class Follow(models.Model):
    """That somebody is told what changes in the answer to a question: by mail, or a program of theirs by a hook.

    An account is told at the address that it has, and what it may see, both as they are when a mail is sent. Everybody
    else is told at an address that was confirmed, and what the public sees.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("account"),
    )
    address = models.EmailField(_("mail address"), blank=True)
    hook = models.CharField(_("address of a program"), max_length=500, blank=True, default="", db_default="")
    # The number of a view that is gone stays here: without it the question would be "all cases".
    view = models.ForeignKey(
        SavedView,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="+",
        verbose_name=_("saved view"),
    )
    query = models.CharField(_("filters"), max_length=LONGEST_QUERY, blank=True)
    name = models.CharField(_("name"), max_length=200)
    language = models.CharField(_("language"), max_length=10)
    rhythm = models.CharField(_("how often"), max_length=8, choices=Rhythm)
    made_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # Until when it was looked, and what was there then: `cases.alerts.news`.
    looked_at = models.DateTimeField(null=True, blank=True)
    seen = models.JSONField(default=dict, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = FollowQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("follow")
        verbose_name_plural = _("follows")
        default_permissions = ()
        constraints = [
            known("rhythm", Rhythm),
            models.CheckConstraint(
                name="follow_has_one_receiver",
                condition=Q(owner__isnull=False, address="") | Q(owner=None, hook="") & ~Q(address=""),
                violation_error_message=_("Either an account follows, or a mail address."),
            ),
            models.UniqueConstraint(
                "owner",
                "address",
                MD5("hook"),
                "view",
                MD5("query"),
                name="follow_once",
                nulls_distinct=False,
                condition=Q(ended_at=None),
                violation_error_message=_("You follow this already."),
            ),
        ]

    def __str__(self):
        return self.name


class NoticeKind(models.TextChoices):
    """What a notice tells."""

    NEWS = "news", pgettext_lazy("notice", "What changed")
    CONFIRM = "confirm", pgettext_lazy("notice", "Asks whether the address is right")
    ENDED = "ended", pgettext_lazy("notice", "No longer followed")


class NoticeState(models.TextChoices):
    """Where a notice is. Between "being sent" and "sent" nobody here knows whether the other side has it."""

    WAITING = "waiting", pgettext_lazy("notice", "Waiting")
    SENDING = "sending", pgettext_lazy("notice", "Being sent")
    SENT = "sent", pgettext_lazy("notice", "Sent")


class Notice(models.Model):
    """What a follower is to be told: it is written together with how far was looked, and sent afterwards.

    `content` names cases and holds no text of theirs: what the follower may see is decided when it is sent.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    follow = models.ForeignKey(Follow, models.CASCADE, related_name="notices", verbose_name=_("follow"))
    kind = models.CharField(_("kind"), max_length=7, choices=NoticeKind)
    content = models.JSONField(default=dict, blank=True)
    state = models.CharField(_("state"), max_length=7, choices=NoticeState, default=NoticeState.WAITING)
    made_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    handed_over_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["made_at", "pk"]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        default_permissions = ()
        constraints = [known("kind", NoticeKind), known("state", NoticeState)]

    def __str__(self):
        return self.get_kind_display()
