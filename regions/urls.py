from django.urls import path

from . import views

# Of the namespace “regions”, which the shell completes with the pages about regions.
urlpatterns = [
    path("at.json", views.region_at, name="at"),
    path("boundaries.geojson", views.boundaries, name="boundaries"),
    path("<slug:code>/boundaries.geojson", views.boundaries, name="boundaries"),
]
