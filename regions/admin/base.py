"""What all pages of the administration share: fields, region choices, reasons of the database, edit conflicts."""

from contextlib import suppress

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import NestedObjects, unquote
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import AdminTextareaWidget, AutocompleteSelect, AutocompleteSelectMultiple
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError, IntegrityError, models, transaction
from django.forms.models import BaseInlineFormSet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from regions.grammar import dates
from regions.grammar.degrees import MOST
from regions.grammar.fields import MOST_FILLED, MOST_FORMS, DegreesField
from regions.models import Region

from . import edit_conflicts
from .edit_conflicts import keys_among


def day_or_none(day, precision):
    """A day with the precision to which it is known. None stays None: the admin has its own sign for it."""
    return None if day is None else dates.day_as_known(day, precision)


class LinesField(forms.CharField):
    """A list of texts, each on its own line."""

    widget = AdminTextareaWidget(attrs={"rows": 3})

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value):
        lines = value if isinstance(value, list) else super().to_python(value).splitlines()
        return [line.strip() for line in lines if line.strip()]


class OnlyKeys:
    """A select with a search that chooses nothing for a text that is no key, where Django's asks the database."""

    def optgroups(self, name, value, attr=None):
        return super().optgroups(name, keys_among(self.choices.field, value), attr)


class RowsSelect(OnlyKeys, AutocompleteSelectMultiple):
    pass


class RowSelect(OnlyKeys, AutocompleteSelect):
    """A select with a search. A row that the form has already read is not read again: inlines have many rows."""

    loaded = None  # the row that the form has read

    def optgroups(self, name, value, attr=None):
        if self.loaded is None or [str(chosen) for chosen in value] != [str(self.loaded.pk)]:
            return super().optgroups(name, value, attr)
        options = [] if self.is_required else [self.create_option(name, "", "", False, 0)]
        label = self.choices.field.label_from_instance(self.loaded)
        options.append(self.create_option(name, self.loaded.pk, label, True, len(options)))
        return [(None, options, 0)]


class RegionSelect(RowSelect):
    url_name = "%s:regions_region_choices"


class RegionChoiceField(forms.ModelChoiceField):
    """Shows the code with the name: Jilin is a province and a city in it."""

    def label_from_instance(self, region):
        return f"{region.name} · {region.code}"


class RegionChoices(AutocompleteJsonView):
    """Answers a `RegionSelect`: countries before provinces, names that begin with the words first."""

    def process_request(self, request):
        asked = super().process_request(request)
        if asked[1].model is not Region:
            raise PermissionDenied  # as Django answers a field that is none
        return asked

    def get_queryset(self):
        regions = self.model_admin.get_queryset(self.request)
        term = self.term.strip()
        return regions.named(term) if term else regions.order_by("level_rank", "name_en")

    def serialize_result(self, region, to_field_name):
        return {"id": str(getattr(region, to_field_name)), "text": RegionChoiceField.label_from_instance(None, region)}


class RecordForm(forms.ModelForm):
    refusal = None  # why the database refused this form, see RecordAdmin.changeform_view
    states_when_opened = None  # see edit_conflicts

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            select = getattr(field.widget, "widget", None)
            if isinstance(select, RowSelect) and self._meta.model._meta.get_field(name).is_cached(self.instance):
                select.loaded = getattr(self.instance, name)

    def clean(self):
        cleaned = super().clean()
        if self.refusal:
            raise ValidationError(self.refusal)
        for name, message in edit_conflicts.clashes(self, self.states_when_opened).items():
            self.add_error(name, message)
        return cleaned


class RecordFields:
    """The form fields of pages and inlines."""

    form = RecordForm
    formfield_overrides = {
        models.TextField: {"widget": AdminTextareaWidget(attrs={"rows": 3})},
        models.URLField: {"assume_scheme": "https"},
    }

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name in MOST and isinstance(db_field, models.FloatField):
            return DegreesField(
                db_field.name,
                label=capfirst(db_field.verbose_name),
                help_text=db_field.help_text,
                required=not db_field.blank,
            )
        if not isinstance(db_field, ArrayField):
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        options = {
            "label": capfirst(db_field.verbose_name),
            "help_text": db_field.help_text,
            "required": not db_field.blank,
        }
        choices = db_field.base_field.choices
        if choices:
            return forms.MultipleChoiceField(choices=choices, widget=forms.CheckboxSelectMultiple, **options)
        return LinesField(**options)

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        of_region = db_field.related_model is Region
        if db_field.name in self.get_autocomplete_fields(request):
            select = RegionSelect if of_region else RowSelect
            kwargs.setdefault("widget", select(db_field, self.admin_site, using=kwargs.get("using")))
        if of_region:
            kwargs.setdefault("form_class", RegionChoiceField)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_view_on_site_url(self, obj=None):
        """The page of the row by its own address; that of Django leads there by numbers and names any row."""
        return obj.get_absolute_url() if obj is not None and hasattr(obj, "get_absolute_url") else None

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", RowsSelect(db_field, self.admin_site, using=kwargs.get("using")))
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_field_queryset(self, db, db_field, request):
        """A field offers the rows that the page of its own model lists for this user."""
        if not self.admin_site.is_registered(db_field.related_model):
            return super().get_field_queryset(db, db_field, request)
        return self.admin_site.get_model_admin(db_field.related_model).get_queryset(request)


class OnlyRemoved:
    """Rows that are made elsewhere: here they can be read and deleted."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class NeverWritten(OnlyRemoved):
    """Rows that are made elsewhere and stay: here they can be read."""

    def has_delete_permission(self, request, obj=None):
        return False


class RecordAdmin(RecordFields, admin.ModelAdmin):
    """A page of the record. `list_select_related` also applies where its rows are choices of a field."""

    list_select_related = []
    list_per_page = 100

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.select_related(*self.list_select_related) if self.list_select_related else rows

    def lookup_allowed(self, lookup, value, request):
        """The address asks only what the filters beside the list ask: any other lookup could bisect what is hidden."""
        named = [item[0] if isinstance(item, (list, tuple)) else item for item in self.get_list_filter(request)]
        asked = {f"{name}{ending}" for name in named for ending in ("", "__exact", "__in", "__isnull")}
        day = self.date_hierarchy
        return lookup in asked | ({f"{day}__{part}" for part in ("year", "month", "day")} if day else set())

    def get_deleted_objects(self, objs, request):
        """What goes with `objs`, as Django lists it. Rows that the user does not find here are not named or counted."""
        if not objs:
            return [], {}, set(), []
        collector = NestedObjects(using=objs[0]._state.db, origin=objs)
        collector.collect(objs)
        seen = {model: self._seen(model, rows, request) for model, rows in collector.model_objs.items()}
        counts = {model._meta.verbose_name_plural: len(pks) for model, pks in seen.items() if pks}
        lacking = set()

        def line(row):
            if row.pk not in seen.get(type(row), ()):
                return None
            if not self.admin_site.get_model_admin(type(row)).has_delete_permission(request, row):
                lacking.add(row._meta.verbose_name)
            return _line(row)

        named = _without_none(collector.nested(line))
        protected = [_line(row) for row in collector.protected if self._seen(type(row), [row], request)]
        if len(protected) < len(collector.protected):
            protected.append(_("Rows that you cannot see"))
        return named, counts, lacking, protected

    def _seen(self, model, rows, request):
        """The keys of those of `rows` that the page of their model lists for this user."""
        if not self.admin_site.is_registered(model):
            return set()
        found = self.admin_site.get_model_admin(model).get_queryset(request)
        return set(found.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change, **kwargs)
        form.refusal = getattr(request, "refusal", None)
        form.states_when_opened = edit_conflicts.states_when_opened(request, change)
        return form

    def render_change_form(self, request, context, **kwargs):
        forms_of_rows = [context["adminform"].form]
        for inline in context["inline_admin_formsets"]:
            forms_of_rows += inline.formset.initial_forms
        return super().render_change_form(
            request, context | {"opened": edit_conflicts.seal_states(forms_of_rows)}, **kwargs
        )

    def lock(self, rows):
        """Lock the row until it is saved, so that nobody changes it after the comparison of states."""
        list(rows.select_for_update(of=("self",)).values_list("pk"))

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        with transaction.atomic():
            if request.method == "POST" and object_id is not None:
                # A text that is no key of this table has no page: Django answers so below.
                with suppress(ValueError, ValidationError):
                    self.lock(self.model._default_manager.filter(pk=unquote(object_id)))
            return self._save_or_explain(request, object_id, form_url, extra_context)

    def _save_or_explain(self, request, object_id, form_url, extra_context):
        # Forms check the constraints, but miss two rows of an inline that swap names, and a colleague who was
        # quicker. Then the database refuses, and the page comes back as typed with the reason on it.
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except (IntegrityError, DataError) as problem:
            request.refusal = reason_of(problem)
            return super().changeform_view(request, object_id, form_url, extra_context)


def _line(row):
    return f"{capfirst(row._meta.verbose_name)}: {row}"


def _without_none(nested):
    """A nested list of lines without those that are None, and without what hangs below them."""
    kept, shown = [], True
    for item in nested:
        if isinstance(item, list):
            below = _without_none(item) if shown else []
            kept += [below] if below else []
        else:
            shown = item is not None
            kept += [item] if shown else []
    return kept


def reason_of(problem):
    """The message of the constraint that a database error names."""
    name = getattr(getattr(problem.__cause__, "diag", None), "constraint_name", None)
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if constraint.name == name:
                return constraint.get_violation_error_message()
    return _("The database rejected this. Someone may have changed or removed a row that it refers to.")


class RecordFormSet(BaseInlineFormSet):
    """Gives its rows their parent, which their names contain, without a query for each."""

    def add_fields(self, form, index):
        super().add_fields(form, index)
        if self.instance.pk:
            setattr(form.instance, self.fk.name, self.instance)


class RecordInline(RecordFields, admin.TabularInline):
    formset = RecordFormSet
    extra = 0
    max_num = MOST_FILLED

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, absolute_max=MOST_FORMS, **kwargs)
        if issubclass(formset.form, RecordForm):
            formset.form.states_when_opened = edit_conflicts.states_when_opened(request, obj)
        return formset

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        return rows.select_related(*self.autocomplete_fields) if self.autocomplete_fields else rows


class StackedRecordInline(RecordInline):
    template = "admin/edit_inline/stacked.html"
