from django.urls import path

from . import views

app_name = "cases"
urlpatterns = [
    path("", views.case_list, name="case-list"),
    path("facets.json", views.facets, name="facets"),
    path("map.geojson", views.case_map, name="map"),
    path("regions.json", views.regions, name="regions"),
    path("totals.json", views.totals, name="totals"),
    path("trend.json", views.trend, name="trend"),
    path("<slug:ref>/", views.case_detail, name="case-detail"),
]
