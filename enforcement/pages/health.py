"""Whether the process is alive and the database answers, and the page of a bad request."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from enforcement.outages import kinds as outages


@login_not_required
@require_safe
def healthz(request):
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request):
    """The database answers and has every migration. 503 otherwise."""
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Exception as problem:
        outages.attend(problem)
        said, later = "the database does not answer\n", {"Retry-After": "5"}
        return HttpResponse(said, content_type="text/plain", status=503, headers=later)
    if waiting:
        return HttpResponse("the database waits for migrations\n", content_type="text/plain", status=503)
    return HttpResponse("ready\n", content_type="text/plain")


def bad_request(request, exception=None):
    return render(request, "400.html", status=400)
