from contextvars import ContextVar
from functools import cache

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from regions.grammar.constraints import in_range, known, known_or_unsaid, point_is_whole
from regions.grammar.dates import Precision, coarse_dates_start_their_period, last_possible_day
from regions.grammar.language import in_other_language, in_reading_language
from regions.models import Agency, Confidence, Policy, Provision, Region, Source

from .rig import RigKind


class _Lexemes(SearchQuery):
    """A `tsquery` taken as it stands: no dictionary reads our lexemes a second time."""

    def as_sql(self, compiler, connection, function=None, template=None):
        return "%s::tsquery", [self.source_expressions[-1].value]


def _is_said(field):
    """Whether a text is there, for sums: they read no texts. The database keeps it so."""
    return models.GeneratedField(expression=~Q(**{field: ""}), output_field=models.BooleanField(), db_persist=True)


def _unless_sensitive(field):
    """What the public may be shown of a point: nothing of a sensitive case's. The database keeps it so."""
    return models.GeneratedField(
        expression=models.Case(models.When(sensitive=False, then=F(field)), default=None),
        output_field=models.FloatField(null=True),
        db_persist=True,
    )


CELL = 0.25  # degrees
AROUND = 1440  # cells of longitude


def map_cell():
    """The number of the cell of the map that a case lies in, with the cells of a row counted from the meridian."""
    row, column = (
        models.Func(F(name), template=f"floor(%(expressions)s / {CELL})::int", output_field=models.IntegerField())
        for name in ("latitude", "longitude")
    )
    counted = models.Func(column + AROUND, AROUND, function="mod", output_field=models.IntegerField())
    return models.ExpressionWrapper(row * AROUND + counted, models.IntegerField())


# The cases that a sum of rigs, or of the load of rigs, rests on.
COUNTED = Q(counts_in_totals=True)
COUNTED_WITH_RIGS = Q(counts_in_totals=True, rigs__isnull=False)
COUNTED_WITH_LOAD = Q(counts_in_totals=True, kw_best__isnull=False)


# The version of the release that an answer is made from (`cases.releases.asked`); most are made of the record as it is.
release_asked = ContextVar("release", default="")
LONG_TEXTS = ("words", "outcome", "outcome_zh", "note", "note_zh")
IN_NO_ROW = (
    "place", "place_zh", "latitude", "longitude", "location_precision", "occurred_until", "running_since", "rig_kind",
    "premises", "electricity_check", "sensitive", "has_place", "has_outcome", "public_latitude", "public_longitude",
    "kg_co2_per_kwh", "grid_gas", "loss_amount", "loss_currency", "former_refs", "created_at", "changed_at",
)  # fmt: skip
MOST_RIGS_FIRST = F("rigs").desc(nulls_last=True)


class CaseQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The cases that `user` may see, anywhere: the one rule behind every list, map, file and page.

        Everybody sees what is published, and who reads cases for a region also what is internal there. Adds what may be
        told to `user` of where a case was: `tells_where`, and by it `shown_latitude`, `shown_longitude`,
        `shown_place` and `shown_place_zh`. Of a sensitive case that is not of their regions only the region is told.
        A release tells everybody what the public sees.
        """
        public = Q(published=True)
        if release_asked.get():
            user = AnonymousUser()
        if not user.has_perm("cases.view_case"):
            return self.filter(public)._telling(Q(sensitive=False))
        if user.has_perm("regions.work_everywhere"):
            return self.annotate(
                tells_where=Value(True),
                shown_latitude=F("latitude"),
                shown_longitude=F("longitude"),
                shown_place=F("place"),
                shown_place_zh=F("place_zh"),
            )
        own = Q(region__in=Region.objects.worked_in_by(user).values("pk"))
        return self.filter(public | own)._telling(Q(sensitive=False) | own, own)

    def _telling(self, where, own=None):
        """Annotated with what `visible_to` adds: of the cases `where` all is told, and points also of those `own`."""

        def point(name):
            public = F(f"public_{name}")  # what an index of figures holds
            return models.Case(models.When(own, then=F(name)), default=public) if own else public

        return self.annotate(
            tells_where=models.Case(models.When(where, then=Value(True)), default=Value(False)),
            shown_latitude=point("latitude"),
            shown_longitude=point("longitude"),
            shown_place=models.Case(models.When(where, then=F("place")), default=Value("")),
            shown_place_zh=models.Case(models.When(where, then=F("place_zh")), default=Value("")),
        )

    def telling_where(self):
        """Those of which more than the region is told, among `visible_to`."""
        return self.filter(tells_where=True)

    def editable_by(self, user):
        """The cases that `user` may change: those of the regions they work for, if entering cases is their role."""
        return self._worked_on_by(user, "cases.change_case")

    def deletable_by(self, user):
        """The cases that `user` may delete or merge into another."""
        return self.editable_by(user) if user.has_perm("cases.delete_case") else self.none()

    def publishable_by(self, user):
        """The cases that `user` may publish and withdraw."""
        return self._worked_on_by(user, "cases.publish_case")

    def _worked_on_by(self, user, permission):
        if not user.has_perm(permission):
            return self.none()
        return self.filter(region__in=Region.objects.worked_in_by(user).values("pk"))

    def in_region(self, *regions):
        """Cases in any of `regions` or anywhere below them."""
        return self.filter(region__in=Region.objects.within_any(*regions))

    def outside(self, *regions):
        """All other cases."""
        return self.exclude(region__in=Region.objects.within_any(*regions))

    def having_words(self, tsquery, documents=None):
        """Cases whose words match `tsquery`, as `search.query` makes it, or that have one of `documents`."""
        found = Q(words=_Lexemes(tsquery))
        return self.filter(found if documents is None else found | Q(pk__in=documents.values("case")))

    def by_relevance(self, tsquery):
        """The most relevant to `tsquery` first: a word in a title counts more than one in a note."""
        rank = models.Func(F("words"), _Lexemes(tsquery), function="ts_rank", output_field=models.FloatField())
        return self.order_by(rank.desc(nulls_last=True), "-occurred_on", "ref")

    def once_called(self, *refs):
        """Cases into which the case of any of `refs` was merged; without any, all that have a former reference."""
        merged = self.exclude(former_refs=[])  # of which an index knows: they are few
        return merged.filter(former_refs__overlap=refs) if refs else merged

    def in_doubt(self, rules):
        """Cases, among `visible_to`, about which a doubt by any of `rules` is open, as far as that may be told."""
        return self.filter(Case.open_doubts.rel.related_model.objects.told_of(rules))

    def on_map(self):
        """With `map_latitude` and `map_longitude`, where a map draws a case: the point that may be shown of it; without
        such a point the middle of its region, or of the region above. The one rule of every map and map area.
        """

        def drawn(name):
            return Coalesce(f"shown_{name}", f"region__{name}", f"region__parent__{name}")

        return self.placed().annotate(map_latitude=drawn("latitude"), map_longitude=drawn("longitude"))

    def in_box(self, west, south, east, north):
        """Cases that a map draws inside a box of degrees; `west` above `east` crosses the antimeridian."""

        def inside(field):
            latitude, longitude = field % "latitude", field % "longitude"
            if west > east:
                across = Q(**{f"{longitude}__gte": west}) | Q(**{f"{longitude}__lte": east})
            else:
                across = Q(**{f"{longitude}__range": (west, east)})  # one look: an officer's points are worked out
            return across & Q(**{f"{latitude}__range": (south, north)})

        # Not by what `on_map` adds: the planner could not estimate that, and would sort all cases on disk. Without a
        # join of regions to regions: on tables filled a moment ago it would look at every region for every region.
        around = Region.objects.filter(inside("%s"))
        middles = Region.objects.filter(inside("%s") | Q(latitude=None, parent__in=around))
        return self.filter(inside("shown_%s") | Q(shown_latitude=None, region__in=middles))

    def counted(self):
        """Those that stand for themselves in a sum: no case inside its aggregate, none twice."""
        return self.filter(COUNTED)

    def placed(self):
        """Those that a map can draw."""
        return self.filter(drawn())

    def for_list(self):
        """Everything one row of the case list shows."""
        return self.select_related("region", "region__parent").prefetch_related("sources").defer("words")

    def in_brief(self):
        """Without what only the page of a case shows."""
        return self.defer(*LONG_TEXTS)

    def in_a_row(self):
        """With no more of a case than a row of a list may show: fifty are read for each page of it."""
        return self.defer(*LONG_TEXTS, *IN_NO_ROW)

    def for_page(self):
        """Everything the page of one case shows."""
        return self.select_related("region").prefetch_related(*on_its_page())


def of_agency(agencies):
    """The condition that any of `agencies` took part in a case."""
    return Q(pk__in=Case.agencies.through.objects.filter(agency__in=agencies).values("case"))


def citing(policies):
    """The condition that a case cites any of `policies`."""
    return Q(pk__in=Citation.objects.filter(policy__in=policies).values("case"))


def with_rig(rigs):
    """The condition that any of these catalogue models was seized in a case."""
    return Q(pk__in=Case.raids.rel.related_model.objects.filter(seizures__rig__in=rigs).values("case"))


def on_its_page():
    """Prefetches of what belongs to a case, beside its region: all that its page shows."""
    return [
        "agencies",
        "sources",
        models.Prefetch("citations", Citation.objects.select_related("policy", "provision")),
        "office_numbers__agency",
        "figures",
        "parties",
        "sanctions__party",
        "documents",
        "raids__seizures__rig",
        "raids__seizures__disposals__authority",
    ]


def load_its_page(case, tables):
    """Load what its page shows of `case`. Only those of `tables` have rows of it: the others are not asked."""
    asked, without = [], set()
    for prefetch in [*on_its_page(), "measured"]:
        lookup = prefetch.prefetch_through if isinstance(prefetch, models.Prefetch) else prefetch
        model, names = Case, lookup.split("__")
        for depth, name in enumerate(names):
            relation = model._meta.get_field(name)
            model = relation.related_model
            table = relation.remote_field.through if relation.many_to_many else model
            if (relation.one_to_many or relation.many_to_many) and table._meta.db_table not in tables:
                without.add(tuple(names[: depth + 1]))
                prefetch = "__".join(names[:depth])
                break
        asked += [prefetch] if prefetch else []
    models.prefetch_related_objects([case], *asked)
    for *above, name in without:
        rows = [case]
        for relation in above:
            rows = [row for before in rows for row in getattr(before, relation).all()]
        for row in rows:
            row.__dict__.setdefault("_prefetched_objects_cache", {})[name] = getattr(row, name).none()


class CaseKind(models.TextChoices):
    RAID = "raid", _("Raid")
    CLOSURE_ORDER = "closure_order", _("Closure order")
    SWEEP = "sweep", _("Sweep")
    SANCTION = "sanction", _("Sanction")
    CUSTOMS_SEIZURE = "customs_seizure", _("Customs seizure")
    SYSTEM_MISUSE = "system_misuse", _("Misuse of IT systems")
    DISPOSAL = "disposal", _("Disposal")


class CaseStatus(models.TextChoices):
    OPENED = "opened", _("Opened")
    FOUND = "found", _("Mining found")
    SANCTIONED = "sanctioned", _("Sanctioned")
    DISPOSED = "disposed", _("Rigs disposed of")
    DROPPED = "dropped", _("Dropped")


class SiteType(models.TextChoices):
    WAREHOUSE = "warehouse", _("Warehouse")
    INDUSTRIAL_PARK = "industrial_park", _("Industrial park")
    FACTORY = "factory", _("Factory")
    DATA_CENTRE = "data_centre", _("Data centre")
    SHOPHOUSE = "shophouse", _("Shophouse")
    RESIDENTIAL = "residential", _("Home")
    OFFICE = "office", _("Office")
    SCHOOL = "school", _("School")
    FARM = "farm", _("Farm")
    POWER_PLANT = "power_plant", _("Power plant")
    INTERNET_CAFE = "internet_cafe", _("Internet café")
    CONTAINER = "container", _("Container")
    PUBLIC_INSTITUTION = "public_institution", _("Public institution")
    OTHER = "other", _("Other site")
    UNKNOWN = "unknown", _("Not stated")


class LeadSource(models.TextChoices):
    PUBLIC_TIP = "public_tip", _("Public tip")
    UTILITY_INSPECTION = "utility_inspection", _("Utility inspection")
    GRID_MONITORING = "grid_monitoring", _("Grid monitoring")
    NETWORK_MONITORING = "network_monitoring", _("Network monitoring")
    POLICE_INTELLIGENCE = "police_intelligence", _("Police intelligence")
    OUTAGE_OR_FIRE = "outage_or_fire", _("Outage or fire")
    ROUTINE_INSPECTION = "routine_inspection", _("Routine inspection")
    AUDIT = "audit", _("Audit")
    OTHER = "other", _("Other lead")
    UNKNOWN = "unknown", _("Not stated")


class LocationPrecision(models.TextChoices):
    SITE = "site", _("Site")
    LOCALITY = "locality", _("Locality")
    ADMIN2 = "admin2", _("Prefecture or district")
    ADMIN1 = "admin1", _("Province or state")


@cache
def drawn():
    """The cases that a map can draw: by their point or by the middle of their region, or of the region above."""
    return Q(shown_latitude__isnull=False) | in_drawn_region()


def in_drawn_region():
    has_middle = Q(latitude__isnull=False) | Q(parent__latitude__isnull=False)
    # Of the region of each case, and not of all regions: of one case that was written it is asked, too.
    return Q(models.Exists(Region.objects.filter(has_middle, pk=models.OuterRef("region"))))


# The cases whose place is known no finer than to the region that they are drawn in the middle of.
ONLY_REGION_KNOWN = Q(shown_latitude=None) | Q(location_precision=LocationPrecision.ADMIN1)


class ElectricityCheck(models.TextChoices):
    PLAUSIBLE = "plausible", _("Plausible")
    IMPLAUSIBLE = "implausible", _("Implausible")
    NOT_CHECKABLE = "not_checkable", _("Cannot be checked")


class Case(models.Model):
    """What was opened: one raid, closure, sweep, seizure, sanction or disposal as publicly reported.

    NULL and "" mean "the source does not say". `rigs` and `kw_*` sum up the seizure lines below, `kg_co2_per_kwh` is
    the factor of the place and year, `grid_gas` what it counts, `loss_*` the first loss stated in total;
    `actions.summing.sum_up` writes them, and `loading.synthetic` those of the cases that it makes. `former_refs` are
    addresses under which it was known before a twin was merged into it.
    """

    ref = models.SlugField(_("reference"), max_length=80, unique=True, db_collation="C")  # sorted by columns, too
    kind = models.CharField(_("kind"), max_length=16, choices=CaseKind)
    title_en = models.CharField(_("English title"), max_length=200)
    title_zh = models.CharField(_("Chinese title"), max_length=200, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=CaseStatus, default=CaseStatus.FOUND)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("region"))
    place = models.CharField(_("place"), max_length=250, blank=True, help_text=_("As named in the source."))
    place_zh = models.CharField(_("place, in Chinese"), max_length=250, blank=True)
    latitude = models.FloatField(
        _("latitude"), null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    longitude = models.FloatField(
        _("longitude"), null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    location_precision = models.CharField(_("location precision"), max_length=8, choices=LocationPrecision, blank=True)
    occurred_on = models.DateField(_("date"))
    date_precision = models.CharField(_("date precision"), max_length=5, choices=Precision, default=Precision.DAY)
    occurred_until = models.GeneratedField(
        expression=last_possible_day("occurred_on"), output_field=models.DateField(), db_persist=True
    )
    running_since = models.DateField(
        _("running since"),
        null=True,
        blank=True,
        help_text=_("Fill in if the source says when the rigs started running."),
    )
    site_type = models.CharField(_("site"), max_length=20, choices=SiteType, default=SiteType.UNKNOWN)
    lead_source = models.CharField(_("lead"), max_length=20, choices=LeadSource, default=LeadSource.UNKNOWN)
    rig_kind = models.CharField(_("rig type"), max_length=8, choices=RigKind, default=RigKind.UNKNOWN)
    theft = models.BooleanField(
        _("electricity theft"), null=True, blank=True, help_text=_("Leave empty if not stated.")
    )
    arrests = models.PositiveIntegerField(_("people detained"), null=True, blank=True)
    premises = models.PositiveIntegerField(_("premises"), null=True, blank=True)
    outcome = models.TextField(_("outcome"), blank=True)
    outcome_zh = models.TextField(_("outcome, in Chinese"), blank=True)
    note = models.TextField(
        _("note"), blank=True, help_text=_("Inferences, conflicts between sources, what a figure covers.")
    )
    note_zh = models.TextField(_("note, in Chinese"), blank=True)
    electricity_check = models.CharField(
        _("consumption compared with rigs"), max_length=13, choices=ElectricityCheck, blank=True
    )
    confidence = models.CharField(_("confidence"), max_length=6, choices=Confidence)
    part_of = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("part of"),
        help_text=_("The wider case whose figures already include this one."),
    )  # fmt: skip
    counts_in_totals = models.BooleanField(_("counted in totals"), default=True)
    published = models.BooleanField(_("published"), default=False, help_text=_("The public can see this case."))
    sensitive = models.BooleanField(
        _("sensitive"), default=False, help_text=_("The public sees only the region, not the coordinates.")
    )
    has_place, has_outcome = _is_said("place"), _is_said("outcome")
    public_latitude = _unless_sensitive("latitude")
    public_longitude = _unless_sensitive("longitude")

    agencies = models.ManyToManyField(Agency, related_name="+", blank=True, verbose_name=_("agencies"))
    sources = models.ManyToManyField(Source, related_name="+", blank=True, verbose_name=_("sources"))

    rigs = models.PositiveIntegerField(_("rigs"), null=True, blank=True, editable=False)
    rigs_qualifier = models.CharField(max_length=8, blank=True, editable=False)
    kw_low = models.FloatField(null=True, blank=True, editable=False)
    kw_best = models.FloatField(null=True, blank=True, editable=False)
    kw_high = models.FloatField(null=True, blank=True, editable=False)
    kg_co2_per_kwh = models.FloatField(null=True, blank=True, editable=False)
    grid_gas = models.CharField(max_length=4, blank=True, editable=False, db_default="", default="")
    loss_amount = models.DecimalField(max_digits=20, decimal_places=2, null=True, blank=True, editable=False)
    loss_currency = models.CharField(max_length=3, blank=True, editable=False)
    words = SearchVectorField(null=True, editable=False)
    former_refs = ArrayField(
        models.SlugField(max_length=80), verbose_name=_("former references"), default=list, db_default=[],
        blank=True, editable=False,
    )  # fmt: skip
    created_at = models.DateTimeField(_("entered"), auto_now_add=True)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-occurred_on", "ref"]
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        permissions = [("publish_case", _("Can publish and withdraw cases"))]
        indexes = [
            models.Index(fields=["-occurred_on", "ref"], name="case_newest_first"),
            models.Index(fields=["region", "-occurred_on"], name="case_region_newest"),
            models.Index(F("rigs").desc(nulls_last=True), "ref", name="case_most_rigs"),
            models.Index(F("kw_best").desc(nulls_last=True), "ref", name="case_most_kw"),
            models.Index(fields=["-changed_at"], name="case_last_changed"),
            # What lies near in place and in time.
            models.Index(map_cell(), "occurred_on", name="case_cell_day"),
            # The newest whose outcome is known, of each kind of lead.
            models.Index(
                fields=["lead_source", "-occurred_on", "ref"],
                condition=~Q(outcome="", outcome_zh=""),
                name="case_newest_outcome",
            ),
            GinIndex(fields=["words"], name="case_words"),
            # What sums, facets and clusters read, without the texts: a tenth of the table.
            models.Index(
                fields=["published"],
                include=[
                    "id",
                    "kind",
                    "status",
                    "region",
                    "occurred_on",
                    "occurred_until",
                    "date_precision",
                    "site_type",
                    "lead_source",
                    "rig_kind",
                    "theft",
                    "confidence",
                    "arrests",
                    "counts_in_totals",
                    "rigs",
                    "kw_low",
                    "kw_best",
                    "kw_high",
                    "kg_co2_per_kwh",
                    "grid_gas",
                    "location_precision",
                    "loss_amount",
                    "loss_currency",
                    "public_latitude",
                    "public_longitude",
                ],
                name="case_figures",
            ),
            # The same for what is asked most, by time and by region: reading it takes each entry apart whole, so that
            # few columns are read in less than half of the time.
            models.Index(
                fields=["published"],
                include=["id", "region", "occurred_on", "counts_in_totals", "rigs", "kw_best"],
                name="case_trend",
            ),
            models.Index(fields=["id"], condition=~Q(former_refs=[]), name="case_merged"),
        ]
        constraints = [
            known("kind", CaseKind),
            known("status", CaseStatus),
            known("site_type", SiteType),
            known("lead_source", LeadSource),
            known("rig_kind", RigKind),
            known_or_unsaid("location_precision", LocationPrecision),
            known("date_precision", Precision),
            known_or_unsaid("electricity_check", ElectricityCheck),
            known("confidence", Confidence),
            coarse_dates_start_their_period("occurred_on"),
            point_is_whole(),
            models.CheckConstraint(
                name="case_point_says_what_it_stands_for",
                condition=Q(latitude=None, location_precision="")
                | (Q(latitude__isnull=False) & ~Q(location_precision="")),
                violation_error_message=_("A point needs a location precision: site, locality, district or province."),
            ),
            models.CheckConstraint(
                name="case_is_not_part_of_itself",
                condition=Q(part_of=None) | ~Q(part_of=F("pk")),
                violation_error_message=_("A case cannot be part of itself."),
            ),
            models.CheckConstraint(
                name="case_date_after_bitcoin",
                condition=Q(occurred_on__gte="2009-01-03"),
                violation_error_message=_("Mining did not exist before 3 January 2009."),
            ),
            models.CheckConstraint(
                name="case_ran_before_it_was_found",
                condition=Q(running_since=None) | Q(running_since__lte=F("occurred_until")),
                violation_error_message=_("The rigs cannot have started running after they were found."),
            ),
            in_range("arrests", 0, 1_000_000, _("Over the limit of 1,000,000.")),
            in_range("premises", 0, 1_000_000, _("Over the limit of 1,000,000.")),
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("cases:case-detail", args=[self.ref])

    @property
    def title(self):
        return in_reading_language(self.title_en, self.title_zh)

    @property
    def other_title(self):
        return in_other_language(self.title_en, self.title_zh)

    @property
    def shown_office_numbers(self):
        """Its office numbers, as far as they may be told to whom it was asked for, by `Case.objects.visible_to`."""
        return self.office_numbers.all() if self.tells_where else ()

    def clean(self):
        above = self.part_of
        while above is not None:
            if above.pk == self.pk and self.pk is not None:
                raise ValidationError({"part_of": _("A case cannot be part of itself.")})
            above = above.part_of


class Citation(models.Model):
    """A rule that a case rests on: as the source words it, and as our library knows it."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="citations", verbose_name=_("case"))
    text = models.CharField(_("as cited"), max_length=200)
    policy = models.ForeignKey(
        Policy, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("policy"),
        help_text=_("Leave empty if it is not in the policy library."),
    )  # fmt: skip
    provision = models.ForeignKey(
        Provision, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("provision")
    )

    class Meta:
        ordering = ["text"]
        verbose_name = _("citation")
        verbose_name_plural = _("citations")
        constraints = [
            models.UniqueConstraint(
                name="citation_once_a_case",
                fields=["case", "text"],
                violation_error_message=_("This case already cites this rule."),
            ),
            models.CheckConstraint(
                name="citation_provision_needs_its_policy",
                condition=Q(provision=None) | Q(policy__isnull=False),
                violation_error_message=_("A provision must be cited together with its policy."),
            ),
        ]

    def __str__(self):
        return self.text

    def clean(self):
        if self.provision and self.policy and self.provision.policy_id != self.policy_id:
            raise ValidationError({"provision": _("This provision belongs to another policy.")})
