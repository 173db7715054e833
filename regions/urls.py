from django.urls import path

from . import views

app_name = "regions"
urlpatterns = [
    path("at.json", views.region_at, name="at"),
    path("boundaries.geojson", views.boundaries, name="boundaries"),
    path("<slug:code>/boundaries.geojson", views.boundaries, name="boundaries"),
]
