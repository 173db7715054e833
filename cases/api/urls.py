"""`/api/v1/`: what the API holds, its description, and the page that shows it."""

from django.urls import include, path
from django.utils.translation import gettext as _
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import ValidationError
from rest_framework.routers import DefaultRouter

from cases.api import estimate, views
from regions.api import standing

app_name = "api"


router = DefaultRouter()
router.include_format_suffixes = False
router.register("cases", views.CaseViewSet, "case")
router.register("raids", views.RaidViewSet, "raid")
router.register("seizures", views.SeizureViewSet, "seizure")
router.register("rigs", views.RigViewSet, "rig")
router.register("regions", standing.RegionViewSet, "region")
router.register("policies", standing.PolicyViewSet, "policy")
router.register("provisions", standing.ProvisionViewSet, "provision")
router.register("savings", estimate.CheckedSavingsViewSet, "savings")
router.register("indicators", standing.IndicatorViewSet, "indicator")
router.register("factors", standing.FactorViewSet, "factor")


class Description(SpectacularAPIView):
    """The API in OpenAPI 3.1, in the reader's language. JSON; YAML if the request accepts `application/yaml`."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer]

    @extend_schema(exclude=True)
    def get(self, request):
        if request.query_params:
            raise ValidationError({name: [_("There is no filter with this name.")] for name in request.query_params})
        return self._get_schema_response(request)


class Documentation(SpectacularSwaggerSplitView):
    """The description as a page where people try the API."""

    url_name = "api:schema"
    template_name = "cases/api/docs.html"


# People read this page: if ENFORCEMENT_PUBLIC is 0, it redirects them to the login, as other pages do.
documentation = Documentation.as_view()
documentation.login_required = True

urlpatterns = [
    path("schema/", Description.as_view(), name="schema"),
    path("docs/", documentation, name="docs"),
    path("estimate/", estimate.EstimateView.as_view(), name="estimate"),
    path("", include(router.urls)),
]
