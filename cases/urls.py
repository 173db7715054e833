from django.urls import path

from . import export_views, saved_views, views

app_name = "cases"
urlpatterns = [
    path("", views.case_list, name="case-list"),
    path("export.csv", export_views.export_csv, name="export-csv"),
    path("export.csv-metadata.json", export_views.export_manifest, name="export-manifest"),
    path("export.geojson", export_views.export_geojson, name="export-geojson"),
    path("export.xlsx", export_views.export_xlsx, name="export-xlsx"),
    path("facets.json", views.facets, name="facets"),
    path("figures/", views.figures, name="figures"),
    path("names/<slug:what>.json", views.names, name="names"),
    path("map.geojson", views.case_map, name="map"),
    path("regions.json", views.regions, name="regions"),
    path("totals.json", views.totals, name="totals"),
    path("trend.json", views.trend, name="trend"),
    path("feed.atom", saved_views.feed, name="feed"),
    path("v/", saved_views.saved_view_list, name="saved-view-list"),
    path("v/save/", saved_views.save, name="saved-view-save"),
    path("v/<slug:slug>/", saved_views.saved_view, name="saved-view"),
    path("v/<slug:slug>/feed.atom", saved_views.saved_view_feed, name="saved-view-feed"),
    path("v/<slug:slug>/rename/", saved_views.rename, name="saved-view-rename"),
    path("v/<slug:slug>/share/", saved_views.share, name="saved-view-share"),
    path("v/<slug:slug>/delete/", saved_views.delete, name="saved-view-delete"),
    path("v/<slug:slug>/restore/", saved_views.restore, name="saved-view-restore"),
    path("<slug:ref>/", views.case_detail, name="case-detail"),
]
