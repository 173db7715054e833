import re

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext_lazy as _

from regions.grammar.constraints import ends_after_it_starts, in_range, known
from regions.grammar.dates import Precision, coarse_dates_start_their_period, days_on
from regions.grammar.durations import distance
from regions.grammar.language import in_other_language, in_readers_script, in_reading_language, reads_chinese
from regions.grammar.periods import Period, PeriodQuerySet, days, same

from .agency import Agency
from .region import Region, path_of
from .source import Confidence, Source


class PolicyQuerySet(models.QuerySet):
    def with_term(self):
        """Add `began`, the day it took effect, and `ended`, the day it expired or its successor began, if known.

        A policy without an effective day counts from the day it was issued.
        """
        successor_began = models.Subquery(
            Policy.objects.filter(supersedes=models.OuterRef("pk"))
            .annotate(began=models.functions.Coalesce("effective_on", "issued_on"))
            .order_by("began")
            .values("began")[:1]
        )
        return self.annotate(
            began=models.functions.Coalesce("effective_on", "issued_on"),
            ended=models.functions.Coalesce("expires_on", successor_began),
        )

    def as_of(self, day):
        """The policies issued by `day`, each with its `standing` on that day and the `time_left` to its deadline.

        A superseded or repealed policy counts as in force until its successor began. Where the record names no
        successor, its standing is END_UNKNOWN.
        """
        standing = models.Case(
            models.When(Q(status=PolicyStatus.DRAFT) | Q(kind=PolicyKind.DRAFT), then=Value(Standing.DRAFT)),
            models.When(began__gt=day, then=Value(Standing.TO_COME)),
            models.When(ended__lte=day, then=Value(Standing.ENDED)),
            models.When(Q(ended=None) & ~Q(status=PolicyStatus.IN_FORCE), then=Value(Standing.END_UNKNOWN)),
            default=Value(Standing.IN_FORCE),
            output_field=models.CharField(),
        )
        time_left = models.F("deadline_on") - Value(day, output_field=models.DateField())
        return self.with_term().filter(issued_on__lte=day).annotate(standing=standing, time_left=time_left)

    def in_force_on(self, day):
        """The policies in force on `day`: begun, not ended, no drafts. A policy with an unknown end is left out."""
        return (
            self.with_term()
            .exclude(status=PolicyStatus.DRAFT)
            .filter(began__lte=day)
            .filter(Q(ended__gt=day) | Q(ended=None, status=PolicyStatus.IN_FORCE))
        )

    def with_binding_deadline(self):
        """Policies that set miners a deadline. A draft binds nobody; the deadline of a tender is for its bidders."""
        return self.filter(deadline_on__isnull=False).exclude(
            Q(status=PolicyStatus.DRAFT) | Q(kind__in=[PolicyKind.DRAFT, PolicyKind.PROCUREMENT])
        )

    def binding_in(self, region):
        """The policies of `region` and of the regions above it."""
        return self.filter(region__in=Region.objects.above(region))


class PolicyKind(models.TextChoices):
    LAW = "law", _("Law")
    REGULATION = "regulation", _("Regulation")
    NOTICE = "notice", _("Notice")
    MEASURE = "measure", _("Measure")
    ANNOUNCEMENT = "announcement", _("Announcement")
    CATALOGUE = "catalogue", _("Catalogue")
    DRAFT = "draft", _("Draft")
    TARIFF = "tariff", _("Tariff")
    COURT_ORDER = "court_order", _("Court order")
    PROCUREMENT = "procurement", _("Procurement")


class PolicyStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    IN_FORCE = "in_force", _("In force")
    SUPERSEDED = "superseded", _("Superseded or completed")
    REPEALED = "repealed", _("Repealed")


class Standing(models.TextChoices):
    """Whether a policy was in force on a day."""

    DRAFT = "draft", _("Draft")
    TO_COME = "to_come", _("Issued, not in force yet")
    IN_FORCE = "in_force", _("In force")
    ENDED = "ended", _("Ended")
    END_UNKNOWN = "end_unknown", _("Superseded or repealed, date not known")


class Policy(models.Model):
    """A law, notice or measure, as far as its text and status are known."""

    ref = models.SlugField(_("reference"), max_length=80, unique=True)
    title_en = models.CharField(_("English title"), max_length=250)
    title_zh = models.CharField(_("Chinese title"), max_length=250, blank=True)
    kind = models.CharField(_("kind"), max_length=12, choices=PolicyKind)
    document_number = models.CharField(_("document number"), max_length=120, blank=True)
    issued_on = models.DateField(_("issued on"))
    date_precision = models.CharField(_("date precision"), max_length=5, choices=Precision, default=Precision.DAY)
    effective_on = models.DateField(_("in force from"), null=True, blank=True)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    deadline_on = models.DateField(
        _("deadline"), null=True, blank=True, help_text=_("Set for those the policy applies to.")
    )
    status = models.CharField(_("status"), max_length=12, choices=PolicyStatus)
    region = models.ForeignKey(Region, models.PROTECT, related_name="policies", verbose_name=_("region"))
    issuers = models.ManyToManyField(Agency, related_name="policies", blank=True, verbose_name=_("issued by"))
    summary_en = models.TextField(_("summary"), blank=True)
    summary_zh = models.TextField(_("Chinese summary"), blank=True)
    supersedes = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="superseded_by",
        verbose_name=_("supersedes"),
    )
    implements = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="implemented_by", verbose_name=_("implements"),
        help_text=_("The higher-level rule that it implements."),
    )  # fmt: skip
    source = models.ForeignKey(Source, models.PROTECT, related_name="+", verbose_name=_("source"))
    source_basis = models.CharField(_("basis of the entry"), max_length=20, blank=True)
    cross_check_url = models.URLField(_("second source"), max_length=1000, blank=True)
    confidence = models.CharField(_("confidence"), max_length=6, choices=Confidence)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_on", "ref"]
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        constraints = [
            known("kind", PolicyKind),
            known("status", PolicyStatus),
            known("date_precision", Precision),
            known("confidence", Confidence),
            coarse_dates_start_their_period("issued_on"),
            ends_after_it_starts("effective_on", "expires_on", "expires_after_it_begins"),
        ]

    def __str__(self):
        return self.title

    @property
    def title(self):
        return in_reading_language(self.title_en, self.title_zh)

    @property
    def other_title(self):
        return in_other_language(self.title_en, self.title_zh)

    @property
    def last_day_of_force(self):
        """The last day in force, for a policy of `with_term` that has ended."""
        return days_on(self.ended, -1)

    @property
    def day_after_deadline(self):
        return days_on(self.deadline_on, 1)

    @property
    def days_over(self):
        """The days since the deadline, for a policy of `as_of`."""
        return -self.time_left.days

    @property
    def deadline_in_words(self):
        """How far off the deadline is, for a policy of `as_of`: in 3 months, passed 5½ years ago."""
        return distance(self.deadline_on, self.deadline_on - self.time_left)

    @property
    def standing_label(self):
        """The standing in words, for a policy of `as_of`."""
        return Standing(self.standing).label

    @property
    def summary(self):
        return in_reading_language(self.summary_en, self.summary_zh)


class Target(models.TextChoices):
    MINING_ENTERPRISE = "mining_enterprise", _("Mining enterprises")
    DATA_CENTRE = "data_centre", _("Data centres")
    CLOUD_COMPANY = "cloud_company", _("Cloud companies")
    TELECOM = "telecom_or_internet_company", _("Telecom and internet companies")
    INTERNET_CAFE = "internet_cafe", _("Internet cafés")
    INDUSTRIAL_PARK = "industrial_park", _("Industrial parks")
    CAPTIVE_POWER_PLANT = "captive_power_plant", _("Captive power plants")
    POWER_UTILITY = "power_utility", _("Power utilities")
    UTILITY_CUSTOMER = "utility_customer", _("Utility customers")
    INDIVIDUAL = "individual", _("Individuals")
    PUBLIC_OFFICIAL = "public_official", _("Public officials")
    PUBLIC_INSTITUTION = "public_institution", _("Public institutions")
    LOCAL_GOVERNMENT = "local_government", _("Local governments")
    EXCHANGE = "exchange", _("Exchanges")
    FINANCIAL_INSTITUTION = "financial_institution", _("Financial institutions")
    RIG_MANUFACTURER = "rig_manufacturer", _("Rig manufacturers")


class SanctionKind(models.TextChoices):
    INSPECTION = "inspection", _("Energy inspection")
    ENERGY_QUOTA_CUT = "energy_quota_cut", _("Energy quota cut")
    DISCIPLINARY_REFERRAL = "disciplinary_referral", _("Referral to discipline inspection")
    PREFERENCE_WITHDRAWAL = "preference_withdrawal", _("Loss of incentives")
    POWER_MARKET_EXCLUSION = "power_market_exclusion", _("Exclusion from the power market")
    DIFFERENTIAL_TARIFF = "differential_tariff", _("Differential tariff")
    LICENCE_REVOCATION = "licence_revocation", _("Licence revocation")
    BUSINESS_SUSPENSION = "business_suspension", _("Suspension of business")
    POWER_CUT = "power_cut", _("Power cut-off")
    CRIMINAL_REFERRAL = "criminal_referral", _("Referral for prosecution")
    CREDIT_BLACKLIST = "credit_blacklist", _("Credit blacklist")
    CLOSURE = "closure", _("Closure")
    PERMIT_REFUSAL = "permit_refusal", _("Refusal of permits")
    SUBSIDY_RECOVERY = "subsidy_recovery", _("Recovery of subsidies")
    BACK_BILLING = "back_billing", _("Recovery of unpaid electricity")
    BUSINESS_BAN = "business_ban", _("Ban from the industry")
    FINE = "fine", _("Fine")
    IMPRISONMENT = "imprisonment", _("Imprisonment")
    EQUIPMENT_CONFISCATION = "equipment_confiscation", _("Confiscation of equipment")
    CONTRACT_VOID = "contract_void", _("Contract void")
    INTERNET_CUT = "internet_cut", _("Internet cut-off")
    LEVY = "levy", _("Levy")
    CONNECTION_REFUSAL = "connection_refusal", _("Refusal of grid connection")


class ProvisionQuerySet(models.QuerySet):
    def on(self, day):
        """Those that held on `day`, of policies that were in force then."""
        return self.filter(
            Q(first_day=None) | Q(first_day__lte=day),
            Q(last_day=None) | Q(last_day__gte=day),
            policy__in=Policy.objects.in_force_on(day).values("pk"),
        )


_ARTICLE = re.compile(r"(?:art\. ?|s|§ ?|)(\d[^ ]*(?: bis)?)")
_FROM_TO = re.compile(r" ?\((?:reported )?(from|to) (?:(\d+) )?(?:([A-Z][a-z]{2}) )?(\d{4})\)$")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def chinese_number(number):
    """The number of a provision in Chinese, where it is a number: 第51(3)条; a name such as "possession" stays."""
    term = _FROM_TO.search(number)
    article = _ARTICLE.fullmatch(number[: term.start()] if term else number)
    if not article:
        return number
    limit = ""
    if term:
        which, day, month, year = term.groups()
        limit = f"{year}年" + (f"{_MONTHS.index(month) + 1}月" if month else "") + (f"{day}日" if day else "")
        limit = f"（{limit}{'起' if which == 'from' else '止'}）"
    return in_readers_script(f"第{article[1].replace(' bis', '之二')}条{limit}")


class Provision(models.Model):
    """One clause of a policy: whom it addresses and what follows. A paraphrase, not the law's wording."""

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="provisions", verbose_name=_("policy"))
    number = models.CharField(_("number"), max_length=60)
    text_en = models.TextField(_("content"))
    text_zh = models.TextField(_("Chinese content"), blank=True)
    conduct = models.TextField(_("conduct"), blank=True, help_text=_("What the provision covers."))
    targets = ArrayField(
        models.CharField(max_length=32, choices=Target), verbose_name=_("targets"), default=list, blank=True
    )
    sanction_kinds = ArrayField(
        models.CharField(max_length=32, choices=SanctionKind),
        verbose_name=_("sanctions"),
        default=list,
        blank=True,
    )
    fine_min = models.DecimalField(_("minimum fine"), max_digits=20, decimal_places=2, null=True, blank=True)
    fine_max = models.DecimalField(_("maximum fine"), max_digits=20, decimal_places=2, null=True, blank=True)
    fine_currency = models.CharField(_("fine currency"), max_length=3, blank=True)
    imprisonment_max_years = models.DecimalField(
        _("maximum imprisonment, years"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    first_day = models.DateField(
        _("in force from"), null=True, blank=True, help_text=_("Leave empty if the same as for its policy.")
    )
    last_day = models.DateField(
        _("in force until"), null=True, blank=True, help_text=_("Leave empty if the same as for its policy.")
    )
    source_basis = models.CharField(_("basis of the entry"), max_length=20, blank=True)
    confidence = models.CharField(_("confidence"), max_length=6, choices=Confidence)

    objects = ProvisionQuerySet.as_manager()

    class Meta:
        ordering = ["policy_id", "pk"]
        verbose_name = _("provision")
        verbose_name_plural = _("provisions")
        constraints = [
            models.UniqueConstraint(
                name="provision_number_once_in_a_policy",
                fields=["policy", "number"],
                violation_error_message=_("This policy already has a provision with this number."),
            ),
            models.CheckConstraint(
                name="regions_provision_targets_known",
                condition=Q(targets__contained_by=Target.values),
                violation_error_message=_("Not a valid choice."),
            ),
            models.CheckConstraint(
                name="regions_provision_sanction_kinds_known",
                condition=Q(sanction_kinds__contained_by=SanctionKind.values),
                violation_error_message=_("Not a valid choice."),
            ),
            models.CheckConstraint(
                name="provision_fine_has_currency",
                condition=Q(fine_min=None, fine_max=None, fine_currency="")
                | ((Q(fine_min__isnull=False) | Q(fine_max__isnull=False)) & Q(fine_currency__regex="^[A-Z]{3}$")),
                violation_error_message=_("Enter the fine and its currency together."),
            ),
            models.CheckConstraint(
                name="provision_fine_range_is_upright",
                condition=Q(fine_min=None) | Q(fine_max=None) | Q(fine_max__gte=models.F("fine_min")),
                violation_error_message=_("The maximum fine cannot be below the minimum fine."),
            ),
            in_range("fine_min", 0, 10**15, _("A fine cannot be negative.")),
            in_range("fine_max", 0, 10**15, _("A fine cannot be negative.")),
            in_range("imprisonment_max_years", 0, 100, _("Years of imprisonment must be from 0 to 100.")),
            known("confidence", Confidence),
            ends_after_it_starts("first_day", "last_day", "period_runs_forward"),
        ]

    def __str__(self):
        return f"{self.policy.ref} {self.number}"

    @property
    def label(self):
        """The number as the reader's language writes it: s37(1) (from 1 Jan 2016), 第37(1)条（2016年1月1日起）."""
        return chinese_number(self.number) if reads_chinese() else self.number

    @property
    def text(self):
        return in_reading_language(self.text_en, self.text_zh)

    @property
    def target_labels(self):
        return [Target(target).label for target in self.targets]

    @property
    def sanction_labels(self):
        return [SanctionKind(kind).label for kind in self.sanction_kinds]


class PositionQuerySet(PeriodQuerySet):
    def held_in(self, region):
        """The positions of `region` and of everything above it, the nearest region first."""
        return self.filter(region__in=Region.objects.above(region)).order_by("-" + path_of("region"), "-first_day")


class Stance(models.TextChoices):
    BANNED = "banned", _("Banned")
    ELIMINATED_CLASS = "eliminated_class", _("Industry to be eliminated")
    RESTRICTED = "restricted", _("Restricted")
    LICENSED = "licensed", _("Licensed")
    NOT_PROHIBITED = "not_prohibited", _("Not prohibited")


class Position(Period):
    """What a jurisdiction holds of mining, for as long as it holds it. No row means not known, never allowed."""

    region = models.ForeignKey(Region, models.PROTECT, related_name="positions", verbose_name=_("region"))
    stance = models.CharField(_("position"), max_length=20, choices=Stance)
    policy = models.ForeignKey(
        Policy, models.PROTECT, null=True, blank=True, related_name="positions", verbose_name=_("based on")
    )
    note = models.TextField(_("note"), blank=True)
    note_zh = models.TextField(_("note, in Chinese"), blank=True)
    confidence = models.CharField(_("confidence"), max_length=6, choices=Confidence)

    objects = PositionQuerySet.as_manager()

    class Meta:
        ordering = ["region_id", "-first_day"]
        verbose_name = _("legal position")
        verbose_name_plural = _("legal positions")
        constraints = [
            known("stance", Stance),
            known("confidence", Confidence),
            ExclusionConstraint(
                name="position_one_at_a_time",
                expressions=[(same("region"), "&&"), (days(), "&&")],
                violation_error_message=_("This region already has a legal position on some of these days."),
            ),
        ]

    def __str__(self):
        return f"{self.region.code}: {self.get_stance_display()}"
