from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.utils.translation import gettext_lazy as _
from django.views.generic import RedirectView
from django.views.i18n import set_language

from cases.views import method

from .pages import accounts, dashboard, health, policies, positions, regions, savings

admin.site.site_header = admin.site.site_title = _("Mining Enforcement")

urlpatterns = [
    path("", dashboard.home, name="dashboard"),
    path("cases/", include("cases.urls")),
    path("regions/", regions.region_list, name="region-list"),
    path("regions/positions/", positions.positions, name="positions"),
    path("regions/", include("regions.urls")),
    path("regions/<slug:code>/", regions.region_detail, name="region-detail"),
    path("policies/", policies.policy_list, name="policy-list"),
    path("policies/liability/", policies.liability, name="liability"),
    path("policies/<slug:ref>/", policies.policy_detail, name="policy-detail"),
    path("savings/", savings.savings, name="savings"),
    path("savings/calculator/", method.calculator, name="calculator"),
    path("method/", method.method, name="method"),
    path("method/revise/", method.revise, name="revise"),
    path("method/factors/<int:pk>/", method.revise, name="revise-factor"),
    path("api/v1/", include("enforcement.api")),
    path("login/", auth_views.LoginView.as_view(), name="login"),
    path("logout/", auth_views.LogoutView.as_view(), name="logout"),
    path("account/", accounts.account, name="account"),
    path("account/password/", accounts.PasswordChange.as_view(), name="password_change"),
    path("language/", login_not_required(set_language), name="set_language"),
    # One login page: a second one, of the administration, would need the same protection again.
    path("admin/login/", login_not_required(RedirectView.as_view(pattern_name="login", query_string=True))),
    path("admin/password_change/", RedirectView.as_view(pattern_name="password_change")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

handler400 = "enforcement.pages.health.bad_request"
