"""Screenings: which readings were looked through, when and by whom, and what each meter looked like.

The readings themselves lie in files (`cases.screening.kept`) and are deleted in time; what was found stays.
"""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import BooleanField, DateField, Exists, Max, OuterRef, Q, Subquery, When
from django.db.models.functions import Cast, Greatest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases import power
from regions.grammar.constraints import ends_after_it_starts, known, known_or_unsaid, point_is_whole
from regions.models import Region

from .case import Case
from .lead import Finding, Inspection, Lead, LeadState, LeadStep

RIGS = (Finding.MINING, Finding.STOPPED, Finding.TRACES)


class RunState(models.TextChoices):
    RUNNING = "running", pgettext_lazy("screening", "Running")
    ASKING = "asking", pgettext_lazy("screening", "Needs an answer")
    DONE = "done", pgettext_lazy("screening", "Done")
    FAILED = "failed", pgettext_lazy("screening", "Failed")


class Unsaid(models.TextChoices):
    """What a file of readings may leave open."""

    TIME_ZONE = "time_zone", pgettext_lazy("screening", "Time zone")
    UNIT = "unit", pgettext_lazy("screening", "Unit")


class ReadingUnit(models.TextChoices):
    KW = "kw", "kW"
    KWH = "kwh", "kWh"


class ScreeningRunQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The runs over readings of the regions where `user` works, if leads are their work; nobody else any."""
        if not user.has_perm("cases.work_on_leads"):
            return self.none()
        return self.filter(region__in=Region.objects.worked_in_by(user).values("pk"))

    def sharing_meters_with(self, run):
        """The runs over regions that have `run`'s region in them, or lie in it: there a number is the same meter."""
        return self.about(run.region)

    def about(self, region):
        """The runs over regions that have `region` in them, or lie in it."""
        above, below = Region.objects.above(region), Region.objects.within(region)
        return self.filter(Q(region__in=above.values("pk")) | Q(region__in=below.values("pk")))


class ScreeningRun(models.Model):
    """A look through the meter readings of a region. Its meters are there when it is done, all or none."""

    key = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("started by")
    )
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("region"))
    file_name = models.CharField(_("file name"), max_length=200)
    state = models.CharField(_("state"), max_length=10, choices=RunState, default=RunState.RUNNING)
    problem = models.TextField(_("problem"), blank=True, default="")
    asks = models.CharField(_("asks for"), max_length=10, choices=Unsaid, blank=True, default="")
    time_zone = models.CharField(_("time zone"), max_length=60, blank=True, default="")
    unit = models.CharField(_("unit"), max_length=5, choices=ReadingUnit, blank=True, default="")
    tariff = models.FloatField(_("price of a kilowatt-hour"), null=True, blank=True)
    engine = models.CharField(_("engine"), max_length=100, blank=True, default="")
    weights = models.PositiveIntegerField(_("version of the weights"), null=True, blank=True)
    readings = models.BigIntegerField(_("readings"), null=True, blank=True)
    first_day = models.DateField(_("first day"), null=True, blank=True)
    last_day = models.DateField(_("last day"), null=True, blank=True)
    # What was wrong with the readings: {what: [how many, the first of them]}.
    faults = models.JSONField(_("faults of the readings"), default=dict, blank=True)
    # What most meters of a class take in each hour of a day, as shares of their mean: {class: [low, middle, high]}.
    peers = models.JSONField(_("usual days"), default=dict, blank=True)
    started_at = models.DateTimeField(_("started at"), auto_now_add=True)
    settled_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    purged_at = models.DateTimeField(_("readings deleted at"), null=True, blank=True)

    objects = ScreeningRunQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        verbose_name = _("screening run")
        verbose_name_plural = _("screening runs")
        # Seen and done by who works on leads.
        default_permissions = ()
        constraints = [
            known("state", RunState),
            known_or_unsaid("asks", Unsaid),
            known_or_unsaid("unit", ReadingUnit),
            ends_after_it_starts("first_day", "last_day", "ends_after_it_starts"),
        ]

    def __str__(self):
        return self.file_name

    def get_absolute_url(self):
        return reverse("screening:run", args=[self.key])


class ScreenedMeterQuerySet(models.QuerySet):
    def with_outcome(self):
        """Add `is_hit`: whether mining was found because of the lead; None while nobody knows, or nobody was let in."""
        found = Inspection.objects.filter(lead=OuterRef("lead"))
        return self.annotate(
            is_hit=models.Case(
                When(Q(lead__state=LeadState.LED_TO_CASE) | Exists(found.filter(found__in=RIGS)), then=True),
                When(Q(lead__state=LeadState.NOT_MINING) | Exists(found.filter(found=Finding.NOTHING)), then=False),
                default=None, output_field=BooleanField(null=True),
            )
        )  # fmt: skip

    def judged(self):
        """Those that somebody looked at, or may: with a lead, or a clearance."""
        led = ScreenedMeter.objects.filter(lead__isnull=False).order_by().values("pk")
        return self.filter(pk__in=led.union(Clearance.objects.order_by().values("screened"))).with_outcome()

    def cleared(self):
        """Those that were looked at and are no mines, with the last day of a look as `looked_on`."""
        visits = Inspection.objects.filter(lead=OuterRef("lead"), found=Finding.NOTHING).values("lead")
        steps = LeadStep.objects.filter(lead=OuterRef("lead"), state=LeadState.NOT_MINING).values("lead")
        return (
            self.judged()
            .filter(Q(is_hit=False) | Q(is_hit=None, clearance__isnull=False))
            .annotate(
                looked_on=Greatest(
                    "clearance__looked_on",
                    Subquery(visits.annotate(last=Max("visited_on")).order_by().values("last")),
                    Subquery(
                        steps.annotate(last=Cast(Max("at"), DateField())).order_by().values("last"),
                    ),
                )
            )
            .select_related("clearance")
        )


class ScreenedMeter(models.Model):
    """What a run found about a meter, or about the supply meter of a feeder: its points and the figures behind them."""

    run = models.ForeignKey(ScreeningRun, models.CASCADE, related_name="meters", verbose_name=_("screening run"))
    meter = models.CharField(_("meter"), max_length=100)
    rank = models.PositiveIntegerField(_("rank"))
    is_feeder = models.BooleanField(_("supply meter of a feeder"), default=False)
    points = models.FloatField(_("points"))
    kw = models.FloatField(_("load that rigs would explain, kW"))
    tariff_class = models.CharField(_("tariff class"), max_length=60, blank=True, default="")
    feeder = models.CharField(_("feeder"), max_length=100, blank=True, default="")
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("region")
    )
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    # {name of a rule or mark: its points}, and the figures of the meter that they saw.
    parts = models.JSONField(_("points by rule"), default=dict)
    figures = models.JSONField(_("figures"), default=dict)
    lead = models.ForeignKey(
        Lead, models.SET_NULL, null=True, blank=True, related_name="hits", verbose_name=_("lead")
    )  # fmt: skip

    objects = ScreenedMeterQuerySet.as_manager()

    class Meta:
        ordering = ["rank"]
        verbose_name = _("screened meter")
        verbose_name_plural = _("screened meters")
        default_permissions = ()
        constraints = [
            point_is_whole(),
            models.UniqueConstraint(
                name="screened_meter_once_in_a_run",
                fields=["run", "meter"],
                violation_error_message=_("This run has this meter already."),
            ),
            models.CheckConstraint(
                name="screened_meter_ranks_from_one",
                condition=Q(rank__gte=1),
                violation_error_message=_("Ranks begin with 1."),
            ),
        ]
        indexes = [
            models.Index(fields=["run", "rank"], name="screened_meter_by_rank"),
            models.Index(fields=["meter"], condition=Q(lead__isnull=False), name="screened_meter_led"),
        ]

    def __str__(self):
        return self.meter

    def get_absolute_url(self):
        return reverse("screening:meter", args=[self.run_id, self.meter])

    @property
    def share_percent(self):
        """Of a feeder: what is missing at every hour, in per cent of what is supplied."""
        return 100 * self.figures.get("share", 0)


class WeightSet(models.Model):
    """The points of rules and marks from one day on. A set is never changed: the next one replaces it.

    The set that the code ships is not stored (`cases.screening.weights`).
    """

    number = models.PositiveIntegerField(_("number"), unique=True)
    rules = models.PositiveIntegerField(_("version of the rules"))
    # {name of a rule or mark: its points at full strength}
    points = models.JSONField(_("points by rule"))
    reason = models.TextField(_("reason for this version"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("created by")
    )
    made_at = models.DateTimeField(_("in force from"), auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        verbose_name = _("set of weights")
        verbose_name_plural = _("sets of weights")
        default_permissions = ("add",)

    def __str__(self):
        return _("Version %(number)s") % {"number": self.number}


class LookAlike(models.TextChoices):
    """What takes electricity as rigs do."""

    COLD_STORE = "cold_store", pgettext_lazy("look-alike", "Cold store")
    TELECOM = "telecom", pgettext_lazy("look-alike", "Telecom mast")
    DATA_CENTRE = "data_centre", pgettext_lazy("look-alike", "Data centre")
    PUMPING = "pumping", pgettext_lazy("look-alike", "Pumping station")
    WORKS = "works", pgettext_lazy("look-alike", "Works on three shifts")
    LIGHTS = "lights", pgettext_lazy("look-alike", "Street lights")
    CHARGING = "charging", pgettext_lazy("look-alike", "Charging park")
    GLASSHOUSE = "glasshouse", pgettext_lazy("look-alike", "Glasshouse")
    OTHER = "other", pgettext_lazy("look-alike", "Something else")


class Clearance(models.Model):
    """That somebody looked at a meter without an inspection on record, and it is no mine but something alike."""

    screened = models.OneToOneField(
        ScreenedMeter, models.CASCADE, primary_key=True, related_name="clearance", verbose_name=_("screened meter")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=LookAlike)
    note = models.CharField(_("note"), max_length=500, blank=True, default="")
    looked_on = models.DateField(_("looked at on"))
    until = models.DateField(_("holds until"), null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by")
    )

    class Meta:
        ordering = ["-looked_on", "screened"]
        verbose_name = _("cleared meter")
        verbose_name_plural = _("cleared meters")
        # Seen and done by who works on leads.
        default_permissions = ()
        constraints = [
            known("kind", LookAlike),
            ends_after_it_starts("looked_on", "until", "ends_after_it_starts"),
            models.CheckConstraint(
                name="clearance_of_something_else_says_of_what",
                condition=~Q(kind=LookAlike.OTHER, note=""),
                violation_error_message=_("Say in the note what it is."),
            ),
        ]

    def __str__(self):
        return self.get_kind_display()


class Subject(models.TextChoices):
    """Whose consumption was measured."""

    METER = "meter", pgettext_lazy("screening", "Meter")
    FEEDER = "feeder", pgettext_lazy("screening", "Feeder")
    AREA = "area", pgettext_lazy("screening", "Area")


def titled(subject, name, region):
    """What was measured, in words; an area is `region`, which has a name in each language."""
    return f"{Subject(subject).label} {region.name if subject == Subject.AREA else name}"


class MeasuredAvoidedQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What `user` may see: of feeders and areas with the case, of single meters where they work on leads."""
        seen = self.filter(case__in=Case.objects.visible_to(user).order_by().values("pk"))
        of_many = ~Q(subject=Subject.METER)
        if not user.has_perm("cases.work_on_leads"):
            return seen.filter(of_many)
        return seen.filter(of_many | Q(case__region__in=Region.objects.worked_in_by(user).values("pk")))


class MeasuredAvoided(models.Model):
    """What a meter, a feeder or an area took before and after the raid of a case, and how much less it takes since.

    `kw_before` and `kw_after` are the means of the days; `kw_low`, `kw_best` and `kw_high` how much less that is, with
    its 95 % interval, adjusted for what `adjusted_for` names (`cases.screening.results.effects`). Not an estimate from
    rigs, and never added to one.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="measured", verbose_name=_("case"))
    run = models.ForeignKey(
        ScreeningRun, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("screening run")
    )  # fmt: skip
    subject = models.CharField(_("measured"), max_length=10, choices=Subject)
    name = models.CharField(_("number or name"), max_length=100)
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    days_before = models.PositiveIntegerField(_("days before"))
    days_after = models.PositiveIntegerField(_("days after"))
    kw_before = models.FloatField(_("before, kW"))
    kw_after = models.FloatField(_("after, kW"))
    kw_low = models.FloatField(_("less, at least, kW"))
    kw_best = models.FloatField(_("less, kW"))
    kw_high = models.FloatField(_("less, at most, kW"))
    adjusted_for = models.JSONField(_("adjusted for"), default=list, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("measured by")
    )  # fmt: skip
    at = models.DateTimeField(_("measured at"), auto_now_add=True)

    objects = MeasuredAvoidedQuerySet.as_manager()

    class Meta:
        ordering = ["case", "subject", "name"]
        verbose_name = _("avoided energy as measured")
        verbose_name_plural = _("avoided energy as measured")
        default_permissions = ()
        constraints = [
            known("subject", Subject),
            ends_after_it_starts("first_day", "last_day", "ends_after_it_starts"),
            models.UniqueConstraint(
                name="measured_avoided_once",
                fields=["case", "subject", "name"],
                violation_error_message=_("This has been measured for this case already."),
            ),
            models.CheckConstraint(
                name="measured_avoided_in_order",
                condition=Q(kw_low__lte=models.F("kw_best"), kw_best__lte=models.F("kw_high")),
                violation_error_message=_("The best estimate lies between the lowest and the highest."),
            ),
        ]

    def __str__(self):
        return titled(self.subject, self.name, self.case.region)

    @property
    def kwh_a_year(self):
        return power.kwh_a_year(self.kw_best)
