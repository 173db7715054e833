"""The administration of what the standing record and the cases share: agencies and sources."""

from django.contrib import admin

from cases.access import agencies_visible_to, sources_visible_to
from regions.admin.standing import AgencyAdmin, SourceAdmin
from regions.models import Agency, Source


class NamedByCases:
    """Rows that cases name: a user finds here those that they may know of.

    Who does not work everywhere adds them where cases are entered: here a name that is taken would tell of itself.
    """

    def get_queryset(self, request):
        return super().get_queryset(request).filter(pk__in=self.visible_to(request.user).values("pk"))

    def has_add_permission(self, request):
        return super().has_add_permission(request) and request.user.has_perm("regions.work_everywhere")


admin.site.unregister([Agency, Source])


@admin.register(Agency)
class VisibleAgencyAdmin(NamedByCases, AgencyAdmin):
    visible_to = staticmethod(agencies_visible_to)


@admin.register(Source)
class VisibleSourceAdmin(NamedByCases, SourceAdmin):
    visible_to = staticmethod(sources_visible_to)
