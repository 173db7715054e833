from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.urls import include, path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import RedirectView
from django.views.i18n import set_language

from cases.urls import (
    alert_urls,
    embed_urls,
    lead_urls,
    method_urls,
    region_briefs,
    release_urls,
    screening_urls,
    tip_urls,
)  # fmt: skip
from regions.urls import urlpatterns as region_parts

from .accounts import door, factor_page, page
from .accounts.provider import views as provider
from .pages import dashboard, finder, health, policies, positions, regions, styleguide

admin.site.site_header = admin.site.site_title = _("Mining Enforcement")

# These pages show cases, so they live here; their names belong to the packages that link to them.
region_urls = [
    path("", regions.region_list, name="region-list"),
    path("positions/", positions.positions, name="positions"),
    *region_parts,
    path("<slug:code>/", regions.region_detail, name="region-detail"),
    *region_briefs,
    path("<slug:code>/picture.png", dashboard.region_picture, name="region-picture"),
]
policy_urls = [
    path("", policies.policy_list, name="policy-list"),
    path("liability/", policies.liability, name="liability"),
    path("<slug:ref>/", policies.policy_detail, name="policy-detail"),
]


def nowhere(request, row):
    raise Http404


urlpatterns = [
    path("", dashboard.home, name="dashboard"),
    path("search/", finder.search_everything, name="search"),
    path("cases/", include("cases.urls")),
    path("regions/", include((region_urls, "regions"))),
    path("policies/", include((policy_urls, "policies"))),
    path("", include(method_urls)),
    path("alerts/", include(alert_urls)),
    path("tips/", include(tip_urls)),
    path("leads/", include(lead_urls)),
    path("releases/", include(release_urls)),
    path("embed/", include(embed_urls)),
    path("screening/", include(screening_urls)),
    path("api/v1/", include("cases.api.urls")),
    path("login/", door.Login.as_view(), name="login"),
    path("login/code/", door.login_code, name="login-code"),
    path("login/provider/", provider.to_provider, name="login-provider"),
    path("login/provider/back/", provider.from_provider, name="login-provider-back"),
    path("logout/", door.Logout.as_view(), name="logout"),
    path("account/", page.account, name="account"),
    path("account/tokens/", page.make_token, name="account-token"),
    path("account/tokens/<int:pk>/revoke/", page.revoke_token, name="account-token-revoke"),
    path("account/sessions/end/", page.end_sessions, name="account-sessions"),
    path("account/second-factor/", factor_page.page, name="second-factor"),
    path("account/password/", door.PasswordChange.as_view(), name="password_change"),
    path("account/password/forgotten/", door.Forgotten.as_view(), name="password_reset"),
    path("account/password/choose/<uidb64>/<token>/", door.Choose.as_view(), name="password_reset_confirm"),
    # Without a token: an address with `?lang=` does the same, and a page with a token is one for each reader.
    path("language/", csrf_exempt(login_not_required(set_language)), name="set_language"),
    # One login page: a second one, of the administration, would need the same protection again.
    path("admin/login/", login_not_required(RedirectView.as_view(pattern_name="login", query_string=True))),
    path("admin/logout/", door.Logout.as_view()),
    path("admin/password_change/", RedirectView.as_view(pattern_name="password_change")),
    # Django leads from the number of any row to its page, whoever asks: that would tell of rows that are hidden.
    path("admin/r/<path:row>", nowhere),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.counted, name="metrics"),
]
if settings.DEBUG:
    urlpatterns.append(path("styleguide/", styleguide.styleguide, name="styleguide"))

handler400 = "enforcement.pages.health.bad_request"
