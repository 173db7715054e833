"""What happened, as data: cases, raids, seizures, and the catalogue of rigs.

A list of cases is a `Selection`, as every other view of them; raids and seizures are those of a selection.
"""

from functools import cached_property

import django_filters as filters
from django.db.models import Prefetch
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from cases.access import may_read
from cases.models import Case, Citation, Disposal, Document, Figure, Party, Raid, Rig, Sanction, Seizure
from cases.models.case import LocationPrecision
from cases.models.field import Qualifier
from cases.models.rig import RigKind
from cases.selection.filters import BoxField, CaseFilter, NumberField
from cases.selection.selection import DEFAULT_SORT, SORTS, Selection
from regions.api.keyset import Order
from regions.api.questions import Question, describe, not_of_the_api, refuse_unless_understood, without_paging
from regions.api.rows import Code, Label, Number, Page, RecordViewSet, RowSerializer, Words
from regions.api.standing import (
    DAY_SHAPE,
    ID,
    ONE_CODE,
    REF,
    WITH_BELOW,
    AgencySerializer,
    PolicyRef,
    RegionRef,
    SourceSerializer,
)
from regions.filters.base import LONGEST_TEXT, CodeFilter, DayField, StrictFilterSet

SEVERAL = gettext_lazy("Repeat the parameter for “or”.")
FACTS = gettext_lazy("The name of a fact. Repeat the parameter to require several facts together.")
DAY = gettext_lazy(
          "A day (2021-09-25), a month (2021-09) or a year. A case dated only to a month or a year matches "
          "if any day of that period matches."
      )  # fmt: skip
MEANINGS = {
    "q": gettext_lazy(
        "Words or Chinese text in titles, place, outcome, note, agencies and law; simplified and traditional "
        "Chinese match each other."
    ),
    "region": WITH_BELOW,
    **dict.fromkeys(["kind", "status", "site_type", "lead_source", "rig_kind", "confidence", "theft"], SEVERAL),
    "agency": gettext_lazy("The reference of an agency that took part. Repeat the parameter for “or”."),
    "policy": gettext_lazy("The reference of a policy that the case cites. Repeat the parameter for “or”."),
    "rig": gettext_lazy("The reference of a rig model that was seized. Repeat the parameter for “or”."),
    "occurred_after": DAY,
    "occurred_before": DAY,
    **dict.fromkeys(
        ["rigs_min", "rigs_max", "kw_min", "kw_max"],
        gettext_lazy("A number, 0 or more. Cases that do not state it are not included."),
    ),
    "empty": FACTS,
    "present": FACTS,
    "doubt": gettext_lazy("A doubt about a case that nobody has answered yet. Repeat the parameter for “or”."),
    "changed_after": gettext_lazy("A day, a month or a year: cases added or changed since then."),
    "bbox": gettext_lazy(
        "west,south,east,north in degrees; a west value greater than the east value crosses the antimeridian."
    ),
}


# Questions


class CaseQuestion(Question):
    """Reads the query string as the pages do: the answer is a selection, or what belongs to its cases."""

    shapes = {
        DayField: DAY_SHAPE,
        NumberField: {"type": "number", "minimum": 0, "maximum": 10**12},
        BoxField: {"type": "string", "pattern": "^-?[0-9.]+(,-?[0-9.]+){3}$"},
    }

    def filter_queryset(self, request, queryset, view):
        if view.detail:
            return super().filter_queryset(request, queryset, view)
        selection = view.selection
        beyond = not_of_the_api(without_paging(request.query_params), {*selection.filter.filters, *view.showing})
        refuse_unless_understood(selection.problems | beyond)
        return view.rows_of(selection)

    def get_schema_operation_parameters(self, view):
        parameters = describe(CaseFilter, MEANINGS, self.shapes)
        parameters.append(
            {
                "name": "view",
                "in": "query",
                "description": _("The short name in the address of a saved view: applies the filters saved there."),
                "schema": {"type": "string"},
            }
        )
        if "sort" in view.showing:
            columns = [*SORTS, *(f"-{name}" for name in SORTS)]
            parameters.append(
                {
                    "name": "sort",
                    "in": "query",
                    "description": _(
                        "The column to sort by, with `-` in front for descending. Cases without a value come last."
                    ),
                    "schema": {"type": "string", "enum": columns, "default": DEFAULT_SORT},
                }
            )
        return parameters


class RigQuestion(StrictFilterSet):
    kind = CodeFilter(choices=RigKind, label=gettext_lazy("Rig type"))
    manufacturer = filters.CharFilter(
        lookup_expr="iexact", max_length=LONGEST_TEXT, strip=True, label=gettext_lazy("Manufacturer")
    )

    class Meta:
        model = Rig
        fields = []


# Rows


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


class CaseSerializer(RowSerializer):
    title = serializers.CharField(read_only=True, help_text=gettext_lazy("In the reader's language."))
    region = RegionRef(read_only=True)
    point = PointSerializer(
        source="*", read_only=True, allow_null=True,
        help_text=gettext_lazy("null: not known or not public; use the region."),
    )  # fmt: skip
    occurred_until = serializers.DateField(
        read_only=True, help_text=gettext_lazy("The latest day possible, given how exact the date is.")
    )
    rigs_qualifier = Code(choices=Qualifier.choices, read_only=True, allow_null=True)
    rigs_qualifier_label = Label(source="rigs_qualifier", choices=Qualifier.choices, read_only=True, allow_null=True)
    kw = LoadSerializer(
        source="*", read_only=True, allow_null=True,
        help_text=gettext_lazy("null: the case states no rigs, or they did not run."),
    )  # fmt: skip
    place = Words(
        source="shown_place", read_only=True, allow_null=True, label=gettext_lazy("Place"),
        help_text=gettext_lazy("As named in the source. null: not stated or not public; use the region."),
    )  # fmt: skip
    part_of = CaseRef(
        read_only=True, allow_null=True, help_text=gettext_lazy("The wider case that includes this case.")
    )
    sources = SourceSerializer(many=True, read_only=True)
    url = Page(source="get_absolute_url", read_only=True, help_text=gettext_lazy("The address of its web page."))
    api_url = serializers.HyperlinkedIdentityField("api:case-detail", lookup_field="ref")

    class Meta:
        model = Case
        fields = [
            "ref", "title", "title_en", "title_zh", "kind", "status", "region", "place", "point", "occurred_on",
            "date_precision", "occurred_until", "site_type", "lead_source", "rig_kind", "theft", "arrests", "premises",
            "rigs", "rigs_qualifier", "rigs_qualifier_label", "kw", "confidence", "part_of", "counts_in_totals",
            "published", "sources", "url", "api_url",
        ]  # fmt: skip


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


class CaseFullSerializer(CaseSerializer):
    agencies = AgencySerializer(many=True, read_only=True)
    citations = CitationSerializer(many=True, read_only=True)
    figures = FigureSerializer(many=True, read_only=True)
    parties = PartySerializer(many=True, read_only=True)
    sanctions = SanctionSerializer(many=True, read_only=True)
    raids = RaidLine(many=True, read_only=True)
    parts = CaseRef(many=True, read_only=True, help_text=gettext_lazy("The narrower cases that this case includes."))
    documents = DocumentSerializer(many=True, read_only=True)

    class Meta(CaseSerializer.Meta):
        fields = [
            *CaseSerializer.Meta.fields, "outcome", "note", "electricity_check", "agencies", "citations", "figures",
            "parties", "sanctions", "raids", "parts", "documents", "created_at", "changed_at",
        ]  # fmt: skip

    def to_representation(self, case):
        shown = super().to_representation(case)
        # Documents are internal, also those of a case that the public sees.
        if not may_read(self.context["request"].user, case.region_id):
            shown["documents"] = []
        return shown


# Answers


class _OfCases(RecordViewSet):
    """What is seen through the cases that the reader may see."""

    filter_backends = [CaseQuestion]
    # Parameters that say how the answer is shown.
    showing = frozenset({"view"})

    @cached_property
    def selection(self):
        return Selection(without_paging(self.request.query_params), self.request.user)

    @property
    def visible(self):
        return Case.objects.visible_to(self.request.user)


class CaseViewSet(_OfCases):
    """Cases of enforcement as publicly reported: raids, closures, sweeps, seizures, sanctions, disposals.

    The parameters are those of the list at `/cases/`, and so is the answer. Repeat a coded one to mean “or”.
    """

    queryset = Case.objects.none()
    serializer_class = CaseSerializer
    full_serializer_class = CaseFullSerializer
    showing = frozenset({"sort", "view"})
    lookup_field, lookup_value_regex = "ref", REF

    def get_queryset(self):
        # A wider or narrower case is named only to those who may see it.
        return self.visible.for_page().prefetch_related(
            Prefetch("part_of", self.visible), Prefetch("parts", self.visible)
        )

    def get_object(self):
        """A case that was merged into another is found under its former reference too."""
        try:
            return super().get_object()
        except Http404:
            survivor = self.get_queryset().filter(former_refs__contains=[self.kwargs["ref"]]).first()
            if survivor is None:
                raise
            return survivor

    def rows_of(self, selection):
        rows = selection.cases.for_list().defer("words", "outcome", "note")
        return rows.prefetch_related(Prefetch("part_of", self.visible.defer("words", "outcome", "note")))

    @property
    def order(self):
        column = self.selection.sort
        return Order(SORTS[column.removeprefix("-")], descending=column.startswith("-"), tie="ref")

    def count(self, rows):
        return self.selection.count


class RaidViewSet(_OfCases):
    """Visits on a day, or campaigns that the source does not break down, of the cases that are asked for."""

    queryset = Raid.objects.prefetch_related("seizures__rig", "seizures__disposals__authority")
    serializer_class = RaidSerializer
    lookup_value_regex = ID

    def get_queryset(self):
        return self._with_cases().filter(case__in=self.visible.values("pk"))

    def rows_of(self, selection):
        return self._with_cases().filter(case__in=selection.cases.values("pk"))

    def _with_cases(self):
        """Raids with their cases as the reader may see them: what is told of a place is known from there."""
        cases = self.visible.select_related("region").defer("words", "outcome", "note")
        return super().get_queryset().prefetch_related(Prefetch("case", cases))


class SeizureViewSet(_OfCases):
    """Lines of what raids took: a model or a kind, and how many, of the cases that are asked for."""

    queryset = Seizure.objects.select_related("raid__case__region", "rig").prefetch_related("disposals__authority")
    serializer_class = SeizureSerializer
    lookup_value_regex = ID

    def get_queryset(self):
        return super().get_queryset().filter(raid__case__in=self.visible.values("pk"))

    def rows_of(self, selection):
        return super().get_queryset().filter(raid__case__in=selection.cases.values("pk"))


class RigViewSet(RecordViewSet):
    """The catalogue of machines, and the generic rows that stand in where no model is recorded."""

    queryset = Rig.objects.all()
    serializer_class = RigSerializer
    filterset_class = RigQuestion
    order = Order(tie="slug")
    lookup_field, lookup_value_regex = "slug", REF
    meanings = {
        "kind": ONE_CODE,
        "manufacturer": gettext_lazy("The full name, in upper or lower case."),
    }
