"""`/api/v1/`: what the API holds, its description, and the page that shows it."""

from django.http import JsonResponse
from django.urls import include, path
from django.utils.translation import gettext as _
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiJsonRenderer2, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.exceptions import ValidationError
from rest_framework.routers import DefaultRouter

from cases.api import cases
from cases.api import estimate as estimates
from regions.api import standing as regions

app_name = "api"
ADDRESS = "/api/"


def answer_in_json(get_response):
    """Refusals below /api/ are JSON also where no view of it was reached: no such address, one that is unreadable."""

    def middleware(request):
        response = get_response(request)
        said_as_page = response.get("Content-Type", "").startswith("text/html")
        if not (request.path_info.startswith(ADDRESS) and response.status_code >= 400 and said_as_page):
            return response
        if response.status_code == 400:
            said = _("It has a NUL byte, or is too long, or has too many parameters.")
            return JsonResponse({"errors": {"address": [said]}}, status=400)
        said = {404: _("There is nothing at this address.")}.get(response.status_code, response.reason_phrase)
        return JsonResponse({"detail": said}, status=response.status_code, headers=_kept(response))

    return middleware


def _kept(response):
    return {name: response[name] for name in ("Retry-After", "Allow") if name in response}


router = DefaultRouter()
router.include_format_suffixes = False
router.register("cases", cases.CaseViewSet, "case")
router.register("raids", cases.RaidViewSet, "raid")
router.register("seizures", cases.SeizureViewSet, "seizure")
router.register("rigs", cases.RigViewSet, "rig")
router.register("regions", regions.RegionViewSet, "region")
router.register("policies", regions.PolicyViewSet, "policy")
router.register("provisions", regions.ProvisionViewSet, "provision")
router.register("savings", estimates.CheckedSavingsViewSet, "savings")
router.register("indicators", regions.IndicatorViewSet, "indicator")
router.register("factors", regions.FactorViewSet, "factor")


class Description(SpectacularAPIView):
    """The API in OpenAPI 3.1, in the reader's language. JSON; YAML to those who ask for `application/yaml`."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer]

    @extend_schema(exclude=True)
    def get(self, request):
        if request.query_params:
            raise ValidationError({name: [_("There is no filter of this name.")] for name in request.query_params})
        return self._get_schema_response(request)


class Documentation(SpectacularSwaggerSplitView):
    """The description as a page to try it on."""

    url_name = "api:schema"
    template_name = "enforcement/api_docs.html"


# It is read by people: where the office is not open to the public, they are sent to log in like on any page.
documentation = Documentation.as_view()
documentation.login_required = True

urlpatterns = [
    path("schema/", Description.as_view(), name="schema"),
    path("docs/", documentation, name="docs"),
    path("estimate/", estimates.Estimate.as_view(), name="estimate"),
    path("", include(router.urls)),
]
