"""The administration of accounts: that of Django, and the regions of work of each person."""

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
        """None for a new account: Django asks for name and password first, and the regions need a saved account."""
        return [ScopeInline] if obj else []
