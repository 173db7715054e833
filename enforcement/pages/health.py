"""For those who watch the server: whether it is alive, whether the database answers, its counts; and a bad request."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from cases.columns import keeper as columns
from enforcement.outages import kinds as outages
from enforcement.serving import metrics as counts
from enforcement.serving import replica as reading


@login_not_required
@require_safe
def healthz(request):
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request):
    """The database answers and has every migration, and how sums and readers are answered. 503 otherwise."""
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception as problem:
        outages.attend(problem)
        said, later = "the database does not answer\n", {"Retry-After": "5"}
        return HttpResponse(said, content_type="text/plain", status=503, headers=later)
    if waiting:
        return HttpResponse("the database waits for migrations\n", content_type="text/plain", status=503)
    sums = f"sums from columns: {columns.keeper.state}\n" if columns.keeper else ""
    reads = f"replica: {reading.replica.state}\n" if reading.REPLICA in settings.DATABASES else ""
    return HttpResponse(f"ready\n{sums}{reads}", content_type="text/plain")


@login_not_required
@require_safe
def counted(request):
    """What the server counted, for who has the token of the settings and for administrators. 404 for others."""
    token, told = settings.METRICS_TOKEN, request.headers.get("Authorization", "")
    if not (token and constant_time_compare(told, f"Bearer {token}")) and not request.user.is_superuser:
        raise Http404
    text, content_type = counts.as_text()
    return HttpResponse(text, content_type=content_type, headers={"Cache-Control": "no-store"})


def bad_request(request, exception=None):
    return render(request, "400.html", status=400)
