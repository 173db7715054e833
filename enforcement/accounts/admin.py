"""The administration of accounts, for administrators and registrars."""

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.history.administration import KeptHistory
from cases.history.tables import all_tables
from enforcement import roles
from regions.admin.base import RecordInline
from regions.models import Scope

from . import passwords, second_factor, sessions
from .models import Account, AccountPermission, AccountRole, ProviderIdentity, Role, RolePermission


class ScopeInline(RecordInline):
    model = Scope
    autocomplete_fields = ["region"]


class IdentityInline(RecordInline):
    model = ProviderIdentity


admin.site.unregister([get_user_model(), Group])

# What would let a registrar give more than a role has.
OF_ADMINISTRATORS = {"is_superuser", "user_permissions"}
MOST_LOGINS = 500  # on a page


@admin.register(get_user_model())
class AccountAdmin(KeptHistory, UserAdmin):
    list_display = ["username", "email", "roles", "is_active", "password_state", "factor_state", "tokens", "last_login"]
    list_filter = ["is_active", "is_staff", "groups"]
    change_form_template = "admin/accounts/change_form.html"

    def get_queryset(self, request):
        rows = (
            super().get_queryset(request).select_related("given_password", "second_factor").prefetch_related("groups")
        )
        return rows.annotate(token_count=Count("api_tokens"))

    def rows_of_history(self, row):
        """Of the account, and of the roles, permissions, identities and regions that it has or had."""
        beside = (AccountRole, AccountPermission, ProviderIdentity, Scope)
        return {Account: {row.pk}} | {model: _kept(model, user=row.pk) for model in beside}

    def get_inlines(self, request, obj):
        """None for a new account: Django asks for name and password first, and the regions need a saved account."""
        if obj is None:
            return []
        return [ScopeInline, IdentityInline] if settings.OIDC_ISSUER else [ScopeInline]

    def get_fieldsets(self, request, obj=None):
        shown = super().get_fieldsets(request, obj)
        if request.user.is_superuser:
            return shown
        return [
            (name, what | {"fields": [field for field in what["fields"] if field not in OF_ADMINISTRATORS]})
            for name, what in shown
        ]

    def get_list_filter(self, request):
        return [*self.list_filter, *(["is_superuser"] if request.user.is_superuser else [])]

    def formfield_for_manytomany(self, db_field, request=None, **kwargs):
        if db_field.name == "groups" and not request.user.is_superuser:
            kwargs["queryset"] = Group.objects.filter(name__in=roles.ROLES)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def has_change_permission(self, request, obj=None):
        """Who is no administrator changes none of them, and nobody with more than a role gives."""
        return super().has_change_permission(request, obj) and (
            obj is None or request.user.is_superuser or not _has_more_than_roles(obj)
        )

    def save_model(self, request, obj, form, change):
        super().save_model(request, obj, form, change)
        if not change:
            passwords.give(obj)

    def user_change_password(self, request, id, form_url=""):  # noqa: A002 - the name is Django's
        answer = super().user_change_password(request, id, form_url)
        person = self.get_object(request, unquote(id))
        if request.method == "POST" and answer.status_code == 302 and person != request.user:
            passwords.give(person)
        return answer

    def get_urls(self):
        return [
            path("<object_id>/link/", self.admin_site.admin_view(self.link), name="auth_user_link"),
            path("<object_id>/second-factor/", self.admin_site.admin_view(self.reset), name="auth_user_second_factor"),
            path("<object_id>/logins/", self.admin_site.admin_view(self.logins), name="auth_user_logins"),
            *super().get_urls(),
        ]

    def link(self, request, object_id):
        """Make the link with which somebody chooses a password, and show it this once."""
        person = self._person(request, object_id, self.has_change_permission)
        made = ""
        if request.method == "POST":
            made = request.build_absolute_uri(passwords.path_for(person))
            self.log_change(request, person, "Made a link to a new password.")
        return self._page(request, person, "link", _("Link to a new password"), made=made)

    def reset(self, request, object_id):
        """Take the second factor away from who has lost it, and end their sessions."""
        person = self._person(request, object_id, self.has_change_permission)
        if request.method == "POST":
            if second_factor.reset(person):
                sessions.end_all(person)
                self.log_change(request, person, "Took the second factor away.")
                self.message_user(request, _("The password alone is asked at the next login."))
            return redirect("admin:auth_user_change", person.pk)
        title = _("Take the second factor away")
        return self._page(request, person, "second_factor", title, is_on=second_factor.is_on(person))

    def logins(self, request, object_id):
        """The newest logins of an account, for who may see accounts."""
        person = self._person(request, object_id, self.has_view_permission)
        newest = person.login_events.all()[:MOST_LOGINS]
        return self._page(request, person, "logins", _("Logins"), logins=newest, days=settings.LOGINS_DAYS)

    def _person(self, request, object_id, may):
        """The account with this key; `may` says whether the one who asks may."""
        person = self.get_object(request, unquote(object_id))
        if person is None:
            raise Http404
        if not may(request, person):
            raise PermissionDenied
        return person

    def _page(self, request, person, name, title, **shown):
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "person": person,
            "opts": self.opts,
            **shown,
        }
        return TemplateResponse(request, f"admin/accounts/{name}.html", context)

    @admin.display(description=gettext_lazy("roles"))
    def roles(self, person):
        names = [str(roles.IN_WORDS.get(group.name, (group.name,))[0]) for group in person.groups.all()]
        return ", ".join([*([_("Administrator")] if person.is_superuser else []), *names]) or "–"

    @admin.display(description=gettext_lazy("password"))
    def password_state(self, person):
        if not person.has_usable_password():
            return _("none yet")
        return _("set by somebody else") if hasattr(person, "given_password") else _("own")

    @admin.display(description=gettext_lazy("second factor"), boolean=True)
    def factor_state(self, person):
        return hasattr(person, "second_factor")

    @admin.display(description=gettext_lazy("API tokens"))
    def tokens(self, person):
        return person.token_count


@admin.register(Group)
class RoleAdmin(KeptHistory, GroupAdmin):
    def rows_of_history(self, row):
        return {Role: {row.pk}, RolePermission: _kept(RolePermission, group=row.pk)}


def _kept(model, **which):
    """The keys of the rows that there are or were."""
    return set(all_tables()[model].objects.filter(**which).values_list("pgh_obj", flat=True))


def _has_more_than_roles(person):
    return (
        person.is_superuser or person.user_permissions.exists() or person.groups.exclude(name__in=roles.ROLES).exists()
    )
