"""The administration of what happened. Whatever is saved or deleted here leaves the sums of its case true."""

from functools import partial

from django import forms
from django.contrib import admin
from django.contrib.admin.checks import InlineModelAdminChecks
from django.contrib.admin.utils import flatten_fieldsets
from django.db import transaction
from django.db.models import Q
from django.forms.models import BaseModelFormSet, modelformset_factory
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from regions import quantities
from regions.admin import RecordAdmin, RecordForm, RecordFormSet, RecordInline, day_as_known

from .actions import sum_up
from .models import Case, Citation, Disposal, Document, Figure, Party, Raid, Rig, Sanction, SavedView, Seizure
from .point_widget import PointMap


class SummingAdmin(RecordAdmin):
    """A page of rows that the sums of cases are made of; `case_lookup` leads from a row to its case.

    Saving and deleting, one or many, sums up the cases that the rows belonged to before and belong to after.
    """

    case_lookup = "case"

    def cases_of(self, rows):
        return set(rows.values_list(self.case_lookup, flat=True))

    def save_model(self, request, obj, form, change):
        form.cases_before = self.cases_of(self.model._default_manager.filter(pk=obj.pk)) if change else set()
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        # Backwards: seizures point to raids and sanctions to parties, which stand above them on the page.
        # A raid that is deleted goes last and takes along whatever was still saved to it.
        super().save_related(request, form, formsets[::-1], change)
        cases_after = self.cases_of(self.model._default_manager.filter(pk=form.instance.pk))
        sum_up(Case.objects.filter(pk__in=form.cases_before | cases_after))

    @transaction.atomic
    def delete_model(self, request, obj):
        cases = self.cases_of(self.model._default_manager.filter(pk=obj.pk))
        super().delete_model(request, obj)
        sum_up(Case.objects.filter(pk__in=cases))

    @transaction.atomic
    def delete_queryset(self, request, queryset):
        cases = self.cases_of(queryset)
        super().delete_queryset(request, queryset)
        sum_up(Case.objects.filter(pk__in=cases))


class CaseRowAdmin(SummingAdmin):
    """A page of rows that belong to cases: a user finds here what `Case.objects.visible_to` grants."""

    def get_queryset(self, request):
        seen = Case.objects.visible_to(request.user).values("pk")
        return super().get_queryset(request).filter(**{f"{self.case_lookup}__in": seen})


# Rows on the page of their case


class OffersSiblings:
    """A formset whose rows choose among other rows of the same case: `siblings`, asked for once, not once a form."""

    siblings = {}

    def add_fields(self, form, index):
        super().add_fields(form, index)
        for name in self.siblings.keys() & form.fields.keys():
            field = form.fields[name]
            field.queryset = self.siblings[name].objects.filter(case=self.instance.pk)
            field.widget.choices = self.sibling_choices[name]
            field.widget.can_add_related = False  # what the pop-up adds could belong to another case

    @cached_property
    def sibling_choices(self):
        return {
            name: [
                ("", "---------"),
                *((row.pk, name_in_case(row)) for row in model.objects.filter(case=self.instance.pk)),
            ]
            for name, model in self.siblings.items()
        }


def name_in_case(row):
    """What a row is called on the page of its case, where the case need not be said."""
    if not isinstance(row, Raid):
        return str(row)
    day = day_as_known(row.raided_on, row.date_precision) or gettext("Day not said")
    return f"{day}, {row.place}" if row.place else day


class RaidInline(RecordInline):
    model = Raid
    show_change_link = True


class SeizureFormSet(OffersSiblings, BaseModelFormSet):
    """The seizures of a case, through its raids: an inline of something that is not a child of the page's row."""

    siblings = {"raid": Raid}

    def __init__(self, data=None, files=None, instance=None, save_as_new=False, prefix=None, queryset=None, **kwargs):
        self.instance = instance
        super().__init__(data, files, prefix=prefix, queryset=queryset.filter(raid__case=instance.pk), **kwargs)

    @classmethod
    def get_default_prefix(cls):
        return "seizures"


class SeizureInlineChecks(InlineModelAdminChecks):
    """Django asks of an inline that its rows point to the page's row; these point to its raids."""

    def _check_exclude_of_parent_model(self, obj, parent_model):
        return []

    def _check_relation(self, obj, parent_model):
        return []


class SeizureInline(RecordInline):
    """Lines of all raids of a case. What a new raid took is entered once the raid is saved, or on its own page."""

    model = Seizure
    formset = SeizureFormSet
    checks_class = SeizureInlineChecks
    autocomplete_fields = ["rig"]
    show_change_link = True
    fields = [
        "raid",
        "rig",
        "kind",
        "models_as_published",
        "count",
        "qualifier",
        "value_amount",
        "value_currency",
    ]

    def get_formset(self, request, obj=None, **kwargs):
        may_change, may_add = self.has_change_permission(request, obj), self.has_add_permission(request, obj)

        class PermittedForm(self.form):
            def has_changed(self):
                return (may_add if self.instance._state.adding else may_change) and super().has_changed()

        return modelformset_factory(
            self.model,
            form=PermittedForm,
            formset=self.formset,
            formfield_callback=partial(self.formfield_for_dbfield, request=request),
            fields=flatten_fieldsets(self.get_fieldsets(request, obj)),
            extra=self.get_extra(request, obj),
            max_num=self.get_max_num(request, obj),
            can_delete=self.can_delete and self.has_delete_permission(request, obj),
        )


class FigureInline(RecordInline):
    model = Figure


class CitationInline(RecordInline):
    model = Citation
    autocomplete_fields = ["policy", "provision"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("policy", "provision__policy")


class PartyInline(RecordInline):
    model = Party


class SanctionFormSet(OffersSiblings, RecordFormSet):
    siblings = {"party": Party}


class SanctionInline(RecordInline):
    model = Sanction
    formset = SanctionFormSet


class DocumentInline(RecordInline):
    """Documents are added where cases are entered: there the file is checked and its digest taken."""

    model = Document
    fields = readonly_fields = ["title", "raid", "media_type", "size_bytes", "sha256", "added_at"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("raid__case")

    def has_add_permission(self, request, obj):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class CaseForm(RecordForm):
    map = forms.Field(label=_("Map"), required=False, widget=PointMap)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "map" in self.fields and self.instance.region_id:
            self.fields["map"].widget.region = self.instance.region


@admin.register(Case)
class CaseAdmin(CaseRowAdmin):
    case_lookup = "pk"
    form = CaseForm
    list_display = ["ref", "title", "kind", "region", "date", "rig_count", "confidence", "published"]
    list_display_links = ["ref", "title"]
    list_filter = ["kind", "status", "site_type", "lead_source", "confidence", "published", "counts_in_totals"]
    list_select_related = ["region"]
    search_fields = ["ref", "title_en", "title_zh", "place"]
    date_hierarchy = "occurred_on"
    autocomplete_fields = ["region", "part_of", "agencies", "sources"]
    readonly_fields = ["rig_count", "load", "created_at", "changed_at"]
    inlines = [
        RaidInline,
        SeizureInline,
        FigureInline,
        CitationInline,
        PartyInline,
        SanctionInline,
        DocumentInline,
    ]
    save_on_top = True
    fieldsets = [
        (None, {"fields": ["ref", ("kind", "status"), "title_en", "title_zh"]}),
        (
            _("When and where"),
            {
                "fields": [
                    ("occurred_on", "date_precision"),
                    "region",
                    "place",
                    ("latitude", "longitude", "location_precision"),
                    "map",
                ]
            },
        ),
        (
            _("What was found"),
            {
                "fields": [
                    ("site_type", "lead_source"),
                    ("rig_kind", "theft"),
                    ("arrests", "premises"),
                    "outcome",
                    "agencies",
                    "electricity_check",
                ]
            },
        ),
        (_("Record"), {"fields": ["sources", "confidence", "note", "part_of", "counts_in_totals"]}),
        (_("Who sees it"), {"fields": [("published", "sensitive")]}),
        (_("Summed up from the seizures"), {"fields": [("rig_count", "load"), ("created_at", "changed_at")]}),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("words")

    def get_inlines(self, request, obj):
        """Lines belong to raids: until one is saved there is nothing to enter them for."""
        if obj and obj.raids.exists():
            return self.inlines
        return [inline for inline in self.inlines if inline is not SeizureInline]

    @admin.display(description=_("title"), ordering="title_en")
    def title(self, case):
        return case.title

    @admin.display(description=_("date"), ordering="occurred_on")
    def date(self, case):
        return day_as_known(case.occurred_on, case.date_precision)

    @admin.display(description=_("rigs"), ordering="rigs")
    def rig_count(self, case):
        return quantities.rigs(case.rigs, case.rigs_qualifier)[0]

    @admin.display(description=_("load of the rigs"), ordering="kw_best")
    def load(self, case):
        return " ".join(quantities.load(case.kw_best)).strip()


class RaidSeizureInline(RecordInline):
    model = Seizure
    autocomplete_fields = ["rig"]
    show_change_link = True


@admin.register(Raid)
class RaidAdmin(CaseRowAdmin):
    list_display = ["case_ref", "date", "raided_until", "visits", "place"]
    list_select_related = ["case"]
    search_fields = ["case__ref", "case__title_en", "case__title_zh", "place"]
    date_hierarchy = "raided_on"
    autocomplete_fields = ["case"]
    inlines = [RaidSeizureInline]

    @admin.display(description=_("case"), ordering="case__ref")
    def case_ref(self, raid):
        return raid.case.ref

    @admin.display(description=_("date"), ordering="raided_on")
    def date(self, raid):
        return day_as_known(raid.raided_on, raid.date_precision)


class DisposalInline(RecordInline):
    model = Disposal
    autocomplete_fields = ["authority"]


@admin.register(Seizure)
class SeizureAdmin(CaseRowAdmin):
    case_lookup = "raid__case"
    list_display = ["raid", "rig", "kind", "count", "qualifier", "value_amount", "value_currency"]
    list_filter = ["kind", "qualifier"]
    list_select_related = ["raid__case", "rig"]
    search_fields = ["raid__case__ref", "raid__case__title_en", "rig__model", "models_as_published"]
    autocomplete_fields = ["raid", "rig"]
    inlines = [DisposalInline]


@admin.register(Disposal)
class DisposalAdmin(CaseRowAdmin):
    case_lookup = "seizure__raid__case"
    list_display = ["case_ref", "seizure", "kind", "count", "date", "authority"]
    list_display_links = ["case_ref", "seizure"]
    list_filter = ["kind"]
    list_select_related = ["seizure__raid__case", "seizure__rig", "authority"]
    search_fields = ["seizure__raid__case__ref", "note"]
    autocomplete_fields = ["seizure", "authority"]

    @admin.display(description=_("case"), ordering="seizure__raid__case__ref")
    def case_ref(self, disposal):
        return disposal.seizure.raid.case.ref

    @admin.display(description=_("date"), ordering="disposed_on")
    def date(self, disposal):
        return day_as_known(disposal.disposed_on, disposal.date_precision)


@admin.register(Figure)
class FigureAdmin(CaseRowAdmin):
    list_display = ["case", "quantity", "amount", "currency", "basis"]
    list_filter = ["quantity", "basis"]
    list_select_related = ["case"]
    search_fields = ["case__ref", "case__title_en", "case__title_zh", "note"]
    autocomplete_fields = ["case"]


@admin.register(Citation)
class CitationAdmin(CaseRowAdmin):
    list_display = ["text", "case", "policy", "provision"]
    list_select_related = ["case", "policy", "provision__policy"]
    search_fields = ["text", "case__ref", "policy__ref", "policy__title_en", "policy__title_zh"]
    autocomplete_fields = ["case", "policy", "provision"]


@admin.register(Party)
class PartyAdmin(CaseRowAdmin):
    list_display = ["__str__", "kind", "role", "case"]
    list_filter = ["kind"]
    list_select_related = ["case"]
    search_fields = ["name", "role", "case__ref"]
    autocomplete_fields = ["case"]


@admin.register(Sanction)
class SanctionAdmin(CaseRowAdmin):
    list_display = ["kind", "case", "party", "amount", "currency", "imprisonment_years", "decided_on"]
    list_filter = ["kind"]
    list_select_related = ["case", "party"]
    search_fields = ["case__ref", "party__name", "note"]
    autocomplete_fields = ["case", "party"]


@admin.register(Document)
class DocumentAdmin(CaseRowAdmin):
    """Documents are added where cases are entered; here they can be looked at and removed."""

    list_display = ["title", "case", "media_type", "size_bytes", "added_at"]
    list_select_related = ["case", "raid__case"]
    search_fields = ["title", "case__ref", "sha256"]
    fields = ["title", "case", "raid", "media_type", "size_bytes", "sha256", "added_at"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Rig)
class RigAdmin(SummingAdmin):
    """A corrected power changes the load of the cases that have the model, or that a generic row stands in for."""

    list_display = ["__str__", "manufacturer", "kind", "power_w", "released_year", "is_generic", "confidence"]
    list_filter = ["kind", "is_generic", "confidence", "manufacturer"]
    search_fields = ["slug", "manufacturer", "model"]

    def cases_of(self, rows):
        lines = Q(rig__in=rows)
        if rows.filter(is_generic=True).exists():
            lines |= Q(rig=None) | Q(rig__is_generic=True)
        return set(Seizure.objects.filter(lines).values_list("raid__case", flat=True))


@admin.register(SavedView)
class SavedViewAdmin(RecordAdmin):
    list_display = ["name", "slug", "owner", "shared", "changed_at", "deleted_at"]
    list_filter = ["shared"]
    list_select_related = ["owner"]
    search_fields = ["name", "slug"]
    autocomplete_fields = ["owner"]
