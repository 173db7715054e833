"""What the API shows of cases, raids, seizures and rigs."""

from django.utils.translation import get_language, gettext_lazy
from rest_framework import serializers

from cases.access import may_read
from cases.models import (
    Case,
    Citation,
    Disposal,
    Document,
    Figure,
    OfficeNumber,
    Party,
    Raid,
    Rig,
    Sanction,
    Seizure,
)
from cases.models.case import LocationPrecision
from cases.models.field import Qualifier
from regions.api.rows import Code, Label, Number, Page, RowSerializer, Words
from regions.api.standing import AgencySerializer, PolicyRef, RegionRef, SourceSerializer
from regions.keeping import KeptParts, key_made_of

MOST_KEPT = 3_000  # cases as a list of the API shows them, of a few kilobytes


class OfficeNumberSerializer(RowSerializer):
    agency = AgencySerializer(read_only=True)

    class Meta:
        model = OfficeNumber
        fields = ["number", "agency"]


class CaseRef(RowSerializer):
    api_url = serializers.HyperlinkedIdentityField("api:case-detail", lookup_field="ref")

    class Meta:
        model = Case
        fields = ["ref", "title_en", "title_zh", "api_url"]


class PointSerializer(serializers.Serializer):
    """Where a case is shown, WGS 84, and what the point stands for."""

    latitude = Number(source="shown_latitude", read_only=True)
    longitude = Number(source="shown_longitude", read_only=True)
    precision = Code(source="location_precision", choices=LocationPrecision.choices, read_only=True)
    precision_label = Label(source="location_precision", choices=LocationPrecision.choices, read_only=True)

    def to_representation(self, case):
        return super().to_representation(case) if case.shown_latitude is not None else None


class LoadSerializer(serializers.Serializer):
    """The load of the rigs, kW: three values, because models and cooling are seldom known."""

    low = Number(source="kw_low", read_only=True)
    best = Number(source="kw_best", read_only=True)
    high = Number(source="kw_high", read_only=True)

    def to_representation(self, case):
        return super().to_representation(case) if case.kw_best is not None else None


class CaseFields(RowSerializer):
    title = serializers.CharField(read_only=True, help_text=gettext_lazy("In the reader's language."))
    region = RegionRef(read_only=True)
    point = PointSerializer(
        source="*", read_only=True, allow_null=True,
        help_text=gettext_lazy("null: not known or not public; use the region."),
    )  # fmt: skip
    place = Words(
        source="shown_place", read_only=True, allow_null=True, label=gettext_lazy("Place"),
        help_text=gettext_lazy("As named in the source. null: not stated or not public; use the region."),
    )  # fmt: skip
    place_zh = Words(source="shown_place_zh", read_only=True, allow_null=True, label=gettext_lazy("place, in Chinese"))
    occurred_until = serializers.DateField(
        read_only=True, help_text=gettext_lazy("The latest day possible, given how exact the date is.")
    )
    rigs_qualifier = Code(choices=Qualifier.choices, read_only=True, allow_null=True)
    rigs_qualifier_label = Label(source="rigs_qualifier", choices=Qualifier.choices, read_only=True, allow_null=True)
    kw = LoadSerializer(
        source="*", read_only=True, allow_null=True,
        help_text=gettext_lazy("null: the case states no rigs, or they did not run."),
    )  # fmt: skip
    part_of = CaseRef(
        read_only=True, allow_null=True, help_text=gettext_lazy("The wider case that includes this case.")
    )
    office_numbers = OfficeNumberSerializer(
        source="shown_office_numbers", many=True, read_only=True,
        help_text=gettext_lazy("The numbers under which agencies keep the case. Empty: none is known or public."),
    )  # fmt: skip
    sources = SourceSerializer(many=True, read_only=True)
    url = Page(source="get_absolute_url", read_only=True, help_text=gettext_lazy("The address of its web page."))
    api_url = serializers.HyperlinkedIdentityField("api:case-detail", lookup_field="ref")

    class Meta:
        model = Case
        fields = [
            "ref", "title", "title_en", "title_zh", "kind", "status", "region", "place", "place_zh", "point",
            "occurred_on", "date_precision", "occurred_until", "site_type", "lead_source", "rig_kind", "theft",
            "arrests", "premises", "rigs", "rigs_qualifier", "rigs_qualifier_label", "kw", "confidence", "part_of",
            "counts_in_totals", "published", "office_numbers", "sources", "url", "api_url",
        ]  # fmt: skip


class CaseSerializer(CaseFields):
    """A case of a list: kept as it was made, for as long as all that was loaded of the case is the same."""

    kept = KeptParts(MOST_KEPT, size_of=lambda shown: 1)

    def to_representation(self, case):
        key = key_made_of(get_language(), self.context["request"].build_absolute_uri("/"), case)
        return self.kept.get(key, lambda: super(CaseSerializer, self).to_representation(case))


class FigureSerializer(RowSerializer):
    class Meta:
        model = Figure
        fields = ["quantity", "amount", "basis", "currency", "note"]


class CitationSerializer(RowSerializer):
    policy = PolicyRef(read_only=True, allow_null=True, help_text=gettext_lazy("null: not in the policy library."))
    provision = Words(
        source="provision.number", read_only=True, allow_null=True, default=None,
        help_text=gettext_lazy("The provision number."),
    )  # fmt: skip

    class Meta:
        model = Citation
        fields = ["text", "policy", "provision"]


class PartySerializer(RowSerializer):
    class Meta:
        model = Party
        fields = ["kind", "name", "role"]


class SanctionSerializer(RowSerializer):
    party = PartySerializer(read_only=True, allow_null=True)

    class Meta:
        model = Sanction
        fields = ["kind", "party", "amount", "currency", "imprisonment_years", "decided_on", "note"]


class DocumentSerializer(RowSerializer):
    class Meta:
        model = Document
        fields = ["title", "media_type", "sha256", "size_bytes", "added_at"]


class DisposalSerializer(RowSerializer):
    authority = AgencySerializer(read_only=True, allow_null=True)

    class Meta:
        model = Disposal
        fields = ["kind", "count", "disposed_on", "date_precision", "authority", "note"]


class RigRef(RowSerializer):
    api_url = serializers.HyperlinkedIdentityField("api:rig-detail", lookup_field="slug")

    class Meta:
        model = Rig
        fields = ["slug", "manufacturer", "model", "power_w", "is_generic", "api_url"]


class RigSerializer(RigRef):
    class Meta:
        model = Rig
        fields = [
            "slug", "manufacturer", "model", "kind", "algorithm", "hashrate", "hashrate_unit", "power_w",
            "released_year", "released_month", "is_generic", "confidence", "source_text", "note", "api_url",
        ]  # fmt: skip


class SeizureLine(RowSerializer):
    rig = RigRef(read_only=True, allow_null=True, help_text=gettext_lazy("null: the model is not stated."))
    disposals = DisposalSerializer(many=True, read_only=True)
    api_url = serializers.HyperlinkedIdentityField("api:seizure-detail")

    class Meta:
        model = Seizure
        fields = [
            "id", "kind", "rig", "models_as_published", "count", "qualifier", "value_amount", "value_currency",
            "disposals", "api_url",
        ]  # fmt: skip


class RaidLine(RowSerializer):
    place = Words(source="shown_place", read_only=True, allow_null=True, label=gettext_lazy("Place"))
    seizures = SeizureLine(many=True, read_only=True)
    api_url = serializers.HyperlinkedIdentityField("api:raid-detail")

    class Meta:
        model = Raid
        fields = [
            "id", "raided_on", "date_precision", "raided_until", "visits", "place", "note", "seizures", "api_url",
        ]  # fmt: skip


class RaidSerializer(RaidLine):
    case = CaseRef(read_only=True)
    region = RegionRef(source="case.region", read_only=True)

    class Meta(RaidLine.Meta):
        fields = ["case", "region", *RaidLine.Meta.fields]


class RaidRef(RowSerializer):
    api_url = serializers.HyperlinkedIdentityField("api:raid-detail")

    class Meta:
        model = Raid
        fields = ["id", "raided_on", "date_precision", "api_url"]


class SeizureSerializer(SeizureLine):
    case = CaseRef(source="raid.case", read_only=True)
    region = RegionRef(source="raid.case.region", read_only=True)
    raid = RaidRef(read_only=True)

    class Meta(SeizureLine.Meta):
        fields = ["case", "region", "raid", *SeizureLine.Meta.fields]


class CaseFullSerializer(CaseFields):
    agencies = AgencySerializer(many=True, read_only=True)
    citations = CitationSerializer(many=True, read_only=True)
    figures = FigureSerializer(many=True, read_only=True)
    parties = PartySerializer(many=True, read_only=True)
    sanctions = SanctionSerializer(many=True, read_only=True)
    raids = RaidLine(many=True, read_only=True)
    parts = CaseRef(many=True, read_only=True, help_text=gettext_lazy("The narrower cases that this case includes."))
    documents = DocumentSerializer(many=True, read_only=True)

    class Meta(CaseFields.Meta):
        fields = [
            *CaseFields.Meta.fields, "outcome", "outcome_zh", "note", "note_zh", "electricity_check", "agencies",
            "citations", "figures",
            "parties", "sanctions", "raids", "parts", "documents", "created_at", "changed_at",
        ]  # fmt: skip

    def to_representation(self, case):
        shown = super().to_representation(case)
        # Documents are internal, also those of a case that the public sees.
        if not may_read(self.context["request"].user, case.region_id):
            shown["documents"] = []
        return shown
