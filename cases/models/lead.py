"""Leads: what made the office look, what became of each, and the sealed content of tips.

Nothing here tells who sent a tip or when, beyond its day: the primary keys of what senders write are random, and no
column holds a time. What they wrote is sealed to a public key (`cases.leads.keys`).
"""

import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.crypto import get_random_string
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from regions.grammar.constraints import in_range, known, known_or_unsaid, point_is_whole
from regions.grammar.keys import UNMISTAKABLE
from regions.models import Region

from .case import Case
from .intake import Draft


class LeadKind(models.TextChoices):
    TIP = "tip", pgettext_lazy("lead", "Tip from the public")
    HIT = "hit", pgettext_lazy("lead", "Screening of electricity use")
    REFERRAL = "referral", pgettext_lazy("lead", "Referral from another body")
    PLAN = "plan", pgettext_lazy("lead", "Inspection plan")


class LeadState(models.TextChoices):
    NEW = "new", pgettext_lazy("lead", "New")
    CHECKING = "checking", pgettext_lazy("lead", "Being checked")
    INSPECTED = "inspected", pgettext_lazy("lead", "Inspected")
    LED_TO_CASE = "led_to_case", pgettext_lazy("lead", "Led to a case")
    NOT_CONFIRMED = "not_confirmed", pgettext_lazy("lead", "Not confirmed")
    NOT_MINING = "not_mining", pgettext_lazy("lead", "Not mining")
    PASSED_ON = "passed_on", pgettext_lazy("lead", "Passed on to another body")
    MERGED = "merged", pgettext_lazy("lead", "Merged into another lead")


OPEN_STATES = [LeadState.NEW, LeadState.CHECKING, LeadState.INSPECTED]
WAITS_TOO_LONG = 14  # days


class About(models.TextChoices):
    """What a tip reports, as the platform of Inner Mongolia of 18 May 2021 asks it."""

    ENTERPRISE = "enterprise", pgettext_lazy("tip", "Cryptocurrency mining")
    DISGUISED = "disguised", pgettext_lazy("tip", "Mining disguised as a data centre")
    PREMISES = "premises", pgettext_lazy("tip", "Premises or land let to miners")
    POWER = "power", pgettext_lazy("tip", "Electricity obtained illegally for mining")
    OTHER = "other", pgettext_lazy("tip", "Something else")


def came_before(days: int) -> Q:
    """Of leads that came more than `days` days ago."""
    return Q(arrived_on__lt=localdate() - timedelta(days=days))


class LeadQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The leads that `user` may see: those of their regions of work, if leads are their work; nobody else any.

        A lead of no known region is seen by who works everywhere.
        """
        if not user.has_perm("cases.work_on_leads"):
            return self.none()
        if user.has_perm("regions.work_everywhere"):
            return self
        return self.filter(region__in=Region.objects.worked_in_by(user).values("pk"))

    def open(self):
        """Those that wait for somebody to do something."""
        return self.filter(state__in=OPEN_STATES)

    def waiting_too_long(self):
        """Open ones that came more than 14 days ago."""
        return self.open().older_than(WAITS_TOO_LONG)

    def older_than(self, days: int):
        """Those that came more than `days` days ago."""
        return self.filter(came_before(days))

    def in_region(self, *regions):
        """Leads in any of `regions` or anywhere below them."""
        return self.filter(region__in=Region.objects.within_any(*regions))

    def for_list(self):
        """What a row of the queue shows, the longest waiting first."""
        return self.select_related("region", "assigned_to", "led_to", "tip").order_by("arrived_on", "ref")


def new_lead_ref():
    """What people call a lead: it says nothing about how many there are, nor in which order they came."""
    return get_random_string(8, UNMISTAKABLE)


class Lead(models.Model):
    """What made the office look: a tip, a hit of a screening, a referral, an item of an inspection plan."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    ref = models.CharField(_("reference"), max_length=8, unique=True, default=new_lead_ref, editable=False)
    kind = models.CharField(_("kind"), max_length=10, choices=LeadKind)
    about = models.CharField(_("about"), max_length=10, choices=About, blank=True, default="")
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("region")
    )
    place = models.CharField(_("place"), max_length=300, blank=True, default="")
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    summary = models.TextField(_("summary"), blank=True, default="")
    score = models.PositiveSmallIntegerField(_("score"), null=True, blank=True)
    arrived_on = models.DateField(_("received on"), default=localdate)
    state = models.CharField(_("state"), max_length=15, choices=LeadState, default=LeadState.NEW)
    passed_to = models.CharField(_("passed on to"), max_length=200, blank=True, default="")
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("assigned to"),
    )  # fmt: skip
    led_to = models.ForeignKey(
        Case, models.SET_NULL, null=True, blank=True, related_name="leads", verbose_name=_("led to the case")
    )
    merged_into = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="merged", verbose_name=_("merged into")
    )
    # The form in which a case is being entered from this lead; when it is saved, the lead led to that case.
    draft = models.ForeignKey(Draft, models.SET_NULL, null=True, blank=True, related_name="leads", editable=False)
    # Counts the changes: who decides on an older one is told what a colleague did since.
    version = models.PositiveIntegerField(default=0, editable=False)

    objects = LeadQuerySet.as_manager()

    class Meta:
        ordering = ["arrived_on", "ref"]
        verbose_name = _("investigative lead")
        verbose_name_plural = _("investigative leads")
        # Who reads cases does not read tips: this one permission is for all that is done with leads.
        default_permissions = ()
        permissions = [("work_on_leads", _("Can work on leads"))]
        constraints = [
            known("kind", LeadKind),
            known("state", LeadState),
            known_or_unsaid("about", About),
            point_is_whole(),
            in_range("score", 0, 100, _("A score is from 0 to 100.")),
            models.CheckConstraint(
                name="lead_has_a_case_only_if_it_led_to_one",
                condition=Q(led_to__isnull=True) | Q(state=LeadState.LED_TO_CASE),
                violation_error_message=_("Only a lead that led to a case names one."),
            ),
            models.CheckConstraint(
                name="lead_is_merged_into_another",
                condition=Q(merged_into__isnull=True) | Q(state=LeadState.MERGED) & ~Q(merged_into=F("id")),
                violation_error_message=_("A lead cannot be merged into itself."),
            ),
        ]

    def __str__(self):
        return self.ref

    def get_absolute_url(self):
        return reverse("leads:lead", args=[self.ref])

    @property
    def is_open(self):
        return self.state in OPEN_STATES

    @property
    def days(self):
        """How many days ago it came."""
        return (localdate() - self.arrived_on).days


class StepKind(models.TextChoices):
    RECORDED = "recorded", pgettext_lazy("lead", "Recorded")
    STATE = "state", pgettext_lazy("lead", "State changed")
    ASSIGNED = "assigned", pgettext_lazy("lead", "Assigned")
    NOTE = "note", pgettext_lazy("lead", "Note")
    ANSWERED = "answered", pgettext_lazy("lead", "Answered the sender")
    MERGED = "merged", pgettext_lazy("lead", "Merged")
    INSPECTION = "inspection", pgettext_lazy("lead", "Inspection recorded")
    UNDONE = "undone", pgettext_lazy("lead", "A step was undone")


class LeadStep(models.Model):
    """What an officer did with a lead, when and why. Never changed; what senders do is no step."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="steps", verbose_name=_("lead"))
    kind = models.CharField(_("kind"), max_length=10, choices=StepKind)
    state = models.CharField(_("state"), max_length=15, choices=LeadState, blank=True, default="")
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+",
        verbose_name=_("assigned to"),
    )  # fmt: skip
    text = models.TextField(_("text"), blank=True, default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"), auto_now_add=True)
    # The change of the history that it made, by which it is undone; none of a step that changed nothing.
    change = models.UUIDField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["lead", "pk"]
        verbose_name = _("step of a lead")
        verbose_name_plural = _("steps of leads")
        default_permissions = ()
        constraints = [known("kind", StepKind), known_or_unsaid("state", LeadState)]

    def __str__(self):
        return self.get_state_display() or self.get_kind_display()


class Finding(models.TextChoices):
    """What an inspection found; also nothing is a finding."""

    MINING = "mining", pgettext_lazy("inspection", "Mining")
    STOPPED = "stopped", pgettext_lazy("inspection", "Rigs that did not run")
    TRACES = "traces", pgettext_lazy("inspection", "Traces of mining, no rigs")
    NOTHING = "nothing", pgettext_lazy("inspection", "No mining")
    NO_ACCESS = "no_access", pgettext_lazy("inspection", "Nobody let us in")


class Inspection(models.Model):
    """A look on site because of a lead: when, by whom, what was found and read. A lead may have several."""

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="inspections", verbose_name=_("lead"))
    visited_on = models.DateField(_("day of the inspection"))
    people = models.CharField(_("who was there"), max_length=300, blank=True, default="")
    found = models.CharField(_("found"), max_length=10, choices=Finding)
    findings = models.TextField(_("what was found"), blank=True, default="")
    readings = models.TextField(_("meter readings"), blank=True, default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    recorded_at = models.DateTimeField(_("recorded at"), auto_now_add=True)

    class Meta:
        ordering = ["lead", "visited_on", "pk"]
        verbose_name = _("inspection")
        verbose_name_plural = _("inspections")
        default_permissions = ()
        constraints = [known("found", Finding)]

    def __str__(self):
        return self.get_found_display()


class InspectionPhoto(models.Model):
    """A photo that was taken at an inspection: its pixels, and nothing that the camera wrote."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    inspection = models.ForeignKey(
        Inspection, models.CASCADE, related_name="photos", verbose_name=_("inspection")
    )  # fmt: skip
    number = models.PositiveSmallIntegerField(_("number"), default=0)
    content = models.BinaryField()

    class Meta:
        ordering = ["inspection", "number"]
        verbose_name = _("photo of an inspection")
        verbose_name_plural = _("photos of inspections")
        default_permissions = ()

    def __str__(self):
        return str(self.number)


class Tip(models.Model):
    """What a member of the public sent, sealed. `purge_tips` deletes it; its lead stays and is counted."""

    lead = models.OneToOneField(Lead, models.CASCADE, primary_key=True, related_name="tip", verbose_name=_("lead"))
    # A digest of the receipt: who has the receipt finds the tip, who has the database does not find the receipt.
    receipt = models.CharField(max_length=64, unique=True, editable=False)
    # The public key that follows from the receipt: answers are sealed to it.
    reader = models.BinaryField(max_length=32)
    key = models.CharField(max_length=16, editable=False)
    sealed = models.BinaryField()

    class Meta:
        verbose_name = _("tip")
        verbose_name_plural = _("tips")
        default_permissions = ()

    def __str__(self):
        return str(self.lead_id)


class PartKind(models.TextChoices):
    PHOTO = "photo", pgettext_lazy("tip", "Photo")
    MORE = "more", pgettext_lazy("tip", "Added by the sender")
    ANSWER = "answer", pgettext_lazy("tip", "Answer of the office")


class TipPart(models.Model):
    """A photo of a tip, something that its sender added, or an answer to them: sealed like the tip."""

    id = models.UUIDField(primary_key=True, db_default=RandomUUID(), editable=False)
    tip = models.ForeignKey(Tip, models.CASCADE, related_name="parts", verbose_name=_("tip"))
    kind = models.CharField(_("kind"), max_length=10, choices=PartKind)
    number = models.PositiveSmallIntegerField(_("number"), default=0)
    added_on = models.DateField(_("added on"), default=localdate)
    key = models.CharField(max_length=16, editable=False)
    sealed = models.BinaryField()
    # An answer once more, sealed to the sender.
    sealed_for_sender = models.BinaryField(null=True, blank=True)

    class Meta:
        ordering = ["tip", "added_on", "number"]
        verbose_name = _("part of a tip")
        verbose_name_plural = _("parts of tips")
        default_permissions = ()
        constraints = [known("kind", PartKind)]

    def __str__(self):
        return self.get_kind_display()
