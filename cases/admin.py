"""The administration of what happened. Whatever is saved or deleted here leaves the sums of its case true."""

from functools import partial

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.checks import InlineModelAdminChecks
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.forms.models import BaseModelFormSet, modelformset_factory
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from cases.actions.summing import sum_up
from regions.admin import edit_conflicts
from regions.admin.base import (
    NeverWritten,
    OnlyRemoved,
    RecordAdmin,
    RecordForm,
    RecordFormSet,
    RecordInline,
    day_or_none,
)
from regions.grammar import quantities
from regions.grammar.fields import MOST_FORMS
from regions.models import Region

from .actions import publishing
from .history.administration import KeptHistory
from .models import (
    Case,
    Citation,
    Disposal,
    Document,
    FactorSet,
    Figure,
    Import,
    OfficeNumber,
    OpenDoubt,
    Party,
    Raid,
    Reason,
    Rig,
    Sanction,
    SavedView,
    Seizure,
)
from .widgets import PointMap


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
    """Rows of cases: a user finds here what `Case.objects.visible_to` grants, and changes what `editable_by` grants.

    Here everything is shown and searched, so a case of which only the region may be told is not here. What is only for
    who works for the region of its case is `inside`.
    """

    inside = False

    def get_queryset(self, request):
        seen = Case.objects.visible_to(request.user).telling_where().order_by()
        if self.inside:
            seen = seen.filter(region__in=Region.objects.worked_in_by(request.user).values("pk"))
        return super().get_queryset(request).filter(**{f"{self.case_lookup}__in": seen.values("pk")})

    def has_change_permission(self, request, obj=None):
        return super().has_change_permission(request, obj) and self.may_edit(request, obj)

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and self.may_edit(request, obj)

    def may_edit(self, request, row):
        """Whether the case that `row` belongs to may be changed; asked for once a request."""
        if row is None or row.pk is None:
            return True
        known = request.__dict__.setdefault("editable_rows", {})
        if (self.model, row.pk) not in known:
            cases = self.cases_of(self.model._default_manager.filter(pk=row.pk))
            editable = Case.objects.editable_by(request.user).filter(pk__in=cases)
            known[self.model, row.pk] = bool(cases) and editable.count() == len(cases)
        return known[self.model, row.pk]

    def get_field_queryset(self, db, db_field, request):
        """A row is given only to a case that the user may change, and a case only to a region they work for."""
        rows = super().get_field_queryset(db, db_field, request)
        above, _dots, rest = self.case_lookup.partition("__")
        if db_field.name == above:
            editable = Case.objects.editable_by(request.user).values("pk")
            return rows.filter(**{f"{rest or 'pk'}__in": editable})
        if self.model is Case and db_field.name == "region":
            return rows.filter(pk__in=Region.objects.worked_in_by(request.user).values("pk"))
        return Case.objects.visible_to(request.user) if db_field.name == "part_of" else rows

    def lock(self, rows):
        # The case first, as everybody does who edits one.
        list(Case.objects.select_for_update().filter(pk__in=self.cases_of(rows)).order_by("pk").values_list("pk"))
        super().lock(rows)


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
    day = day_or_none(row.raided_on, row.date_precision) or gettext("Date not stated")
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
        "raid", "rig", "kind", "models_as_published", "count", "qualifier", "value_amount", "value_currency",
    ]  # fmt: skip

    def get_formset(self, request, obj=None, **kwargs):
        may_change, may_add = self.has_change_permission(request, obj), self.has_add_permission(request, obj)

        class PermittedForm(self.form):
            def has_changed(self):
                return (may_add if self.instance._state.adding else may_change) and super().has_changed()

        PermittedForm.states_when_opened = edit_conflicts.states_when_opened(request, obj)
        return modelformset_factory(
            self.model,
            form=PermittedForm,
            formset=self.formset,
            formfield_callback=partial(self.formfield_for_dbfield, request=request),
            fields=flatten_fieldsets(self.get_fieldsets(request, obj)),
            extra=self.get_extra(request, obj),
            max_num=self.get_max_num(request, obj),
            absolute_max=MOST_FORMS,
            can_delete=self.can_delete and self.has_delete_permission(request, obj),
        )


class FigureInline(RecordInline):
    model = Figure


class CitationInline(RecordInline):
    model = Citation
    autocomplete_fields = ["policy", "provision"]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("policy", "provision__policy")


class OfficeNumberInline(RecordInline):
    model = OfficeNumber
    autocomplete_fields = ["agency"]


class PartyInline(RecordInline):
    model = Party


class SanctionFormSet(OffersSiblings, RecordFormSet):
    siblings = {"party": Party}


class SanctionInline(RecordInline):
    model = Sanction
    formset = SanctionFormSet


class DocumentInline(NeverWritten, RecordInline):
    """Documents are added where cases are entered: there the file is checked and its digest taken."""

    model = Document
    fields = readonly_fields = ["title", "raid", "media_type", "size_bytes", "sha256", "added_at"]

    def get_queryset(self, request):
        own = Region.objects.worked_in_by(request.user).values("pk")
        return super().get_queryset(request).select_related("raid__case").filter(case__region__in=own)


class CaseAdminForm(RecordForm):
    map = forms.Field(label=_("Map"), required=False, widget=PointMap)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "map" in self.fields and self.instance.region_id:
            self.fields["map"].widget.region = self.instance.region


@admin.register(Case)
class CaseAdmin(CaseRowAdmin):
    case_lookup = "pk"
    form = CaseAdminForm
    list_display = ["ref", "title", "kind", "region", "date", "rig_count", "confidence", "published"]
    list_display_links = ["ref", "title"]
    list_filter = ["kind", "status", "site_type", "lead_source", "confidence", "published", "counts_in_totals"]
    list_select_related = ["region"]
    search_fields = ["ref", "title_en", "title_zh", "place", "office_numbers__number"]
    date_hierarchy = "occurred_on"
    autocomplete_fields = ["region", "part_of", "agencies", "sources"]
    # What is missing is checked, and a reason asked for, where a case is published and withdrawn.
    readonly_fields = ["published", "rig_count", "load", "created_at", "changed_at"]
    actions = ["publish_selected", "withdraw_selected"]
    inlines = [
        RaidInline, SeizureInline, FigureInline, CitationInline, OfficeNumberInline, PartyInline, SanctionInline,
        DocumentInline,
    ]  # fmt: skip
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
                    "place_zh",
                    ("latitude", "longitude", "location_precision"),
                    "map",
                ]
            },
        ),
        (
            _("Findings"),
            {
                "fields": [
                    ("site_type", "lead_source"),
                    ("rig_kind", "theft"),
                    ("arrests", "premises"),
                    "outcome",
                    "outcome_zh",
                    "agencies",
                    "electricity_check",
                ]
            },
        ),
        (_("Record"), {"fields": ["sources", "confidence", "note", "note_zh", "part_of", "counts_in_totals"]}),
        (_("Visibility"), {"fields": [("published", "sensitive")]}),
        (_("Calculated from the seizures"), {"fields": [("rig_count", "load"), ("created_at", "changed_at")]}),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("words")

    def has_publish_permission(self, request):
        return request.user.has_perm("cases.publish_case")

    @admin.action(description=_("Publish selected cases"), permissions=["publish"])
    @transaction.atomic
    def publish_selected(self, request, queryset):
        def publish(case):
            publishing.publish_case(case, by=request.user)

        done = self.each(request, queryset, publish)
        message = ngettext("%(count)s case published.", "%(count)s cases published.", done)
        self.message_user(request, message % {"count": done}, messages.SUCCESS if done else messages.WARNING)

    @admin.action(description=_("Withdraw selected cases"), permissions=["publish"])
    @transaction.atomic
    def withdraw_selected(self, request, queryset):
        reason = request.POST.get("reason", "").strip()
        if not reason:
            context = self.admin_site.each_context(request) | {
                "title": gettext("Withdraw selected cases"),
                "cases": queryset,
                "opts": self.opts,
            }
            return TemplateResponse(request, "admin/cases/withdraw_selected.html", context)

        def withdraw(case):
            publishing.withdraw_case(case, by=request.user, reason=reason)

        done = self.each(request, queryset, withdraw)
        message = ngettext("%(count)s case withdrawn.", "%(count)s cases withdrawn.", done)
        self.message_user(request, message % {"count": done}, messages.SUCCESS if done else messages.WARNING)
        return None

    def each(self, request, cases, act):
        """Do it to each of `cases`; those to which it cannot be done are named with the reason. Returns how many."""
        done = 0
        for case in cases.order_by("pk"):
            try:
                act(case)
                done += 1
            except PermissionDenied:
                self.message_user(request, f"{case.ref}: " + gettext("not in your regions"), messages.ERROR)
            except ValidationError as problem:
                self.message_user(request, f"{case.ref}: {problem.messages[0]}", messages.ERROR)
        return done

    def history_view(self, request, object_id, extra_context=None):
        """Our own history, which knows of every change, whoever made it."""
        case = self.get_object(request, unquote(object_id))
        if case is None:
            return super().history_view(request, object_id, extra_context)
        return redirect("cases:case-history", case.ref)

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
        return day_or_none(case.occurred_on, case.date_precision)

    @admin.display(description=_("rigs"), ordering="rigs")
    def rig_count(self, case):
        return quantities.rigs(case.rigs, case.rigs_qualifier)

    @admin.display(description=_("estimated power draw"), ordering="kw_best")
    def load(self, case):
        return quantities.with_unit(quantities.power_draw(case.kw_best))


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
        return day_or_none(raid.raided_on, raid.date_precision)


class DisposalInline(RecordInline):
    model = Disposal
    exclude = ["document"]  # internal; chosen on the page of the chain of custody
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
    case_lookup, exclude = "seizure__raid__case", DisposalInline.exclude
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
        return day_or_none(disposal.disposed_on, disposal.date_precision)


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
class DocumentAdmin(OnlyRemoved, CaseRowAdmin):
    """Documents are added where cases are entered; here they can be looked at and removed."""

    inside = True
    list_display = ["title", "case", "media_type", "size_bytes", "added_at"]
    list_select_related = ["case", "raid__case"]
    search_fields = ["title", "case__ref", "sha256"]
    fields = ["title", "case", "raid", "media_type", "size_bytes", "sha256", "added_at"]


@admin.register(Reason)
class ReasonAdmin(NeverWritten, CaseRowAdmin):
    """Reasons are given where cases are entered; here they can be looked at."""

    inside = True
    list_display = ["rule", "case", "reason", "by", "given_at"]
    list_filter = ["rule"]
    list_select_related = ["case", "by"]
    search_fields = ["case__ref", "reason", "doubt"]
    date_hierarchy = "given_at"


@admin.register(OpenDoubt)
class OpenDoubtAdmin(NeverWritten, CaseRowAdmin):
    """Doubts come and go with the facts of a case, and are answered on its page."""

    list_display = ["rule", "case", "other"]
    list_filter = ["rule"]
    list_select_related = ["case", "other"]
    search_fields = ["case__ref"]


@admin.register(Import)
class ImportAdmin(NeverWritten, KeptHistory, RecordAdmin):
    """Imports are made, and undone, on their own pages; here they can be looked at."""

    list_display = ["file_name", "state", "by", "received_at", "settled_at"]
    list_filter = ["state"]
    list_select_related = ["by"]
    search_fields = ["file_name", "sha256"]
    date_hierarchy = "received_at"
    fields = ["file_name", "sha256", "state", "by", "reason", "received_at", "settled_at"]

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows if request.user.has_perm("regions.work_everywhere") else rows.filter(by=request.user.pk)


@admin.register(FactorSet)
class FactorSetAdmin(NeverWritten, KeptHistory, RecordAdmin):
    """A set of factors is never changed: the next one replaces it, on the page of the method."""

    list_display = ["__str__"]
    search_fields = ["number"]


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
class SavedViewAdmin(KeptHistory, RecordAdmin):
    list_display = ["name", "slug", "owner", "shared", "changed_at", "deleted_at"]
    list_filter = ["shared"]
    list_select_related = ["owner"]
    search_fields = ["name", "slug"]
    autocomplete_fields = ["owner"]

    def get_queryset(self, request):
        views, user = super().get_queryset(request), request.user
        return views if user.is_superuser else views.visible_to(user) | views.of(user)
