from django.urls import path

from .views import cases as views
from .views import documents as document_views
from .views import entry as entry_views
from .views import exports as export_views
from .views import history as history_views
from .views import imports as import_views
from .views import saved_views

app_name = "cases"
urlpatterns = [
    path("", views.case_list, name="case-list"),
    path("export.csv", export_views.export_csv, name="export-csv"),
    path("export.csv-metadata.json", export_views.export_manifest, name="export-manifest"),
    path("export.geojson", export_views.export_geojson, name="export-geojson"),
    path("export.xlsx", export_views.export_xlsx, name="export-xlsx"),
    path("facets.json", views.facets, name="facets"),
    path("figures/", views.figures, name="figures"),
    path("quality/", views.data_quality, name="quality"),
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
    path("new/", entry_views.new, name="case-new"),
    path("drafts/<uuid:key>/discard/", entry_views.discard, name="draft-discard"),
    path("<slug:ref>/edit/", entry_views.edit, name="case-edit"),
    path("deleted/", history_views.deleted, name="deleted"),
    path("import/", import_views.import_start, name="import"),
    path("import/template.csv", import_views.template_csv, name="import-template-csv"),
    path("import/template.xlsx", import_views.template_xlsx, name="import-template-xlsx"),
    path("import/sheet.csv", import_views.sheet_csv, name="import-sheet-csv"),
    path("import/sheet.xlsx", import_views.sheet_xlsx, name="import-sheet-xlsx"),
    path("import/<uuid:key>/", import_views.import_detail, name="import-detail"),
    path("import/<uuid:key>/run/", import_views.import_run, name="import-run"),
    path("import/<uuid:key>/again/", import_views.import_again, name="import-again"),
    path("import/<uuid:key>/undo/", import_views.import_undo, name="import-undo"),
    path("import/<uuid:key>/errors.csv", import_views.import_errors, name="import-errors"),
    path("import/<uuid:key>/changes.csv", import_views.import_changes, name="import-changes"),
    path("<slug:ref>/custody/", document_views.case_custody, name="case-custody"),
    path("<slug:ref>/custody/close/", document_views.close, name="custody-close"),
    path("<slug:ref>/custody/<int:pk>/take-back/", document_views.take_back, name="custody-take-back"),
    path("<slug:ref>/documents/", document_views.case_documents, name="case-documents"),
    path("<slug:ref>/documents/<uuid:key>/original", document_views.original, name="document-original"),
    path("<slug:ref>/documents/<uuid:key>/shown", document_views.shown, name="document-shown"),
    path("<slug:ref>/documents/<uuid:key>/remove/", document_views.remove, name="document-remove"),
    path("<slug:ref>/history/", history_views.case_history, name="case-history"),
    path("<slug:ref>/history/<slug:change>/undo/", history_views.undo, name="case-undo"),
    path("<slug:ref>/publish/", history_views.publish, name="case-publish"),
    path("<slug:ref>/withdraw/", history_views.withdraw, name="case-withdraw"),
    path("<slug:ref>/delete/", history_views.delete, name="case-delete"),
    path("<slug:ref>/doubts/<slug:rule>/", history_views.answer, name="case-answer"),
    path("<slug:ref>/merge/", history_views.merge, name="case-merge"),
    path("<slug:ref>/", views.case_detail, name="case-detail"),
]
