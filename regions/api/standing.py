"""The standing record as data: regions, policies, provisions, savings claims, indicators and factors."""

import django_filters as filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from regions.filters.base import CodeFilter, DayField, RegionCodeFilter, RegionField, StrictFilterSet
from regions.filters.standing import PolicyFilter, RegionFilter
from regions.grammar import amounts
from regions.grammar.fields import ReadField
from regions.models import (
    Agency,
    Factor,
    GridArea,
    Indicator,
    Policy,
    Position,
    Provision,
    Reading,
    Region,
    SavingsClaim,
    Source,
)
from regions.models.factor import FactorKind, Gas
from regions.models.indicator import IndicatorKind
from regions.models.policy import SanctionKind, Target
from regions.models.region import Level
from regions.models.savings import ClaimKind

from .keyset import Order
from .questions import Question
from .rows import Code, Label, Page, RecordViewSet, RowSerializer, Words

REF = "[-a-zA-Z0-9_]+"
ID = "[0-9]{1,18}"
DAY_SHAPE = {"type": "string", "pattern": "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"}
WITH_BELOW = gettext_lazy("A region code (CN, CN-NM, CN-150800); all regions below it are included.")
WORDS = gettext_lazy("Words or Chinese text; simplified and traditional Chinese match each other.")
ONE_CODE = gettext_lazy("One of these codes.")

# Filter sets and fields of the API alone


class YearField(ReadField):
    def read(self, text):
        year = amounts.number(text)
        if year != int(year) or not 1990 <= year <= 2100:
            raise ValidationError(_("“%(text)s” is not a year from 1990 to 2100.") % {"text": text[:40]})
        return int(year)


class YearFilter(filters.Filter):
    field_class = YearField


class PolicyField(forms.ModelChoiceField):
    default_error_messages = RegionField.default_error_messages


class PolicyRefFilter(filters.Filter):
    """A policy, named by its reference."""

    field_class = PolicyField


def _region_filter():
    """A region and everything below it, of the rows that the filter set asks for."""
    return RegionCodeFilter(
        queryset=Region.objects.all(), to_field_name="code", method="in_region", label=gettext_lazy("Region")
    )


class _InRegionFilterSet(StrictFilterSet):
    def in_region(self, rows, name, region):
        return rows.filter(region__in=Region.objects.within(region))


class RegionQuestion(RegionFilter):
    parent = RegionCodeFilter(
        queryset=Region.objects.all(), to_field_name="code", label=gettext_lazy("The region above")
    )
    level = CodeFilter(choices=Level, label=gettext_lazy("Level"))


class PolicyQuestion(PolicyFilter):
    sort = None  # a cursor counts in one order


class ProvisionQuestion(StrictFilterSet):
    policy = PolicyRefFilter(queryset=Policy.objects.all(), to_field_name="ref", label=gettext_lazy("Policy"))
    target = CodeFilter(choices=Target, method="addressing", label=gettext_lazy("Applies to"))
    sanction_kind = CodeFilter(choices=SanctionKind, method="threatening", label=gettext_lazy("Sanction"))

    class Meta:
        model = Provision
        fields = []

    def addressing(self, provisions, name, target):
        return provisions.filter(targets__contains=[target])

    def threatening(self, provisions, name, kind):
        return provisions.filter(sanction_kinds__contains=[kind])


class SavingsQuestion(_InRegionFilterSet):
    region = _region_filter()
    kind = CodeFilter(choices=ClaimKind, label=gettext_lazy("What it measures"))

    class Meta:
        model = SavingsClaim
        fields = []


class IndicatorQuestion(_InRegionFilterSet):
    region = _region_filter()
    kind = CodeFilter(choices=IndicatorKind, label=gettext_lazy("What it measures"))

    class Meta:
        model = Indicator
        fields = []


class FactorQuestion(_InRegionFilterSet):
    kind = CodeFilter(choices=FactorKind, label=gettext_lazy("Type"))
    region = _region_filter()
    year = YearFilter(label=gettext_lazy("Year"))

    class Meta:
        model = Factor
        fields = []


class StandingQuestion(Question):
    shapes = {YearField: {"type": "integer", "minimum": 1990, "maximum": 2100}, DayField: DAY_SHAPE}


# Serializers


class RegionRef(RowSerializer):
    class Meta:
        model = Region
        fields = ["code", "name_en", "name_zh"]


class SourceSerializer(RowSerializer):
    class Meta:
        model = Source
        fields = ["publisher", "title", "url", "published_on"]


class AgencySerializer(RowSerializer):
    class Meta:
        model = Agency
        fields = ["slug", "name_en", "name_zh", "kind"]


class RegionSerializer(RowSerializer):
    parent = RegionRef(read_only=True, allow_null=True)
    url = serializers.SerializerMethodField(help_text=gettext_lazy("The address of its web page."))
    api_url = serializers.HyperlinkedIdentityField("api:region-detail", lookup_field="code")

    class Meta:
        model = Region
        fields = [
            "code", "level", "name_en", "name_zh", "parent", "latitude", "longitude", "currency", "url", "api_url",
        ]  # fmt: skip

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, region):
        return self.context["request"].build_absolute_uri(region.get_absolute_url())


class RegionFullSerializer(RegionSerializer):
    ancestors = RegionRef(many=True, read_only=True, help_text=gettext_lazy("In order, from the country down."))
    boundaries_url = serializers.SerializerMethodField(
        help_text=gettext_lazy("Boundaries of the regions one level below.")
    )

    class Meta(RegionSerializer.Meta):
        fields = [*RegionSerializer.Meta.fields, "ancestors", "origin", "boundaries_url"]

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_boundaries_url(self, region):
        return reverse("regions:boundaries", args=[region.code], request=self.context["request"])


class PolicyRef(RowSerializer):
    api_url = serializers.HyperlinkedIdentityField("api:policy-detail", lookup_field="ref")

    class Meta:
        model = Policy
        fields = ["ref", "title_en", "title_zh", "api_url"]


class PolicySerializer(RowSerializer):
    title = Words(read_only=True, help_text=gettext_lazy("In the reader's language."))
    region = RegionRef(read_only=True)
    source = SourceSerializer(read_only=True)
    url = Page(source="get_absolute_url", read_only=True, help_text=gettext_lazy("The address of its web page."))
    api_url = serializers.HyperlinkedIdentityField("api:policy-detail", lookup_field="ref")

    class Meta:
        model = Policy
        fields = [
            "ref", "title", "title_en", "title_zh", "kind", "status", "region", "document_number", "issued_on",
            "date_precision", "effective_on", "expires_on", "deadline_on", "confidence", "source", "url", "api_url",
        ]  # fmt: skip


class ProvisionLine(RowSerializer):
    target_labels = serializers.ListField(child=serializers.CharField(), read_only=True)
    sanction_labels = serializers.ListField(child=serializers.CharField(), read_only=True)
    api_url = serializers.HyperlinkedIdentityField("api:provision-detail")

    class Meta:
        model = Provision
        fields = [
            "id", "number", "text_en", "text_zh", "conduct", "targets", "target_labels", "sanction_kinds",
            "sanction_labels", "fine_min", "fine_max", "fine_currency", "imprisonment_max_years", "source_basis",
            "confidence", "api_url",
        ]  # fmt: skip


class ProvisionSerializer(ProvisionLine):
    policy = PolicyRef(read_only=True)

    class Meta(ProvisionLine.Meta):
        fields = ["policy", *ProvisionLine.Meta.fields]


class PositionSerializer(RowSerializer):
    region = RegionRef(read_only=True)

    class Meta:
        model = Position
        fields = ["region", "stance", "first_day", "last_day", "confidence", "note"]


class PolicyFullSerializer(PolicySerializer):
    issuers = AgencySerializer(many=True, read_only=True)
    supersedes = PolicyRef(read_only=True, allow_null=True)
    superseded_by = PolicyRef(many=True, read_only=True)
    implements = PolicyRef(read_only=True, allow_null=True)
    positions = PositionSerializer(many=True, read_only=True)
    provisions = ProvisionLine(many=True, read_only=True)

    class Meta(PolicySerializer.Meta):
        fields = [
            *PolicySerializer.Meta.fields, "summary_en", "summary_zh", "issuers", "supersedes", "superseded_by",
            "implements",
            "positions", "provisions", "source_basis", "cross_check_url",
        ]  # fmt: skip


class SavingsSerializer(RowSerializer):
    region = RegionRef(read_only=True)
    source = SourceSerializer(read_only=True)
    api_url = serializers.HyperlinkedIdentityField("api:savings-detail", lookup_field="ref")

    class Meta:
        model = SavingsClaim
        fields = [
            "ref", "kind", "region", "place", "period_start", "period_end", "stated_on", "projects_closed",
            "projects_unit", "rigs", "energy_kwh_per_year", "energy_kwh", "energy_basis", "coal_tce", "co2_t",
            "power_kw", "loss_amount", "loss_currency", "loss_basis", "basis", "claimed_by", "source",
            "source_basis", "confidence", "note", "api_url",
        ]  # fmt: skip


class ReadingSerializer(RowSerializer):
    source = SourceSerializer(read_only=True)

    class Meta:
        model = Reading
        fields = ["year", "month", "value", "confidence", "source_basis", "source", "note"]


class IndicatorSerializer(RowSerializer):
    region = RegionRef(read_only=True)
    readings = ReadingSerializer(many=True, read_only=True)
    api_url = serializers.HyperlinkedIdentityField("api:indicator-detail")

    class Meta:
        model = Indicator
        fields = ["id", "kind", "region", "series", "unit", "readings", "api_url"]


class GridAreaRef(RowSerializer):
    regions = serializers.SlugRelatedField("code", many=True, read_only=True)

    class Meta:
        model = GridArea
        fields = ["slug", "name_en", "name_zh", "regions", "source_text"]


class FactorSerializer(RowSerializer):
    region = RegionRef(
        read_only=True, allow_null=True, help_text=gettext_lazy("null: no region; it applies everywhere.")
    )
    grid = GridAreaRef(
        read_only=True, allow_null=True, help_text=gettext_lazy("null: the factor holds for the region.")
    )
    # Named here, as a generated column has no serializer of its own.
    gas = Code(choices=Gas, read_only=True, allow_null=True)
    gas_label = Label(source="gas", choices=Gas.choices, read_only=True, allow_null=True)
    api_url = serializers.HyperlinkedIdentityField("api:factor-detail")

    class Meta:
        model = Factor
        fields = [
            "id", "kind", "region", "scope", "grid", "series", "year", "value", "unit", "gas", "gas_label", "measure",
            "basis", "basis_zh", "confidence", "source_text", "source_text_zh", "note", "note_zh", "api_url",
        ]  # fmt: skip


# Views


class StandingViewSet(RecordViewSet):
    filter_backends = [StandingQuestion]


class RegionViewSet(StandingViewSet):
    """Jurisdictions: countries and areas, provinces and states, prefectures and districts. Sorted by code."""

    queryset = Region.objects.select_related("parent")
    serializer_class = RegionSerializer
    full_serializer_class = RegionFullSerializer
    filterset_class = RegionQuestion
    order = Order(tie="code")
    lookup_field, lookup_value_regex = "code", REF
    meanings = {
        "q": gettext_lazy("Part of a name in either language, or a full code."),
        "parent": gettext_lazy("A region code: the regions one level below it."),
        "level": ONE_CODE,
    }


class PolicyViewSet(StandingViewSet):
    """Laws, notices and measures, as far as their text and status are known. The newest first."""

    queryset = Policy.objects.select_related("region", "source")
    serializer_class = PolicySerializer
    full_serializer_class = PolicyFullSerializer
    filterset_class = PolicyQuestion
    order = Order("issued_on", descending=True, tie="ref")
    lookup_field, lookup_value_regex = "ref", REF
    meanings = {
        "q": WORDS,
        "region": WITH_BELOW,
        "kind": ONE_CODE,
        "status": ONE_CODE,
        "on": gettext_lazy("A day, a month or a year: policies issued by then, and the state of deadlines then."),
        "deadline": gettext_lazy("Whether the deadline of the policy is upcoming or has passed, on that day or today."),
    }

    def get_queryset(self):
        if not self.detail:
            return super().get_queryset()
        return super().get_queryset().select_related("supersedes", "implements").prefetch_related(
            "issuers", "provisions", "superseded_by", Prefetch("positions", Position.objects.select_related("region"))
        )  # fmt: skip


class ProvisionViewSet(StandingViewSet):
    """The clauses of policies: whom they address and what follows. Paraphrases, not the wording of the law."""

    queryset = Provision.objects.select_related("policy")
    serializer_class = ProvisionSerializer
    filterset_class = ProvisionQuestion
    lookup_value_regex = ID
    meanings = {
        "policy": gettext_lazy("The reference of one policy."),
        "target": ONE_CODE,
        "sanction_kind": ONE_CODE,
    }


class SavingsViewSet(StandingViewSet):
    """What authorities state as saved, used, lost or closed. Claims overlap: they are never added to each other."""

    queryset = SavingsClaim.objects.select_related("region", "source")
    serializer_class = SavingsSerializer
    filterset_class = SavingsQuestion
    order = Order("stated_on", descending=True, tie="ref")
    lookup_field, lookup_value_regex = "ref", REF
    meanings = {"region": WITH_BELOW, "kind": ONE_CODE}


class IndicatorViewSet(StandingViewSet):
    """Series measured for a region, with their readings, the oldest first."""

    queryset = Indicator.objects.select_related("region").prefetch_related(
        Prefetch("readings", Reading.objects.select_related("source"))
    )
    serializer_class = IndicatorSerializer
    filterset_class = IndicatorQuestion
    lookup_value_regex = ID
    meanings = {"region": WITH_BELOW, "kind": ONE_CODE}


class FactorViewSet(StandingViewSet):
    """Conversions: standard coal or carbon dioxide of a kilowatt-hour, cooling overhead, penalty tariffs."""

    queryset = Factor.objects.select_related("region", "grid").prefetch_related("grid__regions")
    serializer_class = FactorSerializer
    filterset_class = FactorQuestion
    lookup_value_regex = ID
    meanings = {
        "kind": ONE_CODE,
        "region": gettext_lazy(
            "A region code; all regions below it are included. Factors without a region are not included."
        ),
        "year": gettext_lazy("The year of the factor."),
    }
