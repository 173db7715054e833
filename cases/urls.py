from django.urls import path

from .alerts import pages as alerts
from .briefs import pages as briefs
from .releases import pages as releases
from .releases.asked import answers_from_releases
from .views import (
    bulletins,
    cases,
    charts,
    documents,
    entry,
    exports,
    history,
    imports,
    method,
    pictures,
    saved_views,
    savings,
)
from .views.leads import lead, public
from .views.leads import queue as leads
from .views.screening import measured as screening_measured
from .views.screening import pages as screening
from .views.screening.clearing import cleared_list
from .views.screening.weighing import weights_page

app_name = "cases"
urlpatterns = [
    path("", answers_from_releases(cases.case_list), name="case-list"),
    path("charts/<slug:name>.svg", answers_from_releases(charts.chart_svg), name="chart-svg"),
    path("charts/<slug:name>.png", answers_from_releases(charts.chart_png), name="chart-png"),
    path("charts/<slug:name>.csv", answers_from_releases(charts.chart_csv), name="chart-csv"),
    path("brief/", briefs.selection_brief, name="brief"),
    path("brief.docx", briefs.selection_docx, name="brief-docx"),
    path("brief/save/", briefs.brief_save, name="brief-save"),
    path("brief/<uuid:key>/", briefs.saved_brief, name="saved-brief"),
    path("brief/<uuid:key>.docx", briefs.saved_docx, name="saved-brief-docx"),
    path("brief/<uuid:key>/remove/", briefs.brief_remove, name="saved-brief-remove"),
    path("export.csv", answers_from_releases(exports.export_csv), name="export-csv"),
    path("export.csv-metadata.json", answers_from_releases(exports.export_manifest), name="export-manifest"),
    path("export.geojson", answers_from_releases(exports.export_geojson), name="export-geojson"),
    path("export.parquet", answers_from_releases(exports.export_parquet), name="export-parquet"),
    path("export.xlsx", answers_from_releases(exports.export_xlsx), name="export-xlsx"),
    path("facets.json", answers_from_releases(cases.facets), name="facets"),
    path("figures/", answers_from_releases(cases.figures), name="figures"),
    path("picture.png", pictures.selection_picture, name="picture"),
    path("quality/", cases.data_quality, name="quality"),
    path("names/<slug:what>.json", cases.names, name="names"),
    path("map.geojson", answers_from_releases(cases.case_map), name="map"),
    path("regions.json", answers_from_releases(cases.regions), name="regions"),
    path("totals.json", answers_from_releases(cases.totals), name="totals"),
    path("trend.json", answers_from_releases(cases.trend), name="trend"),
    path("feed.atom", saved_views.feed, name="feed"),
    path("feed/own.atom", saved_views.secret_feed, name="secret-feed"),
    path("v/", saved_views.saved_view_list, name="saved-view-list"),
    path("v/save/", saved_views.save, name="saved-view-save"),
    path("v/<slug:slug>/", saved_views.saved_view, name="saved-view"),
    path("v/<slug:slug>/feed.atom", saved_views.saved_view_feed, name="saved-view-feed"),
    path("v/<slug:slug>/feed/open/", saved_views.open_feed, name="saved-view-open-feed"),
    path("v/<slug:slug>/feed/close/", saved_views.close_feed, name="saved-view-close-feed"),
    path("v/<slug:slug>/rename/", saved_views.rename, name="saved-view-rename"),
    path("v/<slug:slug>/share/", saved_views.share, name="saved-view-share"),
    path("v/<slug:slug>/delete/", saved_views.delete, name="saved-view-delete"),
    path("v/<slug:slug>/restore/", saved_views.restore, name="saved-view-restore"),
    path("new/", entry.new, name="case-new"),
    path("bulletins/new/", bulletins.new_bulletin, name="bulletin-new"),
    path("drafts/<uuid:key>/discard/", entry.discard, name="draft-discard"),
    path("<slug:ref>/edit/", entry.edit, name="case-edit"),
    path("deleted/", history.deleted, name="deleted"),
    path("import/", imports.import_start, name="import"),
    path("import/template.csv", imports.template_csv, name="import-template-csv"),
    path("import/template.xlsx", imports.template_xlsx, name="import-template-xlsx"),
    path("import/sheet.csv", imports.sheet_csv, name="import-sheet-csv"),
    path("import/sheet.xlsx", imports.sheet_xlsx, name="import-sheet-xlsx"),
    path("import/<uuid:key>/", imports.import_detail, name="import-detail"),
    path("import/<uuid:key>/run/", imports.import_run, name="import-run"),
    path("import/<uuid:key>/again/", imports.import_again, name="import-again"),
    path("import/<uuid:key>/mend/", imports.import_mend, name="import-mend"),
    path("import/<uuid:key>/leave-out/", imports.import_leave_out, name="import-leave-out"),
    path("import/<uuid:key>/given-back.xlsx", imports.import_given_back, name="import-given-back"),
    path("import/<uuid:key>/mapping/", imports.import_mapping, name="import-mapping"),
    path("import/<uuid:key>/layout/", imports.import_layout, name="import-layout"),
    path("import/layouts/<int:number>.json", imports.layout_file, name="layout-file"),
    path("import/layouts/<int:number>/delete/", imports.layout_delete, name="layout-delete"),
    path("import/<uuid:key>/undo/", imports.import_undo, name="import-undo"),
    path("import/<uuid:key>/errors.csv", imports.import_errors, name="import-errors"),
    path("import/<uuid:key>/changes.csv", imports.import_changes, name="import-changes"),
    path("<slug:ref>/picture.png", pictures.case_picture, name="case-picture"),
    path("<slug:ref>/custody/", documents.case_custody, name="case-custody"),
    path("<slug:ref>/custody/close/", documents.close, name="custody-close"),
    path("<slug:ref>/custody/<int:pk>/take-back/", documents.take_back, name="custody-take-back"),
    path("<slug:ref>/documents/", documents.case_documents, name="case-documents"),
    path("<slug:ref>/documents/<uuid:key>/original", documents.original, name="document-original"),
    path("<slug:ref>/documents/<uuid:key>/shown", documents.shown, name="document-shown"),
    path("<slug:ref>/documents/<uuid:key>/remove/", documents.remove, name="document-remove"),
    path("<slug:ref>/history/", history.case_history, name="case-history"),
    path("<slug:ref>/history/<slug:change>/undo/", history.undo, name="case-undo"),
    path("<slug:ref>/publish/", history.publish, name="case-publish"),
    path("<slug:ref>/withdraw/", history.withdraw, name="case-withdraw"),
    path("<slug:ref>/delete/", history.delete, name="case-delete"),
    path("<slug:ref>/doubts/<slug:rule>/", history.answer, name="case-answer"),
    path("<slug:ref>/merge/", history.merge, name="case-merge"),
    path("<slug:ref>/", cases.case_detail, name="case-detail"),
]

# How figures are calculated, and what authorities claim beside it; outside /cases/.
# Below the page of a region.
region_briefs = [
    path("<slug:code>/brief/", briefs.region_brief, name="brief"),
    path("<slug:code>/brief.docx", briefs.region_docx, name="brief-docx"),
]
method_urls = (
    [
        path("savings/", savings.savings, name="savings"),
        path("savings/calculator/", method.calculator, name="calculator"),
        path("method/", method.method, name="method"),
        path("method/screening/", screening.method_page, name="screening"),
        path("method/revise/", method.revise, name="revise"),
        path("method/factors/<int:pk>/", method.revise, name="revise-factor"),
    ],
    "method",
)

# The published record as of a day, as files.
release_urls = (
    [
        path("", releases.release_list, name="list"),
        path("<str:version>/", releases.release_page, name="release"),
        path("<str:version>/<str:name>", releases.release_file, name="file"),
    ],
    "releases",
)

# Figures for other sites.
embed_urls = (
    [
        path("<slug:what>/", pictures.embed_page, name="page"),
        path("<slug:what>.svg", pictures.embed_svg, name="svg"),
        path("<slug:what>.png", pictures.embed_png, name="png"),
    ],
    "embeds",
)

# What somebody follows by mail. The pages with a token are opened from a mail.
alert_urls = (
    [
        path("", alerts.follow_list, name="follow-list"),
        path("new/", alerts.new_follow, name="new"),
        path("confirm/<str:token>/", alerts.confirm_page, name="confirm"),
        path("<str:token>/", alerts.one, name="follow"),
        path("<str:token>/stop/", alerts.stop_page, name="stop"),
    ],
    "alerts",
)

# What anybody reports; and the queue in which it waits with all other leads. Outside /cases/ too.
tip_urls = (
    [
        path("new/", public.tip_new, name="tip-new"),
        path("status/", public.tip_status, name="tip-status"),
        path("shapes.js", public.tip_shapes, name="tip-shapes"),
        path("shapes/<slug:code>.js", public.tip_shapes, name="tip-shapes"),
    ],
    "tips",
)
lead_urls = (
    [
        path("", leads.lead_list, name="lead-list"),
        path("new/", leads.record, name="lead-new"),
        path("figures/", leads.lead_figures, name="lead-figures"),
        path("bulk/", leads.bulk, name="bulk"),
        path("map.geojson", leads.lead_map, name="lead-map"),
        path("export.csv", leads.leads_csv, name="export-csv"),
        path("export.xlsx", leads.leads_xlsx, name="export-xlsx"),
        path("<slug:ref>/", lead.lead_page, name="lead"),
        path("<slug:ref>/case/", lead.begin_case, name="lead-case"),
        path("<slug:ref>/photos/<uuid:key>", lead.photo, name="lead-photo"),
        path("<slug:ref>/inspections/<uuid:key>", lead.inspection_photo, name="inspection-photo"),
    ],
    "leads",
)
screening_urls = (
    [
        path("", screening.run_list, name="run-list"),
        path("new/", screening.run_new, name="run-new"),
        path("quality/", screening.run_quality, name="run-quality"),
        path("measured/<str:ref>/", screening_measured.before_and_after, name="measured"),
        path("weights/", weights_page, name="weights"),
        path("looked-at/", cleared_list, name="cleared-list"),
        path("<uuid:key>.geojson", screening.run_map, name="run-map"),
        path("<uuid:key>/", screening.run_page, name="run"),
        path("<uuid:key>/<path:meter>/", screening.meter_page, name="meter"),
    ],
    "screening",
)
