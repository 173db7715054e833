"""The administration of the standing record: regions, sources, agencies, policies, claims, indicators, factors."""

from django.contrib import admin
from django.urls import path
from django.utils.translation import gettext_lazy as _

from regions.models import (
    Agency,
    Boundary,
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

from .base import OnlyRemoved, RecordAdmin, RecordInline, RegionChoices, StackedRecordInline, day_or_none


@admin.register(Region)
class RegionAdmin(RecordAdmin):
    list_display = ["code", "name_en", "name_zh", "level", "parent"]
    list_filter = ["level"]
    list_select_related = ["parent"]
    search_fields = ["code", "name_en", "name_zh"]
    autocomplete_fields = ["parent"]
    readonly_fields = ["path"]
    fieldsets = [
        (None, {"fields": ["code", "level", "parent", ("name_en", "name_zh"), "currency"]}),
        (_("Centre"), {"fields": [("latitude", "longitude")]}),
        (_("Record"), {"fields": ["origin", "path"]}),
    ]

    def get_urls(self):
        view = self.admin_site.admin_view(RegionChoices.as_view(admin_site=self.admin_site))
        return [path("choices/", view, name="regions_region_choices"), *super().get_urls()]


@admin.register(Boundary)
class BoundaryAdmin(OnlyRemoved, RecordAdmin):
    """Shapes are made by build_boundaries; here they can be read and deleted."""

    list_display = ["region", "origin"]
    list_select_related = ["region"]
    search_fields = ["region__code", "region__name_en", "region__name_zh"]
    fields = ["region", "origin", "shape"]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("geometry")

    @admin.display(description=_("geometry"))
    def shape(self, boundary):
        polygons = boundary.geometry["coordinates"]
        if boundary.geometry["type"] == "Polygon":
            polygons = [polygons]
        points = [point for polygon in polygons for ring in polygon for point in ring]
        east, north = [point[0] for point in points], [point[1] for point in points]
        return _("%(polygons)s polygons, %(points)s points, latitude %(latitude)s, longitude %(longitude)s") % {
            "polygons": len(polygons),
            "points": len(points),
            "latitude": f"{min(north)} – {max(north)}",
            "longitude": f"{min(east)} – {max(east)}",
        }


@admin.register(Source)
class SourceAdmin(RecordAdmin):
    list_display = ["publisher", "title", "published_on", "url"]
    search_fields = ["publisher", "title", "url"]
    date_hierarchy = "published_on"


@admin.register(Agency)
class AgencyAdmin(RecordAdmin):
    list_display = ["name_en", "name_zh", "kind", "region"]
    list_filter = ["kind"]
    list_select_related = ["region"]
    search_fields = ["name_en", "name_zh", "slug", "aliases"]
    autocomplete_fields = ["region"]


class ProvisionInline(StackedRecordInline):
    model = Provision
    show_change_link = True
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "number",
                    ("text_en", "text_zh"),
                    "conduct",
                    ("targets", "sanction_kinds"),
                    ("fine_min", "fine_max", "fine_currency", "imprisonment_max_years"),
                    ("source_basis", "confidence"),
                ]
            },
        )
    ]


@admin.register(Policy)
class PolicyAdmin(RecordAdmin):
    list_display = ["ref", "title", "kind", "region", "issued", "status", "confidence"]
    list_display_links = ["ref", "title"]
    list_filter = ["kind", "status", "confidence"]
    list_select_related = ["region"]
    search_fields = ["ref", "title_en", "title_zh", "document_number"]
    date_hierarchy = "issued_on"
    autocomplete_fields = ["region", "issuers", "supersedes", "source"]
    inlines = [ProvisionInline]
    fieldsets = [
        (None, {"fields": ["ref", "title_en", "title_zh", ("kind", "status"), "document_number"]}),
        (_("Issued"), {"fields": ["region", "issuers", ("issued_on", "date_precision")]}),
        (_("Validity"), {"fields": [("effective_on", "expires_on", "deadline_on"), "supersedes"]}),
        (_("Content"), {"fields": ["summary_en", "summary_zh"]}),
        (_("Record"), {"fields": ["source", "cross_check_url", "source_basis", "confidence"]}),
    ]

    @admin.display(description=_("title"), ordering="title_en")
    def title(self, policy):
        return policy.title

    @admin.display(description=_("issued on"), ordering="issued_on")
    def issued(self, policy):
        return day_or_none(policy.issued_on, policy.date_precision)


@admin.register(Provision)
class ProvisionAdmin(RecordAdmin):
    list_display = ["policy", "number", "text", "confidence"]
    list_display_links = ["number", "text"]
    list_filter = ["confidence"]
    list_select_related = ["policy"]
    search_fields = ["policy__ref", "policy__title_en", "policy__title_zh", "number", "text_en", "text_zh"]
    autocomplete_fields = ["policy"]

    @admin.display(description=_("content"))
    def text(self, provision):
        return provision.text


@admin.register(Position)
class PositionAdmin(RecordAdmin):
    list_display = ["region", "stance", "first_day", "last_day", "policy", "confidence"]
    list_filter = ["stance", "confidence"]
    list_select_related = ["region", "policy"]
    search_fields = ["region__code", "region__name_en", "region__name_zh", "note"]
    date_hierarchy = "first_day"
    autocomplete_fields = ["region", "policy"]


@admin.register(SavingsClaim)
class SavingsClaimAdmin(RecordAdmin):
    list_display = ["ref", "region", "kind", "stated_on", "energy_kwh_per_year", "coal_tce", "claimed_by", "confidence"]
    list_filter = ["kind", "basis", "confidence"]
    list_select_related = ["region"]
    search_fields = ["ref", "place", "claimed_by", "region__code", "region__name_en", "region__name_zh"]
    date_hierarchy = "stated_on"
    autocomplete_fields = ["region", "source"]
    fieldsets = [
        (None, {"fields": ["ref", "kind", "region", "place"]}),
        (_("Time"), {"fields": [("period_start", "period_end"), "stated_on"]}),
        (
            _("Quantities"),
            {
                "fields": [
                    ("projects_closed", "projects_unit"),
                    "rigs",
                    "energy_kwh_per_year",
                    ("energy_kwh", "energy_basis"),
                    ("coal_tce", "co2_t", "power_kw"),
                    ("loss_amount", "loss_currency", "loss_basis"),
                ]
            },
        ),
        (_("Record"), {"fields": ["claimed_by", "basis", "source", "source_basis", "confidence", "note"]}),
    ]


class ReadingInline(RecordInline):
    model = Reading
    autocomplete_fields = ["source"]


@admin.register(Indicator)
class IndicatorAdmin(RecordAdmin):
    list_display = ["region", "kind", "series", "unit"]
    list_display_links = ["region", "kind"]
    list_filter = ["kind"]
    list_select_related = ["region"]
    search_fields = ["region__code", "region__name_en", "region__name_zh", "series"]
    autocomplete_fields = ["region"]
    inlines = [ReadingInline]


@admin.register(Reading)
class ReadingAdmin(RecordAdmin):
    list_display = ["indicator", "when", "value", "confidence"]
    list_display_links = ["indicator", "when"]
    list_filter = ["indicator__kind", "year", "confidence"]
    list_select_related = ["indicator__region"]
    search_fields = ["indicator__region__code", "indicator__region__name_en", "indicator__series"]
    autocomplete_fields = ["indicator", "source"]

    @admin.display(description=_("time"), ordering="year")
    def when(self, reading):
        return reading.when


@admin.register(GridArea)
class GridAreaAdmin(RecordAdmin):
    list_display = ["name_en", "name_zh", "source_text"]
    search_fields = ["slug", "name_en", "name_zh"]
    autocomplete_fields = ["regions"]


@admin.register(Factor)
class FactorAdmin(RecordAdmin):
    list_display = ["kind", "region", "scope", "series", "year", "value", "unit", "measure", "confidence"]
    list_display_links = ["kind", "scope"]
    list_filter = ["kind", "measure", "confidence"]
    list_select_related = ["region"]
    search_fields = ["scope", "series", "region__code", "region__name_en", "region__name_zh", "source_text"]
    autocomplete_fields = ["region", "grid"]
