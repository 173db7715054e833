"""The administration of accounts: Django's own, and the regions that a person works for."""

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin

from regions.admin.base import RecordInline
from regions.models import Scope


class ScopeInline(RecordInline):
    model = Scope
    autocomplete_fields = ["region"]


admin.site.unregister(get_user_model())


@admin.register(get_user_model())
class AccountAdmin(UserAdmin):
    list_display = [*UserAdmin.list_display, "last_login"]

    def get_inlines(self, request, obj):
        """A new account is saved first: Django asks for nothing but its name and password."""
        return [ScopeInline] if obj else []
